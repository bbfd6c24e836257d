"""Forecasts drawn behind the past that they go on from."""

from __future__ import annotations

import math
from collections.abc import Sequence

from wisen.kinds.drawing import png

WIDE, HIGH, LEFT, EDGE = 720, 360, 64, 28
KNOWN, MIDDLE, BAND, LINES, INK = "#777777", "#c8102e", "#f6cfd4", "#e4e4e4", "#333333"
GAPS = 5
"""About how many lines there are across."""


def plotted(
    past: Sequence[float], middle: Sequence[float], low: Sequence[float], high: Sequence[float]
) -> bytes | None:
    """A PNG file: the past in grey, the forecast in red, between its lowest and highest quantiles a band; None where
    the numbers reach farther than a number can."""
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("RGB", (WIDE, HIGH), "white")
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(13)
    every = [value for value in (*past, *low, *high) if math.isfinite(value)]
    bottom, top = min(every), max(every)
    # Numbers that hardly differ are given some room, or the lines between them could not be told apart.
    room = 0.05 * max(top - bottom, 1e-6 * abs(top), 1e-6 * abs(bottom)) or 1.0
    if not math.isfinite(20 * room):
        return None
    bottom, top, count = bottom - room, top + room, len(past) + len(middle)

    def at(step: int, value: float) -> tuple[float, float]:
        across = LEFT + (WIDE - LEFT - EDGE) * step / max(1, count - 1)
        return across, HIGH - EDGE - (HIGH - 2 * EDGE) * (value - bottom) / (top - bottom)

    for line in marks(bottom, top):
        pen.line([at(0, line), at(count - 1, line)], fill=LINES)
        pen.text((LEFT - 10, at(0, line)[1]), f"{line:.6g}", INK, font, anchor="rm")
    steps = range(len(past), count)
    upper, lower = ([at(*each) for each in zip(steps, side, strict=True)] for side in (high, low))
    if len(middle) > 1:
        pen.polygon([*upper, *reversed(lower)], fill=BAND)
    pen.line([at(step, value) for step, value in enumerate(past) if math.isfinite(value)], fill=KNOWN, width=2)
    before = [at(len(past) - 1, past[-1])] if past and math.isfinite(past[-1]) else []
    pen.line([*before, *(at(*each) for each in zip(steps, middle, strict=True))], fill=MIDDLE, width=3)
    for place, step in enumerate(steps, start=1):
        if len(middle) <= 2 * GAPS or place % (len(middle) // GAPS) == 0:
            pen.text((at(step, bottom)[0], HIGH - EDGE + 6), f"+{place}", INK, font, anchor="mt")
    return png(picture)


def marks(bottom: float, top: float) -> list[float]:
    """Round numbers between two others, some five of them."""
    rough = (top - bottom) / GAPS
    step = 10.0 ** math.floor(math.log10(rough))
    step *= next(times for times in (1, 2, 5, 10) if times * step >= rough)
    first = math.ceil(bottom / step)
    return [place * step for place in range(first, math.floor(top / step) + 1)]
