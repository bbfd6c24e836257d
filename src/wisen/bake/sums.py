"""Operators that make one number of a whole axis: sums, means, extremes, probabilities and the place of the largest."""

from __future__ import annotations

from collections.abc import Callable

from wisen.bake.elementwise import function
from wisen.bake.loops import at, nest
from wisen.bake.places import like
from wisen.bake.sheet import Routine, Sheet
from wisen.bake.steps import Step
from wisen.bake.views import given

REDUCED: dict[str, tuple[str, str, str]] = {
    "ReduceSum": ("0", "found += {v};", "{found}"),
    "ReduceMean": ("0", "found += {v};", "{found} / {count}"),
    "ReduceMax": ("{least}", "if ({v} > found) found = {v};", "{found}"),
    "ReduceMin": ("{most}", "if ({v} < found) found = {v};", "{found}"),
    "ReduceProd": ("1", "found *= {v};", "{found}"),
    "ReduceSumSquare": ("0", "found += {v} * {v};", "{found}"),
    "ReduceL2": ("0", "found += {v} * {v};", "{sqrt}({found})"),
}
"""What each operator begins with, does with each number, and says at last."""


def reduce(sheet: Sheet, step: Step) -> None:
    """ReduceSum, ReduceMean and the like: one number of all along some axes."""
    node, graph = step.first, sheet.graph
    x, out = sheet.place(node.inputs[0]), sheet.make(node.outputs[0])
    axes = given(graph, node, 1, "axes")
    count = len(x.shape)
    axes = [axis % count for axis in axes] if axes else list(range(count))
    kept = out.seen(out.view.reshape([1 if axis in axes else size for axis, size in enumerate(x.shape)]))
    routine = Routine(sheet, step)
    begin, each, end = REDUCED[node.op]
    names = [f"r{axis}" for axis in range(count)]
    outer = [(name, size) for axis, (name, size) in enumerate(zip(names, x.shape, strict=True)) if axis not in axes]
    inner = [(names[axis], x.shape[axis]) for axis in like(x) if axis in axes]
    whole = x.view[tuple(slice(None) if axis in axes else 0 for axis in range(count))].size
    real = x.view.dtype.kind == "f"
    words = {"least": "-INFINITY" if real else "INT64_MIN", "most": "INFINITY" if real else "INT64_MAX"}
    words |= {"found": "found", "count": str(whole), "sqrt": function("sqrt", x.view.dtype), "v": "v"}
    body = [f"{out.buffer.type} found = {begin.format(**words)};"]
    read = f"const {x.buffer.type} v = {routine.read(x)}[{at(names, x.strides)}];"
    body += nest(inner, [read, each.format(**words)])
    body += [f"{routine.write(out)}[{at(names, kept.strides)}] = {end.format(**words)};"]
    routine.done(nest(outer, body))


def softmax(sheet: Sheet, step: Step) -> None:
    """Softmax: numbers as probabilities, along an axis."""

    def body(value: Callable[[str], str], to: Callable[[str], str], size: int, exp: str, type_: str) -> list[str]:
        lines = [f"{type_} most = {value('0')}, sum = 0;"]
        lines += nest([("k", size)], [f"if ({value('k')} > most) most = {value('k')};"])
        lines += nest([("k", size)], [f"{to('k')} = {exp}({value('k')} - most);", f"sum += {to('k')};"])
        return lines + nest([("k", size)], [f"{to('k')} /= sum;"])

    node = step.first
    x, out = sheet.place(node.inputs[0]), sheet.make(node.outputs[0])
    axis = node.attributes.get("axis", -1) % len(x.shape)
    routine = Routine(sheet, step)
    names = [f"r{a}" for a in range(len(x.shape))]

    def value(k: str) -> str:
        return f"{routine.read(x)}[{at([k if a == axis else n for a, n in enumerate(names)], x.strides)}]"

    def to(k: str) -> str:
        return f"{routine.write(out)}[{at([k if a == axis else n for a, n in enumerate(names)], out.strides)}]"

    lines = body(value, to, x.shape[axis], function("exp", x.view.dtype), x.buffer.type)
    outer = [(name, size) for a, (name, size) in enumerate(zip(names, x.shape, strict=True)) if a != axis]
    routine.done(nest(outer, lines))


def arg_max(sheet: Sheet, step: Step) -> None:
    """ArgMax: the place of the largest number of an axis, the first where several are."""
    node = step.first
    x, out = sheet.place(node.inputs[0]), sheet.make(node.outputs[0])
    count = len(x.shape)
    axis = node.attributes.get("axis", 0) % count
    kept = out.seen(out.view.reshape([1 if a == axis else size for a, size in enumerate(x.shape)]))
    routine = Routine(sheet, step)
    names = [f"r{a}" for a in range(count)]
    here = at([*names[:axis], "k", *names[axis + 1 :]], x.strides)
    best = at([*names[:axis], "best", *names[axis + 1 :]], x.strides)
    sign = "<" if node.op == "ArgMin" else ">"
    body = ["int best = 0;", f"for (int k = 1; k < {x.shape[axis]}; k++) {{"]
    body += [f"    if ({routine.read(x)}[{here}] {sign} {routine.read(x)}[{best}]) best = k;", "}"]
    body += [f"{routine.write(out)}[{at(names, kept.strides)}] = best;"]
    routine.done(nest([(n, s) for a, (n, s) in enumerate(zip(names, x.shape, strict=True)) if a != axis], body))
