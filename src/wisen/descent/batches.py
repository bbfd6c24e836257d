"""Examples become tensors once; batches are slices of them."""

from __future__ import annotations

import math
import os
import tempfile
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from wisen.descent.pieces import Pieces
from wisen.errors import WisenError
from wisen.examples import Examples
from wisen.examples import targets as targets_of
from wisen.kinds.packed import picked as chosen
from wisen.nn.form import Tokens
from wisen.nn.session import session
from wisen.signature import Column, Feed

CHUNK = 512
"""Examples whose features are made at once."""
LONG_CHUNK = 1 << 14
"""The same for kinds whose columns share a tensor: a row of them is short."""
SHORT_CHUNK = 32
"""The same for values that are read from files again: each may be large."""
COPIED = 1 << 28
"""Bytes of features up to which a part of them is copied; of more, each batch is gathered from the whole."""
GATHERED = 1 << 23
"""Bytes of features that are gathered at once: what a processor's cache holds."""
FARTHER = 64
"""So many times more of them on any other device, where each gathering has to wait for the way there."""
RUN = 1 << 16
"""Bytes that are read from a disk in one go."""
SHARE, UNKNOWN = 4, 1 << 32
"""The part of the machine's memory that features may take; bytes of them where nobody knows how much it has."""
SORTED = 50
"""Batches among whose examples those of one length are put together."""
SELDOM = 2.0
"""Seconds between two events about features."""


@dataclass(frozen=True)
class Prepared:
    """The features of some examples are made: what the program's own graph makes of the values of a feed."""

    feed: str
    done: int
    examples: int

    def __str__(self) -> str:
        return f"features of {self.feed}: {self.done:,} of {self.examples:,} examples"


