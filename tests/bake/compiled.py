"""A C file compiled and called from Python, and set beside ONNX Runtime."""

from __future__ import annotations

import ctypes
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wisen.program import Program

COMPILER = shutil.which("gcc") or shutil.which("cc")
needs_compiler = pytest.mark.skipif(COMPILER is None, reason="there is no C compiler here")
STRICT = ("-std=c99", "-Wall", "-Wextra", "-Werror")
C_TYPES: dict[str, Any] = {
    "float": ctypes.c_float,
    "double": ctypes.c_double,
    "int64_t": ctypes.c_int64,
    "int": ctypes.c_int,
    "uint8_t": ctypes.c_uint8,
    "const char *": ctypes.c_char_p,
}


def compiled(source: Path, *flags: str) -> Path:
    """The library that a C file becomes."""
    library = source.with_suffix(".so")
    command = [str(COMPILER), *STRICT, *(flags or ("-O1",)), "-shared", "-fPIC", str(source), "-lm", "-o", str(library)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert not done.returncode, done.stderr[:3000]
    return library


def fields(text: str, struct: str) -> list[tuple[str, Any]]:
    """The fields of a struct as ctypes has them, read from the C file."""
    found = re.search(rf"struct \w+_{struct} {{\n(.*?)\n}};", text, re.DOTALL)
    assert found
    made: list[tuple[str, Any]] = []
    for line in found[1].splitlines():
        parts = re.match(r" +(const char \*|const uint8_t \*|\w+ )(\w+)(?:\[(\d+)\])?;", line)
        assert parts, line
        type_ = ctypes.POINTER(ctypes.c_uint8) if parts[1] == "const uint8_t *" else C_TYPES[parts[1].strip()]
        made.append((parts[2], type_ * int(parts[3]) if parts[3] else type_))
    return made


@dataclass
class Baked:
    """A compiled program."""

    call: Any
    input_type: Any
    answer_type: Any

    @classmethod
    def of(cls, source: Path, *flags: str) -> Baked:
        """The program in a C file."""
        text = source.read_text()
        call = re.search(r"^int (\w+)\(const struct", text, re.MULTILINE)
        assert call
        types = [type(word, (ctypes.Structure,), {"_fields_": fields(text, word)}) for word in ("input", "answer")]
        return cls(getattr(ctypes.CDLL(str(compiled(source, *flags))), call[1]), *types)

    def answer(self, cells: Sequence[Any]) -> dict[str, Any]:
        """What it says of one example, whose cells are arrays in the order of the signature."""
        given, said, alive = self.input_type(), self.answer_type(), []
        fields_ = [(name, type_) for name, type_ in self.input_type._fields_ if type_ is not ctypes.c_int]
        for (name, type_), cell in zip(fields_, cells, strict=True):
            if f"{name}_height" in dict(self.input_type._fields_):
                setattr(given, f"{name}_height", cell.shape[0])
                setattr(given, f"{name}_width", cell.shape[1])
            if type_ is ctypes.c_char_p:
                setattr(given, name, str(cell.item()).encode("utf-8", "surrogatepass"))
            elif hasattr(type_, "contents"):
                alive.append(np.ascontiguousarray(cell))
                setattr(given, name, alive[-1].ctypes.data_as(type_))
            elif hasattr(type_, "_length_"):
                setattr(given, name, type_(*cell.ravel().tolist()))
            else:
                setattr(given, name, cell.item())
        assert self.call(ctypes.byref(given), ctypes.byref(said)) == 0
        return {name: plain(getattr(said, name)) for name, _ in self.answer_type._fields_}


def plain(value: Any) -> Any:
    """A field as Python has it."""
    return value.decode() if isinstance(value, bytes) else np.array(value) if hasattr(value, "_length_") else value


def cells_of(program: Program, tensors: Mapping[str, np.ndarray], row: int) -> list[np.ndarray]:
    """The part of each column in the tensors of many examples, of one of them."""
    found: dict[int, np.ndarray] = {}
    for feed in program.feeds:
        (tensor,) = feed.raw
        array, begin = tensors[tensor.name][row], 0
        for place in feed.places:
            dims = program.inputs[place].kind.tensors("x")[0].dims[1:]
            free = any(isinstance(dim, str) for dim in dims)
            width = array.size if free else int(np.prod([int(dim) for dim in dims]))
            found[place] = array if free else array[begin : begin + width]
            begin += width
    return [found[place] for place in sorted(found)]


def farthest(program: Program, baked: Baked, tensors: Mapping[str, np.ndarray]) -> tuple[float, int]:
    """(how far the numbers of any answer are from ONNX Runtime's, as a part of the largest of that answer or of 1;
    how many labels differ) for many examples that are given as the tensors of the program."""
    wanted = dict(zip(program.names, program.run(list(program.names), dict(tensors)), strict=True))
    worst, others = 0.0, 0
    for row in range(len(next(iter(tensors.values())))):
        said = baked.answer(cells_of(program, tensors, row))
        said = {name: value for name, value in said.items() if not name.endswith("index")}
        for value, expected in zip(said.values(), (wanted[name][row] for name in program.names), strict=True):
            if isinstance(value, str):
                others += value != str(expected)
                continue
            array = np.asarray(expected, np.float64).ravel()
            worst = max(worst, float(np.max(np.abs(np.asarray(value).ravel() - array)) / max(1.0, np.abs(array).max())))
    return worst, others
