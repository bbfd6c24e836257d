"""Parts that a person can name, and Holm's correction."""

from __future__ import annotations

import math

import numpy as np

from wisen.binned import MISSING
from wisen.report.parts import clusters, cut, holm


def test_holm_is_as_in_his_paper() -> None:
    # 0.05 / 4, 0.05 / 3, then 0.05 / 2 < 0.03: the third fails and the last with it, though 0.04 < 0.05.
    assert holm({"a": 0.01, "b": 0.016, "c": 0.03, "d": 0.04}, 0.05) == {"a", "b"}
    assert holm({"a": 0.02, "b": 0.9}, 0.05) == {"a"}
    assert holm({}, 0.05) == set()


def test_numbers_are_cut_into_quarters_and_words_into_values() -> None:
    numbers = [*map(float, range(100)), math.nan, math.nan]
    found = cut("age", numbers, least=2)
    assert sorted(int(part.inside.sum()) for part in found) == [2, 25, 25, 25, 25]
    assert {part.value for part in found} >= {MISSING, "0 to 24.75"}
    found = cut("colour", ["red"] * 60 + ["green"] * 39 + ["blue"], least=2)
    assert [part.name for part in found] == ["colour: red", "colour: green"], "one example is no part"
    assert cut("same", ["x"] * 50, least=2) == [], "all of them are no part"
    assert {part.value for part in cut("flag", [True, False] * 30, least=2)} == {"True", "False"}
    assert {part.value for part in cut("few", [1.0, 2.0] * 30, least=2)} == {"1", "2"}


def test_what_lies_together_is_one_cluster() -> None:
    random = np.random.default_rng(0)
    centres = random.standard_normal((3, 8)) * 20
    features = np.repeat(centres, 100, axis=0) + random.standard_normal((300, 8))
    truth = np.repeat([0, 1, 2], 100)
    found = clusters(features, most=3)
    assert len(found) == 3
    assert all(len(set(truth[part.inside])) == 1 for part in found)
    assert clusters(np.zeros((300, 4))) == [], "where nothing differs there are none"
