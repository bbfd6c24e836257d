"""Quantiles of forecasts: the loss that learns them, and the widths that make them cover what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch

LOW, HIGH = 0.1, 0.9
"""The quantiles beside the median: 80 % of the truth lies between them."""
ROUND = 0.05
"""The part of a standard deviation within which the pinball is round, so that L-BFGS finds its lowest point."""
WIDEST = 20.0
"""How many times as wide as they were learned quantiles may become."""


def pinball(error: torch.Tensor, quantile: float) -> torch.Tensor:
    """What an error (truth less guess) costs a guess of a quantile: the pinball loss (Koenker and Bassett, 1978,
    Regression Quantiles), round near 0 as Huber's (1964) is."""
    import torch

    size = error.abs()
    soft = torch.where(size < ROUND, size * size / (2 * ROUND), size - ROUND / 2)
    return soft * torch.where(error > 0, quantile, 1 - quantile)


def widths(guess: np.ndarray) -> np.ndarray:
    """The positive numbers that a head's numbers mean: log(1 + e^x)."""
    return np.logaddexp(0.0, guess.astype(np.float64))


def covering(ahead: np.ndarray) -> np.ndarray:
    """The factor of each step's width beyond which no more than a tenth of the truths lie.

    `ahead` is how far each truth lies beyond the median on one side, in widths, [examples, steps]: conformal
    quantile regression (Romano et al., 2019), with the correction for so many examples.
    """
    count = len(ahead)
    share = min(1.0, HIGH * (count + 1) / count)
    found: np.ndarray = np.clip(np.quantile(ahead, share, axis=0, method="higher"), 0.0, WIDEST)
    return found
