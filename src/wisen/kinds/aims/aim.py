"""The contract of an aim: what of an answer is to be explained, and how much of it there is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Aim(ABC):
    """What of an answer a person asks about, in words; how much of it there is comes in `unit`s."""

    said: str
    unit: str

    @abstractmethod
    def amounts(self, tensors: Mapping[str, np.ndarray]) -> np.ndarray:
        """How much the program's tensors of many examples say of it, float64 [examples]."""

    @abstractmethod
    def slope(self, guess: torch.Tensor, extent: np.ndarray | None) -> torch.Tensor:
        """The same of guesses of the network, [batch], so that it can be followed down to what goes in; `extent` is
        how far the input reaches along the axes of its places. Where there are `pieces`, guesses are of these."""

    def spelled(self, numbers: Sequence[int], pieces: Sequence[str]) -> Self:
        """The same of an answer that is said piece by piece: `numbers` are those of its pieces."""
        return self

    @property
    def pieces(self) -> np.ndarray | None:
        """The target that a head is told, [1, pieces], where it says an answer piece by piece."""
        return None

    @property
    def asked_pieces(self) -> tuple[int, ...]:
        """The places of the pieces that are asked about."""
        return ()
