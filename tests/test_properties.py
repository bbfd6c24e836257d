"""What is true of every kind, of any names of columns, and of any function with any table.

EXAMPLES says how many of each are tried; `scripts/properties` tries many, and others each time.
"""

from __future__ import annotations

import contextlib
import csv
import inspect
import io
import itertools
import json
import os
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cli.conftest import typed
from tests.conftest import imported
from tests.strategies import WRITTEN, Made, functions, kinds, wild
from wisen.descent.batches import reader
from wisen.errors import BadExamples, BadValue, WisenError
from wisen.examples import Rows, match, read, rows
from wisen.examples.table import fold
from wisen.kinds import KINDS, Input, Output, from_json
from wisen.signature import Column, Signature, feeds, signature_of

MANY = int(os.environ.get("EXAMPLES", "0"))
"""How many examples are tried; 0 is the ordinary suite, which always tries the same."""
numbers = itertools.count()


def examples(count: int) -> settings:
    """So many examples, or as many as were asked for."""
    calm = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    return settings(
        max_examples=MANY or count, derandomize=not MANY, database=None, deadline=None, suppress_health_check=calm
    )


chances = st.integers(0, 2**32).map(random.Random)
every_kind = pytest.mark.parametrize("word", KINDS)
pytestmark = pytest.mark.filterwarnings("ignore")  # of numpy, about wild numbers


# ---- every kind --------------------------------------------------------------------------------


def test_every_row_has_a_strategy() -> None:
    assert WRITTEN.keys() == KINDS.keys()


@every_kind
def test_anything_is_read_or_refused_in_words(word: str) -> None:
    @examples(80)
    @given(kinds(word), wild())
    def check(made: Any, raw: Any) -> None:
        kind, _ = made
        for reading in (kind.read, *([kind.truth] if isinstance(kind, Output) else [])):
            try:
                value = reading(raw)
            except BadValue as error:
                assert error.message and len(error.message) < 1000
                continue
            kept = kind.read(json.loads(json.dumps(kind.write(value)))) if value is not None else None
            assert kind.content(kept) == kind.content(value)
            assert "\n" not in kind.brief(value) and isinstance(kind.show(value), str)
            if isinstance(kind, Input):
                entered(kind.fit([value]), [value])

    check()


@every_kind
def test_what_is_read_enters_the_program_as_promised(word: str) -> None:
    @examples(40)
    @given(kinds(word), chances, st.integers(1, 12))
    def check(made: Any, chance: Any, count: int) -> None:
        kind, cells = made
        values = [kind.read(cells(chance)) for _ in range(count)]
        assert values == [kind.read(value) for value in values]  # what was read is read as itself
        fitted = kind.fit([*values, *([None] if kind.optional else [])])
        assert from_json(json.loads(json.dumps(fitted.to_json()))).to_json() == fitted.to_json() and not fitted.fault()
        if isinstance(kind, Input):
            entered(fitted, values)

    check()


def entered(kind: Any, values: list[Any]) -> None:
    """Checks the arrays of values of a fitted kind."""
    (feed,) = feeds([Column("x", kind)])
    groups: dict[Any, list[Any]] = {}
    for value in values:
        groups.setdefault(None if kind.plural else kind.batch_key(value), []).append([value])
    for batch in groups.values():
        arrays = feed.arrays(batch)
        for tensor in feed.kind.tensors(feed.name):
            array = arrays[tensor.name]
            assert array.dtype == (object if tensor.dtype == "str" else tensor.dtype) and len(array) == len(batch)
            fixed = [(a, b) for a, b in zip(tensor.dims, array.shape, strict=True) if isinstance(a, int)]
            assert all(a == b for a, b in fixed)


