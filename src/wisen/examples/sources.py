"""Where examples come from: every source becomes Rows, raw cells in named columns."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wisen.errors import BadExamples, NotInstalled, listed
from wisen.kinds import KINDS
from wisen.signature import Signature

if TYPE_CHECKING:
    import pyarrow


@dataclass(frozen=True)
class Rows:
    """Raw cells in named columns, and where they come from.

    `names` says of each row what a person would call it ("customers.csv row 12"); `folder` is what
    paths in cells are relative to; `skipped` are lines that are no rows; `inputs` and `output` are
    the columns that a source without a header means.
    """

    columns: Mapping[str, Sequence[Any]]
    names: Sequence[str]
    folder: Path | None = None
    skipped: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    output: str = ""
    title: str = "the examples"
    ignored: tuple[str, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.names)


def rows(source: Any, signature: Signature | None = None, encoding: str = "utf-8") -> Rows:
    """The rows of a source: a path, an Arrow table or data frame, a mapping of columns, or pairs.

    Raises BadExamples where it cannot be read.
    """
    if isinstance(source, Rows):
        return source
    if isinstance(source, (str, os.PathLike)):
        return from_path(Path(source), encoding)
    if hasattr(source, "__arrow_c_stream__"):
        return from_arrow(arrow().table(source), "the data frame")
    if hasattr(source, "to_table"):
        return from_arrow(source.to_table(), "the dataset")
    if isinstance(source, Mapping):
        columns = {str(name): list(cells) for name, cells in source.items()}
        return from_columns(columns, "the columns")
    if isinstance(source, Iterable) and signature is not None:
        return from_pairs(source, signature)
    raise BadExamples(
        f"examples of type {type(source).__name__} cannot be read",
        "Bring a folder, a CSV, TSV, JSONL, Parquet or Arrow file, a data frame, or (inputs, output) pairs.",
    )


# ---- files -------------------------------------------------------------------------------------


def from_path(path: Path, encoding: str) -> Rows:
    """The rows of a file or folder."""
    if not path.exists():
        near = [str(found) for found in path.parent.glob("*")] if path.parent.is_dir() else []
        raise BadExamples(
            f"there is no {str(path)!r}", f"In its folder there is: {listed(sorted(near))}" if near else ""
        )
    if path.is_dir():
        return from_folder(path, encoding)
    read = FILES.get(path.suffix.lower())
    if read is None:
        raise BadExamples(f"{str(path)!r} is no table that wisen reads", f"It reads {listed(FILES, 20)}, and folders.")
    if path.stat().st_size == 0:
        raise BadExamples(f"{str(path)!r} is empty")
    found = read(path, encoding)
    if not len(found):
        raise BadExamples(f"{str(path)!r} has a header but no rows" if found.columns else f"{str(path)!r} has no rows")
    return found


def from_folder(folder: Path, encoding: str) -> Rows:
    """The rows of a folder: one folder per class, or a table and the files that it names."""
    suffixes = {suffix for kind in KINDS.values() for suffix in kind.suffixes}
    tables = sorted(p for p in folder.iterdir() if p.suffix.lower() in FILES and not p.name.startswith("."))
    classes = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    if len(tables) == 1:
        return from_path(tables[0], encoding)
    if len(tables) > 1:
        raise BadExamples(
            f"{str(folder)!r} holds several tables: {listed(p.name for p in tables)}", "Name one of them."
        )
    files = [(path, place.name) for place in classes for path in sorted(place.rglob("*")) if path.is_file()]
    files = [(path, name) for path, name in files if not path.name.startswith(".")]
    kept = [(path, name) for path, name in files if path.suffix.lower() in suffixes]
    if not kept:
        raise BadExamples(
            f"{str(folder)!r} holds no examples",
            "Put one folder per class into it (faces/, others/), or a table that names the files.",
        )
    empty = [place.name for place in classes if not any(name == place.name for _, name in kept)]
    notes = [f"{len(files) - len(kept)} files of other sorts"] if len(files) > len(kept) else []
    columns = {"file": [str(path) for path, _ in kept], "folder": [name for _, name in kept]}
    names = [str(path.relative_to(folder)) for path, _ in kept]
    notes += [f"the empty folder {name}" for name in empty]
    title = f"folder {folder.name}"
    return Rows(columns, names, None, (), ("file",), "folder", title, tuple(notes))


def from_csv(path: Path, encoding: str) -> Rows:
    """The rows of a CSV or TSV file, every cell as text; lines of another length are skipped."""
    import pyarrow as pa
    from pyarrow import csv

    encoding = by_mark(path, encoding)
    header = first_line(path, encoding)
    delimiter = "\t" if path.suffix.lower() in (".tsv", ".tab") else max(",;\t|", key=header.count)
    skipped: list[str] = []

    def skip(row: Any) -> str:
        line = f"row {row.number - 1}" if row.number else f"a row after row {len(skipped)}"
        skipped.append(f"{path.name} {line}: has {row.actual_columns} cells, not {row.expected_columns}")
        return "skip"

    parse = csv.ParseOptions(delimiter=delimiter, newlines_in_values=True, invalid_row_handler=skip)
    reading = csv.ReadOptions(encoding=encoding, use_threads=False)
    try:
        with csv.open_csv(path, reading, parse) as head:
            names = list(head.schema.names)
    except pa.ArrowInvalid:
        names = header.split(delimiter)  # told below, by the read that fails in the same way
    skipped.clear()
    types = {name: pa.string() for name in names}
    convert = csv.ConvertOptions(column_types=types, strings_can_be_null=False)
    try:
        table = csv.read_csv(path, reading, parse, convert)
    except (pa.ArrowInvalid, UnicodeDecodeError, LookupError, ValueError) as error:
        raise unreadable(path, encoding, error) from error
    unnamed = [place for place, name in enumerate(table.column_names) if not name.strip()]
    if len(unnamed) == len(table.column_names):
        raise BadExamples(f"{path.name} has no header", "Its first line must name the columns.")
    rows = from_arrow(table, path.name)
    return Rows(rows.columns, rows.names, path.parent, tuple(skipped), title=path.name)


def by_mark(path: Path, encoding: str) -> str:
    """The encoding that a byte order mark names, or the one given."""
    with path.open("rb") as file:
        mark = file.read(4)
    if mark.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    return "utf-8" if mark.startswith(b"\xef\xbb\xbf") else encoding


def first_line(path: Path, encoding: str) -> str:
    """The first line of a text file, as far as it can be read."""
    try:
        with path.open(encoding=encoding, errors="replace") as file:
            return file.readline(1_000_000).rstrip("\r\n")
    except LookupError:
        raise BadExamples(f"there is no encoding {encoding!r}", "Try --encoding cp1252.") from None


def unreadable(path: Path, encoding: str, error: Exception) -> BadExamples:
    """What to say of a table that cannot be read."""
    text = str(error)
    if isinstance(error, UnicodeDecodeError) or "UTF8" in text.upper().replace("-", ""):
        return BadExamples(
            f"{path.name} is not written in {encoding}", "Save it as UTF-8, or say how: --encoding cp1252"
        )
    return BadExamples(f"{path.name} cannot be read: {text.splitlines()[0] if text else type(error).__name__}")


def from_jsonl(path: Path, encoding: str) -> Rows:
    """The rows of a file with one JSON object a line; lines that are none are skipped."""
    objects, names, skipped = [], [], []
    try:
        lines = path.read_text(encoding="utf-8-sig" if encoding == "utf-8" else encoding).split("\n")
    except (UnicodeDecodeError, LookupError) as error:
        raise unreadable(path, encoding, error) from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
            if not isinstance(found, dict):
                raise ValueError("is no JSON object")
        except ValueError as error:
            skipped.append(f"{path.name} line {number}: {error}")
            continue
        objects.append(found)
        names.append(f"{path.name} line {number}")
    keys = dict.fromkeys(key for found in objects for key in found)
    columns = {key: [found.get(key) for found in objects] for key in keys}
    return Rows(columns, names, path.parent, tuple(skipped), title=path.name)


def from_parquet(path: Path, encoding: str) -> Rows:
    """The rows of a Parquet file."""
    from pyarrow import parquet

    return binary(path, lambda: parquet.read_table(path))


def from_ipc(path: Path, encoding: str) -> Rows:
    """The rows of an Arrow or Feather file."""
    from pyarrow import feather

    return binary(path, lambda: feather.read_table(path))


def binary(path: Path, read: Callable[[], pyarrow.Table]) -> Rows:
    """The rows that `read` gives, its failures told with the file's name."""
    try:
        table = read()
    except (arrow().ArrowException, OSError) as error:
        raise BadExamples(f"{path.name} cannot be read: {str(error).splitlines()[0]}") from error
    found = from_arrow(table, path.name)
    return Rows(found.columns, found.names, path.parent, title=path.name)


