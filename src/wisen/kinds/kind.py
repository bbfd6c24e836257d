"""The contract of a kind: everything that wisen has to know about one sort of value.

A kind is a frozen value. What it learns from data before training comes with `fit`, as a new
frozen kind. It is either unfitted (made from an annotation) or fitted (goes into the program).
`read`, `arrays` and `answer` run in the shipped program: standard library, numpy and the value's
own decoder only. `encoder`, `graph`, `head` and `loss` import torch or spox when called.

What goes in answers more (input.py), and so does what comes out (output.py).
"""

from __future__ import annotations

import dataclasses
import html
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from wisen.errors import BadValue
from wisen.kinds.packed import Cells, Coded, Packed, different

if TYPE_CHECKING:
    pass

MISSING_WORDS = frozenset({"", "na", "n/a", "nan", "none", "null", "nat", "?"})


@dataclass(frozen=True)
class Tensor:
    """One input of the program: its name, numpy dtype and dimensions (a word where it is free)."""

    name: str
    dtype: str
    dims: tuple[str | int, ...]


@dataclass(frozen=True)
class Metric:
    """A figure about many answers; `better` says whether higher or lower is better.

    A `share` is the mean of merits that are 1 where an answer is right and 0 where it is wrong. What
    stands `aside` is about the program alone and told in a line of its own.
    """

    name: str
    value: float
    better: str = "higher"
    share: bool = False
    aside: bool = False


