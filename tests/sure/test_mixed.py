"""When the program does not answer, and why."""

from __future__ import annotations

import math

import numpy as np
import pytest

from wisen.sure.mixed import doubt, doubted


def test_an_answer_is_doubted_for_its_probability_or_its_input() -> None:
    assert doubt(0.8, [0.8, None], 1.0) == "" and doubt(0.8, [None], None) == "" and doubt(0.0, [0.01], 0.5) == ""
    assert doubt(0.8, [0.9, 0.79], 0.1) == "is sure of its answer with a probability of 0.79, below 0.8"
    assert "has seen nothing like the input: it is 1.5 times" in doubt(0.8, [0.9], 1.5)
    assert doubt(0.8, [0.9], float("nan")) and doubt(0.8, [0.9, float("nan")], 0.5)


@pytest.mark.parametrize("unlike", [None, np.array([0.5, 1.0, 1.5, np.nan])])
def test_many_are_doubted_as_each_is(unlike: np.ndarray | None) -> None:
    chances: list[list[float | None]] = [[0.9, 0.7, math.nan, 0.9], [None, 0.9, 0.9, 0.1]]
    found = doubted(0.8, chances, unlike, 4)
    each = [bool(doubt(0.8, [c[n] for c in chances], None if unlike is None else float(unlike[n]))) for n in range(4)]
    assert found.tolist() == each
