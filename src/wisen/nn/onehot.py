"""OneHot: a column of classes as a one among zeros."""

from __future__ import annotations

import numpy as np
import torch
from spox import Var

from wisen.nn.block import Block, constant, op
from wisen.nn.form import UNKNOWN, Ids, Vector


class OneHot(Block):
    """One feature for every class of every column: 1 where the column has that class, else 0; in columns whose
    classes stand in an order also where it has a later one (a thermometer: neighbours have much in common).

    While training, 2 % of the classes are hidden as unknown, so that the weights of "unknown"
    are learned too, although no training example has it.
    """

    columns: torch.Tensor
    codes: torch.Tensor
    rising: torch.Tensor

    def __init__(self, form: Ids, hidden: float = 0.02) -> None:
        super().__init__()
        self.gives = Vector(sum(form.sizes))
        self.hidden = hidden
        columns = np.repeat(np.arange(len(form.sizes)), form.sizes)
        codes = np.concatenate([np.arange(size) for size in form.sizes])
        self.register_buffer("columns", torch.from_numpy(columns))
        self.register_buffer("codes", torch.from_numpy(codes))
        rising = np.repeat(np.array(form.rising or [False] * len(form.sizes)), form.sizes) & (codes > UNKNOWN)
        self.register_buffer("rising", torch.from_numpy(rising))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.training and self.hidden:
            x = torch.where(torch.rand(x.shape, device=x.device) < self.hidden, UNKNOWN, x)
        spread = x[:, self.columns]
        return ((spread == self.codes) | ((spread > self.codes) & self.rising)).float()

    def graph(self, x: Var) -> Var:
        spread = op.gather(x, constant(self.columns), axis=1)
        found = op.equal(spread, constant(self.codes))
        if bool(self.rising.any()):
            found = op.or_(found, op.and_(op.greater(spread, constant(self.codes)), constant(self.rising)))
        return op.cast(found, to=np.float32)