@dataclass(frozen=True)
class Brought:
    """What a file or a folder in a format of a kind's own brings: cells by column, what a person would call each row,
    the columns that go in and the one that comes out, and (row, why) of what cannot be used."""

    columns: Mapping[str, Sequence[Any]]
    names: Sequence[str]
    inputs: tuple[str, ...]
    output: str
    title: str
    bad: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kind(ABC):
    """What a value is. Subclasses are final and frozen; a table in __init__.py lists them."""

    word: ClassVar[str]
    suffixes: ClassVar[tuple[str, ...]] = ()
    """File names that end so hold one value of this kind."""
    gathers: ClassVar[bool] = False
    """Whether a value is made of the cells of several steps of time."""
    in_time: ClassVar[bool] = False
    """Whether its values are points in time, by which rows can be ordered."""

    several: ClassVar[str] = ""
    """How values of several steps of time are written together; empty where they are not."""
    nested: ClassVar[bool] = False
    """Whether a value may stand in a cell as a list, from which `guess` can tell the kind."""

    optional: bool = False
    """Whether a value may be missing (`T | None`)."""

    @property
    def ready(self) -> type | None:
        """The type whose values need no reading: so a call with plain values costs nothing more."""
        return None

    # ---- a person's side -------------------------------------------------------------------

    @classmethod
    @abstractmethod
    def of(cls, annotation: Any, extras: tuple[Any, ...]) -> Self | None:
        """The kind of an annotation and of what stands beside it in `Annotated`; None: not mine."""

    @classmethod
    @abstractmethod
    def annotations(cls) -> str:
        """What a person may write for it, for error messages."""

    @classmethod
    def guess(cls, raws: Sequence[Any]) -> tuple[Self, float, str] | None:
        """(the kind these raw cells are probably of, how surely from 0 to 1, a doubt in words)."""
        return None

    @classmethod
    def brings(cls, path: Path, encoding: str) -> Brought | None:
        """The examples in a file or folder in a format of this kind's own; None where it is in none. Raises
        BadExamples where it cannot be used."""
        return None

    @property
    def annotation(self) -> str:
        """The kind as a person would write it in a signature."""
        return self.annotations().split(",")[0]

    @abstractmethod
    def parse(self, raw: Any) -> Any:
        """The value that a raw cell, file or argument means; raises BadValue."""

    def read(self, raw: Any) -> Any:
        """The value that a raw cell, file or argument means; None where it is missing.

        Raises BadValue where it means nothing of this kind, or is missing and must not be.
        """
        if isinstance(raw, str):
            return self.lacking() if raw.strip().casefold() in MISSING_WORDS and self.blanks(raw) else self.parse(raw)
        return self.lacking() if nothing(raw) else self.parse(raw)

    def lacking(self) -> Any:
        """The value of a missing cell; raises BadValue where it must not be missing."""
        if self.optional:
            return None
        raise BadValue("is missing", f"Write `{self.annotation} | None` if it may be missing.")

    def pack(self, cells: Cells, rest: Callable[[np.ndarray], Sequence[Any]]) -> Packed | None:
        """The values of a whole column of cells at once; None where they are to be read one by one.

        `rest` reads the cells at some places one by one, for those that the kind does not take at
        once: so the values are those of `read`, and what is bad is known by its row.
        """
        return None

    def at(self, folder: Path, raw: Any) -> Any:
        """A raw cell of a table in a folder; a path in it is relative to that folder."""
        return raw

    def step(self, raw: Any) -> float:
        """The number that a cell means, where a value is made of several; NaN where it is missing. Raises BadValue."""
        raise TypeError(f"a {self.word} is not made of several cells")

    def when(self, value: Any) -> int:
        """The second of a value that is a point in time."""
        raise TypeError(f"a {self.word} is no point in time")

    def blanks(self, raw: str) -> bool:
        """Whether a cell with one of MISSING_WORDS is a missing value of this kind."""
        return True

    @abstractmethod
    def write(self, value: Any) -> Any:
        """The value as JSON or CSV can hold it; `read` gives it back."""

    def show(self, value: Any) -> str:
        """The value as HTML, escaped."""
        return html.escape("" if value is None else str(self.write(value)))

    def glimpse(self, value: Any) -> str:
        """The value as HTML on a page that shows many of them: where it is large, as much of it as can be made out."""
        return self.show(value)

    def brief(self, value: Any) -> str:
        """The value as a few words on one line, for tables."""
        return "-" if value is None else shortened(str(self.write(value)))

    # ---- everybody's side ------------------------------------------------------------------

    @abstractmethod
    def blank(self) -> Any:
        """The value that says nothing: for missing cells, padding and baselines."""

    @abstractmethod
    def samples(self) -> list[Any]:
        """Some values, for tests, documents and empty forms."""

    def fit(self, values: Sequence[Any]) -> Self:
        """This kind with what it has to know from data; `values` are read, None is missing."""
        return self

    def outline(self, value: Any) -> Any:
        """The little that `fit` has to know of every value, for kinds whose values come in files: so that
        none is read a second time for it."""
        return None

    def content(self, value: Any) -> bytes:
        """Bytes that are equal exactly where values are: what the split and the hash look at."""
        return repr(self.write(value)).encode()

    def room(self, value: Any) -> int:
        """About the bytes of memory that a value takes, for kinds whose values come in files."""
        return len(self.content(value))

    def contents(self, values: Sequence[Any]) -> list[bytes] | np.ndarray:
        """The content of many values; where all have one length also as uint8 [values, length]."""
        return values.each(self.content) if isinstance(values, Coded) else [self.content(value) for value in values]

    def tidy(self, values: Sequence[Any]) -> tuple[Sequence[Any], list[str]]:
        """The values with accidental differences of spelling removed, and notes about it.

        Answers are tidied so; inputs keep their spellings, which `content` and `graph` take as one.
        Kinds whose values come in files leave them as they are: those may be read again.
        """
        return values, []

    def doubts(self, values: Sequence[Any]) -> list[str]:
        """What is odd about a column of values, in words that follow its name."""
        if len(values) < 2:
            return []
        first = self.content(values[0])
        if any(self.content(value) != first for value in different(values)):
            return []
        if values[0] is None:
            return ["is empty in every example"]
        return [f"is {self.write(values[0])!r:.60} in every example: nothing can be learned from it"]

    def fault(self) -> str:
        """What cannot be true of this fitted kind, which was read from a file; empty where nothing."""
        return ""

    def key(self) -> str:
        """Equal for two kinds, fitted or not, exactly where values of one are values of the other."""
        return f"{self.annotation}{' | None' if self.optional else ''}"

    def adopt(self, own: Self) -> Self:
        """This fitted kind, read from a file, with what only the code knows of the same kind."""
        return self

    def to_json(self) -> dict[str, Any]:
        """The fitted kind for the program's manifest; `from_json` of the table gives it back."""
        fields = {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.repr}
        return {"kind": self.word, **fields}


def shortened(text: str, most: int = 24) -> str:
    """A text on one line, cut where it is long."""
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"


def nothing(raw: Any) -> bool:
    """Whether a cell that is no text says that there is no value: None, NaN, NaT and pandas' NA."""
    if raw is None:
        return True
    if isinstance(raw, (float, np.floating, np.datetime64)):
        return bool(raw != raw)  # only NaN and NaT differ from themselves
    if isinstance(raw, Decimal):
        return raw.is_nan()
    return type(raw).__name__ in ("NAType", "NaTType")


def missing(cell: Any) -> bool:
    """Whether a cell of a table says that there is no value, in a word or by being nothing."""
    return cell.strip().casefold() in MISSING_WORDS if isinstance(cell, str) else nothing(cell)


def plain_scale(mean: Sequence[Any], scale: Sequence[Any], count: int) -> str:
    """The `fault` of a mean and scale that were read from a file: so many finite numbers, none divides by 0."""
    for name, values in (("mean", mean), ("scale", scale)):
        plain = all(type(value) in (int, float) and math.isfinite(value) for value in values)
        if len(values) != count or not plain:
            return f"has the {name} {values!r:.60}"
    return "" if all(value > 0 for value in scale) else f"has the scale {scale!r:.60}"
