"""Samples a second of wisen's own loop, on a net of the user's.

PYTHON -m bench.peers.speed_wisen NET
"""

from __future__ import annotations

import json
import sys
import tempfile
from statistics import median
from typing import Any

import numpy as np
import torch
from bench.peers.nets import PICTURES, examples, net
from bench.peers.part import Split
from bench.peers.wisen import cells, load, source

BUDGET = 20


class Counted(torch.nn.Module):
    """A net that counts the examples that it learns from."""

    seen = 0

    def __init__(self, inside: torch.nn.Module) -> None:
        super().__init__()
        self.inside = inside

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """What the net says."""
        if self.training and torch.is_grad_enabled():
            Counted.seen += len(x)
        said: torch.Tensor = self.inside(x)
        return said


class Listener:
    """Hears the events of a training: the speed of each epoch, and the size of a batch."""

    def __init__(self) -> None:
        self.before = 0
        self.speeds: list[float] = []
        self.batch = 0

    def __call__(self, event: Any) -> None:
        if hasattr(event, "schedule"):
            self.before, self.batch = Counted.seen, event.schedule.batch
        elif hasattr(event, "seconds"):
            self.speeds.append((Counted.seen - self.before) / event.seconds)
            self.before = Counted.seen


def main() -> None:
    """Says the speed; an epoch's includes the look at the validation examples after it."""
    name = sys.argv[1]
    inputs, classes = examples(name)
    split = split_of(name, inputs, classes)
    guess = load(tempfile.mkdtemp(), source(split))
    table = {**cells(split.inputs, split.kind), "answer": [split.classes[place] for place in classes]}
    heard, held_out = Listener(), {key: column[:100] for key, column in table.items()}
    network = {"whole": Counted(net(name))}
    options: dict[str, Any] = {"held_out": held_out, "network": network, "listen": heard}
    guess.train({key: column[100:] for key, column in table.items()}, budget=BUDGET, returns="answer", **options)
    print(json.dumps({"speed": median(heard.speeds), "batch": heard.batch, "epochs": len(heard.speeds)}))


def split_of(name: str, inputs: np.ndarray, classes: np.ndarray) -> Split:
    """The examples as a split that holds nothing out."""
    if name == PICTURES:
        return Split(inputs, classes, inputs[:0], ["no", "yes"], "image")
    import pandas

    frame = pandas.DataFrame(inputs.astype(float), columns=[f"x{place}" for place in range(inputs.shape[1])])
    return Split(frame, classes, frame[:0], ["no", "yes"], "rows")


if __name__ == "__main__":
    main()
