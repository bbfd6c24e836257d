"""Where examples come from: every source becomes Rows, raw cells in named columns."""

from __future__ import annotations

import codecs
import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wisen.errors import BadExamples, listed, nearest
from wisen.examples.cells import arrow
from wisen.examples.memory import (
    Bad,
    Names,
    Rows,
    from_arrow,
    from_frame,
    from_mapping,
    from_pairs,
    from_records,
)
from wisen.kinds import KINDS
from wisen.signature import Signature

if TYPE_CHECKING:
    import pyarrow

__all__ = ["FILES", "Rows", "rows"]

BLOCK = 1 << 24
"""Bytes of a CSV file that are read at once; a longer row cannot be read."""
PART = 1 << 20
"""Bytes of a text file that are looked at at once."""


def rows(source: Any, signature: Signature | None = None, encoding: str = "utf-8") -> Rows:
    """The rows of a source: a path, an Arrow table or data frame, a mapping of columns, or pairs.

    Raises BadExamples where it cannot be read.
    """
    if isinstance(source, Rows):
        return source
    if isinstance(source, (str, os.PathLike)):
        return from_path(Path(source), encoding, signature)
    if hasattr(source, "__arrow_c_stream__"):
        return from_frame(source)
    if hasattr(source, "to_table"):
        return from_arrow(source.to_table(), "the dataset")
    if isinstance(source, Mapping):
        return from_mapping(source)
    if isinstance(source, Iterable) and not isinstance(source, (bytes, bytearray)) and signature is not None:
        return from_pairs(source, signature)
    raise BadExamples(
        f"examples of type {type(source).__name__} cannot be read",
        "Bring a folder, a CSV, TSV, JSONL, Parquet or Arrow file, a data frame, or (inputs, output) pairs.",
    )


def from_path(path: Path, encoding: str, signature: Signature | None = None) -> Rows:
    """The rows of a file or folder."""
    try:
        found = from_kinds(path, encoding, signature)
        if found is not None:
            return found
        if path.is_dir():
            return from_folder(path, encoding, signature)
        if not path.exists():
            raise nowhere(path)
        return from_file(path, encoding)
    except OSError as error:
        raise BadExamples(f"{str(path)!r} cannot be read: {error.strerror or error}") from error


def from_kinds(path: Path, encoding: str, signature: Signature | None) -> Rows | None:
    """The rows of a file or folder in a format of a kind's own: of one that the signature has, where there is one."""
    if not path.exists():
        return None
    columns = (*signature.inputs, *signature.outputs) if signature else ()
    for kind in dict.fromkeys(type(column.kind) for column in columns) if signature else KINDS.values():
        found = kind.brings(path, encoding)
        if found is not None:
            bad = tuple(Bad(*each) for each in found.bad)
            table = found.inputs, found.output, found.title, tuple(found.notes)
            return Rows(found.columns, found.names, path.parent, bad, *table)
    return None


def nowhere(path: Path) -> BadExamples:
    """What to say of a path where nothing is."""
    beside = sorted(found.name for found in path.parent.iterdir()) if path.parent.is_dir() else []
    hint = nearest(path.name, beside) if beside else ""
    return BadExamples(f"there is no {str(path)!r}", hint.replace("There is:", "In its folder there is:"))


def from_file(path: Path, encoding: str) -> Rows:
    """The rows of a table in a file; at least one."""
    read = FILES.get(path.suffix.lower())
    if read is None:
        raise BadExamples(f"{str(path)!r} is no table that wisen reads", f"It reads {listed(FILES, 20)}, and folders.")
    if path.stat().st_size == 0:
        raise BadExamples(f"{str(path)!r} is empty")
    found = read(path, encoding)
    if not len(found) and not found.skipped:
        raise BadExamples(f"{str(path)!r} has a header but no rows" if found.columns else f"{str(path)!r} has no rows")
    return found


# ---- folders -----------------------------------------------------------------------------------


