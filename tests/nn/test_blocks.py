"""Every block of the BLOCKS table: forward in torch and the graph in ONNX say the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime
import pytest
import spox
import torch

from wisen.errors import BadNetwork
from wisen.nn import BLOCKS, build
from wisen.nn.dropout import Dropout, kept
from wisen.nn.form import Bins, Grid, Ids, Layer, Sequence, Sparse, Team, Tokens, Track, Vector, Wording

# For each row of the table: the forms it reads, and its dial. A new block needs a line here.
CASES: dict[str, list[tuple[Any, Any]]] = {
    "average": [(Grid(2, 5, 4), None), (Grid(1, 1, 1), None)],
    "bag": [(Tokens(50), 6), (Sparse(50), 6)],
    "columns": [(Grid(2, 3, 9), None)],
    "conv": [(Grid(3, 7, 5), 4), (Grid(1, 1, 1), 2)],
    "ctc": [(Track(4), Wording(9, 5, 4)), (Sequence(4), Wording(9, 5, 4))],
    "decoder": [(Track(4), Wording(9, 5, 6)), (Sequence(4), Wording(9, 5, 6, 2))],
    "dropout": [(Vector(5), 0.5)],
    "embed": [(Ids((3, 5)), 4)],
    "flatten": [(Grid(2, 3, 4), None)],
    "linear": [(Vector(5), 3), (Vector(1), 1), (Team(3, 5), 2)],
    "mean": [(Grid(2, 3, 4), None), (Sequence(6), None)],
    "members": [(Vector(5), 3)],
    "nothing": [(Sparse(50), None)],
    "onehot": [(Ids((3, 5, 2)), None), (Ids((3, 5), (False, True)), None)],
    "ordered": [(Tokens(50), 6)],
    "own": [(Vector(5), torch.nn.Linear(5, 2)), (Grid(1, 6, 6), torch.nn.Conv2d(1, 3, 3))],
    "piecewise": [
        (Vector(3), Bins(((-1.0, 0.0, 0.5, 2.0), (0.0, 1.0), (-1.0, 1.0, 1.5)), 4)),
        (Vector(2), Bins(((0.0, 1.0), (-1.0, 1.0)), 2)),
    ],
    "peaks": [(Track(4), None)],
    "pool": [(Grid(2, 5, 4), None), (Grid(1, 1, 1), None), (Track(4), None)],
    "recurrent": [(Track(4), 6), (Track(4), 4), (Sequence(6), 6)],
    "residual": [(Grid(4, 7, 5), 4), (Grid(3, 4, 5), 6), (Grid(1, 1, 1), 1)],
    "cells": [(Grid(2, 4, 6), 7)],
    "halve": [(Grid(2, 4, 6), 3), (Grid(1, 5, 7), 4)],
    "point": [(Grid(5, 4, 6), 3)],
    "relu": [(Vector(5), None), (Grid(2, 3, 4), None)],
    "shared": [(Team(3, 5), 4)],
    "slide": [(Track(4), 4), (Track(4), 6)],
    "steps": [(Vector(6), 3), (Vector(5), 1)],
    "weighed": [(Sparse(50), 3)],
}


def inputs(form: Any, batch: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(batch)
    match form:
        case Vector():
            return torch.randn(batch, form.width, generator=generator)
        case Team():
            return torch.randn(batch, form.count, form.width, generator=generator)
        case Grid():
            return torch.randn(batch, form.channels, form.height, form.width, generator=generator)
        case Sequence():
            return torch.randn(batch, 9, form.width, generator=generator)
        case Track():
            numbers = torch.rand(batch, form.channels, 9, generator=generator)
            return track(numbers, torch.randint(0, 10, (batch,), generator=generator))
        case Ids():
            columns = [torch.randint(0, size, (batch,), generator=generator) for size in form.sizes]
            return torch.stack(columns, dim=1)
        case Tokens():
            x = torch.randint(0, form.vocabulary, (batch, 9), generator=generator)
            x[0] = 0  # a text without any token
            return x
        case Sparse():
            places = torch.randint(0, form.width, (batch, 9), generator=generator).float()
            x = torch.stack([places, torch.randn(batch, 9, generator=generator)], dim=2)
            x[0] = 0  # a vector of nothing but 0
            return x
    raise AssertionError(form)


def track(numbers: torch.Tensor, counts: torch.Tensor) -> torch.Tensor:
    """Numbers at the first so many steps of each example, and nothing beyond."""
    flags = (torch.arange(numbers.shape[2]) < counts[:, None]).float()[:, None]
    return torch.cat([flags, numbers * flags], dim=1)


def in_onnx(block: Any, x: torch.Tensor) -> np.ndarray:
    dims = ("batch", *x.shape[1:])
    raw = spox.argument(spox.Tensor(np.float32 if x.is_floating_point() else np.int64, dims))
    model = spox.build({"x": raw}, {"y": block.graph(raw)})
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    said: np.ndarray = session.run(None, {"x": x.numpy()})[0]
    return said


def test_every_block_is_tested() -> None:
    assert CASES.keys() == BLOCKS.keys()


@pytest.mark.parametrize(("name", "form", "size"), [(n, *case) for n, cases in CASES.items() for case in cases])
def test_forward_and_graph_say_the_same(name: str, form: Any, size: Any) -> None:
    torch.manual_seed(0)
    block = build((Layer(name, size),), form)
    for _ in range(3):  # so that running means and the like are not at their start
        if block(inputs(form, 8)).requires_grad:
            block(inputs(form, 8)).square().mean().backward()
    block.eval()
    for batch in (1, 4):
        x = inputs(form, batch)
        with torch.no_grad():
            wanted = block(x).numpy()
        np.testing.assert_allclose(in_onnx(block, x), wanted, rtol=1e-4, atol=1e-5)
        gives = block.gives
        match gives:
            case Vector():
                assert wanted.shape == (batch, gives.width)
            case Grid():
                assert wanted.shape == (batch, gives.channels, gives.height, gives.width)


def test_a_residual_block_begins_as_nothing() -> None:
    block, x = build((Layer("residual", 4),), Grid(4, 6, 6)), inputs(Grid(4, 6, 6), 8)
    assert torch.equal(block(x), torch.relu(x))
    block(x).square().mean().backward()
    torch.optim.SGD(block.parameters(), 0.5).step()
    assert not torch.allclose(block(x), torch.relu(x))  # and learns


LETTERS = (
    Layer("ordered", 6), Layer("slide", 6), Layer("pool"), Layer("slide", 8), Layer("pool"), Layer("slide", 8),
    Layer("peaks"),
)  # fmt: skip


@pytest.mark.parametrize("steps", [0, 1, 2, 3, 4, 5, 8, 13])
def test_what_is_said_of_a_text_does_not_depend_on_its_padding(steps: int) -> None:
    torch.manual_seed(0)
    block = build(LETTERS, Tokens(50)).eval()
    x = torch.randint(1, 50, (1, steps), generator=torch.Generator().manual_seed(steps))
    alone = torch.nn.functional.pad(x, (0, max(0, 1 - steps)))
    longer = torch.nn.functional.pad(x, (0, 20 - steps))
    beside = torch.cat([longer, torch.full((1, 20), 7)])
    with torch.no_grad():
        wanted = block(alone)
        assert torch.allclose(block(longer), wanted, atol=1e-6)
        assert torch.allclose(block(beside)[:1], wanted, atol=1e-6)
    for padded in (alone, longer, beside):
        np.testing.assert_allclose(in_onnx(block, padded)[:1], wanted.numpy(), atol=1e-5)
    assert steps or not wanted.any()  # nothing is said of nothing


def test_the_order_of_tokens_makes_a_difference() -> None:
    torch.manual_seed(0)
    block = build(LETTERS, Tokens(50)).eval()
    one, other = block(torch.tensor([[3, 4, 5, 6]])), block(torch.tensor([[6, 5, 4, 3]]))
    assert not torch.allclose(one, other, atol=1e-3)


def test_onehot_learns_what_unknown_means() -> None:
    block = build((Layer("onehot"),), Ids((4,))).train()
    torch.manual_seed(0)
    said = block(torch.full((5000, 1), 3))
    assert 0.005 < float(said[:, 1].mean()) < 0.05  # hidden now and then, so that its weight is trained
    assert float(said.sum(dim=1).min()) == 1.0


def test_of_labels_in_an_order_the_later_ones_hold_the_earlier() -> None:
    block = build((Layer("onehot"),), Ids((5, 4), (True, False))).eval()
    said = block(torch.tensor([[0, 3], [1, 2], [2, 2], [4, 2]]))[:, :5].tolist()
    assert said == [[1, 0, 0, 0, 0], [0, 1, 0, 0, 0], [0, 0, 1, 0, 0], [0, 0, 1, 1, 1]]


def test_weighted_sums_of_all_examples_at_once_are_those_of_a_few(monkeypatch: pytest.MonkeyPatch) -> None:
    block, x = build((Layer("weighed", 3),), Sparse(50)), inputs(Sparse(50), 8)
    (weight,) = block.parameters()
    with torch.no_grad():
        weight.normal_()
    said = block(x)
    (wanted,) = torch.autograd.grad(said.square().sum(), weight)
    monkeypatch.setattr("wisen.nn.weighed.FEWEST", 8)
    for _ in range(2):  # the second time with the matrices that were kept
        again = block(x)
        (found,) = torch.autograd.grad(again.square().sum(), weight)
        torch.testing.assert_close(again, said)
        torch.testing.assert_close(found, wanted)
    other = x * torch.tensor([1.0, 2.0])
    torch.testing.assert_close(block(other), 2 * said)  # and not with those of other examples


def test_a_network_that_does_not_fit_is_told_with_shapes() -> None:
    with pytest.raises(BadNetwork, match=r"Linear was given vector 5, a tensor of shape \(3, 5\)"):
        build((Layer("own", torch.nn.Linear(4, 2)),), Vector(5))


def test_the_users_own_module_is_not_touched() -> None:
    module = torch.nn.Linear(5, 2)
    before = module.weight.clone()
    block = build((Layer("own", module),), Vector(5))
    with torch.no_grad():
        for weight in block.parameters():
            weight.zero_()
    assert torch.equal(module.weight, before)


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.3, 0.999])
def test_dropout_forgets_its_share_of_many_features_and_keeps_their_mean(rate: float) -> None:
    torch.manual_seed(0)
    factors = kept(torch.Size([1000, 333]), rate)
    assert float((factors == 0).float().mean()) == pytest.approx(rate, abs=0.004)
    assert len(set(factors[0].tolist())) == (1 if rate in (0.0, 0.999) else 2)
    if rate < 0.9:
        assert float(factors.mean()) == pytest.approx(1, abs=0.01)
    block = Dropout(Vector(333), rate).train()
    assert torch.equal(block(torch.ones(1000, 333)) == 0, block(torch.ones(1000, 333)) == 0) is (rate in (0.0, 0.999))
    assert torch.equal(block.eval()(torch.ones(1000, 333)), torch.ones(1000, 333))


@pytest.mark.parametrize("name", ["recurrent", "decoder"])
def test_noise_on_what_says_which_steps_are_there_breaks_no_reader(name: str) -> None:
    form, dial = CASES[name][0]
    block = build((Layer(name, dial),), form)
    flags = torch.ones(2, 1, 9) * 1.4  # as SmoothGrad makes them: more steps than there are
    said = block.eval()(torch.cat([flags, torch.randn(2, form.channels, 9)], dim=1))
    assert said.isfinite().all() and len(said) == 2
