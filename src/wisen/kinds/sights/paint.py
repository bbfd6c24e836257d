"""Pictures of what counted: red speaks for the answer, blue against it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

FOR, AGAINST, NEUTRAL, INK, PALE = (178, 24, 43), (33, 102, 172), (247, 247, 247), "#333333", "#777777"
"""The ends and the middle of ColorBrewer's RdBu, which the colour-blind can tell apart."""
SIDE, WIDE, GAP, LINE = 320, 720, 12, 22
"""Pixels of a picture's longer side, of a row of bars, between pictures and of a line of text."""
STRONG = 0.99
"""The share of the parts below whose strongest colour is reached: one outlier does not leave all others pale."""


def shades(amounts: np.ndarray) -> np.ndarray:
    """Amounts as shares of the strongest one, -1 to 1."""
    known = np.nan_to_num(np.asarray(amounts, np.float64))
    most = float(np.quantile(np.abs(known), STRONG)) or float(np.abs(known).max(initial=0.0))
    found: np.ndarray = np.clip(known / most, -1, 1) if most else known
    return found


def colours(shade: np.ndarray) -> np.ndarray:
    """The colours of shades, uint8 [..., 3]."""
    end = np.where(shade[..., None] > 0, FOR, AGAINST)
    found = NEUTRAL + (end - np.array(NEUTRAL)) * np.abs(shade)[..., None]
    array: np.ndarray = found.round().astype(np.uint8)
    return array


def overlaid(picture: Picture, amounts: np.ndarray, small: bool = False) -> Picture:
    """Side by side: the picture, what counted laid over it in grey, and how much by itself; or only the second."""
    from PIL import Image

    factor = SIDE / max(picture.size)
    size = max(1, round(picture.width * factor)), max(1, round(picture.height * factor))
    smooth = Image.Resampling.NEAREST if factor > 1 else Image.Resampling.LANCZOS
    plain = picture.resize(size, smooth).convert("RGB")
    shade = shades(amounts)
    alone = Image.fromarray(colours(shade)).resize(size, Image.Resampling.NEAREST)
    strong = Image.fromarray((np.abs(shade) * 200).astype(np.uint8)).resize(size, Image.Resampling.BILINEAR)
    pure = Image.fromarray(np.where(shade[..., None] > 0, FOR, AGAINST).astype(np.uint8)).resize(size)
    over = Image.composite(pure, plain.convert("L").convert("RGB"), strong)
    return over if small else beside([plain, over, alone])


def beside(pictures: Sequence[Picture]) -> Picture:
    """Pictures in a row."""
    from PIL import Image

    width = sum(each.width for each in pictures) + GAP * (len(pictures) - 1)
    found = Image.new("RGB", (width, max(each.height for each in pictures)), "white")
    left = 0
    for each in pictures:
        found.paste(each, (left, 0))
        left += each.width + GAP
    return found


def below(pictures: Sequence[Picture]) -> Picture:
    """Pictures one below the other."""
    from PIL import Image

    height = sum(each.height for each in pictures) + GAP * (len(pictures) - 1)
    found = Image.new("RGB", (max(each.width for each in pictures), height), "white")
    top = 0
    for each in pictures:
        found.paste(each, (0, top))
        top += each.height + GAP
    return found


def marked(words: Sequence[str], amounts: np.ndarray) -> Picture:
    """A text with the words that counted on colour."""
    from PIL import Image, ImageDraw, ImageFont

    font, shade = ImageFont.load_default(15), colours(shades(amounts))
    places, x, y = [], GAP, GAP
    for word in words:
        width = round(font.getlength(word)) + 8
        if x + width > WIDE - GAP and x > GAP:
            x, y = GAP, y + LINE + 4
        places.append((x, y, x + width, y + LINE))
        x += width + 4
    picture = Image.new("RGB", (WIDE, y + LINE + GAP), "white")
    pen = ImageDraw.Draw(picture)
    for word, place, colour in zip(words, places, shade, strict=True):
        dark = float(np.dot(colour, (0.299, 0.587, 0.114))) < 128
        pen.rectangle(place, fill=tuple(colour.tolist()))
        pen.text((place[0] + 4, place[1] + 2), word, "white" if dark else INK, font)
    return picture


def bars(names: Sequence[str], amounts: Sequence[float]) -> Picture:
    """Bars to the right for what speaks for the answer, to the left for what speaks against it."""
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.load_default(13)
    room = min(WIDE // 3, round(max((font.getlength(name) for name in names), default=0)) + GAP)
    picture = Image.new("RGB", (WIDE, LINE * max(1, len(names)) + 2 * GAP), "white")
    pen = ImageDraw.Draw(picture)
    middle = (room + GAP + WIDE - 70) // 2
    half = WIDE - 70 - middle - 2
    most = max((abs(amount) for amount in amounts), default=0.0) or 1.0
    for place, (name, amount) in enumerate(zip(names, amounts, strict=True)):
        top = GAP + LINE * place
        end = middle + round(half * amount / most)
        box = (min(middle, end), top + 3, max(middle, end), top + LINE - 4)
        pen.rectangle(box, fill=FOR if amount > 0 else AGAINST)
        pen.text((GAP // 2, top + LINE // 2), name[:60], INK, font, anchor="lm")
        pen.text((WIDE - 4, top + LINE // 2), f"{amount:+.3g}", PALE, font, anchor="rm")
    pen.line((middle, GAP, middle, picture.height - GAP), fill=PALE)
    return picture


def line(values: Sequence[float], amounts: np.ndarray, high: int = 260) -> Picture:
    """Numbers in their order as a line, and behind it how much each stretch of them counted."""
    from PIL import Image, ImageDraw

    known = np.asarray(values, np.float64)
    finite = known[np.isfinite(known)]
    low, top = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    top = top if top > low else low + 1.0
    picture = Image.new("RGB", (WIDE, high), "white")
    pen = ImageDraw.Draw(picture)
    shade = colours(shades(amounts))
    cuts = np.linspace(0, WIDE, len(amounts) + 1)
    for place, colour in enumerate(shade):
        pen.rectangle((cuts[place], 0, cuts[place + 1], high), fill=tuple(colour.tolist()))
    across = (np.arange(len(known)) + 0.5) * WIDE / max(1, len(known))
    down = high - GAP - (known - low) / (top - low) * (high - 2 * GAP)
    points = [(float(x), float(y)) for x, y in zip(across, down, strict=True) if np.isfinite(y)]
    if len(points) > 1:
        pen.line(points, fill=INK, width=2)
    for x, y in points if len(points) <= 100 else []:
        pen.ellipse((x - 2, y - 2, x + 2, y + 2), fill=INK)
    return picture
