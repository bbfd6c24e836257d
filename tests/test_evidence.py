"""Intervals keep what they promise, with many values and with few."""

from __future__ import annotations

import numpy as np
import pytest

from wisen.evidence import BETTER, NO_BETTER, WORSE, difference, interval, mean_interval, share_difference


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
    found = difference("by hand", gains(won, lost, equal), share=True)
    assert found.verdict == verdict
    assert found.low <= found.value <= found.high


def test_errors_are_judged_by_paired_intervals() -> None:
    rng = np.random.default_rng(1)
    assert difference("naive", rng.normal(0.5, 1.0, 200)).verdict == BETTER
    assert difference("naive", rng.normal(-0.5, 1.0, 200)).verdict == WORSE
    assert difference("naive", rng.normal(0.0, 1.0, 200)).verdict == NO_BETTER


@pytest.mark.parametrize("count", [2, 3, 8, 20, 80])
def test_noise_is_called_better_no_more_often_than_promised(count: int) -> None:
    rng = np.random.default_rng(count)
    drawn = [difference("naive", rng.normal(0.0, 1.0, count)).verdict for _ in range(300)]
    assert drawn.count(BETTER) <= 16 and drawn.count(WORSE) <= 16  # 2.5 % of 300 are 7.5, and three deviations more


def test_one_example_proves_nothing() -> None:
    assert difference("naive", np.array([5.0])).verdict == NO_BETTER
    assert difference("by hand", np.array([1.0]), share=True).verdict == NO_BETTER


def test_the_interval_of_a_mean_covers_what_it_promises() -> None:
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(300):
        low, high = mean_interval(rng.exponential(1.0, 80), 0.95)
        hits += low <= 1.0 <= high
    assert 0.90 <= hits / 300 <= 0.99  # 95 %, less a little for a skewed distribution of 80


def test_many_values_take_no_time_and_say_the_same() -> None:
    values = np.random.default_rng(0).normal(0.1, 1.0, 10_001)
    long, short = mean_interval(values, 0.95), mean_interval(values[:10_000], 0.95)
    assert long == pytest.approx(short, abs=2e-3)


def test_several_comparisons_ask_for_more() -> None:
    gain = gains(6, 0, 30)
    alone, among = (difference("by hand", gain, share=True, comparisons=count) for count in (1, 2))
    assert (alone.verdict, among.verdict) == (BETTER, NO_BETTER)
    assert (alone.confidence, among.confidence) == (0.95, 0.975)


def test_a_share_has_wilsons_interval() -> None:
    low, high = interval(np.array([1.0] * 9 + [0.0]), share=True)
    assert low == pytest.approx(0.596, abs=1e-3) and high == pytest.approx(0.982, abs=1e-3)
    low, high = interval(np.array([1.0] * 40), share=True)
    assert low == pytest.approx(0.912, abs=1e-3) and high == 1.0
    assert interval(np.zeros(40)) == (0.0, 0.0)  # errors of nothing are no share


def test_the_interval_of_a_difference_is_the_bootstraps() -> None:
    low, high = share_difference(gains(30, 10, 60), 0.95)
    assert low == pytest.approx(0.08, abs=0.02) and high == pytest.approx(0.32, abs=0.02)


def test_values_that_depend_on_their_neighbours_are_worth_fewer() -> None:
    random = np.random.default_rng(1)
    missed, trusting = 0, 0
    for _ in range(120):
        noise = random.normal(size=420)
        gains = np.convolve(noise, np.ones(20) / 20, mode="valid")[:400]  # nothing is gained, but slowly
        blocks = np.arange(400) // 40
        low, high = interval(gains, blocks=blocks)
        missed += not low <= 0 <= high
        low, high = interval(gains)
        trusting += not low <= 0 <= high
    assert missed / 120 < 0.12 and trusting / 120 > 0.4


def test_series_that_move_together_are_one_witness() -> None:
    days = np.random.default_rng(0).normal(0.1, 1.0, 60)
    gains, blocks = np.repeat(days, 20), np.repeat(np.arange(60), 20)
    alone, together = difference("naive", days), difference("naive", gains, blocks=blocks)
    assert together.value == pytest.approx(alone.value)
    assert (together.high - together.low) == pytest.approx(alone.high - alone.low, rel=0.1)
    assert difference("naive", gains).low > together.low
    assert difference("naive", gains, blocks=np.zeros(1200, int)).verdict == NO_BETTER


def test_rights_and_wrongs_in_blocks_have_an_interval_of_their_own() -> None:
    right = np.repeat([1.0, 0.0] * 10, 30)
    low, high = interval(right, share=True, blocks=np.arange(600) // 30)
    assert low < interval(right, share=True)[0] and high > interval(right, share=True)[1]
