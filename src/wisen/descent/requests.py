"""What a search asks for, what it is told, and what it comes to: all of it frozen values."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from wisen.architecture import Architecture
from wisen.descent.parent import NO_PARENT, Parent
from wisen.descent.schedule import Dials
from wisen.examples import FOLDS, touching
from wisen.signature import Column, Feed

FEW = 10_000
"""Examples up to which each fold in turn is what a choice is made by, where there is time."""


@dataclass(frozen=True)
class Measure:
    """A request: how fast is this plan?"""

    plan: int


@dataclass(frozen=True)
class Speed:
    """The answer: seconds an epoch of one fold's training examples, with so many threads."""

    seconds: float
    threads: int


@dataclass(frozen=True)
class Remaining:
    """A request: how many seconds of the budget are left?"""

    budget: float


@dataclass(frozen=True)
class Task:
    """A request: train a plan with dials on all folds but one (None: on all), `until` an epoch of the schedule.

    `averaged` says whether the average of the last weights is taken; None: if it is better. `folds`
    says that other folds will be left out in turn: then what is said after each epoch is kept. `sample`
    is how many of the examples it learns from; None: all.
    """

    plan: int
    dials: Dials
    fold: int | None
    epochs: int
    until: int
    threads: int = 1
    averaged: bool | None = None
    folds: bool = False
    sample: int | None = None
    stage: str = field(default="", compare=False)


@dataclass(frozen=True)
class Finished:
    """The answer: the weights, and what they say of the fold that was left out."""

    guesses: dict[str, torch.Tensor]
    weights: dict[str, torch.Tensor]
    history: list[tuple[float, float]]
    best_epoch: int
    averaged: bool
    said: list[dict[str, torch.Tensor]] = field(default_factory=list)
    """The guesses after each epoch, where they are kept."""

    def after(self, epoch: int) -> dict[str, torch.Tensor]:
        """The guesses after an epoch, where they were kept; else those with the best weights."""
        return self.said[epoch - 1] if self.said else self.guesses


@dataclass(frozen=True)
class Skipped:
    """A plan is not tried, or given up, and why: an event; it needs no answer."""

    architecture: Architecture
    why: str


Weights = dict[str, torch.Tensor]
Request = Measure | Remaining | Task | Skipped
Search = Generator[Request, Any, Any]


@dataclass(frozen=True)
class Trial:
    """What became of one candidate: its trainings by fold, and the loss of each example that it was judged by."""

    architecture: Architecture
    task: Task
    folds: dict[int, Finished]
    places: np.ndarray
    losses: np.ndarray
    guesses: dict[str, torch.Tensor]
    epoch: int
    """The best epoch for all folds together."""
    shares: tuple[tuple[Trial, float], ...] = ()
    """The trials that answer together in this one, and how much each counts; empty where it is one alone."""

    @property
    def loss(self) -> float:
        """The mean loss on examples that were not learned from, after calibration."""
        return float(self.losses.mean())

    @property
    def history(self) -> list[tuple[float, float]]:
        """The losses of its first training, an epoch a row."""
        return self.folds[min(self.folds)].history


@dataclass(frozen=True)
class Chosen:
    """The candidate that wins and why, its plan with all networks that answer together, their weights, and all
    that it was compared to."""

    trial: Trial
    plan: Architecture
    members: tuple[Weights, ...]
    why: str
    trials: tuple[Trial, ...]
    bound: bool
    """Whether the budget cut something short."""


def always(plan: Architecture) -> bool:
    """What says of every plan that it fits."""
    return True


@dataclass(frozen=True)
class Facts:
    """What a search has to know: the plans and dials, the fold and targets of each example, the budget."""

    plans: Sequence[Architecture]
    dials: Sequence[Dials]
    folds: np.ndarray
    targets: dict[str, torch.Tensor]
    outputs: Sequence[Column]
    budget: float
    feeds: Sequence[Feed] = ()
    fits: Callable[[Architecture], bool] = always
    """Whether networks that answer together, as one plan, are small and fast enough."""
    parent: Parent = NO_PARENT

    @property
    def ends(self) -> float:
        """How many times the best candidate learns to the end: as it is, taught, and half as long where it is grown."""
        return 1 + bool(self.parent.lessons) + bool(self.parent.weights) / 2

    @property
    def count(self) -> int:
        """How many examples one training learns from."""
        return int((~touching(self.folds, 0)).sum())

    @property
    def told(self) -> bool:
        """Whether an answer is said piece by piece."""
        return any(column.kind.told for column in self.outputs)

    def several(self) -> tuple[int, ...]:
        """The folds that are judged by where examples are few."""
        every = set(self.folds[self.folds < FOLDS].tolist())
        return tuple(sorted(every)) if len(self.folds) <= FEW else (0,)
