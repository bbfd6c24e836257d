"""The examples that a program was trained on, divided as they were then, for explanations that look at many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wisen.errors import BadValue, nearest
from wisen.examples import Examples, Parts
from wisen.function import Function
from wisen.program import Program
from wisen.signature import Column
from wisen.train import recalled

MOST = 20_000
"""Examples that are looked at, at most: they stand in the order of their hashes, so that the first are a sample."""


@dataclass(frozen=True)
class Known:
    """A function's program, the examples that it was learned from and judged by, and the answer that is looked at."""

    function: Function[Any, Any]
    program: Program
    parts: Parts
    column: Column
    place: int
    """The place of that answer among all."""

    @property
    def learning(self) -> Examples:
        """The examples to learn from, or as many as are looked at."""
        return self.parts.learning.take(slice(0, MOST)) if len(self.parts.learning) > MOST else self.parts.learning

    @property
    def held_out(self) -> Examples:
        """The held-out examples, or as many as are looked at."""
        return self.parts.held_out.take(slice(0, MOST)) if len(self.parts.held_out) > MOST else self.parts.held_out


def known(
    function: Function[Any, Any],
    examples: Any = None,
    output: str | None = None,
    *,
    returns: str | None = None,
    columns: Mapping[str, str] | None = None,
    encoding: str = "utf-8",
) -> Known:
    """A function's program and the examples, those of the last training where none are given, divided as for it.

    `output` is the field of the answer that is looked at, the first where none is named. Raises NotTrained,
    BadExamples, BadValue.
    """
    program, _, parts = recalled(function, examples, returns, columns, encoding)
    place, column = output_of(function, program, output)
    return Known(function, program, parts, column, place)


def output_of(function: Function[Any, Any], program: Program, name: str | None) -> tuple[int, Column]:
    """(the place, the column) of the answer of that name, of the first where none is named; raises BadValue."""
    names = [column.name for column in program.outputs]
    if name is not None and name not in names:
        raise BadValue(f"{function.name}() has no output {name!r}", nearest(name, names))
    place = names.index(name) if name is not None else 0
    return place, program.outputs[place]


def some(values: Sequence[Any], most: int = MOST) -> list[Any]:
    """The first values of a column, as plain values."""
    return list(values[:most])
