"""One function from examples to an installed program, in seconds: run it before each commit."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

import wisen


def corner(x: float, y: float, colour: str) -> str:
    return "in" if x + y > 1 and colour == "red" else "out"


@pytest.fixture
def examples() -> list[tuple[tuple[float, float, str], str]]:
    rng = random.Random(0)
    rows = [(rng.random(), rng.random(), rng.choice(["red", "blue"])) for _ in range(400)]
    return [(row, corner(*row)) for row in rows]


def test_a_function_learns_its_body(tmp_path: Path, examples, module) -> None:
    f = module(
        """
        from typing import Literal
        import wisen

        @wisen.function
        def place(x: float, y: float, colour: Literal["red", "blue"]) -> Literal["in", "out"]:
            "Where a point lies."
            return "in" if x > 0.9 else "out"
        """
    ).place
    assert f(0.95, 0.95, "red") == "in"  # by hand, before there is a program
    assert f(0.6, 0.9, "red") == "out"

    outcome = f.train(examples, budget=20)

    assert outcome.verdict == "better" and outcome.installed
    assert outcome.path == f.path and f.path.name.endswith(".place.onnx")
    assert f(0.6, 0.9, "red") == "in"  # learned
    assert f(0.6, 0.9, "blue") == "out"
    assert f.by_hand(0.6, 0.9, "red") == "out"
    prediction = f.predict(0.9, 0.9, "red")
    assert prediction.value == "in" and prediction.probability > 0.9
    assert f.map([(0.9, 0.9, "red"), (0.1, 0.1, "red")]) == ["in", "out"]
    assert wisen.load(f.path).manifest["report"]["verdict"] == "better"
