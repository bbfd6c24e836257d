"""What goes wrong with values on the way: noise, blur, typos, missing cells; and what can be said of a value in a word.

`strength` lies between 0, which changes nothing, and 1, at which a person has trouble too.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from wisen.kinds.steps import matrix

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

NOISE, MISSING = "noise", "missing cells"
DEVIATIONS = 4.0
"""The range of a number in standard deviations: two on each side of the mean hold nearly all of them."""
MOST_MISSING = 0.5
"""The share of cells that are missing at the greatest strength."""
Random = np.random.Generator


def gone(values: Sequence[Any], blank: Any, strength: float, random: Random, most: float = MOST_MISSING) -> list[Any]:
    """The values, some of them blank."""
    lost = random.random(len(values)) < most * strength
    return [blank if out else value for value, out in zip(values, lost, strict=True)]


def exchanged(values: Sequence[Any], others: Sequence[Any], strength: float, random: Random) -> list[Any]:
    """The values, some of them taken from `others` by chance."""
    lost = random.random(len(values)) < MOST_MISSING * strength
    chosen = random.integers(0, max(1, len(others)), len(values))
    return [others[at] if out and others else v for v, out, at in zip(values, lost, chosen, strict=True)]


def shaken(values: Sequence[Any], scale: float, strength: float, random: Random, whole: bool) -> list[Any]:
    """Numbers with normal noise, of a standard deviation of `scale` at the greatest strength."""
    noise = (random.standard_normal(len(values)) * scale * strength).tolist()
    found = [None if value is None else value + more for value, more in zip(values, noise, strict=True)]
    return [value if value is None else round(value) for value in found] if whole else found


# ---- pictures ----------------------------------------------------------------------------------


def noisy(picture: Picture, strength: float, random: Random) -> Picture:
    """Each pixel by normal noise lighter or darker, of up to 30 % of the range."""
    pixels = np.asarray(picture, np.float32)
    return like(picture, pixels + random.standard_normal(pixels.shape, np.float32) * (0.3 * 255 * strength))


def blurred(picture: Picture, strength: float, random: Random) -> Picture:
    """Out of focus, by up to a twelfth of the longer side, and at least a pixel."""
    from PIL import ImageFilter

    return picture.filter(ImageFilter.GaussianBlur(strength * max(1.0, max(picture.size) / 12)))


def flatter(picture: Picture, strength: float, random: Random) -> Picture:
    """With less contrast: down to a tenth of it."""
    pixels = np.asarray(picture, np.float32)
    return like(picture, pixels.mean() + (pixels - pixels.mean()) * (1 - 0.9 * strength))


def darker(picture: Picture, strength: float, random: Random) -> Picture:
    """With less light: down to a tenth of it."""
    return like(picture, np.asarray(picture, np.float32) * (1 - 0.9 * strength))


def covered(picture: Picture, strength: float, random: Random) -> Picture:
    """A rectangle of up to half of the sides is grey."""
    pixels = np.asarray(picture, np.float32).copy()
    sides = [round(0.5 * strength * side) for side in pixels.shape[:2]]
    down, right = (int(random.integers(0, s - o + 1)) for s, o in zip(pixels.shape, sides, strict=False))
    pixels[down : down + sides[0], right : right + sides[1]] = 127.5
    return like(picture, pixels)


def like(picture: Picture, pixels: np.ndarray) -> Picture:
    """Pixels as a picture of the mode of another."""
    import PIL.Image

    found = np.ascontiguousarray(np.clip(np.round(pixels), 0, 255).astype(np.uint8))
    return PIL.Image.frombytes(picture.mode, picture.size, found.tobytes())


PICTURES: Mapping[str, Callable[[Picture, float, Random], Picture]] = {
    NOISE: noisy,
    "blur": blurred,
    "less contrast": flatter,
    "less light": darker,
    "partly covered": covered,
}

# ---- texts -------------------------------------------------------------------------------------


def mistyped(text: str, strength: float, random: Random) -> str:
    """Up to a fifth of the characters left out, doubled, swapped with the next, or replaced by a letter."""
    found = list(text)
    for place in np.flatnonzero(random.random(len(text)) < 0.2 * strength):
        how, after = int(random.integers(4)), min(place + 1, len(found) - 1)
        if how == 0:
            found[place] = ""
        elif how == 1:
            found[place] *= 2
        elif how == 2:
            found[place], found[after] = found[after], found[place]
        else:
            found[place] = chr(97 + int(random.integers(26)))
    return "".join(found)


def gappy(text: str, strength: float, random: Random) -> str:
    """Up to half of the words left out; one of them stays."""
    words = text.split(" ")
    kept = random.random(len(words)) >= 0.5 * strength
    kept[int(random.integers(len(words)))] = True
    return " ".join(word for word, stays in zip(words, kept, strict=True) if stays)


TEXTS: Mapping[str, Callable[[str, float, Random], str]] = {"typos": mistyped, "missing words": gappy}

# ---- sounds ------------------------------------------------------------------------------------


def hissing(samples: np.ndarray, strength: float, random: Random) -> np.ndarray:
    """With white noise: 24 dB below the sound at a fifth of the strength, as loud as it at the greatest."""
    loud = float(np.sqrt(np.mean(samples**2))) * strength**1.7
    return samples + random.standard_normal(len(samples), np.float32) * np.float32(loud)


def quieter(samples: np.ndarray, strength: float, random: Random) -> np.ndarray:
    """Quieter by up to 40 dB."""
    return samples * np.float32(10 ** (-2 * strength))


def louder(samples: np.ndarray, strength: float, random: Random) -> np.ndarray:
    """Louder by up to 30 dB, and clipped where that is more than a file can hold."""
    return np.clip(samples * np.float32(10 ** (1.5 * strength)), -1, 1)


SOUNDS: Mapping[str, Callable[[np.ndarray, float, Random], np.ndarray]] = {
    NOISE: hissing,
    "lower gain": quieter,
    "higher gain": louder,
}

# ---- by the kind of values ---------------------------------------------------------------------


@dataclass(frozen=True)
class Reach:
    """What it means to change a value a little, where that can be done: its features are `floor` + `range` times a
    number for each, that lies between `low` and `high`; so 0.01 is a hundredth of the range of the value."""

    range: np.ndarray
    floor: np.ndarray
    low: float
    high: float


@dataclass(frozen=True)
class Outside:
    """What becomes of a kind's values in the world outside: the names of `corruptions`, values that one of them was
    done to, and `traits`: what can be said of each value in a number or a word, by name, where "" is the value itself.
    By traits examples are cut into parts that a person can name."""

    @property
    def corruptions(self) -> tuple[str, ...]:
        """The names of what goes wrong."""
        return ()

    def corrupted(self, values: Sequence[Any], how: str, strength: float, random: Random) -> Sequence[Any]:
        """The values with one of the `corruptions`."""
        return values

    def traits(self, values: Sequence[Any]) -> Mapping[str, Sequence[Any]]:
        """What can be said of each value."""
        return {}

    def reach(self) -> Reach | None:
        """How its features change where a value changes a little; None where it cannot."""
        return None


@dataclass(frozen=True)
class OfNumbers(Outside):
    """Of numbers with such a scale, that may be whole."""

    scale: float
    whole: bool
    columns: int = 1
    flags: int = 0
    """After the columns, features that say where one is missing."""

    @property
    def corruptions(self) -> tuple[str, ...]:
        return NOISE, MISSING

    def corrupted(self, values: Sequence[Any], how: str, strength: float, random: Random) -> Sequence[Any]:
        if how == MISSING:
            return gone(values, None, strength, random)
        return shaken(values, self.scale, strength, random, self.whole)

    def traits(self, values: Sequence[Any]) -> Mapping[str, Sequence[Any]]:
        return {"": values}

    def reach(self) -> Reach | None:
        every = np.ones((1, self.columns + self.flags), np.float32) * DEVIATIONS
        every[:, self.columns :] = 0.0  # whether a cell is missing
        return Reach(every, np.zeros_like(every), -math.inf, math.inf)


@dataclass(frozen=True)
class OfLabels(Outside):
    """Of one of these labels."""

    labels: tuple[Any, ...]

    @property
    def corruptions(self) -> tuple[str, ...]:
        return MISSING, "other labels"

    def corrupted(self, values: Sequence[Any], how: str, strength: float, random: Random) -> Sequence[Any]:
        if how == MISSING:
            return gone(values, "", strength, random)
        return exchanged(values, self.labels, strength, random)

    def traits(self, values: Sequence[Any]) -> Mapping[str, Sequence[Any]]:
        return {"": [None if value is None else str(getattr(value, "name", value)) for value in values]}


@dataclass(frozen=True)
class OfMoments(Outside):
    """Of moments, or of days alone."""

    date: bool

    @property
    def corruptions(self) -> tuple[str, ...]:
        return (MISSING,)

    def corrupted(self, values: Sequence[Any], how: str, strength: float, random: Random) -> Sequence[Any]:
        return gone(values, None, strength, random)

    def traits(self, values: Sequence[Any]) -> Mapping[str, Sequence[Any]]:
        words = {"year": "%Y", "month": "%b", "weekday": "%a", **({} if self.date else {"hour": "%H"})}
        return {name: [value and value.strftime(way) for value in values] for name, way in words.items()}


@dataclass(frozen=True)
class OfSteps(Outside):
    """Of so many steps of time, that differ so much from the mean of their window."""

    steps: int
    spread: float

    @property
    def corruptions(self) -> tuple[str, ...]:
        return NOISE, MISSING

    def corrupted(self, values: Sequence[Any], how: str, strength: float, random: Random) -> Sequence[Any]:
        if how == MISSING:
            return [each if each is None else gone(each, math.nan, strength, random) for each in values]
        return [each if each is None else shaken(each, self.spread, strength, random, False) for each in values]

    def traits(self, values: Sequence[Any]) -> Mapping[str, Sequence[Any]]:
        every = matrix(values, self.steps)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # of windows in which all steps are missing
            mean, spread = np.nanmean(every, axis=1), np.nanstd(every, axis=1)
        return {"mean": mean.tolist(), "spread": spread.tolist(), "last step": every[:, -1].tolist()}


@dataclass(frozen=True)
class OfTexts(Outside):
    """Of texts: how long one is, and how much of it are capitals and digits."""

    @property
    def corruptions(self) -> tuple[str, ...]:
        return tuple(TEXTS)

    def corrupted(self, values: Sequence[Any], how: str, strength: float, random: Random) -> Sequence[Any]:
        return [value and TEXTS[how](value, strength, random) for value in values]

    def traits(self, values: Sequence[Any]) -> Mapping[str, Sequence[Any]]:
        known = [value or "" for value in values]
        return {
            "words": [len(text.split()) for text in known],
            "characters": [len(text) for text in known],
            "share of capitals": [sum(map(str.isupper, text)) / max(1, len(text)) for text in known],
            "share of digits": [sum(map(str.isdigit, text)) / max(1, len(text)) for text in known],
        }


@dataclass(frozen=True)
class OfPictures(Outside):
    """Of pictures, whose pixels have such a mean and scale: how light one is, how much its pixels differ (both from 0
    to 1), and its size. By what `seen` says, the network reads these pixels."""

    mean: tuple[float, ...] = (0.0,)
    scale: tuple[float, ...] = (1.0,)
    seen: bool = False

    @property
    def corruptions(self) -> tuple[str, ...]:
        return tuple(PICTURES)

    def corrupted(self, values: Sequence[Any], how: str, strength: float, random: Random) -> Sequence[Any]:
        return [value and PICTURES[how](value, strength, random) for value in values]

    def traits(self, values: Sequence[Any]) -> Mapping[str, Sequence[Any]]:
        names = "brightness", "contrast", "width", "height"
        return dict(zip(names, map(list, zip(*map(of_picture, values), strict=True)), strict=True))

    def reach(self) -> Reach | None:
        if not self.seen:
            return None
        mean, scale = (np.array(each, np.float32).reshape(1, -1, 1, 1) for each in (self.mean, self.scale))
        return Reach(255 / scale, -mean / scale, 0.0, 1.0)


def of_picture(picture: Picture | None) -> tuple[float, float, float, float]:
    """The traits of one picture."""
    if picture is None:
        return (math.nan,) * 4
    pixels = np.asarray(picture.convert("L"), np.float32) / 255
    return float(pixels.mean()), float(pixels.std()), float(picture.width), float(picture.height)


@dataclass(frozen=True)
class OfSounds(Outside):
    """Of sounds: how long and how loud one is."""

    @property
    def corruptions(self) -> tuple[str, ...]:
        return tuple(SOUNDS)

    def corrupted(self, values: Sequence[Any], how: str, strength: float, random: Random) -> Sequence[Any]:
        return [each and replace(each, samples=SOUNDS[how](each.samples, strength, random)) for each in values]

    def traits(self, values: Sequence[Any]) -> Mapping[str, Sequence[Any]]:
        loud = [math.nan if each is None else float(np.sqrt(np.mean(each.samples**2))) for each in values]
        return {
            "seconds": [math.nan if each is None else each.seconds for each in values],
            "loudness in dB": [20 * math.log10(max(1e-5, each)) if each == each else each for each in loud],
        }
