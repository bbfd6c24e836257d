"""The work of calls, from counts and graphs that were made up."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any, cast
from unittest.mock import Mock

import onnx
import pytest
from onnx import helper

from wisen.contract import work
from wisen.contract.check import Count, Subject
from wisen.cost import Cost
from wisen.plain import finite


def subject(*counts: Count, nodes: Sequence[onnx.NodeProto] = ()) -> Any:
    """What stands in for a program whose calls were counted."""
    values = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["batch", 8]) for name in ("x", "y")]
    known = [helper.make_tensor("three", onnx.TensorProto.INT64, [1], [3])]
    model = helper.make_model(helper.make_graph(nodes, "graph", values[:1], values[1:], known))
    return cast(Subject, Mock(spec=Subject, counts=list(counts), model=model))


def count(operations: int, multiplied: int = 0, **sizes: int) -> Count:
    return Count(sizes, Cost({"MatMul": 1}, operations, 0, 0, multiplied))


def test_every_input_is_to_be_homogeneous_and_not_only_the_least() -> None:
    small, large, even = count(9_000, 900), count(2_000_000, 900_000), count(1_000_000, 990_000)
    assert work.homogeneous(subject(small, even)).kept  # 8,100 operations matter in no case
    found = work.homogeneous(subject(small, large, even))
    assert not found.kept and "45.0% of the work is multiply-adds, less than 50%" in found.said
    assert found.figures["rest"] == 1_100_000


def test_inputs_of_one_length_take_the_same_operations_to_the_last_one() -> None:
    line = [count(100_000 + 3_000 * length, note=length) for length in range(1, 40)]
    found = work.same(subject(*line))
    assert found.kept and found.said == "100,000 + 3,000 x note: 103,000 to 217,000 here"
    found = work.same(subject(*line, count(100_000 + 3_000 * 7 + 1, note=7)))
    assert not found.kept and "121,000 to 121,001 for inputs of one length (note 7)" in found.said


def test_too_few_inputs_for_many_lengths_are_no_evidence() -> None:
    chance = random.Random(0)
    sizes = [{f"text {n}": chance.randint(1, 200) for n in range(30)} for _ in range(25)]
    found = work.same(subject(*(count(10**6 + 50 * sum(each.values()), **each) for each in sizes)))
    assert not found.kept and "25 inputs are too few to tell operations by 30 lengths" in found.said
    assert "more --examples" in found.said and json.loads(json.dumps(finite(found.to_json())))["off"] is None


def node(operator: str, *inputs: str, made: str = "y") -> onnx.NodeProto:
    return helper.make_node(operator, list(inputs), [made])


def sorted_by(largest: str) -> list[onnx.NodeProto]:
    """Nodes that take so many of the largest numbers."""
    return [node("ReduceMax", "x", made="most"), node("Cast", "most", made="many"), node("TopK", "x", largest)]


@pytest.mark.parametrize(
    ("nodes", "said"),
    [
        ([node("Relu", "x")], "500 for every input"),
        (sorted_by("three"), "500 for every input"),
        ([node("Shape", "x", made="s"), node("Expand", "three", "s")], "500 for every input"),  # a size is no content
        ([node("NonZero", "three")], "500 for every input"),
        (sorted_by("many"), "500, counted on 2 inputs"),
        ([node("NonZero", "x")], "500, counted on 2 inputs"),
        ([node("Relu", "x", made="z"), node("NonZero", "z", made="p"), node("Shape", "p")], "500, counted on 2 inputs"),
        ([node("Unique", "x")], "500, counted on 2 inputs"),
        ([node("Compress", "three", "x")], "500, counted on 2 inputs"),
        ([node("NonMaxSuppression", "three", "x")], "500, counted on 2 inputs"),
        ([node("Range", "three", "x", "three")], "500, counted on 2 inputs"),
        ([node("Loop", "three", "", "x")], "500, counted on 2 inputs"),
        ([helper.make_node("Whatever", ["x"], ["y"], domain="somebody.else")], "500, counted on 2 inputs"),
    ],
)
def test_every_input_is_said_only_where_the_graph_says_so(nodes: list[onnx.NodeProto], said: str) -> None:
    assert work.same(subject(count(500), count(500), nodes=nodes)).said == said
