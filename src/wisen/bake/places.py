"""Where the numbers of a call lie: each value is a view of a buffer, and buffers share memory where they can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wisen.bake.words import c_type


@dataclass(eq=False)
class Buffer:
    """Memory for numbers of one type. `given` is what a caller points to; all others get an offset in an arena."""

    memory: np.ndarray
    given: str = ""
    first: int = 0
    last: int = 0
    offset: int = 0

    @property
    def type(self) -> str:
        """The C type of its numbers."""
        return c_type(self.memory.dtype)


@dataclass(frozen=True)
class Place:
    """A view of a buffer. numpy finds the offset and the strides; what the array holds means nothing."""

    buffer: Buffer
    view: np.ndarray

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value."""
        return self.view.shape

    @property
    def strides(self) -> tuple[int, ...]:
        """How many numbers further the next one on each axis lies; 0 where there is no next one."""
        size = self.view.dtype.itemsize
        return tuple(0 if n == 1 else s // size for n, s in zip(self.view.shape, self.view.strides, strict=True))

    @property
    def offset(self) -> int:
        """Where in the buffer it begins."""
        begin = self.view.__array_interface__["data"][0] - self.buffer.memory.__array_interface__["data"][0]
        return int(begin) // self.view.dtype.itemsize

    def seen(self, view: np.ndarray) -> Place:
        """Another view of the same buffer."""
        return Place(self.buffer, view)

    def pointer(self) -> str:
        """The expression that points to its first number."""
        begin = self.offset + self.buffer.offset
        base = self.buffer.given or arena(self.buffer.type)
        return f"{base} + {begin}" if begin else base


def fresh(shape: Sequence[int], dtype: np.dtype[Any], order: Sequence[int] | None = None, given: str = "") -> Place:
    """A place in a buffer of its own, its axes in an order from the slowest to the fastest."""
    order = list(range(len(shape))) if order is None else list(order)
    memory = np.empty([shape[axis] for axis in order] or [1], plain(dtype))
    view = memory.transpose(np.argsort(order)) if shape else memory.reshape(())
    return Place(Buffer(memory, given), view)


def plain(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The type in which places of a type are counted: texts are pointers."""
    return np.dtype(object) if dtype.kind in "UO" else dtype


def like(place: Place) -> list[int]:
    """The order of the axes of a place, from the slowest to the fastest."""
    strides = [abs(stride) for stride in place.view.strides]
    return sorted(range(len(strides)), key=lambda axis: (-strides[axis], axis))


ARENAS = {
    "float": "wisen_floats",
    "double": "wisen_doubles",
    "int64_t": "wisen_wholes",
    "int32_t": "wisen_ints",
    "uint8_t": "wisen_bytes",
    "int8_t": "wisen_chars",
    "const char *": "wisen_texts",
}
"""The memory that all buffers of a C type share."""


def arena(type_: str) -> str:
    """The name of the memory of a C type."""
    return ARENAS[type_]


def planned(buffers: Sequence[Buffer]) -> dict[str, int]:
    """How many numbers of each C type are needed; each buffer gets its offset, the largest first, in the lowest place
    that is free while it lives."""
    sizes: dict[str, int] = {}
    settled: list[Buffer] = []
    for buffer in sorted(buffers, key=lambda each: (-each.memory.size, each.first)):
        beside = [b for b in settled if b.type == buffer.type and b.first <= buffer.last and buffer.first <= b.last]
        offset = 0
        for other in sorted(beside, key=lambda each: each.offset):
            if offset + buffer.memory.size <= other.offset:
                break
            offset = max(offset, aligned(other.offset + other.memory.size))
        buffer.offset = offset
        settled.append(buffer)
        sizes[buffer.type] = max(sizes.get(buffer.type, 0), offset + buffer.memory.size)
    return sizes


def aligned(offset: int, to: int = 16) -> int:
    """The next offset at which vectors may begin."""
    return -(-offset // to) * to
