"""Mixed operation: the program answers where it is sure enough and the input is like its examples, else the body."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

FARTHEST = 1.0
"""How unlike the training examples an input may be; one in a hundred that are like them is more so."""


def doubt(below: float, chances: Iterable[float | None], unlike: float | None) -> str:
    """Why an answer is not to be relied on, in words that follow "the program"; empty where it is.

    `below` is the least probability, `chances` are those of its parts, where they have any.
    """
    low = [chance for chance in chances if chance is not None and not chance >= below]  # NaN is no probability
    if low:
        return f"is sure of its answer with a probability of {min(low):.2f}, below {below:g}"
    if unlike is not None and not unlike <= FARTHEST:
        return f"has seen nothing like the input: it is {unlike:.1f} times as far from its examples as 99 % of them"
    return ""


def doubted(
    below: float, chances: Sequence[Sequence[float | None]], unlike: np.ndarray | None, count: int
) -> np.ndarray:
    """Of which of many answers `doubt` says anything; `chances` are those of each output."""
    found = np.zeros(count, bool)
    for each in chances:
        found |= np.array([chance is not None and not chance >= below for chance in each], bool)
    return found if unlike is None else found | ~(unlike <= FARTHEST)
