"""The verdict follows from the evidence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from wisen.headtohead import BETTER, NO_BETTER, WORSE, Report, Result, binned, bootstrap, difference, interval
from wisen.kinds import Metric


def gains(won: int, lost: int, equal: int) -> np.ndarray:
    return np.array([1.0] * won + [-1.0] * lost + [0.0] * equal)


@pytest.mark.parametrize(
    ("won", "lost", "equal", "verdict"),
    [
        (40, 5, 100, BETTER),
        (5, 40, 100, WORSE),
        (10, 9, 100, NO_BETTER),
        (0, 0, 100, NO_BETTER),
        (5, 0, 30, NO_BETTER),  # five against none is p = 0.06: not yet evidence
        (6, 0, 30, BETTER),  # six against none is p = 0.03
    ],
)
def test_right_and_wrong_are_judged_by_mcnemar(won: int, lost: int, equal: int, verdict: str) -> None:
    found = difference("by hand", gains(won, lost, equal))
    assert found.verdict == verdict
    assert found.low <= found.value <= found.high


def test_errors_are_judged_by_the_paired_bootstrap() -> None:
    rng = np.random.default_rng(1)
    assert difference("naive", rng.normal(0.5, 1.0, 200)).verdict == BETTER
    assert difference("naive", rng.normal(-0.5, 1.0, 200)).verdict == WORSE
    assert difference("naive", rng.normal(0.0, 1.0, 200) * 0.0 + 1e-9 * rng.normal(size=200)).verdict == NO_BETTER


def test_the_bootstrap_covers_what_it_promises() -> None:
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(200):
        low, high = bootstrap(rng.exponential(1.0, 80))
        hits += low <= 1.0 <= high
    assert 0.88 <= hits / 200 <= 0.99  # 95 %, less a little for a skewed distribution of 80


def test_a_share_has_wilsons_interval() -> None:
    low, high = interval(np.array([1.0] * 9 + [0.0]), Metric("accuracy", 0.9))
    assert low == pytest.approx(0.596, abs=1e-3) and high == pytest.approx(0.982, abs=1e-3)
    low, high = interval(np.array([1.0] * 40), Metric("accuracy", 1.0))
    assert low == pytest.approx(0.912, abs=1e-3) and high == 1.0


def result(*verdicts: str) -> Any:
    values = {BETTER: gains(50, 0, 1), WORSE: gains(0, 50, 1), NO_BETTER: gains(5, 5, 50)}
    differences = tuple(difference("by hand", values[verdict]) for verdict in verdicts)
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
