"""Nearest examples: those that an explicit loop finds in the program's own space, with what they truly were."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

import wisen
from tests.explain.ruled import ruled
from wisen.explain.neighbours import apart, nearest_to


@wisen.function
def side(x: float, y: float) -> bool: ...


def points(count: int) -> list[tuple[float, float]]:
    rng = random.Random(0)
    return [(rng.uniform(-1, 1), rng.uniform(-10, 10)) for _ in range(count)]


def test_they_are_those_that_a_loop_finds() -> None:
    known = ruled(side, lambda x, y: x > 0, points(500))
    lines = np.array(list(known.learning.rows()))
    scale = lines.std(axis=0)
    for point in ([0.3, 2.0], [-0.9, -9.0]):
        slow = [float(np.sqrt(np.mean(((np.array(point) - line) / scale) ** 2))) for line in lines]
        order = np.argsort(slow)[:5]
        found = nearest_to(known, point)
        assert [each.inputs for each in found.nearest] == [tuple(lines[place]) for place in order]
        assert [each.distance for each in found.nearest] == pytest.approx([slow[place] for place in order], rel=1e-4)
        assert [each.truth for each in found.nearest] == [bool(lines[place][0] > 0) for place in order]
        assert found.answer == (point[0] > 0) and found.examples == len(lines)


def test_an_example_is_nearest_to_itself_and_what_is_far_looks_far() -> None:
    known = ruled(side, lambda x, y: x > 0, points(300))
    own = known.learning.rows()[7]
    itself = nearest_to(known, own)
    assert itself.nearest[0].inputs == tuple(own) and itself.nearest[0].distance == 0
    assert 0 < itself.usual < 0.3
    assert nearest_to(known, [40.0, 0.0]).nearest[0].distance > 20 * itself.usual
    assert known.learning.names[7] in str(itself) and "usual distance" in str(itself)
    assert "<table>" in itself._repr_html_() and itself.to_json()["nearest"][0]["distance"] == 0


def test_distances_in_pieces_are_distances() -> None:
    rng = np.random.default_rng(0)
    some, others = rng.normal(size=(3, 4)), rng.normal(size=(50, 4))
    slow = [[np.sqrt(((a - b) ** 2).mean()) for b in others] for a in some]
    assert apart(some, others) == pytest.approx(np.array(slow))


def test_a_trained_program_takes_like_for_alike(module: Any) -> None:
    f = module(
        """
        import wisen

        @wisen.function
        def ring(x: float, y: float) -> bool:
            return x > 0.9
        """
    ).ring
    rng = random.Random(0)
    rows = [(rng.uniform(-1, 1), rng.uniform(-1, 1)) for _ in range(400)]
    f.train([(row, row[0] ** 2 + row[1] ** 2 < 0.5) for row in rows], budget=6, listen=lambda event: None)
    from wisen.explain.neighbours import neighbours

    found = neighbours(f, 0.1, 0.1, examples=[(row, row[0] ** 2 + row[1] ** 2 < 0.5) for row in rows])
    assert found.answer is True and sum(each.truth for each in found.nearest) >= 4
