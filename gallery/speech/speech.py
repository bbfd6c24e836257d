"""Which digit is spoken? The nearest template by dynamic time warping, until there is a program that is better."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np

import wisen
from wisen import Audio

Digit = Literal["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]

TEMPLATES = Path(__file__).with_name("templates.npz")
RATE, WINDOW, STEP, BANDS, CEPSTRA = 8000, 256, 100, 24, 12


@wisen.function
def digit(clip: Audio) -> Digit:
    """The English digit that somebody says."""
    said = cepstra(clip)
    return min(templates(), key=lambda each: warped(said, each[1]))[0]


@lru_cache(maxsize=1)
def templates() -> list[tuple[Digit, np.ndarray]]:
    """Digits and how some voices say them."""
    with np.load(TEMPLATES) as found:
        return [(name.partition(" ")[0], found[name].astype(float)) for name in found.files]


def cepstra(clip: Audio) -> np.ndarray:
    """What the ear makes of each hundredth of a second, without loudness and microphone, [time, CEPSTRA]."""
    samples = trimmed(clip.at(RATE).samples)
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(samples, (0, WINDOW)), WINDOW)[::STEP]
    power = np.abs(np.fft.rfft(frames * np.hamming(WINDOW))) ** 2
    heights = np.log(power @ filters().T + 1e-6)
    waves = np.cos(np.pi * np.arange(1, CEPSTRA + 1)[:, None] * (np.arange(BANDS) + 0.5) / BANDS)
    found: np.ndarray = heights @ waves.T
    centred: np.ndarray = found - found.mean(axis=0)
    return centred


def trimmed(samples: np.ndarray) -> np.ndarray:
    """The samples without the silence around them."""
    loud = np.flatnonzero(np.convolve(samples**2, np.ones(200) / 200, "same") > 0.005 * (samples**2).max(initial=0))
    return samples[loud[0] : loud[-1] + 1] if len(loud) else samples


@lru_cache(maxsize=1)
def filters() -> np.ndarray:
    """Triangles, equally wide on the mel scale, [BANDS, bins]."""
    pitch = np.linspace(0, RATE / 2, WINDOW // 2 + 1)
    edges = 700 * (np.exp(np.linspace(0.1, np.log1p(RATE / 1400), BANDS + 2)) - 1)
    low, middle, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    found: np.ndarray = np.clip(np.minimum((pitch - low) / (middle - low), (high - pitch) / (high - middle)), 0, None)
    return found


def warped(one: np.ndarray, other: np.ndarray) -> float:
    """The mean distance of two sounds along the best path that stretches either in time (Sakoe and Chiba, 1978)."""
    apart = np.sqrt(((one[:, None] - other[None]) ** 2).sum(axis=2))
    costs = np.full((len(one) + 1, len(other) + 1), np.inf)
    costs[0, 0] = 0
    for diagonal in range(2, len(one) + len(other) + 1):
        i = np.arange(max(1, diagonal - len(other)), min(len(one), diagonal - 1) + 1)
        j = diagonal - i
        before = np.minimum(np.minimum(costs[i - 1, j], costs[i, j - 1]), costs[i - 1, j - 1])
        costs[i, j] = apart[i - 1, j - 1] + before
    return float(costs[-1, -1] / (len(one) + len(other)))
