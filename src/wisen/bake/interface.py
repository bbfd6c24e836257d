"""What a C file looks like from outside: the structs that go in and come out, and the comment above both."""

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
    size: tuple[int, ...] = ()
    """The height, width and channels of a picture that is made of one of any size."""

    def declared(self) -> str:
        """The field in the struct."""
        space = "" if self.type.endswith("*") else " "
        if self.pointer:
            text = f"const {self.type} *{self.name};"
        else:
            text = f"{self.type}{space}{self.name}{f'[{self.count}]' if self.count > 1 else ''};"
        return f"    {text:<32} /* {comment(self.note)} */" if self.note else f"    {text}"


def shapes(program: Program, resized: bool = True) -> dict[str, np.ndarray]:
    """A blank call: the tensors that go into a program, of one example, of the size that its network sees; where that
    is made before they enter, they are numbers with fractions.

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
            type_ = "float32" if resized and sides else tensor.dtype
            found[tensor.name] = np.full(dims, "", object) if type_ == "str" else np.zeros(dims, type_)
    return found


def cells_in(program: Program, blank: Mapping[str, np.ndarray], graph: Graph) -> list[Cell]:
    """The fields of what goes in, in the order of the signature."""
    tables = {node.inputs[0]: node.attributes["tables"] for node in graph.nodes if node.op == "Lookup"}
    found: dict[int, list[Cell]] = {}
    taken: set[str] = set()
    for feed in program.feeds:
        begin = 0
        for nth, place in enumerate(feed.places):
            column = program.inputs[place]
            name = named(column.name, taken)
            taken.add(name)
            known = [label for label in tables[feed.name][nth] if label] if feed.name in tables else []
            cell = cell_of(column, feed, blank, name, begin, known)
            found[place] = [cell]
            begin += cell.count
            for side, size in zip(("height", "width"), cell.size, strict=False):
                name = named(f"{cell.name}_{side}", taken)
                taken.add(name)
                found[place].append(Cell(name, "int", 1, "", note=f"0: {size}"))
    return [cell for place in sorted(found) for cell in found[place]]


def cell_of(
    column: Column, feed: Feed, blank: Mapping[str, np.ndarray], name: str, begin: int, labels: Sequence[str]
) -> Cell:
    """The field of one column; `labels` are those that it knows."""
    (tensor,) = feed.raw
    type_ = TYPES[tensor.dtype]
    own = column.kind.tensors(column.name)[0].dims[1:]
    if any(isinstance(dim, str) for dim in own):
        dims = blank[tensor.name].shape[1:]
        size = dims if blank[tensor.name].dtype != np.dtype(tensor.dtype) else ()
        first = "height x width" if size else f"{dims[0]} x {dims[1]}"
        note = f"pixels: {first} x {dims[2]}"
        return Cell(name, type_, prod(dims), tensor.name, note=note, pointer=True, size=size)
    said = ", ".join(map(quoted, labels)) if 0 < len(labels) <= MOST_LABELS else column.annotation
    return Cell(name, type_, prod(own), tensor.name, begin, said + NOTES.get(tensor.dtype, "") + missing(column))


NOTES = {"int64": ": seconds since 1970, UTC"}
"""What a value of a type is, where that is not plain."""
MOST_LABELS = 12
"""Labels that are listed beside a field."""


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
            found.append(
                Cell(named("index" if alone else f"{plain}_index"), "int", 1, value, note="its place among the labels")
            )
        found.append(Cell(plain, c_type(array.dtype), prod(dims), graph.answers[name], note=note))
    return found


def struct(name: str, cells: Sequence[Cell]) -> str:
    """A struct of these fields."""
    return "\n".join([f"struct {name} {{", *(cell.declared() for cell in cells), "};"])


def about(program: Program, data: bytes, name: str, facts: Sequence[str]) -> str:
    """The comment at the top of the file."""
    inside, outside = (", ".join(map(str, columns)) for columns in (program.inputs, program.outputs))
    doc = textwrap.dedent(str(program.manifest.get("doc", ""))).strip()
    head = textwrap.fill(f"{program.manifest.get('function') or name}({inside}) -> {outside}", 110)
    words = {"name": name, "hash": hashlib.sha256(data).hexdigest(), "facts": "\n".join(facts)}
    text = "\n\n".join([head, *([doc] if doc else []), *(each.format(**words) for each in PARAGRAPHS)])
    body = "\n".join(f" * {line}".rstrip() for line in comment(text).split("\n"))
    return f"/*\n{body}\n */"


PARAGRAPHS = (
    """To call it, fill a struct {name}_input: {name}(&input, &answer) then fills a struct {name}_answer and
returns 0, or returns -1 where a pointer or the size of a picture is missing. Texts of an answer are constants.
Other files include this one after #define WISEN_DECLARATIONS, which leaves only what is declared.""",
    """One call at a time: numbers on the way lie in static memory. With -DWISEN_THREAD=_Thread_local each
thread has its own. Nothing is allocated, and loops run equally often in every call, but for the search of a
label in its table, and to make a picture of another size fit.""",
    "{facts}",
    """Written by wisen from the program with the SHA-256
{hash}.""",
    """Compile: cc -std=c99 -O2 -c FILE.c; link with -lm. gcc makes its sums for several widths of vectors, among
which the machine chooses, unless -DWISEN_PLAIN says not to. With -DWISEN_MAIN it is a command that answers rows of
values with commas between them.""",
)
"""What the comment says of every program."""


def indexes_of(graph: Graph) -> dict[str, tuple[str, list[str]]]:
    """For each answer that is one of some labels: the value that tells which, and the labels."""
    found = {}
    names = {value: name for name, value in graph.answers.items()}
    for node in graph.nodes:
        labels = graph.constant(node, 0) if node.op == "Gather" else None
        if labels is not None and labels.dtype.kind in "UO" and labels.ndim == 1 and node.outputs[0] in names:
            found[names[node.outputs[0]]] = (node.inputs[1], [str(label) for label in labels])
    return found
