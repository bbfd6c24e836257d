"""Widened: a network of more width that says exactly what a narrower one says (Chen et al., 2016, Net2Net).

Each number of the wide network is a copy of one of the narrow one; what reads the copies gives each of them a share of
the weight, and the shares add up to it. Shares are not equal, so that copies learn different things from then on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import torch

from wisen.errors import BadNetwork
from wisen.nn.average import Average
from wisen.nn.bag import Bag
from wisen.nn.chain import Chain
from wisen.nn.conv import Conv
from wisen.nn.dropout import Dropout
from wisen.nn.embed import Embed
from wisen.nn.flatten import Flatten
from wisen.nn.form import Grid, Team, Track, Vector
from wisen.nn.halve import Halve
from wisen.nn.linear import Linear
from wisen.nn.mean import Mean
from wisen.nn.members import Members
from wisen.nn.network import Network
from wisen.nn.nothing import Nothing
from wisen.nn.onehot import OneHot
from wisen.nn.ordered import Ordered
from wisen.nn.peaks import Peaks
from wisen.nn.piecewise import Piecewise
from wisen.nn.point import Point
from wisen.nn.pool import Pool
from wisen.nn.relu import Relu
from wisen.nn.residual import Residual
from wisen.nn.shared import Shared
from wisen.nn.slide import Slide
from wisen.nn.steps import Steps
from wisen.nn.twins import Twins
from wisen.nn.weighed import Weighed

SHRUNK = 0.2
"""The share of widened weights in those that a training begins with, beside weights that know nothing (Ash and Adams,
2020, On Warm-Starting Neural Network Training): with all of them it went on learning by heart where the narrow network
had stopped, and found worse ones than from nothing."""
LEAST = 0.3
"""The least of two shares, as a part of an equal one."""


@dataclass(frozen=True)
class Copies:
    """Which number of the narrow network each number of the wide one is a copy of, and its share in what reads it."""

    of: torch.Tensor
    shares: torch.Tensor

    @classmethod
    def same(cls, count: int) -> Copies:
        """Each number is itself."""
        return cls(torch.arange(count), torch.ones(count))

    @classmethod
    def made(cls, narrow: int, wide: int, chance: torch.Generator) -> Copies:
        """So many numbers as copies of fewer: all of them first, then any, of which none has many more than others."""
        if wide < narrow:
            raise BadNetwork(f"a layer of {narrow} cannot become one of {wide} and say the same")
        rounds = [torch.randperm(narrow, generator=chance) for _ in range(-(-wide // narrow) - 1)]
        of = torch.cat([torch.arange(narrow), *rounds])[:wide]
        weights = LEAST + (2 - 2 * LEAST) * torch.rand(wide, generator=chance)
        totals = torch.zeros(narrow).index_add(0, of, weights)
        return cls(of, weights / totals[of])

    @classmethod
    def joined(cls, parts: Iterable[tuple[Copies, int]]) -> Copies:
        """Copies side by side, each with how many numbers the narrow network has there."""
        nothing = cls.same(0)
        of, shares, start = [nothing.of], [nothing.shares], 0
        for copies, count in parts:
            of.append(copies.of + start)
            shares.append(copies.shares)
            start += count
        return cls(torch.cat(of), torch.cat(shares))

    def spread(self, times: int) -> Copies:
        """The same where each number has become so many, side by side."""
        of = (self.of[:, None] * times + torch.arange(times)).flatten()
        return Copies(of, self.shares.repeat_interleave(times))

    def equal(self, other: Copies) -> bool:
        """Whether they copy the same."""
        return torch.equal(self.of, other.of)


@dataclass(frozen=True)
class Pair:
    """A block of the narrow network and that of the wide one in its place, what the narrow one reads as copies, and
    whether the wide one gives more."""

    narrow: Any
    wide: Any
    read: Copies
    chance: torch.Generator

    def gives(self) -> Copies:
        """Copies of what the narrow one gives; each itself where the wide one gives no more."""
        small, large = numbers(self.narrow.gives), numbers(self.wide.gives)
        return Copies.same(small) if small == large else Copies.made(small, large, self.chance)


def numbers(form: Any) -> int:
    """How many numbers a form has at each place; none where it holds classes or tokens."""
    match form:
        case Vector() | Team():
            return form.width
        case Grid() | Track():
            return form.channels
    return 0


def put(weight: Any, value: torch.Tensor) -> None:
    """Sets a weight."""
    if weight.shape != value.shape:
        raise BadNetwork(f"a weight of {tuple(weight.shape)} cannot become one of {tuple(value.shape)}")
    weight.data.copy_(value)


# ---- blocks ------------------------------------------------------------------------------------


def as_it_is(pair: Pair) -> Copies:
    """A block without weights that leaves each number in its place."""
    return pair.read


def first(pair: Pair) -> Copies:
    """A block that reads an input as it is: both networks have the same."""
    return Copies.same(numbers(pair.narrow.gives))


def linear(pair: Pair) -> Copies:
    """Weighted sums; those of a team have a matrix for each member."""
    gives, read = pair.gives(), pair.read
    weight = pair.narrow.weight[..., read.of, :] * read.shares[:, None]
    put(pair.wide.weight, weight[..., gives.of])
    put(pair.wide.bias, pair.narrow.bias[..., gives.of])
    return gives


def members(pair: Pair) -> Copies:
    """A scaling for each member."""
    put(pair.wide.scale, pair.narrow.scale[:, pair.read.of])
    return pair.read


def shared(pair: Pair) -> Copies:
    """Weighted sums with one matrix, and scalings of what goes in and comes out for each member."""
    gives, read, narrow, wide = pair.gives(), pair.read, pair.narrow.sums, pair.wide.sums
    put(wide.r, narrow.r[:, read.of])
    put(wide.weight, (narrow.weight[:, read.of] * read.shares)[gives.of])
    put(wide.s, narrow.s[:, gives.of])
    put(wide.bias, narrow.bias[:, gives.of])
    return gives


def filters(narrow: Any, wide: Any, read: Copies, gives: Copies) -> None:
    """Filters over a grid or a track, with what they read as copies and what they give."""
    shares = read.shares.view(1, -1, *[1] * (narrow.weight.ndim - 2))
    put(wide.weight, (narrow.weight[:, read.of] * shares)[gives.of])
    if narrow.bias is not None:
        put(wide.bias, narrow.bias[gives.of])


def norm(narrow: Any, wide: Any, gives: Copies) -> None:
    """Batch normalisation."""
    for name in ("weight", "bias", "running_mean", "running_var"):
        put(getattr(wide, name), getattr(narrow, name)[gives.of])


def conv(pair: Pair) -> Copies:
    """Filters, batch normalisation and relu."""
    gives = pair.gives()
    filters(pair.narrow.filters, pair.wide.filters, pair.read, gives)
    norm(pair.narrow.norm, pair.wide.norm, gives)
    return gives


def residual(pair: Pair) -> Copies:
    """What two layers of filters add to a grid: where it is added as it is, copies have to be those that came in."""
    narrow, wide, read = pair.narrow, pair.wide, pair.read
    if (narrow.across is None) != (wide.across is None):
        raise BadNetwork("a residual block that adds to what it reads cannot become one that adds to filters of it")
    inside = conv(Pair(narrow.first, wide.first, read, pair.chance))
    gives = read if narrow.across is None else pair.gives()
    filters(narrow.filters, wide.filters, inside, gives)
    norm(narrow.norm, wide.norm, gives)
    if narrow.across is not None:
        filters(narrow.across, wide.across, read, gives)
    return gives


def slide(pair: Pair) -> Copies:
    """Filters over the steps of a track, added to it where it has as many channels."""
    if pair.narrow.added != pair.wide.added:
        raise BadNetwork("filters that add to what they read cannot become some that do not")
    gives = pair.read if pair.narrow.added else pair.gives()
    filters(pair.narrow.filters, pair.wide.filters, pair.read, gives)
    return gives


def flatten(pair: Pair) -> Copies:
    """All cells of a grid, channel by channel."""
    form = pair.narrow.gives
    return pair.read.spread(form.width // max(1, int(pair.read.of.max()) + 1))


def peaks(pair: Pair) -> Copies:
    """The maximum of each channel, and then the average of each."""
    count = pair.narrow.channels
    return Copies.joined([(pair.read, count), (pair.read, count)])


def table(pair: Pair) -> Copies:
    """A learned vector for each class, in each column."""
    narrow, wide = pair.narrow.table, pair.wide.table
    gives = Copies.made(narrow.shape[1], wide.shape[1], pair.chance)
    put(wide, narrow[:, gives.of])
    columns = numbers(pair.narrow.gives) // narrow.shape[1]
    return Copies.joined([(gives, narrow.shape[1])] * columns)


def piecewise(pair: Pair) -> Copies:
    """A learned vector for each number."""
    narrow, wide = pair.narrow.embeddings, pair.wide.embeddings
    small, large = narrow.linear0.weight.shape[1], wide.linear0.weight.shape[1]
    gives = Copies.made(small, large, pair.chance)
    put(wide.linear0.weight, narrow.linear0.weight[:, gives.of])
    put(wide.linear0.bias, narrow.linear0.bias[:, gives.of])
    put(wide.linear.weight, narrow.linear.weight[..., gives.of])
    return Copies.joined([(gives, small)] * len(narrow.linear0.weight))


def steps(pair: Pair) -> Copies:
    """A vector cut into steps: each step has the same copies."""
    count = pair.narrow.gives.channels
    return Copies(pair.read.of[: pair.wide.gives.channels] % count, pair.read.shares[: pair.wide.gives.channels])


def weighed(pair: Pair) -> Copies:
    """Weighted sums of a sparse vector, which is an input."""
    put(pair.wide.weight, pair.narrow.weight)
    return Copies.same(pair.narrow.gives.width)


WIDENED: dict[type, Callable[[Pair], Copies]] = {
    Average: as_it_is,
    Bag: table,
    Conv: conv,
    Dropout: as_it_is,
    Embed: table,
    Flatten: flatten,
    Halve: conv,
    Linear: linear,
    Mean: as_it_is,
    Members: members,
    Nothing: first,
    OneHot: first,
    Ordered: table,
    Peaks: peaks,
    Piecewise: piecewise,
    Point: conv,
    Pool: as_it_is,
    Relu: as_it_is,
    Residual: residual,
    Shared: shared,
    Slide: slide,
    Steps: steps,
    Weighed: weighed,
}
"""How a wide block gets its weights from a narrow one. What stands not here cannot be widened: it is learned anew."""


# ---- networks ----------------------------------------------------------------------------------


def widened(narrow: Network, wide: Network, seed: int = 0) -> Network:
    """The wide network, with weights by which it says exactly what the narrow one says; raises BadNetwork where that
    cannot be."""
    chance = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        read = side_by_side(narrow.encoders, wide.encoders, chance)
        last = passed(narrow.trunk, wide.trunk, read, chance)
        for small, large in zip(narrow.heads, wide.heads, strict=True):
            passed(small, large, last, chance)
        plain = side_by_side(narrow.plain, wide.plain, chance) if narrow.plain else Copies.same(0)
        for small, large in zip(narrow.straight, wide.straight, strict=True):
            passed(small, large, plain, chance)
        for small, large in zip([*narrow.direct, *narrow.placed], [*wide.direct, *wide.placed], strict=True):
            passed(small, large, None, chance)
    return wide


def begun(wide: Network, fresh: Network) -> dict[str, torch.Tensor]:
    """The weights that a training begins with: those of a widened network, moved a good part of the way to those of a
    new one; what normalisation has counted is kept."""
    new = dict(fresh.named_parameters())
    return {
        name: torch.lerp(new[name].detach(), weight, SHRUNK) if name in new else weight.clone()
        for name, weight in wide.state_dict().items()
    }


def side_by_side(narrow: Any, wide: Any, chance: torch.Generator) -> Copies:
    """What several readers give, side by side."""
    found = []
    for small, large in zip(narrow, wide, strict=True):
        if isinstance(small, Twins):
            copies, count = passed(small.encoder, large.encoder, None, chance), numbers(small.encoder.gives)
            found += [(copies, count)] * (numbers(small.gives) // max(1, count))
        else:
            found.append((passed(small, large, None, chance), numbers(small.gives)))
    return Copies.joined(found)


def passed(narrow: Any, wide: Any, read: Copies | None, chance: torch.Generator) -> Copies:
    """What a chain gives of what it reads; of an input (None) each number is itself."""
    assert isinstance(narrow, Chain) and isinstance(wide, Chain)
    if read is None and narrow.reads != wide.reads:
        raise BadNetwork(f"what reads {narrow.reads} cannot be widened to what reads {wide.reads} and say the same")
    read = Copies.same(numbers(narrow.reads)) if read is None else read
    if len(narrow.blocks) != len(wide.blocks):
        raise BadNetwork(f"{len(narrow.blocks)} layers cannot be widened to {len(wide.blocks)} and say the same")
    for small, large in zip(narrow.blocks, wide.blocks, strict=True):
        if type(small) not in WIDENED or type(small) is not type(large):
            raise BadNetwork(f"a layer of the sort {type(small).__name__.lower()} cannot be widened and say the same")
        read = WIDENED[type(small)](Pair(small, large, read, chance))
    return read
