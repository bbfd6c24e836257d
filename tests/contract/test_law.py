"""Counts as functions of lengths."""

from __future__ import annotations

import math
import random

import pytest

from wisen.contract.law import law


def test_a_straight_line_is_told_as_one() -> None:
    found = law([{"length": n} for n in range(1, 30)], [12_000 + 340 * n for n in range(1, 30)])
    assert found.holds and str(found) == "12,000 + 340 x length"
    assert found.to_json()["factors"] == pytest.approx({"": 12_000, "length": 340})


def test_what_grows_up_to_a_length_only_is_told_so() -> None:
    sizes = [1, 5, 20, 40, 64, 80, 500, 9000]
    found = law([{"length": n} for n in sizes], [100 + 10 * min(n, 64) for n in sizes])
    assert found.holds and found.until == 64
    assert str(found) == "100 + 10 x length, up to a length of 64, and no more for longer ones"


def test_squares_and_several_lengths_are_told() -> None:
    squares = law([{"length": n} for n in range(2, 40)], [7 * n**2 + 100 * n for n in range(2, 40)])
    assert squares.holds and str(squares) == "100 x length + 7 x (length)²"
    pairs = [(a, b) for a in range(1, 9) for b in (1, 4, 20)]
    both = law([{"a": a, "b": b} for a, b in pairs], [50 + 3 * a + 8 * b for a, b in pairs])
    assert str(both) == "50 + 3 x a + 8 x b"


def test_about_a_line_says_how_far_off_and_what_goes_by_no_length_is_not_told() -> None:
    near = law([{"length": n} for n in range(100, 200)], [1000 * n + (n % 7) * 600 for n in range(100, 200)])
    assert near.holds and 0 < near.off < 0.05 and "% off at most" in str(near)
    assert not law([{"length": n} for n in range(1, 50)], [1000 + 900 * (n % 2) for n in range(1, 50)]).holds


def texts(rows: int, inputs: int = 30) -> list[dict[str, int]]:
    chance = random.Random(0)
    return [{f"length of text {n}": chance.randint(1, 200) for n in range(inputs)} for _ in range(rows)]


@pytest.mark.parametrize("rows", [20, 31, 60, 61, 180])
def test_a_law_with_so_many_terms_that_it_tells_anything_is_none(rows: int) -> None:
    chance = random.Random(1)
    assert not law(texts(rows), [chance.randint(10**5, 10**7) for _ in range(rows)]).holds


def test_a_law_of_many_lengths_is_told_where_there_are_enough_counts_to_judge_it_by() -> None:
    counts = {rows: [5_000 + 70 * sum(each.values()) for each in texts(rows)] for rows in (20, 180)}
    assert law(texts(180), counts[180]).holds
    few = law(texts(20), counts[20])  # it may be true, but nothing says so
    assert not few.holds and few.off == math.inf


def test_a_length_that_only_one_input_has_does_not_spoil_it() -> None:
    sizes = [{"a": n, "b": 900 if n == 7 else 4} for n in range(1, 40)]
    assert law(sizes, [20 + 3 * each["a"] + 8 * each["b"] for each in sizes]).holds
