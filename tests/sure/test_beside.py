"""A piece beside a graph: without it the graph is smaller, with it whole."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
import spox

from wisen.errors import BadProgram
from wisen.nn.block import constant, op
from wisen.sure.beside import KEY, piece_of, taken_apart, written


def model() -> onnx.ModelProto:
    x = spox.argument(spox.Tensor(np.float32, ("n", 3)))
    shared = op.mul(x, constant(np.float32(2)))
    far = op.reduce_sum(op.mul(shared, constant(np.arange(3, dtype=np.float32))), constant([1]), keepdims=0)
    there = op.cast(op.reduce_max(x, keepdims=0), to=np.bool_)
    (chosen,) = op.if_(there, then_branch=lambda: [op.abs(shared)], else_branch=lambda: [shared])
    return spox.build({"x": x}, {"y": chosen, "far": far})


def run(data: bytes) -> dict[str, np.ndarray]:
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    names = [each.name for each in session.get_outputs()]
    return dict(zip(names, session.run(None, {"x": np.array([[1, 2, 3], [0, -1, 0]], np.float32)}), strict=True))


def test_file_and_piece_are_the_whole_and_the_file_alone_does_not_hold_it() -> None:
    whole = model()
    main, piece = taken_apart(whole, "far")
    file = main.SerializeToString()
    alone, both, wanted = run(file), run(file + piece), run(whole.SerializeToString())
    assert list(alone) == ["y"] and list(both) == ["y", "far"]
    np.testing.assert_array_equal(alone["y"], wanted["y"])
    np.testing.assert_array_equal(both["far"], wanted["far"])
    operators = [node.op_type for node in main.graph.node]
    assert "ReduceSum" not in operators and operators.count("Mul") == 1 and "If" in operators
    assert len(main.graph.node) + len(onnx.ModelProto.FromString(piece).graph.node) == len(whole.graph.node)


def test_metadata_holds_the_piece() -> None:
    assert piece_of({}) == b"" and piece_of({KEY: written(b"\x00\xffpiece")}) == b"\x00\xffpiece"
    with pytest.raises(BadProgram, match="beside its graph is damaged"):
        piece_of({KEY: "no base64!"})
