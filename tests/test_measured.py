"""What a call takes, measured: its time alone and among many, and its memory."""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from wisen import measured


def busy(seconds: float) -> None:
    """Takes so long, of the processor."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


def test_the_time_of_a_call_is_told_by_the_rows_it_was_given() -> None:
    found = measured.calls(lambda row: busy(row), [0.0002, 0.001], most=120)
    assert len(found) == 100  # the first 20 are not counted
    slow = np.median(found.seconds[found.rows == 1])
    assert 0.001 <= slow < 0.01 and 0.0002 <= np.median(found.seconds[found.rows == 0]) < slow
    assert 0.0002 <= found.quantile(0.05) < found.median < found.p99


def test_calls_stand_beside_arithmetic_that_takes_about_as_long() -> None:
    turns = measured.beside(lambda row: busy(row), [0.0002, 0.0002], most=600, longest=5)
    found, same = (measured.joined(each) for each in zip(*turns, strict=True))
    assert len(turns) == 10 and len(found) == len(same) == 400  # of each turn the first 20 are not counted
    assert 0.2 < same.median / found.median < 5


def test_what_calls_leave_behind_is_seen() -> None:
    kept: list[Any] = []
    leaking = measured.watched(lambda row: kept.append([row]), [1, 2, 3], most=20_000, budget=20)
    clean = measured.watched(lambda row: [row], [1, 2, 3], most=20_000, budget=20)
    assert leaking.calls == clean.calls == 20_000 and leaking.counted == 18_000
    assert leaking.blocks[-1] - leaking.blocks[0] >= 18_000 > 500 > clean.blocks[-1] - clean.blocks[0]
    assert len(clean.bytes) == 10 and min(clean.bytes) > 1 << 20


def test_slow_calls_are_watched_for_as_long_as_the_budget_says() -> None:
    begin = time.perf_counter()
    found = measured.watched(lambda row: busy(0.002), [0], most=10**6, budget=0.5)
    assert 10 <= found.calls <= 300 and time.perf_counter() - begin < 10


def test_calls_end_when_their_time_is_up_and_errors_are_timed_too() -> None:
    def bad(row: int) -> None:
        busy(0.01)
        raise ValueError(row)

    begin = time.perf_counter()
    found = measured.calls(bad, [1, 2, 3], longest=0.1)
    assert 2 <= len(found) < 20 and found.median >= 0.01 and time.perf_counter() - begin < 2


def test_the_garbage_collector_rests_while_the_clock_runs_and_goes_on_after() -> None:
    seen = []
    measured.calls(lambda row: seen.append(gc.isenabled()), [0], most=5)
    assert seen == [False] * 5 and gc.isenabled()
    gc.disable()
    try:
        measured.calls(lambda row: None, [0], most=5)
        assert not gc.isenabled()
    finally:
        gc.enable()


@pytest.fixture
def program(module: Callable[[str], ModuleType]) -> Iterator[Any]:
    f = module("import wisen\n\n@wisen.function\ndef high(x: float, y: float) -> bool:\n    return x > 9").high
    chance = random.Random(0)
    rows = [(chance.random(), chance.random()) for _ in range(200)]
    f.train([(row, row[0] + row[1] > 1) for row in rows], budget=2, listen=lambda event: None)
    yield f


def test_many_at_once_take_less_time_each_than_alone_and_memory_is_that_of_the_program(program) -> None:
    rows = [[0.1, 0.2], [0.9, 0.8]] * 100
    learned = program.program
    each = measured.batched(learned, list(zip(*rows, strict=True)))
    assert 0 < each < measured.calls(learned, rows, most=100).median
    most = measured.peak(program.path, learned, rows[:2])
    assert program.path.stat().st_size < most < 200 << 20


def test_what_a_process_takes_is_at_most_what_it_ever_took() -> None:
    before = measured.resident()
    block = np.ones(32 << 20, np.uint8)
    after = measured.resident()
    assert after - before > 24 << 20 and measured.highest() >= after
    del block
