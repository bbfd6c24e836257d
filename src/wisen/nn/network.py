"""Network: encoders, trunk and heads joined: several tensors in, several out."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from spox import Var

from wisen.nn.block import Block, constant, op
from wisen.nn.chain import Chain
from wisen.nn.form import Grid, Sequence, Team, Track, Vector
from wisen.nn.twins import Twins

Chains = Mapping[str, Chain]
Readers = Mapping[tuple[str, ...], Chain | Twins]
"""Encoders by the feeds that each reads: one, or several where they are twins."""
SAID = "said"
"""The form of what is seen where there is nothing but what the first head says."""
FORMS: dict[type, str] = {Vector: "vector", Team: "team", Grid: "grid", Sequence: "sequence", Track: "track"}
"""The forms that what is seen may have, in a word each."""


class Network(torch.nn.Module):
    """Each encoder reads its feed or its twins; the trunk reads all of them side by side; each head says one answer.

    Beside it may go a linear path: `plain` reads some of the feeds as they are, and `straight` adds
    its weighted sums to what the heads say; so the network has to learn only what is not linear. What
    enters as a sparse vector has weighted sums of its own: `direct`, by (feed, answer). Answers that need the
    places of one feed are said by what reads only that: `placed`, by (feed, answer).
    An answer that is said piece by piece is told the `truths` while it is learned and judged.
    Where the trunk is a team, each member says its own answer while training, [batch, members,
    width]; what the network says is their average.
    """

    def __init__(
        self, encoders: Readers, trunk: Chain, heads: Chains,
        plain: Readers | None = None, straight: Chains | None = None,
        direct: Mapping[tuple[str, str], Chain] | None = None,
        placed: Mapping[tuple[str, str], Chain] | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.feeds, self.answers, self.plainly = list(encoders), list(heads), list(plain or {})
        # By number, because a name may hold characters that torch does not allow.
        self.encoders = torch.nn.ModuleList(encoders.values())
        self.trunk = trunk
        self.heads = torch.nn.ModuleList(heads.values())
        self.plain = torch.nn.ModuleList((plain or {}).values())
        self.straight = torch.nn.ModuleList((straight or {}).values())
        self.directly = list(direct or {})
        self.direct = torch.nn.ModuleList((direct or {}).values())
        self.placedly = list(placed or {})
        self.placed = torch.nn.ModuleList((placed or {}).values())

    def forward(self, features: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        said = self.by_vector(features, self.shared(features)) if self.answers else {}
        return said | {answer: path(features[feed]) for (feed, answer), path in zip(self.placedly, self.placed)}

    def told(self, features: Mapping[str, torch.Tensor], truths: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """What it says where it may know the true answers: other than `forward` for those said piece by piece."""
        said = self.by_vector(features, self.shared(features)) if self.answers else {}
        for (feed, answer), path in zip(self.placedly, self.placed):
            assert isinstance(path, Chain)
            said[answer] = path.told(features[feed], truths[answer])
        return said

    def graph(self, features: Mapping[str, Var]) -> dict[str, Var]:
        return self.seen_graph(features)[0]

    def shared(self, features: Mapping[str, torch.Tensor]) -> torch.Tensor:
        """What the heads read: the trunk's vector, or where it is a team those of its members."""
        found: torch.Tensor = self.trunk(joined(self.feeds, self.encoders, features))
        return found

    def seen(self, features: Mapping[str, torch.Tensor]) -> torch.Tensor:
        """What it has made of the inputs when only the last layers are left, in the form that `seeing` names."""
        if self.seeing == SAID:
            return next(iter(self(features).values()))
        if self.answers:
            return self.shared(features)
        x = features[self.placedly[0][0]]
        for block in self.before:
            x = block(x)
        return x

    def seen_graph(self, features: Mapping[str, Var]) -> tuple[dict[str, Var], Var]:
        """The graph of what it says, and of what it has `seen`: nodes that are there in any case."""
        said: dict[str, Var] = {}
        seen = None
        if self.answers:
            seen = self.trunk.graph(joined_graph(self.feeds, self.encoders, features))
            said = self.by_vector_graph(features, seen)
        for (feed, answer), path in zip(self.placedly, self.placed):
            assert isinstance(path, Chain)
            *before, last = path.blocks
            x = features[feed]
            for block in before:
                assert isinstance(block, Block)
                x = block.graph(x)
            seen = x if seen is None else seen
            assert isinstance(last, Block)
            said[answer] = last.graph(x)
        return said, next(iter(said.values())) if self.seeing == SAID or seen is None else seen

    @property
    def before(self) -> list[torch.nn.Module]:
        """The layers before the one that says the first answer by its places."""
        path = self.placed[0]
        assert isinstance(path, Chain)
        return list(path.blocks)[:-1]

    @property
    def seeing(self) -> str:
        """The form of what it has `seen`: a word of FORMS; what it says, where the heads read no vector at all."""
        if self.answers:
            form = self.trunk.gives
            wide = not isinstance(form, Vector) or form.width
            return FORMS[type(form)] if wide else SAID
        gives = getattr(self.before[-1], "gives", None) if self.before else None
        return FORMS.get(type(gives), SAID)

    def by_vector(self, features: Mapping[str, torch.Tensor], shared: torch.Tensor) -> dict[str, torch.Tensor]:
        """The answers that the trunk's vector says."""
        said = [head(shared) for head in self.heads]
        if self.plain:
            plain = joined(self.plainly, self.plain, features)
            said = [added(guess, path(plain)) for guess, path in zip(said, self.straight)]
        for (feed, answer), path in zip(self.directly, self.direct):
            place = self.answers.index(answer)
            said[place] = added(said[place], path(features[feed]))
        if not self.training:
            said = [guess if guess.ndim == 2 else guess.mean(1) for guess in said]
        return dict(zip(self.answers, said, strict=True))

    def by_vector_graph(self, features: Mapping[str, Var], shared: Var) -> dict[str, Var]:
        """The graph of `by_vector`."""
        said = [graph_of(head, shared) for head in self.heads]
        said = [averaged(guess) for guess in said]
        if self.plain:
            plain = joined_graph(self.plainly, self.plain, features)
            said = [op.add(guess, graph_of(path, plain)) for guess, path in zip(said, self.straight)]
        for (feed, answer), path in zip(self.directly, self.direct):
            place = self.answers.index(answer)
            said[place] = op.add(said[place], graph_of(path, features[feed]))
        return dict(zip(self.answers, said, strict=True))


