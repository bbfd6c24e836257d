"""The kinds of values. One kind is one file and one row here; nothing else knows their names."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Annotated, Any

from wisen.errors import BadProgram, BadSignature
from wisen.kinds.audio import Audio
from wisen.kinds.boxes import Boxes
from wisen.kinds.category import Category
from wisen.kinds.image import Image
from wisen.kinds.input import Input
from wisen.kinds.kind import Kind, Metric, Tensor
from wisen.kinds.moment import Moment
from wisen.kinds.number import Number
from wisen.kinds.output import Output
from wisen.kinds.series import Series
from wisen.kinds.steps import Window
from wisen.kinds.text import Text

__all__ = [
    "KINDS",
    "Input",
    "Kind",
    "Metric",
    "Output",
    "Tensor",
    "Window",
    "claimed",
    "from_json",
    "in_time",
    "kind_of",
    "window_of",
]

# An annotation belongs to the first row that takes it.
KINDS: dict[str, type[Kind]] = {
    "number": Number,
    "category": Category,
    "text": Text,
    "moment": Moment,
    "image": Image,
    "audio": Audio,
    "series": Series,
    "boxes": Boxes,
}


def kind_of(annotation: Any, role: type[Kind] = Kind) -> Kind:
    """The kind of an annotation; raises BadSignature with the list of those that wisen can take.

    `role` is Input or Output where only such a kind will do.
    """
    bare, extras, optional = stripped(annotation)
    for kind in KINDS.values():
        found = kind.of(bare, extras)
        if found is None:
            continue
        if not isinstance(found, role):
            raise BadSignature(f"{spelled(annotation)}: {kind.word} cannot be {role_words(role)}", choices(role))
        if optional and role is Output:
            raise BadSignature(f"{spelled(annotation)}: an answer cannot be missing", f"Write {spelled(bare)}.")
        return replace(found, optional=optional)
    raise BadSignature(f"{spelled(annotation)} is no type that wisen can take", choices(role))


def window_of(annotation: Any, kind: Kind) -> Window | None:
    """The steps around now that a column looks at, from `Past` or `Next` beside its type; None where there is none.

    Raises BadSignature where such steps make no value of the kind.
    """
    return Window.of(stripped(annotation)[1], kind.gathers)


def in_time() -> list[Kind]:
    """The kinds whose values are points in time."""
    return [kind() for kind in KINDS.values() if kind.in_time]


def claimed(annotation: Any) -> bool:
    """Whether a plain type is that of a kind's values: then it is no record, even if it is a dataclass."""
    return any(kind.of(annotation, ()) is not None for kind in KINDS.values())


def stripped(annotation: Any) -> tuple[Any, tuple[Any, ...], bool]:
    """(the type without `Annotated` and `| None`, what stood beside it, whether it may be missing)."""
    extras: tuple[Any, ...] = ()
    optional = False
    while True:
        if typing.get_origin(annotation) is Annotated:
            annotation, *more = typing.get_args(annotation)
            extras += tuple(more)
        elif typing.get_origin(annotation) in (typing.Union, types.UnionType):
            members = typing.get_args(annotation)
            rest = [member for member in members if member is not type(None)]
            if len(rest) == len(members) or len(rest) != 1:
                return annotation, extras, optional
            annotation, optional = rest[0], True
        else:
            return annotation, extras, optional


def choices(role: type[Kind]) -> str:
    """The sentence that lists what can be written."""
    able = [kind for kind in KINDS.values() if issubclass(kind, role)]
    can = [
        kind.answers_written() if role is Output and issubclass(kind, Output) else kind.annotations() for kind in able
    ]
    return f"As {role_words(role)}, wisen takes: {', '.join(can)}."


def role_words(role: type[Kind]) -> str:
    """What a role is called."""
    return {Input: "an input", Output: "an output"}.get(role, "a value")


def spelled(annotation: Any) -> str:
    """An annotation as a person wrote it."""
    return annotation.__name__ if isinstance(annotation, type) else str(annotation).replace("typing.", "")


def from_json(data: Any) -> Kind:
    """The kind that `Kind.to_json` wrote; raises BadProgram where it is none.

    What is not told has its default: so that a program stays readable when its kind gets a new field.
    """
    word = data.get("kind") if isinstance(data, Mapping) else None
    kind = KINDS.get(word) if isinstance(word, str) else None
    if kind is None:
        raise BadProgram(f"its manifest names a kind that this wisen does not know: {data!r:.80}")
    given = {name: frozen(value) for name, value in data.items() if name != "kind"}
    wanted = {field.name for field in fields(kind) if field.repr}
    if not set(given) <= wanted:
        raise BadProgram(f"its manifest tells of {sorted(set(given) - wanted)}, which no {kind.word} has")
    blank = kind()
    for name, value in given.items():
        found = getattr(blank, name)
        right = isinstance(value, (int, float) if isinstance(found, float) else type(found))
        if not right or isinstance(value, bool) != isinstance(found, bool):
            raise BadProgram(f"its manifest says that {name} of a {kind.word} is {value!r:.80}")
    made = kind(**given)
    if fault := made.fault():
        raise BadProgram(f"its manifest says that a {kind.word} {fault}")
    return made


def frozen(value: Any) -> Any:
    """Lists as tuples, all the way down."""
    return tuple(frozen(item) for item in value) if isinstance(value, list) else value
