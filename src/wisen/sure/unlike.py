"""How unlike the training examples an input is, by what the program makes of it: 1 is as unlike as one in a hundred.

The means of what each layer gives (Lee et al., 2018, A Simple Unified Framework for Detecting Out-of-Distribution
Samples) stand side by side, each number in its standard deviations. Their main directions are half whitened: divided by
the root of their standard deviations. The distance is that to the nearest of some training examples (Sun et al., 2022,
Out-of-Distribution Detection with Deep Nearest Neighbors), and what lies outside of these directions counts like
the weakest of them. `bench/unlike.py` tells on which data that was chosen, and beside what.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from wisen.errors import BadProgram
from wisen.sure.vectors import pooled_graph

if TYPE_CHECKING:
    from spox import Var

DIRECTIONS, POINTS = 64, 256
"""Main directions that are told apart, and training examples to be near to: a program grows by some 100 KB."""
NARROW = 0.1
"""The part of the mean standard deviation that none falls below: a number that never moved may move a little."""
LEAST = 1e-2
"""The variance of directions, in that of a number, that none falls below."""
SELDOM, OFTEN = 0.01, 0.1
"""The share of examples like those of training that are taken for unlike, and that which may well be farther away than
`often`: where many are, inputs drift."""


@dataclass(frozen=True)
class Unlike:
    """What training examples look like: means and scales of numbers, main directions, half whitened, some examples in
    these, and what the rest of a vector counts; and the distance that one in a hundred examples exceeds that were not
    learned from, and `often` that which one in ten do, as a part of it."""

    mean: np.ndarray
    scale: np.ndarray
    directions: np.ndarray
    """[numbers, directions]"""
    points: np.ndarray
    """[examples, directions]"""
    rest: float
    limit: float = 1.0
    often: float = 1.0

    @classmethod
    def fit(cls, vectors: np.ndarray) -> Self:
        """What some vectors of training examples look like, [examples, numbers]."""
        every = vectors.astype(np.float64)
        mean, spread = every.mean(axis=0), every.std(axis=0)
        scale = np.maximum(spread, NARROW * spread.mean())
        scale[scale == 0] = 1.0
        scaled = (every - mean) / scale
        _, sizes, rows = np.linalg.svd(scaled, full_matrices=False)
        sizes, count = sizes**2 / len(every), min(DIRECTIONS, len(sizes))
        rest = max(float(sizes[count:].sum()) / max(every.shape[1] - count, 1), LEAST)
        whitened = rows[:count].T / np.maximum(sizes[:count], rest) ** 0.25
        half = whitened.astype(np.float16)
        points = (scaled[:POINTS] @ half.astype(np.float64)).astype(np.float16)
        return cls(mean.astype(np.float32), scale.astype(np.float32), half, points, rest)

    def distances(self, vectors: np.ndarray) -> np.ndarray:
        """How far vectors lie from the training examples, before `limit` is taken as 1."""
        scaled = (vectors - self.mean.astype(np.float64)) / self.scale
        directions, points = self.directions.astype(np.float64), self.points.astype(np.float64)
        place = scaled @ directions
        near = (place**2).sum(1)[:, None] + (points**2).sum(1)[None] - 2 * place @ points.T
        outside = np.maximum((scaled**2).sum(1) - (place**2 / self.lengths).sum(1), 0) / math.sqrt(self.rest)
        found: np.ndarray = np.sqrt(np.maximum(near.min(axis=1), 0) + outside) / self.limit
        return found

    @property
    def lengths(self) -> np.ndarray:
        """The squared length of each direction, which half whitening made of 1."""
        found: np.ndarray = np.maximum((self.directions.astype(np.float64) ** 2).sum(axis=0), 1e-12)
        return found

    def set_by(self, distances: np.ndarray) -> Self:
        """The same, whose limits are those of examples that were not learned from."""
        limit = max(beyond(distances, SELDOM), 1e-9)
        return replace(self, limit=self.limit * limit, often=beyond(distances, OFTEN) / limit)

    def graph(self, levels: Sequence[tuple[str, Var]]) -> Var:
        """The same as `distances`, as nodes of a graph, from what a network gives on each of its levels."""
        from wisen.nn.block import constant, op

        vectors = [pooled_graph(seen, form) for form, seen in levels]
        vector = op.concat(vectors, axis=1) if len(vectors) > 1 else vectors[0]
        scaled = op.div(op.sub(vector, constant(self.mean)), constant(self.scale))
        directions, points = (op.cast(constant(each), to=np.float32) for each in (self.directions, self.points.T))
        place = op.matmul(scaled, directions)
        axis, squared = constant([1]), op.mul(place, place)
        lengths = (self.points.astype(np.float64) ** 2).sum(1).astype(np.float32)
        near = op.sub(constant(lengths), op.mul(constant(np.float32(2)), op.matmul(place, points)))
        near = op.add(op.reduce_min(near, axis, keepdims=0), op.reduce_sum(squared, axis, keepdims=0))
        inside = op.reduce_sum(op.div(squared, constant(self.lengths.astype(np.float32))), axis, keepdims=0)
        outside = op.sub(op.reduce_sum(op.mul(scaled, scaled), axis, keepdims=0), inside)
        zero = constant(np.float32(0))
        outside = op.mul(op.max([outside, zero]), constant(np.float32(1 / math.sqrt(self.rest))))
        return op.div(op.sqrt(op.add(op.max([near, zero]), outside)), constant(np.float32(self.limit)))


def beyond(distances: np.ndarray, share: float) -> float:
    """The distance that no more than a share of new examples exceed, as of conformal prediction; where there are too
    few to tell, the largest."""
    rank = min(math.ceil((len(distances) + 1) * (1 - share) - 1e-9), len(distances))
    return float(np.sort(distances)[rank - 1])


def unlike_told(told: Any, names: Sequence[str], beside: bool) -> tuple[str, float]:
    """(the tensor that says how unlike an input is, the distance that one in ten examples exceed) as a manifest tells;
    no name where it tells of none. Raises BadProgram where it tells what cannot be."""
    if told is None:
        return "", 1.0
    name, often = (told.get("name"), told.get("often")) if isinstance(told, dict) else (None, None)
    plain = isinstance(often, (int, float)) and 0 <= often <= 1 and isinstance(name, str) and name
    if not plain or (name in names) == beside:
        raise BadProgram(f"its manifest says how unlike inputs are by {told!r:.60}, its graph gives {list(names)}")
    return str(name), float(often)  # type: ignore[arg-type]  # plain says so
