"""What a call costs: operators, floating-point operations and memory, counted on the finished graph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import onnx


@dataclass(frozen=True)
class Cost:
    """Of one call: operators by name, floating-point operations, bytes of weights and of values.

    Multiplications and additions count as one each; those inside a loop, whose rounds differ from call to call, are
    not counted, but its operators and weights are. A value lives from the node that makes it to
    the last that reads it, and `memory` is the most that is alive at once.
    """

    operators: dict[str, int]
    operations: int
    weights: int
    memory: int


def cost(model: onnx.ModelProto, given: Mapping[str, np.ndarray]) -> Cost:
    """The cost of a call with these input tensors."""
    sizes = traced(model, given)
    inner = list(inside(model.graph))
    operators = Counter(node.op_type for node in (*model.graph.node, *inner))
    operations = sum(work(node, sizes) for node in model.graph.node)
    constants = {name for node in model.graph.node if node.op_type == "Constant" for name in node.output}
    constants |= {tensor.name for tensor in model.graph.initializer}
    weights = sum(sizes[name].nbytes for name in constants if name in sizes)
    weights += sum(held(node) for node in inner)
    operators.pop("Constant", None)
    return Cost(dict(sorted(operators.items())), operations, weights, peak(model, sizes, constants))


def inside(graph: onnx.GraphProto) -> Iterator[onnx.NodeProto]:
    """The nodes of the graphs that nodes of a graph hold, such as the body of a loop."""
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield from attribute.g.node
                yield from inside(attribute.g)


def held(node: onnx.NodeProto) -> int:
    """The bytes of a constant inside a loop."""
    import onnx

    values = [each.t for each in node.attribute if node.op_type == "Constant" and each.HasField("t")]
    return sum(onnx.numpy_helper.to_array(value).nbytes for value in values)


def traced(model: onnx.ModelProto, given: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Every value of the graph in one call, by name."""
    import onnx
    import onnxruntime

    open_model = onnx.ModelProto()
    open_model.CopyFrom(model)
    known = {value.name for value in model.graph.output}
    extra = [name for node in model.graph.node for name in node.output if name and name not in known]
    open_model.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in extra)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(open_model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    found = dict(zip(names, session.run(None, dict(given)), strict=True))
    initial = {t.name: onnx.numpy_helper.to_array(t) for t in model.graph.initializer}
    return {**initial, **given, **{name: value for name, value in found.items() if isinstance(value, np.ndarray)}}


def work(node: onnx.NodeProto, sizes: Mapping[str, np.ndarray]) -> int:
    """The floating-point operations of a node."""
    made = sizes.get(node.output[0])
    if made is None or node.op_type in MOVES:
        return 0
    if node.op_type in ("Gemm", "MatMul"):
        return int(2 * made.size * sizes[node.input[0]].shape[-1])
    if node.op_type == "Conv":
        return 2 * made.size * prod(sizes[node.input[1]].shape[1:])
    if node.op_type.startswith("Reduce"):
        return sizes[node.input[0]].size
    if node.op_type in ("MaxPool", "AveragePool"):
        window = next(prod(a.ints) for a in node.attribute if a.name == "kernel_shape")
        return int(made.size * window)
    return made.size if made.dtype.kind == "f" else 0


MOVES = {"Constant", "Reshape", "Transpose", "Concat", "Gather", "Slice", "Squeeze", "Unsqueeze", "Cast", "Identity"}
"""Operators that move numbers and compute none."""


def peak(model: onnx.ModelProto, sizes: Mapping[str, np.ndarray], constants: set[str]) -> int:
    """The most bytes of values that are alive at once."""
    last = {name: step for step, node in enumerate(model.graph.node) for name in node.input}
    kept = {value.name for value in model.graph.output}
    alive = {value.name for value in model.graph.input}
    most = 0
    for step, node in enumerate(model.graph.node):
        alive |= {name for name in node.output if name not in constants}
        most = max(most, sum(sizes[name].nbytes for name in alive if name in sizes))
        alive -= {name for name in alive if last.get(name, -1) <= step and name not in kept}
    return most
