"""Examples: the columns of a source matched to a signature, and read as values."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Self

import numpy as np

from wisen.errors import BadExamples, BadValue, listed, nearest
from wisen.examples.ahead import ahead
from wisen.examples.cells import Cells
from wisen.examples.digests import Digests, digests, sized
from wisen.examples.forward import blocks_of
from wisen.examples.memory import Bad, Rows
from wisen.examples.timeline import Times
from wisen.examples.values import DROPPED, Lines, Places, Values
from wisen.examples.windows import whole
from wisen.kinds import Kind
from wisen.kinds.packed import Coded, Packed, picked
from wisen.signature import ANSWER, Column, Signature

MOST_KEPT = 1 << 29
"""Bytes of memory that values from files may take; what goes beyond is read again when it is needed."""
FEW = 0.5
"""The share of different cells up to which a column is kept as codes."""


@dataclass(frozen=True)
class Examples:
    """Good examples: a value for every column of the signature.

    `digests` are hashes of the inputs of each row; `others` are the raw columns that the
    signature does not use, for `group` and `by`; `notes` are what a person should know; `sources`
    are the names in the source of the signature's columns.
    """

    signature: Signature
    inputs: Mapping[str, Values]
    outputs: Mapping[str, Values]
    names: Sequence[str]
    digests: Digests
    others: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    bad: tuple[Bad, ...] = ()
    notes: tuple[str, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    times: Times | None = None
    """Where they stand in time, if they were cut from a table in its order."""

    def __len__(self) -> int:
        return len(self.names)

    def take(self, places: Places) -> Self:
        """Some of the examples, in that order."""
        return replace(
            self,
            inputs={name: values.take(places) for name, values in self.inputs.items()},
            outputs={name: values.take(places) for name, values in self.outputs.items()},
            names=picked(self.names, places),
            digests=self.digests.take(places),
            others={name: picked(cells, places) for name, cells in self.others.items()},
            times=self.times and self.times.take(places),
        )

    def columns(self) -> list[Values]:
        """The values of each input."""
        return [self.inputs[column.name] for column in self.signature.inputs]

    def rows(self) -> Lines:
        """The input values, one list a row."""
        return Lines(self.columns())

    def answers(self) -> list[tuple[Any, ...]]:
        """The true answers, one tuple a row."""
        return list(zip(*(self.outputs[column.name] for column in self.signature.outputs), strict=True))

    @property
    def blocks(self) -> np.ndarray | None:
        """The block of time that each lies in, within which they depend on each other; None where each stands alone."""
        return None if self.times is None else blocks_of(self.times)

    @cached_property
    def order(self) -> np.ndarray:
        """The places of the examples in the order of their hashes; those with equal inputs in that of their answers."""
        answers, order = self.answers(), self.digests.order()
        start = {int(places[0]): places for places in self.digests.runs(order)}
        for at in np.flatnonzero(np.isin(order, list(start))):
            same = start[int(order[at])]
            order[at : at + len(same)] = sorted(same.tolist(), key=lambda place: repr(answers[place]))
        return order

    @cached_property
    def hash(self) -> str:
        """A hash of all examples, the same in any order."""
        total, answers = hashlib.sha256(), self.answers()
        for place, digest in zip(self.order.tolist(), self.digests.take(self.order), strict=True):
            total.update(digest + repr(answers[place]).encode())
        return total.hexdigest()


def match(
    signature: Signature,
    rows: Rows,
    returns: str | None = None,
    columns: Mapping[str, str] | None = None,
    *,
    answers: bool = True,
) -> dict[str, str]:
    """The source's column for each column of the signature; raises BadExamples with the nearest names.

    Case, spaces and underscores do not count. `returns` names the column of the answer, `columns`
    maps parameters to columns. Without `answers` only inputs are matched.
    """
    mapped = dict(columns or {})
    wanted = [*signature.inputs, *(signature.outputs if answers else ())]
    unknown = set(mapped) - {column.name for column in (*signature.inputs, *signature.outputs)}
    if unknown:
        hint = nearest(sorted(unknown)[0], [column.name for column in wanted])
        told = f"columns= (--columns) maps {listed(sorted(unknown))}, which {signature.name}() does not have"
        raise BadExamples(told, hint)
    folded: dict[str, list[str]] = {}
    for name in rows.columns:
        folded.setdefault(fold(name), []).append(name)
    if returns is not None:
        mapped[returned(signature)] = returns
    found: dict[str, str] = {}
    in_time = {column.name: column.window for column in wanted}  # steps before and after now may be of one column
    for column in wanted:
        said = mapped.get(column.name)
        spellings = [said] if said is not None else spellings_of(column, signature, rows)
        hits = [name for spelling in spellings for name in exactly(rows, spelling, folded)]
        if (
            said is None and column in signature.outputs and not column.window
        ):  # a function may be named as its input is
            hits = [name for name in hits if name not in found.values()]
        if hits:
            found[column.name] = hits[0]
        elif said is not None:
            raise BadExamples(f"{rows.title} has no column {said!r}", nearest(said, rows.columns))
    twice(rows, {name: found[name] for name in found if not in_time[name]})
    by_position(signature, rows, found, answers)
    lost = [column.name for column in wanted if column.name not in found]
    if lost:
        raise missing(signature, rows, lost)
    return found


def returned(signature: Signature) -> str:
    """The name of the one output; raises BadExamples where there are several, which `returns` cannot name."""
    if not signature.single:
        names = [column.name for column in signature.outputs]
        raise BadExamples(
            f"returns= (--returns) names one column, and {signature.name}() returns several: {listed(names)}",
            f"Map each of them: columns={{{names[0]!r}: ...}}, or --columns {names[0]}=COLUMN",
        )
    return signature.outputs[0].name


def twice(rows: Rows, found: Mapping[str, str]) -> None:
    """Raises BadExamples where two columns of the signature would be read from the same one of the source."""
    for name, source in found.items():
        other = next(each for each, place in found.items() if place == source)
        if other != name:
            raise BadExamples(
                f"{rows.title}: the column {source!r} would be both {other!r} and {name!r}",
                f"Say which column is which: columns={{{name!r}: ...}}, or --columns {name}=COLUMN",
            )


def spellings_of(column: Column, signature: Signature, rows: Rows) -> list[str]:
    """The names under which a table may have a column: a field of a record also without the record's."""
    other = column.window.column if column.window else ""
    if other and not rows.inputs:
        own = rows.columns.get(column.name, ()) if column.kind.gathers else ()
        return [column.name if whole(own) else other]
    if column.name == ANSWER and column is signature.outputs[0]:
        return [signature.name, ANSWER]
    return list(dict.fromkeys([column.name, column.name.rpartition(".")[2]]))


