"""What came of candidates: their losses on examples that they did not learn from, and which of them is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

import numpy as np
import torch

from wisen.descent.mixture import losses_at, losses_of
from wisen.descent.requests import Facts, Finished, Task, Trial
from wisen.errors import BadExamples

CLEARLY = 2.0
"""Standard errors by which trials together have to be better than one alone: they were put together by the same
examples, and a call takes as long as all of them."""


def judged(facts: Facts, task: Task, said: dict[int, Finished]) -> Trial:
    """The trial of a candidate by what it said of the folds that it did not learn from."""
    places = np.concatenate([np.flatnonzero(facts.folds == fold) for fold in said])
    epoch = best_epoch(said)
    outputs = task.dials.answers(facts.outputs)
    guesses = {column.name: torch.cat([each.after(epoch)[column.name] for each in said.values()]) for column in outputs}
    losses = losses_of(facts, outputs, places, guesses)
    return Trial(facts.plans[task.plan], task, dict(said), places, losses, guesses, epoch)


def best_epoch(said: dict[int, Finished]) -> int:
    """The epoch with the lowest loss on the folds together. One for all of them: the best epoch of each fold
    would be chosen by the examples that it is judged by."""
    if not all(each.said for each in said.values()):
        return round(median(each.best_epoch for each in said.values()))
    shortest = min(len(each.history) for each in said.values())
    losses = np.zeros(shortest)
    for each in said.values():
        count = len(next(iter(each.guesses.values())))
        losses += np.array([loss for _, loss in each.history[:shortest]]) * count
    return int(np.argmin(np.nan_to_num(losses, nan=np.inf))) + 1


def behind(trial: Trial, ahead: Trial, errors: float = 1.0) -> bool:
    """Whether a trial's losses are above those of another on the same examples by so many standard errors."""
    losses = dict(zip(ahead.places.tolist(), ahead.losses, strict=True))
    if not all(place in losses for place in trial.places.tolist()):
        return False
    difference = trial.losses - np.array([losses[place] for place in trial.places.tolist()])
    return bool(difference.mean() > 0 and wide(difference, errors))


def wide(difference: np.ndarray, errors: float = 1.0) -> bool:
    """Whether a mean difference is more than so many standard errors."""
    error = float(difference.std(ddof=1) / np.sqrt(len(difference))) if len(difference) > 1 else 0.0
    return abs(float(difference.mean())) > errors * error


def apart(one: Trial, other: Trial) -> bool:
    """Whether validation can tell two trials apart: the mean difference of their losses on the same
    examples is more than one standard error (Breiman et al., 1984, the one-standard-error rule)."""
    first = dict(zip(one.places.tolist(), one.losses, strict=True))
    second = dict(zip(other.places.tolist(), other.losses, strict=True))
    return wide(np.array([first[place] - second[place] for place in first if place in second]))


def fairly(trials: Sequence[Trial]) -> list[float]:
    """The loss of each on the examples that all of them were judged by: where time is short, linear programs were
    judged by every fold, and networks by one, which may be an easy one."""
    common = list(set.intersection(*(set(trial.places.tolist()) for trial in trials)))
    return [float(trial.losses[np.isin(trial.places, common)].mean()) for trial in trials]


def choose(trials: Sequence[Trial]) -> tuple[Trial, str]:
    """(the smallest architecture that validation cannot tell from the best one, why).

    They are compared on what all of them were judged by.
    """
    trials = [trial for trial in trials if np.isfinite(trial.losses).all()]
    if not trials:
        raise BadExamples("gradient descent did not converge: the loss became infinite", "Look for wild numbers.")
    losses = {id(trial): loss for trial, loss in zip(trials, fairly(trials), strict=True)}
    best = min(trials, key=lambda trial: losses[id(trial)])
    for trial in sorted(trials, key=size):
        if not apart(trial, best):
            break
    loss = losses[id(trial)]
    if len(trials) == 1:
        return trial, f"the only one that was tried to the end (loss {loss:.4f})"
    if trial is best:
        return trial, f"the lowest loss on examples it did not learn from, {loss:.4f}"
    larger = f"{best.architecture.name} ({losses[id(best)]:.4f})"
    return trial, f"its loss on examples it did not learn from, {loss:.4f}, cannot be told from that of {larger}"


def preferred(trial: Trial, why: str, mix: Trial | None) -> tuple[Trial, str]:
    """(the trials that answer together where they are clearly better than the chosen one, else that one; why)."""
    if mix is None:
        return trial, why
    alone = replace(trial, places=mix.places, losses=losses_at(trial, mix.places.tolist()))
    if not behind(alone, mix, CLEARLY):
        return trial, why
    other = f"{trial.architecture.name} alone ({alone.loss:.4f})"
    return mix, f"its loss on examples it did not learn from, {mix.loss:.4f}, is clearly below that of {other}"


def size(trial: Trial) -> int:
    """How many numbers a trial's network has, those that it borrows among them."""
    return trial.architecture.frozen + sum(weight.numel() for weight in trial.folds[min(trial.folds)].weights.values())
