"""Sounds as spectrograms inside the graph: how much energy each pitch has in each stretch of time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from spox import Var

WINDOW, STEP = 0.025, 0.010
"""Seconds of sound that one spectrum sees, and from one to the next."""
BANDS = 40
LOWEST = 20.0
"""The number of bands of pitch, and the lowest pitch in Hz."""
SILENCE = 1e-6
"""The energy that is added to each band: below it nothing can be heard in 16 bits."""
MOST_FRAMES = 256
"""Columns of a spectrogram: those of longer sounds are means of neighbours."""


@dataclass(frozen=True)
class Frames:
    """How a sound of at most so many seconds is cut: samples of a window and of a step, how many columns it
    comes to, and how many steps are averaged to one of them."""

    rate: int
    seconds: float

    @property
    def window(self) -> int:
        return round(WINDOW * self.rate)

    @property
    def step(self) -> int:
        return max(1, round(STEP * self.rate))

    @property
    def averaged(self) -> int:
        return -(-self.steps // MOST_FRAMES)

    @property
    def steps(self) -> int:
        return max(1, int(np.ceil(self.seconds * self.rate / self.step)))

    @property
    def columns(self) -> int:
        return -(-self.steps // self.averaged)

    @property
    def samples(self) -> int:
        """Samples that all columns together see."""
        return (self.columns * self.averaged - 1) * self.step + self.window


def filters(rate: int, bins: int) -> np.ndarray:
    """The triangles that add bins of a spectrum up to bands, float32 [bands, bins]: equally wide on the mel scale
    (Stevens, Volkmann and Newman, 1937; O'Shaughnessy's formula)."""
    pitches = np.linspace(0, rate / 2, bins)
    first, last = (2595 * math.log10(1 + pitch / 700) for pitch in (LOWEST, rate / 2))
    edges = 700 * (10 ** (np.linspace(first, last, BANDS + 2) / 2595) - 1)
    low, middle, high = (edges[place : place + BANDS, None] for place in range(3))
    rising, falling = (pitches - low) / (middle - low), (high - pitches) / (high - middle)
    found: np.ndarray = np.maximum(0, np.minimum(rising, falling)).astype(np.float32)
    return found


def waves(window: int, size: int) -> np.ndarray:
    """Cosines and then sines of a Fourier transform of so many places, under a Hann window, [waves, 1, window]."""
    place, pitch = np.arange(window), np.arange(size // 2 + 1)[:, None]
    angle = 2 * np.pi * pitch * place / size
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * (place + 0.5) / window)
    return (np.concatenate([np.cos(angle), np.sin(angle)]) * hann)[:, None].astype(np.float32)


def heard(frames: Frames, samples: Var, lengths: Var) -> tuple[Var, Var]:
    """(the logarithm of the energy of each band [batch, bands, columns], which columns the sound reaches [batch, 1,
    columns] as 0 and 1). A Fourier transform is a convolution with waves: the same work for every sound."""
    from wisen.nn.block import constant, op

    size = 1 << int(np.ceil(np.log2(frames.window)))
    weights, bins = waves(frames.window, size), size // 2 + 1
    total = constant(np.array([frames.samples], np.int64))
    length = op.unsqueeze(lengths, constant([1]))
    padded = op.pad(samples, constant(np.array([0, 0, 0, frames.samples], np.int64)))
    cut = op.slice(padded, constant([0]), total, constant([1]))
    there = op.less(constant(np.arange(frames.samples, dtype=np.int64)[None]), length)
    cut = op.where(there, cut, constant(np.float32(0)))
    said = op.conv(op.unsqueeze(cut, constant([1])), constant(weights), strides=[frames.step])
    both = np.tile(filters(frames.rate, bins), 2)  # cosine and sine, squared and added up
    energy = op.matmul(constant(both), op.mul(said, said))
    shape = constant(np.array([0, 0, frames.columns, frames.averaged], np.int64))
    energy = op.reduce_mean(op.reshape(energy, shape), constant([3]), keepdims=0)
    starts = np.arange(frames.columns, dtype=np.int64)[None] * frames.averaged * frames.step
    reached = op.cast(op.less(constant(starts), op.max([length, constant(np.int64(1))])), to=np.float32)
    return op.log(op.add(energy, constant(np.float32(SILENCE)))), op.unsqueeze(reached, constant([1]))


def levelled(energy: Var, reached: Var) -> Var:
    """The energies less the mean of their band over the sound: so loudness, room and microphone, which only add to
    logarithms, are gone (Atal, 1974, cepstral mean subtraction)."""
    from wisen.nn.block import constant, op

    axes = constant([2])
    total = op.reduce_sum(op.mul(energy, reached), axes)
    return op.sub(energy, op.div(total, op.reduce_sum(reached, axes)))
