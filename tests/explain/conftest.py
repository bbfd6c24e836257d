"""Cases that the tests of several methods look at."""

from __future__ import annotations

from typing import Literal

import PIL.Image
import pytest

from tests.explain.made import a_case, chance, learned, rebuilt
from wisen import Image
from wisen.explain import Case


def shape(photo: Image) -> Literal["a", "b", "c"]: ...


def judge(x: float, colour: Literal["red", "green"], y: float | None) -> bool: ...


def picture(seed: int, side: int = 12) -> PIL.Image.Image:
    return PIL.Image.fromarray(chance(seed).integers(0, 256, (side, side)).astype("uint8"))


@pytest.fixture(scope="session")
def seen() -> Case:
    """A picture that a network of convolutions reads."""
    rows = [((picture(seed),), "abc"[seed % 3]) for seed in range(60)]
    found = learned(shape, rows, lambda plan: plan.width > 0 and plan.reads == ("photo",), 0.6)
    return a_case(rebuilt(*found), [picture(1)], target="b")


@pytest.fixture(scope="session")
def row() -> Case:
    """A row of columns that a network reads."""
    draw = chance()
    colours = draw.choice(["red", "green"], 80).tolist()
    rows = [((float(x), colour, float(y)), x > y) for (x, y), colour in zip(draw.normal(size=(80, 2)), colours)]
    found = learned(judge, rows, lambda plan: plan.width > 0 and plan.together == 1, 2.0)
    return a_case(rebuilt(*found), [1.5, "red", -0.5], target="True")
