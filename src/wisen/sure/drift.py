"""Drift: whether inputs that callers pass have left what the program was trained on, told by a warning now and then."""

from __future__ import annotations

import logging
import math
import time
from collections import deque

from wisen.sure.unlike import OFTEN

LOG = logging.getLogger("wisen")
LOOKED_AT, FEWEST = 100, 20
"""Inputs looked at last by which it is judged, and those without which nothing is said."""
RARE = 1e-6
"""The probability, where nothing has drifted, that so many of them are far away: they are counted again and again."""
QUIET = 600.0
"""Seconds between two warnings."""


class Drift:
    """The last inputs of a function that were looked at: which are farther from its examples than nine in ten are."""

    def __init__(self, name: str, often: float) -> None:
        self.name, self.often = name, often
        self.far: deque[bool] = deque(maxlen=LOOKED_AT)
        self.warned = -math.inf

    def look(self, unlike: float) -> None:
        """Counts an input, and warns where too many are far away; not again for some minutes."""
        self.far.append(not unlike <= self.often)
        count = len(self.far)
        if count < FEWEST or time.monotonic() - self.warned < QUIET:
            return
        far = sum(self.far)
        if far > OFTEN * count and tail(far, count) < RARE:
            self.warned = time.monotonic()
            LOG.warning(
                "%s(): inputs drift: of the last %d that were looked at, %d are farther from the training examples "
                "than nine in ten were. Test it on new examples, and train it again with them.",
                self.name,
                count,
                far,
            )


def tail(far: int, count: int) -> float:
    """The probability that so many or more of a number of inputs are far away, where one in ten is."""
    return sum(math.comb(count, n) * OFTEN**n * (1 - OFTEN) ** (count - n) for n in range(far, count + 1))
