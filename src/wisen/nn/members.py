"""Members: one vector becomes the different views of a team."""

from __future__ import annotations

import torch
from spox import Var

from wisen.nn.block import Block, constant, op
from wisen.nn.form import Team, Vector


class Members(Block):
    """The vector once for each of `count` members, each with its own learned scaling.

    The scaling begins as random signs, so that the members learn different things although they
    share their weights (Gorishniy et al., 2024, TabM).
    """

    def __init__(self, form: Vector, count: int) -> None:
        super().__init__()
        self.gives = Team(count, form.width)
        signs = torch.randint(0, 2, (count, form.width)).float() * 2 - 1
        self.scale = torch.nn.Parameter(signs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x[:, None] * self.scale

    def graph(self, x: Var) -> Var:
        return op.mul(op.unsqueeze(x, constant([1])), constant(self.scale))
