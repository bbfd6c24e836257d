"""The cells of a column in a few groups that a person can name: words by themselves, numbers by quarters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

FEW = 12
"""Different numbers up to which each is a group of its own."""
MISSING = "missing"


def binned(cells: Sequence[Any]) -> list[str]:
    """The name of each cell's group."""
    numbers = as_numbers(cells)
    return in_words(cells) if numbers is None else in_quarters(numbers)


def as_numbers(cells: Sequence[Any]) -> np.ndarray | None:
    """Cells as numbers, NaN where one is missing; None where they are none, or few different ones."""
    if any(isinstance(cell, bool) for cell in cells):
        return None
    try:
        found = np.array([math.nan if empty(cell) else float(cell) for cell in cells])
    except (TypeError, ValueError):
        return None
    return None if len(np.unique(found[np.isfinite(found)])) <= FEW else found


def empty(cell: Any) -> bool:
    """Whether a cell says nothing."""
    return cell is None or cell != cell or (isinstance(cell, str) and not cell.strip())


def in_words(cells: Sequence[Any]) -> list[str]:
    """The value of each cell as a word."""
    return [MISSING if empty(cell) else f"{cell:g}" if isinstance(cell, float) else str(cell) for cell in cells]


def in_quarters(numbers: np.ndarray) -> list[str]:
    """The quarter in which each number lies."""
    known = np.where(np.isfinite(numbers), numbers, np.nan)
    cuts = np.unique(np.nanquantile(known, [0, 0.25, 0.5, 0.75, 1]))
    if len(cuts) < 2:
        return [MISSING if math.isnan(value) else f"{value:g}" for value in known]
    places = np.clip(np.searchsorted(cuts, known, side="right") - 1, 0, len(cuts) - 2)
    told = [f"{low:g} to {high:g}" for low, high in pairwise(cuts)]
    return [MISSING if math.isnan(value) else told[place] for value, place in zip(known, places, strict=True)]
