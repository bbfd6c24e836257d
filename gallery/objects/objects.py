"""Birds, fruits, flowers and vehicles: by contours of colour, until there is a program that is better."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy import ndimage

import wisen
from wisen import Box, Image

Thing = Literal["bird", "fruit", "flower", "vehicle"]
COARSE = 4
"""Pixels that are looked at as one."""


@wisen.function
def find(photo: Image) -> list[Box[Thing]]:
    """Where in a photograph birds, fruits, flowers and vehicles are."""
    pixels = np.asarray(photo.convert("RGB").reduce(COARSE), dtype=float)
    behind = ndimage.gaussian_filter(pixels, (8, 8, 0))  # what is around, where a thing is not large
    apart = ndimage.binary_opening(np.abs(pixels - behind).max(axis=2) > 50)
    regions, _ = ndimage.label(ndimage.binary_fill_holes(apart))
    found = []
    for number, (down, across) in enumerate(ndimage.find_objects(regions), 1):
        inside = regions[down, across] == number
        height, width = inside.shape
        if inside.sum() >= 0.02 * apart.size and height <= 0.75 * len(apart) and width <= 0.75 * apart.shape[1]:
            left, top, right, bottom = (COARSE * edge for edge in (across.start, down.start, across.stop, down.stop))
            found.append(Box(label(pixels[down, across][inside].mean(axis=0), inside), left, top, right, bottom))
    return found


def label(colour: np.ndarray, inside: np.ndarray) -> Thing:
    """What a region probably is, by its mean colour and its shape: fruits and flowers are vivid, fruits fill their
    box, vehicles are wide."""
    height, width = inside.shape
    if np.ptp(colour) > 60:
        return "fruit" if inside.mean() > 0.72 else "flower"
    return "vehicle" if width > 1.5 * height else "bird"
