"""The texts of labels: how a value is spelled, and which spellings are one."""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from wisen.errors import BadSignature


def literal(choices: tuple[Any, ...]) -> tuple[Any, ...]:
    """The labels in the brackets of a Literal; raises BadSignature."""
    for choice in choices:
        if type(choice) not in (str, int, bool):
            hint = f"Write the Enum itself: {type(choice).__name__}." if isinstance(choice, enum.Enum) else ""
            hint = "Write `| None` behind the brackets." if choice is None else hint or 'Write Literal["a", "b"].'
            raise BadSignature(f"Literal{list(choices)}: {choice!r} is no text, whole number or bool", hint)
    if len({label(choice) for choice in choices}) < len(choices) or len(choices) < 2:
        raise BadSignature(
            f"Literal{list(choices)} needs two or more labels that differ as text", 'Write Literal["a", "b"].'
        )
    return (False, True) if all(type(choice) is bool for choice in choices) else choices


def plain(labels: Collection[str]) -> tuple[str | int, ...]:
    """The labels in their order; as numbers where all of them are whole numbers, written plainly."""
    if all(text.removeprefix("-").isdecimal() and str(int(text)) == text for text in labels):
        return tuple(sorted(map(int, labels)))
    return tuple(sorted(labels))


def label(value: Any) -> str:
    """The text under which a value is known to the program; a missing one is empty."""
    if value is None:
        return ""
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, np.generic):
        value = value.item()
    return value if type(value) is str else str(value)


def folded(text: str) -> str:
    """A text without its differences of case and spaces."""
    return " ".join(text.split()).casefold()


def commonest(counts: Mapping[str, int]) -> dict[str, str]:
    """The commonest spelling of each folded text."""
    found: dict[str, str] = {}
    for text in sorted(counts, key=lambda text: (-counts[text], text)):
        found.setdefault(folded(text), text)
    return found
