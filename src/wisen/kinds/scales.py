"""How numbers are scaled before they are learned: wild ones bent, skewed ones as logarithms, and in bins."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

MOST_BINS = 24
"""Bins of a column, into which its values are divided evenly."""
BLANK = (0.0, 1.0)
"""The edges of one bin, which bends nothing."""
STRAIGHT = 2.0
"""Standard deviations from the mean up to which inputs are taken as they are; no number exceeds twice as many
after `soft`, so wild ones do no harm."""
CUT = 1e4
"""Standard deviations beyond which all numbers are alike; the square of this one is still exact enough."""
SKEWED = 1.0
"""Skewness above which answers are learned as logarithms too, where that halves it."""
MOST_LOG = 700.0
"""The largest logarithm whose number is one."""
HIGHEST = float(np.finfo(np.float32).max)
"""A number beyond it is infinite to the program."""


def soft(scaled: np.ndarray) -> np.ndarray:
    """Standard deviations, those beyond STRAIGHT bent towards twice as many: smooth clipping (Holzmüller et al.,
    2024, RealMLP), which leaves a straight line straight where most examples are."""
    cut = np.clip(scaled, -CUT, CUT)
    inside = np.clip(cut, -STRAIGHT, STRAIGHT)
    bent: np.ndarray = inside + (cut - inside) / np.sqrt(1 + ((cut - inside) / STRAIGHT) ** 2)
    return bent


def curve_of(known: np.ndarray) -> tuple[float, ...]:
    """(unit, mean, scale, largest) of the logarithms of 1 + number / unit; empty where that is no less skewed."""
    if len(known) < 3 or known.min() < 0 or known.std() == 0 or not skew(known) > SKEWED:
        return ()
    unit = max(float(np.quantile(known[known > 0], 0.05)), 1e-6 * float(known.max()))
    logs = np.log1p(known / unit)
    if abs(skew(logs)) > skew(known) / 2:
        return ()
    # Beyond the largest, a straight line through logarithms soon leaves the world.
    return unit, float(logs.mean()), float(logs.std()), float(logs.max()) + 0.5


def skew(values: np.ndarray) -> float:
    """The skewness: the mean of the third power of standard deviations from the mean."""
    return float((((values - values.mean()) / values.std()) ** 3).mean())


def bins(values: np.ndarray) -> tuple[float, ...]:
    """The edges of bins that hold about as many values each: at most MOST_BINS of them."""
    if not len(values):
        return BLANK
    found = np.unique(np.round(np.quantile(values, np.linspace(0, 1, MOST_BINS + 1)), 5))
    return tuple(found.tolist()) if len(found) > 1 else BLANK


def least_lift(said: np.ndarray, wanted: np.ndarray) -> float:
    """What answers are to be multiplied by for the least absolute error: the median of the ratios, each of which
    counts as much as the answer is large."""
    there = said > 0
    if not there.any():
        return 1.0
    ratios, weights = wanted[there] / said[there], said[there]
    order = np.argsort(ratios)
    heavy = np.cumsum(weights[order])
    return float(ratios[order][np.searchsorted(heavy, heavy[-1] / 2)])


def bowed(values: Any, curve: Sequence[float]) -> np.ndarray:
    """Numbers on the scale on which they were learned: on that of logarithms, one is as sure of small as of large."""
    found = np.asarray(values, np.float64)
    return np.log1p(np.maximum(found, 0.0) / curve[0]) if curve else found


def straightened(value: float, curve: Sequence[float]) -> float:
    """The number that `bowed` made this of."""
    if not curve:
        return value
    return math.expm1(max(value, 0.0)) * curve[0] if value < MOST_LOG else math.inf


def inwards(low: float, high: float) -> tuple[float, float]:
    """The whole numbers at the ends of an interval; where there is no end, none."""
    return math.ceil(low) if math.isfinite(low) else low, math.floor(high) if math.isfinite(high) else high
