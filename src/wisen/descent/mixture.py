"""Trials that answer together: which of them, and how much each of them counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch

from wisen.architecture import Architecture
from wisen.descent.requests import Facts, Trial, Weights
from wisen.signature import Column

ROUNDS = 8
"""How often a trial is added to those that answer together: so each counts so many eighths."""


def mixed(facts: Facts, trials: Sequence[Trial]) -> Trial | None:
    """The trials that are best when they answer together, as one; None where one alone is.

    Only those that read rows and no more, and learn their answers in the same way as the best one, for their
    guesses are averaged.
    """
    sound = [trial for trial in trials if trial.architecture.light and np.isfinite(trial.losses).all()]
    if len(sound) < 2:
        return None
    places = sorted(set.intersection(*(set(trial.places.tolist()) for trial in sound)))
    best = min(sound, key=lambda trial: float(losses_at(trial, places).mean()))
    answers = best.task.dials.answers(facts.outputs)
    sound = [trial for trial in sound if trial.task.dials.answers(facts.outputs) == answers]
    said = [guesses_at(trial, places) for trial in sound]
    counts = counted(lambda counts: float(losses_of(facts, answers, places, together(said, counts)).mean()), len(sound))
    if sum(count > 0 for count in counts) < 2:
        return None
    guess = together(said, counts)
    every = [(trial, count / sum(counts)) for trial, count in zip(sound, counts, strict=True) if count]
    (first, _), *others = shares = sorted(every, key=lambda share: -share[1])
    plan = replace(first.architecture, beside=tuple((trial.architecture, share) for trial, share in others))
    losses = losses_of(facts, answers, places, guess)
    return replace(
        first, architecture=plan, places=np.array(places), losses=losses, guesses=guess, shares=tuple(shares)
    )


def counted(loss: Callable[[Sequence[int]], float], trials: int) -> list[int]:
    """How often each trial counts for the least loss together.

    Beginning with none, the trial is added that brings most, again and again (Caruana et al., 2004, Ensemble
    Selection from Libraries of Models).
    """
    counts, found = [0] * trials, []
    for _ in range(ROUNDS):
        more = [[count + (number == place) for number, count in enumerate(counts)] for place in range(trials)]
        least, counts = min((loss(each), each) for each in more)
        found.append((least, counts))
    return min(found)[1]


def losses_at(trial: Trial, places: Sequence[int]) -> np.ndarray:
    """The losses of a trial at some of the places that it was judged by."""
    where = {place: number for number, place in enumerate(trial.places.tolist())}
    found: np.ndarray = trial.losses[[where[place] for place in places]]
    return found


def guesses_at(trial: Trial, places: Sequence[int]) -> dict[str, torch.Tensor]:
    """What a trial said at some of the places that it was judged by."""
    where = {place: number for number, place in enumerate(trial.places.tolist())}
    order = torch.tensor([where[place] for place in places])
    return {name: guess[order] for name, guess in trial.guesses.items()}


def together(said: Sequence[dict[str, torch.Tensor]], counts: Sequence[int]) -> dict[str, torch.Tensor]:
    """The average of guesses, in which each counts so often."""
    total = sum(counts)
    shares = [(each, count / total) for each, count in zip(said, counts, strict=True) if count]
    return {name: torch.stack([each[name] * share for each, share in shares]).sum(0) for name in said[0]}


def losses_of(
    facts: Facts, outputs: Sequence[Column], places: Sequence[int] | np.ndarray, said: dict[str, torch.Tensor]
) -> np.ndarray:
    """How bad guesses of the outputs are at some places.

    Losses are those after calibration: without it, the most daring network would win wherever the
    classes can be told apart fully.
    """
    total = np.zeros(len(places), dtype=np.float64)
    for column in outputs:
        guess, target = said[column.name], facts.targets[column.name][torch.as_tensor(places)]
        if not bool(guess.isfinite().all()):
            total[:] = np.inf
            continue
        kind = column.kind.calibrate(guess.numpy(), target.numpy())
        total += kind.regret(guess, target).numpy()
    return total


def witnessed(trial: Trial, every: Sequence[tuple[Trial, float]]) -> Trial:
    """The trial with what all those that answer together say of the examples that they did not learn from, each with
    its share: more of these than a choice was made by set the answers right."""
    places = sorted(set.intersection(*(set(each.places.tolist()) for each, _ in every)))
    if len(places) <= len(trial.places):
        return trial
    said = [({name: guess * share for name, guess in guesses_at(each, places).items()}) for each, share in every]
    guesses = {name: torch.stack([each[name] for each in said]).sum(0) for name in said[0]}
    return replace(trial, places=np.array(places), guesses=guesses)


def joined(trial: Trial, groups: Sequence[Sequence[Weights]]) -> Architecture:
    """The plan of a trial with as many networks of each of its shares as there are weights for."""
    plan = replace(trial.architecture, together=len(groups[0]))
    beside = zip(plan.beside, groups[1:], strict=True)
    return replace(plan, beside=tuple((replace(other, together=len(group)), share) for (other, share), group in beside))
