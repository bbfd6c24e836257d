"""Each method agrees with an independent slow implementation: finite differences, explicit loops."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import PIL.Image
import pytest
import torch

from wisen.explain import METHODS, Case, explained
from wisen.explain.gradcam import weighed
from wisen.explain.layers import layer
from wisen.explain.leaves import Leaves
from wisen.explain.method import Found
from wisen.kinds.sights.sight import gathered
from wisen.nn.block import Block

STEP = 1e-4


@pytest.fixture(autouse=True)
def doubled(seen: Case, row: Case) -> Iterator[None]:
    """Finite differences need more digits than a float32 has."""
    for case in (seen, row):
        assert case.rebuilt is not None
        case.rebuilt.network.double()
    yield
    for case in (seen, row):
        assert case.rebuilt is not None
        case.rebuilt.network.float()


class Slow:
    """The leaves of a case in float64, and slopes at them found one number at a time."""

    def __init__(self, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
        self.case = case
        features = case.rebuilt.features  # type: ignore[union-attr]

        def wide(values: object) -> dict[str, torch.Tensor]:
            return {n: x.double() if x.is_floating_point() else x for n, x in features(values).items()}  # type: ignore[arg-type]

        monkeypatch.setattr(type(case.rebuilt), "features", lambda self, values: wide(values))
        self.leaves = Leaves(case)

    def amount(self, numbers: list[torch.Tensor]) -> float:
        with torch.no_grad():
            return float(self.leaves.forward(*numbers)[0])

    def slopes(self, numbers: list[torch.Tensor]) -> list[np.ndarray]:
        found = []
        for number, x in enumerate(numbers):
            slope = np.zeros(x.numel())
            for place in range(x.numel()):
                sides = []
                for sign in (1, -1):
                    other = [each.clone() for each in numbers]
                    other[number].view(-1)[place] += sign * STEP
                    sides.append(self.amount(other))
                slope[place] = (sides[0] - sides[1]) / (2 * STEP)
            found.append(slope.reshape(x.shape))
        return found


def amounts(found: Found) -> np.ndarray:
    return np.concatenate([share.amounts.ravel() for share in found.shares])


def by_parts(case: Case, leaves: Leaves, numbers: list[np.ndarray]) -> np.ndarray:
    """What counted of each number, added up over the parts: cells of a picture, columns of a row, in their order."""
    if len(leaves.leaves) == 1:
        return gathered(numbers[0][0].sum(axis=0), case.parts[0].shape).ravel()
    x, colour = numbers[0][0], sum(float(each.sum()) for each in numbers[1:])  # its classes, by each path
    return np.array([x[0], colour, x[1] + x[2]])  # of y also whether it is missing


@pytest.fixture(params=["seen", "row"])
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.getfixturevalue(request.param)
    return found


def test_the_network_says_what_the_program_says(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow(case, monkeypatch)
    assert slow.amount(list(slow.leaves.inputs)) == pytest.approx(case.amount, rel=1e-3, abs=1e-3)


def test_gradients_are_finite_differences(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow(case, monkeypatch)
    wanted = [np.abs(each) for each in slow.slopes(list(slow.leaves.inputs))]
    found = amounts(METHODS["gradients"].found(case))
    np.testing.assert_allclose(found, by_parts(case, slow.leaves, wanted), rtol=1e-4, atol=1e-7)
    assert np.ptp(found) > 0


def test_gradients_times_inputs_are_finite_differences_times_how_far_from_nothing(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Slow(case, monkeypatch)
    rows = zip(slow.slopes(list(slow.leaves.inputs)), slow.leaves.inputs, slow.leaves.nothing, strict=True)
    wanted = [slope * (x - nothing).numpy() for slope, x, nothing in rows]
    found = amounts(METHODS["inputs"].found(case))
    np.testing.assert_allclose(found, by_parts(case, slow.leaves, wanted), rtol=1e-4, atol=1e-7)


def test_integrated_gradients_are_a_sum_over_the_way_from_nothing(row: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    slow, steps = Slow(row, monkeypatch), 400
    total = [np.zeros(x.shape) for x in slow.leaves.inputs]
    pairs = list(zip(slow.leaves.inputs, slow.leaves.nothing, strict=True))
    for step in range(steps):
        share = (step + 0.5) / steps
        here = slow.slopes([nothing + share * (x - nothing) for x, nothing in pairs])
        total = [before + slope / steps for before, slope in zip(total, here, strict=True)]
    wanted = [each * (x - nothing).numpy() for each, (x, nothing) in zip(total, pairs, strict=True)]
    found = METHODS["integrated"].found(row)
    np.testing.assert_allclose(amounts(found), by_parts(row, slow.leaves, wanted), rtol=0.02, atol=0.02)
    far = slow.amount(list(slow.leaves.inputs)) - slow.amount(list(slow.leaves.nothing))
    assert found.total == pytest.approx(far, rel=0.02) and found.wanted == pytest.approx(far, rel=1e-6)


def test_smoothgrad_is_the_mean_of_slopes_nearby(row: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    from wisen.explain import smoothgrad

    monkeypatch.setattr(smoothgrad, "SAMPLES", 3)
    slow, noises = Slow(row, monkeypatch), []
    normal = torch.normal

    def noted(*given: torch.Tensor) -> torch.Tensor:
        noises.append(normal(*given))
        return noises[-1]

    monkeypatch.setattr(torch, "normal", noted)
    found = amounts(METHODS["smoothgrad"].found(row))
    assert len(noises) == len(slow.leaves.leaves)  # of each leaf that of all samples
    total = [np.zeros(x.shape) for x in slow.leaves.inputs]
    for sample in range(3):
        here = [x + noise[sample : sample + 1] for x, noise in zip(slow.leaves.inputs, noises, strict=True)]
        total = [before + slope / 3 for before, slope in zip(total, slow.slopes(here), strict=True)]
    wanted = by_parts(row, slow.leaves, [np.abs(each) for each in total])
    np.testing.assert_allclose(found, wanted, rtol=1e-3, atol=1e-6)
    spread = [float(noise.std() / (x.max() - x.min())) for noise, x in zip(noises, slow.leaves.inputs, strict=True)]
    assert all(0.3 < each / smoothgrad.NOISE < 2 for each in spread)


def test_grad_cam_weighs_channels_by_the_mean_slope_at_them(seen: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow(seen, monkeypatch)
    name, (block,), _ = layer(seen)
    said = answer_of(slow, block)

    def amount(other: torch.Tensor) -> float:
        with monkeypatch.context() as patch:
            patch.setattr(block, "forward", lambda x: other)
            return slow.amount(list(slow.leaves.inputs))

    slopes = np.zeros(said.shape[1:])
    for place in itertools.product(*(range(side) for side in said.shape[1:])):
        sides = []
        for sign in (1, -1):
            other = said.clone()
            other[(0, *place)] += sign * STEP
            sides.append(amount(other))
        slopes[place] = (sides[0] - sides[1]) / (2 * STEP)
    wanted = np.zeros(said.shape[2:])
    for channel in range(said.shape[1]):
        wanted += slopes[channel].mean() * said[0, channel].numpy()
    np.testing.assert_allclose(weighed(slow.leaves, block), wanted, rtol=1e-4, atol=1e-8)
    found = METHODS["gradcam"].found(seen)
    assert found.layer == name == "photo.5.conv"
    assert found.shares[0].fine is not None
    np.testing.assert_allclose(found.shares[0].fine, np.maximum(wanted, 0), rtol=1e-4, atol=1e-8)


def answer_of(slow: Slow, block: Block) -> torch.Tensor:
    kept: list[torch.Tensor] = []
    handle = block.register_forward_hook(lambda module, given, said: kept.append(said))
    slow.amount(list(slow.leaves.inputs))
    handle.remove()
    return kept[0]


def test_activations_are_what_a_layer_says_to_the_picture(seen: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow(seen, monkeypatch)
    first = next(iter(slow.leaves.rebuilt.layers().values()))[0]
    found = METHODS["activations"].found(replace(seen, layer="photo.1.conv"))
    x, wanted = slow.leaves.inputs[0].numpy()[0], np.zeros((8, 12, 12))
    conv = next(each for each in first.modules() if isinstance(each, torch.nn.Conv2d))
    weight = conv.weight.detach().numpy()
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1)))
    plain = np.zeros((weight.shape[0], 12, 12))
    for out, row, column in itertools.product(range(len(plain)), range(12), range(12)):
        window = padded[:, row : row + 3, column : column + 3]
        plain[out, row, column] = (window * weight[out]).sum() + (0 if conv.bias is None else float(conv.bias[out]))
    with torch.no_grad():
        wanted = first(slow.leaves.inputs[0])[0].numpy()
    assert found.maps is not None
    np.testing.assert_allclose(found.maps, wanted, rtol=1e-6)
    inner = [np.corrcoef(found.maps[out].ravel(), np.maximum(plain[out], 0).ravel())[0, 1] for out in range(len(plain))]
    assert np.nanmin(np.abs(inner)) > 0.9  # but for the normalisation, which moves and scales each channel


def test_occlusion_hides_one_window_after_the_other(seen: Case) -> None:
    pixels, side = np.asarray(seen.values[0]), 12
    (size, _), colour = seen.parts[0].window, round(seen.program.inputs[0].kind.mean[0])
    total, count = np.zeros((side, side)), np.zeros((side, side))
    for top, left in itertools.product(range(side - size + 1), range(side - size + 1)):
        hidden = pixels.copy()
        hidden[top : top + size, left : left + size] = colour
        chances = seen.program.predict([PIL.Image.fromarray(hidden)])[0].alternatives
        said = dict(chances)["b"]
        odds = math.log(said) - math.log(sum(chance for label, chance in chances if label != "b"))
        total[top : top + size, left : left + size] += seen.amount - odds
        count[top : top + size, left : left + size] += 1
    found = METHODS["occlusion"].found(seen).shares[0].amounts
    np.testing.assert_allclose(found, total / count, rtol=1e-3, atol=1e-4)


def test_shapley_values_are_the_mean_of_all_orders(row: Case) -> None:
    total, orders = np.zeros(3), list(itertools.permutations(range(3)))
    for order in orders:
        hidden = np.ones((1, 3), bool)
        before = float(row.amounts(hidden)[0])
        for part in order:
            hidden[0, part] = False
            after = float(row.amounts(hidden)[0])
            total[part] += (after - before) / len(orders)
            before = after
    found = METHODS["shapley"].found(row)
    np.testing.assert_allclose(amounts(found), total, rtol=1e-5, atol=1e-6)
    assert found.total == pytest.approx(found.wanted)


def test_shapley_values_by_chance_come_near_those_of_all_sets(row: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    from wisen.explain import shapley

    exact = amounts(METHODS["shapley"].found(row))
    monkeypatch.setattr(shapley, "EXACTLY", 0)
    monkeypatch.setattr(shapley, "ORDERS", 200)
    found = METHODS["shapley"].found(row)
    np.testing.assert_allclose(amounts(found), exact, atol=0.1 * np.abs(exact).max())
    assert found.total == pytest.approx(found.wanted, rel=1e-4)


@pytest.mark.parametrize("method", [name for name, row in METHODS.items() if row.of_answer and name != "attention"])
def test_any_class_can_be_asked_about(method: str, seen: Case) -> None:
    from wisen.explain.case import case as case_of

    seen.rebuilt.network.float()  # type: ignore[union-attr]
    found = [
        explained(case_of("f", seen.program, seen.values, target=target, rebuilt=seen.rebuilt), method, scored=False)
        for target in ("a", "b", "c")
    ]
    assert len({each.aim for each in found}) == 3
    assert not np.allclose(found[0].shares[0].amounts, found[1].shares[0].amounts)
