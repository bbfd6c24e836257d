"""The network behind a program: built again from what training kept, so that gradients can be followed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from wisen.architecture import Architecture
from wisen.kept import Kept, kept
from wisen.kinds.aims.aim import Aim
from wisen.manifest import session_of
from wisen.nn.block import Block
from wisen.nn.chain import Chain
from wisen.nn.network import Network
from wisen.nn.twins import Twins
from wisen.program import Program
from wisen.signature import Column, Feed

if TYPE_CHECKING:
    from wisen.function import Function


@dataclass(frozen=True)
class Reader:
    """Layers that read feeds: one, or several where they are twins; `part` is what they are called."""

    part: str
    feeds: tuple[str, ...]
    chain: Chain


@dataclass(frozen=True)
class Rebuilt:
    """A program's network, and what makes features of raw values for it."""

    program: Program
    architecture: Architecture
    network: Any
    graphs: Mapping[str, bytes] = field(repr=False)
    pieces: Mapping[str, tuple[str, ...]] = field(repr=False, default_factory=dict)

    @cached_property
    def feeds(self) -> dict[str, Feed]:
        """The feeds that it reads, in their views, by name."""
        found = {}
        for name in self.graphs:
            own = next(feed for feed in self.program.feeds if name == feed.name or name.startswith(f"{feed.name} "))
            found[name] = own
        return found

    @cached_property
    def sessions(self) -> dict[str, Any]:
        """What makes the features of each feed."""
        return {name: session_of(graph, f"the features of {name}") for name, graph in self.graphs.items()}

    def view(self, name: str) -> str:
        """The name of the view in which a feed is read."""
        return name.removeprefix(self.feeds[name].name).strip()

    def features(self, *rows: Sequence[Any]) -> dict[str, torch.Tensor]:
        """What the network reads of the values of each example."""
        given = {name: feed.arrays(rows) for name, feed in self.feeds.items()}
        return {name: torch.from_numpy(self.sessions[name].run(None, given[name])[0]) for name in self.graphs}

    def read(self, name: str, values: Sequence[Any]) -> list[np.ndarray]:
        """What it reads of each of some values of a feed with one column."""
        kind, names = self.feeds[name].kind, self.feeds[name].tensor_names
        every = (dict(zip(names, kind.arrays([value]), strict=True)) for value in values)
        return [self.sessions[name].run(None, given)[0][0] for given in every]

    def members(self) -> list[Network]:
        """The networks of which it is made."""
        inner = getattr(self.network, "members", None)
        every = [self.network] if inner is None else list(inner)
        return [each for each in every if isinstance(each, Network)]

    def readers(self, network: Network) -> Iterator[Reader]:
        """The layers that read the feeds of one of the networks, and then the others."""
        for names, module in zip(network.feeds, network.encoders, strict=True):
            yield Reader(names[0], names, chain_of(module))
        for names, module in zip(network.plainly, network.plain, strict=True):
            yield Reader(f"{names[0]} (straight)", names, chain_of(module))
        for (feed, _), module in zip(network.directly, network.direct, strict=True):
            yield Reader(f"{feed} (direct)", (feed,), chain_of(module))
        for (feed, answer), module in zip(network.placedly, network.placed, strict=True):
            yield Reader(answer, (feed,), chain_of(module))

    def layers(self) -> dict[str, list[Block]]:
        """The layers by name, the way the data goes; one for each of the networks that answer together."""
        found: dict[str, list[Block]] = {}
        for network in self.members():
            chains = [(reader.part, reader.chain) for reader in self.readers(network) if "(" not in reader.part]
            rest = [("trunk", network.trunk), *zip(network.answers, network.heads, strict=True)]
            for part, chain in [*chains, *((name, chain_of(each)) for name, each in rest)]:
                for number, block in enumerate(chain.blocks, 1):
                    assert isinstance(block, Block)
                    found.setdefault(f"{part}.{number}.{type(block).__name__.lower()}", []).append(block)
        return found

    def network_answers(self) -> set[str]:
        """The names of the answers that heads say."""
        return {name for network in self.members() for name in network.answers}

    def amount(self, column: Column, aim: Aim, features: Mapping[str, torch.Tensor], extent: Any) -> torch.Tensor:
        """How much the network says of an aim, [batch], so that it can be followed down to the features."""
        if aim.pieces is None:
            said = self.network(features)[column.name]
        else:
            size = len(next(iter(features.values())))
            truth = torch.from_numpy(aim.pieces).expand(size, -1)
            said = self.network.told(features, {column.name: truth})[column.name]
        found: torch.Tensor = aim.slope(said, extent)
        return found

    def spelled(self, column: Column, aim: Aim, features: Mapping[str, torch.Tensor]) -> Aim:
        """The aim with the pieces in which the network says its answer."""
        pieces = self.pieces.get(column.name, ())
        if not pieces:
            return aim
        with torch.no_grad():
            said = self.network(features)[column.name][0, 0, 2:].long().tolist()
        numbers = said[: said.index(0)] if 0 in said else said
        return aim.spelled(numbers, pieces)

    def extent(self, column: Column, values: Sequence[Any]) -> np.ndarray | None:
        """How far the input of an answer reaches that tells of places."""
        name = self.architecture.places.get(column.name)
        if name is None:
            return None
        place = self.feeds[name].places[0]
        kind = self.program.inputs[place].kind
        found = kind.extent(kind.outline(values[place]))
        return None if found is None else np.array(found)


def chain_of(module: torch.nn.Module) -> Chain:
    """The layers of a reader."""
    chain = module.encoder if isinstance(module, Twins) else module
    assert isinstance(chain, Chain)
    return chain


def rebuilt(function: Function[Any, Any], program: Program, path: Path) -> Rebuilt:
    """The network of a function's program; raises WisenError with a sentence where there is none."""
    found: Kept = kept(path, function.network, program.feeds)
    return Rebuilt(program, found.architecture, found.network, found.graphs, found.pieces)


def forgetful(whole: Rebuilt, seed: int) -> Rebuilt:
    """The same network with weights that know nothing: those that were learned, shuffled in each layer."""
    import copy

    network = copy.deepcopy(whole.network)
    chance = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in network.parameters():
            flat = weight.flatten()
            weight.copy_(flat[torch.randperm(len(flat), generator=chance)].view_as(weight))
    return Rebuilt(whole.program, whole.architecture, network, whole.graphs, whole.pieces)
