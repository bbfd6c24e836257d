"""Many examples through a graph: batch by batch, as large as values allow, and smaller where memory runs out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from wisen.errors import short_of_memory
from wisen.kinds.packed import picked
from wisen.signature import Feed

BATCH = 256
"""Examples that enter the graph at once."""
LONG_BATCH = 1 << 12
"""The same for programs whose columns share tensors: a row of them is short."""
SHORT_BATCH = 32
"""The same where values are read from files again: each may be large."""

Ask = Callable[[dict[str, np.ndarray]], list[np.ndarray]]
Columns = Sequence[Sequence[Any]]
Places = list[int] | slice


def said_of(feeds: Sequence[Feed], columns: Columns, ask: Ask) -> Iterator[tuple[Places, list[np.ndarray]]]:
    """(places of examples, what is said of these), for all examples whose inputs stand in these columns."""
    for places, some in batches(feeds, columns):
        yield from said(feeds, places, some, ask)


def said(
    feeds: Sequence[Feed], places: Places, columns: Columns, ask: Ask
) -> Iterator[tuple[Places, list[np.ndarray]]]:
    """The same of one batch: all at once, or where memory runs out in halves."""
    given: dict[str, np.ndarray] = {}
    size = len(columns[0])
    try:
        for feed in feeds:
            given |= feed.tensors([columns[place] for place in feed.places])
        found = ask(given)
    except Exception as error:
        if size < 2 or not short_of_memory(error):
            raise
    else:
        yield places, found
        return
    for half in (slice(0, size // 2), slice(size // 2, size)):
        start = places.start if isinstance(places, slice) else 0
        here = slice(start + half.start, start + half.stop) if isinstance(places, slice) else places[half]
        yield from said(feeds, here, [picked(column, half) for column in columns], ask)


def batches(feeds: Sequence[Feed], columns: Columns) -> Iterator[tuple[Places, Columns]]:
    """Places of examples that can enter the graph together, and their columns."""
    single = [feed for feed in feeds if not feed.kind.plural]
    files = any(getattr(column, "raws", ()) for column in columns)
    most = min([BATCH, *(feed.kind.at_once() for feed in single)])
    size = SHORT_BATCH if files else most if single else LONG_BATCH
    for start in range(0, len(columns[0]), size):
        here = slice(start, start + size)
        read = [some(column, here) for column in columns]
        if not single:
            yield here, read
            continue
        groups: dict[Any, list[int]] = {}
        for place, values in enumerate(zip(*(read[feed.places[0]] for feed in single), strict=True)):
            key = tuple(feed.kind.batch_key(value) for feed, value in zip(single, values, strict=True))
            groups.setdefault(key, []).append(place)
        for group in groups.values():
            yield [start + place for place in group], [picked(column, group) for column in read]


def some(values: Sequence[Any], places: Places) -> Sequence[Any]:
    """The values of a column at some places; read again where they were dropped."""
    found: Sequence[Any] = values.some(places) if hasattr(values, "some") else picked(values, places)
    return found
