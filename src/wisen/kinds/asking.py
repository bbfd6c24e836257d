"""Simple questions about the values of a column: what explanations of rows ask, and how Python asks it.

A column is known by the values that examples have in it: only those are ever put in place of another.
"""

from __future__ import annotations

import datetime as dt
import math
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from wisen.kinds.labels import folded, label

if TYPE_CHECKING:
    from wisen.kinds.category import Category
    from wisen.kinds.moment import Moment
    from wisen.kinds.number import Number
    from wisen.kinds.series import Series

MOST_LABELS = 64
"""Labels of a column that are asked for by name, the commonest first."""


class Asking(ABC):
    """What can be asked about the values of a column, from those that examples have in it.

    `sides` are numbers by which values fall on one side or the other of a limit.
    """

    def __init__(self, values: Sequence[Any], optional: bool) -> None:
        self.values, self.optional = values, optional

    @abstractmethod
    def sides(self, values: Sequence[Any]) -> np.ndarray:
        """Numbers by which values can be told apart, [values, numbers]; NaN where one is missing."""

    @abstractmethod
    def question(self, name: str, place: int, low: float, high: float, missing: bool, under: bool) -> str:
        """The Python condition that is true of values whose number at a place is at most `low` (`under`), or else of
        those from `high` on; `missing` says whether a missing value lies on the side of `low`."""

    def ranks(self, values: Sequence[Any]) -> np.ndarray | None:
        """Numbers in whose order values stand, NaN where one is missing; None where they have no order."""
        return None

    def grid(self, most: int) -> list[Any]:
        """So many values of the examples, or fewer, that stand for all of them; empty where none can."""
        return []

    def distances(self, value: Any, others: Sequence[Any]) -> np.ndarray:
        """How far other values lie from one, from 0 to 1: 1 where they are another one (Gower, 1971)."""
        return np.array([float(not same(value, other)) for other in others])


def same(one: Any, other: Any) -> bool:
    """Whether two values of labels are one."""
    return label(one) == label(other)


