"""What a program that is there already brings to the training of another one: lessons, and weights to begin with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch

from wisen.signature import Column


@dataclass(frozen=True)
class Parent:
    """The program of before, as far as a training may use it."""

    lessons: Mapping[str, torch.Tensor] = field(default_factory=dict)
    """What it says of each example to learn from, by the answer: what a network may learn beside the truth (Hinton et
    al., 2015, Distilling the Knowledge in a Neural Network)."""
    weights: Mapping[int, Mapping[str, torch.Tensor]] = field(default_factory=dict)
    """By the number of a plan, weights that it may begin with: those of a network of before that was widened, and did
    not learn from the first fold."""

    def told(
        self, targets: Mapping[str, torch.Tensor], outputs: Sequence[Column], share: float
    ) -> dict[str, torch.Tensor]:
        """The targets of all examples, with so large a share of the lessons in them."""
        if not share:
            return dict(targets)
        kinds = {column.name: column.kind for column in outputs}
        found = dict(targets)
        for name, lesson in self.lessons.items():
            found[name] = kinds[name].mixed(targets[name], lesson.to(targets[name].device), share)
        return found


NO_PARENT = Parent()
