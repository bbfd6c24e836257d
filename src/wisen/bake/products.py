"""Operators that are sums of products: what most of the time of a call goes to.

Weights are stored in the order in which they are read: in blocks of outputs, whose sums a compiler keeps in
registers. Sums go in one order on every machine, whatever its vectors (WISEN_WIDE of standalone.py), so that answers
do, too.
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
"""Outputs that are summed at once for one row; so many or fewer are all summed at once."""
NARROW, LEAST_ROWS, MOST_ROWS = 16, 4, 8
"""The same where several rows are; and how many rows at least and at most. Measured with gcc 12, with and without
AVX-512: fewer sums at once leave registers empty, and what is unrolled as a whole is not made vectors of."""


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
    routine.done(nest(list(zip(names, sizes, strict=True)), body), wide=True)


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
    deep, count = product.weights.shape[1:]
    names = names if "" in names else [*names, ""]
    last = max((place for place, (name, size, _) in enumerate(product.outer) if size > 1), default=-1)
    together, loops = 1, [(name, size) for name, size, _ in product.outer if size > 1]
    if last >= 0 and product.outer[last][0] not in product.group:
        together = at_once(product.outer[last][1])
        loops = loops[:-1] if together > 1 else loops
    width = wide(count, together)
    weights = sheet.constant("weights", packed(product.weights, width))
    start = f" + {bracketed(product.group)} * {count * deep}" if product.group and len(product.weights) > 1 else ""
    pointer = f"const {product.x.buffer.type} *w = {weights}{start}"
    body: list[str] = []
    for begin, size, how_many in pieces(count, width):
        here = f"n{f' + {begin}' if begin else ''}" if how_many > 1 else str(begin) if begin else ""
        from_ = f" + {bracketed(here)} * {deep}" if how_many > 1 else f" + {begin * deep}" if begin else ""
        lines = [f"{pointer}{from_};", *rows(routine, product, names, (here, size), last, together)]
        if how_many > 1:
            body += [f"for (int n = 0; n < {how_many * size}; n += {size}) {{", *indented(lines), "}"]
        else:
            body += ["{", *indented(lines), "}"] if count > width else lines
    routine.done(nest(loops, body), wide=True)


def indented(lines: Sequence[str]) -> list[str]:
    """Lines one level deeper."""
    return [f"    {line}" for line in lines]


def at_once(size: int) -> int:
    """How many rows of so many are summed at once: as many as possible of MOST_ROWS, in pieces of one size."""
    return 1 if size < LEAST_ROWS else -(-size // -(-size // MOST_ROWS))


def wide(count: int, together: int) -> int:
    """How many of so many outputs are summed at once, for so many rows."""
    if together > 1:
        return min(count, NARROW)
    return count if count <= WHOLE else BLOCK


def pieces(count: int, width: int) -> list[tuple[int, int, int]]:
    """(the first output, how many are summed at once, how often) of each piece of the outputs."""
    full = count // width
    rest = [(full * width, count % width, 1)] if count % width else []
    return [(0, width, full), *rest]


def bracketed(text: str) -> str:
    """An expression as a factor."""
    return f"({text})" if " " in text else text


def rows(
    routine: Routine, product: Product, names: Sequence[str], piece: tuple[str, int], last: int, together: int
) -> list[str]:
    """The statements of a piece of the outputs, for all rows of the innermost loop over these."""
    if together == 1:
        return block(routine, product, names, piece, "", 1)
    name, size, _ = product.outer[last]
    full, rest = size // together, size % together
    if full == 1:
        lines = block(routine, product, names, piece, "0", together)
    else:
        head = f"for (int {name} = 0; {name} < {full * together}; {name} += {together}) {{"
        lines = [head, *indented(block(routine, product, names, piece, name, together)), "}"]
    if rest:
        lines += ["{", *indented(block(routine, product, names, piece, str(full * together), rest)), "}"]
    return lines


def block(
    routine: Routine, product: Product, names: Sequence[str], piece: tuple[str, int], row: str, together: int
) -> list[str]:
    """The statements of one block: some outputs, from one on, of so many rows at once, from `row` on."""
    sheet, step, type_ = routine.sheet, routine.step, product.x.buffer.type
    begin, width = piece
    many = [("r", together)] if row else []
    sum_ = "sum[r][j]" if row else "sum[j]"
    here = f"{begin} + j" if begin else "j"
    zero = f"{sheet.constant('bias', product.bias)}[{here}]" if product.bias is not None else "0"
    lines = [f"{type_} sum{f'[{together}]' if row else ''}[{width}];"]
    lines += nest([*many, ("j", width)], [f"{sum_} = {zero};"])
    lines += nest([(name, size) for name, size, _ in product.inner], adding(routine, product, width, row, together))
    ones = {name for name, size, _ in product.outer if size == 1}
    rowed = product.outer[max(place for place, each in enumerate(product.outer) if each[1] > 1)][0] if row else ""
    known = {rowed: "r" if row == "0" else f"({row} + r)"} | {"": f"({here})" if begin else "j"}
    said = ["0" if name in ones else known.get(name, name) for name in names]
    return lines + nest([*many, ("j", width)], finished(sheet, step, routine, said, sum_))


def adding(routine: Routine, product: Product, width: int, row: str, together: int) -> list[str]:
    """The statements of the innermost loop: one number of each row, times one weight of each output."""
    type_, x = product.x.buffer.type, routine.read(product.x)
    moving = [(name, stride) for name, size, stride in product.outer if size > 1]
    by = moving.pop()[1] if row else 0
    inner = [(name, stride) for name, _, stride in product.inner]
    loops = [*moving, *([(row, by)] if row and not row.isdigit() else []), *inner]
    begin = int(row) * by if row.isdigit() else 0
    names, strides = [name for name, _ in loops], [stride for _, stride in loops]
    sizes = [size for _, size, _ in product.inner]
    steps = [int(np.prod(sizes[axis + 1 :])) * width for axis in range(len(sizes))]
    weight = f"w[{at([*(name for name, _ in inner), 'j'], [*steps, 1])}]"
    if not row:
        return [f"const {type_} v = {x}[{at(names, strides)}];", *nest([("j", width)], [f"sum[j] += v * {weight};"])]
    lines = [f"const {type_} v{r} = {x}[{at(names, strides, begin + r * by)}];" for r in range(together)]
    body = [f"const {type_} u = {weight};", *(f"sum[{r}][j] += v{r} * u;" for r in range(together))]
    return lines + nest([("j", width)], body)


def packed(weights: np.ndarray, width: int) -> np.ndarray:
    """Weights [groups, summed, outputs] in the order in which they are read, so many outputs at once."""
    every = [weights[:, :, begin : begin + width] for begin in range(0, weights.shape[2], width)]
    return np.concatenate([each.reshape(len(weights), -1) for each in every], axis=1).ravel()
