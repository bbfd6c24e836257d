"""Examples: the columns of a source matched to a signature, and read as values."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self, overload

from wisen.errors import BadExamples, BadValue, listed, nearest
from wisen.examples.sources import Rows
from wisen.kinds import Kind
from wisen.signature import ANSWER, Column, Signature

MOST_KEPT = 1 << 30
"""Bytes of values that stay in memory; what goes beyond is read again when it is needed."""
DROPPED = object()


class Values(Sequence[Any]):
    """The read values of one column; those that were dropped are read again from their raw cell."""

    def __init__(self, kind: Kind, kept: list[Any], raws: Sequence[Any]) -> None:
        self.kind, self.kept, self.raws = kind, kept, raws

    def __len__(self) -> int:
        return len(self.kept)

    @overload
    def __getitem__(self, place: int) -> Any: ...
    @overload
    def __getitem__(self, place: slice) -> list[Any]: ...
    def __getitem__(self, place: int | slice) -> Any:
        if isinstance(place, slice):
            return [self[number] for number in range(*place.indices(len(self)))]
        value = self.kept[place]
        return self.kind.read(self.raws[place]) if value is DROPPED else value

    def __iter__(self) -> Iterator[Any]:
        return (self[place] for place in range(len(self)))

    def take(self, places: Sequence[int]) -> Values:
        """The values at some places, in that order."""
        return Values(self.kind, [self.kept[p] for p in places], [self.raws[p] for p in places])


@dataclass(frozen=True)
class Bad:
    """A row that is left out, and why."""

    row: str
    why: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.row}: {self.why}"


@dataclass(frozen=True)
class Examples:
    """Good examples: a value for every column of the signature.

    `digests` are hashes of the inputs of each row; `others` are the raw columns that the
    signature does not use, for `group` and `by`; `notes` are what a person should know.
    """

    signature: Signature
    inputs: Mapping[str, Values]
    outputs: Mapping[str, Values]
    names: Sequence[str]
    digests: Sequence[bytes]
    others: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    bad: tuple[Bad, ...] = ()
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.names)

    def take(self, places: Sequence[int]) -> Self:
        """Some of the examples, in that order."""
        return replace(
            self,
            inputs={name: values.take(places) for name, values in self.inputs.items()},
            outputs={name: values.take(places) for name, values in self.outputs.items()},
            names=[self.names[place] for place in places],
            digests=[self.digests[place] for place in places],
            others={name: [cells[place] for place in places] for name, cells in self.others.items()},
        )

    def rows(self, start: int = 0, stop: int | None = None) -> list[list[Any]]:
        """The input values of some rows, one list a row."""
        columns = [self.inputs[column.name][start:stop] for column in self.signature.inputs]
        return [list(row) for row in zip(*columns, strict=True)]

    def hash(self) -> str:
        """A hash of all examples, the same in any order."""
        total = hashlib.sha256()
        answers = list(zip(*(self.outputs[column.name] for column in self.signature.outputs), strict=True))
        for line in sorted(
            digest + repr(answer).encode() for digest, answer in zip(self.digests, answers, strict=True)
        ):
            total.update(line)
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
        raise BadExamples(f"columns= maps {listed(sorted(unknown))}, which {signature.name}() does not have", hint)
    folded: dict[str, list[str]] = {}
    for name in rows.columns:
        folded.setdefault(fold(name), []).append(name)
    if returns is not None and signature.single:
        mapped[signature.outputs[0].name] = returns
    found: dict[str, str] = {}
    for column in wanted:
        said = mapped.get(column.name)
        spellings = [said] if said is not None else spellings_of(column, signature)
        hits = [name for spelling in spellings for name in exactly(rows, spelling, folded)]
        if hits:
            found[column.name] = hits[0]
        elif said is not None:
            raise BadExamples(f"{rows.title} has no column {said!r}", nearest(said, rows.columns))
    by_position(signature, rows, found, answers)
    lost = [column.name for column in wanted if column.name not in found]
    if lost:
        raise missing(signature, rows, lost)
    return found


def spellings_of(column: Column, signature: Signature) -> list[str]:
    """The names under which a table may have a column."""
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
            f"{rows.title}: {listed(hits)} could all be {name!r}", "Say which: columns={...} or --returns"
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
    name = lost[0]
    if name == ANSWER and signature.single:
        return BadExamples(
            f"{rows.title} has no column for the answer of {signature.name}()",
            f"Name it: --returns COLUMN. {nearest(signature.name, rows.columns)}",
        )
    return BadExamples(
        f"{rows.title} has no column {listed(map(repr, lost))}, which {signature.name}() wants",
        nearest(name, rows.columns),
    )


def fold(name: str) -> str:
    """A name without case, spaces, underscores and punctuation."""
    return re.sub(r"[\W_]+", "", name.casefold())


def read(rows: Rows, signature: Signature, matched: Mapping[str, str]) -> Examples:
    """The rows read as values; those that cannot be read are left out and listed as bad."""
    inputs: dict[str, list[Any]] = {column.name: [] for column in signature.inputs}
    outputs: dict[str, list[Any]] = {column.name: [] for column in signature.outputs if column.name in matched}
    columns = [(column, rows.columns[matched[column.name]]) for column in signature.inputs]
    answers = [(c, rows.columns[matched[c.name]]) for c in signature.outputs if c.name in matched]
    good: list[int] = []
    digests: list[bytes] = []
    bad: list[Bad] = []
    kept = 0
    for place, name in enumerate(rows.names):
        try:
            said = [cell(column, cells[place], rows.folder) for column, cells in answers]
            given = [cell(column, cells[place], rows.folder) for column, cells in columns]
        except BadValue as error:
            bad.append(Bad(name, error.message, error.hint))
            continue
        content = [column.kind.content(value) for (column, _), value in zip(columns, given, strict=True)]
        digests.append(digest(content))
        kept += sum(map(len, content))
        for column, value in zip(signature.inputs, given, strict=True):
            inputs[column.name].append(value if kept < MOST_KEPT else DROPPED)
        for values, value in zip(outputs.values(), said, strict=True):
            values.append(value)
        good.append(place)
    bad += [Bad(*line.split(": ", 1)) for line in rows.skipped]
    raws = {c.name: [located(c.kind, cells[p], rows.folder) for p in good] for c, cells in (*columns, *answers)}
    used = set(matched.values())
    return Examples(
        signature,
        {c.name: Values(c.kind, inputs[c.name], raws[c.name]) for c in signature.inputs},
        {c.name: Values(c.kind, outputs[c.name], raws[c.name]) for c in signature.outputs if c.name in matched},
        [rows.names[place] for place in good],
        digests,
        {name: [cells[place] for place in good] for name, cells in rows.columns.items() if name not in used},
        tuple(bad),
        tuple(f"left aside: {note}" for note in rows.ignored),
    )


def cell(column: Column, raw: Any, folder: Path | None) -> Any:
    """The value of a raw cell; raises BadValue that names the column."""
    try:
        return column.kind.read(located(column.kind, raw, folder))
    except BadValue as error:
        raise BadValue(f"{column.name} {error.message}", error.hint) from error


def located(kind: Kind, raw: Any, folder: Path | None) -> Any:
    """A path in a table as a path that can be opened: it is relative to the table."""
    if folder is None or not kind.suffixes or not isinstance(raw, str):
        return raw
    return str(folder / raw.strip()) if raw.strip().lower().endswith(kind.suffixes) else raw


def digest(content: Sequence[bytes]) -> bytes:
    """A hash of an example's inputs."""
    total = hashlib.sha256()
    for part in content:
        total.update(len(part).to_bytes(8, "little") + part)
    return total.digest()
