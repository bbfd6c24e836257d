"""Suspect labels: those that are planted come first."""

from __future__ import annotations

import numpy as np
import pytest

from wisen.report import suspects
from wisen.report.subject import Subject
from wisen.report.suspects import found, out_of_fold, ranked


def blobs(random: np.random.Generator, count: int = 600) -> tuple[np.ndarray, np.ndarray]:
    codes = random.integers(0, 4, count)
    return random.standard_normal((4, 10))[codes] * 3 + random.standard_normal((count, 10)), codes


def test_planted_labels_come_first() -> None:
    random = np.random.default_rng(0)
    features, codes = blobs(random)
    wrong = random.permutation(len(codes))[:30]
    given = codes.copy()
    given[wrong] = (given[wrong] + random.integers(1, 4, 30)) % 4
    order, issues = ranked(given, out_of_fold(features, given))
    assert len(set(order[:30]) & set(wrong)) >= 27
    assert 20 <= issues <= 45


def test_no_example_is_judged_by_itself() -> None:
    # Features that say nothing but which example it is: who had seen the label would know it.
    random = np.random.default_rng(0)
    features, codes = np.eye(120), random.integers(0, 2, 120)
    said = out_of_fold(features, codes).argmax(axis=1)
    assert (said == codes).mean() < 0.65


def test_the_list_of_a_function(subject: Subject) -> None:
    figures = found(subject)
    assert figures is not None
    told = figures["outputs"]["answer"]
    every = len(subject.held) + len(subject.parts.learning)
    assert told["count"] == every and len(told["listed"]) == round(0.05 * every)
    sides = {"held_out": subject.held, "learning": subject.parts.learning}
    for each in told["listed"]:
        examples = sides[each["side"]]
        assert str(examples.names[each["place"]]) == each["example"]
        assert str(examples.outputs["answer"][each["place"]]) == each["given"] != each["rather"]
    place = [sides[each["side"]].inputs["place"][each["place"]] for each in told["listed"]]
    assert place.count("c") / len(place) > 0.9, "only there answers were given by chance"


def test_of_very_many_examples_only_some_are_judged(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suspects, "JUDGED", 100)
    figures = found(subject)
    assert figures is not None
    told, sides = figures["outputs"]["answer"], {"held_out": subject.held, "learning": subject.parts.learning}
    assert 98 <= told["count"] <= 100 and "labels that were judged" in told["headline"]
    for each in told["listed"]:
        examples = sides[each["side"]]
        assert str(examples.names[each["place"]]) == each["example"]
        assert str(examples.outputs["answer"][each["place"]]) == each["given"]
