"""Steps in time around a row that is "now": which of them a value looks at, and many such stretches in little room."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from wisen.errors import BadProgram, BadSignature
from wisen.kinds.kind import plain_scale
from wisen.kinds.packed import Packed

MOST_STEPS = 10_000
"""Steps of one window: more are no window but a file."""


@dataclass(frozen=True)
class Past:
    """The last steps up to and including now: `Annotated[list[float], Past(30)]`; of a column that is named
    otherwise than the parameter `Past(30, "temp")`."""

    steps: int
    column: str = ""

    def __post_init__(self) -> None:
        whole(self.steps, self.column, "Past")


@dataclass(frozen=True)
class Next:
    """The next steps after now: `-> Annotated[list[float], Next(7, "temp")]` is a forecast of seven; beside any other
    type it is the value so many steps ahead: `Annotated[float, Next(1, "close")]`."""

    steps: int
    column: str = ""

    def __post_init__(self) -> None:
        whole(self.steps, self.column, "Next")


def whole(steps: Any, column: Any, word: str) -> None:
    """Raises BadSignature where the arguments of `Past` or `Next` are none."""
    if type(steps) is not int or not 1 <= steps <= MOST_STEPS:
        raise BadSignature(
            f"{word}({steps!r}) is no number of steps", f"Write a whole number from 1 to {MOST_STEPS:,}: {word}(30)."
        )
    if not isinstance(column, str):
        raise BadSignature(f"{word}({steps}, {column!r}) names no column", f'Write its name: {word}({steps}, "temp").')


@dataclass(frozen=True)
class Window:
    """The steps that a column looks at, the first and the last counted from now on, and the column of the table
    that they are of; empty: the one that is named as the parameter, the field or the function."""

    first: int
    last: int
    column: str = ""

    @classmethod
    def of(cls, extras: tuple[Any, ...], many: bool) -> Self | None:
        """The window that stands beside a type in `Annotated`; None where none does.

        `many` says whether a value is made of several steps, or of one. Raises BadSignature.
        """
        found = [extra for extra in extras if isinstance(extra, Past | Next) or extra is Past or extra is Next]
        if not found:
            return None
        if len(found) > 1:
            raise BadSignature(f"{found[0]} and {found[1]} stand beside one type", "Leave one of them out.")
        word = found[0]
        if isinstance(word, type):
            raise BadSignature(f"{word.__name__} does not say how many steps", f"Write {word.__name__}(30).")
        if isinstance(word, Next):
            return cls(1 if many else word.steps, word.steps, word.column)
        if not many:
            raise BadSignature(
                f"Past({word.steps}) stands beside a single value", f"Write Annotated[list[float], Past({word.steps})]."
            )
        return cls(1 - word.steps, 0, word.column)

    @classmethod
    def from_json(cls, told: Any) -> Self:
        """The window that a manifest tells of; raises BadProgram where it tells of none."""
        if not isinstance(told, list) or list(map(type, told)) != [int, int, str] or not told[0] <= told[1]:
            raise BadProgram(f"its manifest says that a window is {told!r:.80}")
        return cls(*told)

    def beside(self, written: str, many: bool) -> str:
        """An annotation with the window: a kind of `many` steps writes it itself, but for the column."""
        if not many:
            return f"Annotated[{written}, {self}]"
        return written.replace(str(replace(self, column="")), str(self))

    def __str__(self) -> str:
        word = "Past" if self.last <= 0 else "Next"
        steps = 1 - self.first if self.last <= 0 else self.last
        return f"{word}({steps}, {self.column!r})" if self.column else f"{word}({steps})"


class Windows(Packed):
    """Stretches of numbers of one length, each told by its place in one long row of float64; missing ones are NaN."""

    def __init__(self, line: np.ndarray, array: np.ndarray, steps: int) -> None:
        self.line, self.array, self.steps = line, array, steps

    def matrix(self, array: np.ndarray | None = None) -> np.ndarray:
        """The numbers, float64 [values, steps]."""
        places = self.array if array is None else array
        found: np.ndarray = self.line[places[:, None] + np.arange(self.steps)]
        return found

    def values(self, array: np.ndarray) -> list[Any]:
        """The stretches at some places, each a list."""
        found: list[Any] = self.matrix(array).tolist()
        return found

    def take(self, places: Sequence[int] | np.ndarray | slice) -> Self:
        """The stretches at some places."""
        return type(self)(self.line, self.array[places], self.steps)


def matrix(values: Sequence[Any], steps: int) -> np.ndarray:
    """Stretches as float64 [values, steps]; a missing one is all NaN."""
    kept = getattr(values, "kept", values)
    if isinstance(kept, Windows):
        return kept.matrix()
    blank = [math.nan] * steps
    return np.array([blank if value is None else value for value in values], np.float64).reshape(-1, steps)


def apart_in(every: np.ndarray, otherwise: float) -> float:
    """The standard deviation of steps from the mean of their window."""
    whole = every[np.isfinite(every).all(axis=1)]
    found = float((whole - whole.mean(axis=1, keepdims=True)).std()) if whole.size else 0.0
    return found if found > 1e-9 * otherwise else otherwise


def logs_fault(logs: Sequence[Any]) -> str:
    """What cannot be true of a unit, mean and scale that were read from a file."""
    unit, mean, scale = logs
    return plain_scale((mean, mean), (unit, scale), 2)


def listed(text: str) -> Any:
    """The numbers that a text lists: JSON, or with spaces, commas or semicolons between them."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text.replace(",", " ").replace(";", " ").split()
