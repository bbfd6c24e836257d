"""What a program has made of its inputs when only the last layers are left: one vector an example."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wisen.errors import BadProgram

if TYPE_CHECKING:
    from spox import Var

FORMS = ("vector", "team", "grid", "sequence", "track", "said")
"""The forms in which it leaves the graph; a vector is made of it outside, so that a call costs nothing more."""


def pooled(seen: np.ndarray, form: str) -> np.ndarray:
    """The vectors [examples, width] of what leaves the graph in a form: means over members, places and steps."""
    found = seen.astype(np.float32, copy=False)
    if form == "track":  # its first row says where there is a step; beyond the last one all is 0
        return np.asarray(found[:, 1:].sum(axis=2) / np.maximum(found[:, 0].sum(axis=1), 1)[:, None])
    if form == "grid":
        return np.asarray(found.mean(axis=(2, 3)))
    if form in ("team", "sequence") and found.ndim == 3:
        return np.asarray(found.mean(axis=1))
    return found.reshape(len(found), -1)


def pooled_graph(seen: Var, form: str) -> Var:
    """The same as `pooled`, as nodes of a graph."""
    from wisen.nn.block import constant, op

    if form == "track":
        rows = seen.unwrap_tensor().shape
        assert rows is not None and isinstance(rows[1], int)
        steps = op.slice(seen, constant([1]), constant([rows[1]]), constant([1]))
        flags = op.reduce_sum(op.gather(seen, constant(np.int64(0)), axis=1), constant([1]), keepdims=1)
        return op.div(op.reduce_sum(steps, constant([2]), keepdims=0), op.max([flags, constant(np.float32(1))]))
    if form == "grid":
        return op.reduce_mean(seen, constant([2, 3]), keepdims=0)
    if form in ("team", "sequence"):
        return op.reduce_mean(seen, constant([1]), keepdims=0)
    return op.flatten(seen, axis=1)


def told(manifest: object, names: list[str]) -> tuple[str, str]:
    """(the tensor of a graph that holds what is seen, its form) as a manifest tells; empty where it is an older one.

    Raises BadProgram where it tells of a tensor that is not there.
    """
    if manifest is None:
        return "", ""
    name, form = (manifest.get("name"), manifest.get("form")) if isinstance(manifest, dict) else (None, None)
    if name not in names or form not in FORMS:
        raise BadProgram(f"its manifest tells of the features {manifest!r:.60}, its graph gives {names}")
    return str(name), str(form)
