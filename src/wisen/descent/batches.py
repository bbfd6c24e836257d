"""Examples become tensors once; batches are slices of them."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import Any

import numpy as np
import torch

from wisen.descent.pieces import Pieces
from wisen.examples import Examples
from wisen.kinds.packed import picked
from wisen.nn.form import Tokens
from wisen.signature import Column, Feed

CHUNK = 512
"""Examples whose features are made at once."""
LONG_CHUNK = 1 << 14
"""The same for kinds whose columns share a tensor: a row of them is short."""
SHORT_CHUNK = 32
"""The same for values that are read from files again: each may be large."""


class Tensors:
    """The features and targets of many examples, on one device."""

    def __init__(self, features: dict[str, torch.Tensor], targets: dict[str, torch.Tensor]) -> None:
        self.features, self.targets = features, targets

    def __len__(self) -> int:
        return len(next(iter(self.features.values())))

    @property
    def device(self) -> torch.device:
        """Where the examples lie."""
        return next(iter(self.features.values())).device

    def take(self, places: torch.Tensor | slice) -> Tensors:
        """Some of the examples."""
        features = {name: x[places] for name, x in self.features.items()}
        return Tensors(features, {name: x[places] for name, x in self.targets.items()})

    def only(self, names: Sequence[str]) -> Tensors:
        """The examples with some of their features only."""
        return Tensors({name: self.features[name] for name in names}, self.targets)

    def shuffled(self, size: int, generator: torch.Generator) -> Iterator[Tensors]:
        """Batches in a new order. Never of one example, of which no variance can be taken."""
        order = torch.randperm(len(self), generator=generator)
        starts = list(range(0, len(self), size))
        if len(starts) > 1 and len(self) - starts[-1] < 2:
            starts.pop()
        device = next(iter(self.features.values())).device
        order = order.to(device)
        for start in starts:
            yield self.take(order[start : start + size])


def tensors(examples: Examples, read: Sequence[Feed], outputs: Sequence[Column], device: str) -> Tensors:
    """The examples as tensors: what the program's own graph makes of the raw values, and the targets.

    The same nodes that stand in the shipped program run here, so no preprocessing exists twice.
    """
    features = {feed.name: feature(feed, examples).to(device) for feed in read}
    targets = {c.name: torch.from_numpy(c.kind.target(examples.outputs[c.name][:])).to(device) for c in outputs}
    return Tensors(features, targets)


def feature(feed: Feed, examples: Examples) -> torch.Tensor:
    """What the encoder of a feed reads, for all examples; shorter sequences are padded with zeros."""
    session, columns = reader(feed), examples.columns()

    def read(pieces: Pieces) -> torch.Tensor:
        found = np.zeros((0, 0))
        for piece in pieces.of(len(examples)):
            some = [columns[place].some(piece) for place in feed.places]
            for places in alike(feed, some):
                said = session.run(None, feed.tensors([picked(values, places) for values in some]))[0]
                found = roomy(found, len(examples), said, isinstance(feed.kind.form(), Tokens))
                found[piece.start :][places, : said.shape[1]] = said
        return torch.from_numpy(found)

    size = SHORT_CHUNK if columns[feed.places[0]].raws else min(CHUNK, 2 * feed.kind.at_once())
    return Pieces(LONG_CHUNK if feed.kind.plural else size).fit(read)


def roomy(found: np.ndarray, count: int, said: np.ndarray, tokens: bool) -> np.ndarray:
    """An array for all examples with what was found so far, and wide enough for what is said of some more.

    Tokens take half the room that the graph gives them: there are many to an example, and few different ones.
    """
    if len(found) and said.shape[1] <= found.shape[1]:
        return found
    wide = np.zeros((count, *said.shape[1:]), np.int32 if tokens else said.dtype)
    if len(found):
        wide[:, : found.shape[1]] = found
    return wide


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
    import onnxruntime
    import spox

    raw = {tensor.name: argument(tensor) for tensor in feed.raw}
    model = spox.build(raw, {"features": feed.kind.graph(*raw.values())})
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def argument(tensor: Any) -> Any:
    """A tensor as an input of a graph."""
    import spox

    dtype = np.str_ if tensor.dtype == "str" else np.dtype(tensor.dtype)
    return spox.argument(spox.Tensor(dtype, tensor.dims))
