"""Numbers as they are written in cells, and as arrays."""

from __future__ import annotations

import math
import numbers
import struct
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from wisen.kinds.packed import Numbers, packed


def number(raw: Any) -> float:
    """The float that a raw cell means; raises TypeError or ValueError."""
    if isinstance(raw, str):
        if "_" in raw:  # Python's own digit separator, never meant in a table
            raise ValueError(raw)
        return float(raw.strip().replace("\u2212", "-"))
    if isinstance(raw, (numbers.Real, np.generic)) or np.ndim(raw) == 0:
        return float(raw)
    raise TypeError(type(raw).__name__)


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
