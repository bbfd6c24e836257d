"""How unlike inputs are: near and far vectors, the same numbers inside the graph, and what a manifest may tell."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from wisen.errors import BadProgram
from wisen.sure.unlike import DIRECTIONS, Unlike, beyond, unlike_told


def clusters(count: int, width: int = 100, seed: int = 0) -> np.ndarray:
    """Vectors around three middles, some of their numbers always 0, others large."""
    rng = np.random.default_rng(seed)
    middles = np.random.default_rng(9).normal(size=(3, width)) * 3
    found = (middles[rng.integers(0, 3, count)] + rng.normal(size=(count, width))) * np.geomspace(0.01, 100, width)
    found[:, ::7] = 0
    return found.astype(np.float32)


def test_one_in_a_hundred_new_examples_is_taken_for_unlike_and_those_from_elsewhere_are() -> None:
    known = Unlike.fit(clusters(1000)).set_by(Unlike.fit(clusters(1000)).distances(clusters(1000, seed=1)))
    near = known.distances(clusters(4000, seed=2))
    assert 0.003 < (near > 1).mean() < 0.025
    assert 0.07 < (near > known.often).mean() < 0.13
    moved = clusters(500, seed=3)
    moved[:, 50:60] *= -3
    assert (known.distances(moved) > 1).mean() > 0.95
    awake = clusters(500, seed=3)
    awake[:, 7] = 200  # a number that never moved
    assert (known.distances(awake) > 1).mean() > 0.9


def test_distances_are_those_of_the_definition() -> None:
    known, new = clusters(80, 90), clusters(5, 90, seed=1) * 2
    fitted = Unlike.fit(known)
    scaled, other = ((x.astype(np.float64) - fitted.mean) / fitted.scale for x in (known, new))
    sizes, axes = np.linalg.eigh(scaled.T @ scaled / len(scaled))
    sizes, axes = sizes[::-1][:DIRECTIONS], axes[:, ::-1][:, :DIRECTIONS]
    rest = max((np.trace(scaled.T @ scaled) / len(scaled) - sizes.sum()) / (90 - DIRECTIONS), 1e-2)
    for row, distance in zip(other, fitted.distances(new), strict=True):
        pairs = list(zip(axes.T, np.sqrt(np.maximum(sizes, rest)), strict=True))
        each = [sum(((row - point) @ axis) ** 2 / size for axis, size in pairs) for point in scaled]
        outside = ((row - axes @ (axes.T @ row)) ** 2).sum() / np.sqrt(rest)
        assert distance == pytest.approx(np.sqrt(min(each) + outside), rel=2e-3)  # directions are kept as float16


@pytest.mark.parametrize("width", [3, 100])
def test_the_graph_says_the_same(width: int) -> None:
    import spox

    from wisen.nn.session import session

    fitted = Unlike.fit(clusters(300, width)).set_by(np.array([2.0, 3.0, 4.0]))
    new = np.vstack([clusters(50, width, seed=4), 5 * clusters(5, width, seed=5)])
    cut = width // 2
    sizes = {"a": cut, "b": width - cut}
    halves = {name: spox.argument(spox.Tensor(np.float32, ("n", size))) for name, size in sizes.items()}
    run = session(halves, {"u": fitted.graph([("vector", each) for each in halves.values()])}).run
    (said,) = run(None, {"a": new[:, :cut], "b": new[:, cut:]})
    assert said.shape == (55,)
    np.testing.assert_allclose(said, fitted.distances(new), rtol=2e-3, atol=1e-3)


def test_few_examples_set_the_largest_as_the_limit() -> None:
    assert beyond(np.arange(1.0, 11), 0.01) == 10 and beyond(np.arange(1.0, 200), 0.01) == 198
    assert beyond(np.arange(1.0, 200), 0.1) == 180
    assert np.isfinite(Unlike.fit(np.zeros((9, 4), np.float32)).distances(np.ones((2, 4), np.float32))).all()


@pytest.mark.parametrize(
    ("told", "beside"),
    [
        (3, True), ({}, True), ({"name": "u", "often": 2}, True), ({"name": "u", "often": "x"}, True),
        ({"name": "", "often": 0.5}, True), ({"name": "u", "often": 0.5}, False),
        ({"name": "y", "often": 0.5}, True), ({"name": ["u"], "often": 0.5}, True),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_refused(told: Any, beside: bool) -> None:
    with pytest.raises(BadProgram, match="how unlike inputs are"):
        unlike_told(told, ["y"], beside)


def test_what_can_be_told() -> None:
    assert unlike_told(None, ["y"], False) == ("", 1.0)
    assert unlike_told({"name": "u", "often": 0.5}, ["y", "u"], False) == ("u", 0.5)
    assert unlike_told({"name": "u", "often": 0.5}, ["y"], True) == ("u", 0.5)
