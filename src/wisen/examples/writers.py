"""Where tables go: rows with added columns, written batch by batch as CSV, TSV, JSONL or Parquet."""

from __future__ import annotations

import base64
import csv
import datetime as dt
import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from wisen.examples.cells import Cells, arrow
from wisen.examples.memory import Rows

Columns = Mapping[str, Sequence[Any]]


class Writer:
    """Writes rows and the columns added to them; a context manager, which closes the file.

    `added` are sample cells of the added columns, from which their types follow.
    """

    delimiter = ","
    flat = False
    """Whether cells are texts, so that a list had better take several columns."""

    def __init__(self, path: Path | None, rows: Rows, added: Columns) -> None:
        self.path, self.source, self.added = path, rows, added

    def write(self, rows: Rows, added: Columns) -> None:
        """Writes some rows and the cells that are added to them."""
        self.batch({**rows.columns, **added}, len(rows))

    def batch(self, columns: Columns, count: int) -> None:
        """Writes one batch of whole columns."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        raise NotImplementedError


class Lines(Writer):
    """Writes lines of text; without a path, on stdout."""

    file: TextIO

    def __enter__(self) -> Self:
        self.file = self.path.open("w", encoding="utf-8", newline="") if self.path else sys.stdout
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.path:
            self.file.close()
        else:
            self.file.flush()


class Csv(Lines):
    """Comma separated values."""

    flat = True

    def __enter__(self) -> Self:
        super().__enter__()
        self.writer = csv.writer(self.file, delimiter=self.delimiter, lineterminator="\n")
        self.writer.writerow([*self.source.columns, *self.added])
        return self

    def batch(self, columns: Columns, count: int) -> None:
        """Writes one batch."""
        import pyarrow.compute as pc

        if not count:
            return
        texts = [quoted(text_column(cells), self.delimiter) for cells in columns.values()]
        cells = pc.binary_join_element_wise(*texts, self.delimiter, null_handling="replace", null_replacement="")
        lines = pc.binary_join_element_wise(cells, "", "\n")
        # As bytes, which stand one after the other in the array: there is no need for a Python text a line.
        self.file.flush()
        self.file.buffer.write(lines.buffers()[2])


class Tsv(Csv):
    """Tab separated values."""

    delimiter = "\t"


class JsonLines(Lines):
    """One JSON object a line."""

    def batch(self, columns: Columns, count: int) -> None:
        """Writes one batch."""
        for cells in zip(*columns.values(), strict=True):
            row = {name: finite(cell) for name, cell in zip(columns, cells, strict=True)}
            self.file.write(json.dumps(row, ensure_ascii=False, default=as_text) + "\n")


class Plain(Lines):
    """Only the added cells, one row a line."""

    def batch(self, columns: Columns, count: int) -> None:
        """Writes one batch."""
        for cells in zip(*(columns[name] for name in self.added), strict=True):
            self.file.write("\t".join(as_text(cell) for cell in cells) + "\n")


class Parquet(Writer):
    """A Parquet file; each column has one type, text where its cells have several."""

    def __enter__(self) -> Self:
        types = arrow().types
        from pyarrow import parquet

        columns = {**self.source.columns, **self.added}
        self.schema = schema(columns)
        assert self.path is not None
        self.file = self.path.open("wb")  # by itself Arrow opens no path that is no Unicode
        # Of numbers with a fraction hardly any is there twice: a dictionary of them is tried, and given up.
        coded = [field.name for field in self.schema if not types.is_floating(field.type)]
        self.writer = parquet.ParquetWriter(self.file, self.schema, use_dictionary=coded)
        return self

    def batch(self, columns: Columns, count: int) -> None:
        """Writes one batch."""
        pa = arrow()
        arrays = []
        for field in self.schema:
            cells: Any = columns[field.name]
            if isinstance(cells, Cells):
                arrays.append(cells.column.combine_chunks().cast(field.type))
                continue
            if pa.types.is_string(field.type):
                cells = [None if cell is None else as_text(cell) for cell in cells]
            arrays.append(pa.array(cells, type=field.type))
        self.writer.write_batch(pa.record_batch(arrays, schema=self.schema), row_group_size=1 << 16)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with self.file:
            self.writer.close()


def schema(columns: Columns) -> Any:
    """The Arrow schema of columns."""
    pa = arrow()
    fields = []
    for name, cells in columns.items():
        try:
            found = cells.column.type if isinstance(cells, Cells) else pa.infer_type(cells)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
            found = pa.string()
        fields.append(pa.field(name, found))
    return pa.schema(fields)


def text_column(cells: Sequence[Any]) -> Any:
    """Cells as an Arrow array of texts; those that Arrow writes as Python does not cell by cell."""
    pa, types = arrow(), arrow().types
    import pyarrow.compute as pc

    try:
        column = cells.column.combine_chunks() if isinstance(cells, Cells) else pa.array(cells)
    except (pa.ArrowException, OverflowError):  # of several types, or of none that Arrow has
        column = pa.nulls(0)
    if types.is_string(column.type) or types.is_integer(column.type):
        return column.cast(pa.string())
    if types.is_boolean(column.type):
        return pc.if_else(column, "True", "False")
    if types.is_floating(column.type) and isinstance(cells, Cells):
        return pc.if_else(pc.is_nan(column), None, column).cast(pa.string())
    return pa.array([as_text(cell) for cell in cells], pa.string())


def quoted(texts: Any, delimiter: str) -> Any:
    """Texts with quotes around those that a table of text could not hold as they are."""
    import pyarrow.compute as pc

    special = f'["\r\n{delimiter}]'
    data = texts.buffers()[2]
    every = b"" if data is None else data.to_pybytes()
    if not any(mark.encode() in every for mark in special[1:-1]):  # nearly always, and far quicker to see
        return texts
    inside = pc.replace_substring(texts, '"', '""')
    around = pc.binary_join_element_wise('"', inside, '"', "")
    return pc.if_else(pc.match_substring_regex(texts, special), around, texts)


def finite(cell: Any) -> Any:
    """A cell as JSON can hold it, which has no NaN and no infinities."""
    return None if isinstance(cell, float) and not math.isfinite(cell) else cell


def as_text(cell: Any) -> str:
    """A cell as a text file can hold it; a missing one is empty."""
    if cell is None or cell != cell:
        return ""
    if isinstance(cell, bytes):
        return base64.b64encode(cell).decode()
    if isinstance(cell, (dt.date, dt.datetime, dt.time)):
        return cell.isoformat()
    return json.dumps(cell, ensure_ascii=False, default=str) if isinstance(cell, (list, dict)) else str(cell)


WRITERS: dict[str, type[Writer]] = {
    ".csv": Csv,
    ".tsv": Tsv,
    ".jsonl": JsonLines,
    ".parquet": Parquet,
}
