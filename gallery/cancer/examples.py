"""Writes the 569 patients of scikit-learn's `load_breast_cancer` as a CSV file: data/patients.csv."""

from __future__ import annotations

import csv
from pathlib import Path

from sklearn.datasets import load_breast_cancer

TABLE = Path(__file__).parent / "data" / "patients.csv"


def main() -> None:
    """Writes the table, unless it is there."""
    if TABLE.exists():
        return
    found = load_breast_cancer()
    TABLE.parent.mkdir(exist_ok=True)
    with TABLE.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*found.feature_names, "diagnosis"])
        for numbers, place in zip(found.data.tolist(), found.target, strict=True):
            writer.writerow([*numbers, found.target_names[place]])
    print(f"{len(found.data)} patients in {TABLE}")


if __name__ == "__main__":
    main()
