"""What a stock does tomorrow: the direction, which nobody knows, and the size of the move, of which something is."""

from __future__ import annotations

from math import sqrt
from typing import Annotated, Literal

import wisen
from wisen import Next, Past

FADING = 0.94
"""What a day counts less than the day after it: RiskMetrics' (J.P. Morgan, 1996)."""


@wisen.function
def direction_tomorrow(
    change: Annotated[list[float], Past(20)],
    move: Annotated[list[float], Past(20)],
    market: Annotated[list[float], Past(20)],
) -> Annotated[Literal["down", "up"], Next(1, "direction")]:
    """Whether a stock closes higher tomorrow than today, from its daily changes in percent."""
    return "up" if change[-1] > 0 else "down"  # the trend is your friend


@wisen.function
def move_tomorrow(
    change: Annotated[list[float], Past(5)],
    move: Annotated[list[float], Past(60)],
    market: Annotated[list[float], Past(20)],
) -> Annotated[float, Next(1, "move")]:
    """By how many percent a stock moves tomorrow, up or down; `market` is the mean move of twenty stocks."""
    weights = [FADING**age for age in range(len(move))]
    squares = sum(weight * each**2 for weight, each in zip(weights, reversed(move), strict=True))
    return 0.6 * sqrt(squares / sum(weights))  # half of the moves before 2018 were smaller than that
