"""Relu: what is negative becomes zero."""

from __future__ import annotations

import torch
from spox import Var

from wisen.nn.block import Block, op
from wisen.nn.form import Form


class Relu(Block):
    """max(x, 0), element by element."""

    def __init__(self, form: Form, _: None = None) -> None:
        super().__init__()
        self.gives = form

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(x)

    def graph(self, x: Var) -> Var:
        return op.relu(x)
