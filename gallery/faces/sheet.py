"""Draws the held-out pictures with both answers, by hand and learned, the wrong ones marked: sheet.png."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gallery.faces.examples import CROPS
from gallery.faces.faces import is_face
from gallery.paper import INK, PAPER, RIGHT, RIGHT_INK, SOFT, WRONG, WRONG_INK, font
from PIL import Image, ImageDraw

from wisen.examples import known, split
from wisen.headtohead import BY_HAND, LEARNED

HERE = Path(__file__).parent
SIDE, CHIP, GAP, MARGIN, COLUMNS = 132, 30, 18, 48, 9


@dataclass(frozen=True)
class Answered:
    """A picture, whether it shows a face, and what the two bodies of the function say."""

    photo: Image.Image
    truth: bool
    by_hand: bool
    learned: bool

    @property
    def mistakes(self) -> int:
        """How many of the two are wrong."""
        return (self.by_hand != self.truth) + (self.learned != self.truth)


def main() -> None:
    """Draws the sheet and prints its path."""
    path = HERE / "sheet.png"
    draw(held_out()).save(path)
    print(f"The held-out pictures with both answers: {path}")


def held_out() -> list[Answered]:
    """The held-out pictures and the answers of the last program, whether it was installed or not."""
    parts = split(known(CROPS, is_face.signature))
    (result,) = is_face.test(CROPS).results
    columns = parts.held_out.inputs["photo"], result.truths, result.answers[BY_HAND], result.answers[LEARNED]
    return [Answered(*row) for row in zip(*columns, strict=True)]


def draw(answered: Sequence[Answered]) -> Image.Image:
    """The sheet: a title with the counts, a legend, then the faces and the others, mistakes first."""
    rows = laid_out(answered)
    width = 2 * MARGIN + COLUMNS * (SIDE + GAP) - GAP
    height = 236 + sum(row_height(row) for row in rows) + MARGIN - GAP
    sheet = Image.new("RGB", (width, height), PAPER)
    pen = ImageDraw.Draw(sheet)
    heading(pen, answered)
    legend(pen, 158)
    y = 236
    for row in rows:
        if isinstance(row, str):
            pen.text((MARGIN, y + 6), row, INK, font(24))
        else:
            for place, each in enumerate(row):
                tile(sheet, pen, (MARGIN + place * (SIDE + GAP), y), each)
        y += row_height(row)
    return sheet


def laid_out(answered: Sequence[Answered]) -> list[str | list[Answered]]:
    """The rows of the sheet: a title, then pictures beside each other, for the faces and for the others."""
    rows: list[str | list[Answered]] = []
    for truth, title in ((True, "faces"), (False, "other pictures")):
        chosen = sorted((each for each in answered if each.truth == truth), key=lambda each: -each.mistakes)
        rows.append(f"{len(chosen)} {title}")
        rows += [chosen[start : start + COLUMNS] for start in range(0, len(chosen), COLUMNS)]
    return rows


def row_height(row: str | list[Answered]) -> int:
    """The height of a title or of a row of pictures."""
    return 48 if isinstance(row, str) else SIDE + CHIP + GAP + 12


def heading(pen: ImageDraw.ImageDraw, answered: Sequence[Answered]) -> None:
    """The title and what both got wrong."""
    count = len(answered)
    hand = sum(each.by_hand == each.truth for each in answered)
    learned = sum(each.learned == each.truth for each in answered)
    pen.text((MARGIN, 34), f"is_face: {count} held-out pictures", INK, font(38))
    said = f"right by hand: {hand} of {count}      right learned: {learned} of {count}"
    pen.text((MARGIN, 92), said, INK, font(28))


def legend(pen: ImageDraw.ImageDraw, y: int) -> None:
    """How to read a picture."""
    half = SIDE // 2
    chip(pen, (MARGIN, y), half, "hand", True)
    chip(pen, (MARGIN + half, y), half, "learned", True)
    x = MARGIN + SIDE + GAP
    pen.text((x, y + 3), "under each picture: the answer by hand, then the learned one", SOFT, font(22))
    x = MARGIN + 6 * (SIDE + GAP)
    chip(pen, (x, y), half, "face", True)
    pen.text((x + half + 10, y + 3), "right", SOFT, font(22))
    chip(pen, (x + SIDE + GAP, y), half, "face", False)
    pen.text((x + SIDE + GAP + half + 10, y + 3), "wrong", SOFT, font(22))


def tile(sheet: Image.Image, pen: ImageDraw.ImageDraw, at: tuple[int, int], each: Answered) -> None:
    """One picture, with a frame where an answer is wrong, and the two answers under it."""
    x, y = at
    sheet.paste(each.photo.convert("L").resize((SIDE, SIDE), Image.Resampling.BICUBIC), at)
    if each.mistakes:
        pen.rectangle((x - 5, y - 5, x + SIDE + 4, y + SIDE + CHIP + 4), outline=WRONG, width=5)
    for place, said in enumerate((each.by_hand, each.learned)):
        chip(pen, (x + place * SIDE // 2, y + SIDE), SIDE // 2, "face" if said else "other", said == each.truth)


def chip(pen: ImageDraw.ImageDraw, at: tuple[int, int], width: int, text: str, right: bool) -> None:
    """An answer; a wrong one is white on red and crossed, so that it can be told without colours."""
    x, y = at
    pen.rectangle((x, y, x + width - 1, y + CHIP - 1), fill=RIGHT if right else WRONG)
    pen.line((x + width - 1, y, x + width - 1, y + CHIP - 1), fill=PAPER)
    middle, ink = (x + width // 2, y + CHIP // 2), RIGHT_INK if right else WRONG_INK
    if right:
        pen.text(middle, text, ink, font(16), anchor="mm")
        return
    pen.text((middle[0] + 8, middle[1]), text, ink, font(16), anchor="mm")
    for slope in (-5, 5):
        pen.line((x + 5, middle[1] - slope, x + 15, middle[1] + slope), fill=ink, width=3)


if __name__ == "__main__":
    main()
