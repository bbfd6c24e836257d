"""The shape of every value of a graph in one call, also of those inside its loops, round by round."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from wisen.manifest import session_of

if TYPE_CHECKING:
    import onnx

MARK = "shape of "
"""How the name of a tensor begins that tells the shape of another one."""
NOWHERE = -1
"""The shape of a value of a branch that was not taken."""


@dataclass(frozen=True)
class Value:
    """How large a value of the graph was, and of what numbers."""

    shape: tuple[int, ...]
    dtype: np.dtype

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return prod(self.shape)

    @property
    def nbytes(self) -> int:
        """The bytes that they take."""
        return self.size * self.dtype.itemsize

    @property
    def floating(self) -> bool:
        """Whether they are floating-point numbers."""
        return self.dtype.kind == "f"


@dataclass(frozen=True)
class Inner:
    """A graph inside the graph: the body of a loop, or a branch; and under which name the shape of each of its values
    is told, of a loop round by round."""

    graph: onnx.GraphProto
    told: Mapping[str, str]
    looped: bool

    def went(self, shapes: Mapping[str, np.ndarray]) -> Iterator[dict[str, tuple[int, ...]]]:
        """The shapes of its values by their names, for each time that a call went through it."""
        if not self.told:
            return
        here = {name: shapes[told] for name, told in self.told.items()}
        for number in range(len(next(iter(here.values()))) if self.looped else 1):
            found = {name: tuple((shape[number] if self.looped else shape).tolist()) for name, shape in here.items()}
            if (NOWHERE,) not in found.values():
                yield found


@dataclass(frozen=True)
class Seen:
    """What was seen of one call: the values of the graph; and each time that it went through a graph inside it, that
    graph, its values with those around it, and whether that was a round of a loop."""

    values: Mapping[str, Value]
    went: Sequence[tuple[onnx.GraphProto, Mapping[str, Value], bool]]


class Look:
    """Runs a graph and tells the shapes of its values. What is inside a graph inside it is not seen."""

    def __init__(self, model: onnx.ModelProto) -> None:
        import onnx

        self.dtypes = dict(dtypes(onnx.shape_inference.infer_shapes(model).graph))
        arrays = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
        self.known = {name: Value(array.shape, array.dtype) for name, array in arrays.items()}
        open_model, self.inner = opened(model)
        self.session = session_of(open_model.SerializeToString(), "the graph", plain=True)
        self.names = [output.name for output in self.session.get_outputs()]

    def __call__(self, given: Mapping[str, np.ndarray]) -> Seen:
        """What is seen of a call with these input tensors."""
        shapes = dict(zip(self.names, self.session.run(self.names, dict(given)), strict=True))
        values = {**self.known, **{name: Value(array.shape, array.dtype) for name, array in given.items()}}
        told = {name for inner in self.inner for name in inner.told.values()}
        values |= self.values({n.removeprefix(MARK): tuple(shapes[n].tolist()) for n in self.names if n not in told})
        went = [(inner, ChainMap(self.values(each), values)) for inner in self.inner for each in inner.went(shapes)]
        return Seen(values, [(inner.graph, every, inner.looped) for inner, every in went])

    def values(self, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Value]:
        """The values that have these shapes."""
        return {name: Value(shape, self.dtypes.get(name, np.dtype("O"))) for name, shape in shapes.items()}


def traced(model: onnx.ModelProto, given: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Every value of the graph in one call, by name."""
    import onnx

    open_model = onnx.ModelProto()
    open_model.CopyFrom(model)
    known = {value.name for value in model.graph.output}
    extra = [name for node in model.graph.node for name in node.output if name and name not in known]
    open_model.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in extra)
    session = session_of(open_model.SerializeToString(), "the graph", plain=True)
    names = [output.name for output in session.get_outputs()]
    found = dict(zip(names, session.run(None, dict(given)), strict=True))
    initial = {t.name: onnx.numpy_helper.to_array(t) for t in model.graph.initializer}
    return {**initial, **given, **{name: value for name, value in found.items() if isinstance(value, np.ndarray)}}


# ---- a graph that tells of itself ----------------------------------------------------------------


def opened(model: onnx.ModelProto) -> tuple[onnx.ModelProto, list[Inner]]:
    """(the model, telling nothing but the shapes of its values; the graphs inside it)."""
    import onnx

    found = onnx.ModelProto()
    found.CopyFrom(model)
    graph, inner = found.graph, []
    del graph.output[:]
    nodes = list(graph.node)
    for node in nodes:
        tell(graph, {name: MARK + name for name in node.output if name})
    for node, old in zip(nodes, model.graph.node, strict=True):
        if node.op_type not in HOLDERS:
            continue
        while len(node.output) < len(node.attribute[0].g.output) - (node.op_type == "Loop"):
            node.output.append(f"{MARK}nothing {len(node.output)} of {node.output[0]}")
        branches = [each.g for each in node.attribute if each.HasField("g")]
        for number, branch in enumerate(branches):
            told = {name: f"{MARK}{number} of {node.output[0]}: {name}" for name in named(branch)}
            tell(branch, told)
            for other in branches:
                if other is not branch:
                    blank(other, told.values())
            node.output.extend(told.values())
            graph.output.extend(map(integers, told.values()))
            here = [each.g for each in old.attribute if each.HasField("g")][number]
            inner.append(Inner(here, told, node.op_type == "Loop"))
    return found, inner


HOLDERS = {"Loop", "If"}
"""Operators that hold graphs."""


def named(graph: onnx.GraphProto) -> list[str]:
    """The names of the values of a graph inside a graph."""
    return [*(value.name for value in graph.input), *(name for node in graph.node for name in node.output if name)]


def tell(graph: onnx.GraphProto, told: Mapping[str, str]) -> None:
    """Has a graph tell the shapes of values, by their names, under others."""
    import onnx

    graph.node.extend(onnx.helper.make_node("Shape", [name], [name_told]) for name, name_told in told.items())
    graph.output.extend(map(integers, told.values()))


def blank(graph: onnx.GraphProto, told: Iterable[str]) -> None:
    """Has a branch tell that it was taken in place of the other one."""
    import onnx

    for name in told:
        array = onnx.numpy_helper.from_array(np.array([NOWHERE]))
        graph.node.append(onnx.helper.make_node("Constant", [], [f"{name}, not"], value=array))
        graph.output.append(integers(f"{name}, not"))


def integers(name: str) -> onnx.ValueInfoProto:
    """An output that holds integers, in any number of axes."""
    import onnx

    return onnx.helper.make_tensor_value_info(name, onnx.TensorProto.INT64, None)


def inside(graph: onnx.GraphProto) -> Iterator[onnx.NodeProto]:
    """The nodes of the graphs that nodes of a graph hold, such as the body of a loop."""
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield from attribute.g.node
                yield from inside(attribute.g)


def dtypes(graph: onnx.GraphProto) -> Iterator[tuple[str, np.dtype]]:
    """(name, what numbers it holds) of the values of a graph, and of those inside it."""
    import onnx

    for value in (*graph.input, *graph.output, *graph.value_info):
        kind = value.type.tensor_type.elem_type
        if kind not in (onnx.TensorProto.UNDEFINED, onnx.TensorProto.STRING):
            yield value.name, np.dtype(onnx.helper.tensor_dtype_to_np_dtype(kind))
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield from dtypes(attribute.g)
