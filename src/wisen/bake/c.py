"""A program as one C99 file."""

from __future__ import annotations

from wisen.errors import BadProgram
from wisen.program import Program


def written(data: bytes, program: Program) -> bytes:
    """The bytes of the C file of a program; raises BadProgram where there is an operator that it cannot take."""
    raise BadProgram(f"{program.title} cannot be written as C yet", "Use its ONNX file.")
