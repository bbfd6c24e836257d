"""Reliability, coverage, confusion and corruption agree with slow counts."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from wisen.report import confusion, corruption, coverage, reliability
from wisen.report.subject import Subject


def test_bins_hold_equally_many_and_count_what_is_right(subject: Subject) -> None:
    figures = reliability.found(subject)
    assert figures is not None
    told, target = figures["outputs"]["answer"], subject.targets[0]
    assert target.chances is not None and target.right is not None
    pairs = sorted(zip(target.chances.tolist(), target.right.tolist(), strict=True), key=lambda pair: pair[0])
    assert sum(each["count"] for each in told["bins"]) == len(pairs)
    start, error = 0, 0.0
    for each in told["bins"]:
        here = pairs[start : start + each["count"]]
        start += each["count"]
        sure = sum(chance for chance, _ in here) / len(here)
        assert each["promised"] == pytest.approx(sure) and each["from"] == pytest.approx(here[0][0])
        assert each["interval"][0] <= each["right"] <= each["interval"][1]
        error += abs(sum(chance - good for chance, good in here)) / len(pairs)
    assert told["calibration_error"] == pytest.approx(error)


def test_coverage_is_that_of_the_surest(subject: Subject) -> None:
    figures = coverage.found(subject)
    assert figures is not None
    told, target = figures["outputs"]["answer"], subject.targets[0]
    assert target.chances is not None and target.right is not None
    for each in told["curve"]:
        count = max(1, round(each["covered"] * len(target.right)))
        surest = sorted(range(len(target.right)), key=lambda place: -float(target.chances[place]))[:count]  # type: ignore[index]
        assert each["value"] == pytest.approx(np.mean([target.right[place] for place in surest]))
    inside = [
        truth in target.kind.region({name: array[place] for name, array in target.tensors.items()}, limits)
        for limits in [subject.program.promise.limits["answer"]]
        for place, truth in enumerate(target.truths)
    ]
    assert told["promise"]["share"] == pytest.approx(np.mean(inside))


def test_the_matrix_is_that_of_scikit_learn(subject: Subject) -> None:
    figures = confusion.found(subject)
    assert figures is not None
    told, target = figures["outputs"]["answer"], subject.targets[0]
    wanted = confusion_matrix(list(map(str, target.truths)), list(map(str, target.answers)), labels=told["labels"])
    assert told["counts"] == wanted.tolist()


def test_corruption_begins_where_nothing_is_corrupted_and_does_harm(subject: Subject) -> None:
    figures = corruption.found(subject)
    assert figures is not None and figures["examples"] == len(subject.held)
    told, target = figures["outputs"]["answer"], subject.targets[0]
    assert target.right is not None
    assert told["clean"]["value"] == pytest.approx(target.right.mean())
    assert set(told["curves"]) == {"noise", "missing cells", "other labels"}
    for curve in told["curves"].values():
        assert [each["strength"] for each in curve] == list(corruption.LEVELS)
        assert curve[-1]["value"] < told["clean"]["value"] - 0.05
