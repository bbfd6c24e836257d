"""What a person sees of a series: its steps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from wisen.kinds.sights.sight import LINE, Parts, Sight, Trace, edges

WINDOW = 10
"""The part of a series that is hidden at once."""


@dataclass(frozen=True)
class Steps(Sight):
    """A window of steps of time. A step that is hidden is missing: the program puts its neighbour in its place, so a
    few of them are hidden together. `owners` says of each feature how much of it comes from each step, one matrix
    [features, steps] for each of the columns that share the tensor; `ahead` whether steps lie before or after now."""

    ahead: bool = False
    owners: tuple[np.ndarray, ...] = ()

    def __hash__(self) -> int:
        return hash((self.ahead, len(self.owners)))

    def seen(self, value: Any) -> Parts:
        steps = self.blank if value is None else value
        cuts = edges(len(steps), LINE)
        names = [self.named(low, high, len(steps)) for low, high in pairwise(cuts)]

        def without(hidden: np.ndarray) -> list[float]:
            every = hidden.repeat(np.diff(cuts))
            return [math.nan if gone else step for gone, step in zip(every, steps, strict=True)]

        return Parts(tuple(names), (len(names),), without, (max(1, len(names) // WINDOW),))

    def named(self, low: int, high: int, count: int) -> str:
        """The name of some steps, counted from now."""
        first, last = (low + 1, high) if self.ahead else (low + 1 - count, high - count)
        words = [f"{step:+d}" if step else "now" for step in (first, last)]
        return words[0] if first == last else f"{words[0]} to {words[1]}"

    def traced(self, trace: Trace) -> np.ndarray | None:
        start = sum(len(owner) for owner in self.owners[: trace.place])
        owner = self.owners[trace.place]
        by_step = trace.amounts[start : start + len(owner)] @ owner
        cuts = edges(owner.shape[1], LINE)
        found: np.ndarray = np.add.reduceat(by_step, cuts[:-1])
        return found

    def lit(
        self, value: Any, parts: Parts, amounts: np.ndarray, fine: np.ndarray | None, small: bool = False
    ) -> bytes | None:
        from wisen.kinds.drawing import png
        from wisen.kinds.sights.paint import line

        return None if value is None else png(line(value, amounts))
