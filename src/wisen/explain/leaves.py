"""Leaves: the numbers at which gradients end, and the way back from them to the parts that a person sees.

Where a network reads numbers, they are these. Where it looks tokens or labels up, they are the vectors that it finds.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch

from wisen.errors import BadValue
from wisen.explain.case import Case
from wisen.explain.explanation import Share
from wisen.explain.network import Reader
from wisen.kinds.sights.sight import Trace, gathered
from wisen.nn.bag import Bag
from wisen.nn.block import Block
from wisen.nn.embed import Embed
from wisen.nn.form import Sparse
from wisen.nn.onehot import OneHot
from wisen.nn.ordered import Ordered

LOOKED_UP = (Bag, Embed, OneHot, Ordered)
"""Blocks that look up what they read."""


@dataclass(frozen=True)
class Leaf:
    """Numbers, [1, ...], and those that say nothing; of a feed, or of what a block finds for it."""

    feed: str
    tensor: torch.Tensor
    nothing: torch.Tensor
    block: Block | None = None
    at: torch.Tensor | None = None
    """Of a sparse vector the places of its numbers, which have no slope."""


class Leaves:
    """The leaves of a case. Raises BadValue where a network reads what has none."""

    def __init__(self, case: Case) -> None:
        assert case.rebuilt is not None
        self.case, self.rebuilt = case, case.rebuilt
        self.features = self.rebuilt.features(case.values)
        hidden = tuple(parts.without(np.ones(len(parts), bool)) for parts in case.parts)
        self.blank = self.rebuilt.features(hidden)
        self.aim = case.aim
        self.extent = self.rebuilt.extent(case.column, case.values)
        self.leaves = list(self.found())

    def found(self) -> Iterator[Leaf]:
        """Every leaf."""
        for name, x in self.features.items():
            if x.is_floating_point():
                if self.sparse(name):
                    yield Leaf(name, x[..., 1:], torch.zeros_like(x[..., 1:]), at=x[..., :1])
                    continue
                blank = self.blank[name]
                yield Leaf(name, x, blank if blank.shape == x.shape else torch.zeros_like(x))
        for network in self.rebuilt.members():
            for reader in self.rebuilt.readers(network):
                yield from self.of(reader)
        unread = [name for name, x in self.features.items() if not x.is_floating_point()]
        if unread and not self.rebuilt.members():
            raise BadValue(f"{unread[0]} is looked up in a network of your own, through which no gradient is followed")

    def sparse(self, name: str) -> bool:
        """Whether a feed is a sparse vector, of which only the numbers have a slope and not their places."""
        plan = self.rebuilt.architecture
        for each in (plan, *(other for other, _ in plan.beside)):
            parts = (*each.encoders, *each.plain, *(part for _, part in (*each.direct, *each.placed)))
            if any(name in part.feeds and isinstance(part.form, Sparse) for part in parts):
                return True
        return False

    def of(self, reader: Reader) -> Iterator[Leaf]:
        """The leaves behind the block of a reader that looks up what it reads."""
        for feed in reader.feeds:
            x = self.features[feed]
            if x.is_floating_point():
                continue
            block = reader.chain.blocks[0] if len(reader.chain.blocks) else None
            if not isinstance(block, LOOKED_UP):
                what = "nothing" if block is None else type(block).__name__
                raise BadValue(f"{feed} is read by {what}, through which no gradient can be followed")
            vectors = vectors_of(block, x)
            yield Leaf(feed, vectors, nothing_of(block, vectors, self.blank[feed], x), block)

    @property
    def inputs(self) -> tuple[torch.Tensor, ...]:
        """The numbers of all leaves."""
        return tuple(leaf.tensor for leaf in self.leaves)

    @property
    def nothing(self) -> tuple[torch.Tensor, ...]:
        """What says nothing in place of each."""
        return tuple(leaf.nothing for leaf in self.leaves)

    def forward(self, *numbers: torch.Tensor) -> torch.Tensor:
        """How much the network says of the aim, [batch], where these stand in place of the leaves."""
        size = len(numbers[0])
        features = {name: x.expand(size, *x.shape[1:]) for name, x in self.features.items()}
        held: dict[Block, list[torch.Tensor]] = {}
        for leaf, given in zip(self.leaves, numbers, strict=True):
            if leaf.at is not None:
                features[leaf.feed] = torch.cat([leaf.at.expand(size, -1, -1), given], dim=2)
            elif leaf.block is None:
                features[leaf.feed] = given
            else:
                held.setdefault(leaf.block, []).append(given)
        with replaced(held):
            said = self.rebuilt.amount(self.case.column, self.aim, features, self.extent)
        # What the answer does not depend on has the slope 0: so that it has one, an empty part of each is added.
        return said + sum(each.flatten()[:0].sum() for each in numbers)

    @cached_property
    def amount(self) -> float:
        """How much the network says of the aim."""
        with torch.no_grad():
            return float(self.forward(*self.inputs)[0])

    # ---- the way back ----------------------------------------------------------------------

    def shares(self, amounts: Sequence[torch.Tensor]) -> tuple[tuple[Share, ...], float]:
        """(how much each part of each input counted, where it is known how much each number of each leaf did; what of
        it belongs to no part that a person can see)."""
        found = [np.zeros(parts.shape) for parts in self.case.parts]
        fine: list[np.ndarray | None] = [None] * len(found)
        lost = 0.0
        for leaf, each in zip(self.leaves, amounts, strict=True):
            by_place = placed(leaf, each.detach()[0])
            for place in self.rebuilt.feeds[leaf.feed].places:
                mine = self.traced(leaf.feed, by_place, place)
                if mine is None:
                    lost += float(by_place.sum())
                    continue
                if mine.size != found[place].size:  # of a missing value, which is seen as one part
                    mine = np.full(found[place].shape, mine.sum() / found[place].size)
                found[place] = found[place] + mine.reshape(found[place].shape)
                if by_place.ndim == 3 and len(found[place].shape) == 2:
                    seen = by_place.sum(axis=0)
                    before = fine[place]
                    fine[place] = seen if before is None or before.shape != seen.shape else before + seen
        flat = np.concatenate([each.ravel() for each in found])
        return self.case.shared(flat, fine), lost

    def traced(self, name: str, by_place: np.ndarray, place: int) -> np.ndarray | None:
        """How much the parts of a column counted, where it is known how much the places of a feed did."""
        feed = self.rebuilt.feeds[name]
        trace = Trace(
            by_place, self.features[name][0].numpy(), self.case.values[place], self.case.parts[place],
            lambda values: self.rebuilt.read(name, values), self.rebuilt.view(name), feed.places.index(place),
        )  # fmt: skip
        return feed.kind.sight().traced(trace)

    def mapped(self, name: str, amounts: np.ndarray) -> tuple[Share, ...]:
        """How much each part counted, where it is known how much the places of a layer did that reads a feed."""
        found = [np.zeros(parts.shape) for parts in self.case.parts]
        fine: list[np.ndarray | None] = [None] * len(found)
        steps = self.features[name].shape[1:]
        if amounts.ndim == 1 and not self.features[name].is_floating_point() and len(amounts) != steps[0]:
            amounts = gathered(amounts, (steps[0],))
        for place in self.rebuilt.feeds[name].places:
            mine = self.traced(name, amounts[None] if amounts.ndim == 2 else amounts, place)
            if mine is not None:
                found[place] = mine.reshape(found[place].shape)
                fine[place] = amounts if amounts.ndim == 2 else None
        return self.case.shared(np.concatenate([each.ravel() for each in found]), fine)


@contextlib.contextmanager
def replaced(held: dict[Block, list[torch.Tensor]]) -> Iterator[None]:
    """Has blocks say what they would of vectors that are given, in place of those that they would look up."""
    try:
        for block, given in held.items():
            block.forward = said_of(block, torch.cat(given))  # type: ignore[method-assign]
        yield
    finally:
        for block in held:
            del block.forward


def said_of(block: Block, vectors: torch.Tensor) -> Any:
    """What stands in place of a block's `forward`."""
    if not isinstance(block, Bag):
        return lambda x: vectors

    def mean(x: torch.Tensor) -> torch.Tensor:
        there = (x != 0).to(vectors.dtype)[..., None]
        return (vectors * there).sum(1) / there.sum(1).clamp(min=1)

    return mean


