"""The function that `FILE:FUNCTION` names, its module imported as Python itself would import it."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import inspect
import linecache
import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from wisen.errors import BadSignature, WisenError, listed, nearest
from wisen.function import Function
from wisen.names import exists


def find(name: str) -> Function[Any, Any]:
    """The decorated function that `faces.py:is_face` or `package.module:is_face` names.

    A file with exactly one decorated function may be named alone. Raises BadSignature. What the
    module prints as it is imported goes to stderr.
    """
    place, _, word = parts_of(name)
    with contextlib.redirect_stdout(sys.stderr):
        module = from_file(Path(place)) if is_file_name(place) else from_dotted(place)
    return chosen(module, word, place)


def parts_of(name: str) -> tuple[str, str, str]:
    """(the file or module, ":", the function's name or nothing); a drive letter is no separator."""
    head, colon, word = name.rpartition(":")
    if not colon or "/" in word or "\\" in word or word.endswith(".py"):
        return name, "", ""
    return head, colon, word.strip()


def is_file_name(place: str) -> bool:
    """Whether this names a file, and not a module."""
    return place.endswith(".py") or os.sep in place or "/" in place or exists(Path(place))


def from_file(path: Path) -> ModuleType:
    """The module in a file, under its natural name: its folder is where imports are looked for."""
    if not exists(path) or not path.is_file():
        raise no_file(path)
    path = Path(os.path.abspath(path))  # noqa: PTH100  # resolve() would follow links, imports do not
    if path.suffix != ".py":
        raise BadSignature(f"{path.name} is no Python file", "Name the file that holds the function: faces.py:is_face")
    name, root = natural_name(path)
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    known = sys.modules.get(name)
    if known is not None:
        if same_file(known, path):
            return known
        raise BadSignature(
            f"{path.name} cannot be imported: a module named {name!r} is in use already", "Give the file another name."
        )
    with told(path):
        if "." in name:
            return importlib.import_module(name)
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[name]
            raise
        return module


def no_file(path: Path) -> BadSignature:
    """What to say of a file that is not there."""
    if exists(path):
        return BadSignature(f"{path} is a folder", "Name the file that holds the function: faces.py:is_face")
    folder = path.parent
    near = [found.name for found in folder.glob("*.py")] if exists(folder) else []
    return BadSignature(f"there is no file {str(path)!r}", nearest(path.name, sorted(near)))


def natural_name(path: Path) -> tuple[str, Path]:
    """(the name under which code imports the file, the folder from which it does): packages count."""
    words, root = [path.stem], path.parent
    if path.name == "__init__.py":
        words = []
    while (root / "__init__.py").is_file():
        words.insert(0, root.name)
        root = root.parent
    return ".".join(words), root


def same_file(module: ModuleType, path: Path) -> bool:
    """Whether the module comes from that file."""
    origin = getattr(module, "__file__", None)
    return origin is not None and Path(origin).exists() and Path(origin).samefile(path)


def from_dotted(name: str) -> ModuleType:
    """The module of a dotted name, as it is found from here."""
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError, AttributeError):
        spec = None
    if spec is None:
        raise BadSignature(
            f"there is no module {name!r}", "Name a file (faces.py:is_face) or a module (package.faces:is_face)."
        )
    with told(Path(spec.origin) if spec.origin else None):
        return importlib.import_module(name)


@contextlib.contextmanager
def told(path: Path | None) -> Iterator[None]:
    """Tells an error in the person's own file with its line."""
    try:
        yield
    except (Exception, SystemExit) as error:
        where, line = line_of(error, path)
        said = f"{where}: " if where else ""
        if isinstance(error, WisenError):
            raise type(error)(said + error.message, error.hint) from error
        if isinstance(error, SystemExit):
            raise BadSignature(
                f"{said}it ends Python when it is imported", "Put that under `if __name__ ...`."
            ) from error
        what = error.msg if isinstance(error, SyntaxError) else str(error)
        raise BadSignature(f"{said}{type(error).__name__}: {what}".rstrip(": "), line) from error


def line_of(error: BaseException, path: Path | None) -> tuple[str, str]:
    """("faces.py line 7", the text of that line): the innermost line of the person's own file."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{Path(error.filename).name} line {error.lineno}", (error.text or "").strip()
    frames = [f for f in traceback.extract_tb(error.__traceback__) if path and Path(f.filename) == path]
    if not frames:
        return (path.name if path else ""), ""
    line, number = frames[-1].line, frames[-1].lineno
    return f"{Path(frames[-1].filename).name} line {number}", (
        line or linecache.getline(str(path), number or 0)
    ).strip()


def chosen(module: ModuleType, word: str, place: str) -> Function[Any, Any]:
    """The decorated function of that name, or the only one where no name is given."""
    own = {name: value for name, value in vars(module).items() if isinstance(value, Function)}
    if not word:
        here = {name: value for name, value in own.items() if value.__module__ == module.__name__} or own
        if len(here) == 1:
            return next(iter(here.values()))
        if not here:
            raise BadSignature(f"{place} has no decorated function", "Write @wisen.function above one.")
        raise BadSignature(f"{place} has several functions: {listed(here)}", f"Name one: {place}:{next(iter(here))}")
    if word in own:
        return own[word]
    if not hasattr(module, word):
        plain = [name for name, value in vars(module).items() if callable(value) and not name.startswith("_")]
        raise BadSignature(f"{place} has no function {word!r}", nearest(word, own or plain))
    value = getattr(module, word)
    if inspect.isfunction(value):
        raise BadSignature(f"{word}() in {place} is not decorated", "Write @wisen.function above it.")
    raise BadSignature(f"{word} in {place} is no function", nearest(word, own))
