"""How long, how fast: the dials that are derived, not asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass

from wisen.errors import BadExamples

STEPS = 3000
"""Steps after which small networks have learned what they can."""
WARM_UP = 0.05
"""The share of the steps in which the rate rises."""


@dataclass(frozen=True)
class Schedule:
    """The plan of one descent: epochs, examples a batch, the highest learning rate, weight decay."""

    epochs: int
    batch: int
    rate: float
    decay: float

    def __str__(self) -> str:
        return f"{self.epochs} epochs, batches of {self.batch}, rate {self.rate:g}, weight decay {self.decay:g}"

    def at(self, share: float) -> float:
        """The learning rate after a share of all steps: a short rise, then half a cosine to 0
        (Loshchilov and Hutter, 2017, SGDR)."""
        if share < WARM_UP:
            return self.rate * (share + 1e-3) / WARM_UP
        return self.rate * 0.5 * (1 + math.cos(math.pi * (share - WARM_UP) / (1 - WARM_UP)))


def schedule(examples: int, width: int, fit: float = math.inf) -> Schedule:
    """The schedule for a number of training examples; `fit` is how many epochs the budget allows."""
    batch = 2 ** min(9, max(4, round(math.log2(max(examples, 16) / 24))))
    steps = max(1, examples // batch)
    wanted = min(200, max(8, STEPS // steps))
    return Schedule(fitting(wanted, fit), batch, 3e-3 if width else 1e-2, 1e-2)


def fitting(wanted: int, fit: float) -> int:
    """The epochs wanted, or the round number below what fits.

    Round, so that the noise of one measurement seldom changes the schedule, and with it the weights.
    """
    if fit >= wanted:
        return wanted
    power = 2 ** math.floor(math.log2(max(fit, 1)))
    return int(power * 1.5) if fit >= power * 1.5 else power


def seconds(budget: float | str) -> float:
    """The seconds that a budget means: 90, "90s", "5min", "2h"; raises BadExamples."""
    text = str(budget).strip().lower()
    digits = text.rstrip("abcdefghijklmnopqrstuvwxyz ")
    unit = text[len(digits) :].strip() or "s"
    try:
        found = float(digits) * UNITS[unit]
    except (ValueError, KeyError):
        raise BadExamples(f"a budget of {budget!r} is no time", "Write 60s, 5min or 2h.") from None
    if not 0 <= found < float("inf"):
        raise BadExamples(f"a budget of {budget!r} is no time", "Write 60s, 5min or 2h.")
    return found


UNITS = dict.fromkeys(("s", "sec", "second", "seconds"), 1.0) | dict.fromkeys(("m", "min", "minute", "minutes"), 60.0)
UNITS |= dict.fromkeys(("h", "hour", "hours"), 3600.0)
