"""The contract of a sight: what a person can see of a value, and the way back from what the network reads of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

CELLS, LINE = 16, 64
"""The most parts along one side of a grid, and along a line."""


@dataclass(frozen=True)
class Parts:
    """The parts of a value that a person can see: their names, and how they lie, as (count,) or (rows, columns)."""

    names: tuple[str, ...]
    shape: tuple[int, ...]
    without: Callable[[np.ndarray], Any] = field(repr=False, compare=False)
    """The value in which those parts say nothing that are true in bool [parts]."""
    window: tuple[int, ...] = (1,)
    """How many neighbours along each axis are hidden together: one alone hardly tells where others say the same."""

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True)
class Trace:
    """How much each number counts that a kind's `graph` gave of a value: `amounts` has the shape of `features`, or of
    their places where each is looked up. `read` gives the features of other values; `view` is the kind's view, and
    `place` the column's where several share a tensor."""

    amounts: np.ndarray
    features: np.ndarray
    value: Any
    parts: Parts
    read: Callable[[Sequence[Any]], Sequence[np.ndarray]]
    view: str = ""
    place: int = 0


@dataclass(frozen=True)
class Sight:
    """A value that is seen as a whole. In place of a part that is hidden stands what says nothing: `blank`."""

    blank: Any = field(repr=False)

    def manageable(self, value: Any) -> Any:
        """The value in not much more detail than the program sees."""
        return value

    def seen(self, value: Any) -> Parts:
        """The parts of a value."""
        return Parts(("",), (1,), lambda hidden: self.blank if hidden[0] else value)

    def traced(self, trace: Trace) -> np.ndarray | None:
        """How much the parts of a value count, of the shape that these have, where it is known how much each number
        counts that the kind's `graph` gave of it. None: nobody can say which part a number comes from."""
        return None

    def lit(
        self, value: Any, parts: Parts, amounts: np.ndarray, fine: np.ndarray | None, small: bool = False
    ) -> bytes | None:
        """A PNG file that shows a value and how much its parts counted, or what the network reads of it (`fine`);
        `small` where there is room for little. None: there is nothing to see."""
        return None


@dataclass(frozen=True)
class Columns(Sight):
    """Values of columns that share a tensor; `owners` are the places of the columns that its features are of."""

    owners: tuple[int, ...] = ()

    def traced(self, trace: Trace) -> np.ndarray | None:
        mine = [amount for amount, owner in zip(trace.amounts, self.owners, strict=True) if owner == trace.place]
        return np.array([np.sum(mine)])


def edges(length: int, most: int) -> np.ndarray:
    """Where so many places are cut into at most `most` stretches of about one length, both ends included."""
    return np.linspace(0, length, min(length, most) + 1).round().astype(int)


def spread(hidden: np.ndarray, down: np.ndarray, across: np.ndarray) -> np.ndarray:
    """The cells of a grid that is cut at these edges, as bool [height, width] of what they are made of."""
    grid = hidden.reshape(len(down) - 1, len(across) - 1)
    return grid.repeat(np.diff(down), axis=0).repeat(np.diff(across), axis=1)


def gathered(fine: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The sums of a fine map over the parts of a coarser one; each number falls to the parts that it lies in."""
    found = np.asarray(fine, np.float64)
    for axis, count in enumerate(shape):
        found = np.moveaxis(np.tensordot(portions(found.shape[axis], count), found, ([1], [axis])), 0, axis)
    return found


def portions(fine: int, coarse: int) -> np.ndarray:
    """How much of each of `fine` places lies in each of `coarse` ones of the same length, [coarse, fine]."""
    ends = np.arange(fine + 1) / fine
    cuts = edges(fine, coarse) / fine if coarse <= fine else np.arange(coarse + 1) / coarse
    low = np.maximum(ends[None, :-1], cuts[:-1, None])
    high = np.minimum(ends[None, 1:], cuts[1:, None])
    found: np.ndarray = np.maximum(0.0, high - low) * fine
    return found
