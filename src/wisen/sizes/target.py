"""What a program of another size is to reach: a time a call, a size on disk, a width; or to answer better."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from typing import Any, Self

from wisen.errors import WisenError
from wisen.limits import BYTES, SECONDS, Limits
from wisen.spoken import duration, size

WORDS = {
    "time_per_call": "--time-per-call 20us",
    "faster": "--faster 2x",
    "size": "--size 50kB",
    "width": "--width 0.5",
    "better": "--better",
}
"""How each target is typed."""
FACTORS = {"": 1.0, "x": 1.0, "%": 0.01}
WIDER = 2.0
"""The width that is tried where it is only to be better, in that of the present program."""
SLACK = 1.05
"""How far above its limit a measured time may lie: two measurements of one program differ by as much."""


@dataclass(frozen=True)
class Target:
    """A target, of which one is given: seconds a call, how many times faster, bytes on disk, how many times as wide; or
    better, whatever that takes."""

    time_per_call: float | None = None
    faster: float | None = None
    size: float | None = None
    width: float | None = None
    better: bool = False

    @classmethod
    def of(cls, **said: Any) -> Self:
        """The target that a person means; raises WisenError where it is none, or more than one."""
        given = {name: value for name, value in said.items() if value is not None and value is not False}
        if len(given) != 1:
            found = " and ".join(WORDS[name].split()[0] for name in given) or "no target"
            raise WisenError(
                f"a program is resized for one target; here is {found}", f"Write {' or '.join(WORDS.values())}"
            )
        ((name, value),) = given.items()
        return cls(better=True) if name == "better" else cls(**{name: amount(name, value)})  # type: ignore[arg-type]

    @property
    def name(self) -> str:
        """Which one it is."""
        return next(each.name for each in fields(self) if getattr(self, each.name) not in (None, False))

    def factor(self) -> float | None:
        """How many times as wide the program is to be; None where that has to be found."""
        return WIDER if self.better else self.width

    def limits(self, seconds: float) -> tuple[float, float]:
        """(the most seconds a call, the most bytes) where the present program takes so long."""
        most = self.time_per_call or (seconds / self.faster if self.faster else float("inf"))
        return most, self.size or float("inf")

    def within(self, limits: Limits | None) -> Limits | None:
        """The limits of a function, with a file that is no larger than this asks."""
        if self.size is None:
            return limits
        return replace(limits or Limits(), size=int(min(self.size, (limits and limits.size) or self.size)))

    def met(self, before: float, seconds: float, count: int) -> bool:
        """Whether a program that takes so many seconds a call and so many bytes meets it, where that of before took
        `before` seconds."""
        most, bytes_ = self.limits(before)
        return seconds <= SLACK * most and count <= bytes_

    def __str__(self) -> str:
        if self.better:
            return "better"
        value = getattr(self, self.name)
        return {
            "time_per_call": lambda: f"at most {duration(value)} a call",
            "faster": lambda: f"{value:g} times faster",
            "size": lambda: f"at most {size(value)}",
            "width": lambda: f"{value:g} times as wide",
        }[self.name]()


def amount(name: str, said: Any) -> float:
    """The number that a person means: 20us, 2x, 50kB, 0.5; raises WisenError."""
    units = {"time_per_call": SECONDS, "size": {"": 1.0, **BYTES}}.get(name, FACTORS)
    found = re.fullmatch(r"\s*([0-9.]+(?:e-?[0-9]+)?)\s*([a-zµμ%]*)\s*", str(said).lower())
    try:
        assert found is not None
        unit = found[2] or ("s" if name == "time_per_call" and not isinstance(said, str) else "")
        value = float(found[1]) * units[unit]
        assert 0 < value < float("inf")
    except (AssertionError, KeyError, ValueError):
        raise WisenError(f"{name.replace('_', ' ')} {said!r} is no such amount", f"Write {WORDS[name]}") from None
    return value
