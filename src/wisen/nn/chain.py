"""Chain: blocks one after the other."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from spox import Var

from wisen.nn.block import Block
from wisen.nn.form import Form


class Chain(Block):
    """Blocks one after the other; without any, what comes in goes out."""

    def __init__(self, gives: Form, blocks: Iterable[Block], reads: Form | None = None) -> None:
        super().__init__()
        self.gives, self.reads = gives, reads or gives
        self.blocks = torch.nn.ModuleList(blocks)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for block in self.blocks:
            x = block(x)
        return x

    def told(self, x: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
        *before, last = self.blocks
        for block in before:
            x = block(x)
        assert isinstance(last, Block)
        return last.told(x, truth)

    def graph(self, x: Var) -> Var:
        for block in self.blocks:
            assert isinstance(block, Block)
            x = block.graph(x)
        return x