def exactly(rows: Rows, name: str, folded: Mapping[str, list[str]]) -> list[str]:
    """The source's columns of that name: spelled so, or else but for case, spaces and underscores."""
    if name in rows.columns:
        return [name]
    hits = folded.get(fold(name), [])
    if len(hits) > 1:
        raise BadExamples(
            f"{rows.title}: {listed(hits)} could all be {name!r}",
            "Say which: columns={...} (--columns PARAMETER=COLUMN), or returns= (--returns COLUMN)",
        )
    return hits


def by_position(signature: Signature, rows: Rows, found: dict[str, str], answers: bool) -> None:
    """Matches what a source without names means: the file, the folder, the one column left."""
    lost = [column.name for column in signature.inputs if column.name not in found]
    free = [name for name in rows.inputs if name not in found.values()]
    if lost and len(lost) == len(free):
        found.update(zip(lost, free, strict=True))
    answer = signature.outputs[0].name
    if not answers or not signature.single or answer in found:
        return
    left = [name for name in rows.columns if name not in found.values()]
    if rows.output or (len(left) == 1 and all(column.name in found for column in signature.inputs)):
        found[answer] = rows.output or left[0]


def missing(signature: Signature, rows: Rows, lost: list[str]) -> BadExamples:
    """What to say where columns do not match."""
    if not rows.columns:
        return BadExamples(f"{rows.title} has no columns")
    inputs = [name for name in lost if name != signature.outputs[0].name or not signature.single]
    if not inputs and rows.inputs:
        return BadExamples(
            f"{rows.title} holds files and no answers of {signature.name}()",
            "Put one folder per class into it (faces/, others/), or a table that names the files.",
        )
    if not inputs:
        return BadExamples(
            f"{rows.title} has no column for the answer of {signature.name}()",
            f"Name it: --returns COLUMN. {nearest(signature.name, rows.columns)}",
        )
    columns = f"column {inputs[0]!r}" if len(inputs) == 1 else f"columns {listed(map(repr, inputs))}"
    return BadExamples(
        f"{rows.title} has no {columns}, which {signature.name}() wants", nearest(inputs[0], rows.columns)
    )


