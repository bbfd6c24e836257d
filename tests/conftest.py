"""Fixtures that all tests share."""

from __future__ import annotations

import importlib.util
import itertools
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

numbers = itertools.count()


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
