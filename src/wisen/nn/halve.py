"""Halve: filters that slide over a grid two cells at a time."""

from __future__ import annotations

import torch
from spox import Var

from wisen.nn.block import Block, constant, op
from wisen.nn.conv import folded
from wisen.nn.form import Grid


class Halve(Block):
    """`channels` filters of 3 x 3 at every other cell, batch normalisation and relu; the grid is half as high and
    wide, rounded up. It costs a quarter of a convolution and a maximum after it."""

    sized = True

    def __init__(self, form: Grid, channels: int) -> None:
        super().__init__()
        self.gives = Grid(channels, (form.height + 1) // 2, (form.width + 1) // 2)
        self.filters = torch.nn.Conv2d(form.channels, channels, 3, stride=2, padding=1, bias=False)
        self.norm = torch.nn.BatchNorm2d(channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.norm(self.filters(x)))

    def graph(self, x: Var) -> Var:
        weight, bias = folded(self.filters, self.norm)
        return op.relu(op.conv(x, constant(weight), constant(bias), pads=[1, 1, 1, 1], strides=[2, 2]))
