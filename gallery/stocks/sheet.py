"""Draws the size of moves that was expected and that came, for some stocks and the held-out years, as sheet.png.

    python -m gallery.stocks.sheet

Grey are the moves that came, red is what the program expected of them the evening before, blue the rule by hand; the
lines are means over a month, for single days are noise. What errs least is the median, which lies below the mean.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from gallery.stocks.stocks import move_tomorrow
from PIL import Image, ImageDraw

from wisen.examples import Rule, known, split
from wisen.train import trained

FOLDER = Path(__file__).parent
STOCKS = ("AAPL", "AMD", "JPM", "KO", "XOM", "JNJ")
WIDE, HIGH, EDGE, MONTH, MOST = 660, 190, 34, 21, 8.0
CAME, LEARNED, BY_HAND, LINES = "#bbbbbb", "#c8102e", "#1f5fbf", "#e4e4e4"


def main() -> None:
    """Draws one panel a stock."""
    program = trained(move_tomorrow)
    examples = known(FOLDER / "data", move_tomorrow.signature, key="stock")
    held = split(examples, Rule.of(program.manifest)).held_out
    assert held.times is not None
    names, hand = np.array(held.others["stock"]), move_tomorrow.hand()
    assert hand is not None
    sheet = Image.new("RGB", (2 * WIDE, 3 * HIGH + EDGE), "white")
    pen = ImageDraw.Draw(sheet)
    for left, word, colour in ((10, "moves that came, %", CAME), (190, "learned", LEARNED), (280, "by hand", BY_HAND)):
        pen.text((left, 10), word, fill=colour, font_size=15)
    for number, stock in enumerate(STOCKS):
        here = np.flatnonzero(names == stock)
        some = held.take(here[np.argsort(held.times.now[here])])
        (learned,), _ = program.whole(some.columns())
        lines = {
            CAME: some.outputs["answer"][:],
            BY_HAND: [hand(row)[0] for row in some.rows()],
            LEARNED: learned,
        }
        panel(pen, ((number % 2) * WIDE, EDGE + (number // 2) * HIGH), stock, lines)
    sheet.save(FOLDER / "sheet.png")
    print(f"{FOLDER / 'sheet.png'} is drawn")


def panel(pen: ImageDraw.ImageDraw, corner: tuple[int, int], stock: str, lines: dict[str, list[float]]) -> None:
    """Draws the lines of one stock, each the mean of a month."""

    def at(share: float, value: float) -> tuple[float, float]:
        height = min(value, MOST) / MOST
        return corner[0] + 30 + (WIDE - 50) * share, corner[1] + HIGH - 14 - (HIGH - 34) * height

    for percent in range(0, int(MOST) + 1, 2):
        pen.line([at(0, percent), at(1, percent)], fill=LINES)
        pen.text((corner[0] + 10, at(0, percent)[1] - 7), str(percent), fill=CAME, font_size=11)
    pen.text((corner[0] + 34, corner[1] + 2), stock, fill="#111111", font_size=13)
    for colour, values in lines.items():
        if colour == CAME:
            for place, value in enumerate(values):
                pen.line([at(place / len(values), 0), at(place / len(values), value)], fill="#eeeeee")
        means = np.convolve(values, np.ones(MONTH) / MONTH, mode="valid")
        pen.line([at(place / len(means), value) for place, value in enumerate(means)], fill=colour, width=2)


if __name__ == "__main__":
    main()
