"""The time of calls, from measurements that were made up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest

from wisen.contract import pace
from wisen.contract.check import Subject
from wisen.measured import Calls

ROWS, TURNS = 40, 10


def calls(seconds: Callable[[int], float]) -> Calls:
    """A turn in which the n-th call takes so long."""
    return Calls(np.array([seconds(n) for n in range(1000)]), np.arange(1000) % ROWS)


def quiet(call: int) -> float:
    return 1e-5 if call % 50 else 1.5e-5


def tailed(call: int) -> float:
    """Slow in 3 % of the calls, whatever goes in."""
    return 6e-5 if call % 33 == 0 else 1e-5


def noisy(call: int) -> float:
    return 2e-4 if call % 7 == 0 else 1e-5


def subject(turns: list[tuple[Any, Any]], monkeypatch: pytest.MonkeyPatch, groups: int = 1) -> Any:
    """What stands in for a program that was timed: (its calls, the arithmetic beside them), turn by turn."""
    monkeypatch.setattr(pace, "grouped", lambda subject: np.arange(ROWS) % groups)
    timed = [(calls(ours), Calls(calls(still).seconds, np.zeros(1000, int))) for ours, still in turns]
    return Mock(spec=Subject, timed=timed, again=Mock(return_value=timed))


@pytest.mark.parametrize(
    ("turns", "kept"),
    [
        ([(quiet, quiet)] * TURNS, True),
        ([(tailed, quiet)] * TURNS, False),
        ([(tailed, quiet)] * (TURNS - 1) + [(noisy, noisy)], False),  # one noisy turn is no excuse for the others
        ([(quiet, quiet)] * (TURNS - 1) + [(noisy, noisy)], True),
        ([(noisy, noisy)] * (TURNS - 1) + [(quiet, quiet)], True),
        ([(noisy, noisy)] * TURNS, True),  # nothing can be said but which inputs are slow: none
    ],
)
def test_a_slow_tail_breaks_it_and_noise_does_not(
    turns: list[tuple[Any, Any]], kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = pace.steady(subject(turns, monkeypatch))
    assert found.kept is kept, found


def test_the_slowest_input_is_compared_with_those_of_its_length(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = [(quiet, quiet)] * TURNS
    assert pace.steady(subject(turns, monkeypatch)).said.endswith("1.00 times as long as the middle one")
    by_length = pace.steady(subject(turns, monkeypatch, groups=4)).said
    assert by_length.endswith("1.00 times as long as the middle one of its length")


def test_what_is_broken_is_measured_again(monkeypatch: pytest.MonkeyPatch) -> None:
    unlucky = subject([(noisy, quiet)] * TURNS, monkeypatch)
    unlucky.again.return_value = subject([(quiet, quiet)] * TURNS, monkeypatch).timed
    assert pace.steady(unlucky).kept and unlucky.again.call_count == 1
    slow = subject([(tailed, quiet)] * TURNS, monkeypatch)
    assert not pace.steady(slow).kept and slow.again.call_count == 2
