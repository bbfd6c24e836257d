"""Residual: two convolutions that learn what to add to a grid."""

from __future__ import annotations

import torch
from spox import Var

from wisen.nn.block import Block, constant, op
from wisen.nn.conv import Conv, folded
from wisen.nn.form import Grid


class Residual(Block):
    """relu(x + f(x)) where f is two convolutions of 3 x 3, each normalised, with a relu between them: the basic
    block of He et al. (2016), Deep Residual Learning. Where the channels differ, x goes through 1 x 1 filters.

    The last normalisation begins at 0, so that the block begins as nothing (Goyal et al., 2017); in the
    graph each is folded into its filters.
    """

    sized = True

    def __init__(self, form: Grid, channels: int) -> None:
        super().__init__()
        self.gives = Grid(channels, form.height, form.width)
        self.first = Conv(form, channels)
        self.filters = torch.nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm = torch.nn.BatchNorm2d(channels)
        torch.nn.init.zeros_(self.norm.weight)
        self.across = None if form.channels == channels else torch.nn.Conv2d(form.channels, channels, 1, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        kept = x if self.across is None else self.across(x)
        return torch.relu(kept + self.norm(self.filters(self.first(x))))

    def graph(self, x: Var) -> Var:
        kept = x
        if self.across is not None:
            kept = op.conv(x, constant(self.across.weight))
        weight, bias = folded(self.filters, self.norm)
        added = op.conv(self.first.graph(x), constant(weight), constant(bias), pads=[1, 1, 1, 1])
        return op.relu(op.add(kept, added))
