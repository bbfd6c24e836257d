"""Counterfactuals: as small as the smallest that trying everything finds, and made of values that examples have."""

from __future__ import annotations

import enum
import itertools
import json
import random
from typing import Any, Literal

import pytest

import wisen
from tests.explain.ruled import ruled
from wisen.errors import BadValue
from wisen.explain.counterfactual import Search, turned
from wisen.explain.known import Known


@wisen.function
def loan(income: float, debt: int | None, home: Literal["own", "rent", "other"], name: str) -> bool: ...


@wisen.function
def worth(size: float, rooms: int) -> float: ...


def granted(income: float, debt: int | None, home: str, name: str) -> bool:
    return income - (debt or 0) > (40 if home == "own" else 60)


def sure(income: float, debt: int | None, home: str, name: str) -> float:
    """How sure the rule is of its answer: more so far from the limit."""
    return 0.5 + 0.5 * min(1.0, abs(income - (debt or 0) - (40 if home == "own" else 60)) / 200 + 1e-3)


def rows(count: int, seed: int = 0, coarse: bool = False) -> list[tuple[Any, ...]]:
    rng = random.Random(seed)
    found = []
    for number in range(count):
        income = float(rng.randrange(0, 120, 10)) if coarse else rng.uniform(0, 120)
        debt = rng.choice([None, 0, 10, 20, 30]) if coarse else rng.choice([None, *range(0, 50, 3)])
        found.append((income, debt, rng.choice(["own", "rent", "other"]), f"n{number}"))
    return found


def smallest(known: Known, row: list[Any], keep: tuple[str, ...] = ()) -> float:
    """The size of the smallest change among all rows of known values."""
    search = Search(known, row, None, keep)
    values = []
    for place, own in enumerate(row):
        every = [own] if place not in search.asking else [v for v in search.asking[place].values if v is not None]
        values.append(list(dict.fromkeys([own, *every])))
    every = [list(each) for each in itertools.product(*values)]
    turned_ones = [each for each in every if granted(*each) != granted(*row)]
    return min((search.size(each) for each in turned_ones), default=float("inf"))


@pytest.mark.parametrize("seed", range(12))
def test_none_is_smaller_among_all_rows_of_known_values(seed: int) -> None:
    known = ruled(loan, granted, rows(400, coarse=True), sure)
    row = list(rows(20, seed + 50, coarse=True)[seed])
    found = turned(known, row).found
    assert found[0].size == pytest.approx(smallest(known, row), abs=1e-9)


def test_every_row_that_is_told_gets_another_answer_and_is_made_of_known_values() -> None:
    known = ruled(loan, granted, rows(600), sure)
    seen = {name: set(values) for name, values in known.learning.inputs.items()}
    for row in rows(25, seed=9):
        found = turned(known, list(row))
        assert found.answer == granted(*row) and found.found
        sizes = [each.size for each in found.found]
        assert sizes == sorted(sizes)
        for each in found.found:
            assert granted(*each.values) == each.answer != found.answer
            assert each.values[3] == row[3]  # of a text there is no small change
            for place, (name, value) in enumerate(zip(seen, each.values, strict=True)):
                changed = value != row[place]
                assert changed == (name in each.changes)
                assert not changed or (value in seen[name] and value is not None)
            for name in each.changes:  # none of the changes could be left out
                place = list(seen).index(name)
                undone = [*each.values[:place], row[place], *each.values[place + 1 :]]
                assert granted(*undone) == found.answer


def test_a_number_moves_to_the_first_known_value_behind_the_limit() -> None:
    known = ruled(loan, granted, rows(600), sure)
    found = turned(known, [50.0, 0, "rent", "n"], keep=("debt", "home"))
    incomes = sorted(known.learning.inputs["income"])
    assert found.found[0].changes == {"income": (50.0, next(each for each in incomes if each > 60))}
    assert "income 50 -> 61." in str(found) and found.to_json()["found"][0]["answer"] is True


def test_what_is_kept_stays_and_what_cannot_be_is_said() -> None:
    known = ruled(loan, granted, rows(600), sure)
    for each in turned(known, [10.0, 45, "rent", "n"], keep=("income",), most=9).found:
        assert "income" not in each.changes
    assert turned(known, [10.0, 45, "rent", "n"], keep=("income",)).found == ()
    assert "no change that was tried" in str(turned(known, [10.0, 45, "rent", "n"], keep=("income",)))
    with pytest.raises(BadValue, match="no input 'incom' to keep"):
        turned(known, [10.0, 45, "rent", "n"], keep=("incom",))
    with pytest.raises(BadValue, match="can be changed"):
        turned(known, [10.0, 45, "rent", "n"], keep=("income", "debt", "home"))
    with pytest.raises(BadValue, match="False already"):
        turned(known, [10.0, 45, "rent", "n"], wanted=False)


def test_of_a_number_what_is_wanted_is_reached_and_no_more() -> None:
    rng = random.Random(0)
    examples = [(rng.uniform(0, 10), rng.randrange(1, 6)) for _ in range(500)]
    known = ruled(worth, lambda size, rooms: 10 * size + rooms, examples)
    found = turned(known, [2.0, 1], wanted=50)
    assert 50 <= found.found[0].answer < 51
    below = turned(known, [9.0, 5], wanted=50)
    assert 49 < below.found[0].answer <= 50
    anywhere = turned(known, [2.0, 1])
    assert anywhere.found[0].answer >= known.column.kind.mean[0]


class Grade(enum.Enum):
    LOW = 1
    HIGH = 2


def test_answers_are_told_as_json_can_hold_them() -> None:
    from wisen.explain.neighbours import nearest_to

    @wisen.function
    def grade(size: float) -> Grade: ...

    rng = random.Random(0)
    rows = [(rng.uniform(0, 10),) for _ in range(200)]
    known = ruled(grade, lambda size: Grade.HIGH if size > 5 else Grade.LOW, rows)
    told = json.loads(json.dumps(turned(known, [4.0], wanted="HIGH").to_json()))
    assert told["answer"] == "LOW" and told["wanted"] == told["found"][0]["answer"] == "HIGH"
    told = json.loads(json.dumps(nearest_to(known, [4.0]).to_json()))
    assert told["answer"] == "LOW" and {each["truth"] for each in told["nearest"]} == {"LOW"}


def test_an_answer_of_any_kind_may_turn() -> None:
    @wisen.function
    def spoken(size: float) -> str: ...

    rng = random.Random(0)
    known = ruled(spoken, lambda size: "large" if size > 5 else "small", [(rng.uniform(0, 10),) for _ in range(200)])
    known.program.whole = lambda columns: (  # type: ignore[method-assign]  # texts have no probabilities
        [["large" if size > 5 else "small" for size in columns[0]]],
        {"answer": columns[0]},  # type: ignore[dict-item]
    )
    found = turned(known, [4.0]).found
    assert found[0].answer == "large" and 5 < found[0].values[0] < 5.5
