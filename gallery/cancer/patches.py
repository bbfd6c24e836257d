"""Are two patches of skin alike? By the distance of their colours, until there is a program that is better."""

from __future__ import annotations

import numpy as np
from PIL.Image import Image as Picture

import wisen
from wisen import Image

SHADES = 4
"""Parts into which the brightness of each colour is cut."""


@wisen.function
def alike(a: Image, b: Image) -> bool:
    """Whether two patches of a dermoscopic picture show the same texture: two places of a lesion, or of the skin."""
    return distance(a, b) < 0.2  # chosen by the patches of lesions to learn from


def distance(a: Picture, b: Picture) -> float:
    """The share of pixels by which the histograms of red, green and blue differ, 0 to 1."""
    return float(np.abs(histogram(a) - histogram(b)).sum() / 6)


def histogram(patch: Picture) -> np.ndarray:
    """The share of pixels of each shade of red, of green and of blue, [3 * SHADES]."""
    levels = np.asarray(patch.convert("RGB")).reshape(-1, 3) // (256 // SHADES)
    return np.concatenate([np.bincount(colour, minlength=SHADES)[:SHADES] for colour in levels.T]) / len(levels)
