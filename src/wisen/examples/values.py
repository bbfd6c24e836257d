"""The read values of a column, and the rows of several columns; not all that come in files stay in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, overload

import numpy as np

from wisen.errors import BadExamples, BadValue
from wisen.examples.ahead import ahead
from wisen.examples.cells import AT_ONCE
from wisen.kinds import Kind
from wisen.kinds.packed import picked

DROPPED = object()
Places = Sequence[int] | np.ndarray | slice


class Values(Sequence[Any]):
    """The read values of one column; those that were dropped are read again from their raw cell.

    `raws` are the cells of a kind whose values come in files, and empty for any other: those are all kept.
    `outlines` are what the kind has to know of each of them when it is fitted.
    """

    def __init__(self, kind: Kind, kept: Sequence[Any], raws: Sequence[Any] = (), outlines: Sequence[Any] = ()) -> None:
        self.kind, self.kept, self.raws, self.outlines = kind, kept, raws, outlines

    def __len__(self) -> int:
        return len(self.kept)

    @overload
    def __getitem__(self, place: int) -> Any: ...
    @overload
    def __getitem__(self, place: slice) -> list[Any]: ...
    def __getitem__(self, place: int | slice) -> Any:
        if not self.raws:
            return self.kept[place]
        if isinstance(place, slice):
            return self.several(range(*place.indices(len(self))))
        return self.again(place) if self.kept[place] is DROPPED else self.kept[place]

    def __iter__(self) -> Iterator[Any]:
        if not self.raws:
            return iter(self.kept)
        if all(value is not DROPPED for value in self.kept):
            return iter(self.kept)
        return ahead(self.__getitem__, range(len(self)))

    def several(self, places: Sequence[int]) -> list[Any]:
        """The values at some places; those that were dropped are read by several threads."""
        lost = [place for place in places if self.kept[place] is DROPPED]
        found = dict(zip(lost, ahead(self.again, lost) if len(lost) > 1 else map(self.again, lost), strict=True))
        return [found[place] if place in found else self.kept[place] for place in places]

    def again(self, place: int) -> Any:
        """A dropped value; raises BadExamples where its file cannot be read any more."""
        try:
            return self.kind.read(self.raws[place])
        except BadValue as error:
            raise BadExamples(f"{error.message}; it could be read a moment ago", "Type the same again.") from error

    def in_memory(self) -> Sequence[Any]:
        """The values that were not dropped."""
        return [value for value in self.kept if value is not DROPPED] if self.raws else self.kept

    def take(self, places: Places) -> Values:
        """The values at some places, in that order."""
        beside = [picked(each, places) if each else () for each in (self.raws, self.outlines)]
        return Values(self.kind, picked(self.kept, places), *beside)

    def some(self, places: Places) -> Any:
        """The values at some places, still packed where they are; read again where they were dropped."""
        if not self.raws:
            return picked(self.kept, places)
        return self[places] if isinstance(places, slice) else self.several([int(place) for place in places])


class Lines(Sequence[list[Any]]):
    """The rows of columns, made as they are asked for."""

    def __init__(self, columns: Sequence[Values]) -> None:
        self.columns = columns

    def __len__(self) -> int:
        return len(self.columns[0])

    @overload
    def __getitem__(self, place: int) -> list[Any]: ...
    @overload
    def __getitem__(self, place: slice) -> list[list[Any]]: ...
    def __getitem__(self, place: int | slice) -> Any:
        if isinstance(place, slice):
            return [self[at] for at in range(*place.indices(len(self)))]
        return [column[place] for column in self.columns]

    def __iter__(self) -> Iterator[list[Any]]:
        some = 1 if any(column.raws for column in self.columns) else AT_ONCE  # pictures may be large
        for start in range(0, len(self), some):
            rows = zip(*(column[start : start + some] for column in self.columns), strict=True)
            yield from map(list, rows)