@every_kind
def test_a_column_of_a_table_is_read_as_its_cells_are(word: str) -> None:
    @examples(60)
    @given(kinds(word), chances, st.lists(wild(), max_size=6), st.booleans())
    def check(made: Any, chance: Any, odd: list[Any], spelled: bool) -> None:
        kind, cells = made
        column = [*(cells(chance) for _ in range(6)), *odd, None]
        if spelled:  # as a text file has them
            column = [None if cell is None else str(cell).encode("utf-8", "replace").decode() for cell in column]
        try:
            table = pa.table({"x": pa.array(column, from_pandas=False)})
        except (pa.ArrowException, ValueError, TypeError, OverflowError):
            return  # cells that no Arrow column holds
        try:
            whole = rows(table)
        except BadExamples:
            return
        parameter = inspect.Parameter("x", inspect.Parameter.POSITIONAL_OR_KEYWORD)
        signature = Signature("f", "", (Column("x", kind),), (), inspect.Signature([parameter]), (None,), None)
        found = read(whole, signature, {"x": "x"})
        plain = read(Rows({"x": list(whole.columns["x"])}, whole.names), signature, {"x": "x"})
        assert list(map(str, found.bad)) == list(map(str, plain.bad))
        assert list(found.digests) == list(plain.digests)
        one, other = list(found.inputs["x"]), list(plain.inputs["x"])
        assert list(map(kind.content, one)) == list(map(kind.content, other)) and list(map(type, one)) == list(
            map(type, other)
        )

    check()


@every_kind
def test_what_the_network_reads_is_finite(word: str) -> None:
    if not issubclass(KINDS[word], Input):
        pytest.skip("is no input")

    @examples(12)
    @given(kinds(word), chances, st.lists(wild(), max_size=5))
    def check(made: Any, chance: Any, odd: list[Any]) -> None:
        kind, cells = made
        values = [kind.read(cells(chance)) for _ in range(3)]
        for raw in odd:
            with contextlib.suppress(BadValue):
                values.append(kind.read(raw))
        (feed,) = feeds([Column("x", kind.fit(values))])
        session = reader(feed)
        for value in [*values, feed.kind.blank() if not feed.kind.plural else None]:
            features = session.run(None, feed.arrays([[value]]))[0]
            assert np.isfinite(features).all(), (value, feed.kind, features)

    check()


@every_kind
def test_answers_can_be_learned_from_and_judged(word: str) -> None:
    if not issubclass(KINDS[word], Output):
        pytest.skip("is no answer")

    @examples(25)
    @given(kinds(word), chances, st.lists(wild(), max_size=5))
    def check(made: Any, chance: Any, odd: list[Any]) -> None:
        kind, cells = made
        values = [kind.truth(cells(chance)) for _ in range(5)]
        for raw in odd:
            with contextlib.suppress(BadValue):
                values.append(kind.truth(raw))
        values = [value for value in values if value is not None]
        fitted = kind.with_labels(values).fit(values)
        target = np.asarray(fitted.target(values), dtype=np.float64)
        assert len(target) == len(values) and np.isfinite(target).all()
        naive = [fitted.naive(values)] * len(values)
        assert np.isfinite(fitted.merits(naive, values)).all()
        assert all(isinstance(metric.value, float) for metric in fitted.metrics(naive, values))

    check()


# ---- names of columns --------------------------------------------------------------------------


def matched(price: float, full_name: str, when: int, wanted: bool) -> bool:
    """Has a parameter that is named much like another may be."""
    return wanted


names = st.one_of(
    st.sampled_from(
        ["price", "Price", "PRICE ", "full_name", "full name", "fullName", "when", "wanted", "matched", "answer"]
    ),
    st.text(max_size=8),
)


@examples(200)
@given(
    st.lists(names, unique=True, max_size=8),
    st.booleans(),
    st.none() | names,
    st.dictionaries(names, names, max_size=2),
)
def test_columns_are_matched_or_refused(
    found: list[str], answers: bool, returns: str | None, said: dict[str, str]
) -> None:
    signature = signature_of(matched)
    table = Rows({name: [1.0] for name in found}, ["row 1"])
    try:
        places = match(signature, table, returns, said, answers=answers)
    except BadExamples as error:
        assert error.message
        return
    wanted = [c.name for c in (*signature.inputs, *(signature.outputs if answers else ()))]
    assert set(places) >= {c.name for c in signature.inputs} and set(places) <= {*wanted, *said}
    assert set(places.values()) <= set(found) and len(set(places.values())) == len(places)
    for name, place in places.items():
        if name not in said and name in {c.name for c in signature.inputs}:
            assert fold(name) == fold(place)


