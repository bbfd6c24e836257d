"""Weak parts: one that is planted is found, and where there is none hardly any is."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import fisher_exact, ttest_ind

from wisen.report.parts import Part
from wisen.report.slices import found, pairs, significant
from wisen.report.slices import tests as chances
from wisen.report.subject import Goods, Subject


def goods(merits: np.ndarray, share: bool = True) -> Goods:
    return Goods("right answers", merits.astype(float), "higher", share)


def columns(random: np.random.Generator, count: int, width: int = 8) -> list[Part]:
    cells = random.integers(0, 3, (width, count))
    return [Part(f"x{at}", str(value), row == value) for at, row in enumerate(cells) for value in range(3)]


def test_the_planted_part_is_the_first_that_is_found(subject: Subject) -> None:
    figures = found(subject)
    assert figures is not None
    worse = figures["outputs"]["answer"]["worse"]
    first = worse[0]
    assert first["name"] == "place: c"
    places = np.array([cell == "c" for cell in subject.held.inputs["place"]])
    right = subject.targets[0].right
    assert right is not None
    assert first["count"] == places.sum() and first["value"] == pytest.approx(right[places].mean())
    assert first["elsewhere"] == pytest.approx(right[~places].mean())
    assert not any("farm" in each["name"] for each in worse), "what says nothing is not worse"


def test_p_values_are_those_of_the_exact_test() -> None:
    random = np.random.default_rng(1)
    merits, some = random.random(300) < 0.8, columns(random, 300, 2)
    for part, chance in zip(some, chances(some, goods(merits), None), strict=True):
        inside = merits[part.inside]
        outside = merits[~part.inside]
        table = [[(~inside).sum(), inside.sum()], [(~outside).sum(), outside.sum()]]
        assert chance == pytest.approx(fisher_exact(table, alternative="greater").pvalue)
    values = random.standard_normal(300)
    for part, chance in zip(some, chances(some, goods(values, share=False), None), strict=True):
        assert part.inside.mean() < 0.5
        wanted = ttest_ind(values[part.inside], values[~part.inside], equal_var=False, alternative="less").pvalue
        assert chance == pytest.approx(wanted)


def test_where_there_is_no_weak_part_one_is_found_in_few_of_a_hundred_tries() -> None:
    random = np.random.default_rng(0)
    wrongly = 0
    for _ in range(100):
        some, merits = columns(random, 400), goods(random.random(400) < 0.8)
        wrongly += bool(significant(some, merits, None) or significant(pairs(some), merits, None))
    assert wrongly <= 9, "5 are promised at most; 9 and more would come in 4 of 100 runs by chance"


def test_a_few_good_examples_elsewhere_make_no_part_of_nearly_all_others_worse() -> None:
    random = np.random.default_rng(0)
    few = [Part("x", "most", np.arange(800) >= 20), Part("x", "few", np.arange(800) < 20)]
    found = [chances(few, goods(-(random.standard_normal(800) ** 2), share=False), None) for _ in range(300)]
    assert (np.array(found) < 0.01).mean() <= 0.01, "Welch's test of the larger part would be below in 7 of 100"


def test_a_pair_is_found_that_is_weak_though_neither_of_both_is_so_alone() -> None:
    random = np.random.default_rng(2)
    some = columns(random, 2000, 5)
    both = some[0].inside & some[4].inside
    merits = goods(random.random(2000) < np.where(both, 0.5, 0.9))
    names = [part.name for part in significant(pairs(some), merits, None)]
    assert names == ["x0: 0 and x1: 1"]


def test_examples_that_hang_together_are_not_counted_singly() -> None:
    blocks = np.repeat(np.arange(12), 50)
    merits = goods(np.array([0, 0, 1, 0, 0, 1, 1, 1, 0, 1, 1, 1])[blocks])  # whole blocks are right or wrong
    part = Part("half", "first", blocks < 6)
    alone, together = chances([part], merits, None)[0], chances([part], merits, blocks)[0]
    assert alone < 1e-30 and 1 > together > 0.01, "as if there were 600 examples, and there are 12"
