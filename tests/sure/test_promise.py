"""Promises are kept: by counting, for any strangeness, and as a manifest tells them."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wisen.errors import BadProgram
from wisen.sure.promise import Promise, kept, limits_of

TOLD = {"coverage": 0.9, "examples": 1, "limits": {}}


def test_new_truths_keep_the_promise_whatever_strangeness_looks_like() -> None:
    rng = np.random.default_rng(0)
    for draw in (rng.normal, rng.standard_cauchy, lambda size: rng.integers(0, 4, size).astype(float)):
        shares = []
        for _ in range(400):
            old, new = draw(size=(60, 1)), draw(size=(100, 1))
            shares.append(kept(new, limits_of(old, 1), 1).mean())
        assert np.mean(shares) >= 0.895
    assert (
        0.895
        < np.mean([kept(rng.normal(size=(50, 1)), limits_of(rng.normal(size=(60, 1)), 1), 1) for _ in range(400)])
        < 0.925
    )


def test_of_two_sides_each_has_half_of_what_may_be_broken() -> None:
    rng = np.random.default_rng(1)
    shares = []
    for _ in range(300):
        old, new = rng.exponential(size=99), rng.exponential(size=99)
        limits = limits_of(np.stack([-old, old], axis=1), 2)
        shares.append(kept(np.stack([-new, new], axis=1), limits, 2).mean())
        assert np.isclose(old[:, None] <= limits[1], True).mean() == pytest.approx(95 / 99)
    assert 0.89 < np.mean(shares) < 0.92


@given(st.integers(1, 60), st.sampled_from([1, 2]))
def test_a_limit_is_the_value_of_its_rank_or_none(count: int, sides: int) -> None:
    strange = np.arange(1.0, count + 1)[:, None]
    (limit,) = limits_of(strange, sides)
    rank = math.ceil((count + 1) * (1 - 0.1 / sides) - 1e-9)
    assert limit == (rank if rank <= count else math.inf)
    assert math.isinf(limit) == (count < (9 if sides == 1 else 19))


def test_the_steps_of_an_answer_keep_their_promise_each_by_itself() -> None:
    strange = np.array([[0.0, 0.0, 5.0, 0.0], [0.0, 5.0, 0.0, 5.0]])
    assert kept(strange, [1.0] * 4, 2).tolist() == [[False, True], [True, False]]
    assert kept(strange, [1.0] * 4, 1).tolist() == [[True, True, False, True], [True, False, True, False]]


def test_what_is_in_no_set_keeps_no_promise_though_sets_hold_all_answers() -> None:
    assert kept(np.array([[0.7], [math.inf]]), [math.inf], 1).tolist() == [[True], [False]]


def test_a_manifest_tells_the_promise() -> None:
    promise = Promise({"a": (0.5,), "b": (-1.0, math.inf)}, examples=7)
    data = json.loads(json.dumps(promise.to_json(), allow_nan=False))
    assert Promise.from_json(data, {"a": 1, "b": 2}) == promise
    assert Promise.from_json(None, {"a": 1}).limits == {}


@pytest.mark.parametrize(
    "data",
    [
        3, {}, {**TOLD, "coverage": 2.0}, {**TOLD, "examples": "1"}, {**TOLD, "limits": {"a": [1, 2]}},
        {**TOLD, "limits": {"z": [1]}}, {**TOLD, "limits": {"a": ["x"]}}, {**TOLD, "limits": {"a": [math.nan]}},
        {**TOLD, "limits": {"a": 3}},
    ],
)  # fmt: skip
def test_a_promise_that_is_none_is_refused(data: Any) -> None:
    with pytest.raises(BadProgram, match="its manifest promises"):
        Promise.from_json(data, {"a": 1})
