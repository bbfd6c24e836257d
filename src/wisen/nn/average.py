"""Average: the mean of each 2 x 2 neighbours."""

from __future__ import annotations

import torch
from spox import Var

from wisen.nn.block import Block, op
from wisen.nn.form import Grid


class Average(Block):
    """The mean of each 2 x 2 neighbourhood, of what is there of it at an edge; the grid is half as high and wide,
    rounded up. Unlike the maximum, it is a weighted sum."""

    def __init__(self, form: Grid, _: None = None) -> None:
        super().__init__()
        self.gives = Grid(form.channels, (form.height + 1) // 2, (form.width + 1) // 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.avg_pool2d(x, 2, ceil_mode=True, count_include_pad=False)

    def graph(self, x: Var) -> Var:
        return op.average_pool(x, kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1, count_include_pad=0)
