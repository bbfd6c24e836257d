"""Dropout: forgets some features while training (Srivastava et al., 2014)."""

from __future__ import annotations

import torch
from spox import Var

from wisen.nn.block import Block
from wisen.nn.form import Form

PARTS = 256
"""A byte decides whether a feature is forgotten: the rate is rounded to so many parts."""
MANY = 1 << 13
"""Features above which drawing bytes is faster than torch's own way."""


class Dropout(Block):
    """Sets a share of the features to zero while training; nothing afterwards, so it has no node."""

    def __init__(self, form: Form, rate: float) -> None:
        super().__init__()
        self.gives = form
        self.rate = rate

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.training and x.device.type == "cpu" and x.numel() >= MANY:
            return x * kept(x.shape, self.rate)
        return torch.nn.functional.dropout(x, self.rate, self.training)

    def graph(self, x: Var) -> Var:
        return x


def kept(shape: torch.Size, rate: float) -> torch.Tensor:
    """A factor for each feature: 0 for a share of `rate`, and for the others what keeps the mean.

    One random number of 64 bits decides about eight features. torch draws a number for each, which takes
    three times as long, and was a sixth of the time of training a team.
    """
    count, keep = shape.numel(), PARTS - round(rate * PARTS)
    if not keep:
        return torch.zeros(shape)
    bits = torch.empty(-(-count // 8), dtype=torch.int64).random_(-(2**63), None)
    return (bits.view(torch.uint8)[:count].view(shape) <= keep - 1).float().mul_(PARTS / keep)
