"""Network: encoders, trunk and heads joined: several tensors in, several out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import torch
from spox import Var

from wisen.nn.block import constant, op
from wisen.nn.chain import Chain
from wisen.nn.form import Grid, Sequence, Team, Track, Vector
from wisen.nn.twins import Twins

T = TypeVar("T")
Chains = Mapping[str, Chain]
Readers = Mapping[tuple[str, ...], Chain | Twins]
"""Encoders by the feeds that each reads: one, or several where they are twins."""
SAID = "said"
"""The form of what is seen where there is nothing but what the first head says."""
FORMS: dict[type, str] = {Vector: "vector", Team: "team", Grid: "grid", Sequence: "sequence", Track: "track"}
"""The forms that what is seen may have, in a word each."""
PLACED = ("grid", "sequence", "track")
"""Those that keep places or steps."""
Seen = list[tuple[str, T]]
Call = Callable[[Any, Any], Any]


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

    def seen(self, features: Mapping[str, torch.Tensor]) -> Seen[torch.Tensor]:
        """What it makes of the inputs, level by level: first what the last layers read, then what others give before.

        A pair of a form, a word of FORMS, and a tensor each.
        """
        if self.answers:
            levels, read = read_by(self.feeds, self.encoders, features, torch.nn.Module.__call__)
            shared: torch.Tensor = self.trunk(read[0] if len(read) == 1 else torch.cat(read, dim=1))
            levels = [*self.last(shared), *(levels if self.trunk.blocks else [])]
        else:
            levels, _ = passed(self.placed[0], features[self.placedly[0][0]], torch.nn.Module.__call__)
            levels.reverse()
        return levels or [(SAID, next(iter(self(features).values())))]

    def last(self, shared: Any) -> Seen[Any]:
        """What the trunk gives as a level; none where it gives a vector of no numbers."""
        return [] if empty(self.trunk.gives) else [(FORMS[type(self.trunk.gives)], shared)]

    def seen_graph(self, features: Mapping[str, Var]) -> tuple[dict[str, Var], Seen[Var]]:
        """The graph of what it says, and of what it has `seen` on the way: all of them are there in any case."""
        said: dict[str, Var] = {}
        levels: Seen[Var] = []
        if self.answers:
            levels, read = read_by(self.feeds, self.encoders, features, drawn)
            shared = self.trunk.graph(read[0] if len(read) == 1 else op.concat(read, axis=1))
            levels = [*self.last(shared), *(levels if self.trunk.blocks else [])]
            said = self.by_vector_graph(features, shared)
        for (feed, answer), path in zip(self.placedly, self.placed):
            before, said[answer] = passed(path, features[feed], drawn)
            levels = levels or before[::-1]
        return said, levels or [(SAID, next(iter(said.values())))]

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


def drawn(reader: Any, x: Any) -> Any:
    """The graph of a part of a network."""
    return reader.graph(x)


def read_by(
    names: list[tuple[str, ...]], readers: torch.nn.ModuleList, features: Mapping[str, Any], call: Call
) -> tuple[Seen[Any], list[Any]]:
    """(the levels of what the readers give of their feeds, what each of them gives at last)."""
    levels: Seen[Any] = []
    read = []
    for own, reader in zip(names, readers):
        if isinstance(reader, Twins):
            found: Seen[Any] = []
            last = call(reader, [features[name] for name in own])
        else:
            found, last = passed(reader, features[own[0]], call)
        read.append(last)
        levels += found or ([] if empty(reader.gives) else [(FORMS[Vector], last)])
    return levels, read


def empty(form: Any) -> bool:
    """Whether a form is a vector of no numbers."""
    return isinstance(form, Vector) and not form.width


def passed(chain: torch.nn.Module, x: Any, call: Call) -> tuple[Seen[Any], Any]:
    """(what the layers of a chain give that keep places or steps and have weights, what the last one gives)."""
    assert isinstance(chain, Chain)
    found: Seen[Any] = []
    for block in chain.blocks:
        x = call(block, x)
        form = FORMS.get(type(getattr(block, "gives", None)), "")
        if form in PLACED and any(True for _ in block.parameters()):
            found.append((form, x))
    last = found and found[-1][1] is x  # the last layer says an answer, or is read as it is
    return (found[:-1] if last else found), x


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
