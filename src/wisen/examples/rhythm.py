"""Whether a table stands in order of time, step by step: then what comes next can be asked of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wisen.errors import BadValue
from wisen.examples.memory import Rows
from wisen.examples.timeline import DAY, commonest
from wisen.kinds.kind import missing

FEWEST = 60
"""Rows of a series from which on it is worth a forecast."""
REGULAR = 0.5
"""The share of distances between neighbours that are the commonest one, at least."""
HOUR = 3600


@dataclass(frozen=True)
class Rhythm:
    """The column of points in time, the one that tells several series apart (empty: there is one series), and how
    many steps are worth looking back and ahead."""

    time: str
    key: str
    past: int
    ahead: int


def rhythm_of(rows: Rows, moments: Sequence[tuple[str, Any]], labels: Sequence[str]) -> Rhythm | None:
    """The rhythm of a table with these columns of points in time (and their kinds), of which one tells when a row
    is, and with these columns of labels; None where its rows are no steps of time."""
    if len(moments) != 1:
        return None
    name, kind = moments[0]
    cells = rows.columns[name]
    try:
        seconds = np.array([kind.when(kind.read(cell)) for cell in cells if not missing(cell)], np.int64)
    except (BadValue, AttributeError):
        return None
    if len(seconds) < len(cells):
        return None
    for key in ("", *labels):
        codes = np.unique([str(cell) for cell in rows.columns[key]], return_inverse=True)[1] if key else 0 * seconds
        step = step_of(seconds, codes)
        if step:
            return Rhythm(name, key, *((48, 24) if step <= HOUR else (14, 7) if step <= DAY else (12, 4)))
    return None


def step_of(seconds: np.ndarray, codes: np.ndarray) -> int:
    """The seconds from step to step of series that codes tell apart; 0 where they have none, or are too short."""
    order = np.lexsort((seconds, codes))
    apart = np.diff(seconds[order])[np.diff(codes[order]) == 0]
    if not len(apart) or not apart.all() or len(seconds) < FEWEST * (codes.max() + 1):
        return 0
    step = commonest(apart)
    return step if (apart == step).mean() >= REGULAR else 0
