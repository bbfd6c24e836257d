"""Twins: one encoder, in torch and in ONNX, and its weights once in the file."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
import spox
import torch

from wisen.nn import build
from wisen.nn.form import Grid, Layer, Vector
from wisen.nn.twins import Twins


def twins(count: int, beside: bool) -> Twins:
    layers = (Layer("conv", 8), Layer("pool"), Layer("residual", 8), Layer("mean"))
    return Twins(build(layers, Grid(1, 6, 5)), count, beside)


@pytest.mark.parametrize(("count", "beside", "width"), [(2, True, 32), (2, False, 16), (3, True, 72), (3, False, 48)])
def test_forward_and_graph_say_the_same_with_weights_once(count: int, beside: bool, width: int) -> None:
    torch.manual_seed(0)
    block = twins(count, beside)
    features = [torch.randn(4, 1, 6, 5) for _ in range(count)]
    block(features).square().mean().backward()
    block.eval()
    with torch.no_grad():
        wanted = block(features)
    assert block.gives == Vector(width) and wanted.shape == (4, width)
    raw = {f"x{n}": spox.argument(spox.Tensor(np.float32, ("batch", 1, 6, 5))) for n in range(count)}
    model = spox.build(dict(raw), {"y": block.graph(list(raw.values()))})
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    said = session.run(None, {f"x{n}": x.numpy() for n, x in enumerate(features)})[0]
    np.testing.assert_allclose(said, wanted.numpy(), rtol=1e-4, atol=1e-5)
    assert [node.op_type for node in model.graph.node].count("Conv") == 3  # and not once for each feed


def test_what_is_only_compared_has_no_order() -> None:
    block, one, other = twins(2, False).eval(), torch.randn(3, 1, 6, 5), torch.randn(3, 1, 6, 5)
    assert torch.allclose(block([one, other]), block([other, one]))
    assert not torch.allclose(twins(2, True).eval()([one, other]), block([one, other]).repeat(1, 2))
