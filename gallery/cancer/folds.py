"""Holds every lesion out once, in five trainings: do the colours' distance and programs tell pairs apart equally well?

    python -m gallery.cancer.folds [BUDGET]

The split of `wisen train` holds out some sixty lesions, too few for so small a difference. Each program is trained in a
folder of its own; nothing that is installed changes.
"""

from __future__ import annotations

import csv
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from gallery.cancer import examples
from gallery.cancer.histogram import DRAWS, interval
from gallery.cancer.patches import distance
from gallery.chances import chances_of_yes
from PIL import Image
from sklearn.metrics import roc_auc_score

from wisen.find import find

FOLDS = 5
SIDES = ("lesion_a", "lesion_b")
Row = dict[str, str]


def main(budget: str = "100s") -> None:
    """Prints the ROC AUC of each fold, and the mean of all with its interval, by drawing lesions anew."""
    examples.main()
    with examples.PATCHES.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    names = sorted({row[side] for row in rows for side in SIDES})
    folds = dict(zip(names, np.random.default_rng(0).permutation(len(names)) % FOLDS, strict=True))
    sides = np.array([[folds[row[side]] for side in SIDES] for row in rows])
    lesions = np.array([row[SIDES[0]] for row in rows])
    found = []
    print("| lesions held out | pairs | distance of colours | programs |\n| --- | --- | --- | --- |", flush=True)
    for fold in range(FOLDS):
        inside, outside = (sides == fold).all(axis=1), (sides != fold).all(axis=1)  # a pair of both is left out
        own, truths, scores = lesions[inside], *judged(rows, inside, outside, fold, budget)
        found.append((own, truths, scores))
        areas = [f"{roc_auc_score(truths, score):.3f}" for score in scores]
        print("|", len(np.unique(own)), "|", len(own), "|", " | ".join(areas), "|", flush=True)
    chance = np.random.default_rng(0)
    drawn = np.array([np.mean([areas_of(fold, chance) for fold in found], axis=0) for _ in range(DRAWS)])
    near, learned = np.mean([[roc_auc_score(truths, score) for score in scores] for _, truths, scores in found], axis=0)
    print(f"\nmean of the folds: distance {near:.4f} ({interval(drawn[:, 0])}), learned {learned:.4f} ", end="")
    print(f"({interval(drawn[:, 1])}), gain {learned - near:+.4f} ({interval(drawn[:, 1] - drawn[:, 0])})")


def judged(
    rows: Sequence[Row], inside: np.ndarray, outside: np.ndarray, fold: int, budget: str
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """(whether the pairs of a fold are alike, how near they are by hand and by a program that never saw them)."""
    with tempfile.TemporaryDirectory() as folder:
        file = shutil.copy(Path(__file__).with_name("patches.py"), Path(folder) / f"patches_{fold}.py")
        tables = [table(Path(folder), name, rows, chosen) for name, chosen in (("learn", outside), ("held", inside))]
        outcome = find(f"{file}:alike").train(
            tables[0], held_out=tables[1], group=",".join(SIDES), budget=budget, accept=True, listen=lambda _: None
        )
        held = [row for row, there in zip(rows, inside, strict=True) if there]
        pairs = [[Image.open(examples.PATCHES.parent / row[side]) for side in "ab"] for row in held]
        truths = np.array([row["alike"] == "yes" for row in held])
        near = np.array([-distance(*pair) for pair in pairs])
        return truths, (near, np.asarray(chances_of_yes(outcome.program, list(zip(*pairs, strict=True)))))


def table(folder: Path, name: str, rows: Sequence[Row], chosen: np.ndarray) -> Path:
    """A table of the chosen pairs, in a folder."""
    path = folder / f"{name}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        for row, there in zip(rows, chosen, strict=True):
            if there:
                writer.writerow({**row, **{side: examples.PATCHES.parent / row[side] for side in "ab"}})
    return path


def areas_of(
    fold: tuple[np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray]], chance: np.random.Generator
) -> list[float]:
    """The ROC AUC of both on lesions of a fold that are drawn anew."""
    own, truths, scores = fold
    every = [np.flatnonzero(own == lesion) for lesion in np.unique(own)]
    drawn = np.concatenate([every[place] for place in chance.integers(0, len(every), len(every))])
    return [float(roc_auc_score(truths[drawn], score[drawn])) for score in scores]


if __name__ == "__main__":
    main(*sys.argv[1:])
