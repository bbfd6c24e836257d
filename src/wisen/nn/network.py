"""Network: encoders, trunk and heads joined: several tensors in, several out."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from spox import Var

from wisen.nn.block import op
from wisen.nn.chain import Chain


class Network(torch.nn.Module):
    """Each encoder reads its feed; the trunk reads all of them side by side; each head says one answer."""

    def __init__(self, encoders: Mapping[str, Chain], trunk: Chain, heads: Mapping[str, Chain]) -> None:
        super().__init__()
        self.feeds, self.answers = list(encoders), list(heads)
        # By number, because a name may hold characters that torch does not allow.
        self.encoders = torch.nn.ModuleList(encoders.values())
        self.trunk = trunk
        self.heads = torch.nn.ModuleList(heads.values())

    def forward(self, features: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        read = [encoder(features[name]) for name, encoder in zip(self.feeds, self.encoders, strict=True)]
        shared = self.trunk(read[0] if len(read) == 1 else torch.cat(read, dim=1))
        return {name: head(shared) for name, head in zip(self.answers, self.heads, strict=True)}

    def graph(self, features: Mapping[str, Var]) -> dict[str, Var]:
        read = [graph_of(encoder, features[name]) for name, encoder in zip(self.feeds, self.encoders, strict=True)]
        shared = graph_of(self.trunk, read[0] if len(read) == 1 else op.concat(read, axis=1))
        return {name: graph_of(head, shared) for name, head in zip(self.answers, self.heads, strict=True)}


def graph_of(chain: torch.nn.Module, x: Var) -> Var:
    """The graph of a chain that a ModuleList hands out as a plain module."""
    assert isinstance(chain, Chain)
    return chain.graph(x)
