"""Examples that are in memory: Arrow tables, data frames, mappings of columns, (inputs, output) pairs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, overload

import numpy as np

from wisen.errors import BadExamples, listed
from wisen.examples.cells import Cells, arrow
from wisen.kinds.packed import picked
from wisen.signature import Signature

if TYPE_CHECKING:
    import pyarrow


@dataclass(frozen=True)
class Bad:
    """A row that is left out, and why."""

    row: str
    why: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.row}: {self.why}"


class Names(Sequence[str]):
    """What a person would call each row: the same words and a number ("customers.csv row 12")."""

    def __init__(self, words: str, numbers: np.ndarray) -> None:
        self.words, self.numbers = words, numbers

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> Any:
        if isinstance(place, slice):
            return [f"{self.words}{number}" for number in self.numbers[place]]
        return f"{self.words}{self.numbers[place]}"

    def take(self, places: Sequence[int] | np.ndarray | slice) -> Self:
        """The names of some rows, in that order."""
        return type(self)(self.words, self.numbers[places])


@dataclass(frozen=True)
class Rows:
    """Raw cells in named columns, and where they come from.

    `names` says of each row what a person would call it ("customers.csv row 12"); `folder` is what
    paths in cells are relative to; `skipped` are lines that are no rows; `inputs` and `output` are
    the columns that a source without a header means; `ignored` is what was left aside unread, and
    `notes` are what a person should know of them.
    """

    columns: Mapping[str, Sequence[Any]]
    names: Sequence[str]
    folder: Path | None = None
    skipped: tuple[Bad, ...] = ()
    inputs: tuple[str, ...] = ()
    output: str = ""
    title: str = "the examples"
    ignored: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.names)

    def some(self, start: int, count: int) -> Self:
        """Some of the rows, as they are kept here."""
        here = slice(start, start + count)
        columns = {name: picked(cells, here) for name, cells in self.columns.items()}
        return replace(self, columns=columns, names=picked(self.names, here), skipped=())


def from_arrow(table: pyarrow.Table, title: str) -> Rows:
    """The rows of an Arrow table; the fields of a struct become columns of their own ("customer.age")."""
    pa = arrow()
    while any(pa.types.is_struct(field.type) for field in table.schema):
        table = table.flatten()
    names = [name.strip() for name in table.column_names]
    twice = sorted({name for name in names if names.count(name) > 1 and name})
    if twice:
        raise BadExamples(f"{title} has more than one column named {listed(twice)}", "Rename all but one.")
    # pandas names its row labels so, which are no column of the person's.
    own = [(place, name) for place, name in enumerate(names) if name and not name.startswith("__index_level_")]
    columns = {name: cells_of(table.column(place), f"the column {name!r} of {title}") for place, name in own}
    return from_columns(columns, title)


def cells_of(column: Any, name: str) -> Sequence[Any]:
    """The cells of an Arrow column; raises BadExamples where Python has no such value."""
    pa = arrow()
    cells = Cells(column)
    try:
        if pa.types.is_nested(column.type):
            return cells[:]
        if pa.types.is_temporal(column.type) and not pa.types.is_interval(column.type):
            import pyarrow.compute as pc

            pc.min_max(cells.column).as_py()
    except (ValueError, OverflowError) as error:  # dates beyond the year 9999
        raise BadExamples(f"{name} holds a {column.type} beyond what Python can hold: {error}", "Mend it.") from error
    return cells


def from_frame(frame: Any) -> Rows:
    """The rows of a data frame or anything else that speaks the Arrow stream interface."""
    pa = arrow()
    try:
        return from_arrow(pa.table(frame), "the data frame")
    except (pa.ArrowException, TypeError) as error:
        # Cells that Arrow has no type for (pictures, several types in one column) are read one by one.
        names = getattr(frame, "columns", None)
        if names is None or len(set(map(str, names))) < len(names):
            line = str(error).splitlines()[0]
            raise BadExamples(f"examples of type {type(frame).__name__} cannot be read: {line}") from error
        return from_columns({str(name): list(frame[name]) for name in names}, "the data frame")


def from_mapping(source: Mapping[Any, Any]) -> Rows:
    """The rows of a mapping from names to columns of cells."""
    for name, cells in source.items():
        if isinstance(cells, (str, bytes, Mapping)) or not isinstance(cells, Iterable):
            raise BadExamples(
                f"the column {name!r} is {cells!r:.60}, which is no list of cells",
                "Bring columns as {'age': [31, 64, ...], 'churned': [True, False, ...]}.",
            )
    return from_columns({str(name): list(cells) for name, cells in source.items()}, "the columns")


def from_columns(columns: Mapping[str, Sequence[Any]], title: str) -> Rows:
    """The rows of columns of cells."""
    lengths = {name: len(cells) for name, cells in columns.items()}
    if len(set(lengths.values())) > 1:
        raise BadExamples(f"{title} have different lengths: {lengths}")
    count = next(iter(lengths.values()), 0)
    return Rows(columns, Names(f"{title} row ", np.arange(1, count + 1)), title=title)


def from_records(records: Sequence[Mapping[str, Any]], names: Sequence[str], title: str) -> Rows:
    """The rows of mappings from column names to cells; a column that a row lacks is missing there."""
    flat = [flattened(record) for record in records]
    keys = dict.fromkeys(key for record in flat for key in record)
    return Rows({key: [record.get(key) for record in flat] for key in keys}, names, title=title)


def flattened(record: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """A record whose inner records became cells of their own: "customer.age"."""
    found: dict[str, Any] = {}
    for key, cell in record.items():
        name = f"{prefix}{str(key).strip()}"
        found |= flattened(cell, f"{name}.") if isinstance(cell, Mapping) else {name: cell}
    return found


def from_pairs(pairs: Iterable[Any], signature: Signature) -> Rows:
    """The rows of (inputs, output) pairs; inputs are one value, a tuple in order, or a mapping.

    An iterable of mappings is one of whole rows.
    """
    pairs = list(pairs)
    if pairs and all(isinstance(pair, Mapping) for pair in pairs):
        names = [f"row {number}" for number in range(1, len(pairs) + 1)]
        return from_records(pairs, names, "the rows")
    wanted = [column.name for column in (*signature.inputs, *signature.outputs)]
    rows, names, skipped = [], [], []
    for number, pair in enumerate(pairs, start=1):
        try:
            inside, outside = pair
            cells = [*inputs_of(inside, signature), *signature.parts(outside)]
        except (TypeError, ValueError, AttributeError) as error:
            skipped.append(Bad(f"pair {number}", str(error)))
            continue
        rows.append(cells)
        names.append(f"pair {number}")
    if skipped and not rows:
        raise BadExamples(f"these are no (inputs, output) pairs: {skipped[0]}", f"wanted: {signature}")
    columns = {name: [row[place] for row in rows] for place, name in enumerate(wanted)}
    inputs = tuple(column.name for column in signature.inputs)
    return Rows(columns, names, None, tuple(skipped), inputs, title="the pairs")


def inputs_of(inside: Any, signature: Signature) -> Sequence[Any]:
    """The raw cells of a pair's inputs."""
    columns = [column.name for column in signature.inputs]
    if isinstance(inside, Mapping) and set(inside) == set(columns):
        return [inside[name] for name in columns]
    # A NamedTuple of one field is a record, not a tuple around one value.
    if len(columns) == 1 and type(inside) is tuple and len(inside) == 1:
        inside = inside[0]
    return signature.row(inside)
