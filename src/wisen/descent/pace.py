"""How far the budget reaches: what each part of a search may take, and how many epochs that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wisen.descent.schedule import epochs_of, rounded
from wisen.nn.form import Grid

if TYPE_CHECKING:
    from wisen.descent.requests import Facts, Speed

LINEAR_SHARE, SCREENING_SHARE, FINAL_SHARE = 0.15, 0.25, 0.6
"""Of the budget, where it is short: for linear programs, for trying candidates, for the best of them."""
ALONE_SHARE = 0.85
"""Of the budget, where there is only one candidate: it is also judged after each epoch."""
HARDLY_LINEAR = 0.05
"""The same for linear programs where a feed is a grid: there one is seldom the best, and never cheap."""
AT_MOST = 2
"""How many times their share linear programs may take: most of them arrive long before."""
SCREENING, HALFWAY = 8, 3
"""The parts of a whole training that all candidates get, and the best third of them."""
MANY = 10_000
"""Examples above which candidates are tried on a sample where the budget is short."""
ENOUGH_EPOCHS = 20
"""Epochs that are left to each where the best candidate learns twice: to be judged, and from everything."""
TWICE = 2.25
"""How long that takes: with five folds, everything is a quarter more."""


@dataclass(frozen=True)
class Pace:
    """How far the budget reaches: the epochs of a whole training, those of candidates, and whether it is short."""

    epochs: int
    screening: int
    bound: bool


def linear_share(facts: Facts) -> float:
    """The share of the budget that linear programs take, as far as one can say."""
    grids = any(isinstance(part.form, Grid) for plan in facts.plans for part in plan.encoders)
    return HARDLY_LINEAR if grids else LINEAR_SHARE


def linear_room(facts: Facts, speed: Speed, folds: int) -> float:
    """The epochs of a linear plan, on so many folds each, that there is time for at most."""
    return AT_MOST * linear_share(facts) * facts.budget / max(speed.seconds * folds, 1e-9)


def final_share(facts: Facts) -> float:
    """The share of the budget that the best candidate gets where the budget is short."""
    if facts.told or len(facts.plans) * len(facts.dials) == 1:
        return ALONE_SHARE / facts.ends  # there is nothing to try
    return (FINAL_SHARE + LINEAR_SHARE - linear_share(facts)) / facts.ends


def paced(facts: Facts, speeds: Mapping[int, Speed]) -> Pace:
    """The pace at which the budget will do for all."""
    epochs = epochs_of(facts.count, facts.feeds, facts.outputs)
    whole = {index: speed.seconds * epochs for index, speed in speeds.items()}
    longest, available = max(whole.values(), default=0.0), facts.budget * (1 - linear_share(facts))
    first = sum(whole.values()) * len(facts.dials)
    halves = first / SCREENING + max(1, len(whole) * len(facts.dials) / 3) * longest / HALFWAY
    if halves + min(whole.values(), default=0.0) + longest * facts.ends <= available:
        return Pace(epochs, max(2, epochs // SCREENING), False)
    screening = rounded(SCREENING_SHARE * facts.budget / max(first / epochs, 1e-9), max(2, epochs // SCREENING))
    return Pace(epochs, screening, True)


def affordable(facts: Facts, speed: Speed, pace: Pace) -> int:
    """The epochs of a whole training that the budget allows."""
    if not pace.bound:
        return pace.epochs
    folds = fitting(facts, speed) / len(facts.several())
    if len(facts.several()) > 1 and all(plan.light for plan in facts.plans) and folds >= ENOUGH_EPOCHS:
        return rounded(folds, pace.epochs)  # the networks without each fold judge and answer, too
    return rounded(fitting(facts, speed) / (TWICE if twice(facts, speed, pace) else 1), pace.epochs)


def fitting(facts: Facts, speed: Speed) -> float:
    """The epochs that fit into the share of the best candidate."""
    return final_share(facts) * facts.budget / max(speed.seconds, 1e-9)


def twice(facts: Facts, speed: Speed, pace: Pace) -> bool:
    """Whether the chosen candidate should have time to learn once more from everything. Where examples are many,
    the fold that it was judged by would add little."""
    return facts.count <= MANY and fitting(facts, speed) / TWICE >= min(ENOUGH_EPOCHS, pace.epochs)
