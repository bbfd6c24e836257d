"""Numbers as they are written in cells, and as arrays."""

from __future__ import annotations

import math
import numbers
import re
import struct
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from wisen.kinds.packed import Numbers, packed

CODE = re.compile(r"0\d+")
"""Digits that are no plain number, such as a postal code."""


def number(raw: Any) -> float:
    """The float that a raw cell means; raises TypeError or ValueError."""
    if isinstance(raw, str):
        if "_" in raw:  # Python's own digit separator, never meant in a table
            raise ValueError(raw)
        return float(raw.strip().replace("\u2212", "-"))
    if isinstance(raw, (numbers.Real, np.generic)) or np.ndim(raw) == 0:
        return float(raw)
    raise TypeError(type(raw).__name__)


def likely(raws: Sequence[Any]) -> tuple[bool, float, str] | None:
    """(whether these cells probably are whole numbers, how surely, a doubt in words); None where they are none."""
    if any(isinstance(raw, (bool, np.bool_)) for raw in raws):
        return None
    try:
        values = [number(raw) for raw in raws]
    except (TypeError, ValueError, OverflowError):
        return None
    whole = all(value.is_integer() for value in values)
    plain = whole and not any("." in str(raw) or "e" in str(raw).lower() for raw in raws)
    distinct = len(set(values))
    if any(isinstance(raw, str) and CODE.fullmatch(raw.strip()) for raw in raws):
        return whole, 0.45, "leading zeros: a number or a code?"
    if plain and distinct == 2:
        return True, 0.4, "only two different numbers: bool?"
    if plain and distinct <= 10 and len(values) >= 30 * distinct:
        return True, 0.7, f"only {distinct} different numbers: a Literal of them?"
    return plain, 0.9, ""


def floats(values: Sequence[Any]) -> np.ndarray:
    """Numbers as float64; NaN where one is missing."""
    values = packed(values)
    if isinstance(values, Numbers):
        return values.array
    known = [math.nan if value is None else value for value in values]
    try:
        return np.array(known, dtype=np.float64)
    except OverflowError:  # a whole number of more than 308 digits
        return np.array([float64(value) for value in known])


def float64(value: float | None) -> float:
    """A number as a float64: infinite where it is too large for one, NaN where it is missing."""
    if value is None:
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.copysign(math.inf, 1 if value > 0 else -1)


@lru_cache(maxsize=256)
def packer(count: int) -> struct.Struct:
    """The packer of that many float32."""
    return struct.Struct(f"{count}f")
