"""4. Gradient descent: examples and plans become weights.

Read `step.py` first: forward and backward next to each other. `run.py` repeats it for one network,
`search.py` says which networks to train with which dials, and `judging.py` which of them is best;
`loop.py` trains them and yields events, `schedule.py` says how fast and how long, `batches.py` makes
tensors of examples, `pieces.py` makes do with little memory and `checkpoint.py` keeps what a stopped
training needs to go on.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from wisen.architecture import Architecture
from wisen.descent.batches import Prepared, tensors
from wisen.descent.checkpoint import Checkpoint
from wisen.descent.levels import unlike_of
from wisen.descent.loop import Descent, Epoch, Event, Halved, Planned, Started, descend, since
from wisen.descent.parent import NO_PARENT, Parent
from wisen.descent.pieces import within_memory
from wisen.descent.requests import Chosen, Skipped, always
from wisen.descent.step import guesses
from wisen.errors import WisenError
from wisen.examples import Parts
from wisen.plans import read_by
from wisen.signature import Column
from wisen.sure.unlike import Unlike

__all__ = [
    "Checkpoint",
    "Chosen",
    "Epoch",
    "Event",
    "Halved",
    "Learned",
    "Parent",
    "Planned",
    "Prepared",
    "Skipped",
    "Started",
    "device_of",
    "learn",
    "own_chance",
    "within_memory",
]


PROOF = 2000
"""Validation examples that a network answers piece by piece when it is finished: each piece takes as long as a whole
other answer."""


@dataclass(frozen=True)
class Judged:
    """What networks said of examples that they did not learn from, and where these stand among those to learn from."""

    places: np.ndarray
    guesses: dict[str, torch.Tensor]


@dataclass(frozen=True)
class Learned:
    """What gradient descent found: the architecture, its weights, and the calibrated outputs; and what the network
    says of the validation examples, or of the first ones of them."""

    architecture: Architecture
    network: Any  # nn.network.Network or nn.whole.Whole, which have `graph` beside forward
    inputs: tuple[Column, ...]
    outputs: tuple[Column, ...]
    validation: dict[str, torch.Tensor]
    history: tuple[tuple[float, float], ...]
    why: str
    judged: Judged | None = None
    """What networks said of examples that they did not learn from; None: nobody asked them."""
    unlike: Unlike | None = None
    """How unlike the training examples it finds others."""
    alone: dict[str, torch.Tensor] | None = None
    """The weights of a network of this plan that did not learn from the first fold; None where several answer together,
    of which the first did not."""


def learn(
    plans: Sequence[Architecture],
    parts: Parts,
    inputs: tuple[Column, ...],
    outputs: tuple[Column, ...],
    budget: float,
    seed: int,
    device: str,
    checkpoint: Checkpoint,
    listen: Callable[[Event], None],
    fits: Callable[[Architecture], bool] = always,
    parent: Parent = NO_PARENT,
) -> Learned:
    """The best weights for the best of the plans; `listen` hears what happens.

    `budget` is in seconds, `device` one that torch knows; `fits` says of networks that answer together whether they
    may, `parent` is what a program of before brings. Raises Stopped on Ctrl-C; the same call goes on from the
    checkpoint. Raises WisenError where memory does not do for one example at a time.
    """
    from threadpoolctl import threadpool_limits

    read = read_by(plans, inputs)
    threads = torch.get_num_threads()
    # numpy's and scipy's products of matrices are tiny here: their threads would only wait for each other.
    one_thread = threadpool_limits(1, "blas")
    try:
        chosen = None
        begin = time.perf_counter()
        examples = tensors(parts.learning, read, outputs, device, checkpoint.path.parent, listen)
        reading = since(begin)
        descent = Descent(examples, parts.folds, read, outputs, budget, seed, checkpoint, reading, fits, parent)
        for event in descend(plans, descent):
            listen(event)
            chosen = event if isinstance(event, Chosen) else None
    finally:
        one_thread.restore_original_limits()
        torch.set_num_threads(threads)
    assert chosen is not None
    return finished(chosen, descent, inputs, outputs)


@contextlib.contextmanager
def own_chance(device: str = "cpu") -> Iterator[None]:
    """Leaves torch's random numbers as they were: a training seeds its own, not those of the process around it."""
    with torch.random.fork_rng(devices=[torch.device(device)] if on_gpu(device) else []), repeatable(device):
        yield


@contextlib.contextmanager
def repeatable(device: str) -> Iterator[None]:
    """Has a GPU take, of several ways to the same sum, one that gives the same each time; on a CPU all do."""
    if not on_gpu(device):
        yield  # to set back what was never set would import torch's compiler, which takes two seconds
        return
    before = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    benchmark = torch.backends.cudnn.benchmark
    try:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # or cuBLAS takes any room, and any way
        torch.use_deterministic_algorithms(True, warn_only=True)  # a network of the user's may know no such way
        torch.backends.cudnn.benchmark = False
        yield
    finally:
        torch.use_deterministic_algorithms(before[0], warn_only=before[1])
        torch.backends.cudnn.benchmark = benchmark


def on_gpu(device: str) -> bool:
    """Whether a device is a GPU of CUDA's."""
    return torch.device(device).type == "cuda"


def finished(chosen: Chosen, descent: Descent, inputs: tuple[Column, ...], outputs: tuple[Column, ...]) -> Learned:
    """The network with its weights, on the CPU, and the outputs calibrated on examples it did not learn from."""
    trial = chosen.trial
    network = chosen.plan.build()
    for part, weights in zip(getattr(network, "members", [network]), chosen.members, strict=True):
        part.load_state_dict(weights)
    network.eval()
    training, validation = descent.without(0)
    assert validation is not None
    unlike = unlike_of(network, chosen.plan, trial.folds[min(trial.folds)].weights, training, validation)
    validation = validation.on("cpu")
    if any(column.kind.told for column in outputs):
        validation = validation.some(torch.arange(min(PROOF, len(validation))))
    said, truths = guesses(network, validation, told=False), validation.truths()
    places = torch.from_numpy(trial.places)

    def calibrated(column: Column) -> Column:
        guess, target = trial.guesses[column.name].numpy(), descent.examples.targets[column.name].cpu()[places].numpy()
        kind = column.kind.calibrate(guess, target)
        return replace(column, kind=kind.sure(said[column.name].numpy(), truths[column.name].numpy()))

    calibrated_outputs = tuple(map(calibrated, trial.task.dials.answers(outputs)))
    return Learned(
        chosen.plan, network, inputs, calibrated_outputs, said, tuple(trial.history), chosen.why,
        Judged(trial.places, trial.guesses), unlike,
        None if hasattr(network, "members") else trial.folds[min(trial.folds)].weights,
    )  # fmt: skip


def device_of(name: str) -> str:
    """The device to train on: "auto" takes a GPU where there is one; raises WisenError."""
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.zeros(1, device=name)
    except (RuntimeError, AssertionError):
        there = ["cpu", *(f"cuda:{number}" for number in range(torch.cuda.device_count()))]
        raise WisenError(f"device {name!r} cannot be used here", f"There is: {', '.join(there)}") from None
    return name
