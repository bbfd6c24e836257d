"""How well do the distance of colours and the program tell pairs that are alike from others? And a picture of some.

python -m gallery.cancer.histogram
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from gallery.cancer.examples import PATCHES
from gallery.cancer.patches import alike, distance
from gallery.chances import chances_of_yes
from gallery.paper import INK, PAPER, RIGHT, SOFT, WRONG, font
from PIL import Image, ImageDraw
from sklearn.metrics import roc_auc_score

from wisen.examples import Rule, known, split
from wisen.train import trained

SHEET = Path(__file__).parent / "pairs.png"
DRAWS = 1000
SIDE, GAP, MARGIN, HEAD, ACROSS, DOWN = 64, 22, 40, 130, 6, 8


def main() -> None:
    """Draws the sheet and prints the figures."""
    for row in measured():
        print("  ".join(f"{cell:36}" for cell in row))
    draw().save(SHEET)
    print(f"Held-out pairs with the answer of the program: {SHEET}")


def held_out() -> tuple[list[list[Image.Image]], np.ndarray, np.ndarray]:
    """(pairs, whether they are alike, the lesion of each) of those that are held out."""
    parts = split(known(PATCHES, alike.signature), Rule("lesion_a,lesion_b"))
    rows = list(parts.held_out.rows())
    return rows, np.array(parts.held_out.outputs["answer"][:], bool), np.array(parts.held_out.others["lesion_a"])


def measured() -> list[list[str]]:
    """The ROC AUC of both, and of their difference the interval, by drawing lesions anew: rows of a table."""
    rows, truths, lesions = held_out()
    near = np.array([-distance(*row) for row in rows])
    learned = chances_of_yes(trained(alike), list(zip(*rows, strict=True)))
    every = [np.flatnonzero(lesions == lesion) for lesion in np.unique(lesions)]
    chance, found = np.random.default_rng(0), []
    for _ in range(DRAWS):
        drawn = np.concatenate([every[place] for place in chance.integers(0, len(every), len(every))])
        found.append([roc_auc_score(truths[drawn], score[drawn]) for score in (near, learned)])
    both = np.array(found)
    head = [f"pairs of {len(every)} unseen lesions", "ROC AUC", "95 % interval"]
    table = [("distance of colours", roc_auc_score(truths, near), both[:, 0])]
    table.append(("learned", roc_auc_score(truths, learned), both[:, 1]))
    table.append(("difference", table[1][1] - table[0][1], both[:, 1] - both[:, 0]))
    return [head, *([name, f"{value:.3f}", interval(draws)] for name, value, draws in table)]


def interval(draws: np.ndarray) -> str:
    """The middle 95 % of draws."""
    low, high = np.quantile(draws, [0.025, 0.975])
    return f"{low:.3f} to {high:.3f}"


def draw() -> Image.Image:
    """A sheet of held-out pairs, alike on the left, others on the right, with what the program gives them."""
    rows, truths, _ = held_out()
    said = chances_of_yes(trained(alike), list(zip(*rows, strict=True)))
    half = ACROSS * (2 * SIDE + GAP)
    sheet = Image.new("RGB", (2 * half + 2 * MARGIN + GAP, HEAD + DOWN * (SIDE + 30) + MARGIN), PAPER)
    pen = ImageDraw.Draw(sheet)
    pen.text((MARGIN, 30), "alike: held-out pairs of patches, and how probably they are alike", INK, font(30))
    for x, truth, title in ((MARGIN, True, "alike"), (MARGIN + half + GAP, False, "not alike")):
        pen.text((x, 84), title, SOFT, font(22))
        for place, number in enumerate(np.flatnonzero(truths == truth)[: ACROSS * DOWN]):
            at = x + place % ACROSS * (2 * SIDE + GAP), HEAD + place // ACROSS * (SIDE + 30)
            for side, patch in enumerate(rows[number]):
                sheet.paste(patch.convert("RGB").resize((SIDE, SIDE)), (at[0] + side * SIDE, at[1]))
            right = (said[number] >= 0.5) == truth
            pen.rectangle(
                (at[0], at[1] + SIDE, at[0] + 2 * SIDE - 1, at[1] + SIDE + 20), fill=RIGHT if right else WRONG
            )
            ink = INK if right else "#ffffff"
            pen.text((at[0] + SIDE, at[1] + SIDE + 10), f"{said[number]:.2f}", ink, font(14), anchor="mm")
    return sheet


if __name__ == "__main__":
    main()
