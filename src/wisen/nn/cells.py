"""Cells: what each cell of a grid says."""

from __future__ import annotations

import torch
from spox import Var

from wisen.nn.block import Block, constant, op
from wisen.nn.form import Grid

SMALL = 0.01
"""The spread of the first weights: at first all cells say about the same, which is next to nothing."""


class Cells(Block):
    """`count` weighted sums in each cell, with nothing after them: what is said of the place where the cell lies."""

    def __init__(self, form: Grid, count: int) -> None:
        super().__init__()
        self.gives = Grid(count, form.height, form.width)
        self.filters = torch.nn.Conv2d(form.channels, count, 1)
        torch.nn.init.normal_(self.filters.weight, std=SMALL)
        torch.nn.init.zeros_(self.filters.bias)  # type: ignore[arg-type]  # it has one

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.filters(x)
        return found

    def graph(self, x: Var) -> Var:
        return op.conv(x, constant(self.filters.weight), constant(self.filters.bias))
