"""Nodes that are run here: what a kind asks of its own part of a graph before there is a program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import spox
from spox import Var


def session(given: Mapping[str, Var], said: Mapping[str, Var], threads: int = 1) -> Any:
    """A session of ONNX Runtime that says `said` of `given`, with so many threads; 0: as many as there are cores."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads
    model = spox.build(dict(given), dict(said)).SerializeToString()
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
