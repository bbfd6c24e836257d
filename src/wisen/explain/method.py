"""The contract of a method of explaining: one file each, and one row in METHODS."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from wisen.explain.explanation import Share

if TYPE_CHECKING:
    from wisen.explain.case import Case


class Method(ABC):
    """A way to say how much each part of the inputs counted."""

    signed: ClassVar[bool] = True
    """Whether it tells what speaks for the answer from what speaks against it."""
    complete: ClassVar[bool] = False
    """Whether its amounts add up to how far the answer is from that to nothing."""

    def refuses(self, case: Case) -> str:
        """Why it cannot explain this, in a sentence; empty where it can."""
        return ""

    @abstractmethod
    def shares(self, case: Case) -> tuple[Share, ...]:
        """How much each part of each input counted."""
