"""Steps: a vector as a track, cut into steps of equal width."""

from __future__ import annotations

import numpy as np
import torch
from spox import Var

from wisen.nn.block import Block, constant, op
from wisen.nn.form import Track, Vector


class Steps(Block):
    """A vector cut into `count` steps, the first numbers in the first one: so what reads steps can read columns."""

    def __init__(self, form: Vector, count: int) -> None:
        super().__init__()
        self.count = count
        self.gives: Track = Track(form.width // count)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        steps = x.view(len(x), self.count, -1).transpose(1, 2)
        return torch.cat([torch.ones_like(steps[:, :1]), steps], dim=1)

    def graph(self, x: Var) -> Var:
        steps = op.reshape(x, constant([0, self.count, self.gives.channels]))
        steps = op.transpose(steps, perm=[0, 2, 1])
        flags = op.mul(op.slice(steps, constant([0]), constant([1]), constant([1])), constant(np.float32(0)))
        return op.concat([op.add(flags, constant(np.float32(1))), steps], axis=1)
