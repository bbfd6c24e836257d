"""Permutation importance: what a known rule needs comes first, what it does not look at counts nothing."""

from __future__ import annotations

import random
from typing import Literal

import numpy as np
import pytest

import wisen
from tests.explain.ruled import ruled
from wisen.explain.importance import weighed


@wisen.function
def leaks(a: float, code: Literal["x", "y"], b: float, photo: wisen.Image | None) -> bool: ...


@wisen.function
def sums(a: float, b: float, c: float) -> float: ...


def test_a_column_that_leaks_the_label_comes_first_and_the_rest_counts_nothing() -> None:
    rng = random.Random(0)
    rows = [(rng.random(), rng.choice("xy"), rng.random(), None) for _ in range(600)]
    found = weighed(ruled(leaks, lambda a, code, b, photo: code == "x", rows))
    first, *others = found.weights
    assert found.metric == "accuracy" and found.value == 1.0
    assert first.input == "code" and first.matters and first.low < first.loss < first.high
    assert first.loss == pytest.approx(0.5, abs=0.1)  # a label of another example is right half of the time
    assert all(each.loss == 0 and not each.matters for each in others)


def test_it_is_the_rise_of_the_error_that_an_explicit_loop_finds() -> None:
    rng = random.Random(1)
    rows = [(rng.gauss(0, 1), rng.gauss(0, 1), rng.gauss(0, 1)) for _ in range(900)]
    known = ruled(sums, lambda a, b, c: 3 * a + b, rows)
    found = {each.input: each.loss for each in weighed(known).weights}
    assert list(found) == ["a", "b", "c"]
    # The expected rise is the mean difference over all pairs of held-out examples; the rule is exact.
    lines = np.array(list(known.parts.held_out.rows()))
    pairs = np.abs(lines[:, 0][:, None] - lines[:, 0][None]).sum() / len(lines) / (len(lines) - 1)
    assert found["a"] == pytest.approx(3 * pairs, rel=0.1)
    assert found["a"] / found["b"] == pytest.approx(3, rel=0.15) and found["c"] == 0


def test_the_same_seed_gives_the_same_and_the_words_fit_the_figures() -> None:
    rng = random.Random(1)
    rows = [(rng.random(), rng.random(), rng.random()) for _ in range(200)]
    known = ruled(sums, lambda a, b, c: a, rows)
    assert weighed(known) == weighed(known) != weighed(known, seed=1)
    found = weighed(known)
    assert "█" * 20 in str(found).splitlines()[1] and str(found).splitlines()[1].split()[0] == "a"
    assert found.to_json()["weights"][0]["input"] == "a"
