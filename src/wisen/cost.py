"""What a call costs: operators, floating-point operations and memory, counted on the finished graph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from wisen.shapes import HOLDERS, Look, Value, inside

if TYPE_CHECKING:
    import onnx


@dataclass(frozen=True)
class Cost:
    """Of one call: operators by name, floating-point operations, bytes of weights and of values.

    Multiplications and additions count as one each; those of a loop so often as it went round in this call. A value
    lives from the node that makes it to the last that reads it, and `memory` is the most that is alive at once, but
    for what lives inside a loop.
    """

    operators: dict[str, int]
    operations: int
    weights: int
    memory: int
    multiplied: int = 0
    """Operations in multiply-adds: products of matrices, convolutions, gated units."""
    rounds: int = 0
    """How often loops went round that compute something."""


def cost(model: onnx.ModelProto, given: Mapping[str, np.ndarray]) -> Cost:
    """The cost of a call with these input tensors."""
    return Meter(model).cost(given)


class Meter:
    """Counts calls of a graph, each by itself: what differs from call to call is seen."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self.model, self.look = model, Look(model)
        self.inner = list(inside(model.graph))
        self.constants = {name for node in model.graph.node if node.op_type == "Constant" for name in node.output}
        self.constants |= {tensor.name for tensor in model.graph.initializer}
        # What is made of constants alone, ONNX Runtime makes when it loads the graph.
        folded = {name for node in before_calls(model.graph, self.constants) for name in node.output}
        self.folded = self.constants | folded
        operators = Counter(node.op_type for node in (*model.graph.node, *self.inner))
        operators.pop("Constant", None)
        self.operators = dict(sorted(operators.items()))

    def cost(self, given: Mapping[str, np.ndarray]) -> Cost:
        """The cost of a call with these input tensors."""
        seen = self.look(given)
        inner = [(worked(graph, values), looped) for graph, values, looped in seen.went]
        work = np.array([worked(self.model.graph, seen.values, self.folded), *(each for each, _ in inner)])
        weights = sum(seen.values[name].nbytes for name in self.constants if name in seen.values)
        return Cost(
            self.operators,
            int(work[:, 0].sum()),
            weights + sum(map(held, self.inner)),
            peak(self.model, seen.values, self.folded),
            int(work[:, 1].sum()),
            sum(looped for (operations, _), looped in inner if operations),
        )


def before_calls(graph: onnx.GraphProto, constants: set[str]) -> Iterator[onnx.NodeProto]:
    """The nodes that make weights of numbers of eight bits: they read nothing but constants."""
    known = set(constants)
    for node in graph.node:
        if node.op_type in ROUNDED and known.issuperset(node.input):
            known |= set(node.output)
            yield node


def worked(graph: onnx.GraphProto, sizes: Mapping[str, Value], folded: Container[str] = ()) -> tuple[int, int]:
    """(the floating-point operations of a graph's nodes, those of them in multiply-adds); no call makes what is
    `folded`."""
    every = [
        (work(node, sizes), node.op_type in PRODUCTS)
        for node in graph.node
        if not any(name in folded for name in node.output)
    ]
    return sum(count for count, _ in every), sum(count for count, product in every if product)


def held(node: onnx.NodeProto) -> int:
    """The bytes of a constant inside a loop."""
    import onnx

    values = [each.t for each in node.attribute if node.op_type == "Constant" and each.HasField("t")]
    return sum(onnx.numpy_helper.to_array(value).nbytes for value in values)


PRODUCTS = {"Gemm", "MatMul", "Conv", "GRU", "LSTM", "RNN"}
"""Operators that multiply and add, and do little else."""
GATES = {"GRU": 3, "LSTM": 4, "RNN": 1}
"""Products of matrices at each step of recurrent units."""
ROUNDED = {"Cast", "Mul", "DequantizeLinear"}
"""Operators by which weights of eight bits become floating-point numbers again."""
MOVES = {"Constant", "Reshape", "Transpose", "Concat", "Gather", "Slice", "Squeeze", "Unsqueeze", "Cast", "Identity"}
"""Operators that move numbers and compute none."""


def work(node: onnx.NodeProto, sizes: Mapping[str, Value]) -> int:
    """The floating-point operations of a node."""
    made = next((sizes[name] for name in node.output if name in sizes), None)
    if made is None or node.op_type in MOVES or node.op_type in HOLDERS:
        return 0  # what a graph inside holds is counted by itself
    if node.op_type in ("Gemm", "MatMul"):
        return int(2 * made.size * sizes[node.input[0]].shape[-1])
    if node.op_type == "Conv":
        return 2 * made.size * prod(sizes[node.input[1]].shape[1:])
    if node.op_type in GATES:
        (steps, batch, _), (sides, rows, inside) = (sizes[name].shape for name in node.input[:2])
        return 2 * steps * batch * sides * rows * (inside + rows // GATES[node.op_type])
    if node.op_type == "QuantizeLinear":  # as many as DequantizeLinear, although it makes whole numbers
        return made.size
    if node.op_type.startswith("Reduce"):
        return sizes[node.input[0]].size
    if node.op_type in ("MaxPool", "AveragePool"):
        window = next(prod(a.ints) for a in node.attribute if a.name == "kernel_shape")
        return int(made.size * window)
    return made.size if made.floating else 0


def peak(model: onnx.ModelProto, sizes: Mapping[str, Value], constants: set[str]) -> int:
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
