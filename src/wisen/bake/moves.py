"""Operators that move numbers: what is put side by side, padded, picked or looked up."""

from __future__ import annotations

import numpy as np

from wisen.bake.graph import Node
from wisen.bake.loops import VARIABLES, at, merged, nest
from wisen.bake.places import Place, like
from wisen.bake.sheet import Routine, Sheet, around, one_by_one
from wisen.bake.steps import Step
from wisen.bake.views import given
from wisen.bake.words import number
from wisen.errors import BadProgram


def pointwise(sheet: Sheet, step: Step) -> None:
    """All operators that make one number of one or more others: one loop for the whole chain of them."""
    shape = sheet.graph.shape(step.first.outputs[0])
    before = [sheet.places[n] for n in step.reads if n in sheet.places and sheet.places[n].shape == shape]
    largest = max(before, key=lambda place: place.buffer.memory.size, default=None)
    sheet.outputs(step, like(largest) if largest is not None else None)
    known = around(sheet, step.nodes, shape, step.inside)
    names = sorted(known, key=lambda name: name not in step.inside)  # first those that are written
    counts, strides = merged(shape, [known[name] for name in names])
    variables = VARIABLES[: len(counts)]
    routine = Routine(sheet, step)
    body = one_by_one(routine, step.nodes, variables, dict(zip(names, strides, strict=True)), {})
    routine.done(nest(list(zip(variables, counts, strict=True)), body))


def copied(routine: Routine, source: Place, to: Place, whole: Place) -> list[str]:
    """The loops that copy the numbers of a place into a part of that shape of a whole."""
    counts, (written, read) = merged(source.shape, [to.strides, source.strides])
    variables = VARIABLES[: len(counts)]
    target = at(variables, written, to.offset - whole.offset)
    line = f"{routine.write(whole)}[{target}] = {routine.read(source)}[{at(variables, read)}];"
    return nest(list(zip(variables, counts, strict=True)), [line])


def copy(sheet: Sheet, step: Step) -> None:
    """A new shape of numbers that have to be moved for it."""
    node = step.first
    source, out = sheet.place(node.inputs[0]), sheet.make(node.outputs[0])
    routine = Routine(sheet, step)
    routine.done(copied(routine, source, out.seen(out.view.reshape(source.shape)), out))


def tidied(sheet: Sheet, step: Step) -> None:
    """An answer whose numbers lie one behind the other."""
    name = step.first.inputs[0]
    source = sheet.places[name]
    source.buffer.last = max(source.buffer.last, step.number)
    out = sheet.make(name)
    routine = Routine(sheet, step)
    routine.done(copied(routine, source, out, out), "The numbers one behind the other")


def concat(sheet: Sheet, step: Step) -> None:
    """Concat: values side by side along an axis."""
    node = step.first
    parts = [sheet.place(name) for name in node.inputs if sheet.graph.sample[name].size]
    widest = max(parts, key=lambda part: part.view.size)
    out = sheet.make(node.outputs[0], like(widest) if len(widest.shape) > 2 else None)
    axis, begin = node.attributes["axis"] % len(out.shape), 0
    routine = Routine(sheet, step)
    body: list[str] = []
    for part in parts:
        index = (slice(None),) * axis + (slice(begin, begin + part.shape[axis]),)
        body += copied(routine, part, out.seen(out.view[index]), out)
        begin += part.shape[axis]
    routine.done(body)


def pad(sheet: Sheet, step: Step) -> None:
    """Pad: one number all around."""
    node, graph = step.first, sheet.graph
    if node.attributes.get("mode", b"constant") != b"constant":
        raise BadProgram("it has a Pad that repeats what it finds")
    pads, array = given(graph, node, 1, "pads"), graph.constant(node, 2)
    source, axes = sheet.place(node.inputs[0]), given(graph, node, 3, "axes")
    if pads is None or (array is None and len(node.inputs) > 2 and node.inputs[2]):
        raise BadProgram("it has a Pad whose width is no constant")
    axes = [axis % len(source.shape) for axis in axes] if axes else list(range(len(source.shape)))
    before = dict(zip(axes, pads[: len(axes)], strict=True))
    out = sheet.make(node.outputs[0], like(source))
    filler = np.zeros((), out.view.dtype) if array is None else array.ravel()[0]
    routine = Routine(sheet, step)
    cells = out.view.size
    body = nest([("i", cells)], [f"{routine.write(out)}[i] = {number(filler, out.view.dtype)};"])
    if min(pads) < 0:
        raise BadProgram("it has a Pad that cuts")
    index = tuple(slice(before.get(a, 0), before.get(a, 0) + n) for a, n in enumerate(source.shape))
    routine.done(body + copied(routine, source, out.seen(out.view[index]), out))


