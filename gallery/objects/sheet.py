"""Draws held-out pictures with the true boxes, those by hand and those learned: sheet.png."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from gallery.objects.objects import find
from PIL import Image, ImageDraw, ImageFont

from wisen.examples import known
from wisen.train import trained

HERE = Path(__file__).parent
SIDE, GAP, MARGIN, HEAD, COLUMNS, ROWS = 300, 10, 30, 110, 2, 6
PAPER, INK, SOFT = "#ffffff", "#1d2733", "#66727f"
TITLES = ("true", "by hand", "learned")


def main() -> None:
    """Draws the sheet and prints its path."""
    path = HERE / "sheet.png"
    draw(held_out(COLUMNS * ROWS)).save(path)
    print(f"Held-out pictures with the boxes of both: {path}")


def held_out(count: int) -> list[tuple[Image.Image, ...]]:
    """The first held-out pictures with something in them, each with the true boxes, those by hand and the learned."""
    examples = known(HERE / "data" / "held_out.json", find.signature)
    program, hand, kind = trained(find), find.hand(), find.signature.outputs[0].kind
    assert hand is not None
    found: list[tuple[Image.Image, ...]] = []
    for row, truth in zip(examples.rows(), examples.outputs["answer"], strict=True):
        if truth and len(found) < count:
            answers = (truth, hand(row)[0], program(row)[0])
            found.append(tuple(Image.open(io.BytesIO(kind.drawn(answer, row))) for answer in answers))
    return found


def draw(pictures: Sequence[tuple[Image.Image, ...]]) -> Image.Image:
    """The sheet: a title, and rows of pictures three times each."""
    wide = len(TITLES) * (SIDE + GAP) + 2 * GAP
    sheet = Image.new("RGB", (2 * MARGIN + COLUMNS * wide, HEAD + ROWS * (SIDE + GAP) + MARGIN), PAPER)
    pen = ImageDraw.Draw(sheet)
    pen.text((MARGIN, 22), f"find: the first {len(pictures)} held-out pictures", INK, ImageFont.load_default(34))
    for place, shown in enumerate(pictures):
        down, across = divmod(place, COLUMNS)
        for number, (title, picture) in enumerate(zip(TITLES, shown, strict=True)):
            x, y = MARGIN + across * wide + number * (SIDE + GAP), HEAD + down * (SIDE + GAP)
            scale = SIDE / max(picture.size)
            size = round(picture.width * scale), round(picture.height * scale)
            sheet.paste(picture.resize(size, Image.Resampling.LANCZOS), (x, y))
            if not down:
                pen.text((x, HEAD - 30), title, SOFT, ImageFont.load_default(20))
    return sheet


if __name__ == "__main__":
    main()
