"""Dataclasses and NamedTuples taken apart into the values of their fields, and put together again."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from wisen.errors import BadValue
from wisen.kinds import claimed


@dataclass(frozen=True)
class Record:
    """How a dataclass or NamedTuple is made of columns: its type, field names and their shapes."""

    made: Callable[..., Any]
    fields: tuple[tuple[str, Shape], ...]

    def take(self, value: Any) -> list[Any]:
        """The raw values of the fields, in the columns' order."""
        title = getattr(self.made, "__name__", str(self.made))
        if isinstance(value, Mapping):
            try:
                value = self.made(**value)
            except TypeError as error:
                raise BadValue(f"is {dict(value)!r:.60}, which makes no {title}: {error}") from None
        if not isinstance(value, typing.cast(type, self.made)):
            raise BadValue(f"is {value!r:.60}, which is no {title}", f"Pass a {title}, or a dict of its fields.")
        return [part for name, shape in self.fields for part in take(shape, getattr(value, name))]

    def make(self, values: Iterable[Any]) -> Any:
        """The value that the columns' values make; takes as many from `values` as it needs."""
        return self.made(**{name: make(shape, values) for name, shape in self.fields})


Shape = Record | None
"""None is a plain column."""


def take(shape: Shape, value: Any) -> list[Any]:
    """A value taken apart into the values of its columns."""
    return [value] if shape is None else shape.take(value)


def make(shape: Shape, values: Iterable[Any]) -> Any:
    """A value put together from an iterator over its columns' values."""
    return next(iter(values)) if shape is None else shape.make(values)


def record_fields(annotation: Any) -> dict[str, Any] | None:
    """The fields of a dataclass or NamedTuple and their annotations; None for anything else."""
    if not isinstance(annotation, type) or claimed(annotation):
        return None
    if dataclasses.is_dataclass(annotation):
        hints = typing.get_type_hints(annotation, include_extras=True)
        return {field.name: hints[field.name] for field in dataclasses.fields(annotation) if field.init}
    if issubclass(annotation, tuple) and hasattr(annotation, "_fields"):
        hints = typing.get_type_hints(annotation, include_extras=True)
        return {name: hints.get(name, str) for name in annotation._fields}
    return None
