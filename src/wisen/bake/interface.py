"""What a C file looks like from outside: the struct that goes in, the one that comes out, and the comment above both."""

from __future__ import annotations

import hashlib
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from wisen.bake.graph import Graph
from wisen.bake.words import TYPES, c_type, comment, named, number, quoted
from wisen.errors import BadProgram
from wisen.program import Program
from wisen.signature import ANSWER, Column, Feed


@dataclass(frozen=True)
class Cell:
    """A field of a struct: its name and C type, how many numbers it holds, and what a person has to know of it."""

    name: str
    type: str
    count: int
    value: str
    """The tensor of the graph that it is a part of."""
    begin: int = 0
    """Where in that tensor."""
    note: str = ""
    pointer: bool = False
    """Whether a caller points to the numbers, and does not copy them."""

    def declared(self) -> str:
        """The field in the struct."""
        space = "" if self.type.endswith("*") else " "
        if self.pointer:
            text = f"const {self.type} *{self.name};"
        else:
            text = f"{self.type}{space}{self.name}{f'[{self.count}]' if self.count > 1 else ''};"
        return f"    {text:<32} /* {comment(self.note)} */" if self.note else f"    {text}"


def shapes(program: Program) -> dict[str, np.ndarray]:
    """A blank call: the tensors that go into a program, of one example, of the size that its network sees.

    Raises BadProgram where they have none.
    """
    found = {}
    for feed in program.feeds:
        sides = feed.kind.fixed(feed.name)
        if sides is None:
            columns = ", ".join(str(program.inputs[place]) for place in feed.places)
            raise BadProgram(f"{columns}: a value of any length, which fixed loops cannot read")
        for tensor in feed.raw:
            dims = [1, *(sides[dim] if isinstance(dim, str) else dim for dim in tensor.dims[1:])]
            found[tensor.name] = np.full(dims, "", object) if tensor.dtype == "str" else np.zeros(dims, tensor.dtype)
    return found


def cells_in(program: Program, blank: Mapping[str, np.ndarray], graph: Graph) -> list[Cell]:
    """The fields of what goes in, in the order of the signature."""
    tables = {node.inputs[0]: node.attributes["tables"] for node in graph.nodes if node.op == "Lookup"}
    found: dict[int, Cell] = {}
    taken: set[str] = set()
    for feed in program.feeds:
        begin = 0
        for number_, place in enumerate(feed.places):
            column = program.inputs[place]
            name = named(column.name, taken)
            taken.add(name)
            known = [label for label in tables[feed.name][number_] if label] if feed.name in tables else []
            found[place] = cell_of(column, feed, blank, name, begin, known)
            begin += found[place].count
    return [found[place] for place in sorted(found)]


def cell_of(
    column: Column, feed: Feed, blank: Mapping[str, np.ndarray], name: str, begin: int, labels: Sequence[str]
) -> Cell:
    """The field of one column; `labels` are those that it knows."""
    (tensor,) = feed.raw
    type_ = TYPES[tensor.dtype]
    own = column.kind.tensors(column.name)[0].dims[1:]
    if any(isinstance(dim, str) for dim in own):
        dims = blank[tensor.name].shape[1:]
        note = f"{' x '.join(map(str, dims))} {UNITS[len(dims)]}"
        return Cell(name, type_, prod(dims), tensor.name, note=note, pointer=True)
    said = ", ".join(map(quoted, labels)) if 0 < len(labels) <= MOST_LABELS else column.annotation
    return Cell(name, type_, prod(own), tensor.name, begin, said + missing(column))


MOST_LABELS = 12
"""Labels that are listed beside a field."""
UNITS = {3: "pixels: height, width, channels"}
"""What the dimensions of a pointer are, by how many they are."""


def missing(column: Column) -> str:
    """What is written where a value is missing; empty where it must not be."""
    if not column.kind.optional:
        return ""
    array = column.kind.arrays([[None]] if column.kind.plural else [None])[0]
    blank = "NULL" if array.dtype.kind in "UO" else number(array.ravel()[0], array.dtype)
    return f"; missing: {blank}"


def cells_out(program: Program, graph: Graph, indexes: Mapping[str, tuple[str, Sequence[str]]]) -> list[Cell]:
    """The fields of what comes out; `indexes` are the values that tell the places of labels, and these."""
    found: list[Cell] = []
    alone = [column.name for column in program.outputs] == [ANSWER]
    for name in program.names:
        plain = (name.removeprefix(f"{ANSWER}.") if name != ANSWER else "value") if alone else name
        plain = named(plain, [cell.name for cell in found])
        array = graph.sample[name]
        dims = array.shape[1:]
        note = f"[{']['.join(map(str, dims))}]" if len(dims) > 1 else ""
        if name in indexes:
            value, labels = indexes[name]
            note = f"one of {len(labels)} labels"
            found.append(Cell(named("index" if alone else f"{plain}_index"), "int", 1, value, note="its place among the labels"))
        found.append(Cell(plain, c_type(array.dtype), prod(dims), graph.answers[name], note=note))
    return found


def struct(name: str, cells: Sequence[Cell]) -> str:
    """A struct of these fields."""
    return "\n".join([f"struct {name} {{", *(cell.declared() for cell in cells), "};"])


def about(program: Program, data: bytes, name: str, facts: Sequence[str]) -> str:
    """The comment at the top of the file."""
    manifest = program.manifest
    inside, outside = (", ".join(map(str, columns)) for columns in (program.inputs, program.outputs))
    lines = [f"{manifest.get('function', name)}({inside}) -> {outside}", ""]
    lines += [*textwrap.dedent(manifest.get("doc", "")).strip().splitlines(), ""] if manifest.get("doc") else []
    lines += [f"To call it: fill a struct {name}_input, and {name}(&input, &answer) fills a struct {name}_answer and", 
              "returns 0; it returns -1 where a pointer is missing. From other files include this one after",
              "#define WISEN_DECLARATIONS, which leaves declarations only."]
    lines += ["One call at a time: numbers on the way lie in static memory. With -DWISEN_THREAD=_Thread_local each", "thread has its own. Nothing is allocated, all loops are fixed, and every call does the same work.", ""]
    lines += [*facts, f"The program that it was written from has the SHA-256 {hashlib.sha256(data).hexdigest()}.", ""]
    lines += [f"Compile: cc -std=c99 -O2 -c FILE.c; link with -lm. With -DWISEN_MAIN it is a command that answers rows of", "values with commas between them."]
    body = "\n".join(f" * {line}".rstrip() for text in lines for line in comment(text).split("\n"))
    return f"/*\n{body}\n */"


def indexes_of(graph: Graph) -> dict[str, tuple[str, list[str]]]:
    """For each answer that is one of some labels: the value that tells which, and the labels."""
    found = {}
    names = {value: name for name, value in graph.answers.items()}
    for node in graph.nodes:
        labels = graph.constant(node, 0) if node.op == "Gather" else None
        if labels is not None and labels.dtype.kind in "UO" and labels.ndim == 1 and node.outputs[0] in names:
            found[names[node.outputs[0]]] = (node.inputs[1], [str(label) for label in labels])
    return found
