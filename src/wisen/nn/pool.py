"""Pool: the strongest of each 2 x 2 neighbours, or of two steps."""

from __future__ import annotations

import torch
from spox import Var

from wisen.nn.block import Block, op
from wisen.nn.form import Grid, Track


class Pool(Block):
    """The maximum of each 2 x 2 neighbourhood; the grid is half as high and wide, rounded up. A track is half as
    long; its numbers must not be below 0, so that those beyond its last step are never the maximum."""

    def __init__(self, form: Grid | Track, _: None = None) -> None:
        super().__init__()
        self.grid = isinstance(form, Grid)
        self.gives: Grid | Track = form
        if isinstance(form, Grid):
            self.gives = Grid(form.channels, (form.height + 1) // 2, (form.width + 1) // 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.grid:
            return torch.nn.functional.max_pool1d(x, 2, ceil_mode=True)
        return torch.nn.functional.max_pool2d(x, 2, ceil_mode=True)

    def graph(self, x: Var) -> Var:
        sides = [2, 2] if self.grid else [2]
        return op.max_pool(x, kernel_shape=sides, strides=sides, ceil_mode=1)[0]
