"""1. What is wanted: a typed def becomes a Signature. No torch, no data.

A signature lists the columns that go in and come out, each with its kind. Parameters and answers
that are dataclasses or NamedTuples are taken apart into their fields, and put together again.
"""

from __future__ import annotations

import dataclasses
import inspect
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from operator import ne
from typing import Any, Self

import numpy as np

from wisen.errors import BadProgram, BadSignature, BadValue, nearest
from wisen.kinds import Input, Kind, Output, Tensor, Window, from_json, kind_of, window_of
from wisen.records import Record, Shape, make, record_fields, take

ANSWER = "answer"
"""The name of a single output, which has no name of its own."""


@dataclass(frozen=True)
class Column:
    """One value that goes in or comes out: its name ("photo", "customer.age"), its kind, and where a table is ordered
    in time the steps around now that it looks at."""

    name: str
    kind: Any  # Input on one side, Output on the other
    window: Window | None = None

    def __str__(self) -> str:
        return f"{self.name}: {self.annotation}{' | None' if self.kind.optional else ''}"

    @property
    def annotation(self) -> str:
        """The kind, and the steps that the column looks at, as a person would write them."""
        written: str = self.kind.annotation
        return self.window.beside(written, self.kind.gathers) if self.window else written

    def key(self) -> str:
        """Equal for two columns, fitted or not, exactly where one can stand for the other."""
        return f"{self.name}: {self.kind.key()}{f', {self.window}' if self.window else ''}"

    def adopt(self, own: Self) -> Self:
        """The column, read from a file, with what only the code knows of its kind."""
        return replace(self, kind=self.kind.adopt(own.kind))

    def fit(self, values: Sequence[Any]) -> Self:
        """The column with its kind fitted to values."""
        return replace(self, kind=self.kind.fit(values))

    def to_json(self) -> dict[str, Any]:
        """The column for a manifest."""
        window = {"window": dataclasses.astuple(self.window)} if self.window else {}
        return {"name": self.name, **self.kind.to_json(), **window}

    @classmethod
    def from_json(cls, data: Any, role: type[Kind]) -> Self:
        """The column that `to_json` wrote; raises BadProgram where it is none."""
        if not isinstance(data, Mapping) or not isinstance(data.get("name"), str):
            raise BadProgram(f"its manifest describes a column by {data!r:.80}")
        kind = from_json({key: value for key, value in data.items() if key not in ("name", "window")})
        window = Window.from_json(data["window"]) if "window" in data else None
        if not isinstance(kind, role):
            raise BadProgram(f"its manifest uses a {kind.word} where none can be")
        return cls(data["name"], kind, window)


@dataclass(frozen=True)
class Feed:
    """The columns that enter the program together under one name, and their joined kind."""

    name: str
    places: tuple[int, ...]
    kind: Input
    source: str = ""
    """The feed whose tensors it reads, where it is one of several views of a feed."""

    @property
    def raw(self) -> tuple[Tensor, ...]:
        """The tensors of the program that it reads."""
        return self.kind.tensors(self.source or self.name)

    @cached_property
    def tensor_names(self) -> tuple[str, ...]:
        """The names of its tensors."""
        return tuple(tensor.name for tensor in self.raw)

    def view(self, name: str) -> Feed:
        """The feed as one of its kind's views reads it."""
        if not name:
            return self
        return replace(self, name=f"{self.name} {name}", kind=self.kind.views()[name], source=self.name)

    def arrays(self, rows: Sequence[Sequence[Any]]) -> dict[str, np.ndarray]:
        """The program's input tensors for rows of read values, one value a column."""
        if self.kind.plural:
            whole = len(self.places) == len(rows[0]) if rows else False
            values = rows if whole else [[row[place] for place in self.places] for row in rows]
        else:
            place = self.places[0]
            values = [row[place] for row in rows]
        return dict(zip(self.tensor_names, self.kind.arrays(values), strict=True))

    def tensors(self, columns: Sequence[Sequence[Any]]) -> dict[str, np.ndarray]:
        """The program's input tensors for the values of each of its own columns."""
        return dict(zip(self.tensor_names, self.kind.gathered(columns), strict=True))


def feeds(columns: Sequence[Column]) -> tuple[Feed, ...]:
    """The feeds of input columns: one for all columns of a kind with a plural, one for each other."""
    together: dict[str, list[int]] = {}
    for place, column in enumerate(columns):
        together.setdefault(column.kind.plural or f"={column.name}", []).append(place)
    plurals = {key for key in together if not key.startswith("=")}
    names = {column.name for column in columns}
    found = []
    for key, places in together.items():
        kinds = [columns[place].kind for place in places]
        if key in plurals:
            found.append(Feed(key, tuple(places), type(kinds[0]).join(kinds)))
        else:
            found.append(Feed(free(key[1:], plurals, names), tuple(places), kinds[0]))
    return tuple(found)


def past_of(inputs: Sequence[Column], answer: Column) -> int | None:
    """The place of the input that tells the past of the column that an answer goes on from; None where none does."""
    source = (answer.window and answer.window.column) or answer.name
    for place, column in enumerate(inputs):
        window = column.window
        if window and window.last <= 0 and column.kind.gathers and (window.column or column.name) == source:
            return place
    return None


