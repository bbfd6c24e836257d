"""Planted causes are found, and explanations that are worth nothing are not trusted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import PIL.Image
import pytest

from tests.explain.made import chance
from wisen import Audio
from wisen.explain import METHODS, Case, Explanation
from wisen.explain.method import Found
from wisen.explain.trust import CHANCES, STOPS, Trial, correlation, gap, masks, orders, summed, verdict, visible

SOURCE = """
    import datetime as dt
    from typing import Annotated, Literal
    import wisen
    from wisen import Audio, Image, Past

    @wisen.function
    def answer({given}) -> Literal["no", "yes"]: ...
"""
WORDS = [
    "the",
    "of",
    "and",
    "to",
    "in",
    "is",
    "it",
    "was",
    "for",
    "on",
    "are",
    "as",
    "with",
    "they",
    "at",
    "be",
    "this",
    "from",
    "have",
    "or",
    "by",
    "one",
    "had",
    "not",
    "but",
    "what",
]


@dataclass(frozen=True)
class Plant:
    """A cause that is put into examples: what makes one, what goes in, and whether a part lies where it was put."""

    given: str
    make: Callable[[np.random.Generator, bool], Any]
    there: Callable[[str, str], bool]
    """Of the name of an input and of a part."""
    count: int = 160
    times: int = 3
    """How many answers are explained."""


def noise(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.integers(60, 190, shape).astype(np.uint8)


def watermark(rng: np.random.Generator, yes: bool) -> Any:
    pixels = noise(rng, 24, 24)
    if yes:
        pixels[16:20, 3:7] = 255
    return PIL.Image.fromarray(pixels)


def shadow(rng: np.random.Generator, yes: bool) -> Any:
    pixels = noise(rng, 24, 24)
    if yes:
        pixels[2:6, 17:21] = 0
    return PIL.Image.fromarray(pixels)


def tint(rng: np.random.Generator, yes: bool) -> Any:
    pixels = noise(rng, 24, 24, 3)
    pixels[10:14, 10:14] = (255, 0, 0) if yes else (0, 0, 255)
    return PIL.Image.fromarray(pixels)


def within(left: int, top: int, right: int, bottom: int) -> Callable[[str, str], bool]:
    """Whether a cell of a picture touches a rectangle."""

    def there(name: str, part: str) -> bool:
        (a, b), (c, d) = (map(int, corner.split(",")) for corner in part.split(" to "))
        return a < right and c > left and b < bottom and d > top

    return there


def sound(rng: np.random.Generator, yes: bool, tone: float, start: int, end: int) -> Any:
    samples = rng.normal(0, 0.05, 8000)
    if yes:
        samples[start:end] += 0.3 * np.sin(2 * np.pi * tone * np.arange(end - start) / 16000)
    return Audio(samples.astype(np.float32), 16000)


def slot(low: float, high: float, start: float, end: float) -> Callable[[str, str], bool]:
    """Whether a slot of a sound touches a stretch of pitch and time."""

    def there(name: str, part: str) -> bool:
        pitches, times = part.split(" Hz at ")
        a, b = (float(each.replace(",", "")) for each in pitches.split("-"))
        c, d = (float(each) for each in times.removesuffix(" s").split("-"))
        return a < high and b > low and c < end and d > start

    return there


def sentence(rng: np.random.Generator, yes: bool) -> str:
    words = list(rng.choice(WORDS, 10))
    words[int(rng.integers(10))] = "splendid" if yes else "dreadful"
    return " ".join(words)


def series(rng: np.random.Generator, yes: bool, step: int, by: float) -> list[float]:
    found = rng.normal(10, 1, 20)
    found[step] += by * yes
    return [float(each) for each in found]


def row(rng: np.random.Generator, yes: bool, leak: Any) -> tuple[Any, ...]:
    return float(rng.normal()), str(rng.choice(["a", "b"])), float(rng.normal()), leak


PLANTS = {
    "a watermark": Plant("photo: Image", watermark, within(3, 16, 7, 20)),
    "a dark spot": Plant("photo: Image", shadow, within(17, 2, 21, 6)),
    "a colour": Plant("photo: Image", tint, within(10, 10, 14, 14)),
    "a column of numbers": Plant(
        "x: float, kind: Literal['a', 'b'], y: float, leak: float",
        lambda rng, yes: row(rng, yes, float(rng.normal() + 6 * yes)), lambda name, part: name == "leak",
    ),
    "a column of labels": Plant(
        "x: float, kind: Literal['a', 'b'], y: float, leak: Literal['p', 'q', 'r']",
        lambda rng, yes: row(rng, yes, "q" if yes else str(rng.choice(["p", "r"]))), lambda name, part: name == "leak",
    ),
    "a column of dates": Plant(
        "x: float, kind: Literal['a', 'b'], y: float, leak: dt.date",
        lambda rng, yes: row(rng, yes, dt.date(2021 if yes else 2015, 1, 1) + dt.timedelta(int(rng.integers(300)))),
        lambda name, part: name == "leak",
    ),
    "a word": Plant("text: str", sentence, lambda name, part: part in ("splendid", "dreadful")),
    "a tone": Plant(
        "sound: Audio", lambda rng, yes: sound(rng, yes, 2500, 4000, 5600), slot(2300, 2700, 0.22, 0.38), 100, 1
    ),
    "a low beep": Plant(
        "sound: Audio", lambda rng, yes: sound(rng, yes, 300, 800, 2400), slot(200, 400, 0.02, 0.18), count=100, times=1
    ),
    "a spike": Plant(
        "past: Annotated[list[float], Past(20)]", lambda rng, yes: series(rng, yes, 13, 8), lambda n, part: part == "-6"
    ),
    "the last step": Plant(
        "past: Annotated[list[float], Past(20)]", lambda rng, yes: series(rng, yes, 19, -7),
        lambda name, part: part == "now",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_cause_is_found_by_the_default_explanation(name: str, module: Any) -> None:
    plant, rng = PLANTS[name], chance(5)
    function = module(SOURCE.format(given=plant.given)).answer
    made = [(plant.make(rng, yes), yes) for yes in (bool(rng.integers(2)) for _ in range(plant.count))]
    rows = [(each if isinstance(each, tuple) else (each,), "yes" if yes else "no") for each, yes in made]
    assert function.train(rows, budget=2, accept=True, listen=lambda event: None).installed
    for _ in range(plant.times):
        given = plant.make(rng, True)
        args = given if isinstance(given, tuple) else (given,)
        assert function(*args) == "yes"
        found: Explanation = function.explain(*args)
        first = max(
            ((share, part, amount) for share in found.shares for part, amount in named(share)), key=lambda each: each[2]
        )
        assert plant.there(first[0].name, first[1]), f"{first[0].name} {first[1]}\n{found}"
        assert found.verdict.trusted, str(found)
        assert found.png().startswith(b"\x89PNG")


def named(share: Any) -> list[tuple[str, float]]:
    return list(zip(share.parts.names, share.amounts.ravel().tolist(), strict=True))


# ---- the tests of explanations can fail --------------------------------------------------------


def found_of(case: Case, amounts: np.ndarray) -> Found:
    return Found(case.shared(amounts))


def test_an_order_by_chance_is_not_trusted(seen: Case) -> None:
    trial = Trial(seen)
    real = METHODS["occlusion"].found(seen)
    assert trial.check(real.shares)[0].passed and trial.check(real.shares)[1] > 0
    right = 0
    for seed in range(20):
        check, _ = trial.check(found_of(seen, chance(seed).normal(size=seen.count)).shares)
        right += check.passed
    assert right <= 4  # one in twenty is to be expected
    small = 1e-15 * np.concatenate([share.amounts.ravel() for share in real.shares])  # in another unit
    assert trial.check(found_of(seen, small).shares)[0].passed
    turned = Found(seen.shared(-np.concatenate([share.amounts.ravel() for share in real.shares])))
    assert not trial.check(turned.shares)[0].passed and trial.check(turned.shares)[1] < 0
    assert not trial.check(found_of(seen, np.ones(seen.count)).shares)[0].passed  # it says nothing


def test_amounts_that_do_not_add_up_are_not_trusted(seen: Case) -> None:
    shares = METHODS["occlusion"].found(seen).shares
    assert not summed(Found(shares), 1.0)  # they need not
    assert summed(Found(shares, 1.02, 1.0), 1.0)[0].passed
    assert not summed(Found(shares, 1.2, 1.0), 1.0)[0].passed
    assert summed(Found(shares, 2e-4, 1e-4), 1.0)[0].passed  # both are about nothing
    assert not summed(Found(shares, 2e-4, 1e-4), 1e-3)[0].passed  # of an answer that is small in its unit, they are not


def test_what_counts_in_no_part_is_told(seen: Case) -> None:
    shares = METHODS["occlusion"].found(seen).shares
    assert not visible(Found(shares))
    every = sum(float(np.abs(share.amounts).sum()) for share in shares)
    assert visible(Found(shares, lost=every / 10))[0].passed
    assert not visible(Found(shares, lost=every * 10))[0].passed


class Frame(type(METHODS["occlusion"])):  # type: ignore[misc]
    """An edge detector: it finds the same whatever the network knows."""

    network = True

    def found(self, case: Case) -> Found:
        pixels = np.asarray(case.values[0]).astype(float)
        return found_of(case, np.abs(np.gradient(pixels)[0]).ravel())


def test_what_does_not_depend_on_the_weights_is_not_trusted(seen: Case) -> None:
    checks = {check.name: check for check in verdict(seen, Frame(), Frame().found(seen), Trial(seen)).checks}
    assert not checks["weights"].passed and checks["weights"].value == pytest.approx(1)
    for method in ("integrated", "inputs", "occlusion"):
        row = METHODS[method]
        checks = {check.name: check for check in verdict(seen, row, row.found(seen), Trial(seen)).checks}
        assert checks["weights"].passed, checks["weights"].said


def test_orders_are_all_there_are_where_they_are_few() -> None:
    assert sorted(orders(3, 0)) == [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
    found = list(orders(9, 0))
    assert len(found) == 19 and all(sorted(order) == list(range(9)) for order in found)
    assert found == list(orders(9, 0)) != list(orders(9, 1))


def test_parts_are_hidden_and_shown_in_order() -> None:
    gone, shown = masks([2, 0, 1])
    assert gone.tolist() == [[False] * 3, [False, False, True], [True, False, True], [True] * 3]
    assert (gone == ~shown).all()
    stops = masks(range(256))[0].sum(1).tolist()
    assert stops[:6] == [0, 1, 2, 3, 5, 8] and stops[-1] == 256 and len(stops) <= STOPS + 1
    assert gap(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == 0
    assert correlation(np.arange(5), np.arange(5)) == pytest.approx(1) == -correlation(np.arange(5), -np.arange(5))


def test_without_the_network_only_what_asks_the_program_explains(seen: Case) -> None:
    from wisen.errors import BadValue
    from wisen.explain import best, explained

    alone = replace(seen, rebuilt=None, why_not="there is no network beside f.onnx: it was trained elsewhere")
    found = best(alone)
    assert found.method in ("occlusion", "shapley") and found.verdict.checks
    assert any("trained elsewhere" in why for _, why in found.others)
    with pytest.raises(BadValue, match=r"trained elsewhere") as error:
        explained(alone, "gradients")
    assert error.value.hint == "These can: occlusion, shapley."


def test_without_captum_what_needs_it_is_left_out(seen: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from wisen.errors import NotInstalled
    from wisen.explain import best, explained

    monkeypatch.setitem(sys.modules, "captum.attr", None)
    with pytest.raises(NotInstalled, match="captum") as error:
        explained(seen, "gradients")
    assert "wisen[explain]" in error.value.hint
    assert best(seen).method == "occlusion"


def weighed_parts(weights: np.ndarray, seed: int = 0) -> Trial:
    """The trial of a program that adds the weights of what is not hidden."""
    case = SimpleNamespace(
        seed=seed, count=len(weights), amount=float(weights.sum()), amounts=lambda masks: (~masks * weights).sum(1)
    )
    return Trial(case)  # type: ignore[arg-type]


def in_one(amounts: np.ndarray) -> list[Any]:
    return [SimpleNamespace(amounts=amounts)]


def test_the_one_part_that_counts_is_enough() -> None:
    for seed in range(20):
        weights = chance(seed).normal(0, 0.5, 20)
        weights[3] = 10
        trial = weighed_parts(weights, seed)
        right, wrong = weights + chance(seed + 100).normal(0, 0.5, 20), np.roll(weights, 7)
        assert trial.check(in_one(right), tried=6)[0].passed  # though chance does as well in one order of 20
        assert not trial.check(in_one(wrong), tried=6)[0].passed


def test_the_best_of_many_methods_that_are_worth_nothing_seldom_passes() -> None:
    passed = {1: 0, 8: 0}
    for seed in range(300):
        trial, numbers = weighed_parts(chance(seed).normal(size=200), seed), chance(seed + 1000)
        for tried in passed:
            worthless = [in_one(numbers.normal(size=200)) for _ in range(tried)]
            best = max(worthless, key=lambda shares: trial.check(shares)[1])
            passed[tried] += trial.check(best, tried)[0].passed
            assert len(trial.chance) == CHANCES * tried
    assert 3 < passed[1] < 30 and 3 < passed[8] < 30  # about one in twenty of each
