"""Programs written down as code: what is written runs, says what it says it says, and reads like Python."""

from __future__ import annotations

import ast
import datetime as dt
import inspect
import math
import random
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

import wisen
from tests.explain.ruled import ruled
from wisen.errors import BadValue
from wisen.explain.as_code import as_code_of
from wisen.kinds import kind_of
from wisen.kinds.asking import plainest


@wisen.function
def ripe(weight: float, colour: Literal["red", "green"], age: int | None, bio: bool) -> bool:
    """Whether a fruit is ripe."""
    return weight > 95


def fruit(count: int, seed: int = 0) -> list[tuple[Any, ...]]:
    rng = random.Random(seed)
    ages = [None, *range(10)]
    colours = ["red", "green"]
    return [(rng.uniform(0, 100), rng.choice(colours), rng.choice(ages), rng.random() < 0.5) for _ in range(count)]


def is_ripe(weight: float, colour: str, age: int | None, bio: bool) -> bool:
    return colour == "red" and weight > 30 and (age is None or age > 3)


def function_in(code: str, name: str, space: dict[str, Any] | None = None) -> Any:
    space = dict(space or {})
    exec(compile(code, name, "exec"), space)
    return space[name]


def test_a_rule_of_a_few_questions_comes_back_as_these_questions() -> None:
    found = as_code_of(ruled(ripe, is_ripe, fruit(1500)))

    assert found.leaves == 4 and found.agreement[0].value > 0.99
    assert set(found.looks_at) == {"weight", "colour", "age"}
    said = function_in(found.code, "ripe")
    assert list(inspect.signature(said).parameters) == ["weight", "colour", "age", "bio"]
    rows = fruit(2000, seed=1)
    wrong = [row for row in rows if said(*row) != is_ripe(*row)]
    assert all(29 < weight < 31 for weight, *_ in wrong)  # no example lies nearer to the limit
    assert said(50.0, "red", None, False) is True and said(50.0, "red", 2, False) is False  # what is missing is None
    assert said(50.0, "green", None, False) is False


def test_the_figures_in_the_docstring_are_those_of_the_written_function() -> None:
    known = ruled(ripe, lambda w, c, a, b: (w > 30) ^ (hash((round(w), c)) % 7 == 0), fruit(1200))
    found = as_code_of(known)
    said = function_in(found.code, "ripe")

    held_out = known.parts.held_out
    answers = [said(*row) for row in held_out.rows()]
    truths = list(held_out.outputs["answer"])
    share = sum(a == t for a, t in zip(answers, truths, strict=True)) / len(truths)
    assert 0.6 < share < 1
    assert found.agreement[0].value == pytest.approx(share)  # the rule's answers are the truths here
    assert f"program's answer to {share:.1%} of {len(truths):,} held-out examples" in said.__doc__
    assert f"this code {share:.4g}, the program 1, by hand " in " ".join(said.__doc__.split())
    hand = sum(ripe.by_hand(*row) == t for row, t in zip(held_out.rows(), truths, strict=True)) / len(truths)
    assert found.scores["by hand"].value == pytest.approx(hand)


def test_it_learns_nothing_from_held_out_examples() -> None:
    rows = fruit(900)
    known = ruled(ripe, is_ripe, rows)
    before = as_code_of(known).code
    held_out = known.parts.held_out
    flipped = held_out.take(range(len(held_out)))
    values = flipped.outputs["answer"]
    values.kept = [not value for value in values]
    object.__setattr__(known.parts, "held_out", flipped)
    after = as_code_of(known)

    def lines(code: str) -> list[str]:
        return [line for line in code.splitlines() if line.strip().startswith(("if ", "return "))]

    assert lines(before) == lines(after.code)
    assert after.scores["this code"].value < 0.05


def test_no_more_answers_than_asked_for() -> None:
    known = ruled(ripe, lambda w, c, a, b: int(w) % 20 < 10, fruit(1500))
    assert as_code_of(known, 3).leaves <= 3
    assert as_code_of(known, 16).leaves > 3
    with pytest.raises(BadValue, match="two answers"):
        as_code_of(known, 1)


class Size(NamedTuple):
    width: float
    height: float | None


@wisen.function
def cost(size: Size, day: dt.date, *, rooms: Literal[1, 2, 3, 4] = 2, rate: float = 1.0) -> float: ...


def costs(width: float, height: float | None, day: dt.date, rooms: int, rate: float) -> float:
    extra = (300.0 if rooms > 2 else 0.0) + (7.0 if height is None else 0.0)
    return extra + (100.0 if day >= dt.date(2024, 7, 15) else 20.0)


def test_numbers_records_dates_and_defaults() -> None:
    rng = random.Random(0)
    rows: list[tuple[Any, ...]] = []
    for _ in range(1200):
        day = dt.date(2024, 1, 1) + dt.timedelta(days=rng.randrange(366))
        size = Size(rng.random(), rng.choice([None, rng.random()]))
        rows.append((size, day, rng.choice([1, 2, 3, 4]), rng.random()))
    found = as_code_of(ruled(cost, costs, rows))

    said = function_in(found.code, "cost", {"Size": Size})
    for size, day, rooms, rate in rows[:300]:
        assert said(size, day, rooms=rooms) == pytest.approx(costs(size.width, size.height, day, rooms, rate), rel=1e-3)
    assert "(day.year, day.month, day.day) <= (2024, 7, 14)" in found.code
    assert "size.height is None" in found.code
    assert "rooms: Literal[1, 2, 3, 4] = 2" in found.code
    assert f"from {__name__} import Size" in found.code and "from datetime import date" in found.code
    assert {metric.name for metric in found.agreement} >= {"mean absolute error", "R2"}


