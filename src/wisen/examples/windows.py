"""One table in order of time, cut into windows: each row is "now" once, and an example looks at steps around it.

What it looks at is said by the signature (`Column.window`). The order of rows, gaps and doubled time stamps are seen to
in timeline.py; what was done is said in notes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from wisen.errors import BadExamples, BadValue
from wisen.examples.memory import Bad, Rows
from wisen.examples.timeline import Line, Times, line_of
from wisen.kinds.kind import missing
from wisen.kinds.packed import picked
from wisen.kinds.steps import Windows
from wisen.signature import Column, Signature


@dataclass(frozen=True)
class Cut:
    """Windows as rows, with a column for each of the signature's, the row of the table that is "now" in each, and
    where each stands in time."""

    rows: Rows
    matched: Mapping[str, str]
    now: np.ndarray
    times: Times


def listed(rows: Rows, signature: Signature, matched: Mapping[str, str]) -> bool:
    """Whether the cells of a table hold windows already: then there is nothing to cut."""
    columns = [column for column in (*signature.inputs, *signature.outputs) if column.name in matched]
    return any(whole(rows.columns[matched[c.name]]) for c in columns if c.window and c.kind.gathers)


def whole(cells: Sequence[Any]) -> bool:
    """Whether the first cell that is not missing is a list, or the text of one."""
    first = next((cell for cell in cells if not missing(cell)), None)
    if isinstance(first, str):
        return first.strip().startswith("[")
    return first is not None and (isinstance(first, list | tuple) or bool(np.ndim(first)))


def cut(
    rows: Rows,
    signature: Signature,
    matched: Mapping[str, str],
    time: str | None = None,
    key: str | None = None,
    answers: bool = True,
) -> Cut:
    """The windows of a table for the columns that `matched` names, one for each row with all the steps it needs.

    Without `answers` what comes after now is asked for only where an input is known ahead. Raises BadExamples.
    """
    line = line_of(rows, signature, matched, time, key)
    columns = [c for c in (*signature.inputs, *(signature.outputs if answers else ())) if c.name in matched]
    windows = [column.window for column in columns if column.window]
    first, last = min([0, *(w.first for w in windows)]), max([0, *(w.last for w in windows)])
    places = line.places(first, last)
    bad = dict(line.bad)
    readers = {matched[c.name]: c for c in columns if c.kind.gathers}
    bases = {source: numbers(column, rows, source, line, bad) for source, column in readers.items()}
    several = len(places)
    for column in signature.outputs if answers else ():
        places = places[answered(column, rows, matched[column.name], line, bases, places)]
    if not len(places):
        raise too_short(rows, signature, line, first, last)
    notes = [*line.notes, f"cut into {len(places):,} windows of {last - first + 1} steps"]
    if lost := several - len(places):
        notes.append(f"{lost:,} windows are left out: their answer is missing")
    made = {c.name: cells(c, rows, matched[c.name], line, bases, places) for c in columns}
    now = line.row[places]
    others = {name: picked(each, now) for name, each in rows.columns.items() if name not in made}
    skipped = tuple(Bad(rows.names[row], why) for row, why in sorted(bad.items()))
    found = replace(
        rows, columns={**made, **others}, names=picked(rows.names, now), skipped=(*rows.skipped, *skipped), inputs=(),
        output="", notes=(*rows.notes, *notes),
    )  # fmt: skip
    times = Times(line.time[places], line.time[places + max(0, last)])
    return Cut(found, {name: name for name in made}, now, times)


def numbers(column: Column, rows: Rows, source: str, line: Line, bad: dict[int, str]) -> np.ndarray:
    """The numbers of a column along a line of steps, NaN where one is missing; `bad` gets the rows that hold none."""
    raw = rows.columns[source]
    quick = raw.floats() if hasattr(raw, "floats") else None
    found = np.full(len(raw), np.nan)
    if quick is not None:
        with np.errstate(over="ignore"):  # what a float32 cannot hold is read below, and told
            found = np.where(np.isfinite(quick.astype(np.float32)), quick, np.nan)
    for place in np.flatnonzero(np.isnan(found)).tolist():
        try:
            found[place] = column.kind.step(raw[place])
        except BadValue as error:
            bad.setdefault(place, f"{source} {error.message}")
    return np.where(line.row >= 0, found[line.row], np.nan)


def answered(
    column: Column, rows: Rows, source: str, line: Line, bases: Mapping[str, np.ndarray], places: np.ndarray
) -> np.ndarray:
    """Whether each window knows the answer of a column, [places]."""
    if column.window is None:
        return np.ones(len(places), bool)
    steps = places[:, None] + np.arange(column.window.first, column.window.last + 1)
    if column.kind.gathers:
        there: np.ndarray = np.isfinite(bases[source][steps]).all(axis=1)
        return there
    row = line.row[steps[:, 0]]
    lost = np.array([missing(cell) for cell in rows.columns[source]], bool)
    found: np.ndarray = (row >= 0) & ~lost[row]
    return found


def cells(
    column: Column, rows: Rows, source: str, line: Line, bases: Mapping[str, np.ndarray], places: np.ndarray
) -> Sequence[Any]:
    """The cells of a column in each window: whole windows where its values are made of several steps."""
    window = column.window
    if column.kind.gathers and window:
        return Windows(bases[source], places + window.first, window.last - window.first + 1)
    there = line.row[places + (window.first if window else 0)]
    found: Sequence[Any] = picked(rows.columns[source], np.maximum(there, 0))
    if (there < 0).any():  # a step that was put in: nothing is known of it
        found = [cell if row >= 0 else None for cell, row in zip(found, there.tolist(), strict=True)]
    return found


def too_short(rows: Rows, signature: Signature, line: Line, first: int, last: int) -> BadExamples:
    """What to say where there is not a single window."""
    longest, several = line.longest(), "" if line.keys < 2 else f" in the longest of {line.keys} series"
    ahead = f" and {last} after it" if last else ""
    return BadExamples(
        f"{rows.title} has {longest} steps{several}, too few for one example of {signature.name}(): it looks at "
        f"{1 - first} up to now{ahead}, all of them known",
        "Bring a longer series, or write fewer steps in the signature.",
    )
