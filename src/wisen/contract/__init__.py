"""Constant time, constant memory: what a program promises of every call, and whether it keeps it.

A network has no loops that an input could prolong and keeps nothing for the next call: so any input takes the same
work. Here that is checked, on the machine at hand. A check is a function and a row in CHECKS.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wisen import state
from wisen.contract import memory, pace, work
from wisen.contract.check import Check, Subject, varied
from wisen.descent.schedule import seconds
from wisen.errors import NotInstalled
from wisen.plain import finite
from wisen.train import recalled

if TYPE_CHECKING:
    import onnx

    from wisen.function import Function

__all__ = ["CHECKS", "Check", "Contract", "contract"]

# In the order in which they are shown. None: there is nothing to check.
CHECKS: dict[str, Callable[[Subject], Check | None]] = {
    "operations": work.same,
    "homogeneous": work.homogeneous,
    "time": pace.steady,
    "memory": memory.flat,
    "allocations": memory.held,
    "limits": pace.within,
}


@dataclass(frozen=True, repr=False)
class Contract:
    """What was found of a function's program: its checks. It prints itself."""

    function: str
    checks: tuple[Check, ...]
    seal: str = ""
    """The hash of the program's file."""

    @property
    def kept(self) -> bool:
        """Whether every check is."""
        return all(check.kept for check in self.checks)

    @property
    def title(self) -> str:
        """What it comes to, in a line."""
        broken = ", ".join(check.name for check in self.checks if not check.kept)
        return f"{self.function}: the contract is {f'broken: {broken}' if broken else 'kept'}"

    def to_json(self) -> dict[str, Any]:
        """All checks with their figures, as plain data."""
        checks = {check.name: check.to_json() for check in self.checks}
        return {"function": self.function, "kept": self.kept, "seal": self.seal, "checks": checks}

    def __str__(self) -> str:
        rows = [f"{check.name:12}  {WORDS[check.kept]:6}  {check.said}" for check in self.checks]
        return "\n".join([self.title, *rows])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        import html

        cells = [(check.name, WORDS[check.kept], check.said) for check in self.checks]
        rows = ["".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in cells]
        lines = "".join(f"<tr>{row}</tr>" for row in rows)
        return f"<table><caption>{html.escape(self.title)}</caption>{lines}</table>"


WORDS = {True: "kept", False: "broken"}


def contract(
    function: Function[Any, Any],
    examples: Any = None,
    *,
    budget: float | str = 60.0,
    returns: str | None = None,
    columns: Mapping[str, str] | None = None,
    encoding: str = "utf-8",
) -> Contract:
    """Whether every call of a function's program takes the same work, time and memory; measured, here and now.

    Inputs are held-out examples, of the last training where none are given, and the samples of each kind. `budget` is
    how long calls are watched, a million of them if they are as fast as that. Other words are those of `wisen.test`.
    Raises NotTrained.
    """
    limit = seconds(budget)
    program, path, parts = recalled(function, examples, returns, columns, encoding)
    subject = Subject(program, graph(path), varied(program, parts.held_out), function.limits, limit)
    found = Contract(function.name, checked(subject), program.manifest["seal"])
    state.write(state.contract(path), json.dumps(finite(found.to_json())).encode())
    return found


def checked(subject: Subject) -> tuple[Check, ...]:
    """All checks of a program."""
    return tuple(each for each in (check(subject) for check in CHECKS.values()) if each is not None)


def graph(path: Path) -> onnx.ModelProto:
    """The graph in a program's file; raises NotInstalled."""
    try:
        import onnx
    except ImportError:
        raise NotInstalled("to count operations takes onnx, which is not installed", "pip install onnx") from None
    return onnx.load(str(path))
