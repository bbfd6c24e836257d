"""What a person sees of a sound: its spectrogram, in slots of time and pitch."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from wisen.kinds.sights.sight import CELLS, Parts, Sight, Trace, gathered
from wisen.kinds.views.mel import LOWEST

if TYPE_CHECKING:
    from wisen.kinds.views.mel import Frames

PITCHES = 8
"""Slots of pitch, of equal width on the mel scale, from low to high."""
SLOT = 0.04
"""Seconds of the shortest slot of time."""
HOP = 4
"""Steps of the transform in its window."""


@dataclass(frozen=True)
class Spectrum(Sight):
    """A sound as the program cuts it. What is hidden is silent: its pitches are taken out of its stretch of time."""

    frames: Frames | None = None

    @property
    def cut(self) -> Frames:
        """How the program cuts a sound."""
        assert self.frames is not None
        return self.frames

    def manageable(self, value: Any) -> Any:
        if value is None:
            return None
        most = int(self.cut.samples / self.cut.rate * value.rate) + value.rate // 10
        return value if len(value.samples) <= most else type(value)(value.samples[:most], value.rate)

    def seen(self, value: Any) -> Parts:
        if value is None:
            return super().seen(value)
        slots = int(np.clip(value.seconds / SLOT, 1, CELLS))
        limits = self.limits(value.rate)
        times = value.seconds * np.arange(slots + 1) / slots
        names = [
            f"{low:,.0f}-{high:,.0f} Hz at {start:.2f}-{end:.2f} s"
            for low, high in pairwise(limits)
            for start, end in pairwise(times)
        ]
        whole = Waves(value.samples, value.rate, limits, slots)

        def without(hidden: np.ndarray) -> Any:
            return type(value)(whole.without(hidden.reshape(PITCHES, slots)), value.rate)

        return Parts(tuple(names), (PITCHES, slots), without, tuple(min(2, each) for each in (PITCHES, slots)))

    def limits(self, rate: int) -> np.ndarray:
        """Between which pitches the slots lie, in Hz; equally wide on the mel scale, as far as the program hears."""
        first, last = mel(np.array([LOWEST, min(rate, self.cut.rate) / 2]))
        found: np.ndarray = 700 * (10 ** (np.linspace(first, last, PITCHES + 1) / 2595) - 1)
        return found

    def traced(self, trace: Trace) -> np.ndarray | None:
        if trace.parts.shape == (1,):
            return np.array([trace.amounts.sum()])
        columns = self.columns(trace.value)
        if trace.amounts.ndim == 1:  # steps of time, of all pitches
            mine = trace.amounts[: max(1, round(len(trace.amounts) * columns / self.cut.columns))]
            return np.tile(gathered(mine, trace.parts.shape[1:]) / PITCHES, (PITCHES, 1))
        fine = trace.amounts.sum(axis=0)
        share = fine.shape[1] / self.cut.columns
        first, heard, last = mel(np.array([LOWEST, min(trace.value.rate, self.cut.rate) / 2, self.cut.rate / 2]))
        rows = round(len(fine) * (heard - first) / (last - first))  # a slow sound has no pitches above these
        return gathered(fine[: max(1, rows), : max(1, round(columns * share))], trace.parts.shape)

    def columns(self, value: Any) -> int:
        """Columns of the program's spectrogram that a sound reaches."""
        step = self.cut.averaged * self.cut.step / self.cut.rate
        return int(np.clip(np.ceil(value.seconds / step), 1, self.cut.columns))

    def lit(
        self, value: Any, parts: Parts, amounts: np.ndarray, fine: np.ndarray | None, small: bool = False
    ) -> bytes | None:
        from PIL import Image

        from wisen.kinds.drawing import png
        from wisen.kinds.sights.paint import overlaid

        if value is None:
            return None
        waves = Waves(value.samples, value.rate, self.limits(value.rate), parts.shape[1])
        loud = 20 * np.log10(np.abs(waves.spectra[waves.inside]) + 1e-5).T
        mel = np.interp(np.linspace(0, PITCHES, 160), np.arange(PITCHES + 1), self.limits(value.rate))
        rows = np.clip(np.searchsorted(waves.pitches, mel), 0, len(loud) - 1)
        drawn = loud[rows][::-1]
        low, high = np.quantile(drawn, 0.05), drawn.max()
        grey = 255 - np.clip((drawn - low) / max(high - low, 1e-6), 0, 1) * 255
        picture = Image.fromarray(grey.astype(np.uint8)).resize((320, 200))
        return png(overlaid(picture, amounts[::-1], small))


def mel(pitches: np.ndarray) -> np.ndarray:
    """Pitches in Hz on the mel scale."""
    found: np.ndarray = 2595 * np.log10(1 + pitches / 700)
    return found


class Waves:
    """A sound taken apart into short spectra, and put together again without some slots of time and pitch."""

    def __init__(self, samples: np.ndarray, rate: int, limits: np.ndarray, slots: int) -> None:
        self.samples = samples
        self.size = 1 << int(np.ceil(np.log2(max(16, rate * 0.03))))
        self.step = self.size // HOP
        padded = np.pad(samples.astype(np.float64), (self.size, 2 * self.size))
        self.starts = np.arange(0, len(padded) - self.size, self.step)
        self.window = np.sqrt(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(self.size) / self.size))
        pieces = np.lib.stride_tricks.sliding_window_view(padded, self.size)[self.starts]
        self.spectra = np.fft.rfft(pieces * self.window, axis=1)
        self.pitches = np.fft.rfftfreq(self.size, 1 / rate)
        self.pitch = np.searchsorted(limits, self.pitches, side="right") - 1
        self.pitch = np.clip(self.pitch, 0, len(limits) - 2)
        middle = (self.starts - self.size / 2) / max(1, len(samples))  # of each piece, as a share of the sound
        self.inside = (middle >= 0) & (middle <= 1)
        self.slot = np.clip((middle * slots).astype(int), 0, slots - 1)

    def without(self, hidden: np.ndarray) -> np.ndarray:
        """The samples without the hidden slots, bool [pitches, slots]."""
        if hidden.all():
            return np.zeros_like(self.samples)
        gone = hidden[self.pitch[None, :], self.slot[:, None]]
        pieces = np.fft.irfft(np.where(gone, 0, self.spectra), self.size, axis=1) * self.window
        found = np.zeros(int(self.starts[-1]) + self.size)
        for start, piece in zip(self.starts.tolist(), pieces, strict=True):
            found[start : start + self.size] += piece
        found /= HOP / 2  # what the squares of the windows that overlap add up to
        return found[self.size : self.size + len(self.samples)].astype(np.float32)
