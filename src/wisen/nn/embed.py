"""Embed: a learned vector for every class."""

from __future__ import annotations

import numpy as np
import torch
from spox import Var

from wisen.nn.block import Block, constant, op
from wisen.nn.form import UNKNOWN, Ids, Vector


class Embed(Block):
    """A learned vector of `width` numbers for every class of every column, side by side."""

    sized = True

    offsets: torch.Tensor

    def __init__(self, form: Ids, width: int, hidden: float = 0.02) -> None:
        super().__init__()
        self.gives = Vector(len(form.sizes) * width)
        self.width = self.gives.width
        self.hidden = hidden
        self.table = torch.nn.Parameter(torch.randn(sum(form.sizes), width) * width**-0.5)
        offsets = np.concatenate([[0], np.cumsum(form.sizes)[:-1]]).astype(np.int64)
        self.register_buffer("offsets", torch.from_numpy(offsets))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.training and self.hidden:
            x = torch.where(torch.rand(x.shape, device=x.device) < self.hidden, UNKNOWN, x)
        return torch.nn.functional.embedding(x + self.offsets, self.table).flatten(1)

    def graph(self, x: Var) -> Var:
        found = op.gather(constant(self.table), op.add(x, constant(self.offsets)), axis=0)
        return op.reshape(found, constant([0, self.width]))
