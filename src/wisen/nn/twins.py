"""Twins: one encoder reads several feeds, and their vectors are compared."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import torch
from spox import Var

from wisen.nn.block import op
from wisen.nn.chain import Chain
from wisen.nn.form import Vector


class Twins(torch.nn.Module):
    """The vectors of `count` feeds side by side, all read by the same encoder (Bromley et al., 1993, Signature
    Verification using a Siamese Time Delay Neural Network), and of every two of them |u - v| and u v, element by
    element: a weighted sum of these is a learned distance. Where `beside` is false, there is nothing but these,
    so that it makes no difference which feed is which.

    The feeds are read as one batch: so the encoder stands in the graph once, and is called once.
    """

    def __init__(self, encoder: Chain, count: int, beside: bool) -> None:
        super().__init__()
        form = encoder.gives
        assert isinstance(form, Vector)
        self.encoder, self.count, self.beside = encoder, count, beside
        vectors = count * (count - 1) + (count if beside else 0)
        self.gives = Vector(form.width * vectors)

    def forward(self, features: Sequence[torch.Tensor]) -> torch.Tensor:
        read = self.encoder(torch.cat(list(features))).chunk(self.count)
        compared = [each for one, other in combinations(read, 2) for each in ((one - other).abs(), one * other)]
        return torch.cat([*(read if self.beside else ()), *compared], dim=1)

    def graph(self, features: Sequence[Var]) -> Var:
        read = op.split(self.encoder.graph(op.concat(features, axis=0)), num_outputs=self.count)
        compared = [
            each for one, other in combinations(read, 2) for each in (op.abs(op.sub(one, other)), op.mul(one, other))
        ]
        return op.concat([*(read if self.beside else ()), *compared], axis=1)
