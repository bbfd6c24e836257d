"""A label: how much more likely it is than all others together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wisen.errors import BadValue, nearest
from wisen.kinds.aims.aim import Aim

if TYPE_CHECKING:
    import torch

LEAST = 1e-30
"""A probability below which nothing is told apart."""


@dataclass(frozen=True)
class Label(Aim):
    """The log odds of a label: they go on rising where a probability hardly differs from 1."""

    place: int
    temperature: float

    def amounts(self, tensors: Mapping[str, np.ndarray]) -> np.ndarray:
        chances = tensors["probabilities"].astype(np.float64)
        others = np.delete(chances, self.place, axis=1).sum(axis=1)  # more exact than 1 - p where p is nearly 1
        found: np.ndarray = np.log(np.maximum(chances[:, self.place], LEAST)) - np.log(np.maximum(others, LEAST))
        return found

    def slope(self, guess: torch.Tensor, extent: np.ndarray | None) -> torch.Tensor:
        import torch

        logits = guess / self.temperature
        others = [place for place in range(guess.shape[1]) if place != self.place]
        return logits[:, self.place] - torch.logsumexp(logits[:, others], dim=1)


def label(word: str, labels: list[str], answer: str, temperature: float) -> Label:
    """The label that a word names, the answer's where it is empty; raises BadValue."""
    folded = {text.casefold(): text for text in labels}
    text = answer if not word else word if word in labels else folded.get(word.casefold(), "")
    if text not in labels:
        raise BadValue(f"the target {word!r} is none of the labels", nearest(word, labels))
    if len(labels) < 2:
        raise BadValue(f"{text!r} is the only label: nothing speaks for it", "Bring examples of another one.")
    return Label(f"{text!r}", "log odds", labels.index(text), temperature)
