"""Operators that look at windows of a picture or of a series: convolution and pooling.

Channels lie beside each other, so that the innermost loops are over numbers that do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wisen.bake.graph import Node
from wisen.bake.loops import at, nest
from wisen.bake.places import Place
from wisen.bake.products import Product, written
from wisen.bake.sheet import Routine, Sheet
from wisen.bake.steps import Step
from wisen.errors import BadProgram


@dataclass(frozen=True)
class Window:
    """Where a window looks: its sides, how far it goes each time, what is beyond the edges, and the steps inside."""

    sides: tuple[int, ...]
    strides: tuple[int, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]
    apart: tuple[int, ...]


def window_of(node: Node, sides: Sequence[int], shape: Sequence[int], made: Sequence[int]) -> Window:
    """The window of a node, for an input and an output of these shapes."""
    axes = len(sides)
    strides = tuple(node.attributes.get("strides", [1] * axes))
    apart = tuple(node.attributes.get("dilations", [1] * axes))
    pads = list(node.attributes.get("pads", [0] * 2 * axes))
    how = node.attributes.get("auto_pad", b"NOTSET").decode()
    reach = [(side - 1) * step + 1 for side, step in zip(sides, apart, strict=True)]
    if how.startswith("SAME"):
        for axis in range(axes):
            total = max((made[axis] - 1) * strides[axis] + reach[axis] - shape[axis], 0)
            pads[axis] = total // 2 if how == "SAME_UPPER" else total - total // 2
            pads[axis + axes] = total - pads[axis]
    return Window(tuple(sides), strides, tuple(pads[:axes]), tuple(pads[axes:]), apart)


def channels_last(count: int) -> list[int]:
    """The order of so many axes, the channels as the fastest."""
    return [0, *range(2, count), 1]


def conv(sheet: Sheet, step: Step) -> None:
    """Conv: sums of products over a window, for each place."""
    node, graph = step.first, sheet.graph
    weights, bias = graph.constant(node, 1), graph.constant(node, 2)
    if weights is None or (bias is None and len(node.inputs) > 2 and node.inputs[2]):
        raise BadProgram("it has a Conv whose weights are no constants")
    if node.attributes.get("group", 1) != 1:
        raise BadProgram("it has a Conv whose channels are divided into groups")
    shape, made = graph.shape(node.inputs[0]), graph.shape(node.outputs[0])
    window = window_of(node, weights.shape[2:], shape[2:], made[2:])
    x = padded(sheet, step, sheet.place(node.inputs[0]), window)
    sheet.outputs(step, channels_last(len(made)))
    names = [f"p{axis}" for axis in range(len(window.sides))]
    steps = x.strides
    outer = [("b", made[0], steps[0])]  # twins are read as one batch
    outer += [(name, made[2 + a], steps[2 + a] * window.strides[a]) for a, name in enumerate(names)]
    inner = [(f"k{axis}", side, steps[2 + axis] * window.apart[axis]) for axis, side in enumerate(window.sides)]
    inner.append(("c", shape[1], steps[1]))
    ordered = weights.transpose(*range(2, weights.ndim), 1, 0).reshape(1, -1, weights.shape[0])
    written(sheet, step, Product(x, outer, in_one(inner), ordered, bias), ["b", "", *names])


def in_one(loops: list[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    """Loops of which two are one where all that they visit lies at equal distances."""
    found: list[tuple[str, int, int]] = []
    for name, size, stride in loops:
        if size == 1 and len(loops) > 1:
            continue
        if found and found[-1][2] == stride * size:
            found[-1] = (found[-1][0], found[-1][1] * size, stride)
        else:
            found.append((name, size, stride))
    return found or [loops[-1]]


def padded(sheet: Sheet, step: Step, x: Place, window: Window) -> Place:
    """The place itself, or a copy whose channels lie beside each other, with nothing around the edges."""
    count = len(x.shape)
    if not any((*window.before, *window.after)) and x.strides[1] in (0, 1):
        return x
    sides = [
        before + size + after for before, size, after in zip(window.before, x.shape[2:], window.after, strict=True)
    ]
    wide = sheet.room((*x.shape[:2], *sides), x.view.dtype, channels_last(count))
    routine = Routine(sheet, step, "pad")
    inside = tuple(slice(b, b + size) for b, size in zip(window.before, x.shape[2:], strict=True))
    inner = wide.seen(wide.view[(slice(None), slice(None), *inside)])
    body = (
        [f"memset({routine.write(wide)}, 0, {wide.view.size} * sizeof *{routine.write(wide)});"]
        if any((*window.before, *window.after))
        else []
    )
    names = [f"p{axis}" for axis in range(count - 2)]
    loops = [("b", x.shape[0]), *zip(names, x.shape[2:], strict=True), ("c", x.shape[1])]
    to = at(["b", "c", *names], inner.strides, inner.offset)
    source = at(["b", "c", *names], x.strides)
    body += nest(loops, [f"{routine.write(wide)}[{to}] = {routine.read(x)}[{source}];"])
    routine.done(body, "The same with zeros around it")
    return wide


def pool(sheet: Sheet, step: Step) -> None:
    """MaxPool and AveragePool: the largest or the mean of each window, of what lies inside the picture."""
    node, graph = step.first, sheet.graph
    average = node.op == "AveragePool"
    shape, made = graph.shape(node.inputs[0]), graph.shape(node.outputs[0])
    if len(node.outputs) > 1 and sheet.stored(node.outputs[1], step):
        raise BadProgram("it has a MaxPool that says where it found what it says")
    whole = average and node.attributes.get("count_include_pad", 0)
    if whole and node.attributes.get("ceil_mode", 0):
        raise BadProgram("it has an AveragePool that counts what is beyond the edges, and goes beyond them")
    window = window_of(node, node.attributes["kernel_shape"], shape[2:], made[2:])
    x, out = sheet.place(node.inputs[0]), sheet.make(node.outputs[0], channels_last(len(made)))
    routine = Routine(sheet, step)
    type_, axes = x.buffer.type, range(len(window.sides))
    to = f"{routine.write(out)}[{at(['b', 'c', *(f'p{a}' for a in axes)], out.strides)}]"
    first = "0" if average else "-INFINITY" if out.view.dtype.kind == "f" else "0"
    body = nest([("c", shape[1])], [f"{to} = {first};"])
    body += ["int count = 0;"] if average and not whole else []
    places = [at([f"p{a}", f"k{a}"], [window.strides[a], window.apart[a]], -window.before[a]) for a in axes]
    inner = [f"const int q{a} = {places[a]};" for a in axes if shape[2 + a] > 1 or beyond(window, a, 1, made[2 + a])]
    outside = [test for a in axes for test in beyond(window, a, shape[2 + a], made[2 + a])]
    inner += [f"if ({' || '.join(outside)}) continue;"] if outside else []
    source = at(["b", "c", *(f"q{a}" for a in axes)], x.strides)
    value = f"{routine.read(x)}[{source}]"
    body_ = [f"{to} += {value};"] if average else [f"const {type_} v = {value};", f"if (v > {to}) {to} = v;"]
    inner += [*nest([("c", shape[1])], body_), *(["count++;"] if average and not whole else [])]
    body += nest([(f"k{a}", window.sides[a]) for a in axes], inner)
    if average:
        counted = int(np.prod(window.sides)) if whole else "count"
        body += nest([("c", shape[1])], [f"{to} /= {counted};"])
    routine.done(nest([("b", made[0]), *((f"p{a}", made[2 + a]) for a in axes)], body))


def beyond(window: Window, axis: int, size: int, made: int) -> list[str]:
    """The tests of whether a place lies beyond the edges, those that can be."""
    last = (made - 1) * window.strides[axis] - window.before[axis] + (window.sides[axis] - 1) * window.apart[axis]
    return [f"q{axis} < 0"] * (window.before[axis] > 0) + [f"q{axis} >= {size}"] * (last >= size)
