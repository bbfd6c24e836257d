"""The texts of labels: how a value is spelled, and which spellings are one."""

from __future__ import annotations

import enum
import math
import numbers
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from wisen.errors import BadSignature, BadValue, listed, nearest
from wisen.kinds.packed import different

YES = frozenset({"true", "yes", "y", "t", "1", "1.0", "on"})
NO = frozenset({"false", "no", "n", "f", "0", "0.0", "off"})


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


def likely(raws: Sequence[Any]) -> tuple[tuple[Any, ...], float, str] | None:
    """(the labels of which these cells probably are, none where there may be others, how surely, a doubt in words);
    None where they hardly are labels."""
    counts = Counter(label(raw).strip() for raw in raws)
    small = {text.casefold() for text in counts}
    if len(small) == 2 and small & YES and small & NO:
        return (False, True), 0.8, ""
    if len(small) == 1 and small <= {"true", "false", "yes", "no"}:
        return (False, True), 0.65, f"it is {next(iter(counts))} wherever it is known"
    if len(small) == 1:  # there or not there is all that it says
        return (), 0.65, f"the only label is {next(iter(counts))!r}"
    if len(small) > max(2, min(1000, len(raws) // 5)):
        return None
    labels: dict[str, str] = {}
    for text, _ in counts.most_common():
        labels.setdefault(text.casefold(), text)
    if len(labels) > 12:
        wordy = sum(len(text.split()) > 3 for text in labels.values()) > len(labels) / 2
        sureness = 0.65 if len(labels) <= 50 else 0.4 if wordy else 0.55
        return (), sureness, f"{len(labels)} different labels"
    rare = [text for text in labels.values() if counts[text] == 1]
    return plain(labels.values()), 0.65, f"seen only once: {listed(rare)}" if rare else ""


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
    """For each text the commonest one of those that differ from it in case and spaces only."""
    found: dict[str, str] = {}
    for text in sorted(counts, key=lambda text: (-counts[text], text)):
        found.setdefault(folded(text), text)
    return {text: found[folded(text)] for text in counts}


def positive(value: Any) -> bool:
    """Whether a number that was read from a file is a plain one above 0."""
    return type(value) in (int, float) and 0 < value < math.inf


def forgiving(text: str, raw: Any, known: Mapping[str, Any], spellings: Mapping[str, Any], yes_no: bool) -> Any:
    """The choice that differs from the text in case and spaces only, or in how it is written; raises BadValue."""
    small = text.casefold()
    if yes_no and (small in YES or small in NO):
        return small in YES
    if text in spellings:
        return spellings[text]
    for label_, choice in spellings.items():
        if label_.strip().casefold() == small:
            return choice
    try:  # 3.0 is the label 3: what a table of floats makes of a column of whole numbers
        if float(text).is_integer() and str(int(float(text))) in spellings:
            return spellings[str(int(float(text)))]
    except (ValueError, OverflowError):
        pass
    hint = nearest(text, known) if text else ""
    if yes_no:
        hint = "Write yes or no, true or false, 1 or 0; folders may be named so too."
    raise BadValue(f"is {raw!r:.60}, which is none of {listed(known)}", hint)


def rising(values: Sequence[Any]) -> bool:
    """Whether values are three or more numbers, each no smaller than the one before."""
    numbered = len(values) > 2 and all(isinstance(value, numbers.Real) for value in values)
    return numbered and list(values) == sorted(values)


def repeated(values: Sequence[Any]) -> tuple[str, ...]:
    """The labels seen more than once. Of many, one that was seen once teaches nothing about itself, but what an unknown
    one means."""
    counts = Counter(folded(label(value)) for value in values if value is not None)
    spellings = {label(value) for value in different(values) if value is not None}
    return tuple(sorted(text for text in spellings if counts[folded(text)] > 1))
