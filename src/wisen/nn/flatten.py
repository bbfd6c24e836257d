"""Flatten: a grid read as one vector."""

from __future__ import annotations

import torch
from spox import Var

from wisen.nn.block import Block, constant, op
from wisen.nn.form import Grid, Vector


class Flatten(Block):
    """All cells of a grid, one after the other: each place keeps its own weights."""

    def __init__(self, form: Grid, _: None = None) -> None:
        super().__init__()
        self.width = form.channels * form.height * form.width
        self.gives = Vector(self.width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.flatten(1)

    def graph(self, x: Var) -> Var:
        return op.reshape(x, constant([0, self.width]))
