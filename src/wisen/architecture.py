"""3. The shape: a fitted signature and a width become an Architecture, a frozen plan.

A plan says which layers read each feed (encoders), what they have in common (trunk), and which
layers say each answer (heads). Kinds say what they give and need; here the two are matched, so no
kind knows another. `build` makes the network of a plan.
"""

from __future__ import annotations

import copy
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from wisen import nn
from wisen.errors import BadSignature, listed
from wisen.nn.committee import Committee
from wisen.nn.form import Form, Grid, Ids, Layer, Sparse, Team, Texts, Tokens, Track, Vector
from wisen.nn.form import Sequence as Steps
from wisen.nn.network import Network
from wisen.nn.twins import Twins
from wisen.nn.whole import Whole
from wisen.own import TRUNK, WHOLE, described, own_parts
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
LINEAR = {"average", "flatten", "onehot", "linear", "nothing", "peaks", "weighed"}
"""Blocks of which a linear program is made."""
NAMED = {"piecewise", "residual"}
"""Blocks that stand in the name of an architecture: it differs from another one by them."""


@dataclass(frozen=True)
class Part:
    """Layers with a name, and the form that they read; of twins the names and how they are compared."""

    name: str
    form: Form
    layers: tuple[Layer, ...]
    twins: tuple[str, ...] = ()
    beside: bool = True
    """Whether the vectors of twins are told beside what compares them."""

    @property
    def feeds(self) -> tuple[str, ...]:
        """The names of what it reads."""
        return self.twins or (self.name,)

    def build(self) -> nn.Chain:
        """The blocks of the layers."""
        return nn.build(self.layers, self.form)

    def reader(self) -> nn.Chain | Twins:
        """The blocks, and what compares what they say of twins."""
        return Twins(self.build(), len(self.twins), self.beside) if self.twins else self.build()


