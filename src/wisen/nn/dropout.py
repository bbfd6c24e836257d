"""Dropout: forgets some features while training (Srivastava et al., 2014)."""

from __future__ import annotations

import torch
from spox import Var

from wisen.nn.block import Block
from wisen.nn.form import Form


class Dropout(Block):
    """Sets a share of the features to zero while training; nothing afterwards, so it has no node."""

    def __init__(self, form: Form, rate: float) -> None:
        super().__init__()
        self.gives = form
        self.rate = rate

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.dropout(x, self.rate, self.training)

    def graph(self, x: Var) -> Var:
        return x
