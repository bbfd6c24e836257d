"""The contract of a method of explaining: one file each, and one row in METHODS."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from wisen.errors import NotInstalled
from wisen.explain.explanation import Share

if TYPE_CHECKING:
    from wisen.explain.case import Case


@dataclass(frozen=True)
class Found:
    """What a method found: how much each part counted; where these have to add up, what they come to and to what; and
    the share of it that belongs to no part that a person can see."""

    shares: tuple[Share, ...]
    total: float = math.nan
    wanted: float = math.nan
    lost: float = 0.0
    maps: np.ndarray | None = None
    """Pictures of a layer, [channels, height, width] or [channels, time], of a method that looks into one."""
    layer: str = ""


class Method(ABC):
    """A way to say how much each part of the inputs counted."""

    of_answer: ClassVar[bool] = True
    """Whether it explains the answer: else it only shows what is in the network, and "auto" leaves it out."""
    network: ClassVar[bool] = True
    """Whether it looks into the network: else it asks the program, and can explain any."""
    layered: ClassVar[bool] = False
    """Whether it looks at a layer."""

    def refuses(self, case: Case) -> str:
        """Why it cannot explain this, in a sentence; empty where it can."""
        return case.why_not if self.network else ""

    @abstractmethod
    def found(self, case: Case) -> Found:
        """How much each part of each input counted. Raises BadValue where that cannot be found."""


def captum() -> Any:
    """The library that does the mathematics; raises NotInstalled."""
    try:
        return import_module("captum.attr")
    except ModuleNotFoundError as error:
        raise NotInstalled(
            f"explanations are found with captum, and {error.name} is not installed", "pip install 'wisen[explain]'"
        ) from None
