"""Raw cells as Arrow holds them: a source's column stays an array until somebody asks for a cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Self, overload

import numpy as np

from wisen.errors import NotInstalled

if TYPE_CHECKING:
    import pyarrow

AT_ONCE = 4096
"""Cells that become Python values at once where all are looked at."""
PLAIN = r"^-?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?$"
"""A text that Arrow and Python take for the same number."""


def arrow() -> Any:
    """The pyarrow module; raises NotInstalled with the command to type."""
    try:
        import pyarrow
    except ImportError:
        raise NotInstalled(
            "tables are read with pyarrow, which is not installed", "pip install 'wisen[train]'"
        ) from None
    return pyarrow


class Cells(Sequence[Any]):
    """The cells of an Arrow column; a slice or an element of it are plain Python values."""

    def __init__(self, column: pyarrow.ChunkedArray | pyarrow.Array) -> None:
        pa = arrow()
        if isinstance(column, pa.Array):
            column = pa.chunked_array([column])
        kind = column.type
        if pa.types.is_dictionary(kind):
            column = column.cast(kind.value_type)
        elif pa.types.is_timestamp(kind) and kind.unit == "ns":  # Python counts microseconds
            column = column.cast(pa.timestamp("us", kind.tz), safe=False)
        self.column = column

    def __len__(self) -> int:
        return len(self.column)

    @overload
    def __getitem__(self, place: int) -> Any: ...
    @overload
    def __getitem__(self, place: slice) -> list[Any]: ...
    def __getitem__(self, place: int | slice) -> Any:
        if isinstance(place, slice):
            start, stop, step = place.indices(len(self))
            return self.column[start:stop].to_pylist()[::step] if step > 0 else list(self)[place]
        return self.column[int(place)].as_py()

    def __iter__(self) -> Iterator[Any]:
        for start in range(0, len(self), AT_ONCE):
            yield from self.column.slice(start, AT_ONCE).to_pylist()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # as lists have none

    def __repr__(self) -> str:
        return repr(list(self))

    def take(self, places: Sequence[int] | np.ndarray | slice) -> Self:
        """The cells at some places, in that order."""
        if isinstance(places, slice):
            start, stop, _ = places.indices(len(self))
            return type(self)(self.column.slice(start, max(0, stop - start)))
        return type(self)(self.column.take(arrow().array(np.asarray(places, np.int64))))

    def floats(self) -> np.ndarray | None:
        """Each cell as the float64 that it is or plainly spells, NaN where it is none; None where none can be one."""
        pa = arrow()
        import pyarrow.compute as pc

        column, types = self.column, pa.types
        if types.is_string(column.type) or types.is_large_string(column.type):
            try:
                found = pc.cast(column, pa.float64())
            except pa.ArrowInvalid:  # some cells are no plain numbers, or have spaces around them
                column = pc.utf8_trim_whitespace(column)
                plain = pc.match_substring_regex(column, PLAIN)
                found = pc.cast(pc.if_else(plain, column, None), pa.float64())
        elif types.is_integer(column.type) or types.is_floating(column.type):
            found = pc.cast(column, pa.float64(), safe=False)
        else:
            return None
        return np.array(found.to_numpy())  # a copy: one's own, to be written to

    def different(self) -> tuple[list[Any], np.ndarray] | None:
        """(the different cells, the place among them of each); None for cells that cannot be told apart at once."""
        pa, types = arrow(), arrow().types
        kind = self.column.type
        textual = types.is_string(kind) or types.is_large_string(kind)
        if not (textual or types.is_boolean(kind) or types.is_integer(kind) or types.is_temporal(kind)):
            return None
        try:
            coded = self.column.dictionary_encode("encode").combine_chunks()
        except pa.ArrowNotImplementedError:
            return None
        return coded.dictionary.to_pylist(), coded.indices.to_numpy(zero_copy_only=False)