def from_folder(folder: Path, encoding: str, signature: Signature | None = None) -> Rows:
    """The rows of a folder: one folder per class, a table and the files that it names, or files without answers."""
    inside = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    tables = [path for path in inside if path.suffix.lower() in FILES and path.is_file()]
    classes = [path for path in inside if path.is_dir()]
    if len(tables) == 1:
        return from_file(tables[0], encoding)
    if len(tables) > 1:
        raise BadExamples(
            f"{str(folder)!r} holds several tables: {listed(path.name for path in tables)}", "Name one of them."
        )
    suffixes = suffixes_of(signature)
    files = [(path, place.name) for place in classes for path in files_in(place)]
    kept = [(path, name) for path, name in files if Path(path).suffix.lower() in suffixes]
    loose = [path.name for path in inside if path.is_file() and path.suffix.lower() in suffixes]
    title = f"folder {folder.resolve().name}"
    if loose and not kept:  # files without answers
        return Rows({"file": loose}, loose, folder, (), ("file",), "", title)
    if not kept:
        raise BadExamples(
            f"{str(folder)!r} holds no examples",
            "Put one folder per class into it (faces/, others/), or a table that names the files.",
        )
    notes = [f"{len(files) - len(kept)} files of other sorts"] if len(files) > len(kept) else []
    beside = len(inside) - len(classes)
    notes += [f"{beside} files beside the folders"] if beside else []
    found = {name for _, name in kept}
    notes += [f"the empty folder {place.name}" for place in classes if place.name not in found]
    names = [path for path, _ in kept]
    columns = {"file": names, "folder": [name for _, name in kept]}
    return Rows(columns, names, folder, (), ("file",), "folder", title, tuple(notes))


def suffixes_of(signature: Signature | None) -> set[str]:
    """How files of examples end: those of the signature's inputs, where it has any that come in files."""
    own = {suffix for column in (signature.inputs if signature else ()) for suffix in column.kind.suffixes}
    return own or {suffix for kind in KINDS.values() for suffix in kind.suffixes}


def files_in(folder: Path) -> list[str]:
    """All files under a folder that are not hidden, in order; their paths begin with its name. Raises BadExamples."""
    found: list[tuple[str, ...]] = []
    waiting: list[tuple[str, tuple[str, ...]]] = [(str(folder), (folder.name,))]
    while waiting:
        path, parts = waiting.pop()
        for each in entries(path):
            if each.name.startswith("."):
                continue
            if each.is_dir(follow_symlinks=False):
                waiting.append((each.path, (*parts, each.name)))
            elif each.is_file():
                found.append((*parts, each.name))
    return [str(Path(*parts)) for parts in sorted(found)]


def entries(path: str) -> list[os.DirEntry[str]]:
    """What stands in a folder, with what each is, known without a look at it; raises BadExamples."""
    try:
        with os.scandir(path) as inside:
            return list(inside)
    except OSError as error:
        told = f"{path!r} cannot be read: {error.strerror or error}"
        raise BadExamples(told, "Make it readable, or take it out of the folder.") from error


# ---- CSV and TSV -------------------------------------------------------------------------------


def from_csv(path: Path, encoding: str) -> Rows:
    """The rows of a CSV or TSV file, every cell as text; lines of another length are skipped."""
    pa = arrow()
    from pyarrow import csv

    ragged: dict[int, str] = {}
    options = csv_options(path, encoding, ragged)
    try:
        table = csv.read_csv(opened(path), *options)
    except (pa.ArrowException, ValueError) as error:
        raise unreadable(path, error) from error
    found = from_arrow(table, path.name)
    numbers = np.arange(1, len(found) + len(ragged) + 1)
    names = Names(f"{path.name} row ", np.delete(numbers, np.array(sorted(ragged), np.int64) - 1))
    skipped = tuple(Bad(f"{path.name} row {number}", why) for number, why in sorted(ragged.items()))
    return replace(found, names=names, folder=path.parent, skipped=skipped)


def csv_options(path: Path, encoding: str, ragged: dict[int, str]) -> tuple[Any, Any, Any]:
    """How Arrow reads a CSV or TSV file: every cell as text; `ragged` gets what is odd about lines that are no rows."""
    pa = arrow()
    from pyarrow import csv

    encoding = by_mark(path, encoding)
    legible(path, encoding)
    header = first_line(path, encoding)
    delimiter = "\t" if path.suffix.lower() in (".tsv", ".tab") else max(",;\t|", key=header.count)

    def skip(row: Any) -> str:
        ragged[row.number - 1] = f"has {row.actual_columns} cells, not {row.expected_columns}"
        return "skip"

    parse = csv.ParseOptions(delimiter=delimiter, newlines_in_values=True, invalid_row_handler=skip)
    reading = csv.ReadOptions(encoding=encoding, use_threads=False, block_size=BLOCK)  # threads count no rows
    try:
        with csv.open_csv(opened(path), reading, parse) as head:
            types = dict.fromkeys(head.schema.names, pa.string())
    except (pa.ArrowException, ValueError) as error:
        raise unreadable(path, error) from error
    ragged.clear()
    if not any(name.strip() for name in types):
        raise BadExamples(f"{path.name} has no header", "Its first line must name the columns.")
    return reading, parse, csv.ConvertOptions(column_types=types, strings_can_be_null=False)


