"""Everything that wisen raises on purpose.

WisenError
├── BadSignature   a function that wisen cannot take
├── BadExamples    examples that cannot be read, or that nothing can be learned from
├── BadValue       an argument, a cell or a file that is not what its type says (also a ValueError)
├── BadNetwork     a network of the user's that does not fit the function
├── BadProgram     a file that is not a whole program, or not the program of this function
├── NotTrained     no program and no hand-written body
├── Unsure         the program is less sure than `below` says, and there is no hand-written body
├── Busy           another training of the same function is running
├── Stopped        training was stopped; the same command goes on from the checkpoint
└── NotInstalled   a package is missing; the message names the extra that brings it

A message says what was asked, what was found and why it cannot be; `hint` says what to type instead.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class WisenError(Exception):
    """A sentence about what went wrong, and a hint about what to type instead."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class BadSignature(WisenError):
    """A function that wisen cannot take."""


class BadExamples(WisenError):
    """Examples that cannot be read, or that nothing can be learned from."""


class BadValue(WisenError, ValueError):
    """An argument, a cell or a file that is not what its type says."""


class BadNetwork(WisenError):
    """A network of the user's that does not fit the function."""


class BadProgram(WisenError):
    """A file that is not a whole program, or not the program of this function."""


class NotTrained(WisenError):
    """There is no program yet, and no hand-written body to fall back on."""


class Unsure(WisenError):
    """The program is not sure enough of its answer, and there is no hand-written body to answer instead."""


class Busy(WisenError):
    """Another training of the same function is running."""


class Stopped(WisenError):
    """Training was stopped; the same command goes on from the checkpoint."""


class NotInstalled(WisenError):
    """A package is missing; the message names the extra that brings it."""


def short_of_memory(error: BaseException) -> bool:
    """Whether an error says that there is not enough memory; torch, CUDA and ONNX Runtime each say it in their way."""
    if isinstance(error, (MemoryError, WisenError)):
        return isinstance(error, MemoryError)
    return any(word in str(error).lower() for word in SHORT)


SHORT = ("out of memory", "allocate memory", "failed to allocate", "bad_alloc", "bad allocation", "alloc_failed")


def nearest(word: str, words: Iterable[str]) -> str:
    """The sentence "Did you mean ...?", or all the words where none is near."""
    names = list(words)
    folded = {name.casefold(): name for name in names}
    close = difflib.get_close_matches(word.casefold(), folded, n=2, cutoff=0.6)
    if close:
        return "Did you mean " + " or ".join(repr(folded[name]) for name in close) + "?"
    return "There is: " + listed(names) if names else ""


def listed(words: Iterable[object], most: int = 8) -> str:
    """The words, comma separated, the rest counted."""
    names = [str(word) for word in words]
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")
