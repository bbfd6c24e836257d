"""Slide: filters that slide over the steps of a track."""

from __future__ import annotations

import torch
from spox import Var

from wisen.nn.block import Block, constant, op
from wisen.nn.form import Track

REACH = 5
"""Steps that a filter sees at once."""


class Slide(Block):
    """`channels` filters over five steps each, added to what came in where that has as many channels (He et al.,
    2016, Deep Residual Learning), and relu.

    Beyond the last step all is 0 again, so that padding changes nothing.
    """

    sized = True

    def __init__(self, form: Track, channels: int) -> None:
        super().__init__()
        self.gives = Track(channels)
        self.added = form.channels == channels
        self.filters = torch.nn.Conv1d(form.channels, channels, REACH, padding=REACH // 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        flags, numbers = x[:, :1], x[:, 1:]
        said = self.filters(numbers)
        said = torch.relu(numbers + said if self.added else said)
        return torch.cat([flags, said * flags], dim=1)

    def graph(self, x: Var) -> Var:
        flags = op.slice(x, constant([0]), constant([1]), constant([1]))
        numbers = op.slice(x, constant([1]), constant([self.filters.in_channels + 1]), constant([1]))
        weight, bias = constant(self.filters.weight), constant(self.filters.bias)
        said = op.conv(numbers, weight, bias, pads=[REACH // 2, REACH // 2])
        said = op.relu(op.add(numbers, said) if self.added else said)
        return op.concat([flags, op.mul(said, flags)], axis=1)