class Tensors:
    """The features and targets of many examples; `take` gives some of them, on the device to train on.

    Where there are `places`, it is those of them: nothing is copied until it is taken. Features that are
    on `disk` are read in the order in which they stand there.
    """

    def __init__(
        self,
        features: dict[str, torch.Tensor],
        targets: dict[str, torch.Tensor],
        places: torch.Tensor | None = None,
        device: torch.device | str | None = None,
        disk: bool = False,
    ) -> None:
        self.features, self.targets, self.places, self.disk = features, targets, places, disk
        self.device = torch.device(device or next((x.device for x in features.values()), "cpu"))

    def __len__(self) -> int:
        return len(next(iter(self.features.values()))) if self.places is None else len(self.places)

    def take(self, places: torch.Tensor | slice) -> Tensors:
        """Some of the examples, where the training is; themselves where it is all of them."""
        if isinstance(places, slice) and places == slice(0, len(self)) and self.places is None and not self.disk:
            return self
        if self.places is not None:
            places = self.places[places]
        features = {name: picked(x, places).to(self.device) for name, x in self.features.items()}
        return Tensors(features, {name: picked(x, places).to(self.device) for name, x in self.targets.items()})

    def on(self, device: str) -> Tensors:
        """The same examples, to be taken to another device."""
        return Tensors(self.features, self.targets, self.places, device, self.disk)

    def aiming(self, targets: dict[str, torch.Tensor]) -> Tensors:
        """The same examples with other targets."""
        return Tensors(self.features, targets, self.places, self.device, self.disk)

    def some(self, places: torch.Tensor) -> Tensors:
        """Some of the examples: copied where they are small, else only where they are taken."""
        if self.size() <= COPIED and not self.disk:
            return self.take(places)
        places = places if self.places is None else self.places[places]
        return Tensors(self.features, self.targets, places, self.device, self.disk)

    def truths(self) -> dict[str, torch.Tensor]:
        """The targets of all examples, where the training is."""
        places = slice(None) if self.places is None else self.places
        return {name: picked(x, places).to(self.device) for name, x in self.targets.items()}

    def size(self) -> int:
        """Bytes of the features."""
        return sum(x.numel() * x.element_size() for x in self.features.values())

    def only(self, names: Sequence[str]) -> Tensors:
        """The examples with some of their features only."""
        features = {name: self.features[name] for name in names}
        return Tensors(features, self.targets, self.places, self.device, self.disk)

    def shuffled(self, size: int, generator: torch.Generator, lengths: torch.Tensor | None = None) -> Iterator[Tensors]:
        """Batches in a new order. Never of one example, of which no variance can be taken.

        Many batches are gathered at once and then cut apart. Where examples have `lengths`, a batch is of those of
        about one length.
        """
        count = len(self)
        row = max(1, self.size() // max(1, len(next(iter(self.features.values())))))
        room = GATHERED if self.device.type == "cpu" else FARTHER * GATHERED
        window = max(1, room // (row * size)) * size
        order = self.order(max(1, RUN // row), generator)
        last = count - 1 if count > size and count % size == 1 else count
        if lengths is not None and not self.disk:
            order = sorted_in_parts(order[:last], lengths, size, generator)
        for start in range(0, last, window):
            here = order[start : min(start + window, last)]
            if self.disk:
                here = here[torch.randperm(len(here), generator=generator)]
            gathered = self.take(here)
            for place in range(0, len(here), size):
                yield gathered.take(slice(place, place + size))

    def order(self, run: int, generator: torch.Generator) -> torch.Tensor:
        """The places in a new order; on disk of whole runs of examples, which lie there by their hashes, by chance."""
        if not self.disk:
            return torch.randperm(len(self), generator=generator)
        runs = torch.randperm(-(-len(self) // run), generator=generator)
        places = (runs[:, None] * run + torch.arange(run)).flatten()
        return places[places < len(self)]


def sorted_in_parts(order: torch.Tensor, lengths: torch.Tensor, size: int, generator: torch.Generator) -> torch.Tensor:
    """An order in which each batch has examples of about one length: those of SORTED batches sorted, and the batches
    in a new order again; the last one, which may be smaller, stays where it is."""
    wide, batches = SORTED * size, []
    for start in range(0, len(order), wide):
        part = order[start : start + wide]
        part = part[torch.argsort(lengths[part], stable=True)]
        batches += [part[place : place + size] for place in range(0, len(part), size)]
    whole = [batch for batch in batches if len(batch) == size]
    rest = [batch for batch in batches if len(batch) < size]
    chance = torch.randperm(len(whole), generator=generator).tolist()
    return torch.cat([*(whole[place] for place in chance), *rest])


def picked(x: torch.Tensor, places: torch.Tensor | slice) -> torch.Tensor:
    """The rows of a tensor at some places."""
    return x[places] if isinstance(places, slice) else x.index_select(0, places.to(x.device))


def tensors(
    examples: Examples,
    read: Sequence[Feed],
    outputs: Sequence[Column],
    device: str,
    folder: Path | None = None,
    listen: Callable[[Prepared], None] = lambda _: None,
) -> Tensors:
    """The examples as tensors: what the program's own graph makes of the raw values, and the targets.

    The same nodes that stand in the shipped program run here, so no preprocessing exists twice.
    Features that would take more than a share of the memory go to a file in `folder`, from which batches
    are gathered; it has no name there, so that it is gone when the process is, however that ends. `listen`
    hears of those that take long.
    """
    features = {feed.name: feature(feed, examples, folder, listen) for feed in read}
    targets = {column.name: torch.from_numpy(targets_of(column, examples)) for column in outputs}
    disk = sum(x.numel() * x.element_size() for x in features.values()) > most_in_memory()
    if not disk:
        features = {name: x.to(device) for name, x in features.items()}
    return Tensors(features, {name: x.to(device) for name, x in targets.items()}, None, device, disk)


def most_in_memory() -> int:
    """Bytes of features that stay in memory: a share of what the machine has."""
    if not hasattr(os, "sysconf"):
        return UNKNOWN
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // SHARE


def feature(
    feed: Feed, examples: Examples, folder: Path | None = None, listen: Callable[[Prepared], None] = lambda _: None
) -> torch.Tensor:
    """What the encoder of a feed reads, for all examples; shorter sequences are padded with zeros."""
    session, columns = reader(feed), examples.columns()

    def read(pieces: Pieces) -> torch.Tensor:
        found, told = np.zeros((0, 0)), time.monotonic()
        for piece in pieces.of(len(examples)):
            some = [columns[place].some(piece) for place in feed.places]
            for places in alike(feed, some):
                said = session.run(None, feed.tensors([chosen(values, places) for values in some]))[0]
                found = roomy(found, len(examples), said, isinstance(feed.kind.form(), Tokens), folder)
                found[piece.start :][places, : said.shape[1]] = said
            if time.monotonic() - told > SELDOM:
                told = time.monotonic()
                listen(Prepared(feed.name, piece.start + len(some[0]), len(examples)))
        return torch.from_numpy(found)

    size = SHORT_CHUNK if columns[feed.places[0]].raws else min(CHUNK, 2 * feed.kind.at_once())
    return Pieces(LONG_CHUNK if feed.kind.plural else size).fit(read)


def roomy(found: np.ndarray, count: int, said: np.ndarray, tokens: bool, folder: Path | None = None) -> np.ndarray:
    """An array for all examples with what was found so far, and wide enough for what is said of some more.

    Tokens take half the room that the graph gives them: there are many to an example, and few different ones.
    """
    if len(found) and said.shape[1] <= found.shape[1]:
        return found
    wide = zeros((count, *said.shape[1:]), np.dtype(np.int32) if tokens else said.dtype, folder)
    if len(found):
        wide[:, : found.shape[1]] = found
    return wide


def zeros(shape: tuple[int, ...], dtype: np.dtype[Any], folder: Path | None) -> np.ndarray:
    """An array of zeros, in memory or where it is too large for that in a file; raises WisenError."""
    size = math.prod(shape) * dtype.itemsize
    if folder is None or size <= most_in_memory():
        return np.zeros(shape, dtype)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:  # the array keeps it open
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, size)  # else a full disk would end the process
            return np.memmap(file, dtype, "r+", shape=shape)
    except OSError as error:
        raise WisenError(
            f"the features of {shape[0]:,} examples take {size / 2**30:.1f} GB, "
            f"which do not fit on the disk of {folder}: {error.strerror or error}",
            "Make room there, or bring fewer examples.",
        ) from error


def alike(feed: Feed, columns: Sequence[Sequence[Any]]) -> list[list[int] | slice]:
    """The places of values of a feed's columns that can stand in one batch."""
    if feed.kind.plural:
        return [slice(0, len(columns[0]))]
    groups: dict[Hashable, list[int]] = {}
    for place, value in enumerate(columns[0]):
        groups.setdefault(feed.kind.batch_key(value), []).append(place)
    return list(groups.values())


def reader(feed: Feed) -> Any:
    """A session that runs a feed's part of the program."""
    raw = {tensor.name: argument(tensor) for tensor in feed.raw}
    return session(raw, {"features": feed.kind.graph(*raw.values())}, threads=0)


def argument(tensor: Any) -> Any:
    """A tensor as an input of a graph."""
    import spox

    dtype = np.str_ if tensor.dtype == "str" else np.dtype(tensor.dtype)
    return spox.argument(spox.Tensor(dtype, tensor.dims))
