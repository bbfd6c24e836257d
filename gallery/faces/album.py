"""Who is it? Ten people that no training has seen, known by one photograph each; and a picture of the answers.

python -m gallery.faces.album
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from gallery.chances import chances_of_yes
from gallery.faces.examples import PEOPLE, SHOTS, photograph
from gallery.faces.people import distance, same_person
from gallery.faces.people import who as who_is
from gallery.paper import INK, PAPER, SOFT, WRONG, font
from PIL import Image, ImageDraw

from wisen.train import trained

ROUNDS = 10
"""Each photograph of a person stands in the album once."""
SHEET = Path(__file__).parent / "album.png"
WIDE, HIGH, GAP, MARGIN, HEAD = 69, 84, 10, 40, 150


def main() -> None:
    """Draws the sheet and prints the figures."""
    for row in measured():
        print("  ".join(f"{cell:40}" for cell in row))
    draw(answers(1)).save(SHEET)
    print(f"Ten unseen people, each known by one photograph: {SHEET}")


def unseen() -> dict[int, list[Image.Image]]:
    """The photographs of the people that are held out."""
    with (PEOPLE / "held_out.csv").open(encoding="utf-8") as file:
        people = sorted({int(row["who_a"]) for row in csv.DictReader(file)})
    return {who: [Image.open(PEOPLE / photograph(who, shot)) for shot in range(1, SHOTS + 1)] for who in people}


def scores() -> np.ndarray:
    """How probably each photograph shows the person of each other one, [photographs, photographs]."""
    photos = [photo for shots in unseen().values() for photo in shots]
    one, other = zip(*((a, b) for a in photos for b in photos), strict=True)
    return chances_of_yes(trained(same_person), [one, other]).reshape(len(photos), len(photos))


def measured() -> list[list[str]]:
    """How often the right name is found, by pixels and learned: rows of a table."""
    photos = [photo for shots in unseen().values() for photo in shots]
    near = -np.array([[distance(a, b) for b in photos] for a in photos])
    head = ["who, of 10 people known by one photograph each", "right", "of"]
    rows = []
    for name, alike in (("by hand", near), ("learned", scores())):
        right, count = names_found(alike)
        rows.append([name, f"{right / count:.3f}", str(count)])
    return [head, *rows]


def names_found(alike: np.ndarray) -> tuple[int, int]:
    """(how often the likeliest photograph of an album shows the same person, of how many times)."""
    owner = np.arange(len(alike)) // SHOTS
    right = count = 0
    for album in range(ROUNDS):
        known = np.arange(len(alike) // SHOTS) * SHOTS + album
        asked = np.setdiff1d(np.arange(len(alike)), known)
        right += int((owner[known[alike[np.ix_(asked, known)].argmax(axis=1)]] == owner[asked]).sum())
        count += len(asked)
    return right, count


def answers(album: int) -> list[tuple[Image.Image, list[tuple[Image.Image, bool]]]]:
    """The photograph in the album of each person, and the others of them with whether the name was found."""
    people = unseen()
    known = {str(who): shots[album] for who, shots in people.items()}
    return [
        (shots[album], [(photo, who_is(photo, known) == str(who)) for n, photo in enumerate(shots) if n != album])
        for who, shots in people.items()
    ]


def draw(rows: list[tuple[Image.Image, list[tuple[Image.Image, bool]]]]) -> Image.Image:
    """The sheet: a row for each person, the photograph of the album first, wrong names framed."""
    width = 2 * MARGIN + (SHOTS + 1) * (WIDE + GAP)
    sheet = Image.new("RGB", (width, HEAD + len(rows) * (HIGH + GAP) + MARGIN), PAPER)
    pen = ImageDraw.Draw(sheet)
    right, count = sum(good for _, asked in rows for _, good in asked), sum(len(asked) for _, asked in rows)
    pen.text((MARGIN, 30), f"who: {right} of {count} photographs named right", INK, font(30))
    pen.text(
        (MARGIN, 76), "ten people that no training has seen; on the left what the album knows of each", SOFT, font(18)
    )
    pen.text((MARGIN, 104), "framed and crossed: the name of somebody else", SOFT, font(18))
    for place, (first, asked) in enumerate(rows):
        y = HEAD + place * (HIGH + GAP)
        sheet.paste(first.resize((WIDE, HIGH)), (MARGIN, y))
        for at, (photo, good) in enumerate(asked):
            x = MARGIN + (at + 1) * (WIDE + GAP) + GAP
            sheet.paste(photo.resize((WIDE, HIGH)), (x, y))
            if not good:
                pen.rectangle((x, y, x + WIDE - 1, y + HIGH - 1), outline=WRONG, width=4)
                pen.line((x, y, x + WIDE, y + HIGH), fill=WRONG, width=3)
    return sheet


if __name__ == "__main__":
    main()
