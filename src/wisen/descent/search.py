"""Which architecture, with which dials: a plan of trainings that asks, and is told what came of each.

Many candidates learn a little while, the best third of them longer, the best of these to the end:
successive halving (Jamieson and Talwalkar, 2016). What goes to the end is judged by cross-validation
where examples are few, and given up as soon as it is clearly behind (Maron and Moore, 1994, Hoeffding
races). The chosen one learns once more from all that is not held out.

Nothing here trains: `search` yields a request, and whoever runs it sends the answer. So a stopped
training goes on by answering again what was asked before.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from wisen.descent.judging import behind, choose, judged, preferred
from wisen.descent.mixture import joined, losses_at, mixed, witnessed
from wisen.descent.pace import (
    AT_MOST,
    HALFWAY,
    MANY,
    SCREENING_SHARE,
    Pace,
    affordable,
    fitting,
    linear_room,
    linear_share,
    paced,
)
from wisen.descent.requests import (
    Chosen,
    Facts,
    Finished,
    Measure,
    Remaining,
    Request,
    Search,
    Skipped,
    Speed,
    Task,
    Trial,
    Weights,
)
from wisen.descent.schedule import TAUGHT, Dials, penalties, versions_of
from wisen.examples import FOLDS

SAMPLE, SAMPLE_EPOCHS = 5000, 6
"""Examples and epochs by which candidates are tried where examples are many and the budget is short."""
FEWEST_EPOCHS = 3
"""An architecture that cannot see the examples so often within its budget is not tried."""
OFTEN = 16
"""So often a wide network has to see what it is to say piece by piece, or a narrow one says it better."""
AGAIN = 1.1
"""How much longer than the first another training of the chosen one may take."""
MIDDLE = 5
"""The place of the penalty that is tried first; about so many are tried in all."""
ARRIVAL = 2
"""About how many epochs a linear network takes to its lowest point."""


def search(facts: Facts) -> Search:
    """The search, which returns Chosen; raises BadExamples where nothing converged."""
    speeds: dict[int, Speed] = {}
    for index in range(len(facts.plans)):
        speeds[index] = yield Measure(index)
    linear = [index for index in speeds if facts.plans[index].linear]
    trials: list[Trial] = []
    floor = yield from linear_floor(facts, len(linear) < len(speeds))
    for index in linear:
        trials += yield from lowest(facts, index, speeds[index], floor)
    facts = replace(facts, dials=agreed(facts, trials))
    nets = yield from reachable(facts, speeds, [index for index in speeds if index not in linear])
    pace = paced(facts, {index: speeds[index] for index in nets})
    ends = heirs(facts, (yield from finalists(facts, nets, speeds, pace)))
    folds = yield from judges(facts, ends, speeds)
    for candidate in ends:
        trial = yield from raced(facts, in_half(candidate, trials), folds, trials)
        trials += [trial] if trial else []
    trial, why = choose(trials)
    if not trial.task.dials.grown:
        trial, why = preferred(trial, why, (yield from allowed(facts, mixed(facts, trials))))
    most = team(facts, trial)
    groups, cut, witnesses = [], False, []
    for share, weight in trial.shares or ((trial, 1.0),):
        members, short, more = yield from committee(facts, share, speeds[share.task.plan], most)
        groups.append(members)
        cut |= short
        witnesses.append((judged(facts, share.task, {**share.folds, **more}) if more else share, weight))
    versions = {column.kind.version for column in trial.task.dials.answers(facts.outputs)} - {""}
    count = sum(map(len, groups))
    together = [f"{count} of it answer together"] if count > 1 and not trial.shares else []
    why = "; ".join([why, *trial.task.dials.inherited, *sorted(versions), *together])
    members = tuple(each for group in groups for each in group)
    bound = pace.bound or cut or len(folds) < len(facts.several())
    return Chosen(witnessed(trial, witnesses), joined(trial, groups), members, why, tuple(trials), bound)


# ---- how far the budget reaches ----------------------------------------------------------------


def reachable(facts: Facts, speeds: dict[int, Speed], nets: list[int]) -> Generator[Request, Any, list[int]]:
    """The plans that can see the examples often enough within the budget; the smallest in any case."""
    found = nets[:1]
    for index in nets[1:]:
        fit = fitting(facts, speeds[index])
        if fit >= FEWEST_EPOCHS:
            found.append(index)
        else:
            yield Skipped(facts.plans[index], f"about {fit:.1f} epochs would fit into its share of the budget")
    return found


# ---- candidates --------------------------------------------------------------------------------


def finalists(
    facts: Facts, nets: list[int], speeds: dict[int, Speed], pace: Pace
) -> Generator[Request, Any, list[Task]]:
    """The candidates to train to the end: the smallest plan and the best one, each with its best dials."""

    def task(index: int, dials: Dials, epochs: int, stage: str) -> Task:
        return Task(index, dials, 0, epochs, epochs, speeds[index].threads, stage=stage)

    if not nets:
        return []
    if facts.told:
        index = widest(facts, nets, speeds)
        dials = facts.dials[0 if index == nets[0] else -1]
        return [task(index, dials, affordable(facts, speeds[index], pace), "")]
    if pace.bound and facts.count > MANY and len(nets) * len(facts.dials) > 1:
        best = yield from sampled(facts, nets, speeds)
        return [task(best.plan, best.dials, affordable(facts, speeds[best.plan], pace), "")]
    choices = facts.dials
    if pace.bound and SCREENING_SHARE * facts.budget < 2 * sum(speeds[i].seconds for i in nets) * len(choices):
        choices = choices[:1]  # no time to choose among them
    everyone = [task(index, dials, pace.screening, "candidates") for index in nets for dials in choices]
    ranked = (yield from ranking(facts, everyone)) if len(everyone) > 1 else everyone
    if not pace.bound and len(ranked) > 3:
        longer = max(2, pace.epochs // HALFWAY)
        ahead = [task(each.plan, each.dials, longer, "the best third") for each in ranked[: max(2, len(ranked) // 3)]]
        ranked = (yield from ranking(facts, ahead)) + ranked
    best = ranked[0]
    smallest = next((each for each in ranked if each.plan == nets[0]), best)
    ends = [best] if pace.bound or smallest is best or best.plan == nets[0] else [smallest, best]
    return [task(each.plan, each.dials, affordable(facts, speeds[each.plan], pace), "") for each in ends]


def heirs(facts: Facts, ends: list[Task]) -> list[Task]:
    """The candidates; and after them the best one again, taught by the program of before, and grown from its weights.
    Those come last: where validation cannot tell them apart, the first one is taken, for the program of before has
    learned from examples by which they are judged."""
    if not ends:
        return ends
    best, dials = ends[-1], ends[-1].dials
    if facts.parent.lessons:
        ends = [*ends, replace(best, dials=replace(dials, taught=TAUGHT), stage="taught")]
    if best.plan in facts.parent.weights:
        ends = [*ends, replace(best, dials=replace(dials, grown=True), stage="grown")]
    return ends


def in_half(task: Task, trials: Sequence[Trial]) -> Task:
    """The task; of a network that is grown, in half of the epochs that the same one took from new weights."""
    if not task.dials.grown:
        return task
    plain = replace(task.dials, grown=False)
    taken = [len(each.history) for each in trials if (each.task.plan, each.task.dials) == (task.plan, plain)]
    epochs = max(1, max(taken, default=task.epochs) // 2)
    return replace(task, epochs=epochs, until=epochs)


def widest(facts: Facts, nets: list[int], speeds: dict[int, Speed]) -> int:
    """The widest plan that sees the examples often. What is said piece by piece takes the whole budget to learn, so
    nothing is tried: in the beginning a wide network and a narrow one say about as little."""
    often = [index for index in nets if fitting(facts, speeds[index]) >= OFTEN]
    return often[-1] if often else nets[0]


def sampled(facts: Facts, nets: list[int], speeds: dict[int, Speed]) -> Generator[Request, Any, Task]:
    """The best candidate on a sample of the examples: the best plan, and then its best dials, as time allows."""

    def task(index: int, dials: Dials) -> Task:
        threads = speeds[index].threads
        return Task(index, dials, 0, SAMPLE_EPOCHS, SAMPLE_EPOCHS, threads, sample=SAMPLE, stage="on a sample")

    def cost(each: Task) -> float:
        return speeds[each.plan].seconds * SAMPLE_EPOCHS * 2 * SAMPLE / facts.count  # judging takes time, too

    room, tasks = SCREENING_SHARE * facts.budget, [task(index, facts.dials[0]) for index in nets]
    while len(tasks) > 1 and sum(map(cost, tasks)) > room:
        tasks.pop(0)  # the smallest: where examples are many, it is the least likely
    losses: dict[Task, float] = {}
    while tasks and sum(map(cost, [*losses, tasks[0]])) < room:
        each = tasks.pop(0)
        losses[each] = yield from loss_of(facts, each)
        best = min(losses, key=lambda each: losses[each])
        if not tasks and len({each.dials for each in losses}) == 1:
            tasks = [task(best.plan, dials) for dials in facts.dials[1:]]
    return min(losses, key=lambda each: losses[each]) if losses else tasks[0]


def ranking(facts: Facts, tasks: Sequence[Task]) -> Generator[Request, Any, list[Task]]:
    """The candidates by their loss on the first fold, the best first."""
    found = []
    for number, each in enumerate(tasks):
        found.append(((yield from loss_of(facts, each)), number))
    return [tasks[number] for _, number in sorted(found)]


def loss_of(facts: Facts, task: Task) -> Generator[Request, Any, float]:
    """The loss of a candidate on the first fold; infinite where it did not converge."""
    trial = judged(facts, task, {0: (yield task)})
    return trial.loss if np.isfinite(trial.losses).all() else float("inf")


def linear_floor(facts: Facts, others: bool) -> Generator[Request, Any, float]:
    """The seconds of the budget that linear programs leave to other plans, where there are any: however long an
    epoch of theirs takes in truth, they get no more than a few times their share."""
    left: float = yield Remaining(facts.budget)
    return left - AT_MOST * linear_share(facts) * facts.budget if others else -math.inf


def over(facts: Facts, floor: float) -> Generator[Request, Any, bool]:
    """Whether less of the budget is left than that."""
    left: float = yield Remaining(facts.budget)
    return left < floor


def lowest(facts: Facts, index: int, speed: Speed, floor: float) -> Generator[Request, Any, list[Trial]]:
    """The trials of a linear plan with the penalty that validation likes best, one for each way to learn the
    answers: from a usual one uphill and down, as long as that brings something and there is time."""
    if (yield from over(facts, floor)):
        yield Skipped(facts.plans[index], "the share of linear programs in the budget is used up")
        return []
    folds, every = facts.several(), penalties()
    room = linear_room(facts, speed, len(folds))
    until = int(max(1, min(4 * ARRIVAL, room / MIDDLE)))
    tried: dict[tuple[int, tuple[int, ...]], Trial] = {}

    def at(place: int, versions: tuple[int, ...]) -> Generator[Request, Any, Trial]:
        dials = replace(every[place], versions=versions)
        said: dict[int, Finished] = {}
        for fold in folds:
            if said and (yield from over(facts, floor)):
                break
            said[fold] = yield Task(index, dials, fold, until, until, speed.threads, stage="penalties")
        tried[place, versions] = judged(facts, Task(index, dials, 0, until, until, speed.threads), said)
        return tried[place, versions]

    for versions in versions_of(facts.outputs):
        middle = yield from at(MIDDLE, versions)
        if room < MIDDLE:
            continue  # no time to choose
        for direction in (1, -1):
            best, place = middle, MIDDLE + direction
            while 0 <= place < len(every) and not (yield from over(facts, floor)):
                trial = yield from at(place, versions)
                if len(trial.folds) < len(best.folds) or not trial.loss < best.loss:
                    break
                best, place = trial, place + direction
            if best is not middle:
                break  # the losses form a valley: its bottom is not on the other side
    every_way = {versions: [trial for (_, way), trial in tried.items() if way == versions] for _, versions in tried}
    # One that was cut short was judged by other examples: it says nothing beside those that were not.
    return [min(trials, key=lambda trial: (-len(trial.folds), trial.loss)) for trials in every_way.values()]


def agreed(facts: Facts, trials: Sequence[Trial]) -> Sequence[Dials]:
    """The dials to try: where linear programs say clearly in which way an answer is learned best, only that one."""
    best = min(trials, key=lambda trial: trial.loss, default=None)
    others = [trial for trial in trials if best and trial.task.dials.versions != best.task.dials.versions]
    if best is None or not others or not all(behind(trial, best) for trial in others):
        return facts.dials
    return tuple(dict.fromkeys(replace(each, versions=best.task.dials.versions) for each in facts.dials))


def judges(facts: Facts, ends: Sequence[Task], speeds: dict[int, Speed]) -> Generator[Request, Any, tuple[int, ...]]:
    """The folds that candidates are judged by: several where examples are few and there is time."""
    several = facts.several()
    if any(each.dials.grown for each in ends):
        return (0,)  # of the others, the weights that it began with have learned
    if not ends or len(several) == 1:
        return several
    left: float = yield Remaining(facts.budget)
    cost = sum(speeds[each.plan].seconds * each.epochs for each in ends)
    return several if cost * len(several) <= left else (0,)


def raced(
    facts: Facts, task: Task, folds: Sequence[int], trials: Sequence[Trial]
) -> Generator[Request, Any, Trial | None]:
    """The trial of a candidate on the folds; None where it falls clearly behind on the way."""
    ahead = min(trials, key=lambda trial: trial.loss, default=None)
    said: dict[int, Finished] = {}
    trial = None
    several = len(folds) > 1
    for number, fold in enumerate(folds, start=1):
        stage = f"fold {number} of {len(folds)}" if several else ""
        said[fold] = yield Task(
            task.plan, task.dials, fold, task.epochs, task.until, task.threads, folds=several, stage=stage
        )
        trial = judged(facts, task, said)
        if ahead and 1 < number < len(folds) and behind(trial, ahead):
            same = float(losses_at(ahead, trial.places.tolist()).mean())
            where = f"{ahead.architecture.name} ({same:.4f})"
            how = "".join(f"{each}, " for each in task.dials.inherited)
            yield Skipped(trial.architecture, f"{how}given up after {number} folds: {trial.loss:.4f}, behind {where}")
            return None
    return trial


def allowed(facts: Facts, trial: Trial | None) -> Generator[Request, Any, Trial | None]:
    """The trials that answer together as one, unless they do not fit."""
    if trial is not None and not facts.fits(trial.architecture):
        yield Skipped(trial.architecture, "together they would break a limit")
        return None
    return trial


def team(facts: Facts, trial: Trial) -> int:
    """How many networks of each plan may answer together: as many as there are folds, or as many as fit."""
    plan = trial.architecture
    if plan.linear or not plan.light:
        return FOLDS  # there will be one
    if trial.task.dials.grown:
        return 1
    counts = range(FOLDS, 1, -1)
    return next((n for n in counts if facts.fits(joined(trial, [[{}] * n] * max(1, len(trial.shares))))), 1)


def committee(
    facts: Facts, trial: Trial, speed: Speed, most: int = FOLDS
) -> Generator[Request, Any, tuple[tuple[Weights, ...], bool, dict[int, Finished]]]:
    """(the weights of the networks that answer together, whether there was no time for more of them, what came of
    those that were trained for it): of those that read rows one without each fold, at most so many of them, as time
    allows; else one that learned from everything, or the first."""
    plan, alone = trial.architecture, trial.folds[min(trial.folds)].weights
    left: float = yield Remaining(facts.budget)
    room = int(left / max(AGAIN * speed.seconds * max(len(each.history) for each in trial.folds.values()), 1e-9))
    if plan.linear or not plan.light or most == 1:
        again = plan.linear or room > 0
        return (((yield from once_more(trial)) if again else None) or alone,), not again, {}
    more: dict[int, Finished] = {}
    found = [each.weights for each in trial.folds.values()][:most]
    missing = sorted(set(facts.folds[facts.folds < FOLDS].tolist()) - set(trial.folds))[: most - len(found)]
    for fold in missing[:room]:
        stage = f"without part {fold + 1} of {FOLDS}"
        member: Finished = yield replace(trial.task, fold=fold, stage=stage)
        if converged(member.weights):
            found.append(member.weights)
            more[fold] = member
    return tuple(found), room < len(missing), more


def converged(weights: Weights) -> bool:
    """Whether all weights are finite."""
    return all(bool(weight.isfinite().all()) for weight in weights.values() if weight.is_floating_point())


def once_more(trial: Trial) -> Generator[Request, Any, Weights | None]:
    """The weights that the chosen candidate learns from everything; None where it does not converge, or where the time
    is gone before it is as far as those that it was chosen by."""
    folds, task = trial.folds.values(), trial.task
    averaged = sum(each.averaged for each in folds) * 2 > len(folds)
    until = task.until if averaged or trial.architecture.linear else trial.epoch
    final = Task(task.plan, task.dials, None, task.epochs, until, task.threads, averaged, stage="all examples")
    found: Finished = yield final
    whole = trial.architecture.linear or len(found.history) >= until
    return found.weights if whole and converged(found.weights) else None
