"""Which digits are spoken, one after the other? Cut at pauses, each part to the nearest template, until there is a
program that is better."""

from __future__ import annotations

import numpy as np
from gallery.speech.speech import RATE, digit

import wisen
from wisen import Audio

FRAME, QUIET = RATE // 100, 0.02
"""Samples of a hundredth of a second, and the share of the loudest one's energy below which it is a pause."""
SHORTEST, PAUSE = 12, 5
"""Hundredths of a second of a word, and of a pause between two of them, at least."""


@wisen.function
def transcribe(clip: Audio) -> str:
    """The English digits that somebody says, as words."""
    samples = clip.at(RATE).samples
    return " ".join(digit.by_hand(Audio(samples[start:end], RATE)) for start, end in words(samples))


def words(samples: np.ndarray) -> list[tuple[int, int]]:
    """From where to where each word goes."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    energy = (frames.astype(float) ** 2).mean(axis=1)
    loud = np.flatnonzero(energy > QUIET * energy.max(initial=0))
    if not len(loud):
        return []
    gaps = np.flatnonzero(np.diff(loud) > PAUSE)
    starts, ends = loud[np.r_[0, gaps + 1]], loud[np.r_[gaps, len(loud) - 1]] + 1
    return [(a * FRAME, b * FRAME) for a, b in zip(starts.tolist(), ends.tolist(), strict=True) if b - a >= SHORTEST]
