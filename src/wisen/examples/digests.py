"""Hashes of the inputs of each row: what the split goes by, and what tells duplicates."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any, Self, overload

import numpy as np

from wisen.kinds import Kind
from wisen.kinds.packed import picked

SIZE = hashlib.sha256().digest_size
AT_ONCE = 1 << 15
"""Rows that are hashed at once."""


class Digests(Sequence[bytes]):
    """Hashes of rows, uint8 [rows, 32]; an element of it is bytes."""

    def __init__(self, array: np.ndarray) -> None:
        self.array = array

    @classmethod
    def of(cls, digests: Sequence[bytes]) -> Self:
        """These hashes."""
        return cls(np.frombuffer(b"".join(digests), np.uint8).reshape(-1, SIZE))

    def __len__(self) -> int:
        return len(self.array)

    @overload
    def __getitem__(self, place: int) -> bytes: ...
    @overload
    def __getitem__(self, place: slice) -> list[bytes]: ...
    def __getitem__(self, place: int | slice) -> Any:
        return list(self.take(place)) if isinstance(place, slice) else self.array[place].tobytes()

    def __iter__(self) -> Iterator[bytes]:
        for start in range(0, len(self), AT_ONCE):
            every = self.array[start : start + AT_ONCE].tobytes()
            yield from (every[at : at + SIZE] for at in range(0, len(every), SIZE))

    def take(self, places: Sequence[int] | np.ndarray | slice) -> Self:
        """The hashes at some places, in that order."""
        return type(self)(self.array[places])

    def order(self) -> np.ndarray:
        """The places in the order of their hashes; equal ones in the order in which they stand."""
        words = np.ascontiguousarray(self.array).view(">u8")  # big-endian numbers are ordered as their bytes are
        return np.lexsort(words.T[::-1])

    def runs(self, order: np.ndarray) -> list[np.ndarray]:
        """The places of each hash that stands more than once; `order` is that of the hashes."""
        rows = self.array[order]
        first = np.flatnonzero(np.append(True, (rows[1:] != rows[:-1]).any(axis=1)) if len(rows) else [])
        sizes = np.diff(np.append(first, len(rows)))
        return [order[at : at + size] for at, size in zip(first[sizes > 1], sizes[sizes > 1], strict=True)]


def digests(columns: Sequence[tuple[Kind, Sequence[Any]]], count: int) -> Digests:
    """The hash of each of so many rows, from the kinds and values of their columns."""
    found = np.empty((count, SIZE), np.uint8)
    for start in range(0, count, AT_ONCE):
        stop = min(start + AT_ONCE, count)
        rows = zip(*joined([parts(kind, values, start, stop) for kind, values in columns]), strict=True)
        hashed = b"".join(hashlib.sha256(b"".join(row)).digest() for row in rows)
        found[start:stop] = np.frombuffer(hashed, np.uint8).reshape(-1, SIZE)
    return Digests(found)


def parts(kind: Kind, values: Sequence[Any], start: int, stop: int) -> list[bytes] | np.ndarray:
    """The content of some values, each with its length before it: so that no two rows run together alike."""
    found = kind.contents(picked(values, slice(start, stop)))
    if isinstance(found, np.ndarray):
        size = np.frombuffer(sized(found[0].tobytes())[:8], np.uint8)
        return np.hstack([np.broadcast_to(size, (len(found), 8)), found])
    return [sized(content) for content in found]


def sized(content: bytes) -> bytes:
    """The content of a value with its length before it."""
    return len(content).to_bytes(8, "little") + content


def joined(columns: Sequence[list[bytes] | np.ndarray]) -> list[list[bytes]]:
    """The columns as bytes of each row; arrays that stand side by side become one column."""
    found: list[list[bytes]] = []
    beside: list[np.ndarray] = []
    for column in [*columns, []]:
        if isinstance(column, np.ndarray):
            beside.append(column)
            continue
        if beside:
            wide = np.hstack(beside)
            every, width = wide.tobytes(), wide.shape[1]
            found.append([every[at : at + width] for at in range(0, len(every), width)])
            beside = []
        if column:
            found.append(column)
    return found