@examples(60)
@given(
    st.permutations(["price", "full_name", "when", "wanted", "matched", "other"]),
    st.sampled_from([str.upper, str.title, str]),
)
def test_columns_are_found_in_any_order_and_case(order: list[str], spelled: Any) -> None:
    places = match(signature_of(matched), Rows({spelled(name): [1.0] for name in order}, ["row 1"]))
    assert {own: fold(place) for own, place in places.items() if own != "answer"} == {
        name: fold(name) for name in ("price", "full_name", "when", "wanted")
    }
    assert fold(places["answer"]) == "matched"


# ---- from end to end ---------------------------------------------------------------------------


@contextlib.contextmanager
def module_of(made: Made) -> Iterator[Path]:
    """The file of a made function, in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"any_{next(numbers)}.py"
        path.write_text(made.source)
        yield path


@examples(8)
@given(functions())
def test_any_function_learns_from_any_table_or_says_why_not(made: Made) -> None:
    with module_of(made) as path:
        try:
            f = imported(path).f
            outcome = f.train(
                made.columns, budget=0.2, accept=True, returns=made.answer.name, listen=lambda event: None
            )
            assert outcome.installed and f.test(made.columns, returns=made.answer.name).held_out
        except WisenError as error:
            assert 0 < len(str(error)) < 3000
            return
        calls = made.rows(5)
        kind = f.program.outputs[0].kind
        many = f.map([dict(zip(f.signature.names, row, strict=True)) for row in calls])
        for row, together in zip(calls, many, strict=True):
            said, told = f(*row), f.predict(*row)
            assert kind.content(kind.read(said)) == kind.content(told.value)
            assert together == said or alike(kind, together, said, told.alternatives)


def alike(kind: Any, one: Any, other: Any, ranked: Any) -> bool:
    """Whether two answers differ by rounding only: numbers within the kind's tolerance, labels that are tied."""
    if ranked:
        return bool(ranked[0][1] - dict(ranked)[one] < 1e-4)
    return bool(np.abs(np.subtract(one, other)).max() <= kind.tolerance())


@examples(4)
@given(functions(skip=("image", "audio")), st.sampled_from([".csv", ".jsonl"]))
def test_the_command_line_never_shows_a_traceback(made: Made, suffix: str) -> None:
    with module_of(made) as path:
        table = path.with_suffix(suffix)
        table.write_bytes(written(made, suffix))
        told = ["--returns", made.answer.name]
        codes = [
            fine(typed("train", f"{path}:f", "--examples", table, "--budget", "0.2", "--accept", *told)),
            fine(typed("test", f"{path}:f")),
            fine(
                typed("run", f"{path}:f", "--table", table, "--as", "learned", "--to", path.with_name(f"out{suffix}"))
            ),
            fine(typed("inspect", f"{path}:f")),
            fine(typed("new", path.with_name("new.py"), "--examples", table, *told)),
        ]
        assert codes[0] in (0, 2)


def written(made: Made, suffix: str) -> bytes:
    """The table as a file; cells that JSON does not know as their text."""
    lines = list(zip(*made.columns.values(), strict=True))
    out = io.StringIO(newline="")
    if suffix == ".csv":
        csv.writer(out).writerows([list(made.columns), *lines])
    else:
        out.writelines(json.dumps(dict(zip(made.columns, line, strict=True)), default=str) + "\n" for line in lines)
    return out.getvalue().encode("utf-8", "surrogatepass")


def fine(said: Any) -> int:
    """The exit code of a command that showed no traceback, and no error without words of its own."""
    assert "Traceback" not in said.out + said.err and "--trace shows the rest" not in said.err, said.err
    assert said.code in (0, 1, 2) and (said.code == 0 or said.out + said.err)
    return int(said.code)
