"""Point: weighted sums of what stands in each cell of a grid."""

from __future__ import annotations

import torch
from spox import Var

from wisen.nn.block import Block, constant, op
from wisen.nn.conv import folded
from wisen.nn.form import Grid


class Point(Block):
    """`channels` filters of 1 x 1, batch normalisation and relu: each cell by itself, so many channels become few."""

    sized = True

    def __init__(self, form: Grid, channels: int) -> None:
        super().__init__()
        self.gives = Grid(channels, form.height, form.width)
        self.filters = torch.nn.Conv2d(form.channels, channels, 1, bias=False)
        self.norm = torch.nn.BatchNorm2d(channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.norm(self.filters(x)))

    def graph(self, x: Var) -> Var:
        weight, bias = folded(self.filters, self.norm)
        return op.relu(op.conv(x, constant(weight), constant(bias)))
