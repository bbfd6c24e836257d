"""The layers that a person can look at, by name, and the one that tells most."""

from __future__ import annotations

from collections.abc import Iterator

from wisen.errors import BadValue, nearest
from wisen.explain.case import Case
from wisen.nn.block import Block
from wisen.nn.form import Grid, Sequence, Track

PLACES = (Grid, Track, Sequence)
"""Forms that keep what stands where."""


def layer(case: Case, placed: bool = True) -> tuple[str, list[Block], str]:
    """(the name of a layer, its blocks, the feed that it reads): the one that is asked for, or else the last that keeps
    what stands where, or if that is not wanted (`placed`) the last before the answer; raises BadValue."""
    assert case.rebuilt is not None
    found = case.rebuilt.layers()
    if case.layer:
        names = [name for name in found if case.layer in (name, *name.split("."))]
        if not names:
            raise BadValue(f"{case.function}() has no layer {case.layer!r}", nearest(case.layer, found))
        name = case.layer if case.layer in found else names[-1]
        return name, found[name], feed_of(case, name)
    found = {name: blocks for name, blocks in found.items() if leads(case, name)}
    able = [
        name
        for name, blocks in found.items()
        if isinstance(blocks[0].gives, PLACES) and feed_of(case, name) and any(True for _ in blocks[0].parameters())
    ]
    if not able and not placed:
        able = [name for name in found if part_of(name) not in case.rebuilt.network_answers()] or list(found)
    if not able:
        raise BadValue(f"no layer with weights of {case.function}() keeps what stands where: {', '.join(found)}")
    last = able[-1]
    return last, found[last], feed_of(case, last)


def feed_of(case: Case, name: str) -> str:
    """The feed that a layer reads, by its name; empty where it reads several, or twins."""
    return dict(owners(case)).get(part_of(name), "")


def leads(case: Case, name: str) -> bool:
    """Whether a layer stands on the way to the answer that is asked about, and not only to another one."""
    assert case.rebuilt is not None
    own, part = case.column.name, part_of(name)
    if own in case.rebuilt.architecture.places:  # it is said by a way of its own, from the feed on
        return part == own
    return part not in {column.name for column in case.program.outputs if column.name != own}


def part_of(name: str) -> str:
    """The part in which a layer of that name stands; a part's own name may hold points."""
    return name.rpartition(".")[0].rpartition(".")[0]


def owners(case: Case) -> Iterator[tuple[str, str]]:
    """(the name of a part, the feed that it reads) of those that read one."""
    assert case.rebuilt is not None
    for network in case.rebuilt.members():
        for reader in case.rebuilt.readers(network):
            if len(reader.feeds) == 1 and "(" not in reader.part:
                yield reader.part, reader.feeds[0]
