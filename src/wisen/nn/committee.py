"""Committee: several networks of one plan that answer together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch
from spox import Var

from wisen.nn.block import op
from wisen.nn.network import Network


class Committee(torch.nn.Module):
    """The average of what several networks say. Each was trained without another part of the examples
    (Breiman, 1996, Bagging Predictors; the parts are those of cross-validation)."""

    def __init__(self, members: Iterable[Network]) -> None:
        super().__init__()
        self.members = torch.nn.ModuleList(members)

    def forward(self, features: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        said = [member(features) for member in self.members]
        return {name: torch.stack([each[name] for each in said]).mean(0) for name in said[0]}

    def graph(self, features: Mapping[str, Var]) -> dict[str, Var]:
        said = [graph_of(member, features) for member in self.members]
        return {name: op.mean([each[name] for each in said]) for name in said[0]}


def graph_of(member: torch.nn.Module, features: Mapping[str, Var]) -> dict[str, Var]:
    """The graph of a network that a ModuleList hands out as a plain module."""
    assert isinstance(member, Network)
    return member.graph(features)
