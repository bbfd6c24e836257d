"""Tables a piece at a time: so that answers to more rows than fit into memory can be written."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from wisen.examples.cells import arrow
from wisen.examples.memory import Bad, Names, Rows, from_arrow
from wisen.examples.sources import csv_options, opened, rows, unreadable
from wisen.signature import Signature

LARGE = 1 << 25
"""Bytes of a file from which on it is read in pieces."""
BLOCK = 1 << 20
"""Bytes of a CSV file that are read at once, few enough for a processor's cache; more where a row is longer."""
PIECE = 1 << 16
"""Rows of a piece of a Parquet file."""


def pieces(source: Any, signature: Signature, encoding: str = "utf-8") -> Iterator[Rows]:
    """The rows of a source: a large CSV or Parquet file in pieces, anything else at once.

    Raises BadExamples where it cannot be read.
    """
    path = Path(source) if isinstance(source, (str, os.PathLike)) else None
    read = PIECEWISE.get(path.suffix.lower()) if path is not None and path.is_file() else None
    if path is None or read is None or path.stat().st_size < LARGE:
        yield rows(source, signature, encoding)
        return
    try:
        yield from read(path, encoding)
    except (arrow().ArrowException, OSError, ValueError) as error:
        raise unreadable(path, error) from error


def from_csv(path: Path, encoding: str) -> Iterator[Rows]:
    """The pieces of a CSV or TSV file, and at last the lines that are no rows; again with larger blocks, from the
    first row on that is not yet given, where a row is longer than a block."""
    given = 1
    try:
        for rows, after in csv_blocks(path, encoding, BLOCK, given):
            yield rows
            given = after
    except arrow().ArrowInvalid:
        for rows, _ in csv_blocks(path, encoding, None, given):
            yield rows


def csv_blocks(path: Path, encoding: str, size: int | None, given: int) -> Iterator[tuple[Rows, int]]:
    """The pieces of a CSV or TSV file from a row on, each with the number of the row after it."""
    pa = arrow()
    from pyarrow import csv

    ragged: dict[int, str] = {}
    number, told = 1, given
    reading, *options = csv_options(path, encoding, ragged)
    reading.block_size = size or reading.block_size
    with csv.open_csv(opened(path), reading, *options) as reader:
        for batch in reader:
            numbers = whole_rows(number, batch.num_rows, ragged)
            number = int(numbers[-1]) + 1 if len(numbers) else number
            skipped = [at for at in sorted(ragged) if told <= at < number]
            told = max(told, number)
            new = int(np.searchsorted(numbers, given))
            if new < len(numbers):
                rows = pa.table(batch.slice(new))
                yield piece(rows, path, numbers[new:], skipped_rows(path, ragged, skipped)), number
    if rest := [at for at in sorted(ragged) if at >= told]:
        yield piece(pa.table(batch.slice(0, 0)), path, np.arange(0), skipped_rows(path, ragged, rest)), number


def whole_rows(start: int, count: int, ragged: dict[int, str]) -> np.ndarray:
    """The numbers of the next so many rows from a number on, without those that are no rows."""
    numbers = np.arange(start, start + count + len(ragged))
    return numbers[~np.isin(numbers, list(ragged))][:count]


def skipped_rows(path: Path, ragged: dict[int, str], numbers: list[int]) -> tuple[Bad, ...]:
    """What is said of lines that are no rows."""
    return tuple(Bad(f"{path.name} row {number}", ragged[number]) for number in numbers)


def from_parquet(path: Path, encoding: str) -> Iterator[Rows]:
    """The pieces of a Parquet file; all of it at once where a column holds lists, whose types only the whole tells."""
    pa = arrow()
    from pyarrow import parquet

    with parquet.ParquetFile(opened(path)) as file:
        if not any(pa.types.is_nested(field.type) for field in file.schema_arrow):
            number = 1
            for batch in file.iter_batches(PIECE):
                table = pa.table(batch)
                table.validate(full=True)
                yield piece(table, path, np.arange(number, number + len(table)), ())
                number += len(table)
            return
    yield rows(path)


def piece(table: Any, path: Path, numbers: np.ndarray, skipped: tuple[Bad, ...]) -> Rows:
    """Some rows of a file."""
    names = Names(f"{path.name} row ", numbers)
    return replace(from_arrow(table, path.name), names=names, folder=path.parent, skipped=skipped)


PIECEWISE: dict[str, Callable[[Path, str], Iterator[Rows]]] = {
    ".csv": from_csv,
    ".tsv": from_csv,
    ".tab": from_csv,
    ".parquet": from_parquet,
}
