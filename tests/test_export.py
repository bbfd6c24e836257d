"""A program says what the network says, or it is refused."""

from __future__ import annotations

import copy
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from wisen import state
from wisen.cost import cost
from wisen.descent import Learned, learn
from wisen.descent.batches import tensors
from wisen.descent.step import guesses
from wisen.errors import BadNetwork, BadProgram
from wisen.examples import Parts, fitted, known, split
from wisen.export import Exported, export
from wisen.plans import plans, read_by
from wisen.signature import feeds, signature_of


def judge(x: float, colour: bool, note: str) -> bool:
    return x > 1


def learned(tmp_path: Path, network: Any = None) -> tuple[Learned, Parts]:
    rng = np.random.default_rng(0)
    rows = [((x, bool(x > 0.3), f"note {x:.2f}"), bool(x > 0)) for x in rng.normal(size=200).tolist()]
    parts = split(known(rows, signature_of(judge)))
    inputs, outputs = fitted(parts)
    tried = plans(inputs, outputs, network, sizes=((16, 1),))
    checkpoint = state.checkpoint(tmp_path / "f.onnx", tried, parts, inputs, outputs, (0,), False)
    return learn(tried, parts, inputs, outputs, 1.0, 0, "cpu", checkpoint, lambda event: None), parts


def exported(result: Learned, parts: Parts) -> Exported:
    return export(result, "judge", "", parts)


def test_the_program_says_what_the_network_says(tmp_path: Path) -> None:
    result, parts = learned(tmp_path)
    body = exported(result, parts)
    found = tensors(parts.held_out, read_by([result.architecture], result.inputs), result.outputs, "cpu")
    logits = guesses(result.network, found)["answer"] / result.outputs[0].kind.temperature
    said = body.program.tensors(parts.held_out.columns())["answer.probabilities"]
    np.testing.assert_allclose(said, torch.softmax(logits, dim=1).numpy(), atol=1e-5)
    assert body.manifest["format"] == 1 and body.manifest["cost"]["operations"] > 100


def test_a_program_that_says_something_else_is_refused(tmp_path: Path) -> None:
    result, parts = learned(tmp_path)
    other = copy.deepcopy(result.network)
    with torch.no_grad():
        other.heads[0].blocks[0].bias += torch.tensor([0.0, 0.01])  # a graph that is off by very little
    with pytest.raises(BadProgram, match=r"differ in 'answer' on pair \d+"):
        exported(replace(result, network=other), parts)


class Shy(torch.nn.Module):
    """What torch.onnx.export cannot follow: a branch on a value."""

    def __init__(self) -> None:
        super().__init__()
        self.last = torch.nn.LazyLinear(4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        said: torch.Tensor = self.last(x)
        return said if float(x.sum()) > 0 else -said


@pytest.mark.filterwarnings("ignore:Converting a tensor")
def test_a_network_that_cannot_be_exported_is_told(tmp_path: Path) -> None:
    result, parts = learned(tmp_path, Shy)
    with pytest.raises((BadNetwork, BadProgram), match=r"network Shy cannot be exported|differ in"):
        exported(result, parts)


def test_same_weights_give_the_same_bytes(tmp_path: Path) -> None:
    files = [exported(*learned(tmp_path / name)).file() for name in "ab"]
    assert sha256(files[0]).digest() == sha256(files[1]).digest()  # pytest would look for hours where megabytes differ


def test_the_cost_of_a_call_is_counted(tmp_path: Path) -> None:
    result, parts = learned(tmp_path)
    body = exported(result, parts)
    given: dict[str, np.ndarray] = {}
    for feed in feeds(result.inputs):
        given |= feed.arrays(parts.validation.take([0]).rows())
    found = cost(body.model, given)
    linear = sum(
        p.shape[0] * p.shape[1] * 2 for n, p in result.network.named_parameters() if p.ndim == 2 and "trunk" in n
    )
    assert found.operations > linear
    weights = sum(p.numel() for p in result.network.parameters()) * 4
    assert weights <= found.weights < weights + 40_000  # beside them: means, rarities, the powers that hash words
    assert found.operators["Gemm"] == 4 and found.memory > 100
