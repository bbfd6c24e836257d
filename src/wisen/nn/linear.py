"""Linear: weighted sums of a vector."""

from __future__ import annotations

import torch
from spox import Var

from wisen.nn.block import Block, constant, op
from wisen.nn.form import Team, Vector


class Linear(Block):
    """`width` weighted sums of the inputs: y = x W + b; each member of a team has sums of its own."""

    sized = True

    def __init__(self, form: Vector | Team, width: int) -> None:
        super().__init__()
        members = (form.count,) if isinstance(form, Team) else ()
        self.gives = Team(form.count, width) if isinstance(form, Team) else Vector(width)
        bound = max(form.width, 1) ** -0.5
        self.weight = torch.nn.Parameter(torch.empty(*members, form.width, width).uniform_(-bound, bound))
        self.bias = torch.nn.Parameter(torch.zeros(*members, width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if x.ndim == 2:
            return torch.addmm(self.bias, x, self.weight)
        return torch.baddbmm(self.bias[:, None], x.transpose(0, 1), self.weight).transpose(0, 1)

    def graph(self, x: Var) -> Var:
        if self.weight.ndim == 2:
            return op.gemm(x, constant(self.weight), constant(self.bias))
        found = op.matmul(op.transpose(x, perm=[1, 0, 2]), constant(self.weight))
        return op.add(op.transpose(found, perm=[1, 0, 2]), constant(self.bias))
