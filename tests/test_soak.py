"""A program is called from threads and processes as from one thread: a short run of scripts/soak."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import soak

pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("soaking")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield soak.made(folder)


def test_many_threads_are_told_what_one_is_told(both: Any) -> None:
    memory = soak.soak(both, 20_000)
    assert memory[-1] - memory[0] < soak.GROWN


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_answers_the_same(both: Any) -> None:
    both[0](*soak.rows(1)[0])  # the program is loaded before the fork
    assert soak.in_a_fork(both[0])
    assert soak.in_a_pool(both[0], "fork", 300)


def test_spawned_processes_answer_the_same(both: Any) -> None:
    assert soak.in_a_pool(both[0], "spawn", 300)
