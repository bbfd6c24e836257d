"""Attacks: against a linear network they do exactly what can be done, and no more than they may."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from wisen.kinds.corruption import Reach
from wisen.report.attack import CHANCE, FGSM, PGD, SIZES, Attacked, by_chance, found, right, stepped
from wisen.report.subject import Subject

BOUNDS = (-np.inf, np.inf), (0.0, 1.0)
"""Of numbers, and of pictures."""


def linear(low: float = -np.inf, high: float = np.inf) -> tuple[Attacked, torch.Tensor]:
    """Two classes told apart by a plane, and how far each example lies from it, by its own numbers."""
    random = torch.Generator().manual_seed(0)
    plane = torch.randn(6, generator=random)
    values = torch.rand(300, 6, generator=random)
    score = (values - 0.5) @ plane
    span = np.ones((1, 6), np.float32)

    def forward(x: torch.Tensor) -> torch.Tensor:
        said = (x - 0.5) @ plane
        return torch.stack([torch.zeros_like(said), said], dim=1)

    reach = Reach(span, 0 * span, low, high)
    return Attacked(("x",), (reach,), forward, (values,), (score > 0).long()), score.abs() / plane.abs().sum()


@pytest.mark.parametrize("steps", [1, 10])
def test_a_plane_is_crossed_by_exactly_those_that_are_near_enough(steps: int) -> None:
    what, distance = linear()
    for size in (0.02, 0.1):
        wanted = float((distance >= size).double().mean())
        assert right([(what, stepped(what, size, steps))])["right"] == pytest.approx(wanted, abs=0.007)


def test_no_number_moves_farther_than_it_may() -> None:
    what, _ = linear(0.0, 1.0)
    for changed in (stepped(what, 0.1, 1), stepped(what, 0.1, 10), by_chance(what, 0.1)):
        assert float((changed[0] - what.clean[0]).abs().max()) <= 0.1 + 1e-6
        assert float(changed[0].min()) >= 0.0 and float(changed[0].max()) <= 1.0


def test_each_input_keeps_to_its_own_bounds() -> None:
    what, _ = linear()
    numbers, picture = (Reach(np.ones((1, 3), np.float32), np.zeros((1, 3), np.float32), *ends) for ends in BOUNDS)
    clean = (what.clean[0][:, :3] * 4 - 2, what.clean[0][:, 3:])
    both = Attacked(("n", "p"), (numbers, picture), lambda n, p: what.forward(torch.cat([n, p], 1)), clean, what.truths)
    for changed in (stepped(both, 0.1, 1), stepped(both, 0.1, 10), by_chance(both, 0.1)):
        assert all(float((a - b).abs().max()) <= 0.1 + 1e-6 for a, b in zip(changed, clean, strict=True))
        assert float(changed[0].min()) < -1.5 and 0 <= float(changed[1].min()) <= float(changed[1].max()) <= 1


def test_who_is_very_sure_is_attacked_too() -> None:
    what, _ = linear()

    def forward(x: torch.Tensor) -> torch.Tensor:
        said = 50 * what.forward(x)[:, 1]
        return torch.stack([-said, said], dim=1)

    ahead = 2 * forward(what.clean[0])[:, 1]
    sure = (ahead > 20) & (ahead < 60)  # so sure that gradients are tiny; beyond, float32 knows none
    moved = stepped(replace(what, forward=forward, truths=torch.ones_like(what.truths)), 0.1, 1)[0] - what.clean[0]
    assert int(sure.sum()) > 10 and float(moved[sure].abs().min()) == pytest.approx(0.1, abs=1e-5)


def test_a_program_is_attacked_through_its_own_network(subject: Subject) -> None:
    figures = found(subject)
    assert figures is not None
    told = figures["outputs"]["answer"]
    target = subject.targets[0]
    assert target.right is not None
    places = np.sort(np.random.default_rng(0).permutation(len(target.right))[: told["examples"]])
    assert told["clean"]["right"] == pytest.approx(target.right[places].mean()), "the network says what it says"
    last = {name: curve[-1]["right"] for name, curve in told["curves"].items()}
    assert last[PGD] <= last[FGSM] + 0.02 and last[PGD] < last[CHANCE]
    assert [each["size"] for each in told["curves"][PGD]] == list(SIZES)
