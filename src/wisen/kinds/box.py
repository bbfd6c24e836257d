"""A box around a thing in a picture, and how far boxes overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np

L = TypeVar("L")

RIGHT = 0.5
"""The overlap from which on a box is said to be right."""


@dataclass(frozen=True)
class Box(Generic[L]):
    """A thing in a picture: what it is, where it stands, and how surely.

    The edges are pixels of the picture as it was given, from its left upper corner on; `probability` is
    calibrated where a program says it, and 1 where a person does.
    """

    label: L
    left: float
    top: float
    right: float
    bottom: float
    probability: float = 1.0

    @property
    def width(self) -> float:
        """Pixels from left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Pixels from top to bottom."""
        return self.bottom - self.top

    @property
    def edges(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        return self.left, self.top, self.right, self.bottom


def edges(boxes: Sequence[Box[Any]]) -> np.ndarray:
    """The edges of boxes, [boxes, 4]: left, top, right, bottom."""
    return np.array([box.edges for box in boxes], np.float64).reshape(-1, 4)


def overlaps(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The shared part of every two boxes' areas together (intersection over union), [one, other]."""
    low = np.maximum(one[:, None, :2], other[None, :, :2])
    high = np.minimum(one[:, None, 2:], other[None, :, 2:])
    shared = np.prod(np.maximum(high - low, 0), axis=2)
    areas = [np.prod(np.maximum(each[:, 2:] - each[:, :2], 0), axis=1) for each in (one, other)]
    found: np.ndarray = shared / np.maximum(areas[0][:, None] + areas[1][None] - shared, 1e-12)
    return found


def hits(
    said: np.ndarray, said_labels: np.ndarray, true: np.ndarray, true_labels: np.ndarray, least: float = RIGHT
) -> np.ndarray:
    """Which boxes that were said, the surest first, are right: each finds a true one of its label that overlaps by
    `least` and that none before it has found, as in the COCO evaluation."""
    found = np.zeros(len(said), bool)
    if not len(said) or not len(true):
        return found
    shared = overlaps(said, true) * (said_labels[:, None] == true_labels[None])
    for place, row in enumerate(shared):
        best = int(row.argmax())
        if row[best] >= least:
            found[place] = True
            shared[:, best] = 0
    return found
