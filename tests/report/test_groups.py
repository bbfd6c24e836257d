"""Groups of a declared column: what differs is found, and what does not is not said to."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import fisher_exact

from wisen.report.groups import apart, found, permuted, two
from wisen.report.parts import Part
from wisen.report.subject import Goods, Subject


def test_groups_that_differ_are_told_from_those_that_do_not(subject: Subject) -> None:
    figures = found(subject)
    assert figures is not None
    columns = figures["outputs"]["answer"]["columns"]
    assert columns["place"]["groups"]["c"]["differs"]
    assert not any(each["differs"] for each in columns["farm"]["groups"].values())
    assert "place" in figures["headline"] and "significantly different" in figures["headline"]


def test_two_groups_are_compared_once_by_the_exact_test(subject: Subject) -> None:
    figures = found(subject)
    assert figures is not None
    groups = figures["outputs"]["answer"]["columns"]["farm"]["groups"]
    right = subject.targets[0].right
    assert right is not None
    north = np.array([cell == "north" for cell in subject.by["farm"]])
    table = [[right[side].sum(), (~right[side]).sum()] for side in (north, ~north)]
    wanted = fisher_exact(table).pvalue
    assert groups["north"]["p"] == pytest.approx(wanted) and groups["south"]["p"] == pytest.approx(wanted)
    assert groups["north"]["count"] == north.sum() and groups["north"]["value"] == pytest.approx(right[north].mean())


def test_two_groups_that_leave_some_out_are_not_two() -> None:
    cells = np.array(["a"] * 10 + ["b"] * 10 + ["c"])
    assert not two([Part("x", "a", cells == "a"), Part("x", "b", cells == "b")])
    assert two([Part("x", "a", cells == "a"), Part("x", "b", cells != "a")])


def test_a_small_group_with_small_errors_differs_no_more_often_than_by_chance() -> None:
    random = np.random.default_rng(0)
    errors = -(random.standard_normal((80, 400)) ** 2)
    found = np.array([permuted(row[:5], row, 499) for row in errors])
    assert (found < 0.01).sum() <= 3, "Welch's test would be below in 11 of 80"
    assert permuted(errors[0, :5] - 9, np.append(errors[0, :5] - 9, errors[0, 5:]), 499) == 1 / 500
    part = Part("x", "few", np.arange(400) < 5)
    assert 0 < apart(part, Goods("error", errors[0], "lower", False), None) <= 1
