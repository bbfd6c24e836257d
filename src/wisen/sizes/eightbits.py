"""Programs in eight bits: their weights, or all of their weighted sums. One way = one row of WAYS.

What ONNX Runtime's quantiser calls dynamic is none of them: there the range of numbers is that of all examples of a
call together, so an answer would depend on what else is asked at the same time.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wisen.cost import cost
from wisen.descent import Learned
from wisen.errors import BadProgram
from wisen.evidence import WORSE
from wisen.examples import Examples, Parts
from wisen.export import Exported, export, file_of
from wisen.manifest import KEY
from wisen.program import parse
from wisen.signature import Feed
from wisen.sizes.measures import against
from wisen.spoken import signed
from wisen.train import compared
from wisen.within import REPORT, Fits

if TYPE_CHECKING:
    import onnx

    from wisen.function import Function

Given = Sequence[Mapping[str, np.ndarray]]
"""The input tensors of some calls."""

RANGES = 200
"""Examples to learn from whose numbers say the ranges of weighted sums."""
SMALLEST = 256
"""Weights fewer than these stay as they are: to tell of them takes as much room."""
STEPS = 127
"""Steps from 0 to the largest weight of a sum."""
SUMMED: dict[str, tuple[int, ...]] = {
    "MatMul": (-2,),
    "Gemm": (-2,),
    "Conv": (1, 2, 3),
    "Gather": (-1,),
    "GRU": (-1,),
    "LSTM": (-1,),
}
"""The axes of weights over which each operator adds up, or that it looks up as one: each sum has steps of its own."""
WEIGHTS = {"MatMul": (1,), "Gemm": (1,), "Conv": (1,), "Gather": (0,), "GRU": (1, 2), "LSTM": (1, 2)}
"""At which places each operator reads weights."""
READ_ONCE = ("Conv", "MatMul", "Gemm")
"""Operators whose sums can be added up in eight bits."""
DONE_BEFORE = "onnx.quant.pre_process"
"""The entry by which the quantiser knows that it need not warn of what nobody did before."""


def only_weights(model: onnx.ModelProto, given: Given) -> onnx.ModelProto:
    """The model with weights of eight bits, which ONNX Runtime makes floating-point numbers of when it loads it."""
    from onnx import numpy_helper

    model = constants_first(model)
    axes = {
        node.input[place]: over(node)
        for node in model.graph.node
        for place in WEIGHTS.get(node.op_type, ())
        if place < len(node.input)
    }
    kept, nodes = [], []
    for tensor in model.graph.initializer:
        array = numpy_helper.to_array(tensor)
        if tensor.name in axes and array.dtype == np.float32 and array.ndim > 1 and array.size >= SMALLEST:
            nodes += rounded_weights(tensor.name, array, axes[tensor.name])
        else:
            kept.append(tensor)
    nodes += list(model.graph.node)
    del model.graph.initializer[:], model.graph.node[:]
    model.graph.initializer.extend(kept)
    model.graph.node.extend(nodes)
    return model


def over(node: onnx.NodeProto) -> tuple[int, ...]:
    """The axes of its weights over which a node adds up."""
    turned = any(each.name == "transB" and each.i for each in node.attribute)
    return (-1,) if turned else SUMMED[node.op_type]


def rounded_weights(name: str, array: np.ndarray, axes: tuple[int, ...]) -> list[onnx.NodeProto]:
    """The nodes that make weights of numbers of eight bits, each sum with steps of its own."""
    from onnx import TensorProto, helper, numpy_helper

    axes = tuple(axis for axis in axes if axis < array.ndim)
    step = np.abs(array).max(axis=axes, keepdims=True) / STEPS
    step = np.where(step > 0, step, 1).astype(np.float32)
    whole = np.rint(array / step).astype(np.int8)
    return [
        helper.make_node("Constant", [], [f"{name}.eight"], value=numpy_helper.from_array(whole)),
        helper.make_node("Constant", [], [f"{name}.step"], value=numpy_helper.from_array(step)),
        helper.make_node("Cast", [f"{name}.eight"], [f"{name}.whole"], to=TensorProto.FLOAT),
        helper.make_node("Mul", [f"{name}.whole", f"{name}.step"], [name]),
    ]


def weighted_sums(model: onnx.ModelProto, given: Given) -> onnx.ModelProto:
    """The model with weighted sums and convolutions that are added up in eight bits, in the ranges of these calls.

    Weights have one bit less, so that no processor has to cut a sum off: the answers are the same on all.
    """
    import onnx
    from onnxruntime.quantization import CalibrationDataReader, quantize_static

    class Reader(CalibrationDataReader):  # type: ignore[misc]  # it has no types
        """The calls, one after the other."""

        def __init__(self) -> None:
            self.left = iter(given)

        def get_next(self) -> Any:
            return next(self.left, None)

    plain = without_axes(constants_first(model))
    plain.metadata_props.add(key=DONE_BEFORE, value="onnxruntime.quant")
    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder) / "float.onnx", Path(folder) / "eight.onnx"
        onnx.save(plain, str(before))
        try:
            # Steps of their own for each sum are known of flat weights only, not of those of a team.
            quantize_static(before, after, Reader(), op_types_to_quantize=list(READ_ONCE), reduce_range=True)
        except Exception as error:  # the quantiser has another one for each graph that it does not know
            raise BadProgram(f"it cannot be rounded to eight bits: {error!s:.200}", "Leave it as it is.") from error
        made = onnx.load(str(after))
    del made.graph.value_info[:], made.metadata_props[:]
    made.metadata_props.extend(model.metadata_props)
    made.producer_name = model.producer_name
    return made


# The ways, by what is rounded; each is tried where its row says that it may pay.
WAYS: dict[str, Callable[[onnx.ModelProto, Given], onnx.ModelProto]] = {
    "weights": only_weights,
    "weighted sums": weighted_sums,
}
"""Weights make the file smaller and cost no time; weighted sums may take less time, too."""
FOR_SIZE, FOR_TIME = "weights", "weighted sums"


# ---- models that can be rounded ------------------------------------------------------------------


def constants_first(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy of the model whose constants are initializers, those of 16 bits as numbers of 32."""
    import onnx
    from onnx import numpy_helper

    made = onnx.ModelProto()
    made.CopyFrom(model)
    arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in made.graph.initializer}
    kept, halves = [], set()
    for node in model.graph.node:
        value = next((each.t for each in node.attribute if node.op_type == "Constant" and each.name == "value"), None)
        first = arrays.get(node.input[0]) if node.input else None
        if value is not None:
            arrays[node.output[0]] = numpy_helper.to_array(value)
        elif node.op_type == "Cast" and first is not None and first.dtype == np.float16:
            arrays[node.output[0]] = first.astype(np.float32)
            halves.add(node.input[0])
        else:
            kept.append(node)
    read = {name for node in kept for name in node.input}
    del made.graph.node[:], made.graph.initializer[:], made.graph.value_info[:]
    made.graph.node.extend(kept)
    made.graph.initializer.extend(
        numpy_helper.from_array(array, name) for name, array in arrays.items() if name in read or name not in halves
    )
    return made