@dataclass(frozen=True)
class Architecture:
    """The plan of one network: encoders, trunk and heads, and a linear path beside them, of feeds that
    enter it as they are (`plain`) and a weighted sum for each head (`straight`), and with weighted sums of
    its own (`direct`, by answer) what enters as a sparse vector; what says answers that need the places of one
    feed (`placed`, by answer); or a whole of the user's."""

    width: int
    encoders: tuple[Part, ...]
    trunk: Part
    heads: tuple[Part, ...]
    plain: tuple[Part, ...] = ()
    straight: tuple[Part, ...] = ()
    direct: tuple[tuple[str, Part], ...] = ()
    placed: tuple[tuple[str, Part], ...] = ()
    whole: torch.nn.Module | None = None
    together: int = 1
    """How many networks of this plan answer together."""
    beside: tuple[tuple[Architecture, float], ...] = ()
    """Other plans whose networks answer with them, and how much each of these plans counts, of 1 for all."""
    frozen: int = 0
    """How many weights of networks that were trained on other data it holds."""

    @property
    def name(self) -> str:
        """What a person calls it."""
        if self.whole is not None:
            return type(self.whole).__name__
        own = [type(layer.size).__name__ for part in self.parts() for layer in part.layers if layer.block == "own"]
        if own:
            return " + ".join(own)
        team = [f" x {layer.size}" for layer in self.trunk.layers if layer.block == "members"]
        named = sorted({layer.block for part in self.encoders for layer in part.layers} & NAMED)
        compared = ["compared"] if any(part.twins and not part.beside for part in self.encoders) else []
        together = [f"{self.together} together"] if self.together > 1 else []
        size = f"width {self.width}{''.join(team)}" if self.width else "linear"
        plain = ", ".join([size, *named, *compared, *self.views, *together])
        return " and ".join([plain, *(other.name for other, _ in self.beside)])

    @property
    def light(self) -> bool:
        """Whether it reads rows and no more: then several networks together still answer at once."""
        own = self.whole is not None or any(layer.block == "own" for part in self.parts() for layer in part.layers)
        return not own and not self.placed and all(isinstance(part.form, Vector | Ids) for part in self.encoders)

    @property
    def views(self) -> list[str]:
        """The views in which it reads its feeds, where they have a name."""
        return sorted({f"reads {name.rpartition(' ')[2]}" for name in self.reads if " " in name})

    @property
    def linear(self) -> bool:
        """Whether nothing but weighted sums stands between features and answers: then there is one lowest
        point, and steps with all examples at once find it."""
        weighted = {layer.block for part in self.parts() for layer in part.layers} <= LINEAR
        return self.whole is None and not self.trunk.layers and weighted and not self.beside

    @property
    def reads(self) -> tuple[str, ...]:
        """The names of the feeds, in their views, that it reads."""
        read = [*self.encoders, *self.plain, *(part for _, part in (*self.direct, *self.placed))]
        others = (name for other, _ in self.beside for name in other.reads)
        return tuple(dict.fromkeys([*(name for part in read for name in part.feeds), *others]))

    @property
    def places(self) -> dict[str, str]:
        """The feed that says each answer which needs the places of one."""
        return {answer: part.name for answer, part in self.placed}

    def parts(self) -> tuple[Part, ...]:
        """All parts, the way the data goes."""
        trunk = (self.trunk,) if self.heads else ()
        rest = (part for _, part in (*self.direct, *self.placed))
        return (*self.encoders, *trunk, *self.heads, *self.plain, *self.straight, *rest)

    def build(self) -> Network | Whole | Committee:
        """A new network with random weights."""
        if self.together > 1 or self.beside:
            every = [(replace(self, beside=()), 1 - sum(share for _, share in self.beside)), *self.beside]
            alone = [(plan, share / plan.together) for plan, share in every for _ in range(plan.together)]
            return Committee([plan.network() for plan, _ in alone], [share for _, share in alone])
        if self.whole is not None:
            forms = {part.name: part.form for part in self.encoders}
            widths = {part.name: width_of(part.build().gives) for part in self.heads}
            return Whole(copy.deepcopy(self.whole), forms, widths)
        return self.network()

    def network(self) -> Network:
        """A new network of encoders, trunk and heads."""
        encoders, plain = ({part.feeds: part.reader() for part in parts} for parts in (self.encoders, self.plain))
        heads, straight = ({part.name: part.build() for part in parts} for parts in (self.heads, self.straight))
        direct, placed = (
            {(part.name, answer): part.build() for answer, part in parts} for parts in (self.direct, self.placed)
        )
        return Network(encoders, self.trunk.build(), heads, plain, straight, direct, placed)

    def rows(self) -> list[tuple[str, str, str, int]]:
        """(part, layer, what it gives, its parameters) of every layer, the way the data goes."""
        if self.whole is not None:
            network = self.build()
            return [(WHOLE, type(self.whole).__name__, "", parameters(network))]
        found = []
        straight = [*self.plain, *self.straight, *(part for _, part in self.direct)]
        for part in self.parts():
            form: Form = part.form
            name = f"{part.name} (straight)" if part in straight else part.name
            if not part.layers:
                found.append((name, "as it is", str(form), 0))
            for layer in part.layers:
                chain = nn.build((layer,), form)
                form = chain.gives
                found.append((name, str(layer), str(form), parameters(chain) * self.together))
            if part.twins:
                how = "beside, compared" if part.beside else "compared"
                found.append((name, how, str(part.reader().gives), 0))
        others = [(number, row) for number, (other, _) in enumerate(self.beside, 2) for row in other.rows()]
        return [*found, *((f"{number}: {row[0]}", *row[1:]) for number, row in others)]

    def fingerprint(self) -> str:
        """A text that is equal where the plan is: a network of the user's with its source and first weights."""
        own = [layer.size for part in self.parts() for layer in part.layers] + [self.whole]
        return "\n".join([str(self), *(described(module) for module in own if isinstance(module, torch.nn.Module))])

    def __str__(self) -> str:
        return "\n".join(f"{part:12} {layer:16} {gives:20} {count:9,}" for part, layer, gives, count in self.rows())


def parameters(network: torch.nn.Module) -> int:
    """How many numbers gradient descent has to find."""
    return sum(weight.numel() for weight in network.parameters())


def width_of(form: Form) -> int:
    """The width of a vector."""
    assert isinstance(form, Vector)
    return form.width


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
    name, view = feed.source or feed.name, feed.kind.places
    if not view:
        return feed
    return replace(feed, name=f"{name} {view}", kind=feed.kind.views()[view], source=name)


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
