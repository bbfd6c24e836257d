"""What a program scores where it may keep silent: coverage against accuracy, and what it promises beside what it keeps.

The surest answers first: of which share of examples is what it scores (El-Yaniv and Wiener, 2010, On the Foundations of
Noise-free Selective Classification; Geifman and El-Yaniv, 2017)?
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from wisen.plain import finite

SHARES = (1.0, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)
"""Shares of the examples that are answered, the points of the curve."""
PROBABILITY, UNLIKE = "probability", "unlike"
"""By what the surest answers are told: their probability, or where they have none how like training its inputs are."""


@dataclass(frozen=True)
class Point:
    """Where the program answers a share of the examples, the deciding metric on these, and how sure the least is."""

    share: float
    score: float
    least: float


@dataclass(frozen=True)
class Covered:
    """How often the truth lay within the sets or intervals, with its interval, beside what was promised; and how large
    they were on average."""

    promised: float
    share: float
    low: float
    high: float
    size: float

    @property
    def kept(self) -> bool:
        """Whether the promise was kept, as far as so many examples can tell: not where it is clearly below."""
        return self.high >= self.promised


Mean = Callable[[np.ndarray, np.ndarray], float]
"""What answers with these merits come to, those at some places: the metric that decides."""


@dataclass(frozen=True)
class Together:
    """Program and body in mixed operation: the least probability, the share that the program answers, its score there,
    that of the body on all others, and of both together; None where there is none."""

    below: float
    share: float
    learned: float | None
    by_hand: float | None
    together: float | None


@dataclass(frozen=True)
class Sure:
    """How far an output can be relied on, on held-out examples: its promise, the curve, mixed operation, and the share
    of examples that are unlike those of training; None and empty where nothing is known."""

    covered: Covered | None = None
    curve: tuple[Point, ...] = ()
    by: str = ""
    together: Together | None = None
    unlike: float | None = None

    def to_json(self) -> dict[str, Any]:
        """All of it, as JSON can hold it: what is infinite is null."""
        found: dict[str, Any] = finite(asdict(self))
        return found


def curve_of(sureness: np.ndarray, merits: np.ndarray, mean: Mean) -> tuple[Point, ...]:
    """The points of a curve: how good the surest answers are."""
    order = np.argsort(-sureness, kind="stable")
    counts = [max(1, round(share * len(order))) for share in SHARES]
    return tuple(
        Point(count / len(order), mean(merits, order[:count]), float(sureness[order[count - 1]]))
        for count in dict.fromkeys(counts)
    )


def together_of(
    below: float, doubted: np.ndarray, learned: np.ndarray, by_hand: np.ndarray | None, mean: Mean
) -> Together:
    """Mixed operation by the merits of each answer, where the program's are `doubted`."""
    surely, unsure = np.flatnonzero(~doubted), np.flatnonzero(doubted)
    hand = mean(by_hand, unsure) if by_hand is not None and len(unsure) else None
    whole = np.where(doubted, learned if by_hand is None else by_hand, learned)
    together = mean(whole, np.arange(len(whole))) if by_hand is not None or not len(unsure) else None
    return Together(below, float(1 - doubted.mean()), mean(learned, surely) if len(surely) else None, hand, together)


def sureness_of(chances: Sequence[float | None], unlike: np.ndarray | None) -> tuple[np.ndarray | None, str]:
    """(how sure each answer is, by what that is told): None where nothing tells it."""
    if chances and all(chance is not None for chance in chances):
        return np.array(chances, np.float64), PROBABILITY
    return (None, "") if unlike is None else (-unlike.astype(np.float64), UNLIKE)
