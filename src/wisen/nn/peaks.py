"""Peaks: the highest number of each channel of a track, and their average."""

from __future__ import annotations

import numpy as np
import torch
from spox import Var

from wisen.nn.block import Block, constant, op
from wisen.nn.form import Track, Vector

FAR = -1e9
"""Below every number of a track: what stands at a step that is not there."""


class Peaks(Block):
    """The maximum and the average of each channel over the steps that are there: whether, and how much of, what
    a filter looks for is anywhere. A track without steps is all zeros."""

    def __init__(self, form: Track, _: None = None) -> None:
        super().__init__()
        self.channels = form.channels
        self.gives = Vector(2 * form.channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        flags, numbers = x[:, :1], x[:, 1:]
        most = (numbers * flags + (1 - flags) * FAR).amax(2) * flags.amax(2)
        mean = (numbers * flags).sum(2) / flags.sum(2).clamp(min=1)
        return torch.cat([most, mean], dim=1)

    def graph(self, x: Var) -> Var:
        one, steps = constant(np.float32(1)), constant([2])
        flags = op.slice(x, constant([0]), constant([1]), constant([1]))
        numbers = op.mul(op.slice(x, constant([1]), constant([self.channels + 1]), constant([1])), flags)
        far = op.mul(op.sub(one, flags), constant(np.float32(FAR)))
        any_there = op.reduce_max(flags, steps, keepdims=0)
        most = op.mul(op.reduce_max(op.add(numbers, far), steps, keepdims=0), any_there)
        count = op.max([op.reduce_sum(flags, steps, keepdims=0), one])
        return op.concat([most, op.div(op.reduce_sum(numbers, steps, keepdims=0), count)], axis=1)
