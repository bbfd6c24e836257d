"""The graph of a program as C can have it: one example a call, every shape known, constants computed, no branches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from wisen.shapes import traced


@dataclass
class Node:
    """One operator: what it reads and makes, by name, and its attributes."""

    op: str
    inputs: list[str]
    outputs: list[str]
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass
class Graph:
    """Nodes in an order in which they can run; `sample` holds every value of one call, for its shape and type."""

    inputs: list[str]
    answers: dict[str, str]
    """The value that each output is."""
    nodes: list[Node]
    constants: dict[str, np.ndarray]
    sample: dict[str, np.ndarray]

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a value."""
        return self.sample[name].shape

    def constant(self, node: Node, place: int) -> np.ndarray | None:
        """A constant that a node reads at a place; None where there is none, or it is no constant."""
        name = node.inputs[place] if place < len(node.inputs) else ""
        return self.constants.get(name)

    def readers(self) -> dict[str, list[Node]]:
        """The nodes that read each value."""
        found: dict[str, list[Node]] = {}
        for node in self.nodes:
            for name in node.inputs:
                found.setdefault(name, []).append(node)
        return found


def graph_of(model: onnx.ModelProto, given: Mapping[str, np.ndarray], outputs: list[str]) -> Graph:
    """The graph that makes some outputs, for inputs of these shapes."""
    plain = onnx.ModelProto()
    plain.CopyFrom(model)
    unbranched(plain.graph)
    needed(plain.graph, outputs)
    sample = traced(plain, given)
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in plain.graph.initializer}
    nodes = []
    for proto in plain.graph.node:
        node = node_of(proto)
        fixed = node.op in ("Constant", "Shape", "Size") or all(not name or name in constants for name in node.inputs)
        if fixed:
            constants |= {name: np.asarray(sample[name]) for name in node.outputs if name}
        else:
            nodes.append(node)
    found = Graph([each.name for each in plain.graph.input], {name: name for name in outputs}, nodes, constants, sample)
    for simplify in SIMPLER:
        simplify(found)
    return found


def node_of(proto: onnx.NodeProto) -> Node:
    """A node with its attributes as Python has them."""
    attributes = {each.name: helper.get_attribute_value(each) for each in proto.attribute}
    return Node(proto.op_type, list(proto.input), list(proto.output), attributes)


# ---- before shapes are known -------------------------------------------------------------------


def unbranched(graph: onnx.GraphProto) -> None:
    """Makes both branches of each If part of the graph, and chooses between what they say: so every call does the
    same work."""
    flat: list[onnx.NodeProto] = []
    for number, node in enumerate(graph.node):
        flat += chosen(node, f"if{number}") if node.op_type == "If" else [node]
    del graph.node[:]
    graph.node.extend(flat)


def chosen(node: onnx.NodeProto, prefix: str) -> Iterator[onnx.NodeProto]:
    """The nodes of both branches of an If, and those that choose."""
    branches = {each.name: each.g for each in node.attribute}
    said = []
    for word in ("then_branch", "else_branch"):
        branch = branches[word]
        unbranched(branch)
        names = {name: f"{prefix}.{word}.{name}" for inner in branch.node for name in inner.output if name}
        names |= {tensor.name: f"{prefix}.{word}.{tensor.name}" for tensor in branch.initializer}
        for tensor in branch.initializer:
            yield helper.make_node("Constant", [], [names[tensor.name]], value=tensor)
        for inner in branch.node:
            copy = onnx.NodeProto()
            copy.CopyFrom(inner)
            copy.input[:] = [names.get(name, name) for name in inner.input]
            copy.output[:] = [names.get(name, name) for name in inner.output]
            yield copy
        said.append([names.get(each.name, each.name) for each in branch.output])
    for name, yes, no in zip(node.output, *said, strict=True):
        yield helper.make_node("Where", [node.input[0], yes, no], [name])


def needed(graph: onnx.GraphProto, outputs: list[str]) -> None:
    """Leaves the nodes that some outputs need."""
    wanted, kept = set(outputs), []
    for node in reversed(graph.node):
        if wanted & set(node.output):
            kept.append(node)
            wanted |= set(node.input)
    said = [each for each in graph.output if each.name in outputs]
    del graph.node[:], graph.output[:]
    graph.node.extend(reversed(kept))
    graph.output.extend(said)


# ---- when they are known -----------------------------------------------------------------------


def without_copies(graph: Graph) -> None:
    """Leaves out what changes nothing, such as a picture's resizing to the size that it has."""
    same: dict[str, str] = {}
    kept = []
    for node in graph.nodes:
        node.inputs = [same.get(name, name) for name in node.inputs]
        alike = node.outputs and node.inputs and graph.shape(node.outputs[0]) == graph.shape(node.inputs[0])
        if alike and (node.op in SAME or (len(node.inputs) == 1 and node.op in ALONE) or unchanged(graph, node)):
            same[node.outputs[0]] = node.inputs[0]
        else:
            kept.append(node)
    graph.nodes = kept
    graph.answers = {name: same.get(value, value) for name, value in graph.answers.items()}


