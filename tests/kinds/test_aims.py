"""What of an answer can be asked about: the network says as much of it as the program does, and it has a slope."""

from __future__ import annotations

import enum
import json
from typing import Any, Literal

import numpy as np
import PIL.Image
import pytest
import torch

from tests.explain.made import a_case, chance, learned, rebuilt
from wisen import Box, Image
from wisen.errors import BadValue
from wisen.explain import METHODS, Case, explained
from wisen.explain.leaves import Leaves
from wisen.explain.network import Rebuilt

Things = list[Box[Literal["cat", "dog"]]]


def height(x: float, y: float) -> float: ...


def find(photo: Image) -> Things: ...


def spell(text: str) -> str: ...


def both(x: float, y: float) -> Literal["a", "b", "c"]: ...


def picture(seed: int) -> PIL.Image.Image:
    return PIL.Image.fromarray(chance(seed).integers(0, 256, (48, 64)).astype("uint8"))


@pytest.fixture(scope="module")
def numbers() -> Rebuilt:
    rows = [((x, y), 5 * x + y**2) for x, y in chance().normal(size=(80, 2)).tolist()]
    return rebuilt(*learned(height, rows, lambda plan: plan.width > 0 and plan.together == 1))


@pytest.fixture(scope="module")
def labels() -> Rebuilt:
    rows = [((x, y), "abc"[int(x > 0) + int(y > 0)]) for x, y in chance().normal(size=(80, 2)).tolist()]
    return rebuilt(*learned(both, rows, lambda plan: plan.width > 0 and plan.together == 1))


@pytest.fixture(scope="module")
def things() -> Rebuilt:
    boxes = json.dumps([{"label": "cat", "left": 8, "top": 8, "right": 30, "bottom": 40}])
    dogs = boxes.replace("cat", "dog")
    return rebuilt(*learned(find, [((picture(n),), (boxes, dogs)[n % 2]) for n in range(20)], scale=0.5))


@pytest.fixture(scope="module")
def texts() -> Rebuilt:
    names = {"1": "one", "2": "two", "3": "three"}
    every = [" ".join(chance(n).choice(list(names), 3)) for n in range(60)]
    return rebuilt(*learned(spell, [((text,), " ".join(names[c] for c in text.split())) for text in every], scale=3.0))


def of_network(case: Case) -> float:
    return Leaves(case).amount


def test_a_number_is_as_large_as_it_is(numbers: Rebuilt) -> None:
    case = a_case(numbers, [0.5, -1.0])
    assert case.aim.said == "the number" and case.amount == pytest.approx(case.answer)
    assert of_network(case) == pytest.approx(case.amount, rel=1e-4)
    with pytest.raises(BadValue, match="nothing of a number"):
        a_case(numbers, [0.5, -1.0], target="7")


def test_a_label_is_as_likely_as_its_odds(labels: Rebuilt) -> None:
    chances = dict(labels.program.predict([0.5, -1.0])[0].alternatives)
    for name in "abc":
        case = a_case(labels, [0.5, -1.0], target=name)
        assert case.amount == pytest.approx(np.log(chances[name] / (1 - chances[name])), abs=1e-4)
        assert of_network(case) == pytest.approx(case.amount, abs=1e-4)
    assert a_case(labels, [0.5, -1.0]).aim.said == repr(max(chances, key=lambda name: chances[name]))
    with pytest.raises(BadValue, match="none of the labels") as error:
        a_case(labels, [0.5, -1.0], target="d")
    assert "a, b, c" in error.value.hint


def test_the_odds_of_a_label_do_not_stop_at_certainty(labels: Rebuilt) -> None:
    aim = a_case(labels, [0.5, -1.0], target="a").aim
    sure = np.array([[1.0, 1e-12, 1e-12], [1.0, 1e-20, 1e-20]], np.float32)
    assert np.diff(aim.amounts({"probabilities": sure}))[0] == pytest.approx(np.log(1e8), rel=1e-3)


class Colour(enum.Enum):
    RED = "r"
    GREEN = "g"


def test_a_true_answer_is_asked_about_by_the_name_of_its_label() -> None:
    from wisen.kinds.category import Category

    for kind, truth, name in (
        (Category(choices=("RED", "GREEN"), members=Colour), Colour.GREEN, "GREEN"),
        (Category(choices=("London", "Paris"), open=True), "paris ", "Paris"),  # as it may be spelled in an example
        (Category(choices=(False, True)), True, "True"),
    ):
        assert kind.aim_at(truth) == kind.aim(name, {"": name})


