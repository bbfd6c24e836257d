"""How to drive? By the colour of the road, until there is a program that is better."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

import wisen
from wisen import Image


@dataclass(frozen=True)
class Controls:
    """What a driver does: steer from -1 (left) to 1 (right), gas and brake from 0 to 1."""

    steer: float
    gas: float
    brake: float


@wisen.function
def drive(view: Image) -> Controls:
    """What to do on a road seen from above, the car in the middle below; the bar at its foot shows the speed."""
    pixels = np.asarray(view.convert("RGB").resize((96, 96)), dtype=int)
    red, green, blue = pixels[..., 0], pixels[..., 1], pixels[..., 2]
    road = (abs(red - green) < 12) & (abs(green - blue) < 12) & (green > 60) & (green < 140)  # grey, not grass
    ahead = np.flatnonzero(road[52])  # about two lengths of the car ahead
    aside = (ahead.mean() - 47.5) / 48 if len(ahead) else 0.0
    speed = (pixels[84:94, 12:14].min(axis=(1, 2)) > 200).sum()  # the height of the white bar
    steer = float(np.clip(1.5 * aside, -1, 1))
    fast = speed > (3 if abs(aside) > 0.15 else 4)
    return Controls(steer, 0.0 if fast else 0.25, 0.15 if fast and abs(aside) > 0.3 else 0.0)
