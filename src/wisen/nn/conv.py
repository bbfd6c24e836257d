"""Conv: filters that slide over a grid."""

from __future__ import annotations

import numpy as np
import torch
from spox import Var

from wisen.nn.block import Block, constant, op
from wisen.nn.form import Grid


class Conv(Block):
    """`channels` filters of 3 x 3, batch normalisation and relu; the grid keeps its size.

    Batch normalisation (Ioffe and Szegedy, 2015) is folded into the filters of the graph.
    """

    sized = True

    def __init__(self, form: Grid, channels: int) -> None:
        super().__init__()
        self.gives = Grid(channels, form.height, form.width)
        self.filters = torch.nn.Conv2d(form.channels, channels, 3, padding=1, bias=False)
        self.norm = torch.nn.BatchNorm2d(channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.norm(self.filters(x)))

    def graph(self, x: Var) -> Var:
        weight, bias = folded(self.filters, self.norm)
        return op.relu(op.conv(x, constant(weight), constant(bias), pads=[1, 1, 1, 1]))


def folded(filters: torch.nn.Conv2d, norm: torch.nn.BatchNorm2d) -> tuple[np.ndarray, np.ndarray]:
    """The filters and biases that do what convolution and normalisation do together."""
    assert norm.running_mean is not None and norm.running_var is not None
    gain = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    weight = filters.weight * gain[:, None, None, None]
    bias = norm.bias - norm.running_mean * gain
    return weight.detach().cpu().numpy(), bias.detach().cpu().numpy()
