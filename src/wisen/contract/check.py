"""What the contract is about, and what one of its checks comes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from wisen.cost import Cost, Meter
from wisen.examples import Examples
from wisen.limits import Limits
from wisen.measured import Calls, Watched, beside, watched
from wisen.program import Program

if TYPE_CHECKING:
    import onnx

TIMED, LONGEST = 20_000, 10.0
"""Calls that are timed, and the seconds that they may take, if a quarter of the budget is not less."""
HELD_OUT, SAMPLES = 160, 40
"""Examples that calls take in turns: held-out ones, and the values that each kind has for samples."""
COUNTED, EACH = 60, 6
"""Of them so many are counted operation by operation, and so many for each length, to tell a law by."""


@dataclass(frozen=True)
class Check:
    """One thing that the contract asks of every call: whether it is kept, and by which evidence."""

    name: str
    kept: bool
    said: str
    figures: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def to_json(self) -> dict[str, Any]:
        """The check with its figures, as plain data."""
        return {"kept": self.kept, "said": self.said, **self.figures}


@dataclass(frozen=True)
class Count:
    """One call that was counted: how long its inputs were, by the names of their free dimensions, and its cost."""

    sizes: Mapping[str, int]
    cost: Cost


@dataclass(frozen=True)
class Subject:
    """A program, its graph, inputs that vary, the limits that a person set, and the seconds that calls may take."""

    program: Program
    model: onnx.ModelProto = field(repr=False)
    rows: Sequence[Sequence[Any]] = field(repr=False)
    limits: Limits | None = None
    budget: float = 60.0
    most: int = 1_000_000
    """Calls after which memory is no longer watched."""

    @cached_property
    def counts(self) -> list[Count]:
        """Some calls, counted: of all lengths that there are, the shortest and the longest among them."""
        meter = Meter(self.model)
        given = [self.program.given(row) for row in self.rows]
        sizes = [lengths(self.program, each) for each in given]
        order = sorted(range(len(given)), key=lambda place: sorted(sizes[place].items()))
        most = max(COUNTED, EACH * len(sizes[0]))
        places = np.unique(np.linspace(0, len(order) - 1, most).astype(int)).tolist()
        return [Count(sizes[order[place]], meter.cost(given[order[place]])) for place in places]

    @cached_property
    def timed(self) -> list[tuple[Calls, Calls]]:
        """(how long calls take, the rows in turns; how long arithmetic takes that is always the same), turn by turn."""
        return self.again()

    def again(self) -> list[tuple[Calls, Calls]]:
        """The same, measured anew."""
        return beside(self.program, self.rows, TIMED, min(LONGEST, self.budget / 4))

    @cached_property
    def watched(self) -> Watched:
        """What many calls leave behind."""
        return watched(self.program, self.rows, self.most, self.budget)


def lengths(program: Program, given: Mapping[str, np.ndarray]) -> dict[str, int]:
    """How long the inputs of a call are: what each dimension of a tensor is that is not the same for all."""
    found = {}
    for feed in program.feeds:
        for tensor in feed.kind.tensors(feed.name):
            free = [place for place, dim in enumerate(tensor.dims) if place and isinstance(dim, str)]
            if free:
                words = " x ".join(str(tensor.dims[place]).removeprefix(f"{feed.name}.") for place in free)
                found[f"{words} of {tensor.name}"] = int(np.prod([given[tensor.name].shape[place] for place in free]))
    return found


def varied(program: Program, held_out: Examples) -> list[Sequence[Any]]:
    """Inputs that vary: some held-out examples, and what each kind has for samples, in an order by chance."""
    chance = np.random.default_rng(0)
    rows: list[Sequence[Any]] = list(held_out.take(chance.permutation(len(held_out))[:HELD_OUT].tolist()).rows())
    samples = [column.kind.samples() for column in program.inputs]
    count = min(SAMPLES, max(map(len, samples)))
    rows += [[each[number % len(each)] for each in samples] for number in range(count)]
    return [rows[place] for place in chance.permutation(len(rows)).tolist()]
