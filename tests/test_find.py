"""FILE:FUNCTION: which function it names, and what is said where it names none."""

from __future__ import annotations

import itertools
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from wisen.errors import BadSignature
from wisen.find import find

numbers = itertools.count()
GOOD = "import wisen\n\n@wisen.function\ndef even(x: int) -> bool:\n    return x % 2 == 0\n"


@pytest.fixture(autouse=True)
def untouched(monkeypatch: Any, tmp_path: Path) -> Iterator[None]:
    """Leaves the path and the modules as they were."""
    before = set(sys.modules)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.chdir(tmp_path)
    yield
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


def file(source: str = GOOD, name: str = "") -> Path:
    path = Path(name or f"found_{next(numbers)}.py")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source)
    return path


def test_a_file_and_a_function() -> None:
    path = file()
    f = find(f"{path}:even")
    assert f(4) is True and f.__module__ == path.stem
    assert pickle.loads(pickle.dumps(f)) is f  # importable under its natural name
    assert find(str(path)) is f  # the only one needs no name; the module is not loaded twice
    assert find(f"{path.stem}:even") is f  # as a module


def test_its_neighbours_can_be_imported() -> None:
    file("LIMIT = 3\n", "sub/limits_of_mine.py")
    path = file("import wisen\nfrom limits_of_mine import LIMIT\n" + GOOD, "sub/uses_limits.py")
    assert find(f"{path}:even")(2) is True


def test_a_file_in_a_package_keeps_its_full_name() -> None:
    file("", "packed/__init__.py")
    file("LIMIT = 3\n", "packed/limits.py")
    file("from .limits import LIMIT\n" + GOOD, "packed/deep.py")
    f = find("packed/deep.py:even")
    assert f.__module__ == "packed.deep" and find("packed.deep:even") is f


def test_what_it_prints_goes_to_stderr(capsys: Any) -> None:
    find(str(file("print('hello')\n" + GOOD)))
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "hello\n")


@pytest.mark.parametrize(
    ("source", "name", "message", "hint"),
    [
        (GOOD, ":evn", "has no function 'evn'", "Did you mean 'even'?"),
        (
            "def even(x: int) -> bool: ...\n",
            ":even",
            "even() in {} is not decorated",
            "Write @wisen.function above it.",
        ),
        ("even = 3\n", ":even", "even in {} is no function", ""),
        ("x = 3\n", "", "{} has no decorated function", "Write @wisen.function above one."),
        (GOOD + GOOD.replace("even", "odd"), "", "{} has several functions: even, odd", "Name one: {}:even"),
        ("x = 1\n\ny = 1 / 0\n", "", "{} line 3: ZeroDivisionError: division by zero", "y = 1 / 0"),
        ("def f(:\n", "", "{} line 1: SyntaxError", "def f(:"),
        ("import nothing_like_this\n", "", "{} line 1: ModuleNotFoundError", "import nothing_like_this"),
        ("raise SystemExit(3)\n", "", "{} line 1: it ends Python when it is imported", "__name__"),
        (GOOD.replace("int", "complex"), "", "{} line 3: even(): parameter 'x': complex is no type", "float"),
    ],
)
def test_what_is_wrong_is_told(source: str, name: str, message: str, hint: str) -> None:
    path = file(source)
    with pytest.raises(BadSignature) as error:
        find(f"{path}{name}")
    assert message.format(path) in error.value.message
    assert hint.format(path) in error.value.hint
    assert path.stem not in sys.modules or "ZeroDivision" not in message  # a module that failed is not kept


def test_a_file_that_is_not_there() -> None:
    file(name="faces_here.py")
    with pytest.raises(BadSignature, match=r"there is no file 'faces_her\.py'") as error:
        find("faces_her.py:f")
    assert error.value.hint == "Did you mean 'faces_here.py'?"
    with pytest.raises(BadSignature, match="is a folder"):
        find("./:f")
    with pytest.raises(BadSignature, match="there is no module"):
        find("no.such.thing:f")


def test_a_file_that_would_hide_a_module() -> None:
    path = file(name="json.py")
    with pytest.raises(BadSignature, match="a module named 'json' is in use already"):
        find(f"{path}:even")
