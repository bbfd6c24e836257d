"""Looks at calls now and then: whether their inputs drift from what a program was trained on."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Sequence
from typing import Any

from wisen.errors import BadProgram
from wisen.program import Program
from wisen.sure.drift import LOG, Drift

EVERY = 128
"""Calls of which one is looked at, where a call does not ask for it anyway."""


class Looks:
    """Which calls of a function are looked at, and what came of it."""

    def __init__(self, name: str) -> None:
        self.name, self.calls = name, 0
        self.drift: Drift | None = None

    def due(self, count: int) -> slice:
        """Which of so many calls at once are looked at."""
        first = EVERY - 1 - self.calls % EVERY
        self.calls += count
        return slice(first, None, EVERY)

    def look(self, program: Program, *rows: Sequence[Any]) -> None:
        """Looks how far examples are from those of a program; a look that fails is none, and fails no call."""
        if program.knows and program.light and LOG.isEnabledFor(logging.WARNING):
            with contextlib.suppress(BadProgram):
                for values in rows:
                    self.count(program, program.far(values))

    def count(self, program: Program, unlike: float) -> None:
        """Counts how unlike the examples of a program an input is."""
        if self.drift is None or self.drift.often != program.often:
            self.drift = Drift(self.name, program.often)
        self.drift.look(unlike)
