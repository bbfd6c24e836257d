"""Rungs: plans of several sizes, and what a call of each takes, measured before anything is learned.

How long a call takes does not depend on what the weights are; so a network that knows nothing tells it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wisen.architecture import Architecture, parameters
from wisen.descent import Learned
from wisen.descent.batches import Tensors, argument, tensors
from wisen.descent.levels import vectors
from wisen.examples import Examples
from wisen.export import file_of, made, spoken
from wisen.measured import calls
from wisen.nn.session import session
from wisen.plans import read_by
from wisen.program import Program, parse, tensor_name
from wisen.signature import Column, feeds
from wisen.sizes.scaled import alone, scaled, shallower
from wisen.sure.unlike import DIRECTIONS, POINTS, Unlike

FACTORS = (0.75, 0.5, 0.35, 0.25, 0.18, 0.125)
"""Widths that are tried, in that of the present program."""
SHALLOW = (1.0, 0.5, 0.25)
"""The same with a hidden layer less."""
ROUNDS, MOST_CALLS, LONGEST = 3, 300, 0.25
"""How often each is measured, in turns, by how many calls, and for how many seconds at most: the best round counts."""


@dataclass(frozen=True)
class Rung:
    """A plan of another size, and what a program of it takes: seconds a call, bytes on disk; and its weights."""

    plan: Architecture
    seconds: float
    bytes: int
    weights: int


@dataclass(frozen=True)
class Drafts:
    """What is needed to make a program of a plan that has learned nothing."""

    inputs: tuple[Column, ...]
    outputs: tuple[Column, ...]
    name: str
    doc: str
    inside: bool
    examples: Examples

    def of(self, plan: Architecture) -> bytes:
        """The file of such a program."""
        network, few = self.network(plan)
        unlike = known(vectors(network, few).shape[1], len(self.examples))
        learned = Learned(plan, network, self.inputs, self.outputs, {}, (), "a draft", unlike=unlike)
        return file_of(*made(learned, self.name, self.doc, self.examples, self.inside))

    def network(self, plan: Architecture) -> tuple[Any, Tensors]:
        """(a network that knows nothing, the features of one example)."""
        few = tensors(self.examples.take([0]), read_by([plan], self.inputs), self.outputs, "cpu")
        return plan.build().eval().requires_grad_(False), few

    def empty(self, plan: Architecture) -> Any:
        """A call of a program with the same inputs and answers and nothing in between: what no network can beat."""
        from wisen.nn.block import constant, op

        network, few = self.network(plan)
        guesses, read = network(few.features), feeds(self.inputs)
        raw: dict[str, Any] = {}
        reach: dict[str, Any] = {}
        for feed in read:
            given = {tensor.name: argument(tensor) for tensor in feed.raw}
            views = [feed.view(name) for name in feed.kind.views()]
            reach |= {v.name: v.kind.extents(*given.values()) for v in views if v.name in plan.places.values()}
            raw |= given
        count = op.slice(op.shape(next(iter(raw.values()))), constant([0]), constant([1]))
        said = {}
        for column in self.outputs:
            shape = guesses[column.name].shape[1:]
            rows = op.concat([count, constant(list(shape))], axis=0)
            guess = op.expand(constant(np.zeros((1, *shape), np.float32)), rows)
            for name, tensor in spoken(column, guess, reach.get(plan.places.get(column.name, ""))).items():
                said[tensor_name(column.name, name)] = tensor
        run, names = session(raw, said).run, [column.name for column in self.outputs]

        def call(row: Sequence[Any]) -> Any:
            given: dict[str, np.ndarray] = {}
            for feed in read:
                given |= feed.arrays((row,))
            return run(names, given)

        return call


def known(width: int, examples: int) -> Unlike:
    """What takes as much room as what tells how unlike inputs are, and knows nothing."""
    directions, points = min(DIRECTIONS, width, examples), min(POINTS, examples)
    half = np.zeros((width, directions), np.float16), np.zeros((points, directions), np.float16)
    return Unlike(np.zeros(width, np.float32), np.ones(width, np.float32), *half, 1.0)


def narrower(plan: Architecture) -> list[Architecture]:
    """Plans of less width than a plan, or with a layer less, that answer alone."""
    one = alone(plan)
    found = [one] if one != plan else []
    found += [scaled(one, factor) for factor in FACTORS]
    less = shallower(one)
    found += [scaled(less, factor) for factor in SHALLOW] if less else []
    return list(dict.fromkeys(found))


def measured(plans: Sequence[Architecture], drafts: Drafts, present: Program) -> tuple[list[Rung], float, float]:
    """(a rung for each plan; seconds a call of the present program, and of an empty one), measured in turns."""
    files = [drafts.of(plan) for plan in plans]
    programs = [parse(data, "a draft") for data in files]
    few = drafts.examples.take(list(range(min(len(drafts.examples), 100)))).rows()
    rows = [few[place] for place in range(len(few))]
    every: list[Any] = [present, drafts.empty(alone(plans[0])), *programs]
    taken = [[calls(each, rows, MOST_CALLS, LONGEST).median for each in every] for _ in range(ROUNDS)]
    now, empty, *seconds = np.min(taken, axis=0).tolist()
    return (
        [
            Rung(plan, each, len(data), parameters(plan.build()))
            for plan, each, data in zip(plans, seconds, files, strict=True)
        ],
        now,
        empty,
    )
