"""Fixtures that all tests share."""

from __future__ import annotations

import importlib.util
import itertools
import os
import signal
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

if "PYTEST_XDIST_WORKER" in os.environ:  # beside others: more threads than cores would only wait for each other
    os.environ["OMP_NUM_THREADS"] = "1"

from wisen.descent import loop
from wisen.descent.schedule import batch_size

numbers = itertools.count()
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in a shell's background, from where processes inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)
MEASURED, LEARNING, LEFT, LATE = loop.epoch_seconds, loop.Descent.learning, loop.Descent.left, loop.Descent.late
STEP, BOTTOM = 2e-3, 2e-2
"""Seconds of a step of a network, and of an epoch of a linear program, on the machine that tests assume."""


@pytest.fixture(scope="session", autouse=True)
def steady() -> Iterator[None]:
    """A budget reaches as far on every machine, however busy: the speed that it is divided by is assumed, not
    measured, and no time is lost before.

    Else a test would train other networks where something else runs beside it. What runs in a process of its own
    measures, and has a budget that cuts nothing short.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "epoch_seconds", assumed)
        patch.setattr(loop.Descent, "learning", lambda descent: descent.budget)
        patch.setattr(loop.Descent, "left", lambda descent: descent.budget / 2)
        patch.setattr(loop.Descent, "late", lambda descent: False)
        yield


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """The speed of this machine is measured, as it is where a person trains."""
    monkeypatch.setattr(loop, "epoch_seconds", MEASURED)
    monkeypatch.setattr(loop.Descent, "learning", LEARNING)
    monkeypatch.setattr(loop.Descent, "left", LEFT)
    monkeypatch.setattr(loop.Descent, "late", LATE)


def assumed(plan: Any, descent: Any) -> tuple[float, float]:
    """What `epoch_seconds` says on the machine that tests assume."""
    count = int((descent.folds != 0).sum())
    return (BOTTOM, BOTTOM) if plan.linear else (STEP * max(1, count / batch_size(count)), STEP)


@pytest.fixture
def module(tmp_path: Path) -> Callable[[str], ModuleType]:
    """Writes source as a module of its own into a temporary folder and imports it."""

    def make(source: str, name: str = "") -> ModuleType:
        path = tmp_path / f"{name or f'made_{next(numbers)}'}.py"
        path.write_text(textwrap.dedent(source))
        return imported(path)

    return make


def imported(path: Path) -> ModuleType:
    """The module in a file, as if it had been imported for the first time."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = found
    spec.loader.exec_module(found)
    return found
