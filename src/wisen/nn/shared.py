"""Shared: weighted sums that the members of a team share, each with scalings of its own."""

from __future__ import annotations

import tabm
import torch
from spox import Var

from wisen.nn.block import Block, constant, op
from wisen.nn.form import Team


class Shared(Block):
    """`width` weighted sums with one matrix for all members; each scales what goes in and comes out, and has
    its own bias (Wen et al., 2020, BatchEnsemble; Gorishniy et al., 2024, TabM)."""

    sized = True

    def __init__(self, form: Team, width: int) -> None:
        super().__init__()
        self.gives = Team(form.count, width)
        self.sums = tabm.LinearBatchEnsemble(form.width, width, k=form.count, scaling_init="ones")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.sums(x)
        return found

    def graph(self, x: Var) -> Var:
        sums = self.sums
        found = op.matmul(op.mul(x, constant(sums.r)), constant(sums.weight.T))
        return op.add(op.mul(found, constant(sums.s)), constant(sums.bias))
