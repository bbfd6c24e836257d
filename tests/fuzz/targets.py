"""What is fuzzed: each target reads the bytes of a file as wisen does. One target is one function and one row."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import onnx
import PIL.Image
import pyarrow as pa
import torch
from pyarrow import feather, parquet

import wisen
from wisen import Category, Image
from wisen.descent.checkpoint import Checkpoint
from wisen.errors import BadExamples, WisenError
from wisen.examples import known, rows
from wisen.examples.guess import guessed
from wisen.export import file_of
from wisen.kinds import KINDS
from wisen.manifest import SEAL, UNSEALED, sealed
from wisen.program import parse
from wisen.state import Source, folder

PROGRAM = (Path(__file__).parent.parent / "fixtures" / "format_1.onnx").read_bytes()
CALL = [9.5, "red", datetime(2026, 11, 22, 8, 30), "a scratch"]


@dataclass(frozen=True)
class Target:
    """What reads a file's bytes, and good files to begin with."""

    read: Callable[[bytes], Any]
    seeds: Callable[[], list[bytes]]
    longest: int = 1 << 16


def attempt(target: Target, data: bytes) -> str:
    """What became of some bytes: "" where they were read, else the sentence; raises where that is a finding."""
    try:
        target.read(data)
    except WisenError as error:
        assert 0 < len(str(error)) < 10_000, f"no sentence: {error!s:.100}"
        return str(error)
    return ""


@cache
def place() -> Path:
    """A folder for the files of this process."""
    held = tempfile.TemporaryDirectory()
    KEPT.append(held)
    return Path(held.name)


KEPT: list[Any] = []
"""Temporary folders, which go when the process ends."""


def put(name: str, data: bytes) -> Path:
    """A file with these bytes."""
    path = place() / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


# ---- programs ----------------------------------------------------------------------------------


def program(data: bytes) -> Any:
    """A program file, sealed anew: or the hash would see all damage first."""
    whole = SEAL in data and data.rindex(SEAL) + len(SEAL) + len(UNSEALED) <= len(data)
    found = parse(sealed(data) if whole else data, "f.onnx")
    return found(CALL), found.predict(CALL), found.batch([CALL, CALL])


def manifest(data: bytes) -> Any:
    """A good graph with another manifest."""
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        told = None
    model = onnx.load_from_string(PROGRAM)
    if isinstance(told, dict):
        return program(file_of(model, told))
    model.metadata_props[0].value = data.decode("utf-8", "replace")
    return parse(model.SerializeToString(), "f.onnx")


def manifests() -> list[bytes]:
    """Manifests to begin with: the whole one, and only what is needed."""
    whole = dict(parse(PROGRAM, "good").manifest)
    short = {key: whole[key] for key in ("format", "inputs", "outputs")}
    return [json.dumps(told).encode() for told in (whole, short)]


# ---- tables ------------------------------------------------------------------------------------


@wisen.function
def sold(
    size: float | None, count: int, colour: Literal["red", "blue"], when: datetime | None, note: str
) -> Annotated[str, Category]:
    """Takes a column of each sort that stands in a table."""


LINES = [(n / 2 if n % 5 else None, n, "red" if n % 2 else "blue", f"2026-11-{n % 28 + 1:02}T08:30", "Größe, 12 €")
         for n in range(24)]  # fmt: skip
NAMES = ["size", "count", "colour", "when", "note", "sold"]
CELLS = [(*line, "yes" if line[1] > 9 else "no") for line in LINES]


def table(name: str, encoding: str = "utf-8") -> Callable[[bytes], Any]:
    """What reads a table: to learn from it, and to write a function for it."""

    def read(data: bytes) -> Any:
        path = put(name, data)
        found = rows(path, sold.signature, encoding)
        try:
            known(found, sold.signature)
        except BadExamples:
            pass  # it has other columns; that was told
        return guessed(found, "sold" if "sold" in found.columns else next(iter(found.columns), None))

    return read


