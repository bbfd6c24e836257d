"""Many values of one kind in little room: as arrays, of which Python values are made only where they are asked for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, Self, overload

import numpy as np

AT_ONCE = 4096
"""Values that are made at once where all of them are looked at."""


class Packed(Sequence[Any], ABC):
    """Values in an array, one element each; a slice or an element of it are plain Python values."""

    array: np.ndarray

    @abstractmethod
    def values(self, array: np.ndarray) -> list[Any]:
        """The Python values of some elements."""

    @abstractmethod
    def take(self, places: Sequence[int] | np.ndarray | slice) -> Self:
        """The values at some places, in that order, still packed."""

    def __len__(self) -> int:
        return len(self.array)

    @overload
    def __getitem__(self, place: int) -> Any: ...
    @overload
    def __getitem__(self, place: slice) -> list[Any]: ...
    def __getitem__(self, place: int | slice) -> Any:
        return self.values(self.array[place]) if isinstance(place, slice) else self.values(self.array[[place]])[0]

    def __iter__(self) -> Iterator[Any]:
        for start in range(0, len(self), AT_ONCE):
            yield from self.values(self.array[start : start + AT_ONCE])


class Numbers(Packed):
    """Numbers as float64, missing ones as NaN; whole ones where they are meant to be `whole`."""

    def __init__(self, array: np.ndarray, whole: bool = False) -> None:
        self.array, self.whole = array, whole

    def values(self, array: np.ndarray) -> list[Any]:
        """The numbers of some elements."""
        found: list[Any] = array.tolist()
        if self.whole:
            return [int(value) if value == value else None for value in found]
        return [value if value == value else None for value in found] if np.isnan(array).any() else found

    def take(self, places: Sequence[int] | np.ndarray | slice) -> Self:
        """The numbers at some places."""
        return type(self)(self.array[places], self.whole)


class Coded(Packed):
    """Values of which there are few different ones: those that are `known`, and the place in them of each."""

    def __init__(self, known: Sequence[Any], array: np.ndarray) -> None:
        self.known, self.array = known, array

    def values(self, array: np.ndarray) -> list[Any]:
        """The values that some places in `known` mean."""
        return [self.known[code] for code in array.tolist()]

    def take(self, places: Sequence[int] | np.ndarray | slice) -> Self:
        """The values at some places; all that are known stay known."""
        return type(self)(self.known, self.array[places])

    def used(self) -> list[Any]:
        """The different values that are there."""
        return self.values(np.unique(self.array))

    def each(self, made: Callable[[Any], Any]) -> list[Any]:
        """What is made of each value; made once for each different one."""
        used, codes = np.unique(self.array, return_inverse=True)
        of = [made(value) for value in self.values(used)]
        return [of[code] for code in codes.tolist()]


class Cells(Protocol):
    """A whole column of raw cells, as far as a kind has to know it to read it at once."""

    def floats(self) -> np.ndarray | None:
        """Each cell as the float64 that it is or plainly spells, NaN where it is none; None where none can be one."""


def packed(values: Sequence[Any]) -> Sequence[Any]:
    """The packed values behind a sequence, where there are some, else itself."""
    kept = getattr(values, "kept", values)
    return kept if isinstance(kept, Packed) else values


def different(values: Sequence[Any]) -> Sequence[Any]:
    """The different values where that is known at once, else all of them."""
    values = packed(values)
    return values.used() if isinstance(values, Coded) else values


def mapped(values: Sequence[Any], made: Callable[[Any], Any]) -> Sequence[Any]:
    """What is made of each value, packed where the values are."""
    return Coded(list(map(made, values.known)), values.array) if isinstance(values, Coded) else list(map(made, values))


def once(values: Sequence[Any], made: Callable[[Any], Any]) -> list[Any]:
    """What is made of each value, made once for each different one; None stays None."""
    if len(set(map(type, values)) - {type(None)}) > 1:  # 1 and True are one to a set
        return [None if value is None else made(value) for value in values]
    known = {None: None, **{value: made(value) for value in set(values) - {None}}}
    return [known[value] for value in values]


def picked(items: Sequence[Any], places: Sequence[int] | np.ndarray | slice) -> Any:
    """The items of a sequence at some places, as their like where the sequence can do that, else as a list."""
    if isinstance(items, np.ndarray):
        return items[places]
    take = getattr(items, "take", None)
    if take is not None:
        return take(places)
    return items[places] if isinstance(places, slice) else [items[place] for place in places]
