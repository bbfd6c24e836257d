"""Columns: a grid as a track, whose steps are the columns of the grid."""

from __future__ import annotations

import numpy as np
import torch
from spox import Var

from wisen.nn.block import Block, constant, op
from wisen.nn.form import Grid, Track


class Columns(Block):
    """Each column of a grid, all channels and rows of it, as one step: so time, which runs along a grid, is read in
    its order. Every step is there."""

    def __init__(self, form: Grid, _: None = None) -> None:
        super().__init__()
        self.gives: Track = Track(form.channels * form.height, timed=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        steps = x.flatten(1, 2)
        return torch.cat([torch.ones_like(steps[:, :1]), steps], dim=1)

    def graph(self, x: Var) -> Var:
        columns = op.slice(op.shape(x), constant([3]), constant([4]))
        shape = op.concat([constant([0, self.gives.channels]), columns], axis=0)
        steps = op.reshape(x, shape)
        flags = op.mul(op.slice(steps, constant([0]), constant([1]), constant([1])), constant(np.float32(0)))
        return op.concat([op.add(flags, constant(np.float32(1))), steps], axis=1)
