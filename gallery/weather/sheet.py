"""Draws held-out weeks in Seattle, each with its forecast, as sheet.png: run after `wisen train`.

    python -m gallery.weather.sheet

The grey line is what was known, the black one what came; red is the program's median, the band holds eight of ten
truths by its own account, and blue dashes are the calendar's.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gallery.weather.weather import week_ahead
from PIL import Image, ImageDraw

from wisen import state
from wisen.examples import Rule, known, split
from wisen.train import trained

FOLDER = Path(__file__).parent
ACROSS, DOWN, WIDE, HIGH, EDGE = 4, 4, 330, 210, 34
COLDEST, WARMEST = -6.0, 40.0
KNOWN, TRUE, LEARNED, BAND, BY_HAND, LINES = "#999999", "#111111", "#c8102e", "#f6cfd4", "#1f5fbf", "#e4e4e4"


def main() -> None:
    """Draws the weeks that follow some days, evenly spread over what was held out."""
    program = trained(week_ahead)
    examples = known(FOLDER / "data" / "seattle.csv", week_ahead.signature)
    held = split(examples, Rule.of(program.manifest)).held_out
    assert held.times is not None
    order = held.times.now.argsort()
    chosen = [int(order[(len(order) - 1) * part // (ACROSS * DOWN - 1)]) for part in range(ACROSS * DOWN)]
    sheet = Image.new("RGB", (ACROSS * WIDE, DOWN * HIGH + EDGE), "white")
    pen = ImageDraw.Draw(sheet)
    pen.text((10, 10), "Seattle, highest temperature of the day in °C: known", fill=KNOWN, font_size=15)
    for left, word, colour in (
        (420, "came", TRUE),
        (480, "learned, with its 80 % band", LEARNED),
        (710, "calendar", BY_HAND),
    ):
        pen.text((left, 10), word, fill=colour, font_size=15)
    for number, place in enumerate(chosen):
        values = [column[place] for column in held.columns()]
        week, _ = program.predict(values)
        hand = week_ahead.by_hand(*values).warmest
        quantiles = [each for _, each in week.quantiles]
        corner = ((number % ACROSS) * WIDE, EDGE + (number // ACROSS) * HIGH)
        panel(pen, corner, str(values[0]), values[1], held.outputs["warmest"][place], quantiles, hand)
    sheet.save(FOLDER / "sheet.png")
    print(f"{FOLDER / 'sheet.png'} is drawn, by {state.folder(week_ahead.path).name}")


def panel(
    pen: ImageDraw.ImageDraw, corner: tuple[int, int], title: str, past: Sequence[float], truth: Sequence[float],
    quantiles: Sequence[Sequence[float]], hand: Sequence[float],
) -> None:  # fmt: skip
    """Draws one week and the days before it."""
    count = len(past) + len(truth)

    def at(step: float, value: float) -> tuple[float, float]:
        share = (value - COLDEST) / (WARMEST - COLDEST)
        return corner[0] + 34 + (WIDE - 50) * step / (count - 1), corner[1] + HIGH - 16 - (HIGH - 40) * share

    for degree in range(0, 41, 10):
        pen.line([at(0, degree), at(count - 1, degree)], fill=LINES)
        pen.text((corner[0] + 8, at(0, degree)[1] - 7), str(degree), fill=KNOWN, font_size=11)
    pen.text((corner[0] + 36, corner[1] + 4), title, fill=TRUE, font_size=12)
    ahead = range(len(past), count)
    low, middle, high = quantiles
    edge = [*map(at, ahead, high), *reversed([at(step, value) for step, value in zip(ahead, low, strict=True)])]
    pen.polygon(edge, fill=BAND)
    pen.line([at(step, value) for step, value in enumerate(past)], fill=KNOWN, width=2)
    joined = [len(past) - 1, *ahead]
    for place, (step, value) in enumerate(zip(ahead, hand, strict=True)):
        if place % 2 == 0 and place + 1 < len(hand):
            pen.line([at(step, value), at(step + 1, hand[place + 1])], fill=BY_HAND, width=2)
    pen.line([at(s, v) for s, v in zip(joined, [past[-1], *middle], strict=True)], fill=LEARNED, width=2)
    pen.line([at(s, v) for s, v in zip(joined, [past[-1], *truth], strict=True)], fill=TRUE, width=2)


if __name__ == "__main__":
    main()
