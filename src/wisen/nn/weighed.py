"""Weighed: weighted sums of a sparse vector."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import torch
from spox import Var

from wisen.nn.block import Block, constant, op
from wisen.nn.form import Sparse, Vector

FEWEST = 4096
"""Examples from which on a batch is taken for all of them, which come again and again: it is worth a matrix."""


class Weighed(Block):
    """`width` weighted sums of the numbers that are there: y = x W, with weights that begin at 0.

    A linear program over many thousand words needs no more. Where all examples come at once, they become
    a sparse matrix and its transpose, so that forward and backward are one product each.
    """

    def __init__(self, form: Sparse, width: int) -> None:
        super().__init__()
        self.gives, self.places = Vector(width), form.width
        self.weight = torch.nn.Parameter(torch.zeros(form.width, width))
        self.kept: tuple[torch.Tensor, torch.Tensor, torch.Tensor] | None = None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if len(x) < FEWEST or x.device.type != "cpu" or not torch.is_grad_enabled():
            return summed(x, self.weight)
        if self.kept is None or self.kept[0] is not x:
            self.kept = (x, *matrices(x, self.places))
        found: torch.Tensor = Product.apply(self.weight, *self.kept[1:])  # type: ignore[no-untyped-call]  # torch's gap
        return found

    def graph(self, x: Var) -> Var:
        return summed_graph(x, self.weight)


def summed(x: torch.Tensor, table: torch.Tensor) -> torch.Tensor:
    """The rows of a table that a sparse vector names, times its numbers, added up."""
    places, numbers = x[:, :, 0].to(torch.int64), x[:, :, 1].contiguous()
    return torch.nn.functional.embedding_bag(places, table, mode="sum", per_sample_weights=numbers)


def summed_graph(x: Var, table: torch.Tensor) -> Var:
    """The same as `summed`, as nodes of a graph."""
    places = op.cast(op.gather(x, constant(np.int64(0)), axis=2), to=np.int64)
    numbers = op.slice(x, constant([1]), constant([2]), constant([2]))
    found = op.gather(constant(table), places, axis=0)  # [batch, time, width]
    return op.squeeze(op.matmul(op.transpose(numbers, perm=[0, 2, 1]), found), constant([1]))


class Product(torch.autograd.Function):
    """A sparse matrix times the weights; backward is its transpose times the gradient."""

    @staticmethod
    def forward(ctx: Any, weight: torch.Tensor, matrix: torch.Tensor, transposed: torch.Tensor) -> torch.Tensor:
        ctx.transposed = transposed
        return matrix @ weight

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        return ctx.transposed @ gradients[0], None, None


def matrices(x: torch.Tensor, places: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Sparse vectors as one matrix [batch, places], and its transpose."""
    import scipy.sparse

    found = x.numpy()
    rows, columns = np.nonzero(found[:, :, 1])
    where = (rows, found[rows, columns, 0].astype(np.int64))
    matrix = scipy.sparse.csr_array((found[rows, columns, 1], where), shape=(len(found), places))
    return compressed(matrix), compressed(matrix.T.tocsr())


def compressed(matrix: Any) -> torch.Tensor:
    """A sparse matrix of scipy's as one of torch's."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # torch says that its sparse matrices may still change
        # Indices of 32 bits: with longer ones, the products take ten times as long.
        starts, columns = (torch.from_numpy(part.astype(np.int32)) for part in (matrix.indptr, matrix.indices))
        return torch.sparse_csr_tensor(starts, columns, torch.from_numpy(matrix.data), matrix.shape)
