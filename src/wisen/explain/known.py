"""The examples that a program was trained on, divided as they were then, for explanations that look at many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wisen import state
from wisen.errors import BadValue, NotTrained, nearest
from wisen.examples import Parts, Rule, brought, known, split
from wisen.function import Function
from wisen.names import exists
from wisen.program import Program, load
from wisen.signature import Column

MOST = 20_000
"""Examples that are looked at, at most: they stand in the order of their hashes, so that the first are a sample."""


def program_of(function: Function[Any, Any]) -> Program:
    """The installed program, or else the candidate; raises NotTrained where there is neither."""
    if exists(function.path):
        found = function.program
    else:
        path = state.candidate(function.path)
        found = load(path) if exists(path) else None
        if found is not None:
            function.adopt(found)
    if found is None:
        raise NotTrained(
            f"{function.name}() has no learned program to explain",
            f"Train it first: {function.command('train', '--examples EXAMPLES')}",
        )
    return found


def parts_of(
    function: Function[Any, Any],
    program: Program,
    examples: Any = None,
    *,
    returns: str | None = None,
    columns: Mapping[str, str] | None = None,
    encoding: str = "utf-8",
) -> Parts:
    """The examples, those of the last training where none are given, divided as for the program."""
    source = state.Source(examples, returns, columns, encoding).or_last(function.path)
    rule = Rule.of(program.manifest)

    def read(examples: Any) -> Any:
        return known(
            examples, function.signature, returns=source.returns, columns=source.columns, encoding=source.encoding,
            time=rule.time, key=rule.key,
        )  # fmt: skip

    if source.held_out is not None:
        return brought(read(source.examples), read(source.held_out), rule)
    return split(read(source.examples), rule)


def sample(values: Sequence[Any], most: int = MOST) -> list[Any]:
    """The first values of a column, as plain values."""
    return list(values[:most])


def output_of(program: Program, name: str | None) -> tuple[int, Column]:
    """(the place, the column) of the answer of that name, of the only one where none is named; raises BadValue."""
    names = [column.name for column in program.outputs]
    if name is None and len(names) > 1:
        raise BadValue(f"{program.title} gives several answers", f"Name one: output={names[0]!r}. {nearest('', names)}")
    if name is not None and name not in names:
        raise BadValue(f"{program.title} gives no answer {name!r}", nearest(name, names))
    place = names.index(name) if name is not None else 0
    return place, program.outputs[place]
