"""What a call costs, counted on graphs whose counts are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest
import spox
from spox import Var

from wisen.cost import Meter, cost
from wisen.nn.block import constant, op


def model(given: dict[str, Var], said: dict[str, Var]) -> onnx.ModelProto:
    return spox.build(given, said)


def floats(*dims: Any) -> Var:
    return spox.argument(spox.Tensor(np.float32, dims))


def test_products_count_two_for_each_weight_and_the_rest_one_for_each_number() -> None:
    x = floats("batch", 3)
    said = op.relu(op.matmul(x, constant(np.ones((3, 5), np.float32))))
    found = cost(model({"x": x}, {"y": said}), {"x": np.ones((1, 3), np.float32)})
    assert (found.operations, found.multiplied, found.rounds) == (30 + 5, 30, 0)
    assert {"MatMul": 1, "Relu": 1}.items() <= found.operators.items() and found.weights == 60


def halved() -> onnx.ModelProto:
    """Multiplies by a matrix as often as `times` says."""
    x, times = floats("batch", 4), spox.argument(spox.Tensor(np.int64, (1,)))
    weights = constant(np.full((4, 4), 0.1, np.float32))
    (said,) = op.loop(times, constant([True]), [x], body=lambda step, going, x: [going, op.relu(op.matmul(x, weights))])
    return model({"x": x, "times": times}, {"y": said})


@pytest.mark.parametrize("times", [0, 1, 7])
def test_what_is_in_a_loop_counts_as_often_as_it_goes_round(times: int) -> None:
    given = {"x": np.ones((2, 4), np.float32), "times": np.array([times])}
    found = Meter(halved()).cost(given)
    assert found.rounds == times
    assert (found.operations, found.multiplied) == (times * (2 * 8 * 4 + 8), times * 2 * 8 * 4)
    assert {"Loop": 1, "MatMul": 1, "Relu": 1}.items() <= found.operators.items()


def test_only_the_branch_that_was_taken_counts() -> None:
    x, some = floats("batch", 4), spox.argument(spox.Tensor(np.bool_, ()))
    (said,) = op.if_(some, then_branch=lambda: [op.exp(op.exp(x))], else_branch=lambda: [op.neg(x)])
    meter = Meter(model({"x": x, "some": some}, {"y": said}))
    assert [
        meter.cost({"x": np.ones((1, 4), np.float32), "some": np.array(way)}).operations for way in (True, False)
    ] == [8, 4]


def test_gated_units_count_their_products_at_each_step() -> None:
    steps = floats("time", 1, 3)
    weights = [constant(np.ones((1, 6, width), np.float32)) for width in (3, 2)]
    said, _ = op.gru(steps, *weights, hidden_size=2)
    found = cost(model({"x": steps}, {"y": said}), {"x": np.ones((10, 1, 3), np.float32)})
    assert found.multiplied == found.operations == 10 * 2 * 6 * (3 + 2)
