"""The verdict follows from the evidence."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest

from wisen.binned import binned
from wisen.evidence import BETTER, NO_BETTER, WORSE, difference
from wisen.headtohead import Report, Result
from wisen.measured import calls as timed


def gains(won: int, lost: int, equal: int) -> np.ndarray:
    return np.array([1.0] * won + [-1.0] * lost + [0.0] * equal)


def result(*verdicts: str) -> Any:
    values = {BETTER: gains(50, 0, 1), WORSE: gains(0, 50, 1), NO_BETTER: gains(5, 5, 50)}
    differences = tuple(difference("by hand", values[verdict], share=True) for verdict in verdicts)
    return Result("answer", (), differences, (), (), {}, ())


def test_better_means_better_than_every_rival() -> None:
    assert result(BETTER, BETTER).verdict == BETTER
    assert result(BETTER, NO_BETTER).verdict == NO_BETTER
    assert result(BETTER, WORSE).verdict == WORSE


def test_several_outputs_are_better_where_one_is_and_none_is_worse() -> None:
    def report(*verdicts: str) -> Report:
        return Report("f", 9, tuple(result(verdict) for verdict in verdicts), {})

    assert report(BETTER, NO_BETTER).verdict == BETTER
    assert report(BETTER, WORSE).verdict == WORSE
    assert report(NO_BETTER, NO_BETTER).verdict == NO_BETTER


def test_a_number_with_many_values_is_cut_at_its_quartiles() -> None:
    assert binned(["a", "b", None]) == ["a", "b", "missing"]
    cut = binned([str(n) for n in range(100)])
    assert len(set(cut)) == 4 and all(" to " in name for name in cut)


def test_noise_is_never_called_better(module: Any) -> None:
    rng = np.random.default_rng(0)
    f = module(
        """
        import wisen

        @wisen.function
        def up(x: float, y: float) -> bool:
            return x > 0
        """
    ).up
    rows = [((float(x), float(y)), bool(rng.random() < 0.5)) for x, y in rng.normal(size=(800, 2))]
    outcome = f.train(rows, budget=5)
    assert outcome.verdict != BETTER and not outcome.installed
    assert not f.path.exists() and outcome.path.name == "candidate.onnx"
    assert f(1.0, 0.0) is True  # still the hand-written body
    assert f.train(rows, budget=5, accept=True).installed and f.path.exists()


def test_a_body_that_fails_is_counted_as_wrong(module: Any) -> None:
    f = module(
        """
        import wisen

        @wisen.function
        def big(x: float) -> bool:
            if x < 0:
                raise RuntimeError("no idea")
            return x > 1
        """
    ).big
    rng = np.random.default_rng(0)
    report = f.train([((float(x),), bool(x > 1)) for x in rng.normal(size=500)], budget=5).report
    score = report.results[0].score("by hand")
    assert score is not None and score.failed > 20
    assert score.first.value == pytest.approx(1 - score.failed / report.held_out)
    assert report.verdict == BETTER


def test_a_body_that_always_fails_never_beats_the_program(module: Any) -> None:
    f = module(
        """
        import wisen

        @wisen.function
        def twice(x: float) -> float:
            raise RuntimeError("no idea")
        """
    ).twice
    rng = np.random.default_rng(0)
    report = f.train([((x,), 2 * x + 2000) for x in rng.normal(size=300).tolist()], budget=5).report
    assert report.verdict == BETTER
    by_hand = report.results[0].score("by hand")
    assert by_hand is not None and by_hand.failed == report.held_out and by_hand.first.value > 1


def test_a_slow_body_is_timed_a_few_times_only() -> None:
    calls: list[Any] = []

    def slow(row: Any) -> None:
        calls.append(row)
        time.sleep(0.3)

    assert timed(slow, [[1.0]]).median == pytest.approx(0.3, rel=0.3)
    assert len(calls) < 8
