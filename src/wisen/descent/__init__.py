"""4. Gradient descent: examples and plans become weights.

Read `step.py` first: forward and backward next to each other. `loop.py` repeats it and yields
events, `schedule.py` says how fast and how long, `batches.py` makes tensors of examples and
`checkpoint.py` keeps what a stopped training needs to go on.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from wisen.architecture import Architecture
from wisen.descent.batches import Tensors, tensors
from wisen.descent.checkpoint import Checkpoint
from wisen.descent.loop import Chosen, Descent, Epoch, Event, Planned, Skipped, Started, descend
from wisen.descent.step import guesses
from wisen.errors import WisenError
from wisen.examples import Parts
from wisen.signature import Column, feeds

__all__ = [
    "Checkpoint",
    "Chosen",
    "Epoch",
    "Event",
    "Learned",
    "Planned",
    "Skipped",
    "Started",
    "device_of",
    "learn",
    "own_chance",
]


@dataclass(frozen=True)
class Learned:
    """What gradient descent found: the architecture, its weights, and the calibrated outputs."""

    architecture: Architecture
    network: Any  # nn.network.Network or nn.whole.Whole, which have `graph` beside forward
    inputs: tuple[Column, ...]
    outputs: tuple[Column, ...]
    validation: dict[str, torch.Tensor]
    history: tuple[tuple[float, float], ...]
    why: str


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
) -> Learned:
    """The best weights for the best of the plans; `listen` hears what happens.

    `budget` is in seconds, `device` one that torch knows. Raises Stopped on Ctrl-C; the same call
    goes on from the checkpoint.
    """
    training = tensors(parts.training, inputs, outputs, device)
    validation = tensors(parts.validation, inputs, outputs, device)
    threads = torch.get_num_threads()
    try:
        chosen = None
        for event in descend(plans, Descent(training, validation, feeds(inputs), outputs, budget, seed, checkpoint)):
            listen(event)
            chosen = event if isinstance(event, Chosen) else None
    finally:
        torch.set_num_threads(threads)
    assert chosen is not None
    return finished(chosen, validation, inputs, outputs)


@contextlib.contextmanager
def own_chance() -> Iterator[None]:
    """Leaves torch's random numbers as they were: a training seeds its own, not those of the process around it."""
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        yield


def finished(chosen: Chosen, validation: Tensors, inputs: tuple[Column, ...], outputs: tuple[Column, ...]) -> Learned:
    """The network with its best weights, on the CPU, and the outputs calibrated on validation examples."""
    trial = chosen.trial
    network = trial.architecture.build()
    network.load_state_dict(trial.weights)
    network.eval()
    said = guesses(network, {name: x.cpu() for name, x in validation.features.items()})
    calibrated = tuple(
        replace(c, kind=c.kind.calibrate(said[c.name].numpy(), validation.targets[c.name].cpu().numpy()))
        for c in outputs
    )
    return Learned(trial.architecture, network, inputs, calibrated, said, tuple(trial.history), chosen.why)


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
