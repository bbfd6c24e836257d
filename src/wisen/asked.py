"""Examples that are typed as words of a command line."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from wisen.errors import BadValue, listed, nearest
from wisen.examples.table import cell
from wisen.records import take
from wisen.signature import Column, Signature


def examples_of(signature: Signature, words: Sequence[str]) -> list[tuple[str, Callable[[], list[Any]]]]:
    """The examples that words mean: one each for a single input, else the values of one, `name=value` or in order.

    Raises BadValue where they do not fit.
    """
    columns = signature.inputs
    if len(columns) > 1:
        raws = one_example(signature, words)
        return [("the example", lambda: [cell(c, raw, None) for c, raw in zip(columns, raws, strict=True)])]
    column = columns[0]
    mark = f"{column.name}="
    return [(word, reader(column, word.removeprefix(mark))) for word in words]


def reader(column: Column, word: str) -> Callable[[], list[Any]]:
    """What reads the only input of an example."""
    return lambda: [cell(column, file_or_text(column, word), None)]


def file_or_text(column: Column, word: str) -> Any:
    """A file's path where the word names a file that holds such a value, else the word."""
    return Path(word) if word.lower().endswith(column.kind.suffixes) and Path(word).is_file() else word


def one_example(signature: Signature, words: Sequence[str]) -> list[Any]:
    """The raw values of one example, in the order of the columns."""
    named: dict[str, Column] = {}
    for column in signature.inputs:
        named |= {column.name: column}
        named.setdefault(column.name.rpartition(".")[2], column)
    found: dict[str, Any] = {}
    plain = []
    for word in words:
        name, equals, value = word.partition("=")
        if equals and name in named:
            found[named[name].name] = file_or_text(named[name], value)
        elif equals and name.isidentifier():
            raise BadValue(f"{signature.name}() has no input {name!r}", nearest(name, named))
        else:
            plain.append(word)
    free = [column for column in signature.inputs if column.name not in found]
    if len(plain) > len(free):
        raise BadValue(
            f"{signature.name}() takes {len(signature.inputs)} inputs, given {len(words)}", usage(signature, free)
        )
    found |= {column.name: file_or_text(column, word) for column, word in zip(free, plain)}
    found = {**defaults(signature), **found}
    lost = [column for column in signature.inputs if column.name not in found and not column.kind.optional]
    if lost:
        names = listed([column.name for column in lost])
        raise BadValue(f"{signature.name}() wants {names} too", usage(signature, lost))
    return [found.get(column.name) for column in signature.inputs]


def defaults(signature: Signature) -> dict[str, Any]:
    """The raw values of the columns whose parameters have a default in Python."""
    found: dict[str, Any] = {}
    for parameter, shape in zip(signature.parameters.parameters.values(), signature.shapes, strict=True):
        if parameter.default is not parameter.empty:
            own = [column.name for column in signature.inputs if column.name.partition(".")[0] == parameter.name]
            found |= dict(zip(own, take(shape, parameter.default), strict=True))
    return found


def usage(signature: Signature, columns: Sequence[Column]) -> str:
    """How to write the inputs that are missing, ready to be pasted into a shell."""
    shown = " ".join(typed(f"{column.name}={sample(column)}") for column in columns)
    return f"Write {shown}" if columns else f"wanted: {signature}"


def sample(column: Column) -> str:
    """A value of a column as it may be typed: the name of a file where a value is too long for that."""
    text = str(column.kind.write(column.kind.samples()[0]))
    return text if len(text) <= LONGEST_TYPED or not column.kind.suffixes else f"FILE{column.kind.suffixes[0]}"


LONGEST_TYPED = 40
"""Characters of a value that a person would type."""


def typed(word: str) -> str:
    """A word as it has to be typed in a shell."""
    return shlex.quote(word)
