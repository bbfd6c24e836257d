"""The work of a call: the same floating-point operations for every input, and what sort of operations they are."""

from __future__ import annotations

import math

import onnx

from wisen.contract.check import Check, Count, Subject
from wisen.contract.law import law
from wisen.cost import PRODUCTS, Cost
from wisen.spoken import thousands

LEAST = 0.5
"""The share of the work that multiply-adds make up, where the work is homogeneous."""
LITTLE = 10_000
"""Operations of another sort that matter in no case: they take some microseconds."""


def same(subject: Subject) -> Check:
    """Whether every input takes the same floating-point operations, or as many as its length says.

    Inputs of one length take the same to the last one. What lengths come to may be told by a sum that is a little off.
    """
    counts = subject.counts
    found = sorted({each.cost.operations for each in counts})
    figures = {
        "least": found[0], "most": found[-1], "counted": len(counts), "lengths": sorted(counts[0].sizes),
        "rounds": [min(each.cost.rounds for each in counts), max(each.cost.rounds for each in counts)],
    }  # fmt: skip
    if len(found) == 1:
        where = " for every input" if fixed(subject) else f", counted on {len(counts)} inputs"
        return Check("operations", True, f"{thousands(found[0])}{where}", figures)
    reach = f"{thousands(found[0])} to {thousands(found[-1])} here"
    uneven = differing(counts)
    if counts[0].sizes and not uneven:
        by_length = law([each.sizes for each in counts], [each.cost.operations for each in counts])
        figures |= by_length.to_json()
        if by_length.holds:
            return Check("operations", True, f"{by_length}: {reach}", figures)
        if math.isinf(by_length.off):
            few = f"{len(counts)} inputs are too few to tell operations by {len(counts[0].sizes)} lengths"
            return Check("operations", False, f"{few}: {reach}; give more --examples", figures)
    why = uneven or f"they go by the lengths of the inputs, but by no plain sum: {reach}"
    return Check("operations", False, f"{why}; {bounded(subject)}", figures)


def fixed(subject: Subject) -> bool:
    """Whether the graph cannot do anything but the same for every input: no length is free, nothing loops or branches,
    and no shape goes by what an input holds."""
    if any(each.sizes for each in subject.counts) or subject.model.functions:
        return False
    graph = subject.model.graph
    held = {value.name for value in graph.input}  # the values that go by what an input holds; a shape of one does not
    for node in graph.node:
        inputs, operator = list(node.input), node.op_type
        if operator in HOLDERS or node.domain not in KNOWN or held & set(inputs[SHAPED.get(operator, len(inputs)) :]):
            return False
        if held & set(inputs) and operator not in ("Shape", "Size"):
            held |= set(node.output)
    return True


HOLDERS = {"Loop", "If", "Scan", "SequenceMap"}
"""Operators by which an input may decide what is done."""
SHAPED = {
    "NonZero": 0, "Unique": 0, "Compress": 0, "NonMaxSuppression": 0, "StringSplit": 0, "ImageDecoder": 0,
    "ConstantOfShape": 0, "Range": 0, "Reshape": 1, "Expand": 1, "Tile": 1, "Pad": 1, "Slice": 1, "Split": 1,
    "SplitToSequence": 1, "TopK": 1, "OneHot": 1, "Resize": 1, "Upsample": 1, "CenterCropPad": 1, "Squeeze": 1,
    "Unsqueeze": 1, "MaxUnpool": 2, "AffineGrid": 1, "DFT": 1, "STFT": 1, "HannWindow": 0, "HammingWindow": 0,
    "BlackmanWindow": 0, "MelWeightMatrix": 0,
}  # fmt: skip
"""Operators whose answer has a shape that is told by what their inputs hold, from this input on."""
KNOWN = {"", "ai.onnx", "ai.onnx.ml"}
"""Whose operators these are."""


def differing(counts: list[Count]) -> str:
    """How inputs of one length take different operations; empty where none do."""
    seen: dict[tuple[tuple[str, int], ...], set[int]] = {}
    for each in counts:
        seen.setdefault(tuple(sorted(each.sizes.items())), set()).add(each.cost.operations)
    worst = max(seen.items(), key=lambda pair: max(pair[1]) - min(pair[1]))
    lengths, found = worst
    if len(found) == 1:
        return ""
    where = " and ".join(f"{name} {size:,}" for name, size in lengths)
    return (
        f"{thousands(min(found))} to {thousands(max(found))} for inputs of one length{f' ({where})' if where else ''}"
    )


def bounded(subject: Subject) -> str:
    """What loops have to do with it, and the most that they may go round."""
    rounds = sorted(each.cost.rounds for each in subject.counts)
    if rounds[0] == rounds[-1]:
        return "what an input holds decides what is done"
    sizes = [{**each.sizes, "round of its loops": each.cost.rounds} for each in subject.counts]
    found = law(sizes, [each.cost.operations for each in subject.counts])
    by_rounds = f"{found}; " if found.holds else ""
    loops = [node for node in subject.model.graph.node if node.op_type == "Loop"]
    computing = [loop for loop in loops if any(node.op_type in PRODUCTS for node in loop.attribute[0].g.node)]
    limits = [limit for limit in (most(loop, subject.model) for loop in computing) if limit is not None]
    end = f", never more than {sum(limits)}" if limits and len(limits) == len(computing) else ""
    return f"{by_rounds}its loops went round {rounds[0]} to {rounds[-1]} times in a call{end}"


def most(loop: onnx.NodeProto, model: onnx.ModelProto) -> int | None:
    """How often a loop goes round at most, where its graph says so."""
    for node in model.graph.node:
        if node.op_type == "Constant" and loop.input[0] in node.output:
            return int(onnx.numpy_helper.to_array(node.attribute[0].t).reshape(-1)[0])
    found = [each for each in model.graph.initializer if each.name == loop.input[0]]
    return int(onnx.numpy_helper.to_array(found[0]).reshape(-1)[0]) if found else None


def homogeneous(subject: Subject) -> Check:
    """Whether for each input most of the work is of one sort, multiply-adds, or the rest is nothing to speak of."""
    costs = [each.cost for each in subject.counts]
    mixed = [each for each in costs if share(each) < LEAST and rest(each) > LITTLE]
    worst = max(mixed, key=rest) if mixed else min(costs, key=share)
    short = f", less than {LEAST:.0%}" if mixed else ""
    said = f"{share(worst):.1%} of the work is multiply-adds{short}, the rest {thousands(rest(worst))} operations"
    figures = {"share": share(worst), "rest": rest(worst), "operators": dict(worst.operators)}
    return Check("homogeneous", not mixed, f"{said}; {len(worst.operators)} sorts of operator", figures)


def share(cost: Cost) -> float:
    """The share of a call's operations that are multiply-adds."""
    return cost.multiplied / max(1, cost.operations)


def rest(cost: Cost) -> int:
    """The operations of a call that are none."""
    return cost.operations - cost.multiplied
