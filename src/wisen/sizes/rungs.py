"""Rungs: plans of several sizes, and what a call of each takes, measured before anything is learned.

How long a call takes does not depend on what the weights are; so a network that knows nothing tells it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wisen.architecture import Architecture, parameters
from wisen.drafts import Drafts
from wisen.errors import BadProgram
from wisen.measured import calls
from wisen.program import Program, parse
from wisen.signature import Column
from wisen.sizes.eightbits import draft
from wisen.sizes.scaled import alone, scaled, shallower
from wisen.sizes.seen import smaller

FACTORS = (0.75, 0.5, 0.35, 0.25, 0.18, 0.125)
"""Widths that are tried, in that of the present program."""
SHALLOW = (1.0, 0.5, 0.25)
"""The same with a hidden layer less."""
SEEN = (1.0, 0.5, 0.25)
"""The same where inputs are seen smaller."""
ROUNDS, MOST_CALLS, LONGEST = 3, 300, 0.25
"""How often each is measured, in turns, by how many calls, and for how many seconds at most: the best round counts."""
MORE, NEAREST = 1.25, 5
"""How many times the weights of the best other plan one in eight bits has to have, and how many such plans are tried:
those with the fewest weights."""


@dataclass(frozen=True)
class Rung:
    """A plan of another size, and what a program of it takes: seconds a call, bytes on disk; and its weights."""

    plan: Architecture
    seconds: float
    bytes: int
    weights: int
    way: str = ""
    """What is rounded to eight bits, a row of `eightbits.WAYS`; empty where nothing is."""

    @property
    def name(self) -> str:
        """What a person calls it."""
        return f"{self.plan.name}, eight bits" if self.way else self.plan.name


def narrower(plan: Architecture) -> list[Architecture]:
    """Plans of less width than a plan, or with a layer less, that answer alone."""
    one = alone(plan)
    found = [one] if one != plan else []
    found += [scaled(one, factor) for factor in FACTORS]
    less = shallower(one)
    found += [scaled(less, factor) for factor in SHALLOW] if less else []
    return list(dict.fromkeys(found))


def seen_smaller(plan: Architecture, inputs: Sequence[Column]) -> list[Architecture]:
    """Plans that see less of the inputs, in some widths, and answer alone."""
    return list(dict.fromkeys(scaled(less, factor) for less in smaller(plan, inputs) for factor in SEEN))


def widest(rungs: Sequence[Rung]) -> tuple[Architecture, ...]:
    """Of rungs the plan with the most weights for each size at which the inputs are seen, the fastest first: which of
    them is best, validation has to say."""
    found: dict[tuple[str, ...], Rung] = {}
    for rung in sorted(rungs, key=lambda rung: rung.weights):
        found[rung.plan.reads] = rung
    return tuple(rung.plan for rung in sorted(found.values(), key=lambda rung: rung.seconds))


def measured(
    plans: Sequence[Architecture], drafts: Drafts, present: Program, whole: bool = True, way: str = ""
) -> tuple[list[Rung], float, float]:
    """(a rung for each plan; seconds a call of the present program, and of an empty one), measured in turns. `whole`
    programs tell how unlike their examples an input is; `way` says what of them is rounded to eight bits."""
    files = [drafted(drafts, plan, whole, way) for plan in plans]
    programs = [parse(data, "a draft") for data in files]
    few = drafts.examples.take(list(range(min(len(drafts.examples), 100)))).rows()
    rows = [few[place] for place in range(len(few))]
    every: list[Any] = [present, drafts.empty(alone(plans[0])), *programs]
    taken = [[calls(each, rows, MOST_CALLS, LONGEST).median for each in every] for _ in range(ROUNDS)]
    now, empty, *seconds = np.min(taken, axis=0).tolist()
    return (
        [
            Rung(plan, each, len(data), parameters(plan.build()), way)
            for plan, each, data in zip(plans, seconds, files, strict=True)
        ],
        now,
        empty,
    )


def drafted(drafts: Drafts, plan: Architecture, whole: bool = True, way: str = "") -> bytes:
    """The file of a draft, rounded or not."""
    data = drafts.of(plan, whole)
    return draft(data, way, drafts.examples) if way else data


def in_eight_bits(present: Architecture, least: int, drafts: Drafts, old: Program, whole: bool, way: str) -> list[Rung]:
    """The plans in eight bits with clearly more weights than there are in the best that is not; none where the
    quantiser cannot take them."""
    plans = dict.fromkeys([alone(present), *narrower(present)])
    weights = {plan: parameters(plan.build()) for plan in plans}
    wider = sorted((plan for plan in plans if weights[plan] >= MORE * least), key=weights.__getitem__)[:NEAREST]
    try:
        return measured(wider, drafts, old, whole, way)[0] if wider else []
    except BadProgram:  # the quantiser does not know such a graph, or ONNX Runtime not what it makes of it
        return []
