"""Layers that can be looked at, of one network and of several that answer together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal, NamedTuple

import PIL.Image
import pytest

from tests.explain.made import a_case, chance, learned, rebuilt
from wisen import Box, Image
from wisen.errors import BadValue
from wisen.explain import METHODS
from wisen.explain.layers import layer


class Seen(NamedTuple):
    light: Literal["day", "night"]
    things: list[Box[Literal["cat", "dog"]]]


def look(photo: Image) -> Seen: ...


def high(x: float, y: float) -> bool: ...


def test_activations_of_networks_of_several_widths_stand_one_after_the_other() -> None:
    rows = [((x, y), x > y) for x, y in chance().normal(size=(60, 2)).tolist()]
    found, parts = learned(high, rows, lambda plan: plan.width == 32)
    other, _ = learned(high, rows, lambda plan: plan.width > 32)
    both = replace(found.architecture, beside=((other.architecture, 0.5),))
    whole = rebuilt(replace(found, architecture=both, network=both.build().eval()), parts)
    maps = METHODS["activations"].found(a_case(whole, [0.5, -1.0], layer="trunk.1.linear")).maps
    assert maps is not None and maps.shape == (1, 32 + other.architecture.width)
    heads = METHODS["activations"].found(a_case(whole, [0.5, -1.0], layer="answer.1.linear")).maps
    assert heads is not None and heads.shape == (2, 2)  # of one width: a row for each network


def test_a_layer_of_another_answer_is_not_looked_at() -> None:
    def picture(seed: int) -> PIL.Image.Image:
        return PIL.Image.fromarray(chance(seed).integers(0, 256, (24, 30)).astype("uint8"))

    boxes: Any = [Box("cat", 4, 4, 15, 20)], [Box("dog", 4, 4, 15, 20)]
    rows = [((picture(n),), Seen("night" if n % 2 else "day", boxes[n % 2])) for n in range(24)]
    whole = rebuilt(*learned(look, rows))
    for output, part in (("light", "photo"), ("things", "things")):
        case = a_case(whole, [picture(1)], output=output)
        assert layer(case)[0].startswith(f"{part}.")
        assert METHODS["gradcam"].found(case).layer.startswith(f"{part}.")
    light = a_case(whole, [picture(1)], output="light")
    with pytest.raises(BadValue, match="says nothing to light"):
        METHODS["gradcam"].found(replace(light, layer=layer(case)[0]))
