"""What goes wrong with values on the way: noise, blur, typos, missing cells; and what can be said of a value in a word.

`strength` lies between 0, which changes nothing, and 1, at which a person has trouble too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

NOISE, MISSING = "noise", "missing cells"
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

# ---- traits ------------------------------------------------------------------------------------


def of_picture(picture: Picture | None) -> dict[str, float]:
    """How light a picture is, how much its pixels differ (both from 0 to 1), and its size."""
    if picture is None:
        return dict.fromkeys(("brightness", "contrast", "width", "height"), float("nan"))
    pixels = np.asarray(picture.convert("L"), np.float32) / 255
    size = {"width": float(picture.width), "height": float(picture.height)}
    return {"brightness": float(pixels.mean()), "contrast": float(pixels.std()), **size}


def of_text(text: str | None) -> dict[str, float]:
    """How long a text is, and how much of it are capitals and digits."""
    text = text or ""
    count = max(1, len(text))
    capitals, digits = sum(map(str.isupper, text)) / count, sum(map(str.isdigit, text)) / count
    return {"words": len(text.split()), "characters": len(text), "capitals": capitals, "digits": digits}


def listed(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """The traits of many values, by their names."""
    return {name: [row[name] for row in rows] for name in rows[0]} if rows else {}