def text_table(data: bytes) -> Any:
    """A CSV or TSV file; the first byte says which, and how it is written."""
    suffix = ("csv", "tsv", "tab")[data[0] % 3] if data else "csv"
    encoding = ("utf-8", "cp1252", "utf-16", "utf-32", "shift_jis", "idna", "hex", "no such")[
        (data[0] >> 2) % 8 if data else 0
    ]
    return table(f"t.{suffix}", encoding)(data[1:])


def lines(mark: str) -> str:
    """The table as text."""
    cells = [NAMES, *CELLS]
    return "\n".join(
        mark.join('"' + str("" if c is None else c).replace('"', '""') + '"' for c in line) for line in cells
    )


def text_tables() -> list[bytes]:
    """Tables to begin with."""
    found = [b"\0" + lines(mark).encode() for mark in ",;|"] + [b"\1" + lines("\t").encode()]
    return [*found, b"\6" + lines(",").encode("cp1252"), b"\0" + lines(",").encode("utf-16"), b"\0a,b\n1,2\n"]


def arrow_table() -> pa.Table:
    """The table for Arrow, with what else Arrow has."""
    columns: dict[str, Any] = {name: [line[place] for line in CELLS] for place, name in enumerate(NAMES)}
    columns["inner"] = [{"a": n, "b": [n, None]} for n in range(len(CELLS))]
    columns["at"] = pa.array([datetime(2026, 11, 22)] * len(CELLS), pa.timestamp("ns", "Europe/Berlin"))
    columns["kind"] = pa.array(["a", "b"] * (len(CELLS) // 2)).dictionary_encode()
    return pa.table(columns)


def jsonl() -> list[bytes]:
    """Lines of JSON to begin with."""
    whole = "\n".join(json.dumps(dict(zip(NAMES, line, strict=True))) for line in CELLS)
    return [
        whole.encode(),
        b'{"a": {"b": [1, null, 1e400]}, "c": "\\ud800"}\n[]\n{"c": NaN}',
        b"\xef\xbb\xbf" + whole.encode(),
    ]


def written(write: Callable[[Any], Any]) -> list[bytes]:
    """What `write` puts into a file, as a seed."""
    file = io.BytesIO()
    write(file)
    return [file.getvalue()]


def parquets() -> list[bytes]:
    """Parquet files to begin with."""
    found = []
    for packing in ("none", "snappy", "zstd"):
        file = io.BytesIO()
        parquet.write_table(arrow_table(), file, compression=packing)
        found.append(file.getvalue())
    return found


def arrow_file(data: bytes) -> Any:
    """An Arrow or Feather file, or an Arrow stream."""
    return table("t.arrow")(data)


def arrows() -> list[bytes]:
    """Arrow files to begin with."""

    def stream(file: Any) -> None:
        with pa.ipc.new_stream(file, arrow_table().schema) as out:
            out.write_table(arrow_table())

    plain = arrow_table().select(NAMES)
    return [
        *written(stream),
        *written(lambda file: feather.write_feather(arrow_table(), file, compression="uncompressed")),
        *written(lambda file: feather.write_feather(plain, file, version=1)),
    ]


# ---- folders, pictures, texts ------------------------------------------------------------------


@wisen.function
def is_face(photo: Image) -> bool:
    """Reads pictures."""


@wisen.function
def is_spam(note: str) -> bool:
    """Reads texts."""


def image(data: bytes) -> Any:
    """A picture, as the bytes that a call passes; through all that a call does with it."""
    kind = KINDS["image"](height=16, width=16)  # type: ignore[call-arg]
    value = kind.read(data)
    return kind.content(value), kind.brief(value), kind.read(kind.write(value)), kind.arrays([value])  # type: ignore[attr-defined]


def images() -> list[bytes]:
    """Pictures to begin with, in the formats that Pillow knows and cameras or people use."""
    grey = PIL.Image.linear_gradient("L").resize((24, 20))
    made = {"PNG": "LRGBA", "GIF": "LP", "TIFF": "L1", "BMP": "L", "PPM": "L", "WEBP": "L", "JPEG": "L"}
    found = []
    for form, modes in made.items():
        for mode in {"LRGBA": ["L", "RGBA", "I;16", "P"], "LP": ["P"], "L1": ["L", "1", "CMYK", "F"]}.get(
            modes, ["RGB"]
        ):
            picture = (
                grey.convert("I").convert("I;16")
                if mode == "I;16"
                else grey.convert("RGB" if mode == "CMYK" else "L").convert(mode)
            )
            exif = PIL.Image.Exif()
            exif[0x0112] = 6
            file = io.BytesIO()
            picture.save(file, form, **({"exif": exif} if form in ("JPEG", "PNG", "TIFF", "WEBP") else {}))
            found.append(file.getvalue())
    return found


def class_folder(data: bytes) -> Any:
    """A folder of classes: two good ones, and a file whose name and bytes are new; pictures or texts."""
    name, _, inside = data.partition(b"\n")
    texts = bool(name[:1] and name[0] % 2)
    spelled = name[1:].decode("utf-8", "replace").replace("/", "_").replace("\0", "_")[:60] or "x"
    suffix = ".txt" if texts else (".png", ".jpg", ".gif", ".tif")[len(name) % 4]
    root = classes(texts)
    files = [root / (spelled.strip(".") or "x") / f"new{suffix}", root / "yes" / f"{spelled}{suffix}"]
    for path in files:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(inside)
    try:
        return known(root, (is_spam if texts else is_face).signature)
    finally:
        for path in files:
            path.unlink()
        if files[0].parent.name not in ("yes", "no"):
            files[0].parent.rmdir()


@cache
def classes(texts: bool) -> Path:
    """A good folder of two classes."""
    root = place() / ("texts" if texts else "pictures")
    for number in range(60):
        path = root / ("yes" if number % 2 else "no") / f"{number}{'.txt' if texts else '.png'}"
        path.parent.mkdir(parents=True, exist_ok=True)
        if texts:
            path.write_text(f"text {number}")
        else:
            PIL.Image.new("L", (4, 4), number).save(path)
    return root


def class_folders() -> list[bytes]:
    """Names and files to begin with."""
    texts = [b"\1yes\nsome text", "\1J\nGröße".encode("cp1252"), b"\1class\n\xff\xfe"]
    return [*texts, *(b"\0new\n" + data for data in images()[:6])]


# ---- what a training keeps ---------------------------------------------------------------------


def checkpoint(data: bytes) -> Any:
    """A checkpoint: the state that was saved, or none."""
    found = Checkpoint(put("checkpoint.pt", data), "key", lambda path, data: None).load()
    assert found is None or isinstance(found, dict)
    return found


def checkpoints() -> list[bytes]:
    """Checkpoints to begin with."""
    state = {"trials": [], "next": 0, "spent": 1.5, "running": {"network": {"w": torch.ones(3)}, "epoch": 3}}
    whole = {"key": "key", "state": state}
    return [
        *written(lambda file: torch.save(whole, file)),
        *written(lambda file: torch.save(whole, file, _use_new_zipfile_serialization=False)),
    ]


def source(data: bytes) -> Any:
    """The source that is remembered beside a program."""
    own = place() / "remembered.py"
    path = folder(own.with_name("remembered.f.onnx")) / "source.json"
    put(str(path.relative_to(place())), data)
    found = Source(None).or_last(own.with_name("remembered.f.onnx"))
    return known(found.examples, sold.signature, returns=found.returns, columns=found.columns, encoding=found.encoding)


def sources() -> list[bytes]:
    """What is remembered, to begin with."""
    put("good.csv", lines(",").encode())
    told = {"examples": "good.csv", "returns": "sold", "columns": {"size": "size"}, "encoding": "utf-8", "group": None}
    return [json.dumps(told).encode(), b'{"examples": "good.csv"}', b"[]"]


TARGETS: dict[str, Target] = {
    "program": Target(program, lambda: [PROGRAM]),
    "manifest": Target(manifest, manifests),
    "csv": Target(text_table, text_tables, 1 << 14),
    "jsonl": Target(table("t.jsonl"), jsonl, 1 << 14),
    "parquet": Target(table("t.parquet"), parquets),
    "arrow": Target(arrow_file, arrows),
    "image": Target(image, images),
    "folder": Target(class_folder, class_folders, 1 << 14),
    "checkpoint": Target(checkpoint, checkpoints),
    "source": Target(source, sources, 1 << 12),
}
