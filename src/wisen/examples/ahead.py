"""What is made of many items, some of them ahead of time by other threads."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")


def cores() -> int:
    """How many processors this process may use, which can be fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def ahead(made: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """What is made of each item, in their order, by a thread for each processor.

    It is for work that lets other threads run, as decoding files does. No more results wait than there
    are threads, twice over: they may be large.
    """
    threads = cores()
    waiting: deque[Future[R]] = deque()
    pool = ThreadPoolExecutor(threads)
    try:
        for item in items:
            waiting.append(pool.submit(made, item))
            if len(waiting) > 2 * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def beforehand(items: Iterable[T]) -> Iterator[T]:
    """The same items; while one is worked on, another thread makes the next."""
    source, end = iter(items), object()
    with ThreadPoolExecutor(1) as pool:
        coming: Future[Any] = pool.submit(next, source, end)
        while (item := coming.result()) is not end:
            coming = pool.submit(next, source, end)
            yield item


def behind(work: Callable[[T], object], items: Iterable[T]) -> None:
    """Does some work on each item, in their order, in another thread while the next item is made here."""
    with ThreadPoolExecutor(1) as pool:
        before: Future[object] | None = None
        for item in items:
            if before is not None:
                before.result()
            before = pool.submit(work, item)
        if before is not None:
            before.result()
