"""Work ahead of time: in order, bounded, and its errors are told."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from wisen.examples.ahead import ahead, beforehand, behind, cores


def test_results_come_in_order_and_few_wait() -> None:
    lock, state = threading.Lock(), {"made": 0, "taken": 0, "most": 0}

    def made(item: int) -> int:
        time.sleep(0.002 * (item % 3))
        with lock:
            state["made"] += 1
            state["most"] = max(state["most"], state["made"] - state["taken"])
        return item * item

    found = []
    for each in ahead(made, range(60)):
        state["taken"] += 1
        found.append(each)
    assert found == [item * item for item in range(60)]
    assert state["most"] <= 2 * cores() + 2


def test_an_error_is_told_at_its_place() -> None:
    every = ahead(lambda item: 1 // (item - 5), range(100))
    assert [next(every) for _ in range(5)] == [-1, -1, -1, -1, -1]
    with pytest.raises(ZeroDivisionError):
        next(every)


def test_who_reads_no_further_leaves_no_thread() -> None:
    before = threading.active_count()
    for each in ahead(str, range(10_000)):
        assert each == "0"
        break
    deadline = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() == before


def test_the_next_item_is_made_beforehand_and_work_is_done_behind() -> None:
    here, done = threading.get_ident(), []
    makers: list[int] = []

    def items() -> Iterator[int]:
        for number in range(5):
            makers.append(threading.get_ident())
            yield number

    behind(lambda item: done.append((item, threading.get_ident())), beforehand(items()))
    assert [item for item, _ in done] == list(range(5)) and here not in {*makers, *(thread for _, thread in done)}


@pytest.mark.parametrize("at", range(3))
def test_a_failure_in_another_thread_is_raised_here(at: int) -> None:
    def fail(item: int) -> None:
        if item == at:
            raise ValueError(f"{item} is bad")

    def items() -> Iterator[int]:
        for number in range(3):
            fail(number)
            yield number

    with pytest.raises(ValueError, match=f"{at} is bad"):
        list(beforehand(items()))
    with pytest.raises(ValueError, match=f"{at} is bad"):
        behind(fail, range(3))