FILES: dict[str, Callable[[Path, str], Rows]] = {
    ".csv": from_csv,
    ".tsv": from_csv,
    ".tab": from_csv,
    ".jsonl": from_jsonl,
    ".ndjson": from_jsonl,
    ".parquet": from_parquet,
    ".arrow": from_ipc,
    ".feather": from_ipc,
}


# ---- values in memory --------------------------------------------------------------------------


def arrow() -> Any:
    """The pyarrow module; raises NotInstalled with the command to type."""
    try:
        import pyarrow
    except ImportError:
        raise NotInstalled(
            "tables are read with pyarrow, which is not installed", "pip install 'wisen[train]'"
        ) from None
    return pyarrow


def from_arrow(table: pyarrow.Table, title: str) -> Rows:
    """The rows of an Arrow table."""
    names = [name.strip() for name in table.column_names]
    twice = sorted({name for name in names if names.count(name) > 1 and name})
    if twice:
        raise BadExamples(f"{title} has more than one column named {listed(twice)}", "Rename all but one.")
    columns = {name: table.column(place).to_pylist() for place, name in enumerate(names) if name}
    return from_columns(columns, title)


def from_columns(columns: dict[str, list[Any]], title: str) -> Rows:
    """The rows of lists of cells."""
    lengths = {name: len(cells) for name, cells in columns.items()}
    if len(set(lengths.values())) > 1:
        raise BadExamples(f"{title} have different lengths: {lengths}")
    count = next(iter(lengths.values()), 0)
    names = [f"{title} row {number}" for number in range(1, count + 1)]
    return Rows(columns, names, title=title)


