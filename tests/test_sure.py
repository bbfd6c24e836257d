"""How sure: the vectors that a program has made of its inputs."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wisen.errors import BadProgram
from wisen.program import load
from wisen.sure.vectors import pooled, pooled_graph
from wisen.train import train

OLD = Path(__file__).parent / "fixtures" / "format_1.onnx"
SOURCE = """
from typing import Literal
import wisen

@wisen.function
def place(x: float, y: float | None, colour: Literal["red", "blue"]) -> Literal["in", "out"]:
    "Where a point lies."
    return "in" if x > 0.9 else "out"
"""


def rows(count: int = 300, seed: int = 0) -> list[Any]:
    rng = random.Random(seed)
    rows = [(rng.random(), rng.random(), rng.choice(["red", "blue"])) for _ in range(count)]
    return [(row, "in" if row[0] + row[1] > 1 and row[2] == "red" else "out") for row in rows]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from tests.conftest import imported

    folder = tmp_path_factory.mktemp("sure")
    (folder / "sure_places.py").write_text(SOURCE)
    function = imported(folder / "sure_places.py").place
    train(function, rows(), budget=2, accept=True)
    return function


# ---- features ----------------------------------------------------------------------------------


def test_a_program_tells_the_vectors_that_its_answers_are_said_from(place: Any) -> None:
    program = place.program
    columns = list(zip(*[row for row, _ in rows(40, 1)], strict=True))
    found = program.features(columns)
    assert found.dtype == np.float32 and found.ndim == 2 and len(found) == 40 and found.std() > 0
    assert program.seen == "features" and "features" not in program.tensors(columns)
    np.testing.assert_array_equal(program.features([column[:1] for column in columns])[0], found[0])


def test_an_older_program_answers_and_tells_no_features() -> None:
    program = load(OLD)
    with pytest.raises(BadProgram, match="an older wisen wrote it"):
        program.features([[column.kind.blank()] for column in program.inputs])


@pytest.mark.parametrize(
    ("form", "shape"),
    [("vector", (4, 6)), ("team", (4, 3, 6)), ("grid", (4, 6, 5, 2)), ("sequence", (4, 7, 6)), ("track", (4, 7, 9))],
)
def test_vectors_are_the_same_inside_the_graph(form: str, shape: tuple[int, ...]) -> None:
    import spox

    from wisen.nn.session import session

    seen = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    if form == "track":
        seen[:, 0] = np.arange(9) < np.array([[9], [3], [1], [0]])
        seen[:, 1:] *= seen[:, :1]
    raw = spox.argument(spox.Tensor(np.float32, ("batch", *shape[1:])))
    (inside,) = session({"x": raw}, {"y": pooled_graph(raw, form)}).run(None, {"x": seen})
    outside = pooled(seen, form)
    assert outside.shape == (4, 6)
    np.testing.assert_allclose(inside, outside, atol=1e-6)
    if form == "track":
        np.testing.assert_allclose(outside[1], seen[1, 1:, :3].mean(axis=1), atol=1e-6)
