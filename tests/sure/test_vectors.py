"""Vectors of what is seen are the same outside the graph and inside."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from wisen.errors import BadProgram
from wisen.sure.vectors import pooled, pooled_graph, told


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


@pytest.mark.parametrize("data", [3, {}, {"name": "f"}, {"name": "z", "form": "grid"}, {"name": "f", "form": "cube"}])
def test_features_that_are_not_there_are_refused(data: Any) -> None:
    with pytest.raises(BadProgram, match="tells of the features"):
        told(data, ["y", "f"])