@pytest.mark.parametrize(("target", "steps"), [(None, [0, 1, 2]), ("1", [0]), ("+3", [2])])
def test_steps_of_a_forecast(target: str | None, steps: list[int]) -> None:
    from wisen.kinds.series import Series

    kind = Series(lengths=(3,), ahead=(True,), mean=(10.0,), scale=(2.0,))
    guess = torch.randn(4, 9, requires_grad=True)
    said = guess.detach().numpy()[:, :3] * 2 + 10
    aim = kind.aim(target or "", {"": said[0]})
    wanted = said[:, steps].mean(axis=1)
    np.testing.assert_allclose(aim.amounts({"": said}), wanted, rtol=1e-6)
    slope = aim.slope(guess, None)
    np.testing.assert_allclose(slope.detach().numpy(), wanted, rtol=1e-6)
    (grad,) = torch.autograd.grad(slope.sum(), guess)
    assert set(grad[0].nonzero()[:, 0].tolist()) == set(steps)
    with pytest.raises(BadValue, match="no step of the forecast"):
        kind.aim("4", {"": said[0]})


def test_a_thing_is_found_as_surely_where_it_was(things: Rebuilt) -> None:
    from wisen.kinds.boxes import Boxes

    kind = things.program.outputs[0].kind
    assert isinstance(kind, Boxes)
    _, tensors = things.program.whole([[picture(3)]])
    surest = max(kind.boxes(tensors["answer.candidates"][0]), key=lambda box: box.probability)
    case = a_case(things, [picture(3)])
    assert str(surest.label) in case.aim.said
    assert case.amount == pytest.approx(surest.probability, rel=1e-4)
    assert of_network(case) == pytest.approx(case.amount, rel=1e-3)
    with pytest.raises(BadValue, match="does not find a bird"):
        a_case(things, [picture(3)], target="bird")


def test_a_text_is_as_probable_as_the_words_in_it(texts: Rebuilt) -> None:
    case = a_case(texts, ["1 2 3"])
    word = case.answer.split()[0]
    _, tensors = texts.program.whole([["1 2 3"]])
    rows = list(zip(tensors["answer.texts"][0].tolist(), tensors["answer.chances"][0].tolist(), strict=True))
    one = a_case(texts, ["1 2 3"], target=word)
    from wisen.kinds.aims.texts import WORD

    assert one.amount == pytest.approx(sum(chance for text, chance in rows if word in WORD.findall(text)), rel=1e-4)
    with pytest.raises(BadValue, match="no word of the answer"):
        a_case(texts, ["1 2 3"], target="zzz")


def test_the_network_says_the_pieces_of_a_text_as_probable_as_the_program(texts: Rebuilt) -> None:
    case = a_case(texts, ["1 2 3"])
    pieces = texts.pieces["answer"]
    numbers = case.aim.pieces
    assert numbers is not None and "".join(pieces[number] for number in numbers[0]) == case.answer
    count = len(case.aim.asked_pieces)
    with torch.no_grad():
        said = texts.network(texts.features(["1 2 3"]))["answer"][0, 0, 0]
    assert of_network(case) * count == pytest.approx(float(said), rel=1e-3)


@pytest.mark.parametrize(
    ("kind", "values", "methods"),
    [
        ("numbers", [0.5, -1.0], {"occlusion", "shapley", "integrated", "inputs", "gradients", "smoothgrad"}),
        ("things", [picture(3)], {"occlusion", "integrated", "inputs", "gradients", "smoothgrad", "gradcam"}),
        ("texts", ["1 2 3"], {*METHODS} - {"activations", "gradcam"}),  # of what speaks against it Grad-CAM says 0
    ],
)
def test_every_method_explains_every_kind_of_answer(
    kind: str, values: list[Any], methods: set[str], request: pytest.FixtureRequest
) -> None:
    case = a_case(request.getfixturevalue(kind), values)
    for method in methods:
        found = explained(case, method, scored=False)
        amounts = np.concatenate([share.amounts.ravel() for share in found.shares])
        assert np.isfinite(amounts).all() and np.abs(amounts).max() > 0, method


def test_a_look_is_shared_by_the_words(texts: Rebuilt) -> None:
    found = explained(a_case(texts, ["1 2 3"]), "attention", scored=False)
    total = float(found.shares[0].amounts.sum())
    assert 0 < total <= 1 + 1e-5 and found.maps is not None  # the rest falls on the spaces at either end
    np.testing.assert_allclose(found.maps.sum(axis=2), 1, rtol=1e-5)