def fold(name: str) -> str:
    """A name without case, spaces, underscores and punctuation."""
    return re.sub(r"[\W_]+", "", name.casefold())


def read(rows: Rows, signature: Signature, matched: Mapping[str, str], times: Times | None = None) -> Examples:
    """The rows read as values; those that cannot be read are left out and listed as bad."""
    reading = Reading(rows.folder, len(rows), signature.inputs)
    columns = {name: rows.columns[source] for name, source in matched.items()}
    # Answers first: the file of an input whose answer is bad need not be read.
    outputs = {c.name: reading.answers(c, columns[c.name]) for c in signature.outputs if c.name in matched}
    inputs = {c.name: reading.inputs(c, columns[c.name]) for c in signature.inputs}
    outputs = {c.name: reading.within(c, outputs[c.name], inputs) for c in signature.outputs if c.name in outputs}
    digests = reading.digests([*inputs.values()])
    others = {name: cells for name, cells in rows.columns.items() if name not in set(matched.values())}
    notes = (*(f"left aside: {note}" for note in rows.ignored), *rows.notes)
    whole = Examples(signature, inputs, outputs, rows.names, digests, others, rows.skipped, notes, dict(matched), times)
    if not reading.bad:
        return whole
    bad = [Bad(rows.names[place], error.message, error.hint) for place, error in sorted(reading.bad.items())]
    good = np.delete(np.arange(len(rows)), sorted(reading.bad))
    return replace(whole.take(good), bad=(*bad, *rows.skipped))