def from_pairs(pairs: Iterable[Any], signature: Signature) -> Rows:
    """The rows of (inputs, output) pairs; inputs are one value, a tuple in order, or a mapping."""
    columns: dict[str, list[Any]] = {column.name: [] for column in (*signature.inputs, *signature.outputs)}
    count, skipped = 0, []
    for number, pair in enumerate(pairs, start=1):
        try:
            inside, outside = pair
            cells = [*cells_of(inside, signature), *signature.parts(outside)]
        except (TypeError, ValueError) as error:
            skipped.append(f"pair {number}: {error}")
            continue
        for name, cell in zip(columns, cells, strict=True):
            columns[name].append(cell)
        count += 1
    if skipped and not count:
        raise BadExamples(f"these are no (inputs, output) pairs: {skipped[0]}", f"wanted: {signature}")
    inputs = tuple(column.name for column in signature.inputs)
    names = [f"pair {number}" for number in range(1, count + 1)]
    return Rows(columns, names, None, tuple(skipped), inputs, title="the pairs")


def cells_of(inside: Any, signature: Signature) -> Sequence[Any]:
    """The raw cells of a pair's inputs."""
    if isinstance(inside, Mapping) and not isinstance(signature.shapes[0], dict):
        names = {column.name for column in signature.inputs}
        if set(inside) == names:
            return [inside[column.name] for column in signature.inputs]
        return signature.raw((), inside)
    if len(signature.shapes) == 1:
        alone = isinstance(inside, tuple) and len(inside) == 1
        return signature.raw(inside if alone else (inside,), {})
    if not isinstance(inside, (tuple, list)):
        raise ValueError(f"{signature.name}() takes {len(signature.shapes)} inputs, given one {type(inside).__name__}")
    return signature.raw(tuple(inside), {})
