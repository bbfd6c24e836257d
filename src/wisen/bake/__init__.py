"""A program as another file than an ONNX one, for where there is no runtime. One target = one row of TARGETS.

A target is a function from the bytes of a program's file, and the program in them, to the bytes of the new file. It may
have options.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from wisen.errors import BadProgram, NotInstalled, listed, nearest
from wisen.program import Program, parse

Writer = Callable[..., bytes]


@dataclass(frozen=True)
class Target:
    """What a program is exported to: in a few words, how its file's name ends, the function that writes it, and the
    options of that."""

    what: str
    suffix: str
    writer: str
    options: tuple[str, ...] = ()

    def written(self, data: bytes, program: Program, **options: Any) -> bytes:
        """The bytes of a program as this; raises BadProgram where it cannot be, NotInstalled."""
        if unknown := sorted(set(options) - set(self.options)):
            raise BadProgram(f"{self.what} has no option {listed(unknown)}", "Leave it out.")
        module, _, name = self.writer.partition(":")
        try:
            writer: Writer = getattr(import_module(module), name)
            return writer(data, program, **options)
        except ModuleNotFoundError as error:
            told = f"{self.what} is written with {error.name}, which is not installed"
            raise NotInstalled(told, "pip install 'wisen[train]'") from error


TARGETS: dict[str, Target] = {
    "c": Target("one C99 file that needs nothing else", ".c", "wisen.bake.c:written"),
    "html": Target("one page that runs it in a browser", ".html", "wisen.bake.html:written", ("runtime",)),
}


def target(name: str) -> Target:
    """The target of that name; raises BadProgram where there is none."""
    if name not in TARGETS:
        raise BadProgram(f"a program is exported to {listed(TARGETS)}, not to {name!r}", nearest(name, TARGETS))
    return TARGETS[name]


def bake(
    path: str | os.PathLike[str], to: str, output: str | os.PathLike[str] | None = None, name: str = "", **options: Any
) -> Path:
    """The file that the program in `path` was exported to; `to` is one of TARGETS.

    It is `output`, or named after the program's file, or as `name` says, in this folder. A file of before is replaced.
    `options` are those of the target: `runtime` of "html".
    Raises BadProgram where the target cannot take the program or nothing can be written there, NotInstalled.
    """
    wanted, path = target(to), Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadProgram(f"{path} cannot be read: {error.strerror}") from error
    place = Path(output) if output is not None else Path(f"{name or path.stem}{wanted.suffix}")
    if place.exists() and place.samefile(path):
        raise BadProgram(f"{place} is the program itself", f"--output {path.with_suffix(wanted.suffix).name}")
    writable(place, wanted)
    made = wanted.written(data, parse(data, path.name), **options)
    try:
        place.write_bytes(made)
    except OSError as error:
        raise BadProgram(f"{place} cannot be written: {error.strerror}", "Name another file as --output.") from error
    return place


def writable(place: Path, wanted: Target) -> None:
    """Raises BadProgram where a file is no place for what a program is exported to."""
    if place.is_dir():
        raise BadProgram(f"{place} is a folder, not a file", f"--output {place / f'NAME{wanted.suffix}'}")
    if not place.parent.is_dir():
        raise BadProgram(f"{place.parent} is no folder that {place.name} could be written in", f"mkdir {place.parent}")
    if place.suffix in (".onnx", ".py"):
        told = f"{place} would be replaced by {wanted.what}: its name is that of a program or of its module"
        raise BadProgram(told, f"--output {place.with_suffix(wanted.suffix)}")
