"""The curve of coverage against accuracy, and mixed operation, by numbers that can be counted."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from wisen.sure.curve import PROBABILITY, UNLIKE, Covered, Sure, curve_of, sureness_of, together_of


def mean(merits: np.ndarray, places: np.ndarray) -> float:
    return float(merits[places].mean())


def test_the_surest_answers_come_first() -> None:
    sureness = np.array([0.5, 0.9, 0.6, 1.0, 0.7, 0.8, 0.55, 0.65, 0.75, 0.95])
    right = (sureness > 0.7).astype(float)
    points = {round(point.share, 2): point for point in curve_of(sureness, right, mean)}
    assert points[1.0].score == 0.5 and points[0.5].score == 1.0 and points[0.5].least == 0.75
    assert points[0.6].score == pytest.approx(5 / 6) and points[0.1].least == 1.0
    assert len(curve_of(np.array([0.4]), np.array([1.0]), mean)) == 1


def test_mixed_operation_scores_what_each_answered() -> None:
    doubted = np.array([True, True, False, False])
    learned, hand = np.array([0.0, 1.0, 1.0, 1.0]), np.array([1.0, 0.0, 0.0, 0.0])
    found = together_of(0.8, doubted, learned, hand, mean)
    assert (found.share, found.learned, found.by_hand, found.together) == (0.5, 1.0, 0.5, 0.75)
    alone = together_of(0.8, doubted, learned, None, mean)
    assert (alone.by_hand, alone.together) == (None, None)
    assert together_of(0.8, np.array([False]), np.array([1.0]), None, mean).together == 1.0
    assert together_of(0.8, np.array([True]), np.array([1.0]), None, mean).learned is None


def test_sureness_is_a_probability_or_how_like_training_the_input_is() -> None:
    assert sureness_of([0.5, 0.7], np.array([1.0, 2.0]))[1] == PROBABILITY
    found, by = sureness_of([None, None], np.array([1.0, 2.0]))
    assert by == UNLIKE and found is not None and found[0] > found[1]
    assert sureness_of([None], None) == (None, "")


def test_a_promise_is_missed_where_the_whole_interval_is_below_it() -> None:
    assert Covered(0.9, 0.88, 0.85, 0.91, 1.0).kept and not Covered(0.9, 0.8, 0.75, 0.85, 1.0).kept
    told = Sure(Covered(0.9, 0.9, -math.inf, math.inf, math.inf)).to_json()
    assert json.loads(json.dumps(told, allow_nan=False))["covered"]["size"] is None
