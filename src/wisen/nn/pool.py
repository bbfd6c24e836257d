"""Pool: the strongest of each 2 x 2 neighbours."""

from __future__ import annotations

import torch
from spox import Var

from wisen.nn.block import Block, op
from wisen.nn.form import Grid


class Pool(Block):
    """The maximum of each 2 x 2 neighbourhood; the grid is half as high and wide, rounded up."""

    def __init__(self, form: Grid, _: None = None) -> None:
        super().__init__()
        self.gives = Grid(form.channels, (form.height + 1) // 2, (form.width + 1) // 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.max_pool2d(x, 2, ceil_mode=True)

    def graph(self, x: Var) -> Var:
        return op.max_pool(x, kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)[0]
