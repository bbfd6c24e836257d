"""The loop of gradient descent: does what the search asks for and yields what happens as events."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
import torch

from wisen.architecture import Architecture
from wisen.descent.batches import Prepared, Tensors
from wisen.descent.checkpoint import Checkpoint, saved
from wisen.descent.parent import NO_PARENT, Parent
from wisen.descent.requests import Chosen, Facts, Finished, Measure, Remaining, Skipped, Speed, Task, always
from wisen.descent.run import Run, clock
from wisen.descent.schedule import Schedule, batch_size, dials
from wisen.descent.search import search
from wisen.descent.step import guesses
from wisen.errors import Stopped
from wisen.examples import Parts, touching
from wisen.examples.ahead import cores
from wisen.signature import Column, Feed

SAVE_EVERY, SELDOM = 0.5, 4
"""Seconds between checkpoints, or this many times what the last one took, where that is longer."""
LATE, GRACE = 1.5, 5.0
"""Beyond this multiple of the budget and these seconds, what is being trained ends with its epoch: the search
plans by measured speeds, which other work on the machine may change."""
NOTICED, AT_LEAST = 0.05, 0.5
"""The shares of the budget from which on the making of features counts, and that learning keeps in any case."""
SEVERAL = 8
"""Batches by which the speed of answers said piece by piece is measured."""
WORTH_SHARING = 0.004
"""Seconds of a step above which more threads are tried."""


@dataclass(frozen=True)
class Planned:
    """The first event: what is known, and what will be tried."""

    parts: Parts
    plans: tuple[Architecture, ...]
    inputs: tuple[Column, ...] = ()
    outputs: tuple[Column, ...] = ()
    left: tuple[tuple[Architecture, str], ...] = ()
    """Those that will not be tried, and why."""


@dataclass(frozen=True)
class Started:
    """A network is about to be trained, or goes on from a checkpoint; `stage` says what for."""

    architecture: Architecture
    schedule: Schedule
    stage: str = ""
    resumed: int = 0


@dataclass(frozen=True)
class Epoch:
    """All training examples were seen once more."""

    architecture: Architecture
    number: int
    epochs: int
    training: float
    validation: float
    best: bool
    seconds: float
    network: Any = field(default=None, repr=False, compare=False)
    """The network as it is now, to be looked at and left as it is."""


@dataclass(frozen=True)
class Halved:
    """Memory ran out: from now on a batch goes through in pieces of so many examples, whose gradients are added up."""

    architecture: Architecture
    examples: int

    def __str__(self) -> str:
        return f"memory ran out; a batch goes through in pieces of {self.examples}, and the step is the same"


Event = Planned | Prepared | Started | Halved | Epoch | Skipped | Chosen


@dataclass
class Descent:
    """One search for weights: its data, dials and clock."""

    examples: Tensors
    folds: np.ndarray
    feeds: Sequence[Feed]
    outputs: Sequence[Column]
    budget: float
    seed: int
    checkpoint: Checkpoint
    reading: float = 0.0
    """Seconds that the features took."""
    fits: Callable[[Architecture], bool] = always
    """Whether networks may answer together."""
    parent: Parent = NO_PARENT
    before: float = 0.0
    cut: bool = False
    """Whether something ended early for want of time."""
    started: float = field(default_factory=time.perf_counter)
    saved: float = field(default_factory=time.perf_counter)
    saving: float = 0.0
    """Seconds that the last checkpoint took."""

    def spent(self) -> float:
        """Seconds of the budget that are gone, those before a stop included."""
        return self.before + since(self.started)

    def learning(self) -> float:
        """Seconds of the budget for what comes after the features. What hardly counts is left out, so that the same
        budget means the same each time."""
        reading = self.reading if self.reading > NOTICED * self.budget else 0.0
        return max(AT_LEAST * self.budget, self.budget - reading)

    def left(self) -> float:
        """Seconds of the budget that are left."""
        return max(0.0, self.learning() - self.spent())

    def late(self) -> bool:
        """Whether the budget is gone although the search had planned to keep to it: what runs, ends here."""
        late = self.spent() > LATE * self.learning() + GRACE
        self.cut |= late
        return late

    def facts(self, plans: Sequence[Architecture]) -> Facts:
        """What the search has to know."""
        targets = {name: target.cpu() for name, target in self.examples.targets.items()}
        tried = dials(self.feeds, self.outputs)
        return Facts(
            plans, tried, self.folds, targets, self.outputs, self.learning(), self.feeds, self.fits, self.parent
        )  # fmt: skip

    def without(self, fold: int | None, taught: float = 0.0) -> tuple[Tensors, Tensors | None]:
        """(the examples to learn from, with so large a share of the parent's lessons in their targets; those of a fold
        to judge by, by the truth)."""
        examples = self.examples
        lessons = examples.aiming(self.parent.told(examples.targets, self.outputs, taught)) if taught else examples
        if fold is None:
            return lessons, None
        outside, inside = (torch.from_numpy(rows) for rows in (~touching(self.folds, fold), self.folds == fold))
        learn, judge = outside.nonzero()[:, 0], inside.nonzero()[:, 0]
        return lessons.some(learn), examples.some(judge)

    def due(self) -> bool:
        """Whether it is time for a checkpoint; so it is where the clock was put back."""
        return not 0 <= time.perf_counter() - self.saved <= max(SAVE_EVERY, SELDOM * self.saving)

    def save(self, state: dict[str, Any]) -> None:
        """Writes a checkpoint."""
        begin = time.perf_counter()
        self.checkpoint.save({**state, "spent": self.spent(), "reading": self.reading})
        self.saved, self.saving = time.perf_counter(), since(begin)


def descend(plans: Sequence[Architecture], descent: Descent) -> Iterator[Event]:
    """Trains what the search asks for; the last event is Chosen.

    Goes on from the descent's checkpoint; raises Stopped on Ctrl-C, which loses the current epoch, or
    what was learned since the last checkpoint where epochs are shorter than the time between two of them.
    """
    kept = descent.checkpoint.load() or {}
    if kept.get("bound") and kept.get("budget", 0.0) < descent.budget:
        kept = {}  # a smaller budget ended it early, and now there is more
    descent.before, descent.reading = kept.get("spent", 0.0), kept.get("reading", descent.reading)
    done: list[bytes] = kept.get("done", [])
    asking, answer, number = search(descent.facts(plans)), None, 0
    try:
        while True:
            request = asking.send(answer)
            answer = None
            if isinstance(request, Skipped):
                yield request
                continue
            asked, before = unpacked(done[number]) if number < len(done) else ("", None)
            if before is not None and asked != repr(request):
                done, kept, before = done[:number], {}, None  # another budget asks other questions
            if before is not None:
                answer = before
            elif isinstance(request, Remaining):
                answer = descent.left()
                done.append(packed(request, answer))
            elif isinstance(request, Measure):
                answer = fastest(plans[request.plan], descent)
                done.append(packed(request, answer))
            else:
                running = kept.get("running") if kept.get("request") == repr(request) else None
                answer = yield from trained(request, plans[request.plan], descent, running, done)
                done.append(packed(request, answer))
            number += 1
            if descent.due():
                descent.save({"done": done})
    except StopIteration as end:
        chosen: Chosen = end.value
    except KeyboardInterrupt:
        raise Stopped("training was stopped", "The same command goes on from the checkpoint.") from None
    descent.save({"done": done, "bound": chosen.bound or descent.cut, "budget": descent.budget})
    yield chosen


def since(begin: float) -> float:
    """The seconds since a moment: none where the clock was put back in between."""
    return max(0.0, time.perf_counter() - begin)


def packed(request: Measure | Remaining | Task, answer: Speed | Finished | float) -> bytes:
    """A request and its answer for a checkpoint: as bytes, which are made once and not at every save."""
    plain: Any = answer
    if isinstance(answer, Speed | Finished):
        plain = {each.name: getattr(answer, each.name) for each in fields(answer)}
    return bytes(saved({"request": repr(request), type(answer).__name__: plain}))


def unpacked(kept: bytes) -> tuple[str, Speed | Finished | float]:
    """The request and the answer that `packed` made bytes of."""
    found = torch.load(io.BytesIO(kept), map_location="cpu", weights_only=True)
    if Speed.__name__ in found:
        return found["request"], Speed(**found[Speed.__name__])
    if Finished.__name__ not in found:
        return found["request"], float(found[float.__name__])
    answer = Finished(**found[Finished.__name__])
    return found["request"], replace(answer, history=[(a, b) for a, b in answer.history])


def trained(
    task: Task, plan: Architecture, descent: Descent, running: dict[str, Any] | None, done: list[bytes]
) -> Generator[Event, None, Finished]:
    """Trains one network as a task says; returns what came of it."""
    training, validation = descent.without(task.fold, task.dials.taught)
    training = training if task.sample is None else training.take(slice(0, task.sample))
    schedule = Schedule(task.epochs, batch_size(len(training), descent.feeds, descent.outputs), task.dials)
    outputs = task.dials.answers(descent.outputs)
    torch.set_num_threads(task.threads)
    run = Run(plan, schedule, task.until, descent.feeds, outputs, training, validation, descent.seed, task.folds)
    if task.dials.grown:
        run.network.load_state_dict(descent.parent.weights[task.plan])
    if running is not None:
        run.restore(running)
    yield Started(plan, schedule, task.stage, run.epoch)
    while not run.ended() and not (run.epoch and descent.late()):
        begin, most = time.perf_counter(), run.pieces.most
        learned, judged, best = run.one_epoch()
        if run.pieces.most < most:
            yield Halved(plan, run.pieces.most)
        yield Epoch(plan, run.epoch, task.epochs, learned, judged, best, since(begin), run.network)
        if descent.due():
            descent.save({"done": done, "request": repr(task), "running": run.state()})
    run.settle(task.averaged)
    run.network.load_state_dict(run.best)
    said = guesses(run.network, validation, run.looks) if validation is not None else {}
    said = {name: guess.cpu() for name, guess in said.items()}
    return Finished(said, run.best, run.history, run.best_epoch, run.averaged, run.said)


def fastest(plan: Architecture, descent: Descent) -> Speed:
    """How long an epoch takes, with the number of threads that is fastest here."""
    torch.set_num_threads(1)
    alone, step_seconds = epoch_seconds(plan, descent)
    most = min(cores(), 8)
    # Below a few milliseconds a step, threads only wait for each other; so small networks are not
    # measured, and their weights do not depend on the noise of a measurement.
    if step_seconds < WORTH_SHARING or most == 1 or descent.examples.device.type != "cpu":
        return Speed(alone, 1)
    torch.set_num_threads(most)
    shared, _ = epoch_seconds(plan, descent)
    return Speed(shared, most) if shared < 0.8 * alone else Speed(alone, 1)


def epoch_seconds(plan: Architecture, descent: Descent) -> tuple[float, float]:
    """About how long (one epoch, one step) will take: a few steps of a network of its own."""
    training, _ = descent.without(0)
    schedule = Schedule(1, batch_size(len(training), descent.feeds, descent.outputs), dials(descent.feeds)[0])
    # Batches of one length each cost less than one of all lengths: then some of them are tried together.
    told = any(column.kind.told for column in descent.outputs)
    count = min(SEVERAL, max(1, len(training) // schedule.batch)) if told else 1
    few = training if plan.linear else training.take(slice(0, count * schedule.batch))
    run = Run(plan, schedule, 1, descent.feeds, descent.outputs, few, None, descent.seed)
    found: list[float] = []
    while len(found) < (1 if plan.linear else 5) and sum(map(abs, found)) < 2.0:
        begin = clock(few.device)
        run.all_at_once() if plan.linear else run.in_batches()
        found.append((clock(few.device) - begin) / count)
    # What a clock measured that was put back meanwhile says nothing.
    least = min((each for each in found if each > 0), default=0.0)
    return least * (1 if plan.linear else max(1, len(training) / schedule.batch)), least
