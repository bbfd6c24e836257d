"""Drafts: programs that have learned nothing, each a whole file: what a call takes depends on no weight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from wisen.architecture import Architecture
from wisen.descent import Learned
from wisen.descent.batches import Tensors, argument, tensors
from wisen.descent.levels import vectors
from wisen.examples import Examples
from wisen.export import file_of, made, spoken
from wisen.nn.session import session
from wisen.plans import read_by
from wisen.program import tensor_name
from wisen.signature import Column, feeds
from wisen.sure.unlike import DIRECTIONS, POINTS, Unlike


@dataclass(frozen=True)
class Drafts:
    """What is needed to make a program of a plan that has learned nothing."""

    inputs: tuple[Column, ...]
    outputs: tuple[Column, ...]
    name: str
    doc: str
    inside: bool
    """Whether each call asks how unlike the training examples its input is."""
    examples: Examples = field(repr=False)

    def of(self, plan: Architecture, unlike: bool = True) -> bytes:
        """The file of such a program, with or without what tells how `unlike` its examples an input is."""
        network, few = self.network(plan)
        told = known(vectors(network, few).shape[1], len(self.examples)) if unlike else None
        learned = Learned(plan, network, self.inputs, self.outputs, {}, (), "a draft", unlike=told)
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
