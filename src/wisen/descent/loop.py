"""The loop of gradient descent: tries the planned architectures and yields what happens as events."""

from __future__ import annotations

import copy
import math
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from wisen.architecture import Architecture
from wisen.descent.batches import Tensors
from wisen.descent.checkpoint import Checkpoint
from wisen.descent.schedule import Schedule, schedule
from wisen.descent.step import guesses, judge, step
from wisen.errors import BadExamples, Stopped
from wisen.examples import Examples, Parts
from wisen.signature import Column, Feed

SAVE_EVERY = 0.5
"""Seconds between checkpoints; epochs that are longer are saved each."""
WORTH_SHARING = 0.004
"""Seconds of a step above which more threads are tried."""
FEWEST_EPOCHS = 3
"""An architecture that cannot see the examples so often within its budget is not tried."""


@dataclass(frozen=True)
class Planned:
    """The first event: what is known, and what will be tried."""

    examples: Examples
    parts: Parts
    plans: tuple[Architecture, ...]


@dataclass(frozen=True)
class Started:
    """An architecture is about to be trained, or goes on from a checkpoint."""

    architecture: Architecture
    schedule: Schedule
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


@dataclass(frozen=True)
class Skipped:
    """An architecture does not fit the budget."""

    architecture: Architecture
    why: str


@dataclass(frozen=True)
class Trial:
    """What became of one architecture: its best weights and each validation example's loss."""

    architecture: Architecture
    losses: np.ndarray
    weights: dict[str, torch.Tensor]
    history: list[tuple[float, float]]

    @property
    def loss(self) -> float:
        """The mean loss on validation examples."""
        return float(self.losses.mean())


@dataclass(frozen=True)
class Chosen:
    """The architecture that wins, and why."""

    trial: Trial
    why: str
    trials: tuple[Trial, ...]


Event = Planned | Started | Epoch | Skipped | Chosen


