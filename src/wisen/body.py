"""The hand-written body: what can be decorated, whether it does anything, and where its program stands."""

from __future__ import annotations

import dis
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

from wisen.errors import BadSignature
from wisen.names import fitting


def refuse(body: Any) -> None:
    """Raises BadSignature for what is no plain function."""
    name = getattr(body, "__qualname__", repr(body))
    if isinstance(body, (classmethod, staticmethod)) or not inspect.isfunction(body):
        raise BadSignature(f"{name} is no plain function", "Decorate a `def` at the top of a module.")
    parameters = list(inspect.signature(body).parameters)
    outer = name.split(".")[:-1]
    if (outer and outer[-1] != "<locals>") or parameters[:1] in (["self"], ["cls"]):
        raise BadSignature(f"{name} is a method; wisen takes functions", "Move it out of the class.")
    if inspect.iscoroutinefunction(body) or inspect.isasyncgenfunction(body):
        raise BadSignature(f"{name} is async; wisen takes plain functions", "Leave out `async`: it takes microseconds.")
    if inspect.isgeneratorfunction(body):
        raise BadSignature(f"{name} is a generator; wisen takes functions that return", "Write `return`, not `yield`.")
    if body.__name__ == "<lambda>":
        raise BadSignature("a lambda has no name and no types", "Write a `def`.")


NOTHING_DONE = {"RESUME", "NOP", "POP_TOP", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE", "LOAD_ASSERTION_ERROR"}


def has_body(body: Callable[..., Any]) -> bool:
    """Whether a function does anything: not where it is only `...`, `pass`, a docstring or NotImplementedError."""
    steps = list(dis.get_instructions(body))
    if not any(step.opname.startswith("RETURN_") or "JUMP" in step.opname for step in steps):
        # It runs straight into an error.
        return not any(step.argval == "NotImplementedError" for step in steps)
    if any(step.opname not in NOTHING_DONE for step in steps):
        return True
    returned = [step.argval for step in steps if step.opname in ("LOAD_CONST", "RETURN_CONST")]
    return any(value is not None and value is not Ellipsis for value in returned)


def program_path(body: Callable[..., Any]) -> Path:
    """Where the program of a function stands: `<module>.<function>.onnx` beside the module."""
    module = Path(body.__code__.co_filename)
    if module.is_file():
        return module.with_name(fitting(f"{module.stem}.{body.__name__}", ".onnx"))
    return Path.cwd() / fitting(body.__name__, ".onnx")  # typed at a prompt or in a notebook
