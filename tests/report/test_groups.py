"""Groups of a declared column: what differs is found, and what does not is not said to."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import fisher_exact

from wisen.report import Subject
from wisen.report.groups import found, two
from wisen.report.parts import Part


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