@dataclass
class Descent:
    """One search for weights: its data, dials and clock."""

    training: Tensors
    validation: Tensors
    feeds: Sequence[Feed]
    outputs: Sequence[Column]
    budget: float
    seed: int
    checkpoint: Checkpoint
    before: float = 0.0
    bound: bool = False
    """Whether the budget cut something short."""
    started: float = field(default_factory=time.perf_counter)
    saved: float = field(default_factory=time.perf_counter)

    @property
    def device(self) -> torch.device:
        """Where the examples lie."""
        return next(iter(self.training.features.values())).device

    def varied(self, features: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """The features of a batch, each varied as its kind may be."""
        return {feed.name: feed.kind.vary(features[feed.name]) for feed in self.feeds}

    def save(self, state: dict[str, Any]) -> None:
        """Writes a checkpoint."""
        bound = {"bound": self.budget} if self.bound else {}
        self.checkpoint.save({**state, **bound, "spent": self.spent()})
        self.saved = time.perf_counter()

    def spent(self) -> float:
        """Seconds of the budget that are gone, those before a stop included."""
        return self.before + time.perf_counter() - self.started


def descend(plans: Sequence[Architecture], descent: Descent) -> Iterator[Event]:
    """Trains the plans one after the other and chooses; the last event is Chosen.

    Goes on from the descent's checkpoint; raises Stopped on Ctrl-C, which loses the current epoch, or
    what was learned since the last checkpoint where epochs are shorter than SAVE_EVERY.
    """
    state = descent.checkpoint.load() or {}
    if state.get("bound", math.inf) < descent.budget and "running" not in state:
        state = {}  # a smaller budget ended it early, and now there is more
    descent.before, descent.bound = state.get("spent", 0.0), "bound" in state
    trials = [restored(plans[index], kept) for index, kept in state.get("trials", [])]
    done = [index for index, _ in state.get("trials", [])]
    first = state.get("next", 0)
    try:
        for index in range(first, len(plans)):
            if grown_enough(trials):
                yield Skipped(plans[index], f"{trials[-1].architecture.name} was no better than a smaller one")
                continue
            deadline = descent.budget * (index + 1) / len(plans)
            running = state.get("running") if index == first else None
            trial = None
            for event in run(plans[index], descent, deadline, running, bool(trials), packed(done, trials, index)):
                if isinstance(event, Trial):
                    trial = event
                else:
                    yield event
            if trial is not None:
                trials.append(trial)
                done.append(index)
            descent.save(packed(done, trials, index + 1))
    except KeyboardInterrupt:
        raise Stopped("training was stopped", "The same command goes on from the checkpoint.") from None
    yield choose(trials)


def grown_enough(trials: Sequence[Trial]) -> bool:
    """Whether the last architecture, which is the largest so far, was no better than a smaller one."""
    if len(trials) < 2 or not all(np.isfinite(trial.losses).all() for trial in trials):
        return False
    before = min(trials[:-1], key=lambda trial: trial.loss)
    return trials[-1].loss >= before.loss or not apart(before, trials[-1])


def packed(done: Sequence[int], trials: Sequence[Trial], following: int) -> dict[str, Any]:
    """The finished trials for a checkpoint."""
    kept = [
        (index, {"losses": torch.from_numpy(trial.losses), "weights": trial.weights, "history": trial.history})
        for index, trial in zip(done, trials, strict=True)
    ]
    return {"trials": kept, "next": following}


def restored(architecture: Architecture, kept: dict[str, Any]) -> Trial:
    """A finished trial from a checkpoint."""
    return Trial(architecture, kept["losses"].numpy(), kept["weights"], kept["history"])


def run(
    plan: Architecture,
    descent: Descent,
    deadline: float,
    running: dict[str, Any] | None,
    others: bool,
    finished: dict[str, Any],
) -> Iterator[Event | Trial]:
    """Trains one architecture until its schedule or its deadline ends; the last event is its Trial.

    Where there are `others` to choose from, one that is too slow for the deadline is skipped.
    """
    torch.manual_seed(descent.seed)
    network = plan.build().to(descent.device)
    if running is None:
        threads, seconds = fastest(network, plan, descent)
        fit = (deadline - descent.spent()) / max(seconds, 1e-9)
        descent.bound |= fit < schedule(len(descent.training), plan.width).epochs
        if others and fit < FEWEST_EPOCHS:
            yield Skipped(plan, f"about {max(fit, 0):.1f} epochs would fit into its share of the budget")
            return
        planned = schedule(len(descent.training), plan.width, fit)
    else:
        threads, planned = running["threads"], Schedule(*running["schedule"])
    torch.set_num_threads(threads)
    optimizer = torch.optim.AdamW(network.parameters(), lr=planned.rate, weight_decay=planned.decay)
    generator = torch.Generator().manual_seed(descent.seed)
    run = Run(network, optimizer, generator, planned, threads)
    if running is not None:
        run.restore(running)
    else:
        torch.manual_seed(descent.seed)
    yield Started(plan, planned, run.epoch)
    while run.epoch < planned.epochs and not run.ended() and (descent.spent() < deadline or not run.history):
        yield run.one_epoch(plan, descent)
        if time.perf_counter() - descent.saved > SAVE_EVERY:
            descent.save({**finished, "running": run.state()})
    descent.bound |= run.epoch < planned.epochs and not run.ended()
    yield Trial(plan, calibrated_losses(network, run.best, descent), run.best, run.history)


def calibrated_losses(network: torch.nn.Module, weights: dict[str, torch.Tensor], descent: Descent) -> np.ndarray:
    """The loss of each validation example with the best weights, after calibration.

    Without it, the most daring network would win wherever the classes can be told apart fully.
    """
    network.load_state_dict(weights)
    said = guesses(network, descent.validation.features)
    total = np.zeros(len(descent.validation), dtype=np.float64)
    for column in descent.outputs:
        guess, target = said[column.name], descent.validation.targets[column.name].cpu()
        kind = column.kind.calibrate(guess.numpy(), target.numpy())
        total += kind.loss(guess, target).numpy()
    return total


def fastest(network: torch.nn.Module, plan: Architecture, descent: Descent) -> tuple[int, float]:
    """(the number of threads that is fastest here, about how many seconds an epoch takes with it)."""
    torch.set_num_threads(1)
    alone = epoch_seconds(network, plan, descent)
    steps = max(1, len(descent.training) // schedule(len(descent.training), plan.width).batch)
    most = min(os.cpu_count() or 1, 8)
    # Below a few milliseconds a step, threads only wait for each other; so small networks are not
    # measured, and their weights do not depend on the noise of a measurement.
    if alone / steps < WORTH_SHARING or most == 1 or descent.device.type != "cpu":
        return 1, alone
    torch.set_num_threads(most)
    shared = epoch_seconds(network, plan, descent)
    return (most, shared) if shared < 0.8 * alone else (1, alone)


def epoch_seconds(network: torch.nn.Module, plan: Architecture, descent: Descent) -> float:
    """About how long one epoch will take: a few steps on a copy of the network."""
    trial = copy.deepcopy(network)
    optimizer = torch.optim.AdamW(trial.parameters(), lr=0.0)
    size = schedule(len(descent.training), plan.width).batch
    batch = descent.training.take(slice(0, size))
    seconds: list[float] = []
    while len(seconds) < 5 and sum(seconds) < 2.0:
        begin = time.perf_counter()
        step(trial, optimizer, batch.features, batch.targets, descent.outputs)
        if descent.device.type == "cuda":
            torch.cuda.synchronize()  # a launch is not yet a step
        seconds.append(time.perf_counter() - begin)
    return min(seconds) * max(1, len(descent.training) / size)


class Run:
    """One network on its way down."""

    def __init__(
        self,
        network: torch.nn.Module,
        optimizer: torch.optim.Optimizer,
        generator: torch.Generator,
        planned: Schedule,
        threads: int,
    ) -> None:
        self.network, self.optimizer, self.generator = network, optimizer, generator
        self.planned, self.threads = planned, threads
        self.epoch = 0
        self.history: list[tuple[float, float]] = []
        self.best: dict[str, torch.Tensor] = {}
        self.losses: torch.Tensor | None = None
        self.lost = False
        """Whether the loss became infinite: from there no step leads back."""

    def one_epoch(self, plan: Architecture, descent: Descent) -> Epoch:
        """Steps through all training examples once, then looks at the validation examples."""
        begin = time.perf_counter()
        steps = max(1, len(descent.training) // self.planned.batch)
        total = []
        for number, batch in enumerate(descent.training.shuffled(self.planned.batch, self.generator)):
            share = min(1.0, (self.epoch + number / steps) / self.planned.epochs)
            for group in self.optimizer.param_groups:
                group["lr"] = self.planned.at(share)
            features = descent.varied(batch.features)
            total.append(step(self.network, self.optimizer, features, batch.targets, descent.outputs))
        found = judge(self.network, descent.validation.features, descent.validation.targets, descent.outputs)
        best = self.losses is None or bool(found.mean() < self.losses.mean())
        if best:
            self.losses = found
            self.best = {name: weight.detach().cpu().clone() for name, weight in self.network.state_dict().items()}
        self.epoch += 1
        if not bool(found.isfinite().all()):
            self.lost = True
        training, validation = float(torch.stack(total).mean()), float(found.mean())
        self.history.append((training, validation))
        seconds = time.perf_counter() - begin
        return Epoch(plan, self.epoch, self.planned.epochs, training, validation, best, seconds)

    def ended(self) -> bool:
        """Whether more epochs would bring nothing."""
        return self.lost or self.settled()

    def settled(self) -> bool:
        """Whether a third of the epochs brought no gain worth a thousandth of the first validation loss."""
        if not self.history:
            return False
        losses = [validation for _, validation in self.history]
        worth, low, last = losses[0] / 1000, losses[0], 0
        for epoch, loss in enumerate(losses):
            if loss < low - worth:
                low, last = loss, epoch
        return len(losses) - last > max(20, self.planned.epochs // 3)

    def state(self) -> dict[str, Any]:
        """All that is needed to go on from here."""
        assert self.losses is not None
        return {
            "schedule": [self.planned.epochs, self.planned.batch, self.planned.rate, self.planned.decay],
            "threads": self.threads,
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "generator": self.generator.get_state(),
            "random": torch.random.get_rng_state(),
            "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
            "epoch": self.epoch,
            "history": self.history,
            "best": self.best,
            "losses": self.losses,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Goes back to where `state` was taken."""
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.generator.set_state(state["generator"])
        torch.random.set_rng_state(state["random"])
        if state["cuda"]:
            torch.cuda.set_rng_state_all(state["cuda"])
        self.epoch, self.history = state["epoch"], [tuple(pair) for pair in state["history"]]
        self.best, self.losses = state["best"], state["losses"]


def apart(one: Trial, other: Trial) -> bool:
    """Whether validation can tell two trials apart: the mean difference of their losses on the same
    examples is more than one standard error (Breiman et al., 1984, the one-standard-error rule)."""
    difference = one.losses - other.losses
    error = float(difference.std(ddof=1) / np.sqrt(len(difference))) if len(difference) > 1 else 0.0
    return abs(float(difference.mean())) > error


def choose(trials: Sequence[Trial]) -> Chosen:
    """The smallest architecture that validation cannot tell from the best one."""
    trials = [trial for trial in trials if np.isfinite(trial.losses).all()]
    if not trials:
        raise BadExamples("gradient descent did not converge: the loss became infinite", "Look for wild numbers.")
    best = min(trials, key=lambda trial: trial.loss)
    for trial in sorted(trials, key=lambda trial: sum(w.numel() for w in trial.weights.values())):
        if not apart(trial, best):
            break
    if len(trials) == 1:
        why = "the only one tried"
    elif trial is best:
        why = f"the lowest validation loss after calibration, {best.loss:.4f}"
    else:
        larger = f"{best.architecture.name} ({best.loss:.4f})"
        why = f"validation cannot tell its loss after calibration, {trial.loss:.4f}, from that of {larger}"
    return Chosen(trial, why, tuple(trials))