SAME, ALONE = ("Identity", "Dropout", "Resize", "Expand"), ("Min", "Max", "Sum", "Mean")
"""What changes nothing where it makes the shape that it reads, and what where it reads one value."""


def unchanged(graph: Graph, node: Node) -> bool:
    """Whether a cast is to the type that its input has."""
    return node.op == "Cast" and graph.sample[node.inputs[0]].dtype == graph.sample[node.outputs[0]].dtype


def without_twice(graph: Graph) -> None:
    """Leaves out what was computed before, as the members of a committee do with what all of them read."""
    same: dict[str, str] = {}
    known: dict[tuple[object, ...], Node] = {}
    kept = []
    for node in graph.nodes:
        node.inputs = [same.get(name, name) for name in node.inputs]
        read = [content(graph.constants[name]) if name in graph.constants else name for name in node.inputs]
        key = (node.op, *read, repr(sorted(node.attributes.items())), len(node.outputs))
        before = known.setdefault(key, node)
        if before is node:
            kept.append(node)
        else:
            same |= dict(zip(node.outputs, before.outputs, strict=True))
    graph.nodes = kept
    graph.answers = {name: same.get(value, value) for name, value in graph.answers.items()}


def content(array: np.ndarray) -> tuple[str, tuple[int, ...], bytes]:
    """What is equal where two constants are."""
    return str(array.dtype), array.shape, repr(array.tolist()).encode() if array.dtype.kind in "UO" else array.tobytes()


def with_lookups(graph: Graph) -> None:
    """Makes one look-up by column of texts that are marked with the number of their column and then looked up."""
    makers = {name: node for node in graph.nodes for name in node.outputs}
    for node in graph.nodes:
        marked = makers.get(node.inputs[0]) if node.op == "LabelEncoder" and "keys_strings" in node.attributes else None
        prefixes = graph.constant(marked, 0) if marked and marked.op == "StringConcat" else None
        if marked is None or prefixes is None:
            continue
        keys = [key.decode() for key in node.attributes["keys_strings"]]
        pairs = list(zip(keys, node.attributes["values_int64s"], strict=True))
        tables = [
            {key.removeprefix(prefix): value for key, value in pairs if key.startswith(prefix)}
            for prefix in map(str, prefixes.ravel())
        ]
        other = node.attributes.get("default_int64", -1)
        node.op, node.inputs, node.attributes = "Lookup", [marked.inputs[1]], {"tables": tables, "other": other}


def in_pairs(graph: Graph) -> None:
    """Makes pairs of which the least or the largest is taken, where there are several."""
    found = []
    for node in graph.nodes:
        while node.op in ("Min", "Max") and len(node.inputs) > 2:
            first, second, *rest = node.inputs
            middle = f"{node.outputs[0]} of {len(rest)}"
            # Of a sample only shape and type are looked at.
            graph.sample[middle] = np.minimum(graph.sample[first], graph.sample[second])
            found.append(Node(node.op, [first, second], [middle]))
            node.inputs = [middle, *rest]
        found.append(node)
    graph.nodes = found


def casts_known(graph: Graph) -> None:
    """Notes of each cast what it is from: not every number with a fraction has a whole one."""
    for node in graph.nodes:
        if node.op == "Cast":
            node.attributes["from"] = graph.sample[node.inputs[0]].dtype.kind


def casts_last(graph: Graph) -> None:
    """Turns a picture before its numbers are cast, where they are turned after: a turn is only another way to read."""
    readers = graph.readers()
    makers = {name: node for node in graph.nodes for name in node.outputs}
    for node in graph.nodes:
        cast = makers.get(node.inputs[0]) if node.op == "Transpose" else None
        if (
            cast is None
            or cast.op != "Cast"
            or len(readers[node.inputs[0]]) > 1
            or node.inputs[0] in graph.answers.values()
        ):
            continue
        raw, middle = cast.inputs[0], cast.outputs[0]
        graph.sample[middle] = np.transpose(graph.sample[raw], node.attributes["perm"])
        cast.op, cast.attributes, node.op, node.attributes = "Transpose", node.attributes, "Cast", cast.attributes


def without_unread(graph: Graph) -> None:
    """Leaves out what nobody reads any more."""
    wanted, kept = set(graph.answers.values()), []
    for node in reversed(graph.nodes):
        if wanted & set(node.outputs):
            kept.append(node)
            wanted |= set(node.inputs)
    graph.nodes = kept[::-1]


SIMPLER = (without_copies, without_twice, with_lookups, in_pairs, casts_known, casts_last, without_unread)
"""What makes a graph simpler, in this order."""
