"""Functions for the measurements, trained in seconds in a folder of their own."""

from __future__ import annotations

import random
from pathlib import Path
from types import ModuleType

import numpy as np
import PIL.Image

from wisen.find import from_file

NUMBERS = [f"x{number}" for number in range(30)]
SOURCE = f"""
from typing import Literal
import wisen
from wisen import Image

@wisen.function
def sort({", ".join(f"{name}: float" for name in NUMBERS)}) -> Literal["malignant", "benign"]:
    "Thirty numbers, as in the gallery's cancer."
    return "benign"

@wisen.function
def is_face(photo: Image) -> bool:
    "A 25 x 25 grey picture, as in the gallery's faces."
    return False
"""


def functions(folder: Path) -> ModuleType:
    """A module with the trained functions `sort` and `is_face`."""
    path = folder / "made.py"
    path.write_text(SOURCE)
    found = from_file(path)
    found.sort.train([(row, "benign" if sum(row[:5]) > 0 else "malignant") for row in rows()], budget=6, accept=True)
    found.is_face.train([(photo, place % 2 == 0) for place, photo in enumerate(photos())], budget=20, accept=True)
    return found


def rows(count: int = 400) -> list[tuple[float, ...]]:
    """Rows of thirty numbers."""
    rng = random.Random(0)
    return [tuple(rng.gauss(0, 1) for _ in NUMBERS) for _ in range(count)]


def photos(count: int = 400) -> list[PIL.Image.Image]:
    """Grey pictures with two bars, dark or bright, that are alike in every second one: no weighted sum of pixels
    tells whether they are."""
    rng = np.random.default_rng(0)
    found = []
    for place in range(count):
        pixels = rng.integers(60, 190, (25, 25))
        first = int(rng.choice([-60, 60]))
        pixels[6:11] += first
        pixels[14:19] += first if place % 2 == 0 else -first
        found.append(PIL.Image.fromarray(pixels.astype(np.uint8)))
    return found
