"""Mean: the average over the places of a grid or the steps of a sequence."""

from __future__ import annotations

import torch
from spox import Var

from wisen.nn.block import Block, constant, op
from wisen.nn.form import Grid, Sequence, Vector


class Mean(Block):
    """The average over height and width, or over time: where something is no longer matters."""

    def __init__(self, form: Grid | Sequence, _: None = None) -> None:
        super().__init__()
        self.axes = [2, 3] if isinstance(form, Grid) else [1]
        self.gives = Vector(form.channels if isinstance(form, Grid) else form.width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.mean(dim=self.axes)

    def graph(self, x: Var) -> Var:
        return op.reduce_mean(x, constant(self.axes), keepdims=0)
