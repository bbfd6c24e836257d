"""The rows of a table in order of time, one step after the other, whatever order and gaps they came in."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np

from wisen.errors import BadExamples, BadValue, listed, nearest
from wisen.examples.memory import Rows
from wisen.kinds import in_time
from wisen.kinds.kind import missing
from wisen.signature import Signature

DAY = 86_400
WEEK = 7 * DAY
LOOKED_AT = 200
"""Cells by which a column of points in time is told from others."""
SELDOM = 0.1
"""The share of the fullest place in a week, or a day, below which one counts as closed by the calendar."""
UNEVEN = 0.02
"""The share of distances that are no multiple of the step from which on rows are the steps, such as months."""


@dataclass(frozen=True)
class Times:
    """Where examples stand in time: the second of "now" of each, and that of the last step that it looks at."""

    now: np.ndarray
    last: np.ndarray

    def take(self, places: Any) -> Self:
        """Those of some examples."""
        return type(self)(self.now[places], self.last[places])


@dataclass(frozen=True)
class Line:
    """All steps, series after series: the row of the table at each (-1: a step that was put in), its time, and the
    first and last step of the series that it belongs to."""

    row: np.ndarray
    time: np.ndarray
    start: np.ndarray
    end: np.ndarray
    keys: int
    notes: tuple[str, ...] = field(default=())
    bad: Mapping[int, str] = field(default_factory=dict)
    """Why rows of the table are no steps, by their place."""

    def places(self, first: int, last: int) -> np.ndarray:
        """The steps with a row around which there are all steps from `first` to `last`."""
        here = np.arange(len(self.row))
        found: np.ndarray = np.flatnonzero((self.row >= 0) & (here + first >= self.start) & (here + last <= self.end))
        return found

    def longest(self) -> int:
        """The steps of the longest series."""
        return int((self.end - self.start).max(initial=-1)) + 1


def line_of(
    rows: Rows, signature: Signature, matched: Mapping[str, str], time: str | None = None, key: str | None = None
) -> Line:
    """The line of the rows of a table; raises BadExamples where nothing says in which order they stand."""
    title = time_column(rows, signature, matched, time)
    seconds, lost, bad = seconds_of(rows, title, time is not None)
    codes, keys = keys_of(rows, key)
    here = np.flatnonzero(~lost)
    order = here[np.lexsort((here, seconds[here], codes[here]))]
    if bad and lost.all():
        place, why = next(iter(bad.items()))
        raise BadExamples(f"{rows.names[place]}: {why}", 'Name another column: time="COLUMN", or --time COLUMN.')
    gone = int(lost.sum()) - len(bad)
    notes = [f"{gone:,} rows are left out: {title} is missing"] if gone else []
    unsorted = not np.array_equal(order, here[np.argsort(codes[here], kind="stable")])
    notes += [f"rows were put in order by {title}"] if unsorted else []
    same = (np.diff(seconds[order]) == 0) & (np.diff(codes[order]) == 0)
    if same.any():
        finer(rows, title, order, np.flatnonzero(same))
        notes.append(f"{int(same.sum()):,} rows have the {title} of another: the last of them is kept")
        order = order[np.append(~same, True)]
    return replace(stepped(order, seconds[order], codes[order], keys, notes), bad=bad)


def finer(rows: Rows, title: str, order: np.ndarray, same: np.ndarray) -> None:
    """Raises BadExamples where rows of one second are not of one moment: steps are whole seconds."""
    for place in same[:LOOKED_AT].tolist():
        one, other = (moment_of(rows.columns[title][int(row)]) for row in order[place : place + 2])
        if one != other:
            name = rows.names[int(order[place + 1])]
            raise BadExamples(
                f"{name}: {title} is less than a second after another: steps are whole seconds",
                f"Number the rows of each series in a column of their own: {title} 0, 1, 2 and so on.",
            )


def moment_of(raw: Any) -> Any:
    """The moment or number that a cell means, with its fractions of a second."""
    (kind, *_) = in_time()
    try:
        return float(raw)
    except (TypeError, ValueError):
        return kind.read(raw)


def stepped(order: np.ndarray, seconds: np.ndarray, codes: np.ndarray, keys: int, notes: list[str]) -> Line:
    """The line of rows in order; where the step is even, missing steps are put in."""
    follows = np.append(False, np.diff(codes) == 0) if len(codes) else np.zeros(0, bool)
    apart = np.append(0, np.diff(seconds))
    step = commonest(apart[follows])
    count = np.ones(len(order), np.int64)
    if step and even(seconds, apart[follows], step):
        count = np.where(follows, np.maximum(1, np.round(apart / step).astype(np.int64)), 1)
        longest = max(1, len(order))  # no gap is worth more steps than there are rows
        count = np.minimum(count, longest)
        if put := int((count[follows] - 1).sum()):
            notes.append(f"{put:,} missing steps were put in; a step is {worded(step)}")
    elif step and (apart[follows] > step).any():
        notes.append(f"rows are the steps, {worded(step)} apart as a rule: the gaps belong to their calendar")
    at = np.cumsum(count) - 1
    row = np.full(int(at[-1]) + 1 if len(at) else 0, -1, np.int64)
    row[at] = order
    time = np.interp(np.arange(len(row)), at, seconds).astype(np.int64) if len(at) else np.zeros(0, np.int64)
    begins = at[~follows] if len(at) else at
    ends = np.append(begins[1:] - 1, len(row) - 1) if len(at) else at
    which = np.searchsorted(begins, np.arange(len(row)), side="right") - 1
    return Line(row, time, begins[which], ends[which], keys, tuple(notes))


def commonest(apart: np.ndarray) -> int:
    """The commonest distance; 0 where there is none."""
    found, counts = np.unique(apart, return_counts=True)
    return int(found[counts.argmax()]) if len(found) else 0


def even(seconds: np.ndarray, apart: np.ndarray, step: int) -> bool:
    """Whether gaps are steps that are missing, and not those of a calendar: a place in the week at which there is
    hardly ever a row, such as Sundays or nights, or distances that are no multiple of the step, such as months."""
    if (apart % step != 0).mean() > UNEVEN:
        return False
    span = int(seconds.max()) - int(seconds.min())
    period = next((each for each in (WEEK, DAY) if step < each and each % step == 0 and span >= 3 * each), 0)
    if not period or not (apart > step).any():
        return True
    counts = np.bincount((seconds % period // step).astype(np.int64), minlength=period // step)
    there = counts / counts.max()
    closed = there < SELDOM
    return bool(closed.sum() <= (1 - there[~closed]).sum())


UNITS = {"days": 86_400, "hours": 3600, "minutes": 60, "seconds": 1}


def worded(step: int) -> str:
    """A step in words."""
    name, size = next((name, size) for name, size in UNITS.items() if step % size == 0)
    return f"{step // size} {name if step != size else name[:-1]}"


# ---- columns -----------------------------------------------------------------------------------


def time_column(rows: Rows, signature: Signature, matched: Mapping[str, str], time: str | None) -> str:
    """The column that says when: the one named, the parameter that is a point in time, or the only such column."""
    if time is not None:
        return named(rows, time, "time")
    own = [matched[c.name] for c in signature.inputs if c.kind.in_time and not c.window and c.name in matched]
    found = list(dict.fromkeys(own)) or [name for name, cells in rows.columns.items() if looks_timed(cells)]
    if len(found) == 1:
        return found[0]
    told = f"{listed(found)} could all say when" if found else "no column says when"
    raise BadExamples(
        f"{rows.title}: {told} a row was, by which {signature.name}() would be cut into windows",
        'Name it: time="COLUMN", or --time COLUMN.',
    )


def named(rows: Rows, name: str, option: str) -> str:
    """A column by name, case aside; raises BadExamples."""
    hits = [column for column in rows.columns if column == name] or [
        column for column in rows.columns if column.casefold() == name.casefold()
    ]
    if not hits:
        raise BadExamples(f"{option}= (--{option}): {rows.title} has no column {name!r}", nearest(name, rows.columns))
    return hits[0]


def looks_timed(cells: Sequence[Any]) -> bool:
    """Whether the first cells of a column are points in time."""
    some = [cell for cell in cells[:LOOKED_AT] if not missing(cell)]
    return bool(some) and any(type(kind).guess(some) is not None for kind in in_time())


def seconds_of(rows: Rows, title: str, numbers: bool) -> tuple[np.ndarray, np.ndarray, dict[int, str]]:
    """(the second of each row, whether it is a step of none, why not where it should be); where the person named the
    column it may hold plain numbers."""
    cells = rows.columns[title]
    plain = numbers_of(cells) if numbers else None
    if plain is not None and np.isfinite(plain).mean() > 1 - UNEVEN:
        lost = ~np.isfinite(plain)
        return np.where(lost, 0, plain).astype(np.int64), lost, {}
    (kind, *_) = in_time()
    found, lost, known = np.zeros(len(cells), np.int64), np.zeros(len(cells), bool), {}
    bad: dict[int, str] = {}
    for place, raw in enumerate(cells):
        if missing(raw):
            lost[place] = True
            continue
        key = raw if isinstance(raw, Hashable) else place
        try:
            if key not in known:
                known[key] = kind.when(kind.read(raw))
            found[place] = known[key]
        except BadValue as error:
            lost[place] = True
            bad[place] = f"{title} {error.message}"
    return found, lost, bad


def numbers_of(cells: Sequence[Any]) -> np.ndarray | None:
    """The cells of a column as numbers; None where they are others."""
    if hasattr(cells, "floats"):
        found: np.ndarray | None = cells.floats()
        return found
    try:
        return np.array([math.nan if missing(cell) else float(cell) for cell in cells])
    except (TypeError, ValueError, OverflowError):
        return None


def keys_of(rows: Rows, key: str | None) -> tuple[np.ndarray, int]:
    """(the number of the series that each row belongs to, how many there are)."""
    if key is None:
        return np.zeros(len(rows), np.int64), 1
    texts = np.array([str(cell) for cell in rows.columns[named(rows, key, "key")]])
    names, codes = np.unique(texts, return_inverse=True)
    return codes.astype(np.int64), len(names)
