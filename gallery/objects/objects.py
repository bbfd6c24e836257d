"""Birds, fruits, flowers and vehicles: by contours of colour, until there is a program that is better."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy import ndimage

import wisen
from wisen import Box, Image

Thing = Literal["bird", "fruit", "flower", "vehicle"]


@wisen.function
def find(photo: Image) -> list[Box[Thing]]:
    """Where in a photograph birds, fruits, flowers and vehicles are."""
    pixels = np.asarray(photo.convert("RGB"), dtype=float)
    behind = ndimage.median_filter(pixels[::8, ::8], size=(15, 15, 1))  # the colour around, as far as a thing is wide
    behind = behind.repeat(8, axis=0)[: len(pixels)].repeat(8, axis=1)[:, : pixels.shape[1]]
    apart = ndimage.gaussian_filter(np.abs(pixels - behind).max(axis=2), 2) > 45
    regions, _ = ndimage.label(ndimage.binary_opening(apart, iterations=2))
    found = []
    for number, (down, across) in enumerate(ndimage.find_objects(regions), 1):
        inside = regions[down, across] == number
        height, width = inside.shape
        if inside.sum() > 0.01 * apart.size and max(height, width) < 0.8 * len(pixels):
            colour = pixels[down, across][inside].mean(axis=0)
            vivid = np.ptp(colour) > 70
            round_ = inside.mean() > 0.7 and 0.7 < width / height < 1.4
            label: Thing = (
                "fruit" if vivid and round_ else "flower" if vivid else "vehicle" if width > height else "bird"
            )
            found.append(Box(label, across.start, down.start, across.stop, down.stop))
    return found
