"""Fixtures that all tests share."""

from __future__ import annotations

import importlib.util
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import filelock
import pytest

if "PYTEST_XDIST_WORKER" in os.environ:  # beside others: more threads than cores would only wait for each other
    os.environ["OMP_NUM_THREADS"] = "1"

from wisen.descent import loop
from wisen.descent.schedule import batch_size

ROOT = Path(__file__).parent.parent
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


@pytest.fixture(scope="session")
def javascript() -> Path:
    """The script that calls a program from JavaScript, its packages installed: the runtime of browsers among them."""
    missing = [tool for tool in ("node", "npm") if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"{' and '.join(missing)} not installed")
    script = ROOT / "scripts" / "javascript"
    with filelock.FileLock(Path(tempfile.gettempdir()) / "wisen-javascript.lock"):  # two processes may want it
        done = subprocess.run([script], capture_output=True, text=True, check=False)
    if done.returncode and not os.environ.get("CI"):
        pytest.skip(f"npm could not install onnxruntime-web: {done.stderr.strip().splitlines()[-1:]}")
    assert done.returncode == 0, done.stderr
    return script
