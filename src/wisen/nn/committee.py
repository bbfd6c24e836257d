"""Committee: several networks that answer together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from spox import Var

from wisen.nn.block import constant, op
from wisen.nn.network import Network, Seen


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
        return self.seen_graph(features)[0]

    def seen(self, features: Mapping[str, torch.Tensor]) -> Seen[torch.Tensor]:
        """What the first member makes of the inputs: it is known which examples it did not learn from, and of those
        that all together did not learn from, there are none."""
        member = self.members[0]
        assert isinstance(member, Network)
        return member.seen(features)

    def seen_graph(self, features: Mapping[str, Var]) -> tuple[dict[str, Var], Seen[Var]]:
        """The graph of what they say together, and of what the first one has `seen`."""
        every = [graph_of(member, features) for member in self.members]
        said = [each for each, _ in every]
        if len(set(self.shares)) == 1:
            together = {name: op.mean([each[name] for each in said]) for name in said[0]}
        else:
            together = {name: self.weighed([each[name] for each in said]) for name in said[0]}
        return together, every[0][1]

    def weighed(self, said: Sequence[Var]) -> Var:
        """The weighted average of some answers, as nodes of a graph."""
        return op.sum(
            [op.mul(each, constant(np.float32(share))) for each, share in zip(said, self.shares, strict=True)]
        )


def graph_of(member: torch.nn.Module, features: Mapping[str, Var]) -> tuple[dict[str, Var], Seen[Var]]:
    """The graph of a network that a ModuleList hands out as a plain module."""
    assert isinstance(member, Network)
    return member.seen_graph(features)
