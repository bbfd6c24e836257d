"""Operators that only say otherwise where numbers lie: they cost nothing. One operator = one row of VIEWS."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from wisen.bake.graph import Graph, Node


def given(graph: Graph, node: Node, place: int, word: str) -> list[int] | None:
    """Whole numbers that a node has as an attribute or reads as a constant; None where it has none."""
    array = graph.constant(node, place)
    if array is not None:
        return [int(each) for each in array.ravel()]
    found = node.attributes.get(word)
    return None if found is None else [int(each) for each in np.ravel(found)]


def reshaped(graph: Graph, node: Node, x: np.ndarray) -> list[np.ndarray]:
    """The numbers in another shape; raises ValueError where they would have to be moved."""
    view = x.view()
    try:
        view.shape = graph.shape(node.outputs[0])
    except AttributeError as error:
        raise ValueError("not in one piece") from error
    return [view]


def turned(graph: Graph, node: Node, x: np.ndarray) -> list[np.ndarray]:
    """The axes in another order."""
    return [x.transpose(node.attributes.get("perm", range(x.ndim)[::-1]))]


def cut(graph: Graph, node: Node, x: np.ndarray) -> list[np.ndarray]:
    """A part of each axis."""
    starts, ends = given(graph, node, 1, "starts"), given(graph, node, 2, "ends")
    assert starts is not None and ends is not None
    axes = given(graph, node, 3, "axes") or list(range(len(starts)))
    steps = given(graph, node, 4, "steps") or [1] * len(starts)
    for axis, start, end, by in zip(axes, starts, ends, steps, strict=True):
        size = x.shape[axis]
        stop = None if by < 0 and end < -size else end
        x = x[(slice(None),) * (axis % x.ndim) + (slice(start, stop, by),)]
    return [x]


def divided(graph: Graph, node: Node, x: np.ndarray) -> list[np.ndarray]:
    """Parts of one axis, one behind the other."""
    axis = int(node.attributes.get("axis", 0))
    sizes = [graph.shape(name)[axis] for name in node.outputs]
    return list(np.split(x, np.cumsum(sizes)[:-1], axis))


def repeated(graph: Graph, node: Node, x: np.ndarray) -> list[np.ndarray]:
    """The numbers again and again along axes that they do not have."""
    return [np.broadcast_to(x, graph.shape(node.outputs[0]))]


VIEWS: dict[str, Callable[[Graph, Node, np.ndarray], list[np.ndarray]]] = {
    "Reshape": reshaped,
    "Flatten": reshaped,
    "Squeeze": reshaped,
    "Unsqueeze": reshaped,
    "Transpose": turned,
    "Slice": cut,
    "Split": divided,
    "Expand": repeated,
}
"""How each operator looks at the numbers that it reads."""
