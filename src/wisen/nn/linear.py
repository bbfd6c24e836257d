"""Linear: weighted sums of a vector."""

from __future__ import annotations

import torch
from spox import Var

from wisen.nn.block import Block, constant, op
from wisen.nn.form import Vector


class Linear(Block):
    """`width` weighted sums of the inputs: y = x W + b."""

    def __init__(self, form: Vector, width: int) -> None:
        super().__init__()
        self.gives = Vector(width)
        bound = max(form.width, 1) ** -0.5
        self.weight = torch.nn.Parameter(torch.empty(form.width, width).uniform_(-bound, bound))
        self.bias = torch.nn.Parameter(torch.zeros(width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.addmm(self.bias, x, self.weight)

    def graph(self, x: Var) -> Var:
        return op.gemm(x, constant(self.weight), constant(self.bias))
