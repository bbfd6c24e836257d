"""Stages: the layers by which a grid is halved again and again."""

from __future__ import annotations

import math

from wisen.nn.form import Grid, Layer

MOST_CHANNELS = 64
"""Channels with which a grid of 4 x 4 can still be read place by place; averaged over its places, two pictures of
faces were harder to compare."""
LAST_SIDE = 5
"""The side down to which a grid is halved."""
PLACED_SIDE = 16
"""About the side down to which it is halved where places matter: the cells of which something is said."""


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


def cells(form: Grid, width: int) -> tuple[Layer, ...]:
    """Filters that halve a grid down to about 16 cells a side, and residual blocks in the last two sizes, by which
    each cell sees some ten of its neighbours on every side."""
    halved = max(0, round(math.log2(max(form.height, form.width) / PLACED_SIDE)))
    layers: list[Layer] = [] if halved else [Layer("conv", width)]
    for stage in range(1, halved + 1):
        channels = max(8, width >> (halved - stage))
        layers += [Layer("halve", channels)]
        layers += [Layer("residual", channels)] if stage == halved - 1 and stage > 1 else []
    return (*layers, Layer("residual", width), Layer("residual", width))


def read_out(width: int) -> tuple[Layer, ...]:
    """Few channels made of many, and residual blocks: for a grid that a network has read already."""
    return Layer("point", width), Layer("residual", width), Layer("residual", width)
