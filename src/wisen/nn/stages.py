"""Stages: the layers by which a grid is halved again and again."""

from __future__ import annotations

import math

from wisen.nn.form import Grid, Layer

MOST_CHANNELS = 64
"""Channels with which a grid of 4 x 4 can still be read place by place; averaged over its places, two pictures of
faces were harder to compare."""
LAST_SIDE = 5
"""The side down to which a grid is halved."""


def convolutions(form: Grid, width: int, adding: int = 0) -> tuple[Layer, ...]:
    """Convolutions, their channels doubled where the grid is halved; the last `adding` stages, which see the most
    for what they cost, add what two more layers say. Large grids begin with fewer channels, so that one costs
    about as much as a small one."""
    side = max(form.height, form.width)
    channels = max(8, min(width // 4, 2 ** round(math.log2(width / side ** (2 / 3)))))
    stages = max(0, math.ceil(math.log2(side / LAST_SIDE)))
    layers = [Layer("conv", channels)]
    for stage in range(stages):
        channels = min(width, MOST_CHANNELS, channels * 2)
        layers += [Layer("pool"), Layer("conv", channels)]
        layers += [Layer("residual", channels)] if stage >= stages - adding else []
    return tuple(layers)
