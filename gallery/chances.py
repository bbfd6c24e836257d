"""How probably a program says yes, of many examples: by what they are ranked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from wisen import Program
from wisen.program import part


def chances_of_yes(program: Program, columns: Sequence[Sequence[Any]]) -> np.ndarray:
    """The probability that a program with one answer gives to yes in each example, which come as columns."""
    (answers,), said = program.whole(columns)
    (column,) = program.outputs
    of_answer = np.array(column.kind.chances(part(said, column.name), answers), float)
    return np.where(answers, of_answer, 1 - of_answer)