class Reading:
    """One pass over the cells of a source, column by column.

    `bad` says what is wrong with a row, by its place; `room` is how many more bytes of values that
    come in files are kept; `totals` hash the inputs of each row where some of them come in files,
    and are not to be read a second time for that.
    """

    def __init__(self, folder: Path | None, count: int, inputs: Sequence[Column]) -> None:
        self.folder, self.count, self.room = folder, count, MOST_KEPT
        self.bad: dict[int, BadValue] = {}
        files = any(column.kind.suffixes for column in inputs)
        self.totals = [hashlib.sha256() for _ in range(count)] if files else []

    def answers(self, column: Column, cells: Sequence[Any]) -> Values:
        """The true answers in an output's cells."""
        return Values(column.kind, self.values(column, cells, column.kind.truth))

    def inputs(self, column: Column, cells: Sequence[Any]) -> Values:
        """The values of an input's cells."""
        kind = column.kind
        if kind.suffixes:
            return self.files(column, [located(kind, raw, self.folder) for raw in cells])
        values = self.values(column, cells, kind.read)
        if self.totals:
            for total, content in zip(self.totals, kind.contents(values), strict=True):
                total.update(sized(bytes(content)))
        return Values(kind, values)

    def within(self, column: Column, answers: Values, inputs: Mapping[str, Values]) -> Values:
        """The answers that tell of places, cut to how far their input reaches; bad where they lie beyond."""
        (values, *others) = inputs.values()
        if others or not values.outlines or not column.kind.by_place:
            return answers
        found = []
        for place, (answer, outline) in enumerate(zip(answers, values.outlines, strict=True)):
            extent = None if place in self.bad else values.kind.extent(outline)  # type: ignore[attr-defined]
            within = partial(column.kind.within, extent=extent)
            found.append(answer if extent is None else self.value(column, place, answer, within))
        return Values(column.kind, found)

    def column(self, column: Column, cells: Sequence[Any]) -> Sequence[Any]:
        """The values of an input's cells, of which no hash is wanted."""
        kind = column.kind
        if not kind.suffixes:
            return self.values(column, cells, kind.read)
        raws = enumerate(located(kind, raw, self.folder) for raw in cells)
        return list(ahead(lambda each: self.value(column, *each, kind.read), raws))

    def digests(self, inputs: Sequence[Values]) -> Digests:
        """The hashes of the inputs of each row."""
        if self.totals:
            return Digests.of([total.digest() for total in self.totals])
        return digests([(values.kind, values.kept) for values in inputs], self.count)

    def files(self, column: Column, raws: list[Any]) -> Values:
        """The values of cells that may name files, as many as there is room for: each is read once, by several
        threads, and all that has to be known of those that are dropped is looked at on the way."""
        kind, kept, outlines = column.kind, [], []

        def look(place: int) -> tuple[Any, int, Any]:
            value = None if place in self.bad else self.value(column, place, raws[place], kind.read)
            self.totals[place].update(sized(kind.content(value)))
            size, outline = kind.room(value), kind.outline(value)
            # Where no room is left, this thread frees it at once: memory that others hold a while is new for the next.
            return (value if self.room >= 0 else DROPPED), size, outline

        for value, size, outline in ahead(look, range(len(raws))):
            self.room -= size
            kept.append(value if self.room >= 0 else DROPPED)
            outlines.append(outline)
        return Values(kind, kept, raws, outlines)

    def values(self, column: Column, cells: Sequence[Any], read: Callable[[Any], Any]) -> Sequence[Any]:
        """The values of cells; None where one is bad. The same cell of a table is read once."""
        if isinstance(cells, Packed):  # windows, which were read when they were cut
            return cells
        if not isinstance(cells, Cells):
            return [self.value(column, place, raw, read) for place, raw in enumerate(cells)]

        def rest(places: np.ndarray) -> Sequence[Any]:
            return self.coded(column, cells.take(places), places, read) if len(places) else []

        values = column.kind.pack(cells, rest)
        return self.coded(column, cells, np.arange(len(cells)), read) if values is None else values

    def coded(self, column: Column, cells: Cells, places: np.ndarray, read: Callable[[Any], Any]) -> Sequence[Any]:
        """The values of the cells at some places of a column."""
        found = cells.different()
        if found is None:
            return [self.value(column, place, raw, read) for place, raw in zip(places.tolist(), cells, strict=True)]
        raws, codes = found
        wrong: dict[int, BadValue] = {}
        values = [None] * len(raws)
        for code, raw in enumerate(raws):
            try:
                values[code] = read(raw)
            except BadValue as error:
                wrong[code] = named(error, column)
        for at in np.flatnonzero(np.isin(codes, list(wrong))).tolist() if wrong else ():
            self.bad.setdefault(int(places[at]), wrong[int(codes[at])])
        few = len(values) <= len(codes) * FEW
        return Coded(values, codes) if few else [values[code] for code in codes.tolist()]

    def value(self, column: Column, place: int, raw: Any, read: Callable[[Any], Any]) -> Any:
        """The value of one cell; where it is bad None, and the first reason is kept."""
        try:
            return read(raw)
        except BadValue as error:
            self.bad.setdefault(place, named(error, column))
            return None


def cell(column: Column, raw: Any, folder: Path | None) -> Any:
    """The value of a raw cell; raises BadValue that names the column."""
    try:
        return column.kind.read(located(column.kind, raw, folder))
    except BadValue as error:
        raise named(error, column) from error


def named(error: BadValue, column: Column) -> BadValue:
    """An error that names the column."""
    return BadValue(f"{column.name} {error.message}", error.hint)


def located(kind: Kind, raw: Any, folder: Path | None) -> Any:
    """A raw cell with a path in it that can be opened: it is relative to the table."""
    return raw if folder is None else kind.at(folder, raw)
