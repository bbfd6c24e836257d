"""Drift is told where many inputs are far away, not where one is, and not at every call."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from wisen.sure import drift
from wisen.sure.drift import FEWEST, QUIET, Drift, tail


def test_inputs_like_those_of_training_are_no_drift(caplog: pytest.LogCaptureFixture) -> None:
    far = np.random.default_rng(0).random(20_000) < 0.1
    looks = Drift("f", 0.8)
    for each in far.tolist():
        looks.look(0.9 if each else 0.1)
    assert not caplog.records


def test_inputs_that_went_elsewhere_are_told_once_in_a_while(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [5.0]
    monkeypatch.setattr(drift.time, "monotonic", lambda: clock[0])
    looks = Drift("f", 0.8)
    with caplog.at_level(logging.WARNING, "wisen"):
        for _ in range(FEWEST - 1):
            looks.look(0.9)
        assert not caplog.records  # too few to tell
        for _ in range(500):
            looks.look(float("nan"))  # no distance at all is far
        assert len(caplog.records) == 1
        assert "f(): inputs drift: of the last 20 that were looked at, 20 are farther" in caplog.text
        clock[0] += QUIET + 1
        looks.look(0.9)
        assert len(caplog.records) == 2


def test_a_few_of_them_are_enough_only_among_few_usual_ones(caplog: pytest.LogCaptureFixture) -> None:
    looks = Drift("f", 0.8)
    for place in range(300):
        looks.look(0.9 if place % 2 else 0.1)
    assert len(caplog.records) == 1
    assert tail(0, 50) == pytest.approx(1) and tail(50, 50) == pytest.approx(1e-50)