MARKS = {
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
    b"\xef\xbb\xbf": "utf-8-sig",
}
"""What a file begins with that says in which encoding it is written."""


def by_mark(path: Path, encoding: str) -> str:
    """The encoding that a byte order mark names, or the one given."""
    with path.open("rb") as file:
        start = file.read(4)
    return next((named for mark, named in MARKS.items() if start.startswith(mark)), encoding)


def legible(path: Path, encoding: str) -> None:
    """Raises BadExamples where a text file is not written in an encoding, and says in which line."""
    try:
        "a".encode(encoding)  # some codecs, such as hex, are not for texts
        decoder = codecs.getincrementaldecoder(encoding)()
    except (LookupError, ValueError):
        raise BadExamples(f"there is no encoding {encoding!r}", "Try --encoding cp1252.") from None
    with path.open("rb") as file:
        part = b"first"
        while part:
            part = file.read(PART)
            try:
                decoder.decode(part, not part)
            except UnicodeError as error:
                raise unwritten(path, encoding, broken_line(path, encoding)) from error


def broken_line(path: Path, encoding: str) -> int:
    """The number of the first line of a file that is not written in an encoding."""
    line, decoder = 1, codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        while part := file.read(PART):
            try:
                line += decoder.decode(part).count("\n")
            except UnicodeError as error:
                return line + part[: getattr(error, "start", 0)].count(b"\n")
    return line


def unwritten(path: Path, encoding: str, line: int) -> BadExamples:
    """What to say of a file that is not written in an encoding."""
    other = "cp1252" if encoding.startswith("utf") else "utf-8"
    return BadExamples(
        f"{path.name} is not written in {encoding}: see line {line}",
        f"Save it as UTF-8, or say how it is written: --encoding {other}",
    )


def first_line(path: Path, encoding: str) -> str:
    """The first line of a text file."""
    with path.open(encoding=encoding) as file:
        return file.readline(1_000_000).rstrip("\r\n")


def unreadable(path: Path, error: Exception) -> BadExamples:
    """What to say of a table that cannot be read."""
    line = str(error).splitlines()[0] if str(error) else type(error).__name__
    return BadExamples(f"{path.name} cannot be read: {line}")


# ---- other tables ------------------------------------------------------------------------------


def from_jsonl(path: Path, encoding: str) -> Rows:
    """The rows of a file with one JSON object a line; lines that are none are skipped."""
    encoding = by_mark(path, encoding)
    legible(path, encoding)
    records, names, skipped = [], [], []
    lines = path.read_text(encoding=encoding).split("\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        name = f"{path.name} line {number}"
        try:
            found = json.loads(line)
        except (ValueError, RecursionError) as error:
            skipped.append(Bad(name, f"is no JSON: {error}"))
            continue
        if isinstance(found, dict):
            records.append(found)
            names.append(name)
        else:
            skipped.append(Bad(name, "is no JSON object"))
    return replace(from_records(records, names, path.name), folder=path.parent, skipped=tuple(skipped))


def from_parquet(path: Path, encoding: str) -> Rows:
    """The rows of a Parquet file."""
    from pyarrow import parquet

    return binary(path, lambda: parquet.read_table(opened(path), partitioning=None))


def from_ipc(path: Path, encoding: str) -> Rows:
    """The rows of an Arrow or Feather file, or of an Arrow stream."""
    from pyarrow import feather, ipc

    def read() -> pyarrow.Table:
        with path.open("rb") as file:
            magic = file.read(6)
        if magic.startswith(b"FEA1"):  # a damaged one ends the whole process: nothing in it can be checked
            raise BadExamples(
                f"{path.name} is written in version 1 of Feather, which cannot be read safely",
                "Write it anew, which makes version 2: frame.to_feather(path).",
            )
        if magic == b"ARROW1":
            return feather.read_table(opened(path), memory_map=False)
        with ipc.open_stream(opened(path)) as stream:
            return stream.read_all()

    return binary(path, read)


def opened(path: Path) -> Any:
    """What Arrow reads a file from: its path, or where that is no Unicode the bytes, as it takes no such path."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return arrow().BufferReader(path.read_bytes())
    return path


def binary(path: Path, read: Callable[[], pyarrow.Table]) -> Rows:
    """The rows that `read` gives, its failures told with the file's name."""
    try:
        table = read()
        table.validate(full=True)  # Arrow believes what a file says of its lengths, and reads beyond them
        found = from_arrow(table, path.name)
    except (arrow().ArrowException, OSError, ValueError) as error:
        raise unreadable(path, error) from error
    return replace(found, folder=path.parent)


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