def gather(sheet: Sheet, step: Step) -> None:
    """Gather: numbers or texts at some places of an axis."""
    node, graph = step.first, sheet.graph
    source, array = sheet.place(node.inputs[0]), graph.constant(node, 1)
    axis = node.attributes.get("axis", 0) % len(source.shape)
    size, count = source.shape[axis], len(graph.shape(node.inputs[1]))
    out = sheet.make(node.outputs[0])
    routine = Routine(sheet, step)
    names = [f"r{a}" for a in range(len(out.shape))]
    lines: list[str] = []
    if size == 1:
        which = "0"
    elif array is not None and array.size == 1:
        which = str(int(array.ravel()[0]) % size)
    else:
        places = sheet.place(node.inputs[1])
        index = f"{routine.read(places)}[{at(names[axis : axis + count], places.strides)}]"
        lines.append(f"const int64_t place = {index};")
        which = "place" if array is not None and (array >= 0).all() else f"(place < 0 ? place + {size} : place)"
    read = at([*names[:axis], which, *names[axis + count :]], source.strides)
    lines.append(f"{routine.write(out)}[{at(names, out.strides)}] = {routine.read(source)}[{read}];")
    routine.done(nest(list(zip(names, out.shape, strict=True)), lines))


def lookup(sheet: Sheet, step: Step) -> None:
    """The number of each text in the table of its column."""
    node = step.first
    source, out = sheet.place(node.inputs[0]), sheet.make(node.outputs[0])
    routine = Routine(sheet, step)
    lines = []
    for place, found in enumerate(node.attributes["tables"]):
        keys = sorted(found, key=lambda key: key.encode("utf-8", "surrogatepass"))
        texts = sheet.constant("labels", np.array(keys, dtype=object))
        ids = sheet.constant("ids", np.array([found[key] for key in keys], np.int64))
        x, y = (f"{name}[{place}]" for name in (routine.read(source), routine.write(out)))
        lines.append(f"{y} = wisen_look_up({x}, {texts}, {ids}, {len(keys)}, {node.attributes['other']});")
    routine.done(lines, "The number of each label in the table of its column")
    sheet.needs.add("look_up")


def resize(sheet: Sheet, step: Step) -> None:
    """Resize: a picture of another size, each number a weighted sum of numbers along an axis, one axis at a time."""
    node, graph = step.first, sheet.graph
    x, shape = sheet.place(node.inputs[0]), graph.shape(node.outputs[0])
    for axis in [axis for axis in range(len(shape)) if shape[axis] != x.shape[axis]]:
        last = x.shape[:axis] == shape[:axis] and x.shape[axis + 1 :] == shape[axis + 1 :]
        sizes = (*x.shape[:axis], shape[axis], *x.shape[axis + 1 :])
        out = sheet.make(node.outputs[0], like(x)) if last else sheet.room(sizes, x.view.dtype, like(x))
        weights = along(node, x.shape[axis], shape[axis], shape[axis] / graph.shape(node.inputs[0])[axis])
        resized(Routine(sheet, step, f"resize_axis{axis}"), x, out, axis, weights)
        x = out


def along(node: Node, size: int, wanted: int, scale: float) -> np.ndarray:
    """How much each number of an axis counts for each of those it becomes, [wanted, size]: as ONNX Runtime says."""
    from onnx import TensorProto, helper

    from wisen.manifest import session_of

    attributes = {k: v for k, v in node.attributes.items() if k not in ("axes", "keep_aspect_ratio_policy")}
    made = helper.make_node("Resize", ["x", "", "", "sizes"], ["y"], **attributes)
    sizes = helper.make_tensor("sizes", TensorProto.INT64, [4], [1, size, wanted, 1])
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in "xy")
    graph = helper.make_graph([made], "g", [x], [y], [sizes])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)
    run = session_of(model.SerializeToString(), "a resize").run
    found: np.ndarray = run(None, {"x": np.eye(size, dtype=np.float32)[None, :, :, None]})[0][0, :, :, 0].T
    return found


def resized(routine: Routine, x: Place, out: Place, axis: int, weights: np.ndarray) -> None:
    """Writes the function that makes an axis of another size."""
    first = np.array([int(np.flatnonzero(row)[0]) if row.any() else 0 for row in weights])
    last = np.array([int(np.flatnonzero(row)[-1]) if row.any() else 0 for row in weights])
    most = int((last - first).max()) + 1
    first = np.minimum(first, weights.shape[1] - most)
    near = np.stack([row[begin : begin + most] for row, begin in zip(weights, first, strict=True)])
    sheet = routine.sheet
    begins, shares = sheet.constant("begins", first.astype(np.int32)), sheet.constant("shares", near)
    names = [f"r{a}" for a in range(len(out.shape))]
    place = [f"({begins}[{name}] + k)" if a == axis else name for a, name in enumerate(names)]
    share = f"{shares}[{at([names[axis], 'k'], [most, 1])}]"
    body = [f"{out.buffer.type} sum = 0;"]
    body += nest([("k", most)], [f"sum += {routine.read(x)}[{at(place, x.strides)}] * {share};"])
    body += [f"{routine.write(out)}[{at(names, out.strides)}] = sum;"]
    routine.done(
        nest(list(zip(names, out.shape, strict=True)), body),
        f"Axis {axis}: from {weights.shape[1]} to {weights.shape[0]}",
    )
