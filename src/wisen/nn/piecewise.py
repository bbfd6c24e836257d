"""Piecewise: each number becomes a small vector that is linear between the edges of its bins."""

from __future__ import annotations

import warnings

import numpy as np
import rtdl_num_embeddings
import torch
from spox import Var

from wisen.nn.block import Block, constant, op
from wisen.nn.form import Bins, Vector


class Piecewise(Block):
    """A learned vector of `bins.width` numbers for every number, side by side: piecewise-linear embeddings
    (Gorishniy et al., 2022, On Embeddings for Numerical Features in Tabular Deep Learning).

    A number is told by how much of each of its bins lies below it; so jumps and bends are easy to learn.
    """

    sized = True

    def __init__(self, form: Vector, bins: Bins) -> None:
        super().__init__()
        self.gives, self.width = Vector(form.width * bins.width), form.width * bins.width
        edges = [torch.tensor(each, dtype=torch.float32) for each in bins.edges]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # a column may well have one bin only
            self.embeddings = rtdl_num_embeddings.PiecewiseLinearEmbeddings(
                edges, bins.width, activation=False, version="B"
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.embeddings(x)
        return found.flatten(1)

    def graph(self, x: Var) -> Var:
        inner, straight = self.embeddings.impl, self.embeddings.linear0
        low, high = limits(inner.weight.shape[1], inner.single_bin_mask, len(inner.weight))
        column = op.unsqueeze(x, constant([2]))  # [batch, columns, 1]
        parts = op.add(op.mul(column, constant(inner.weight)), constant(inner.bias))
        inside = op.max([op.min([parts, constant(high)]), constant(low)])
        # One product of matrices for each column.
        bent = op.matmul(op.transpose(inside, perm=[1, 0, 2]), constant(self.embeddings.linear.weight))
        linear = op.add(op.mul(column, constant(straight.weight)), constant(straight.bias))
        found = op.add(op.transpose(bent, perm=[1, 0, 2]), linear)
        return op.reshape(found, constant([0, self.width]))


def limits(bins: int, single: torch.Tensor | None, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Between which numbers each part of each column is kept: 0 and 1, open at either end of the column."""
    low, high = np.zeros((columns, bins), np.float32), np.ones((columns, bins), np.float32)
    high[:, -1] = np.inf
    if bins > 1:
        low[:, 0] = -np.inf
    else:
        low[:] = -np.inf
    if single is not None:
        low[single.cpu().numpy(), -1] = -np.inf
    return low, high