def pretrained(inputs: Sequence[Column], function: str) -> tuple[Column, ...]:
    """The columns with what pretrained networks make of them; raises BadSignature where there is none for any of
    them, and NotInstalled."""
    found = [(column, column.kind.pretrained()) for column in inputs]
    if all(kind is None for _, kind in found):
        names = ", ".join(map(str, inputs))
        raise BadSignature(
            f"{function}() has no input that a pretrained network can read: {names}", "Leave `pretrained` out."
        )
    return tuple(column if kind is None else replace(column, kind=kind) for column, kind in found)


def free(name: str, plurals: Iterable[str], names: Iterable[str]) -> str:
    """The name of a column's own feed: the column's, or a longer one where a plural has it."""
    if name not in plurals:
        return name
    while name in plurals or name in names:
        name += "_"
    return name


@dataclass(frozen=True)
class Signature:
    """What a function wants: name, documentation, the columns that go in and come out."""

    name: str
    doc: str
    inputs: tuple[Column, ...]
    outputs: tuple[Column, ...]
    parameters: inspect.Signature = dataclasses.field(repr=False, compare=False)
    shapes: tuple[Shape, ...] = dataclasses.field(repr=False, compare=False)
    returned: Shape = dataclasses.field(repr=False, compare=False)

    def __str__(self) -> str:
        inside = ", ".join(map(str, self.inputs))
        outside = self.outputs[0].annotation if self.single else f"({', '.join(map(str, self.outputs))})"
        return f"{self.name}({inside}) -> {outside}"

    @property
    def call(self) -> str:
        """The parameters as Python has them, records and defaults too: what a call has to fit."""
        text = f"{self.name}{self.parameters}"
        annotations = [self.parameters.return_annotation]
        annotations += [parameter.annotation for parameter in self.parameters.parameters.values()]
        for each in (each for each in annotations if isinstance(each, str)):  # as `from __future__` leaves them
            text = text.replace(f": {each!r}", f": {each}").replace(f"-> {each!r}", f"-> {each}")
        return text

    @property
    def single(self) -> bool:
        """Whether the answer is one value and not a record."""
        return self.returned is None

    def aimed(self, metric: str | None) -> Self:
        """This signature, in whose head-to-head another metric decides; raises BadSignature where it can for none
        of the answers."""
        if metric is None:
            return self
        taken = [column for column in self.outputs if metric in column.kind.goals]
        if not taken:
            goals = dict.fromkeys(goal for column in self.outputs for goal in column.kind.goals)
            about = ", ".join(map(str, self.outputs))
            raise BadSignature(f"the metric {metric!r} cannot decide about {about}", nearest(metric, goals))
        outputs = tuple(replace(c, kind=replace(c.kind, metric=metric)) if c in taken else c for c in self.outputs)
        return replace(self, outputs=outputs)

    def raw(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Sequence[Any]:
        """The raw values of the columns in a call's arguments; raises TypeError as a call would."""
        if kwargs or len(args) != len(self.shapes) or not self.loose:
            args = self.positional(args, kwargs)
        return args if self.flat else self.taken(args)

    def positional(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Sequence[Any]:
        """All arguments in the parameters' order, defaults included; raises TypeError as a call would."""
        if not args and len(kwargs) == len(self.shapes) and self.loose:
            try:
                return [kwargs[name] for name in self.names]
            except KeyError:
                pass  # a name that is not there: `bind` says which
        try:
            bound = self.parameters.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{self.name}(): {error}") from None
        bound.apply_defaults()
        return list(bound.arguments.values())

    def row(self, inside: Any) -> Sequence[Any]:
        """The raw values of the columns in one row of many: a value, values in order, or a mapping by name.

        Raises TypeError where they do not fit the parameters.
        """
        single = len(self.shapes) == 1
        if isinstance(inside, Mapping) and (self.shapes[0] is None or not single):
            return self.raw((), inside)
        if single:
            return self.taken((inside,))
        if not isinstance(inside, (tuple, list, np.ndarray)):
            raise TypeError(f"{self.name}() takes {len(self.shapes)} inputs, given one {type(inside).__name__}")
        if len(inside) != len(self.shapes):  # defaults may stand for the rest
            return self.raw(tuple(inside), {})
        return self.taken(list(inside))

    def taken(self, args: Sequence[Any]) -> list[Any]:
        """Arguments in the order of the parameters, taken apart into columns; raises BadValue that names one."""
        values = []
        for name, shape, arg in zip(self.parameters.parameters, self.shapes, args, strict=True):
            try:
                values += take(shape, arg)
            except BadValue as error:
                raise BadValue(f"{self.name}(): argument {name!r} {error.message}", error.hint) from error
        return values

    @cached_property
    def loose(self) -> bool:
        """Whether every parameter may be passed by position and by name."""
        return all(p.kind is p.POSITIONAL_OR_KEYWORD for p in self.parameters.parameters.values())

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the parameters."""
        return tuple(self.parameters.parameters)

    @cached_property
    def flat(self) -> bool:
        """Whether no parameter is a record."""
        return not any(self.shapes)

    @cached_property
    def windowed(self) -> bool:
        """Whether a column looks at other steps of time than now."""
        return any(column.window for column in (*self.inputs, *self.outputs))

    @cached_property
    def ready(self) -> tuple[type | None, ...]:
        """The types whose values need no reading, one a column."""
        return tuple(column.kind.ready for column in self.inputs)

    def read(self, raw: Sequence[Any]) -> Sequence[Any]:
        """The values of raw values; raises BadValue that names the function and the argument."""
        if tuple(map(type, raw)) == self.ready and not any(map(ne, raw, raw)):  # NaN is not equal to itself
            return raw
        values = []
        for column, item in zip(self.inputs, raw, strict=True):
            try:
                values.append(column.kind.read(item))
            except BadValue as error:
                told = f"{self.name}(): argument {column.name!r} {error.message}"
                raise BadValue(told, error.hint) from error
        return values

    def arguments(self, values: Sequence[Any]) -> tuple[list[Any], dict[str, Any]]:
        """(positional, keyword) arguments of a call from the values of the columns."""
        left = iter(values)
        positional, named = [], {}
        for parameter, shape in zip(self.parameters.parameters.values(), self.shapes, strict=True):
            if parameter.kind is parameter.KEYWORD_ONLY:
                named[parameter.name] = make(shape, left)
            else:
                positional.append(make(shape, left))
        return positional, named

    def answer(self, values: Sequence[Any]) -> Any:
        """The answer that the outputs' values make."""
        return make(self.returned, iter(values))

    def parts(self, answer: Any) -> list[Any]:
        """An answer taken apart into the raw values of the outputs."""
        return take(self.returned, answer)


def signature_of(function: Callable[..., Any], names: Mapping[str, Any] | None = None) -> Signature:
    """The signature of a typed function; raises BadSignature in words.

    `names` resolves annotations that name something local.
    """
    title = f"{function.__name__}()"
    parameters = inspect.signature(function)
    try:
        hints = typing.get_type_hints(function, localns=dict(names or {}), include_extras=True)
    except (NameError, AttributeError, TypeError, SyntaxError) as error:
        raise BadSignature(
            f"{title}: an annotation cannot be understood: {error}", "Import or define it above the function."
        ) from error
    inputs: list[Column] = []
    shapes = []
    for name, parameter in parameters.parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            stars = "*" if parameter.kind is parameter.VAR_POSITIONAL else "**"
            raise BadSignature(f"{title}: {stars}{name} has no fixed number of values", "Name each parameter.")
        if name not in hints:
            raise BadSignature(f"{title}: parameter {name!r} has no type", f"Write `{name}: float`, for example.")
        shapes.append(shape_of(hints[name], name, Input, inputs, title))
    if not inputs:
        raise BadSignature(
            f"{title} has no parameter: there is nothing to learn from", f"Write `def {function.__name__}(x: float)`."
        )
    if hints.get("return") is None or hints["return"] is type(None):
        raise BadSignature(f"{title} does not say what it returns", "Write `-> bool`, for example.")
    outputs: list[Column] = []
    returned = shape_of(hints["return"], "", Output, outputs, title)
    distinct(inputs, outputs, title)
    doc = inspect.getdoc(function) or ""
    return Signature(function.__name__, doc, tuple(inputs), tuple(outputs), parameters, tuple(shapes), returned)


def distinct(inputs: Sequence[Column], outputs: Sequence[Column], title: str) -> None:
    """Raises BadSignature where what comes out has a name of what goes in: a table could not tell them apart."""
    if not outputs:
        raise BadSignature(f"{title}: the answer has no field", "Give it one: `label: bool`, for example.")
    taken = {column.name.partition(".")[0] for column in inputs} | {column.kind.plural for column in inputs}
    for column in outputs:
        name = column.name.partition(".")[0]
        if name in taken:
            what = "field" if column.name != ANSWER else "parameter"
            raise BadSignature(
                f"{title}: {what} {name!r} has a name that wisen needs for another column",
                f"Rename it: `{name}_value`, for example.",
            )


def shape_of(annotation: Any, name: str, role: type[Kind], columns: list[Column], title: str) -> Shape:
    """The shape of an annotation; adds its columns."""
    fields = record_fields(annotation)
    if fields is None:
        try:
            kind = kind_of(annotation, role)
            window = window_of(annotation, kind)
            if window and window.last <= 0 and role is Output:
                raise BadSignature(f"{window} is known already, and cannot be an answer", "Write Next(7).")
            columns.append(Column(name or ANSWER, kind, window))
        except BadSignature as error:
            where = f"parameter {name!r}" if role is Input else (f"field {name!r}" if name else "the answer")
            raise BadSignature(f"{title}: {where}: {error.message}", error.hint) from error
        return None
    prefix = f"{name}." if name else ""
    shapes = [(field, shape_of(hint, prefix + field, role, columns, title)) for field, hint in fields.items()]
    return Record(annotation, tuple(shapes))
