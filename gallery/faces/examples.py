"""Writes the 200 crops of scikit-image's `lfw_subset` as PNG files, one folder per class: data/yes and data/no."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from gallery.package import file_in
from PIL import Image

DATA = Path(__file__).parent / "data"
FACES = 100
"""The first hundred crops show a face; the last hundred are patches from the backgrounds of the same photographs."""


def main() -> None:
    """Writes the pictures, unless they are there."""
    if len(list(DATA.glob("*/*.png"))) == 2 * FACES:
        return
    crops = np.load(io.BytesIO(file_in("scikit-image==0.26.0", "skimage/data/lfw_subset.npy")))
    for number, crop in enumerate(crops):
        path = DATA / ("yes" if number < FACES else "no") / f"{number:03}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.round(crop * 255).astype(np.uint8)).save(path)
    print(f"{len(crops)} pictures in {DATA}")


if __name__ == "__main__":
    main()
