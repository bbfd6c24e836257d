"""Operators that are sums of products: what most of the time of a call goes to.

Weights are stored in the order in which they are read: in blocks of outputs, whose sums a compiler keeps in
registers. Sums go in one order on every machine, so that answers do, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wisen.bake.loops import at, nest
from wisen.bake.places import Place
from wisen.bake.sheet import Routine, Sheet, around, one_by_one
from wisen.bake.steps import Step
from wisen.errors import BadProgram

BLOCK, WHOLE = 32, 48
"""Outputs of a block; so many or fewer are one block."""


@dataclass(frozen=True)
class Product:
    """Sums of products of what is read with constant weights, for each output of each of the outer loops.

    `outer` are the loops over rows, `inner` those over what is summed, each with the strides of what is read;
    `weights` are [groups, summed, outputs], of which the group `group` is taken.
    """

    x: Place
    outer: Sequence[tuple[str, int, int]]
    inner: Sequence[tuple[str, int, int]]
    weights: np.ndarray
    bias: np.ndarray | None = None
    group: str = ""


def gemm(sheet: Sheet, step: Step) -> None:
    """Gemm: a product with constant weights, and a bias."""
    node = step.first
    weights, bias = sheet.graph.constant(node, 1), sheet.graph.constant(node, 2)
    if weights is None or (bias is None and len(node.inputs) > 2 and node.inputs[2]):
        raise BadProgram("it has a Gemm whose weights are no constants")
    x = sheet.place(node.inputs[0])
    x = x.seen(x.view.T) if node.attributes.get("transA") else x
    weights = weights.T if node.attributes.get("transB") else weights
    weights = weights * weights.dtype.type(node.attributes.get("alpha", 1.0))
    if bias is not None:
        bias = bias * bias.dtype.type(node.attributes.get("beta", 1.0))
        every = np.broadcast_to(bias, (x.shape[0], weights.shape[1]))
        if not (every == every[:1]).all():
            raise BadProgram("it has a Gemm with a bias for each row")
        bias = every[0]
    sheet.outputs(step)
    rows, deep = x.strides
    product = Product(x, [("row", x.shape[0], rows)], [("k", x.shape[1], deep)], weights[None], bias)
    written(sheet, step, product, ["row"])


def matmul(sheet: Sheet, step: Step) -> None:
    """MatMul: a product with constant weights, perhaps others for each row of the first axes; or of two values."""
    node, graph = step.first, sheet.graph
    weights, shape = graph.constant(node, 1), graph.shape(node.outputs[0])
    if weights is None or weights.ndim < 2 or len(graph.shape(node.inputs[0])) < 2:
        free_matmul(sheet, step)
        return
    x = sheet.place(node.inputs[0])
    x = x.seen(np.broadcast_to(x.view, (*shape[:-2], *x.shape[-2:])))
    names = [f"r{axis}" for axis in range(len(shape) - 1)]
    outer = [(name, shape[axis], x.strides[axis]) for axis, name in enumerate(names)]
    groups = np.arange(int(np.prod(weights.shape[:-2])))
    groups = np.broadcast_to(groups.reshape(weights.shape[:-2]), shape[:-2])
    steps = [0 if n == 1 else s // groups.itemsize for n, s in zip(groups.shape, groups.strides, strict=True)]
    which = at(names[:-1], steps) if any(steps) else ""
    flat = weights.reshape(-1, *weights.shape[-2:])
    sheet.outputs(step)
    written(sheet, step, Product(x, outer, [("k", x.shape[-1], x.strides[-1])], flat, None, which), names)


def free_matmul(sheet: Sheet, step: Step) -> None:
    """A product of two values, neither of which need be a constant."""
    node = step.first
    first, second = (sheet.place(name) for name in node.inputs)
    a = first.view[None] if first.view.ndim == 1 else first.view
    b = second.view[:, None] if second.view.ndim == 1 else second.view
    many = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    left, right = (
        place.seen(np.broadcast_to(view, (*many, *view.shape[-2:]))) for place, view in ((first, a), (second, b))
    )
    sizes = (*many, a.shape[-2], b.shape[-1])
    names = [f"r{axis}" for axis in range(len(sizes))]
    sheet.outputs(step)
    routine = Routine(sheet, step)
    type_ = first.buffer.type
    one = at([*names[:-1], "k"], left.strides)
    other = at([*names[:-2], "k", names[-1]], right.strides)
    body = [f"{type_} sum = 0;", f"for (int k = 0; k < {a.shape[-1]}; k++) {{"]
    body += [f"    sum += {routine.read(first)}[{one}] * {routine.read(second)}[{other}];", "}"]
    kept = names[:-2] + ([names[-2]] if first.view.ndim > 1 else []) + ([names[-1]] if second.view.ndim > 1 else [])
    body += finished(sheet, step, routine, kept, "sum")
    routine.done(nest(list(zip(names, sizes, strict=True)), body))


def finished(sheet: Sheet, step: Step, routine: Routine, names: Sequence[str], sum_: str) -> list[str]:
    """The statements that store each sum, or what is made of it; each axis of what the step makes has its variable."""
    name = step.first.outputs[0]
    shape = sheet.graph.shape(name)
    said = {name: sum_}
    lines = []
    if name in sheet.places:
        place = sheet.places[name]
        lines.append(f"{routine.write(place)}[{at(names, place.strides)}] = {sum_};")
    return lines + one_by_one(routine, step.after, names, around(sheet, step.after, shape, {name}), said)


def written(sheet: Sheet, step: Step, product: Product, names: Sequence[str]) -> None:
    """Writes the function of a product: `names` are the variables of the axes of what it makes, "" that of the outputs,
    which is the last one where none is."""
    routine = Routine(sheet, step)
    groups, deep, count = product.weights.shape
    weights = sheet.constant("weights", packed(product.weights))
    start = f"({product.group}) * {count * deep} + " if product.group and groups > 1 else ""
    full = 0 if count <= WHOLE else count - count % BLOCK
    names = names if "" in names else [*names, ""]
    pointer = f"const {product.x.buffer.type} *w = {weights} + {start}"
    body: list[str] = []
    if full:
        inside = [f"{pointer}n * {deep};", *block(routine, product, names, BLOCK, "n")]
        body += [f"for (int n = 0; n < {full}; n += {BLOCK}) {{", *(f"    {line}" for line in inside), "}"]
    if full < count:
        inside = [f"{pointer}{full * deep};", *block(routine, product, names, count - full, f"{full}" if full else "")]
        body += ["{", *(f"    {line}" for line in inside), "}"] if full else inside
    lines = nest([(name, size) for name, size, _ in product.outer if size > 1], body)
    routine.done(lines)


def block(routine: Routine, product: Product, names: Sequence[str], width: int, begin: str) -> list[str]:
    """The statements of one block: so many sums at once, from the output `begin` on."""
    sheet, step, type_ = routine.sheet, routine.step, product.x.buffer.type
    here = f"{begin} + j" if begin else "j"
    zero = "0"
    if product.bias is not None:
        zero = f"{sheet.constant('bias', product.bias)}[{here}]"
    lines = [f"{type_} sum[{width}];", *nest([("j", width)], [f"sum[j] = {zero};"])]
    loops = [*((name, stride if size > 1 else 0) for name, size, stride in product.outer)]
    loops += [(name, stride) for name, _, stride in product.inner]
    read = at([name for name, _ in loops], [stride for _, stride in loops])
    sizes = [size for _, size, _ in product.inner]
    steps = [int(np.prod(sizes[axis + 1 :])) * width for axis in range(len(sizes))]
    weight = at([*(name for name, _, _ in product.inner), "j"], [*steps, 1])
    adding = [f"const {type_} v = {routine.read(product.x)}[{read}];"]
    adding += nest([("j", width)], [f"sum[j] += v * w[{weight}];"])
    lines += nest([(name, size) for name, size, _ in product.inner], adding)
    sizes_ = {name: size for name, size, _ in product.outer}
    known = [f"({here})" if name == "" and begin else "j" if name == "" else name for name in names]
    known = ["0" if sizes_.get(name, 2) == 1 else name for name in known]
    return lines + nest([("j", width)], finished(sheet, step, routine, known, "sum[j]"))


def packed(weights: np.ndarray) -> np.ndarray:
    """Weights [groups, summed, outputs] in blocks of outputs."""
    groups, _, count = weights.shape
    if count <= WHOLE:
        return np.ascontiguousarray(weights).ravel()
    full = count - count % BLOCK
    pieces = [weights[:, :, begin : begin + BLOCK] for begin in range(0, full, BLOCK)]
    pieces += [weights[:, :, full:]] if full < count else []
    return np.concatenate([piece.reshape(groups, -1) for piece in pieces], axis=1).ravel()
