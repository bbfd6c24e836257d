"""A thing in a picture: how surely it is found where it was found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from wisen.errors import BadValue, listed
from wisen.kinds.aims.aim import Aim
from wisen.kinds.box import Box, overlaps

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Thing(Aim):
    """The probability of the box of a label that fits best, times how far it overlaps with where the thing was."""

    place: int
    where: tuple[float, float, float, float]
    slant: float
    offset: float

    def amounts(self, tensors: Mapping[str, np.ndarray]) -> np.ndarray:
        rows = tensors["candidates"].astype(np.float64)  # [examples, boxes, 6]
        every = overlaps(rows[:, :, 1:5].reshape(-1, 4), np.array([self.where])).reshape(rows.shape[:2])
        mine = rows[:, :, 0].round() == self.place
        found: np.ndarray = (every * rows[:, :, 5] * mine).max(axis=1, initial=0.0)
        return found

    def slope(self, guess: torch.Tensor, extent: np.ndarray | None) -> torch.Tensor:
        import torch

        from wisen.kinds import detector

        assert extent is not None
        height, width = (float(each) for each in extent)
        boxes, odds = detector.decoded(guess)
        sides = torch.tensor([width, height, width, height], dtype=guess.dtype, device=guess.device)
        where = torch.tensor(self.where, dtype=guess.dtype, device=guess.device) / sides
        overlap, _ = detector.generous(boxes.clamp(0, 1), where.expand_as(boxes))
        chance = (odds[:, :, self.place] * self.slant + self.offset).sigmoid()
        return (overlap * chance).amax(dim=1)


def thing(
    word: str, boxes: Sequence[Box[Any]], likely: Sequence[Box[Any]], labels: Sequence[str],
    made: Callable[[Box[Any]], Thing],
) -> Thing:  # fmt: skip
    """The thing that a word names: by its label the surest, by a number that of the answer, counted from 1, and the
    surest of all where it is empty; raises BadValue."""
    sure = sorted(boxes, key=lambda box: -box.probability)
    if word.isascii() and word.isdigit() and word not in labels:
        if not 1 <= int(word) <= len(sure):
            raise BadValue(f"the target {word} is none of the {len(sure)} boxes", "Count from 1, the surest first.")
        return made(sure[int(word) - 1])
    every = [*sure, *sorted(likely, key=lambda box: -box.probability)]
    found = [box for box in every if not word or str(box.label).casefold() == word.casefold()]
    if not found:
        what = f"a {word}" if word else "anything"
        raise BadValue(f"the program does not find {what}: there is nothing to explain", f"It knows {listed(labels)}.")
    return made(found[0])
