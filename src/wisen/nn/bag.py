"""Bag: the average of the tokens' vectors."""

from __future__ import annotations

import numpy as np
import torch
from spox import Var

from wisen.nn.block import Block, constant, op
from wisen.nn.form import Sparse, Tokens, Vector
from wisen.nn.weighed import summed, summed_graph


class Bag(Block):
    """The average of a learned vector for every token (Joulin et al., 2016, fastText); the weighted sum,
    where the tokens bring their weights.

    Token 0 is padding and does not count; a text without tokens is all zeros.
    """

    sized = True

    def __init__(self, form: Tokens | Sparse, width: int) -> None:
        super().__init__()
        self.gives = Vector(width)
        self.weighted = isinstance(form, Sparse)
        rows = form.width if isinstance(form, Sparse) else form.vocabulary
        self.table = torch.nn.Parameter(torch.randn(rows, width) * 0.1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.weighted:
            return summed(x, self.table)
        return torch.nn.functional.embedding_bag(x, self.table, mode="mean", padding_idx=0)

    def graph(self, x: Var) -> Var:
        if self.weighted:
            return summed_graph(x, self.table)
        count = op.cast(op.cast(x, to=np.bool_), to=np.float32)
        found = op.gather(constant(self.table), x, axis=0)
        total = op.reduce_sum(op.mul(found, op.unsqueeze(count, constant([2]))), constant([1]), keepdims=0)
        number = op.reduce_sum(count, constant([1]), keepdims=1)
        return op.div(total, op.max([number, constant(np.float32(1))]))