def joined(
    names: list[tuple[str, ...]], readers: torch.nn.ModuleList, features: Mapping[str, torch.Tensor]
) -> torch.Tensor:
    """What the readers say of their feeds, side by side."""
    read = [
        reader([features[name] for name in own]) if isinstance(reader, Twins) else reader(features[own[0]])
        for own, reader in zip(names, readers)
    ]
    return read[0] if len(read) == 1 else torch.cat(read, dim=1)


def added(guess: torch.Tensor, straight: torch.Tensor) -> torch.Tensor:
    """What a head says with the linear path added, to each member's guess where there is a team."""
    return guess + (straight if guess.ndim == 2 else straight[:, None])


def joined_graph(names: list[tuple[str, ...]], readers: torch.nn.ModuleList, features: Mapping[str, Var]) -> Var:
    """The graph of `joined`."""
    read = [
        reader.graph([features[name] for name in own])
        if isinstance(reader, Twins)
        else graph_of(reader, features[own[0]])
        for own, reader in zip(names, readers, strict=True)
    ]
    return read[0] if len(read) == 1 else op.concat(read, axis=1)


def averaged(guess: Var) -> Var:
    """The average of the members' guesses, where there is a team."""
    team = len(guess.unwrap_tensor().shape or ()) == 3
    return op.reduce_mean(guess, constant([1]), keepdims=0) if team else guess


def graph_of(chain: torch.nn.Module, x: Var) -> Var:
    """The graph of a chain that a ModuleList hands out as a plain module."""
    assert isinstance(chain, Chain)
    return chain.graph(x)
