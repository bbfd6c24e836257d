"""Nothing: a sparse vector that enters a network by its linear path only."""

from __future__ import annotations

import numpy as np
import torch
from spox import Var

from wisen.nn.block import Block, constant, op
from wisen.nn.form import Sparse, Vector


class Nothing(Block):
    """A vector of no numbers for each example."""

    def __init__(self, form: Sparse, _: None = None) -> None:
        super().__init__()
        self.gives = Vector(0)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.new_zeros(len(x), 0)

    def graph(self, x: Var) -> Var:
        batch = op.slice(op.shape(x), constant([0]), constant([1]))
        sizes = op.concat([batch, constant([0])], axis=0)
        return op.constant_of_shape(sizes, value=np.zeros(1, np.float32))
