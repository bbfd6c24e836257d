"""Partial dependence: the curve of a known rule is that rule."""

from __future__ import annotations

import random
from typing import Literal

import numpy as np
import pytest

import wisen
from tests.explain.ruled import ruled
from wisen.errors import BadValue
from wisen.explain.dependence import EXAMPLES, curves


@wisen.function
def price(size: float, colour: Literal["red", "green"] | None, other: float) -> float: ...


@wisen.function
def good(size: float, colour: Literal["red", "green"] | None, other: float) -> bool: ...


@wisen.function
def said(text: str) -> bool: ...


def rows(count: int = 700) -> list[tuple[float, str | None, float]]:
    rng = random.Random(0)
    return [(rng.uniform(-2, 2), rng.choice(["red", "green", None]), rng.uniform(-2, 2)) for _ in range(count)]


def test_the_curve_is_what_an_explicit_loop_finds() -> None:
    known = ruled(price, lambda size, colour, other: size**2 * (2 if colour == "red" else 1) + other, rows())
    found = curves(known, "size")
    assert len(found.values) == 20 and list(found.values) == sorted(found.values)
    lines = known.learning.rows()[:EXAMPLES]
    for place, value in enumerate(found.values):
        every = [known.program.whole([[value], [line[1]], [line[2]]])[0][0][0] for line in lines]
        assert found.means[place, 0] == pytest.approx(np.mean(every))
        assert found.low[place, 0] == pytest.approx(np.quantile(every, 0.1))
        assert found.high[place, 0] == pytest.approx(np.quantile(every, 0.9))


def test_labels_are_put_in_with_what_is_missing_and_probabilities_come_out() -> None:
    known = ruled(good, lambda size, colour, other: colour == "red", rows(), lambda *_: 0.8)
    found = curves(known, "colour")
    assert found.levels == ("False", "True")
    yes = dict(zip(found.values, found.means[:, 1].tolist(), strict=True))
    assert yes == {"red": pytest.approx(0.8), "green": pytest.approx(0.2), None: pytest.approx(0.2)}
    assert "missing" in str(found) and "True" in str(found) and "False" not in str(found)
    assert found.to_json()["means"] == found.means.tolist()


def test_only_values_that_examples_have_are_put_in() -> None:
    known = ruled(price, lambda size, colour, other: size, rows())
    assert set(curves(known, "other").values) <= set(known.learning.inputs["other"])


def test_what_has_no_curve_is_refused_in_words() -> None:
    known = ruled(price, lambda size, colour, other: size, rows(200))
    with pytest.raises(BadValue, match="no input 'sise'") as error:
        curves(known, "sise")
    assert "size" in error.value.hint
    texts = ruled(
        said, lambda text: "a" in text, [(f"{place} a" if place % 2 else f"{place} b",) for place in range(99)]
    )
    with pytest.raises(BadValue, match="text: str is no input with single values"):
        curves(texts, "text")
