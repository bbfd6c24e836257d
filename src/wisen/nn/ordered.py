"""Ordered: a learned vector for every token, in their order."""

from __future__ import annotations

import numpy as np
import torch
from spox import Var

from wisen.nn.block import Block, constant, op
from wisen.nn.form import Tokens, Track


class Ordered(Block):
    """A learned vector of `channels` numbers for every token, at the step where it stands; padding is all zeros.

    Tokens stand without gaps, and padding after them.
    """

    sized = True

    def __init__(self, form: Tokens, channels: int) -> None:
        super().__init__()
        self.gives = Track(channels)
        self.table = torch.nn.Parameter(torch.randn(form.vocabulary, channels) * channels**-0.5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.training:  # steps at which nobody in the batch has a token cost time for nothing
            x = x[:, : max(1, int((x != 0).sum(1).max()))]
        flags = (x != 0).to(self.table.dtype)[:, None]
        found = torch.nn.functional.embedding(x, self.table).transpose(1, 2)
        return torch.cat([flags, found * flags], dim=1)

    def graph(self, x: Var) -> Var:
        flags = op.unsqueeze(op.cast(op.cast(x, to=np.bool_), to=np.float32), constant([1]))
        found = op.transpose(op.gather(constant(self.table), x, axis=0), perm=[0, 2, 1])
        return op.concat([flags, op.mul(found, flags)], axis=1)
