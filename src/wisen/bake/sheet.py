"""The sheet that C is written on: constants, functions, one for each step, and the calls of these in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from wisen.bake.elementwise import EXPRESSIONS
from wisen.bake.graph import Graph, Node
from wisen.bake.loops import at
from wisen.bake.places import Buffer, Place, fresh, plain
from wisen.bake.steps import Step
from wisen.bake.words import c_type, comment, number, table


class Sheet:
    """What was written so far, and where each value lies."""

    def __init__(self, graph: Graph, readers: Mapping[str, list[int]]) -> None:
        self.graph, self.readers = graph, readers
        self.places: dict[str, Place] = {}
        self.buffers: list[Buffer] = []
        self.tables: list[str] = []
        self.functions: list[str] = []
        self.calls: list[Callable[[], str]] = []
        self.kept: dict[tuple[str, bytes], str] = {}
        self.needs: set[str] = set()
        self.weights = 0
        self.now = 0

    def constant(self, word: str, array: np.ndarray) -> str:
        """The name of a constant array; two that are equal are one."""
        array = np.ascontiguousarray(array)
        content = repr(array.tolist()).encode() if array.dtype.kind in "UO" else array.tobytes()
        key = (f"{array.dtype}", content)
        if key not in self.kept:
            name = f"wisen_{word}_{self.now}"
            self.kept[key] = f"{name}_{len(self.kept)}" if name in self.kept.values() else name
            self.tables.append(table(c_type(array.dtype), self.kept[key], array))
            self.weights += array.nbytes
        return self.kept[key]

    def room(self, shape: Sequence[int], dtype: np.dtype[Any], order: Sequence[int] | None = None) -> Place:
        """A place in a new buffer, which lives in this step until somebody reads it later."""
        place = fresh(shape, dtype, order)
        place.buffer.first = place.buffer.last = self.now
        self.buffers.append(place.buffer)
        return place

    def make(self, name: str, order: Sequence[int] | None = None) -> Place:
        """The place of a value that this step makes."""
        sample = self.graph.sample[name]
        return self.put(name, self.room(sample.shape, sample.dtype, order))

    def outputs(self, step: Step, order: Sequence[int] | None = None) -> None:
        """Makes places for all that a step makes and others read."""
        for node in step.nodes:
            for name in filter(None, node.outputs):
                if self.stored(name, step):
                    self.make(name, order)

    def put(self, name: str, place: Place) -> Place:
        """Says where a value lies; its buffer lives until it was read for the last time."""
        self.places[name] = place
        place.buffer.last = max([place.buffer.last, *self.readers.get(name, [])])
        return place

    def place(self, name: str) -> Place:
        """Where a value lies; a constant gets a place by being copied."""
        if name not in self.places:
            array = self.graph.constants[name]
            given = self.constant("constant", array)
            place = fresh(array.shape, array.dtype, given=given)
            self.places[name] = place
        return self.places[name]

    def stored(self, name: str, step: Step) -> bool:
        """Whether a value that a step makes is read after it."""
        return any(later != step.number for later in self.readers.get(name, []))


class Routine:
    """One function of the file: what it reads and writes, and its body."""

    def __init__(self, sheet: Sheet, step: Step, word: str = "") -> None:
        self.sheet, self.step = sheet, step
        self.name = f"wisen_{(word or step.first.op).lower()}_{step.number}"
        self.pointers: dict[str, tuple[Place, bool]] = {}

    def pointer(self, place: Place, writes: bool) -> str:
        """The parameter that points to a place."""
        for name, (other, was) in self.pointers.items():
            if other is place and (was or not writes):
                return name
        letter = "y" if writes else "x"
        count = sum(name.startswith(letter) for name in self.pointers)
        name = f"{letter}{count}" if count else letter
        self.pointers[name] = (place, writes)
        return name

    def read(self, place: Place) -> str:
        """The parameter through which a place is read."""
        return self.pointer(place, False)

    def write(self, place: Place) -> str:
        """The parameter through which a place is written."""
        return self.pointer(place, True)

    def done(self, body: Sequence[str], about: str = "", wide: bool = False) -> None:
        """Writes the function, and its call; a `wide` one chooses its vectors when the file is loaded."""
        pairs = self.pointers.items()
        parameters = ", ".join(pointer_to(place.buffer.type, writes) + name for name, (place, writes) in pairs)
        how = "WISEN_WIDE " if wide else ""
        self.sheet.needs |= {"wide"} if wide else set()
        lines = [f"/* {comment(about or self.about())} */", f"{how}static void {self.name}({parameters})", "{"]
        self.sheet.functions.append("\n".join([*lines, *(f"    {line}" for line in body), "}"]))
        places = [place for place, _ in self.pointers.values()]
        self.sheet.calls.append(lambda: f"{self.name}({', '.join(place.pointer() for place in places)});")

    def about(self) -> str:
        """What it does, in a line."""
        graph, nodes = self.sheet.graph, self.step.nodes
        first = next((name for name in nodes[0].inputs if name in graph.sample and name not in graph.constants), "")
        shapes = [" x ".join(map(str, graph.shape(name))) or "1" for name in (first, nodes[-1].outputs[0]) if name]
        return f"{', '.join(node.op for node in nodes)}: {' -> '.join(shapes)}"


def pointer_to(type_: str, writes: bool) -> str:
    """The start of the declaration of a pointer to numbers, or to texts, of a type."""
    if type_.endswith("*"):
        return f"{type_}*" if writes else f"{type_}const *"
    return f"{type_} *" if writes else f"const {type_} *"


def strides_of(sheet: Sheet, name: str, shape: Sequence[int]) -> tuple[int, ...]:
    """How far apart the numbers of a value lie on each axis of a shape that it is repeated to."""
    if name in sheet.graph.constants:
        view = np.broadcast_to(contiguous(sheet.graph.constants[name]), shape)
        size = view.dtype.itemsize
        return tuple(0 if n == 1 else s // size for n, s in zip(shape, view.strides, strict=True))
    place = sheet.places[name]
    return place.seen(np.broadcast_to(place.view, shape)).strides


def contiguous(array: np.ndarray) -> np.ndarray:
    """The array as it is written into the file."""
    return np.ascontiguousarray(array) if array.ndim else array


def one_by_one(
    routine: Routine,
    nodes: Sequence[Node],
    variables: Sequence[str],
    strides: Mapping[str, Sequence[int]],
    said: dict[str, str],
) -> list[str]:
    """The statements that make numbers one by one, and store those that are read later; `said` are the expressions of
    what is known, to which are added those that are made."""
    sheet, step = routine.sheet, routine.step
    lines: list[str] = []

    def expression(name: str) -> str:
        if name in said or not name:
            return said.get(name, "")
        array = sheet.graph.constants.get(name)
        if array is not None and (array == array.flat[0]).all():
            return number(array.flat[0], array.dtype)
        base = routine.read(sheet.places[name]) if array is None else sheet.constant("numbers", array)
        return f"{base}[{at(variables, strides[name])}]"

    for node in nodes:
        name = node.outputs[0]
        dtype = sheet.graph.sample[name].dtype
        text = EXPRESSIONS[node.op](node, [expression(each) for each in node.inputs], dtype)
        inside = any(name in other.inputs for other in nodes)
        if inside:
            said[name] = f"t{sum(word.startswith('t') for word in said.values())}"
            lines.append(f"const {c_type(plain(dtype))} {said[name]} = {text};")
            text = said[name]
        if sheet.stored(name, step):
            lines.append(f"{routine.write(sheet.places[name])}[{at(variables, strides[name])}] = {text};")
    return lines


def around(sheet: Sheet, nodes: Sequence[Node], shape: Sequence[int], made: set[str]) -> dict[str, tuple[int, ...]]:
    """The strides, on the axes of a shape, of all that some nodes read from elsewhere, and that they store."""
    names = dict.fromkeys(name for node in nodes for name in (*node.inputs, *node.outputs) if name)
    known = [name for name in names if name in sheet.places or (name in sheet.graph.constants and name not in made)]
    return {name: strides_of(sheet, name, shape) for name in known}
