"""Limits that a person set for a program: the time that a call may take, and the size of its file."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from wisen.errors import BadSignature
from wisen.spoken import duration
from wisen.spoken import size as bytes_said

if TYPE_CHECKING:
    from wisen.program import Program

SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0}
"""Units of time, the Greek letter and the sign among them."""
BYTES = {"b": 1, "byte": 1, "bytes": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 1 << 10, "mib": 1 << 20}
"""Units of size, in small letters."""
AMOUNT = re.compile(r"\s*([0-9._]+(?:e-?[0-9]+)?)\s*(\S*)\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Limits:
    """The most seconds that half of the calls may take, and the most bytes of the file; None: any."""

    time_per_call: float | None = None
    size: int | None = None

    def __str__(self) -> str:
        time = [] if self.time_per_call is None else [f"{duration(self.time_per_call)} a call"]
        return ", ".join([*time, *([] if self.size is None else [f"a file of {bytes_said(self.size)}"])])


@dataclass(frozen=True)
class Held:
    """A limit and what was measured: whether it is kept, and both in words."""

    name: str
    limit: float
    found: float
    p99: float | None = None
    """Of a time: the seconds that 99 in a hundred calls stay below."""

    @property
    def kept(self) -> bool:
        """Whether what was measured is within the limit."""
        return self.found <= self.limit

    def sized(self, size: int) -> Held:
        """The same of a file of so many bytes."""
        return replace(self, found=size) if self.name == SIZE else self

    def to_json(self) -> dict[str, Any]:
        """Both figures, and whether the limit is kept."""
        return {**asdict(self), "kept": self.kept}

    @property
    def short(self) -> str:
        """Both in a few words."""
        say = duration if self.name == TIME else bytes_said
        return f"{self.name} {say(self.found)}, at most {say(self.limit)}"

    def __str__(self) -> str:
        p99 = "" if self.p99 is None else f" (99 in a hundred below {duration(self.p99)})"
        return f"{self.short}{p99}: {'kept' if self.kept else 'broken'}"


TIME, SIZE = "time per call", "size"
AGAIN = 2
"""How often a time that breaks its limit is measured again."""


def limits_of(time_per_call: object, size: object) -> Limits | None:
    """The limits that a person wrote; None where there are none. Raises BadSignature."""
    if time_per_call is None and size is None:
        return None
    time = None if time_per_call is None else amount("time_per_call", time_per_call, SECONDS, "50us")
    most = None if size is None else int(amount("size", size, BYTES, "200kB"))
    return Limits(time, most)


def amount(name: str, given: object, units: Mapping[str, float], example: str) -> float:
    """The seconds or bytes that a person wrote as a number or with a unit; raises BadSignature."""
    found = math.nan
    if isinstance(given, (int, float)) and not isinstance(given, bool):
        found = float(given)
    elif isinstance(given, str) and (match := AMOUNT.fullmatch(given)):
        number, unit = match[1].replace("_", ""), match[2].lower()
        try:
            found = float(number) * units[unit]
        except (ValueError, KeyError):
            found = math.nan
    if 0 < found < math.inf:
        return found
    what, unit = ("no time", "ns, us, ms or s") if units is SECONDS else ("no size", "B, kB, MB or GB")
    raise BadSignature(
        f"{name}={given!r} is {what}", f"Write a number above 0 and {unit}: @wisen.function({name}={example!r})."
    )


def held(limits: Limits, program: Program, rows: Sequence[Any], size: int, longest: float = 1.0) -> tuple[Held, ...]:
    """The limits beside what is measured of a program, a file of so many bytes, on some examples, in `longest` seconds.

    Other work on the machine only makes calls slower: of a few measurements the fastest counts.
    """
    from wisen.measured import calls

    found = []
    if limits.time_per_call is not None:
        taken = calls(program, rows, longest=longest)
        for _ in range(AGAIN):
            if taken.median > limits.time_per_call:
                taken = min(taken, calls(program, rows, longest=longest), key=lambda each: each.median)
        found.append(Held(TIME, limits.time_per_call, taken.median, taken.p99))
    if limits.size is not None:
        found.append(Held(SIZE, limits.size, size))
    return tuple(found)
