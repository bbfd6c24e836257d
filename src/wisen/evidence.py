"""How sure a comparison is: intervals of means, and of the difference between two rivals on the same examples."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

BETTER, NO_BETTER, WORSE = "better", "no better", "worse"
CONFIDENCE = 0.95
RESAMPLES = 4000
MANY = 10_000
"""Values above which a mean is as good as normal, and resampling tells nothing more."""


@dataclass(frozen=True)
class Difference:
    """How much better the program is than a rival, in the deciding metric, with its interval."""

    rival: str
    value: float
    low: float
    high: float
    confidence: float = CONFIDENCE

    @property
    def verdict(self) -> str:
        """Better or worse only where the whole interval says so."""
        return BETTER if self.low > 0 else WORSE if self.high < 0 else NO_BETTER


def interval(values: np.ndarray, share: bool = False, blocks: np.ndarray | None = None) -> tuple[float, float]:
    """The 95 % interval of a mean; of a share of rights and wrongs it is Wilson's (1927).

    `blocks` are numbers of the blocks in which values may depend on each other, such as stretches of time.
    """
    if blocks is not None:
        return block_interval(values, blocks, CONFIDENCE)
    if not share:
        return mean_interval(values, CONFIDENCE)
    from scipy.stats import binomtest

    found = binomtest(int(values.sum()), len(values)).proportion_ci(CONFIDENCE, method="wilson")
    return float(found.low), float(found.high)


def difference(
    rival: str, gains: np.ndarray, share: bool = False, comparisons: int = 1, blocks: np.ndarray | None = None
) -> Difference:
    """The mean gain over a rival with its paired interval.

    With several `comparisons` of which one may decide, each is asked for more confidence
    (Bonferroni), so that chance decides no more often than with one.
    """
    confidence = 1 - (1 - CONFIDENCE) / comparisons
    if blocks is not None:
        low, high = block_interval(gains, blocks, confidence)
    else:
        low, high = (share_difference if share else mean_interval)(gains, confidence)
    return Difference(rival, float(gains.mean()), low, high, confidence)


def share_difference(gains: np.ndarray, confidence: float) -> tuple[float, float]:
    """The interval of a mean of gains of -1, 0 and 1: right where the other was wrong, or the other way.

    It is the bootstrap's (Efron, 1979); where the exact McNemar test (1947) does not reject, it is
    widened to hold 0.
    """
    from scipy.stats import binomtest

    won, lost, count = int((gains > 0).sum()), int((gains < 0).sum()), len(gains)
    shares = [won / count, lost / count, (count - won - lost) / count]
    drawn = np.random.default_rng(0).multinomial(count, shares, RESAMPLES)
    low, high = tails((drawn[:, 0] - drawn[:, 1]) / count, confidence)
    if won + lost == 0 or binomtest(won, won + lost).pvalue >= 1 - confidence:
        return min(low, 0.0), max(high, 0.0)
    return low, high


def mean_interval(values: np.ndarray, confidence: float) -> tuple[float, float]:
    """The interval of a mean: Student's (1908), widened to the bootstrap's where that says more.

    The bootstrap sees that values are skewed, but of a few of them it promises too much.
    """
    from scipy.stats import t

    count = len(values)
    if count < 2:
        return -math.inf, math.inf
    mean, error = float(values.mean()), float(values.std(ddof=1)) / math.sqrt(count)
    half = float(t.ppf((1 + confidence) / 2, count - 1)) * error
    if count > MANY:
        return mean - half, mean + half
    low, high = tails(resampled(values), confidence)
    return min(low, mean - half), max(high, mean + half)


def block_interval(values: np.ndarray, blocks: np.ndarray, confidence: float) -> tuple[float, float]:
    """The interval of a mean of values that are independent only from block to block: Student's with the sums of
    blocks (the variance of a ratio), widened to the bootstrap's that draws whole blocks (Künsch, 1989)."""
    from scipy.stats import t

    _, place = np.unique(blocks, return_inverse=True)
    sums, counts = np.bincount(place, values), np.bincount(place).astype(np.float64)
    several = len(sums)
    if several < 2:
        return -math.inf, math.inf
    mean = float(values.mean())
    apart = sums - mean * counts
    error = math.sqrt(several / (several - 1) * float((apart**2).sum())) / len(values)
    half = float(t.ppf((1 + confidence) / 2, several - 1)) * error
    drawn = np.random.default_rng(0).integers(0, several, (RESAMPLES, several))
    low, high = tails(sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1), confidence)
    return min(low, mean - half), max(high, mean + half)


def resampled(values: np.ndarray) -> np.ndarray:
    """The means of samples drawn from the values, with replacement; always the same ones."""
    random = np.random.default_rng(0)
    count = len(values)
    means = np.empty(RESAMPLES)
    step = max(1, 2_000_000 // count)
    for start in range(0, RESAMPLES, step):
        places = random.integers(0, count, (min(step, RESAMPLES - start), count))
        means[start : start + step] = values[places].mean(axis=1)
    return means


def tails(means: np.ndarray, confidence: float) -> tuple[float, float]:
    """The quantiles between which a share of the means lies."""
    tail = (1 - confidence) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return float(low), float(high)