def middle(ordered: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """The share of ordered numbers that lie below each of some numbers; those equal to it count half."""
    left, right = np.searchsorted(ordered, numbers, "left"), np.searchsorted(ordered, numbers, "right")
    return (left + right) / 2 / max(len(ordered), 1)


class Ordered(Asking):
    """Values that stand in an order."""

    @abstractmethod
    def ranks(self, values: Sequence[Any]) -> np.ndarray:
        """Numbers in whose order values stand, NaN where one is missing."""

    @cached_property
    def ordered(self) -> np.ndarray:
        """The numbers of all values that examples have, in order."""
        found: np.ndarray = np.sort(self.ranks(self.values))
        return np.asarray(found[~np.isnan(found)])

    def distances(self, value: Any, others: Sequence[Any]) -> np.ndarray:
        """How far other values lie from one, from 0 to 1: the share of the examples that are passed on the way
        (percentile shift; Ustun et al., 2019, Actionable Recourse), or the share of their range if that is more."""
        own, theirs = self.ranks([value]), self.ranks(others)
        span = float(np.ptp(self.ordered)) if len(self.ordered) else 0.0
        between = np.abs(middle(self.ordered, theirs) - middle(self.ordered, own))
        found = np.maximum(between, np.minimum(np.abs(theirs - own) / (span or 1.0), 1.0))
        gone = np.isnan(theirs) | np.isnan(own)
        return np.asarray(np.where(gone, np.isnan(theirs) != np.isnan(own), found), np.float64)

    def grid(self, most: int) -> list[Any]:
        """Values of the examples at even steps of their order; what is missing in some is one more."""
        ranks = self.ranks(self.values)
        order = np.argsort(ranks, kind="stable")[: int((~np.isnan(ranks)).sum())]
        different = order[np.flatnonzero(np.diff(ranks[order], prepend=math.nan) != 0)]
        if len(different) > most:
            steps = np.linspace(0, len(order) - 1, most).round().astype(int)
            different = order[steps]
            different = different[np.flatnonzero(np.diff(ranks[different], prepend=math.nan) != 0)]
        found = [self.values[int(place)] for place in different]
        return [*found, None] if self.optional and np.isnan(ranks).any() else found

    def around(self, known: str, name: str, high: float, missing: bool, under: bool) -> str:
        """A condition about a value that is there, made one about a value that may be missing."""
        if not self.optional:
            return known
        if math.isinf(high):  # all that is known is below
            return f"{name} is not None" if under else f"{name} is None"
        return f"{name} is None or {known}" if missing == under else f"{name} is not None and {known}"


class Amounts(Ordered):
    """Numbers: is it at most so many?"""

    def sides(self, values: Sequence[Any]) -> np.ndarray:
        """The numbers themselves."""
        return floats(values)[:, None]

    def ranks(self, values: Sequence[Any]) -> np.ndarray:
        """The numbers themselves."""
        return floats(values)

    def question(self, name: str, place: int, low: float, high: float, missing: bool, under: bool) -> str:
        """The number set against the plainest one between the two."""
        known = f"{name} {'<=' if under else '>'} {plainest(low, high)}"
        return self.around(known, name, high, missing, under)


class Grades(Ordered):
    """Labels that stand in an order, as numbers or as members of an Enum of such."""

    def __init__(self, values: Sequence[Any], optional: bool, of: str) -> None:
        super().__init__(values, optional)
        self.of = of
        """What stands behind the name where its number is meant."""

    def sides(self, values: Sequence[Any]) -> np.ndarray:
        """The numbers of the labels."""
        return self.ranks(values)[:, None]

    def ranks(self, values: Sequence[Any]) -> np.ndarray:
        """The numbers of the labels."""
        return floats([getattr(value, "value", value) for value in values])

    def question(self, name: str, place: int, low: float, high: float, missing: bool, under: bool) -> str:
        """The label's number set against another."""
        known = f"{name}{self.of} {'<=' if under else '>'} {plainest(low, high)}"
        return self.around(known, name, high, missing, under)


class Yes(Asking):
    """Yes or no: is it so?"""

    def sides(self, values: Sequence[Any]) -> np.ndarray:
        """1 for yes."""
        return floats(values)[:, None]

    def question(self, name: str, place: int, low: float, high: float, missing: bool, under: bool) -> str:
        """The value itself, or that it is not so; of one that may be missing `is False` tells no from nothing."""
        if math.isinf(high):
            return f"{name} is not None" if under else f"{name} is None"
        if not self.optional or missing:
            return f"not {name}" if under else name
        return f"{name} is False" if under else f"{name} is not False"

    def grid(self, most: int) -> list[Any]:
        """Both, and what is missing where it is in some example."""
        return commonest(self.values, most)


class Labels(Asking):
    """Labels without an order: is it this one? What is missing is a label, too."""

    def __init__(self, values: Sequence[Any], optional: bool, of: str, folds: bool) -> None:
        super().__init__(values, optional)
        self.of, self.folds = of, folds
        kept = commonest(values, MOST_LABELS)
        self.places: dict[str, int] = {}
        for value in kept:
            self.places.setdefault(self.key(value), len(self.places))

    def key(self, value: Any) -> str:
        """The text under which a label is known here."""
        return folded(label(value)) if self.folds else label(value)

    def sides(self, values: Sequence[Any]) -> np.ndarray:
        """A column for each label: 1 where it is that one."""
        found = np.zeros((len(values), len(self.places)))
        places = [self.places.get(self.key(value), -1) for value in values]
        known = np.flatnonzero(np.array(places) >= 0)
        found[known, np.array(places)[known]] = 1.0
        return found

    def question(self, name: str, place: int, low: float, high: float, missing: bool, under: bool) -> str:
        """The value set against a label, or where it is spelled in several ways against all of these."""
        key = list(self.places)[place]
        if not key:
            return f"{name} is not None" if under else f"{name} is None"
        spelled = dict.fromkeys(text(value) for value in commonest(self.values, 10**6) if self.key(value) == key)
        if len(spelled) > 1:
            return f"{name} {'not in' if under else 'in'} ({', '.join(spelled)})"
        value = next(iter(spelled))
        if not self.of:
            return f"{name} {'!=' if under else '=='} {value}"
        known = f"{name}{self.of} {'!=' if under else '=='} {value}"
        if not self.optional:
            return known
        return f"{name} is None or {known}" if under else f"{name} is not None and {known}"

    def grid(self, most: int) -> list[Any]:
        """The commonest labels."""
        return commonest(self.values, most)


DAY, MONTH, WEEKDAY, HOUR = range(4)


class Days(Ordered):
    """Points in time: on which side of a day, of a month, of a day of the week, of an hour do they lie?"""

    def __init__(self, values: Sequence[Any], optional: bool, date: bool) -> None:
        super().__init__(values, optional)
        self.date = date

    def sides(self, values: Sequence[Any]) -> np.ndarray:
        """The day's number, the month, the day of the week, and the hour unless all are dates."""
        rows = [
            [math.nan] * 4
            if value is None
            else [value.toordinal(), value.month, value.weekday(), getattr(value, "hour", 0)]
            for value in values
        ]
        found = np.array(rows, dtype=np.float64).reshape(len(rows), 4)
        return found[:, :HOUR] if self.date else found

    def ranks(self, values: Sequence[Any]) -> np.ndarray:
        """The days since the beginning, and the share of the last one."""
        found = self.sides(values)
        clock = [0.0 if value is None else share_of_day(value) for value in values]
        return np.array(found[:, DAY] + clock)

    def question(self, name: str, place: int, low: float, high: float, missing: bool, under: bool) -> str:
        """A part of the point in time set against another."""
        sign = "<=" if under else ">"
        if place == DAY:
            day = dt.date.fromordinal(int(low))
            left = f"({name}.year, {name}.month, {name}.day)"
            known = f"{left} {sign} ({day.year}, {day.month}, {day.day})"
        else:
            part = {MONTH: "month", WEEKDAY: "weekday()", HOUR: "hour"}[place]
            known = f"{name}.{part} {sign} {int(low)}"
        return self.around(known, name, high, missing, under)


def share_of_day(value: dt.date) -> float:
    """How much of its day has gone by."""
    if not isinstance(value, dt.datetime):
        return 0.0
    return (value.hour * 3600 + value.minute * 60 + value.second) / 86_400


class Timed(Asking):
    """Numbers at steps of time: is the one so many steps ago at most so many?"""

    def __init__(self, values: Sequence[Any], optional: bool, length: int, ahead: bool) -> None:
        super().__init__(values, optional)
        self.length, self.ahead = length, ahead

    def sides(self, values: Sequence[Any]) -> np.ndarray:
        """The number at each step."""
        blank = [math.nan] * self.length
        rows = [blank if value is None else list(value) for value in values]
        return np.array(rows, dtype=np.float64).reshape(len(rows), self.length)

    def question(self, name: str, place: int, low: float, high: float, missing: bool, under: bool) -> str:
        """The number at a step, counted from now, set against another; a missing step is NaN and below nothing."""
        item = f"{name}[{place}]" if self.ahead else f"{name}[{place - self.length}]"
        limit = plainest(low, high)
        if under != missing:  # a missing step is not meant; no comparison is true of it
            known = f"{item} {'<=' if under else '>'} {limit}"
            return f"{name} is not None and {known}" if self.optional else known
        known = f"not {item} {'>' if under else '<='} {limit}"
        return f"{name} is None or {known}" if self.optional else known


# ---- what each kind takes as its method `asking` ------------------------------------------------


def asking_labels(kind: Category, values: Sequence[Any]) -> Asking:
    """What can be asked about labels of a kind."""
    if kind.yes_no:
        return Yes(values, kind.optional)
    if kind.ordered:
        return Grades(values, kind.optional, ".value" if kind.members else "")
    return Labels(values, kind.optional, ".name" if kind.members else "", kind.open)


def asking_number(kind: Number, values: Sequence[Any]) -> Asking:
    """What can be asked about numbers."""
    return Amounts(values, kind.optional)


def asking_moment(kind: Moment, values: Sequence[Any]) -> Asking:
    """What can be asked about points in time."""
    return Days(values, kind.optional, kind.date)


def asking_steps(kind: Series, values: Sequence[Any]) -> Asking:
    """What can be asked about windows of steps."""
    return Timed(values, kind.optional, kind.lengths[0], kind.ahead[0])


def floats(values: Sequence[Any]) -> np.ndarray:
    """Numbers as float64; NaN where one is missing, as large as can be where one is larger."""
    highest = np.finfo(np.float32).max
    found = np.array([math.nan if value is None else float(value) for value in values], dtype=np.float64)
    return np.clip(found, -highest, highest)


def commonest(values: Sequence[Any], most: int) -> list[Any]:
    """The different values, the commonest first; at most so many."""
    counts = Counter(label(value) for value in values)
    first: dict[str, Any] = {}
    for value in values:
        first.setdefault(label(value), value)
    return [first[key] for key, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:most]]


def text(value: Any) -> str:
    """A label as Python has it; of a member of an Enum its name."""
    found = label(value) if not isinstance(value, (bool, int)) else value
    if not isinstance(found, str):
        return repr(found)
    if not found.isprintable():
        return ascii(found)
    return '"' + found.replace("\\", "\\\\").replace('"', '\\"') + '"'


def plainest(low: float, high: float) -> str:
    """The shortest number from `low` up to, but not including, `high`."""
    if not math.isfinite(high):
        return repr(whole(low))
    for digits in range(-math.floor(math.log10(max(abs(low), abs(high), 1e-300))) - 1, 20):
        scale = 10.0**digits
        for tried in (round((low + high) / 2, digits), math.floor(low * scale) / scale, math.ceil(low * scale) / scale):
            if low <= tried < high:
                return repr(whole(tried))
    return repr(whole(low))


def whole(value: float) -> float | int:
    """A number without a point where it has nothing behind it."""
    return int(value) if float(value).is_integer() and abs(value) < 2**53 else float(value)
