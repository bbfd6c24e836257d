"""3. The shape: an Architecture is the frozen plan of one network.

A plan says which layers read each feed (encoders), what they have in common (trunk), and which
layers say each answer (heads). `build` makes the network of a plan; plans.py says which plans to try.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace

import torch

from wisen import nn
from wisen.nn.committee import Committee
from wisen.nn.form import Form, Ids, Layer, Vector
from wisen.nn.network import Network
from wisen.nn.twins import Twins
from wisen.nn.whole import Whole
from wisen.own import WHOLE, described

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
