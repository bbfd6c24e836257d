"""A number, or the steps of a forecast: how large."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wisen.errors import BadValue
from wisen.kinds.aims.aim import Aim

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Amount(Aim):
    """A number that the network says as standard deviations from a mean, or where there is a `curve` as the logarithm
    of 1 + answer / unit."""

    mean: float
    scale: float
    curve: tuple[float, ...] = ()
    lift: float = 1.0

    def amounts(self, tensors: Mapping[str, np.ndarray]) -> np.ndarray:
        return tensors[""].astype(np.float64)

    def slope(self, guess: torch.Tensor, extent: np.ndarray | None) -> torch.Tensor:
        if not self.curve:
            return guess[:, 0] * self.scale + self.mean
        unit, mean, scale, most = self.curve
        return (guess[:, 0] * scale + mean).clamp(0.0, most).expm1() * (unit * self.lift)


def amount(word: str, mean: float, scale: float, curve: tuple[float, ...], lift: float) -> Amount:
    """How large a number is; raises BadValue where a word asks for anything else."""
    if word:
        raise BadValue(f"the target {word!r} is nothing of a number", "Leave --target out.")
    return Amount("the number", "", mean, scale, curve, lift)


@dataclass(frozen=True)
class Ahead(Aim):
    """The middle of what is said of some steps of a forecast: their mean."""

    steps: tuple[int, ...]
    mean: float
    scale: float

    def amounts(self, tensors: Mapping[str, np.ndarray]) -> np.ndarray:
        found: np.ndarray = tensors[""][:, list(self.steps)].astype(np.float64).mean(axis=1)
        return found

    def slope(self, guess: torch.Tensor, extent: np.ndarray | None) -> torch.Tensor:
        return guess[:, list(self.steps)].mean(dim=1) * self.scale + self.mean


def ahead(word: str, count: int, mean: float, scale: float) -> Ahead:
    """The step that a word names, the mean of all where it is empty; raises BadValue."""
    if not word:
        said = "the mean of all steps" if count > 1 else "the next step"
        return Ahead(said, "", tuple(range(count)), mean, scale)
    digits = word.strip().removeprefix("+")
    if not digits.isascii() or not digits.isdigit() or not 1 <= int(digits) <= count:
        raise BadValue(f"the target {word!r} is no step of the forecast", f"Write a number from 1 to {count}.")
    return Ahead(f"the step +{int(digits)}", "", (int(digits) - 1,), mean, scale)
