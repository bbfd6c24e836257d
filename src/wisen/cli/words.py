"""Words of the command line: NAME=VALUE pairs, and paths as a person would type them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wisen.errors import BadExamples, BadProgram

if TYPE_CHECKING:
    from wisen.function import Function
    from wisen.program import Program


def pairs(words: Sequence[str], option: str) -> dict[str, str]:
    """NAME=VALUE words as a mapping; raises BadExamples for a word that is no pair."""
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise BadExamples(f"{option} {word!r} is no pair", f"Write {option} parameter=column, once for each.")
        found[name.strip()] = value.strip()
    return found


def near(path: Path) -> str:
    """The path as it would be typed from here."""
    try:
        relative = os.path.relpath(path)
    except ValueError:  # on another drive
        return str(path)
    far = relative.startswith(f"..{os.sep}..")
    return str(path.resolve()) if far else relative


def standing(function: Function[Any, Any]) -> tuple[Program | None, str]:
    """(the installed program that answers, why the installed one does not): None and "" where none is installed."""
    try:
        return function.program, ""
    except BadProgram as error:
        return None, error.message


def as_candidate(function: Function[Any, Any], why: str) -> list[str]:
    """What is said where the candidate stands in for an installed program."""
    if not why:
        return [f"This is the candidate: no program of {function.name}() is installed."]
    return [f"The installed program does not answer: {why}", "This is the candidate."]
