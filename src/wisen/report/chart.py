"""Charts as inline SVG: labelled axes with units, sober colours that follow light and dark, intervals."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

Point = tuple[float, float]
GAPS = 5
"""About how many steps there are between the ticks of an axis."""
LETTER = 6.4
"""About the width of a letter, by which room is left for names."""


@dataclass(frozen=True)
class Axis:
    """An axis: its label with the unit, from where to where, and how its ticks are written. Where there are `names`
    they stand at 0, 1, 2, ...; numbers are shares where `share` says so, and powers of ten where `log` does."""

    label: str
    low: float = 0.0
    high: float = 1.0
    names: tuple[str, ...] = ()
    share: bool = False
    log: bool = False

    @classmethod
    def of_names(cls, label: str, names: Sequence[str]) -> Self:
        """An axis of names."""
        return cls(label, -0.5, len(names) - 0.5, tuple(names))

    @classmethod
    def around(cls, label: str, values: Sequence[float], share: bool = False, log: bool = False) -> Self:
        """An axis on which all these finite values have room; a share reaches no farther than from 0 to 1."""
        known = [value for value in values if math.isfinite(value) and (value > 0 or not log)] or [1.0]
        low, high = min(known), max(known)
        if log:
            return cls(label, low / 1.15, high * 1.15, log=True)
        room = 0.06 * (high - low) or abs(high) * 0.1 or 1.0
        low, high = low - room, high + room
        return cls(label, max(0.0, low), min(1.0, high), share=True) if share else cls(label, low, high)

    def at(self, value: float) -> float:
        """Where a value stands, from 0 to 1."""
        if self.log:
            span = math.log(self.high / self.low) or 1.0
            return math.log(max(value, 1e-300) / self.low) / span
        return (value - self.low) / ((self.high - self.low) or 1.0)

    def ticks(self) -> list[tuple[float, str]]:
        """(value, what is written at it) of each tick."""
        if self.names:
            return [(float(place), name) for place, name in enumerate(self.names)]
        if self.log:
            return logarithmic(self.low, self.high)
        span = self.high - self.low
        rough = span / GAPS or 1.0
        step = 10.0 ** math.floor(math.log10(rough))
        step *= next(times for times in (1, 2, 5, 10) if times * step >= rough * 0.999)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        values = [place * step for place in range(first, last + 1)]
        digits = max(0, -math.floor(math.log10(step) + 1e-9))
        if self.share:
            digits = max(0, digits - 2)
            return [(value, f"{100 * value:.{digits}f} %") for value in values]
        return [(value, plain(value, digits)) for value in values]


def plain(value: float, digits: int) -> str:
    """A number at a tick."""
    value = value + 0.0
    if abs(value) >= 1e5 or digits > 5:
        return f"{value:.3g}"
    return f"{value:,.{digits}f}"


def logarithmic(low: float, high: float) -> list[tuple[float, str]]:
    """The ticks between two powers of ten: 1, 2, 5 of each; fewer where there are many."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    steps = (1, 2, 5) if last - first <= 3 else (1,)
    found = [times * 10.0**power for power in range(first, last + 1) for times in steps]
    return [(value, f"{value:g}") for value in found if low <= value <= high]


