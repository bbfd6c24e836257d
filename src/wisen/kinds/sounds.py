"""Sounds out of files, bytes and arrays: one channel, float32, at whatever rate they have."""

from __future__ import annotations

import base64
import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from wisen.errors import BadValue, NotInstalled

LONGEST = 600.0
"""Seconds above which a sound is refused: what is asked about an hour is not answered by its first minutes."""
SLOWEST, FASTEST = 1_000, 768_000
"""Samples a second that a sound may have."""
MOST_CHANNELS = 64
DATA_URL = "data:audio/"
WAYS = "Pass a path, the bytes of a file, an Audio(samples, rate), or samples and rate as a pair."


@dataclass(frozen=True, eq=False)
class Audio:
    """A sound: float32 `samples` of one channel, from -1 to 1, and the `rate`, samples a second.

    Channels of an array [frames, channels] are averaged, whole numbers are divided by the largest of their type.
    Raises BadValue where there are no samples, or not finite ones.
    """

    samples: np.ndarray
    rate: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "rate", whole_rate(self.rate))
        object.__setattr__(self, "samples", one_channel(np.asarray(self.samples)))
        if self.seconds > LONGEST:
            told = f"is {self.seconds:,.0f} s long, and wisen hears {LONGEST:.0f} s at most"
            raise BadValue(told, "Cut it into pieces, each with an answer of its own.")

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / self.rate

    def at(self, rate: int) -> Audio:
        """The same sound at another rate, band-limited (soxr); raises NotInstalled."""
        if rate == self.rate:
            return self
        samples = module("soxr").resample(self.samples, self.rate, rate)
        return Audio(samples if len(samples) else self.samples[:1], rate)  # shorter than one step of the new rate

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Audio) and self.rate == other.rate and np.array_equal(self.samples, other.samples)

    def __hash__(self) -> int:
        return hash((self.rate, self.samples.tobytes()))

    def __repr__(self) -> str:
        return f"Audio({self.seconds:.2f} s, {self.rate} Hz)"

    def _repr_html_(self) -> str:
        return f'<audio controls src="{url(self)}"></audio>'


def whole_rate(rate: Any) -> int:
    """A rate as a whole number; raises BadValue."""
    try:
        found = int(rate)
    except (TypeError, ValueError, OverflowError):
        found = 0
    if found != rate or not SLOWEST <= found <= FASTEST:
        raise BadValue(f"has the rate {rate!r:.40}", f"A rate is samples a second, from {SLOWEST:,} to {FASTEST:,}.")
    return found


def one_channel(array: np.ndarray) -> np.ndarray:
    """The samples of an array, float32 [length]; raises BadValue."""
    if array.dtype.kind not in "iuf" or array.ndim not in (1, 2):
        raise BadValue(f"has samples of type {array.dtype} and shape {array.shape}, which are no sound", WAYS)
    if array.ndim == 2 and array.shape[0] < array.shape[1]:
        array = array.T  # [channels, frames]
    if not array.size:
        raise BadValue("has no samples")
    if array.ndim == 2 and array.shape[1] > MOST_CHANNELS:
        raise BadValue(f"has samples of shape {array.shape}, which are no sound", "Pass [frames, channels].")
    if array.dtype.kind in "iu":
        info = np.iinfo(array.dtype)
        middle = (info.max + 1) // 2 if array.dtype.kind == "u" else 0  # unsigned samples rest in the middle
        array = (array.astype(np.float64) - middle) / (info.max + 1 - middle)
    mean = array if array.ndim == 1 else array.mean(axis=1)
    found = np.ascontiguousarray(mean, np.float32)
    if not np.isfinite(found).all():
        raise BadValue("has samples that are no finite numbers")
    return found


def from_file(source: str | os.PathLike[str] | io.BytesIO, name: str) -> Audio:
    """The sound in a file that libsndfile reads (WAV, FLAC, Ogg, MP3, AIFF, ...); raises BadValue, NotInstalled."""
    soundfile = module("soundfile")
    try:
        if not isinstance(source, io.BytesIO):
            source = io.BytesIO(Path(source).read_bytes())
        if not source.getbuffer().nbytes:
            raise BadValue(f"{name}is empty")
        with soundfile.SoundFile(source) as file:
            if file.frames > LONGEST * file.samplerate:  # before it fills the memory
                seconds = file.frames / file.samplerate
                told = f"{name}is {seconds:,.0f} s long, and wisen hears {LONGEST:.0f} s at most"
                raise BadValue(told, "Cut it into pieces, each with an answer of its own.")
            samples, rate = file.read(dtype="float32", always_2d=True), file.samplerate
    except OSError as error:
        raise BadValue(f"{name}cannot be read: {error.strerror or error}") from None
    except ValueError as error:  # a path with a null byte
        raise BadValue(f"{name}cannot be read: {error}") from None
    except soundfile.SoundFileError as error:
        told = str(error).partition(": ")[2] or str(error)
        raise BadValue(f"{name}is no sound that can be read: {told.strip().rstrip('.')}") from None
    try:
        return Audio(samples, rate)
    except BadValue as error:
        raise BadValue(f"{name}{error.message}", error.hint) from None


def from_pair(pair: Any) -> Audio | None:
    """The sound of (samples, rate) or (rate, samples); None where it is no such pair."""
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        return None
    first: Any
    second: Any
    first, second = pair
    if np.isscalar(first) and not np.isscalar(second):
        first, second = second, first
    if not isinstance(first, (np.ndarray, list, tuple)) or not np.isscalar(second):
        return None
    try:
        samples = np.asarray(first)
    except ValueError:  # rows of different lengths
        return None
    rate: Any = second
    return Audio(samples, rate)


def url(sound: Audio) -> str:
    """A sound as the text of a data URL, WAV of float32; raises NotInstalled."""
    file = io.BytesIO()
    module("soundfile").write(file, sound.samples, sound.rate, format="WAV", subtype="FLOAT")
    return DATA_URL + "wav;base64," + base64.b64encode(file.getvalue()).decode()


def module(name: str) -> Any:
    """A package that sounds need; raises NotInstalled."""
    from importlib import import_module

    try:
        return import_module(name)
    except (ModuleNotFoundError, OSError) as error:  # OSError: its library of C is missing
        raise NotInstalled(f"sounds need {name}, which is not installed", "pip install 'wisen[audio]'") from error
