"""How far a program's answers can be relied on, on held-out examples: what `sure/` promises, put to the test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wisen.evidence import interval
from wisen.kinds import Metric
from wisen.program import Program, part
from wisen.signature import Column
from wisen.sure.curve import Covered, Sure, curve_of, sureness_of, together_of
from wisen.sure.mixed import FARTHEST, doubted
from wisen.sure.promise import kept


@dataclass(frozen=True)
class Said:
    """What a program says of held-out examples: its tensors, the answers and probabilities of each output, how unlike
    each example is where that is known, and below which probability it does not answer."""

    program: Program
    tensors: Mapping[str, np.ndarray]
    answers: Sequence[Sequence[Any]]
    chances: Sequence[Sequence[float | None]]
    unlike: np.ndarray | None
    below: float | None

    @property
    def doubted(self) -> np.ndarray:
        """Which examples the program does not answer in mixed operation."""
        assert self.below is not None
        return doubted(self.below, self.chances, self.unlike, len(self.answers[0]))


def said_of(program: Program, columns: Sequence[Sequence[Any]], below: float | None) -> Said:
    """What a program says of examples."""
    answers, tensors, unlike = program.assured(columns)
    return Said(program, tensors, answers, program.chances(tensors, answers), unlike, below)


def relied(
    said: Said,
    place: int,
    truths: Sequence[Any],
    merits: np.ndarray,
    by_hand: np.ndarray | None,
    metric: Metric,
    blocks: np.ndarray | None,
) -> Sure:
    """How far the output at a place can be relied on; `merits` are those of its answers, and of the body's."""
    column = said.program.outputs[place]
    sign = 1.0 if metric.better == "higher" else -1.0

    def mean(some: np.ndarray, places: np.ndarray) -> float:
        return sign * float(column.kind.overall(some[places], [truths[place] for place in places.tolist()])) + 0.0

    sureness, by = sureness_of(said.chances[place], said.unlike)
    below = said.below
    return Sure(
        covered(said, column, truths, blocks),
        () if sureness is None else curve_of(sureness, merits, mean),
        by,
        None if below is None else together_of(below, said.doubted, merits, by_hand, mean),
        None if said.unlike is None else float((said.unlike > FARTHEST).mean()),
    )


def covered(said: Said, column: Column, truths: Sequence[Any], blocks: np.ndarray | None) -> Covered | None:
    """Whether an output keeps what it promises; None where it promises nothing."""
    promise, tensors = said.program.promise, part(said.tensors, column.name)
    limits = promise.limits.get(column.name)
    if limits is None:
        return None
    inside = kept(column.kind.strange(tensors, truths), limits, column.kind.sides)
    each = inside.mean(axis=1)
    low, high = interval(each, inside.shape[1] == 1, blocks)
    return Covered(promise.coverage, float(each.mean()), low, high, column.kind.breadth(tensors, limits))