def without_axes(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model whose Resize nodes are told the sizes of all axes: ONNX Runtime moves transpositions past those of
    some axes wrongly in graphs of eight bits."""
    from onnx import helper, numpy_helper

    nodes = []
    for number, node in enumerate(list(model.graph.node)):
        axes = next((list(each.ints) for each in node.attribute if each.name == "axes"), None)
        if node.op_type == "Resize" and axes and len(node.input) > 3 and axes == list(range(axes[0], 4)):
            shape, first, whole, zero, end = (f"{part} {number}" for part in ("shape", "first", "whole", "zero", "end"))
            model.graph.initializer.extend(
                [numpy_helper.from_array(np.array([0]), zero), numpy_helper.from_array(np.array(axes[:1]), end)]
            )
            nodes += [
                helper.make_node("Shape", [node.input[0]], [shape]),
                helper.make_node("Slice", [shape, zero, end], [first]),
                helper.make_node("Concat", [first, node.input[3]], [whole], axis=0),
            ]
            node.input[3] = whole
            left = [each for each in node.attribute if each.name != "axes"]
            del node.attribute[:]
            node.attribute.extend(left)
        nodes.append(node)
    copies = [type(node).FromString(node.SerializeToString()) for node in nodes]
    del model.graph.node[:]
    model.graph.node.extend(copies)
    return model


# ---- programs ------------------------------------------------------------------------------------


def given_of(feeds: Sequence[Feed], examples: Examples, most: int = RANGES) -> list[dict[str, np.ndarray]]:
    """The input tensors of calls with some examples, each alone."""
    few = examples.take(list(range(min(most, len(examples))))).rows()
    rows = [few[place] for place in range(len(few))]
    return [{name: array for feed in feeds for name, array in feed.arrays([row]).items()} for row in rows]


def rounded(body: Exported, way: str, examples: Examples) -> Exported:
    """A program in eight bits, in the ranges of examples to learn from.

    That a program says what its network says was proved before, of the one that is rounded: this one is compared to
    that one by what it is worth.
    """
    given = given_of(body.program.feeds, examples)
    model = WAYS[way](body.model, given)
    name, _, told = str(body.manifest["chosen"]).partition(": ")
    chosen = f"{name}, eight bits: {told}; its {way} are of eight bits"
    manifest = {**body.manifest, "chosen": chosen, "rounded": way, "cost": asdict(cost(model, given[0]))}
    return Exported(parse(file_of(model, manifest), "the program in eight bits"), model, manifest)


def rounded_of(
    function: Function[Any, Any], learned: Learned, way: str, fits: Fits, parts: Parts
) -> tuple[Exported, str]:
    """(the program of what was learned in eight bits; how much worse that is on the validation examples where it is
    significantly so, else empty)."""
    drafts, most = fits.drafts, fits.limits.size if fits.limits else None
    whole = export(learned, drafts.name, drafts.doc, parts, inside=drafts.inside)
    body = rounded(whole, way, parts.learning)
    if most is not None and not drafts.inside and learned.unlike is not None and len(body.file()) + REPORT > most:
        why = f"{learned.why}; for its size it does not tell how unlike its examples an input is"
        whole = export(replace(learned, unlike=None, why=why), drafts.name, drafts.doc, parts)
        body = rounded(whole, way, parts.learning)
    judged = replace(parts, held_out=parts.validation)
    here, there = (compared(function, each.program, judged) for each in (body, whole))
    costs = against(here, there, judged.held_out)
    told = ", ".join(f"{signed(each.value)} ({signed(each.low)} to {signed(each.high)})" for each in costs.values())
    lost = told if any(each.verdict == WORSE for each in costs.values()) else ""
    return said(body, f"on the validation examples that changed {told}"), lost


def said(body: Exported, more: str) -> Exported:
    """The program with more to say of how it was chosen."""
    return replace(body, manifest={**body.manifest, "chosen": f"{body.manifest['chosen']}; {more}"})


def draft(data: bytes, way: str, examples: Examples) -> bytes:
    """The file of a draft in eight bits."""
    import onnx

    model, program = onnx.load_from_string(data), parse(data, "a draft")
    manifest = json.loads(next(each.value for each in model.metadata_props if each.key == KEY))
    return file_of(WAYS[way](model, given_of(program.feeds, examples, 8)), manifest)
