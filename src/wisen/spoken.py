"""Numbers as a person says them."""

from __future__ import annotations

import math


def figure(value: float) -> str:
    """A number with three digits after the point, or as many as matter."""
    if not math.isfinite(value):
        return str(value)
    if 0 < abs(value) < 0.001:
        return f"{value:.3g}"
    return f"{value:.3f}" if abs(value) < 100 else f"{value:,.4g}" if abs(value) < 1e5 else f"{value:,.0f}"


def signed(value: float) -> str:
    """A number with its sign."""
    text = figure(value)
    return text if text.startswith("-") else f"+{text}"


def size(count: float) -> str:
    """Bytes as a person says them: 146 kB."""
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            unit = "byte" if (unit, round(count)) == ("bytes", 1) else unit
            return f"{count:.1f} {unit}" if unit.endswith("B") and count < 10 else f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"


def thousands(count: float) -> str:
    """A large number as a person says it: 1.3 million."""
    for limit, word in ((1e9, " billion"), (1e6, " million")):
        if count >= limit:
            return f"{count / limit:.1f}{word}"
    return f"{count:,.0f}"


def duration(seconds: float) -> str:
    """Seconds as a person says them: 12.3 µs."""
    for limit, factor, unit in ((1e-3, 1e6, "µs"), (1.0, 1e3, "ms")):
        if seconds < 0.9995 * limit:  # what is rounded to a thousand of them is one of the next
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds:.1f} s"
