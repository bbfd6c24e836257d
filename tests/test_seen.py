"""Inputs that are seen smaller: what a program that is to be faster or smaller may read."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import numpy as np
import PIL.Image
import pytest
import torch

import wisen
from wisen.descent.batches import tensors
from wisen.examples import Rule, fitted
from wisen.kept import kept
from wisen.plans import plans, read_by
from wisen.program import load
from wisen.sizes import measures, rungs
from wisen.sizes.rungs import Rung, widest
from wisen.sizes.scaled import alone, scaled, single
from wisen.sizes.seen import smaller
from wisen.state import Source
from wisen.train import divided


def quiet(event: Any) -> None:
    """Hears nothing."""


def pictures(count: int, side: int = 32, channels: int = 3) -> list[Any]:
    rng = np.random.default_rng(0)
    found = []
    for number in range(count):
        pixels = rng.integers(0, 120, (side, side, channels)).astype(np.uint8)
        if number % 2:
            pixels[side // 4 : side // 2, side // 4 : side // 2] += 100
        found.append(PIL.Image.fromarray(pixels if channels > 1 else pixels[..., 0]))
    return found


def bright(photo: wisen.Image) -> bool: ...
def both(left: wisen.Image, right: wisen.Image) -> bool: ...
def beside(photo: wisen.Image, weight: float) -> bool: ...
def found(photo: wisen.Image) -> list[wisen.Box[Literal["dot"]]]: ...


def rows_of(name: str, side: int) -> list[Any]:
    every = pictures(60, side)
    rows: dict[str, list[Any]] = {
        "bright": [(each, n % 2 == 1) for n, each in enumerate(every)],
        "both": [((each, every[-1 - n]), n % 2 == 1) for n, each in enumerate(every)],
        "beside": [((each, float(n)), n % 2 == 1) for n, each in enumerate(every)],
        "found": [(each, [wisen.Box("dot", 2, 2, 9 + n % 9, 9)]) for n, each in enumerate(every)],
    }
    return rows[name]


FUNCTIONS: dict[str, Any] = {"bright": bright, "both": both, "beside": beside, "found": found}


@pytest.mark.parametrize("name", ["bright", "both", "beside", "found"])
@pytest.mark.parametrize("side", [27, 32])
def test_plans_see_less_and_still_fit(name: str, side: int) -> None:
    function = wisen.function(FUNCTIONS[name])
    parts = divided(function, Source(rows_of(name, side)), Rule())
    inputs, outputs = fitted(parts, None)
    for plan in plans(inputs, outputs):
        less = smaller(scaled(plan, 0.5), inputs)
        if not {"photo", "left"} & set(plan.reads):  # it sees a picture as how much of each colour there is
            assert less == []
            continue
        assert [len(each.build().state_dict()) > 0 for each in less] == [True] * (2 if side >= 24 else 1)
        assert all(single(each) and set(each.reads) != set(plan.reads) for each in less)
        assert any("three-quarters" in each for each in less[0].reads) and "reads half" in less[1].name
        for each in less:
            read = read_by([each], inputs)
            assert {feed.name for feed in read} == set(each.reads)
            few = tensors(parts.learning.take([0, 1]), read, outputs, "cpu")
            with torch.no_grad():
                assert each.build().eval()(few.features).keys() == {"answer"}
        again = smaller(less[0], inputs)
        assert not {name for one in again for name in one.reads if "quarters" in name or "half" in name}


def test_small_pictures_are_seen_as_they_are() -> None:
    function = wisen.function(bright)
    parts = divided(function, Source(rows_of("bright", 8)), Rule())
    inputs, outputs = fitted(parts, None)
    assert all(smaller(plan, inputs) == [] for plan in plans(inputs, outputs))


def test_a_network_of_ones_own_sees_what_it_saw() -> None:
    function = wisen.function(bright)
    parts = divided(function, Source(rows_of("bright", 32)), Rule())
    inputs, outputs = fitted(parts, None)
    (plan,) = plans(inputs, outputs, {"trunk": Trunk()})
    assert smaller(plan, inputs) == []


class Trunk(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x[:, :8]


def test_a_pretrained_network_sees_less_in_whole_cells() -> None:
    kind: Any = wisen.function(found).signature.inputs[0].kind
    placed = replace(kind, height=224, width=224, borrowed=True, placing=True, side=224, mean=(0.0,), scale=(1.0,))
    large = placed.views()["pretrained"]
    assert large.smaller() == ("pretrained-three-quarters", "pretrained-half")
    sides = [placed.views()[name].side for name in large.smaller()]
    assert all(side % 32 == 0 and 96 <= side < 224 for side in sides) and sides == sorted(sides, reverse=True)
    assert [placed.views()[name].form().height for name in large.smaller()] == [side // 16 for side in sides]
    assert replace(placed, side=96).views()["pretrained"].smaller() == ()
    assert not {name for way in placed.ways(32) for name in way} & set(large.smaller())


def test_the_widest_of_each_size_is_learned_the_fastest_first() -> None:
    function = wisen.function(bright)
    parts = divided(function, Source(rows_of("bright", 32)), Rule())
    inputs, outputs = fitted(parts, None)
    plan = alone(plans(inputs, outputs)[-1])
    less = smaller(plan, inputs)[0]
    narrow = [Rung(scaled(each, 0.25), 1.0 + n, 1, 10) for n, each in enumerate((plan, less))]
    wide = [Rung(plan, 5.0, 2, 100), Rung(less, 4.0, 2, 90)]
    assert widest([*narrow, *wide]) == (less, plan)


def test_a_program_that_sees_less_takes_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rungs, "ROUNDS", 1)
    monkeypatch.setattr(rungs, "FACTORS", ())
    monkeypatch.setattr(rungs, "SHALLOW", ())
    monkeypatch.setattr(rungs, "SEEN", (1.0,))
    monkeypatch.setattr(measures, "ROUNDS", 1)
    monkeypatch.setattr(measures, "LONGEST", 0.1)
    monkeypatch.setattr(measures, "peak", lambda path, program, rows: 1)
    function: Any = wisen.function(bright)
    function.path = tmp_path / "bright.onnx"
    rows = rows_of("bright", 48)
    inputs, outputs = fitted(divided(function, Source(rows), Rule()), None)
    wide = plans(inputs, outputs)[-1]
    monkeypatch.setattr(import_module("wisen.train"), "plans", lambda *args: (wide,))
    function.train(rows, budget=1, accept=True, listen=quiet)
    before = function.path.read_bytes()
    monkeypatch.setattr("wisen.sizes.choice.narrower", lambda plan: [alone(plan)])
    done = function.resize(rows, faster=1.3, budget=1, accept=True, listen=quiet)
    assert done.installed and any("half" in each.how for each in done.tried), done.tried
    plan = kept(function.path, None, load(function.path).feeds).architecture
    assert any("three-quarters" in each or "half" in each for each in plan.reads)
    assert function(rows[0][0]) is not None and done.new.operations < done.old.operations
    assert function.explain(rows[1][0])
    function.back()
    assert function.path.read_bytes() == before