def vectors_of(block: Block, x: torch.Tensor) -> torch.Tensor:
    """What a block finds for each place of what it reads."""
    with torch.no_grad():
        if isinstance(block, Bag):
            return block.table[x.long()].detach().clone()
        found: torch.Tensor = block(x.long())
        return found.detach().clone()


def nothing_of(block: Block, vectors: torch.Tensor, blank: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """What it would find where nothing is said: of labels those of a blank, of tokens no vectors at all."""
    if isinstance(block, OneHot | Embed):
        return vectors_of(block, blank)
    if isinstance(block, Ordered):  # which steps there are, is told beside the vectors
        return torch.cat([vectors[:, :1], torch.zeros_like(vectors[:, 1:])], dim=1)
    return torch.zeros_like(vectors)


def placed(leaf: Leaf, amounts: torch.Tensor) -> np.ndarray:
    """The amounts of a leaf's numbers, added up for each place of what the block read."""
    block, found = leaf.block, amounts.double()
    if isinstance(block, OneHot):
        columns = int(block.columns.max()) + 1
        found = torch.zeros(columns, dtype=found.dtype).index_add(0, block.columns, found)
    elif isinstance(block, Embed):
        found = found.view(len(block.offsets), -1).sum(1)
    elif isinstance(block, Ordered):
        found = found[1:].sum(0)
    elif isinstance(block, Bag) or leaf.at is not None:
        found = found.sum(-1)
    elif found.ndim == 2:  # a track: the first row says which steps there are
        found = found[1:].sum(0)
    array: np.ndarray = found.numpy()
    return array
