"""3. Which shapes to try: a fitted signature and a width become an Architecture.

Kinds say what they give and need; here the two are matched, so no kind knows another.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch

from wisen import nn
from wisen.architecture import Architecture, Part, width_of
from wisen.errors import BadSignature, listed
from wisen.nn.form import Form, Grid, Ids, Layer, Sparse, Team, Texts, Tokens, Track, Vector
from wisen.nn.form import Sequence as Steps
from wisen.own import TRUNK, WHOLE, own_parts
from wisen.signature import Column, Feed, feeds

SIZES = ((0, 1), (32, 1), (128, 8))
"""The widths and the members to try: a linear program, a small network, a team of wide ones (TabM). The
smallest good one wins."""
ROWS = ((0, 1, 0), (32, 1, 0), (256, 1, -1), (128, 8, -1))
"""The same where nothing but rows are read, of which a wide network reads many in a second; and the way in
which feeds are read: the first or the last."""
OWN_WIDTH = 64
"""The encoders' size beside a network of the user's."""
LONGEST_VECTOR = 1024
"""Cells up to which a grid is read place by place, and not averaged over its places."""
PLACES: dict[str, tuple[type[Form], ...]] = {"grid": (Grid,), "sequence": (Track, Steps)}
"""The forms that an answer may need in place of a vector."""


def plans(
    inputs: Sequence[Column],
    outputs: Sequence[Column],
    network: Any = None,
    sizes: Sequence[tuple[int, int]] | None = None,
) -> tuple[Architecture, ...]:
    """The architectures to try, the smallest first, for fitted columns.

    `network` is a module of the user's: alone it is the trunk; a mapping says for which input,
    for the "trunk" or for the "whole". Then there is one plan. Raises BadNetwork.
    """
    own = own_parts(network, feeds(inputs))
    if own:
        alone = plan(feeds(inputs), outputs, OWN_WIDTH, own)
        alone.build()  # so that what does not fit is told before anything else happens
        return (alone,)
    read = feeds(inputs)
    needing = [column.kind for column in outputs if column.kind.by_place]
    if sizes is None and needing:
        sizes = tuple((width, 1) for width in needing[0].widths)
    if sizes is None and all(isinstance(feed.kind.form(), Vector | Ids) for feed in read):
        return tuple(plan(read, outputs, width, {}, members, way) for width, members, way in ROWS)
    found = []
    for width, members in sizes or SIZES:
        # What reads places does so in one view; so there is one way to read where nothing else is asked.
        for read in readings(inputs, width)[: 1 if len(needing) == len(outputs) else None]:
            ways = max(len(feed.kind.encoders(width)) for feed in read) if members > 1 else 1
            twins = any(len(group) > 1 for group in alike(read, {}))
            if twins and (members > 1 or not width):
                found += [plan(read, outputs, width, {}, members, way, beside=False) for way in range(ways)]
            found += [plan(read, outputs, width, {}, members, way) for way in range(ways - 1 if twins else 0, ways)]
    return tuple(found)


def readings(inputs: Sequence[Column], width: int) -> list[tuple[Feed, ...]]:
    """The feeds in each of the ways to read them that are worth trying."""
    ways = [(feed, feed.kind.ways(width)) for feed in feeds(inputs)]
    most = max(len(each) for _, each in ways)
    return [
        tuple(feed.view(name) for feed, each in ways for name in each[min(number, len(each) - 1)])
        for number in range(most)
    ]


def read_by(tried: Sequence[Architecture], inputs: Sequence[Column]) -> tuple[Feed, ...]:
    """The feeds, in all views that the plans read."""
    names = {name for each in tried for name in each.reads}
    every = [feed.view(name) for feed in feeds(inputs) for name in feed.kind.views()]
    return tuple(feed for feed in every if feed.name in names)


def plan(
    read: Sequence[Feed],
    outputs: Sequence[Column],
    width: int,
    own: Mapping[str, torch.nn.Module],
    members: int = 1,
    way: int = 0,
    beside: bool = True,
) -> Architecture:
    """The architecture of one width: of one network or of a team, its feeds read in one of their ways, and twins
    told beside what they have in common, or only that."""
    placed = tuple((column.name, by_place(column, read, width, own)) for column in outputs if column.kind.by_place)
    outputs = [column for column in outputs if not column.kind.by_place]
    groups = alike(read, own) if outputs else []
    encoders = [encoder(group, width, own, way, beside) for group in groups]
    total = 0
    if WHOLE not in own:
        total = sum(width_of(part.reader().gives) for part in encoders)
    trunk = Part(TRUNK, Vector(total), trunk_layers(width, members))
    if TRUNK in own:
        trunk = Part(TRUNK, Vector(total), to_vector((Layer("own", own[TRUNK]),), Vector(total)))
    last = trunk.build().gives
    heads = tuple(Part(column.name, last, column.kind.head()) for column in outputs)
    plain, straight = ((), ()) if own or not width or not outputs else linear_path(read, outputs)
    direct = () if own else sums(read, outputs)
    return Architecture(
        width,
        tuple(encoders),
        trunk,
        heads,
        plain,
        straight,
        direct,
        placed,
        own.get(WHOLE),
        frozen=sum(feed.kind.frozen() for feed in (read if outputs else map(in_places, read))),
    )


def by_place(column: Column, read: Sequence[Feed], width: int, own: Mapping[str, torch.nn.Module]) -> Part:
    """The layers from a feed to an answer that needs its places; raises BadSignature where there is no such feed, or
    another one beside it, which the answer could not depend on."""
    read = tuple({feed.source or feed.name: in_places(feed) for feed in read}.values())
    found = [(feed, feed.kind.placed(width)) for feed in read]
    able = [(feed, layers) for feed, layers in found if layers is not None and fits(column, feed, layers)]
    what = f"{column.kind.annotation} is said by the {column.kind.needs} of one input"
    if not able:
        raise BadSignature(f"{what}, and none of {listed(feed.name for feed in read)} has one", "Take such an input.")
    if len(read) > 1:
        raise BadSignature(f"{what}: it cannot depend on {listed(feed.name for feed in read)}", "Keep one of them.")
    feed, layers = able[0]
    layers = (Layer("own", own[feed.name]),) if feed.name in own else layers
    form = feed.kind.form()
    return Part(feed.name, form, (*layers, *column.kind.placed_head(nn.build(layers, form).gives)))


def in_places(feed: Feed) -> Feed:
    """The feed in the view that keeps what stands where, whichever view of it this is."""
    view = feed.kind.places
    return replace(feed, name=feed.source or feed.name, source="").view(view) if view else feed


def fits(column: Column, feed: Feed, layers: tuple[Layer, ...]) -> bool:
    """Whether layers that read a feed give what an answer needs."""
    return isinstance(nn.build(layers, feed.kind.form()).gives, PLACES[column.kind.needs])


def sums(read: Sequence[Feed], outputs: Sequence[Column]) -> tuple[tuple[str, Part], ...]:
    """The weighted sums of sparse vectors, by the answer that they are added to."""
    sparse = [(feed.name, feed.kind.form()) for feed in read if isinstance(feed.kind.form(), Sparse)]
    found = []
    for column in outputs:
        width = width_of(nn.build(column.kind.head(), Vector(1)).gives)
        found += [(column.name, Part(name, form, (Layer("weighed", width),))) for name, form in sparse]
    return tuple(found)


def linear_path(read: Sequence[Feed], outputs: Sequence[Column]) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """(the feeds that enter a linear path beside the network, the weighted sums that it adds to each head)."""
    ways = [(feed, feed.kind.plain()) for feed in read]
    plain = tuple(Part(feed.name, feed.kind.form(), layers) for feed, layers in ways if layers is not None)
    total = sum(width_of(part.build().gives) for part in plain)
    straight = tuple(Part(column.name, Vector(total), column.kind.head()) for column in outputs)
    return (plain, straight) if plain else ((), ())


def alike(read: Sequence[Feed], own: Mapping[str, torch.nn.Module]) -> list[list[Feed]]:
    """The feeds, those together that share one encoder: twins, unless the user has a module for one of them."""
    groups: dict[Hashable, list[Feed]] = {}
    for feed in read:
        twin = None if WHOLE in own or feed.name in own else feed.kind.twin()
        groups.setdefault(feed.name if twin is None else (type(feed.kind), twin), []).append(feed)
    return list(groups.values())


def encoder(
    group: Sequence[Feed], width: int, own: Mapping[str, torch.nn.Module], way: int = 0, beside: bool = True
) -> Part:
    """The layers that read a feed, or twins, in one of their ways, or in their last, up to a vector."""
    kind, names = group[0].kind, tuple(feed.name for feed in group)
    form, ways = kind.form(), kind.encoders(width)
    layers = (Layer("own", own[names[0]]),) if names[0] in own else ways[min(way, len(ways) - 1)]
    return Part(
        ", ".join(names), form, to_vector(layers, form), names if len(names) > 1 else (), beside or len(names) == 1
    )


def to_vector(layers: tuple[Layer, ...], form: Form) -> tuple[Layer, ...]:
    """The layers, and after them what makes their answer a vector."""
    gives = nn.build(layers, form).gives
    match gives:
        case Vector() | Team():
            return layers
        case Grid():
            cells = gives.channels * gives.height * gives.width
            return (*layers, Layer("flatten" if cells <= LONGEST_VECTOR else "mean"))
        case Steps():
            return (*layers, Layer("mean"))
        case Track():
            return (*layers, Layer("peaks"))
        case Ids():
            return (*layers, Layer("onehot"))
        case Sparse():
            return (*layers, Layer("nothing"))
        case Tokens():
            return (*layers, Layer("bag", 32))
        case Texts():
            raise TypeError("texts are an answer, and no vector is made of them")


def trunk_layers(width: int, members: int = 1) -> tuple[Layer, ...]:
    """Two hidden layers of a width, those of a team where there are members; none where the width is 0."""
    if not width:
        return ()
    sums = Layer("shared" if members > 1 else "linear", width)
    hidden = (sums, Layer("relu"), Layer("dropout", 0.1))
    return (*([Layer("members", members)] if members > 1 else []), *hidden, *hidden)
