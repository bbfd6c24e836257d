"""Committee: several networks that answer together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from spox import Var

from wisen.nn.block import constant, op
from wisen.nn.network import Network


class Committee(torch.nn.Module):
    """The weighted average of what several networks say. Those of one plan were trained each without another part
    of the examples (Breiman, 1996, Bagging Predictors; the parts are those of cross-validation)."""

    def __init__(self, members: Sequence[Network], shares: Sequence[float]) -> None:
        super().__init__()
        self.members, self.shares = torch.nn.ModuleList(members), tuple(shares)

    def forward(self, features: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        said = [member(features) for member in self.members]
        shares = torch.tensor(self.shares, device=next(iter(said[0].values())).device)
        return {
            name: torch.einsum("m...,m->...", torch.stack([each[name] for each in said]), shares) for name in said[0]
        }

    def graph(self, features: Mapping[str, Var]) -> dict[str, Var]:
        said = [graph_of(member, features) for member in self.members]
        if len(set(self.shares)) == 1:
            return {name: op.mean([each[name] for each in said]) for name in said[0]}
        return {name: self.weighed([each[name] for each in said]) for name in said[0]}

    def weighed(self, said: Sequence[Var]) -> Var:
        """The weighted average of some answers, as nodes of a graph."""
        return op.sum(
            [op.mul(each, constant(np.float32(share))) for each, share in zip(said, self.shares, strict=True)]
        )


def graph_of(member: torch.nn.Module, features: Mapping[str, Var]) -> dict[str, Var]:
    """The graph of a network that a ModuleList hands out as a plain module."""
    assert isinstance(member, Network)
    return member.graph(features)