@wisen.function
def odd(text: Literal['it\'s "odd"', "back\\slash", "new\nline", "große"]) -> Literal['"""', "\\"]: ...


def test_labels_of_any_spelling_are_written_so_that_they_run() -> None:
    labels = ['it\'s "odd"', "back\\slash", "new\nline", "große"]
    rows = [(labels[place % 4],) for place in range(400)]
    known = ruled(odd, lambda text: '"""' if "o" in text else "\\", rows)
    # Equal inputs stand on one side of the split, so there is little to hold out: only what is written counts here.
    from wisen.explain.as_code import Questions, distilled
    from wisen.explain.writing import lines, signature_line

    asked = Questions(known)
    tree = distilled(known, asked, 8)
    code = "\n".join([signature_line(odd, "odd", known.column), *lines(tree, asked.condition, known.column.kind)])
    said = function_in(f"from __future__ import annotations\n{code}", "odd")
    learned = {text for (text,) in known.learning.rows()}
    assert all(said(text) == ('"""' if "o" in text else "\\") for text in learned)


@wisen.function
def seen(photo: wisen.Image) -> bool: ...


Addition = Literal["Yes", "No"]


@wisen.function
def aliased(extra: Addition, size: float) -> Addition: ...


def test_names_of_ones_own_for_a_type_are_written_out() -> None:
    rows = [("Yes" if place % 2 else "No", float(place)) for place in range(200)]
    code = as_code_of(ruled(aliased, lambda extra, size: extra, rows)).code
    assert 'def aliased(extra: Literal["Yes", "No"], size: float) -> Literal["Yes", "No"]:' in code
    assert "from typing import Literal\n" in code and code.count("import") == 2


def test_what_no_question_can_be_asked_about_is_refused() -> None:
    import numpy as np

    rng = np.random.default_rng(0)
    rows = [(rng.integers(0, 255, (8, 8), dtype=np.uint8),) for _ in range(60)]
    known = ruled(seen, lambda photo: bool(np.asarray(photo)[0, 0] > 99), rows)
    with pytest.raises(BadValue, match="no simple question can be asked about photo: Image"):
        as_code_of(known)


def test_the_file_runs_by_itself_and_is_installed_by_nobody(tmp_path: Path) -> None:
    code = as_code_of(ruled(ripe, is_ripe, fruit(800))).code
    ast.parse(code)
    (tmp_path / "written.py").write_text(code)
    script = "import sys; from written import ripe; print(ripe(50.0, 'red', None, True), 'wisen' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]
    assert all(len(line) <= 120 for line in code.splitlines())


NUMBERS = st.floats(-1e6, 1e6).map(lambda value: round(value, 3))


@given(NUMBERS, NUMBERS)
def test_the_plainest_number_lies_between(one: float, other: float) -> None:
    low, high = sorted([one, other])
    if low < high:
        found = float(plainest(low, high))
        assert low <= found < high
        assert len(plainest(low, high)) <= max(len(repr(low)), len(repr(high))) + 1


def test_plain_numbers_are_plain() -> None:
    assert plainest(29.87, 30.14) == "30"
    assert plainest(0.0123, 0.0188) in ("0.015", "0.016", "0.02", "0.013")
    assert plainest(-3.0, -2.0) == "-3" and plainest(5.0, math.inf) == "5"
    assert plainest(1200.0, 1900.0) in ("1500", "1600")


KINDS: list[tuple[Any, list[Any]]] = [
    (float, [1.5, -2.0, 7.25, 3.0]),
    (float | None, [1.5, None, 7.25, 3.0]),
    (int | None, [1, None, 7, 3]),
    (bool, [True, False]),
    (bool | None, [True, False, None]),
    (Literal["a", "b", "c"], ["a", "b", "c"]),
    (Literal["a", "b"] | None, ["a", "b", None]),
    (Literal[1, 2, 3], [1, 2, 3]),
    (Literal[1, 2, 3] | None, [1, 2, 3, None]),
    (dt.date | None, [dt.date(2024, 2, 29), None, dt.date(1999, 12, 31)]),
    (dt.datetime, [dt.datetime(2024, 2, 29, 13, 30), dt.datetime(1999, 12, 31, 5)]),
    (Annotated[str, wisen.Category], ["Bern", "bern", "Zug", 'a"b']),
    (Annotated[list[float], wisen.Past(2)], [[1.0, 2.0], [math.nan, 3.0], [0.5, math.nan]]),
]


@pytest.mark.parametrize(("annotation", "values"), KINDS, ids=lambda each: str(each)[:40])
def test_a_question_in_python_is_the_question_in_numbers(annotation: Any, values: list[Any]) -> None:
    asking: Any = kind_of(annotation).asking(values)  # type: ignore[attr-defined]
    sides = asking.sides(values)
    for place in range(sides.shape[1]):
        numbers = sides[:, place]
        known = sorted({number for number in numbers if not math.isnan(number)})
        for low, high in zip(known, [*known[1:], math.inf], strict=True):
            gone = any(math.isnan(number) for number in numbers)
            for missing in (True, False) if gone and high < math.inf else (False,):
                if not gone and high == math.inf:
                    continue
                for under in (True, False):
                    words = asking.question("x", place, low, high, missing, under)
                    wanted = [missing if math.isnan(number) else number <= low for number in numbers]
                    said = [bool(eval(words, {"x": value})) for value in values]
                    if isinstance(values[0], list) and high == math.inf:
                        continue  # a step that is missing is told from no number by a number alone
                    assert said == [each == under for each in wanted], words
