"""Columns are matched whatever their spelling, and every value is where its row is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wisen
from wisen.errors import BadExamples
from wisen.examples import Rows, match, read, rows
from wisen.examples.table import fold


@wisen.function
def stays(monthly_charges: float, age: int | None, kind_of_contract: str) -> bool: ...


NAMES = ["monthly_charges", "age", "kind_of_contract", "stays"]


def spelled(name: str) -> st.SearchStrategy[str]:
    """Ways in which a person may spell a name."""

    def join(gaps: list[str], upper: list[bool]) -> str:
        words = [word.title() if up else word for word, up in zip(name.split("_"), upper, strict=False)]
        return "".join(part for pair in zip(words, [*gaps, ""], strict=False) for part in pair)

    gaps = st.lists(st.sampled_from(["", " ", "_", "-", "  ", " ("]), min_size=4, max_size=4)
    return st.builds(join, gaps, st.lists(st.booleans(), min_size=4, max_size=4))


@settings(max_examples=80, deadline=None)
@given(st.tuples(*map(spelled, NAMES)), st.permutations(range(6)), st.sets(st.text(max_size=6), max_size=2))
def test_columns_are_found_under_any_spelling(names: Any, order: list[int], others: Any) -> None:
    others = [name for name in others if fold(name) not in set(map(fold, NAMES)) | {""}]
    source = [*names, *others]
    columns = {source[place]: [place] for place in order if place < len(source)}
    found = match(stays.signature, Rows(columns, ["row 1"]))
    assert [found[name] for name in ("monthly_charges", "age", "kind_of_contract", "answer")] == list(names)


words = st.text(max_size=5) | st.sampled_from(NAMES)


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(words, st.just(["1"]), max_size=6),
    st.none() | words,
    st.dictionaries(words, words, max_size=2),
)
def test_any_columns_are_matched_or_refused(columns: Any, returns: str | None, mapped: dict[str, str]) -> None:
    try:
        found = match(stays.signature, rows(columns), returns, mapped)
    except BadExamples as error:
        assert error.message
        return
    assert set(found) == {"monthly_charges", "age", "kind_of_contract", "answer"}
    assert len(set(found.values())) == 4 and set(found.values()) <= set(columns)


cells = st.sampled_from(["1", "2.5", "x", "", None, 3])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(cells, cells, cells, st.sampled_from(["yes", "no", "maybe", None])), min_size=1, max_size=12))
def test_good_rows_keep_their_cells_and_bad_ones_their_names(table: list[tuple[Any, ...]]) -> None:
    columns = {name: [row[place] for row in table] for place, name in enumerate(NAMES)}
    source = rows({**columns, "number": list(range(len(table)))})
    found = read(source, stays.signature, match(stays.signature, source))
    kinds = [*(column.kind for column in stays.signature.inputs), stays.signature.outputs[0].kind]
    good = []
    for number, row in enumerate(table):
        try:
            good.append((number, [kind.read(cell) for kind, cell in zip(kinds, row, strict=True)]))
        except ValueError:
            assert f"the columns row {number + 1}" in [bad.row for bad in found.bad]
    assert len(found) == len(good) == len(table) - len(found.bad) == len(found.digests)
    assert list(found.others["number"]) == [number for number, _ in good]
    assert [[*row, answer] for row, answer in zip(found.rows(), found.outputs["answer"], strict=True)] == [
        values for _, values in good
    ]


def test_equal_rows_have_equal_digests_and_others_have_not() -> None:
    pairs = [((1.0, None, "ab"), True), ((1.0, None, "ab"), False), ((1.0, 1, "b"), True), ((11.0, None, "b"), True)]
    source = rows(pairs, stays.signature)
    digests = read(source, stays.signature, match(stays.signature, source)).digests
    assert digests[0] == digests[1] and len(set(digests)) == 3


def test_without_answers_only_inputs_are_matched() -> None:
    columns = {"age": ["1"], "monthly charges": ["2"], "kind of contract": ["x"]}
    found = match(stays.signature, rows(columns), answers=False)
    assert set(found) == {"age", "monthly_charges", "kind_of_contract"}
    examples = read(rows(columns), stays.signature, found)
    assert list(examples.rows()) == [[2.0, 1, "x"]] and not examples.outputs
    with pytest.raises(BadExamples, match="no column for the answer"):
        match(stays.signature, rows(columns))


@pytest.mark.parametrize(
    ("columns", "mapped", "hints"),
    [
        ({"age": [1]}, {"aje": "age"}, ["columns= (--columns) maps aje", "Did you mean 'age'?"]),
        ({"age": [1]}, {"monthly_charges": "age"}, ["columns={'age': ...}, or --columns age=COLUMN"]),
        ({"AGE": [1], "Age": [1]}, {}, ["columns={...} (--columns PARAMETER=COLUMN)", "returns= (--returns COLUMN)"]),
    ],
)
def test_hints_serve_python_and_the_command_line(columns: Any, mapped: dict[str, str], hints: list[str]) -> None:
    with pytest.raises(BadExamples) as raised:
        match(stays.signature, rows({**columns, "kind of contract": ["x"]}), columns=mapped, answers=False)
    assert all(hint in str(raised.value) for hint in hints), raised.value
