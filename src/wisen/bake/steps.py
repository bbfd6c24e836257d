"""Steps of a call: each an operator, with what is done to its numbers one by one before they are stored."""

from __future__ import annotations

from dataclasses import dataclass

from wisen.bake.elementwise import EXPRESSIONS
from wisen.bake.graph import Graph, Node

CARRYING = ("Conv", "Gemm", "MatMul")
"""Operators that hand each of their numbers on before it is stored."""


@dataclass
class Step:
    """Nodes that one loop does: an operator, and those that make one number of each of its numbers."""

    number: int
    nodes: list[Node]

    @property
    def first(self) -> Node:
        """The operator."""
        return self.nodes[0]

    @property
    def after(self) -> list[Node]:
        """What is done to its numbers one by one."""
        return self.nodes[1:]

    @property
    def inside(self) -> set[str]:
        """The values that it makes."""
        return {name for node in self.nodes for name in node.outputs}

    @property
    def reads(self) -> set[str]:
        """The values that it reads."""
        return {name for node in self.nodes for name in node.inputs if name} - self.inside


def steps_of(graph: Graph) -> list[Step]:
    """The steps of a graph, in order."""
    steps: list[Step] = []
    made: dict[str, Step] = {}
    for node in graph.nodes:
        step = joins(graph, node, made)
        if step is None:
            step = Step(len(steps), [node])
            steps.append(step)
        else:
            step.nodes.append(node)
        made |= dict.fromkeys(node.outputs, step)
    return steps


def joins(graph: Graph, node: Node, made: dict[str, Step]) -> Step | None:
    """The step that a node can be a part of: the last one that makes something it reads, in the same shape."""
    before = [made[name] for name in node.inputs if name in made]
    if node.op not in EXPRESSIONS or not before:
        return None
    last = max(before, key=lambda step: step.number)
    shape = graph.shape(node.outputs[0])
    alike = all(graph.shape(name) == shape for name in last.inside)
    return last if (last.first.op in EXPRESSIONS or last.first.op in CARRYING) and alike else None
