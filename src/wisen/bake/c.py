"""A program as one C99 file: the graph made plain, its steps, the memory they share, and what a caller sees."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import onnx

from wisen.bake.graph import Graph, graph_of
from wisen.bake.interface import Cell, about, cells_in, cells_out, indexes_of, shapes, struct
from wisen.bake.operators import KNOWN, OPERATORS
from wisen.bake.places import arena, fresh, planned
from wisen.bake.sheet import Sheet
from wisen.bake.standalone import HEAD, HELPERS, filled, main_of
from wisen.bake.steps import Step, steps_of
from wisen.bake.views import VIEWS
from wisen.bake.words import TAKEN, named, quoted
from wisen.errors import BadProgram
from wisen.program import Program


def written(data: bytes, program: Program) -> bytes:
    """The bytes of the C file of a program; raises BadProgram where there is something that it cannot take."""
    try:
        return text(data, program).encode()
    except BadProgram as error:
        hint = error.hint or "Call its ONNX file, which any ONNX runtime runs; --to html writes a page that does."
        raise BadProgram(f"{program.title} cannot be written as C: {error.message}", hint) from error


def text(data: bytes, program: Program) -> str:
    """The C file of a program."""
    blank = shapes(program)
    graph = graph_of(onnx.load_from_string(data), blank, list(program.names))
    check(graph)
    indexes = indexes_of(graph)
    into, out = cells_in(program, blank), cells_out(program, graph, indexes)
    wanted = list(dict.fromkeys(cell.value for cell in out))
    sheet = drawn(graph, wanted, into)
    sizes = planned(sheet.buffers)
    name = named(str(program.manifest.get("function", "")) or "program", TAKEN)
    facts = facts_of(sheet, program, sizes, indexes)
    parts = [
        about(program, data, name, facts),
        filled(HEAD, {"GUARD": f"{name.upper()}_DECLARED", "DECLARED": declared(name, into, out)}),
        "#ifndef WISEN_DECLARATIONS",
        *(HELPERS[word] for word in sorted(sheet.needs)),
        *(f"static WISEN_THREAD {type_}{'' if type_.endswith('*') else ' '}{arena(type_)}[{size}];" for type_, size in sizes.items()),
        *sheet.tables,
        *sheet.functions,
        caller(sheet, name, into, out),
        main_of(name, into, out),
        "#endif\n",
    ]
    return "\n\n".join(parts)


def check(graph: Graph) -> None:
    """Raises BadProgram where a graph has operators that cannot be written."""
    strange = sorted({node.op for node in graph.nodes} - KNOWN)
    if strange:
        raise BadProgram(f"it needs {', '.join(strange)}, which fixed loops cannot do here")


def drawn(graph: Graph, outputs: Sequence[str], into: Sequence[Cell]) -> Sheet:
    """The sheet with all steps of a graph."""
    steps = steps_of(graph)
    readers: dict[str, list[int]] = {}
    for step in steps:
        for name in {name for node in step.nodes for name in node.inputs}:
            readers.setdefault(name, []).append(step.number)
    for name in outputs:
        readers.setdefault(name, []).append(len(steps))
    sheet = Sheet(graph, readers)
    pointed = {cell.value: cell for cell in into if cell.pointer}
    for name in graph.inputs:
        sample = graph.sample[name]
        if name in pointed:
            sheet.places[name] = fresh(sample.shape, sample.dtype, given=f"input->{pointed[name].name}")
        else:
            sheet.put(name, sheet.room(sample.shape, sample.dtype))
    for step in steps:
        sheet.now = step.number
        draw(sheet, step)
    return sheet


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


def declared(name: str, into: Sequence[Cell], out: Sequence[Cell]) -> str:
    """What a caller has to know."""
    call = f"int {name}(const struct {name}_input *input, struct {name}_answer *answer);"
    return "\n\n".join([struct(f"{name}_input", into), struct(f"{name}_answer", out), call])


def caller(sheet: Sheet, name: str, into: Sequence[Cell], out: Sequence[Cell]) -> str:
    """The function of the program: values in, steps, answers out."""
    tests = ["!input", "!answer", *(f"!input->{cell.name}" for cell in into if cell.pointer)]
    lines = [f"if ({' || '.join(tests)}) return -1;"]
    for cell in (cell for cell in into if not cell.pointer):
        place = sheet.places[cell.value]
        lines += moved(f"{arena(place.buffer.type)}[{place.buffer.offset + cell.begin}", f"input->{cell.name}", cell.count)
    lines += [call() for call in sheet.calls]
    for cell in out:
        place = sheet.place(cell.value)
        base = place.buffer.given or arena(place.buffer.type)
        begin = place.buffer.offset + place.offset if not place.buffer.given else place.offset
        contiguous = place.seen(place.view)
        assert contiguous.view.size == max(cell.count, 1)
        lines += answered(cell, base, begin, place.view.flags.c_contiguous)
    body = "\n".join(f"    {line}" for line in [*lines, "return 0;"])
    return f"int {name}(const struct {name}_input *input, struct {name}_answer *answer)\n{{\n{body}\n}}"


def moved(target: str, source: str, count: int) -> list[str]:
    """The statements that copy a field of the input into memory."""
    if count == 1:
        return [f"{target}] = {source};"]
    return [f"for (int i = 0; i < {count}; i++) {target} + i] = {source}[i];"]


def answered(cell: Cell, base: str, begin: int, whole: bool) -> list[str]:
    """The statements that copy numbers into a field of the answer."""
    assert whole, f"{cell.name} does not lie in one piece"
    cast = "(int)" if cell.type == "int" else ""
    if cell.count == 1:
        return [f"answer->{cell.name} = {cast}{base}[{begin}];"]
    return [f"for (int i = 0; i < {cell.count}; i++) answer->{cell.name}[i] = {base}[{begin} + i];"]


def facts_of(sheet: Sheet, program: Program, sizes: dict[str, int], indexes: dict[str, tuple[str, list[str]]]) -> list[str]:
    """What a person wants to know of the file: labels, memory and operations."""
    bytes_ = {"float": 4, "double": 8, "int64_t": 8, "int32_t": 4, "uint8_t": 1, "int8_t": 1}
    memory = sum(size * bytes_.get(type_, 8) for type_, size in sizes.items())
    lines = [
        f"Labels of {name}, in the order of their places: {', '.join(map(quoted, labels))}." for name, (_, labels) in indexes.items()
    ]
    cost = program.manifest.get("cost", {}).get("operations")
    work = f"; {cost:,} floating-point operations a call" if cost else ""
    return [*lines, f"Constants: {sheet.weights:,} bytes; static memory: {memory:,} bytes{work}."]
