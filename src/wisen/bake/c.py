"""A program as one C99 file: the graph made plain, its steps, the memory they share, and what a caller sees."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import onnx

from wisen.bake.graph import Graph, graph_of
from wisen.bake.interface import Cell, about, cells_in, cells_out, indexes_of, shapes, struct
from wisen.bake.operators import KNOWN, OPERATORS
from wisen.bake.places import arena, fresh, planned
from wisen.bake.sheet import Sheet
from wisen.bake.standalone import HEAD, HELPERS, filled, main_of
from wisen.bake.steps import Step, steps_of
from wisen.bake.views import VIEWS
from wisen.bake.words import SIZES, function_named, quoted
from wisen.errors import BadProgram
from wisen.program import Program


def written(data: bytes, program: Program) -> bytes:
    """The bytes of the C file of a program; raises BadProgram where there is something that it cannot take."""
    try:
        return text(data, program).encode()
    except BadProgram as error:
        hint = error.hint or "Call its ONNX file, which any ONNX runtime runs; see `wisen inspect` for its tensors."
        raise BadProgram(f"{program.title} cannot be written as C: {error.message}", hint) from error


def text(data: bytes, program: Program) -> str:
    """The C file of a program."""
    model = onnx.load_from_string(data)
    graph = plain(model, program, resized=True)
    if any(node.op == "Resize" for node in graph.nodes):  # from the picture as it is, to several sizes
        graph = plain(model, program, resized=False)
    blank = {name: graph.sample[name] for name in graph.inputs}
    indexes = indexes_of(graph)
    drawing = drawn(graph, cells_in(program, blank, graph), cells_out(program, graph, indexes))
    name = function_named(str(program.manifest.get("function", "")) or "program")
    labels = {each: words for each, (_, words) in indexes.items()}
    return drawing.text(name, about(program, data, name, facts(drawing, program, labels)))


def plain(model: onnx.ModelProto, program: Program, resized: bool) -> Graph:
    """The graph of one example; pictures are `resized` before they enter it, or have the size of the network."""
    blank = shapes(program, resized)
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    for each in copy.graph.input:
        if each.name in blank and blank[each.name].dtype == "float32":
            each.type.tensor_type.elem_type = onnx.TensorProto.FLOAT
    return graph_of(copy, blank, list(program.names))


@dataclass(frozen=True)
class Drawing:
    """A graph as functions of C, and where its values lie."""

    sheet: Sheet
    into: Sequence[Cell]
    out: Sequence[Cell]
    sizes: Mapping[str, int]
    """How many numbers of each C type are on the way at once."""

    def text(self, name: str, heading: str) -> str:
        """The file, with a function of that name, and a comment at the top."""
        sheet = self.sheet
        arenas = [
            f"static WISEN_THREAD {type_}{'' if type_.endswith('*') else ' '}{arena(type_)}[{size}];"
            for type_, size in self.sizes.items()
        ]
        parts = [
            heading,
            filled(HEAD, {"GUARD": f"WISEN_{name}_DECLARED", "DECLARED": self.declared(name)}),
            "#ifndef WISEN_DECLARATIONS",
            *(HELPERS[word] for word in sorted(sheet.needs)),
            "/* Numbers on the way from input to answer; steps that never need theirs at once share them. */",
            "\n".join(arenas),
            *sheet.tables,
            *sheet.functions,
            self.caller(name),
            main_of(name, self.into, self.out),
            "#endif\n",
        ]
        return "\n\n".join(parts)

    def declared(self, name: str) -> str:
        """What a caller has to know."""
        call = f"int {name}(const struct {name}_input *input, struct {name}_answer *answer);"
        return "\n\n".join([struct(f"{name}_input", self.into), struct(f"{name}_answer", self.out), call])

    def caller(self, name: str) -> str:
        """The function of the program: values in, steps, answers out."""
        fixed = [cell for cell in self.into if cell.pointer and not cell.size]
        lines = [f"if ({' || '.join(['!input', '!answer', *(f'!input->{cell.name}' for cell in fixed)])}) return -1;"]
        for cell in (cell for cell in self.into if cell.value and cell not in fixed):
            if cell.size:
                lines.append(fitted(cell, self.into, self.sheet.places[cell.value].pointer()))
                continue
            buffer = self.sheet.places[cell.value].buffer
            lines.append(moved(f"{arena(buffer.type)}[", buffer.offset + cell.begin, f"input->{cell.name}", cell.count))
        lines += [call() for call in self.sheet.calls]
        for cell in self.out:
            place = self.sheet.place(cell.value)
            begin = place.offset + (0 if place.buffer.given else place.buffer.offset)
            base = place.buffer.given or arena(place.buffer.type)
            lines.append(answered(cell, base, begin))
        body = "\n".join(f"    {line}" for line in [*lines, "return 0;"])
        return f"int {name}(const struct {name}_input *input, struct {name}_answer *answer)\n{{\n{body}\n}}"


def drawn(graph: Graph, into: Sequence[Cell], out: Sequence[Cell]) -> Drawing:
    """The drawing of a graph, for what a caller gives and gets; raises BadProgram where there are operators that cannot
    be written."""
    strange = sorted({node.op for node in graph.nodes} - KNOWN)
    if strange:
        raise BadProgram(f"it needs {', '.join(strange)}, of which no fixed loops are made")
    if any(node.op == "Equal" and graph.sample[node.inputs[0]].dtype.kind in "UO" for node in graph.nodes):
        raise BadProgram("it compares texts, of which C has only the addresses")
    steps = steps_of(graph)
    readers: dict[str, list[int]] = {}
    for step in steps:
        for name in {name for node in step.nodes for name in node.inputs}:
            readers.setdefault(name, []).append(step.number)
    for cell in out:
        readers.setdefault(cell.value, []).append(len(steps) + len(out))  # after the last copy of `in_one_piece`
    sheet = Sheet(graph, readers)
    pointed = {cell.value: cell for cell in into if cell.pointer and not cell.size}
    for name in graph.inputs:
        sample = graph.sample[name]
        if name in pointed:
            sheet.places[name] = fresh(sample.shape, sample.dtype, given=f"input->{pointed[name].name}")
        else:
            sheet.put(name, sheet.room(sample.shape, sample.dtype))
    sheet.needs |= {"fit"} if any(cell.size for cell in into) else set()
    for step in steps:
        sheet.now = step.number
        draw(sheet, step)
    in_one_piece(sheet, out)
    return Drawing(sheet, into, out, planned(sheet.buffers))


def draw(sheet: Sheet, step: Step) -> None:
    """One step: another view of what is there, or a function."""
    node = step.first
    if node.op in VIEWS:
        place = sheet.place(node.inputs[0])
        with contextlib.suppress(ValueError):
            views = VIEWS[node.op](sheet.graph, node, place.view)
            for name, view in zip(node.outputs, views, strict=True):
                sheet.put(name, place.seen(view))
            return
    OPERATORS[node.op](sheet, step)


def in_one_piece(sheet: Sheet, out: Sequence[Cell]) -> None:
    """Copies answers whose numbers do not lie one behind the other."""
    from wisen.bake.graph import Node
    from wisen.bake.moves import tidied

    for name in dict.fromkeys(cell.value for cell in out):
        if not sheet.place(name).view.flags.c_contiguous:
            sheet.now += 1
            tidied(sheet, Step(sheet.now, [Node("Answer", [name], [name])]))


def fitted(cell: Cell, into: Sequence[Cell], to: str) -> str:
    """The statement that makes a picture of any size one of the size of the network."""
    place = list(into).index(cell)
    given = ", ".join(f"input->{each.name}" for each in into[place : place + 3])
    return f"if (!wisen_fit({given}, {to}, {', '.join(map(str, cell.size))})) return -1;"


def moved(target: str, begin: int, source: str, count: int) -> str:
    """The statement that copies a field of the input into memory."""
    if count == 1:
        return f"{target}{begin}] = {source};"
    return f"for (int i = 0; i < {count}; i++) {target}{begin} + i] = {source}[i];"


def answered(cell: Cell, base: str, begin: int) -> str:
    """The statement that copies numbers into a field of the answer."""
    cast = "(int)" if cell.type == "int" else ""
    if cell.count == 1:
        return f"answer->{cell.name} = {cast}{base}[{begin}];"
    return f"for (int i = 0; i < {cell.count}; i++) answer->{cell.name}[i] = {base}[{begin} + i];"


def facts(drawing: Drawing, program: Program, labels: Mapping[str, Sequence[str]]) -> list[str]:
    """What a person wants to know of the file: labels, memory and operations."""
    memory = sum(size * SIZES[type_] for type_, size in drawing.sizes.items())
    every = [f"{name}: {', '.join(map(quoted, words))}." for name, words in labels.items()]
    cost = program.manifest.get("cost", {}).get("operations")
    work = f"; {cost:,} floating-point operations a call" if cost else ""
    lines = ["Labels, in the order of their places:", *(f"  {line}" for line in every)] if every else []
    return [*lines, f"Constants: {drawing.sheet.weights:,} bytes; static memory: {memory:,} bytes{work}."]