class Chart:
    """A chart that is drawn piece by piece; `str` of it is the SVG. `about` is said to who cannot see it."""

    def __init__(self, about: str, x: Axis, y: Axis, wide: int = 460, high: int = 300) -> None:
        self.about, self.x, self.y, self.wide, self.high = about, x, y, wide, high
        longest = max((len(text) for _, text in y.ticks()), default=0)
        self.left = min(0.45 * wide, 34 + LETTER * longest)
        crowded = sum(len(text) + 2 for _, text in x.ticks()) * LETTER > wide - self.left
        self.slanted = bool(x.names) and crowded
        name = max((len(text) for _, text in x.ticks()), default=0)
        self.bottom = 46.0 + (min(90.0, 0.62 * LETTER * name) if self.slanted else 0.0)
        self.right, self.top = 24.0, 10.0
        self.parts: list[str] = []
        self.grid()

    def at(self, x: float, y: float) -> Point:
        """Where a point stands on the paper; never beyond the frame."""
        across = self.left + min(1.0, max(0.0, self.x.at(x))) * (self.wide - self.left - self.right)
        return across, self.high - self.bottom - min(1.0, max(0.0, self.y.at(y))) * (self.high - self.top - self.bottom)

    def grid(self) -> None:
        """Draws ticks, grid lines and labels."""
        (left, bottom), (right, top) = self.at(self.x.low, self.y.low), self.at(self.x.high, self.y.high)
        for value, text in self.y.ticks():
            _, y = self.at(self.x.low, value)
            if not self.y.names:
                self.parts.append(f'<path class="g" d="M{left:.1f} {y:.1f}H{right:.1f}"/>')
            self.write(left - 6, y + 4, text, "end")
        for value, text in self.x.ticks():
            x, _ = self.at(value, self.y.low)
            self.parts.append(f'<path class="g" d="M{x:.1f} {bottom:.1f}v4"/>')
            if self.slanted:
                self.write(x + 3, bottom + 14, text, "end", f' transform="rotate(-38 {x + 3:.1f} {bottom + 14:.1f})"')
            else:
                self.write(x, bottom + 17, text, "middle")
        self.parts.append(f'<path class="a" d="M{left:.1f} {top:.1f}V{bottom:.1f}H{right:.1f}"/>')
        self.write((left + right) / 2, self.high - 6, self.x.label, "middle", ' class="l"')
        turn = f' class="l" transform="rotate(-90 12 {(top + bottom) / 2:.1f})"'
        self.write(12, (top + bottom) / 2, self.y.label, "middle", turn)

    def write(self, x: float, y: float, text: str, anchor: str = "start", more: str = "") -> None:
        """Writes a text on the paper."""
        shown = text if len(text) <= 60 else f"{text[:59]}…"
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{html.escape(shown)}</text>')

    def line(self, points: Sequence[Point], colour: int = 0, dashed: bool = False) -> Self:
        """A line through points; those that are no numbers are left out."""
        places = [self.at(*point) for point in points if all(map(math.isfinite, point))]
        if places:
            way = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
            self.parts.append(f'<path class="c{colour}{" d" if dashed else ""}" d="M{way}"/>')
        return self

    def steady(self, value: float, upright: bool = False, colour: int = 3) -> Self:
        """A dashed line across the chart at a value of y, or where it stands upright of x."""
        across = [(self.x.low, value), (self.x.high, value)]
        return self.line([(value, self.y.low), (value, self.y.high)] if upright else across, colour, dashed=True)

    def band(self, xs: Sequence[float], lows: Sequence[float], highs: Sequence[float], colour: int = 0) -> Self:
        """A band between two lines."""
        around = [*zip(xs, highs, strict=True), *reversed(list(zip(xs, lows, strict=True)))]
        places = [self.at(*point) for point in around if all(map(math.isfinite, point))]
        if len(places) > 2:
            way = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
            self.parts.append(f'<path class="b{colour}" d="M{way}Z"/>')
        return self

    def dots(self, points: Sequence[Point], colour: int = 0, size: float = 3.2, faint: bool = False) -> Self:
        """A dot at each point."""
        for x, y in (self.at(*point) for point in points if all(map(math.isfinite, point))):
            self.parts.append(
                f'<circle class="p{colour}{" f" if faint else ""}" cx="{x:.1f}" cy="{y:.1f}" r="{size}"/>'
            )
        return self

    def interval(self, at: float, low: float, high: float, colour: int = 0, across: bool = False) -> Self:
        """An interval with its caps: upright at a value of x, or `across` at one of y."""
        low, high = (value if math.isfinite(value) else end for value, end in ((low, self.low), (high, self.end)))
        ends = [self.at(*((value, at) if across else (at, value))) for value in (low, high)]
        (x0, y0), (x1, y1) = ends
        caps = f"M{x0:.1f} {y0 - 4:.1f}v8M{x1:.1f} {y1 - 4:.1f}v8" if across else ""
        caps = caps or f"M{x0 - 4:.1f} {y0:.1f}h8M{x1 - 4:.1f} {y1:.1f}h8"
        self.parts.append(f'<path class="c{colour}" d="M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}{caps}"/>')
        return self

    @property
    def low(self) -> float:
        """Where an interval begins that has no beginning."""
        return min(self.x.low, self.y.low)

    @property
    def end(self) -> float:
        """Where an interval ends that has no end."""
        return max(self.x.high, self.y.high)

    def bar(self, left: float, right: float, value: float, colour: int = 0, faint: bool = True) -> Self:
        """An upright bar from the lowest value of y."""
        (x0, y0), (x1, y1) = self.at(left, self.y.low), self.at(right, value)
        size = f'x="{x0 + 0.5:.1f}" y="{y1:.1f}" width="{max(0.5, x1 - x0 - 1):.1f}" height="{max(0.0, y0 - y1):.1f}"'
        self.parts.append(f'<rect class="{"b" if faint else "p"}{colour}" {size}/>')
        return self

    def cell(self, x: float, y: float, share: float, text: str = "") -> Self:
        """A cell of a matrix around a point, the darker the greater the share from 0 to 1, with a text in it."""
        (x0, y1), (x1, y0) = self.at(x - 0.5, y - 0.5), self.at(x + 0.5, y + 0.5)
        size = f'x="{x0:.1f}" y="{y0:.1f}" width="{x1 - x0:.1f}" height="{y1 - y0:.1f}"'
        self.parts.append(f'<rect class="m" {size} fill-opacity="{share:.3f}"/>')
        if text:
            dark = ' class="w"' if share > 0.55 else ""
            self.write((x0 + x1) / 2, (y0 + y1) / 2 + 4, text, "middle", dark)
        return self

    def __str__(self) -> str:
        return (
            f'<svg viewBox="0 0 {self.wide} {self.high}" style="max-width:{self.wide}px" role="img" '
            f'aria-label="{html.escape(self.about)}"><title>{html.escape(self.about)}</title>{"".join(self.parts)}</svg>'
        )
