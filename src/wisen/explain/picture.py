"""Pictures of explanations: what counted, drawn onto the inputs, as PNG files; and film strips of many."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from wisen.explain.explanation import SHOWN, Explanation
from wisen.kinds.sights import paint

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

LETTERS = 110
"""Letters of a line of text."""
MOST_MAPS, MAP = 32, 96
"""Channels of a layer that are drawn, and pixels of the longer side of each."""


def picture(explanation: Explanation) -> bytes:
    """A PNG file: what is explained, each input with what counted of it, and whether that can be believed."""
    from wisen.kinds.drawing import png

    head, verdict = explanation.lines(0)[0], str(explanation.verdict)
    how = f"by {explanation.method}{f' of {explanation.layer}' if explanation.layer else ''}"
    rows = [text([head, how], strong=True), *drawings(explanation), text(verdict.splitlines())]
    return png(paint.below(rows))


def drawings(explanation: Explanation, small: bool = False) -> list[Picture]:
    """A drawing of each input, those that cannot be drawn as bars together; and the channels of a layer."""
    from PIL import Image

    found, plain = [], []
    for share in explanation.shares:
        data = share.kind.sight().lit(share.value, share.parts, share.amounts, share.fine, small)
        if data is None:
            plain += [(f"{name} = {share.kind.brief(share.value)}", amount) for name, amount in share.named()]
            continue
        if len(explanation.shares) > 1:
            found.append(text([share.name]))
        found.append(Image.open(io.BytesIO(data)).convert("RGB"))
    if plain:
        shown = sorted(plain, key=lambda each: -abs(each[1]))[: 2 * SHOWN]
        found.append(paint.bars([name for name, _ in shown], [amount for _, amount in shown]))
    if explanation.maps is not None:
        found.append(mosaic(explanation.maps))
    return found


def mosaic(maps: np.ndarray) -> Picture:
    """The channels of a layer, each by itself, in rows."""
    from PIL import Image

    every = maps if maps.ndim == 3 else maps[:, None]
    height, width = every.shape[1:]
    factor = MAP / max(height, width)
    size = max(1, round(width * factor)), max(8, round(height * factor))
    tiles = [
        Image.fromarray(paint.colours(paint.shades(each))).resize(size, Image.Resampling.NEAREST)
        for each in every[:MOST_MAPS]
    ]
    across = max(1, paint.WIDE // (size[0] + paint.GAP))
    return paint.below([paint.beside(tiles[start : start + across]) for start in range(0, len(tiles), across)])


def text(lines: Sequence[str], strong: bool = False) -> Picture:
    """Lines of text on white."""
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.load_default(15 if strong else 12)
    wrapped = [part for each in lines for part in (textwrap.wrap(each, LETTERS) or [""])]
    found = Image.new("RGB", (paint.WIDE, paint.LINE * len(wrapped) + 4), "white")
    pen = ImageDraw.Draw(found)
    for place, each in enumerate(wrapped):
        pen.text((4, 4 + paint.LINE * place), each, paint.INK if strong else paint.PALE, font)
    return found


def strip(frames: Sequence[tuple[str, Sequence[Picture]]]) -> Picture:
    """A film strip: a row for each example, a column for each frame, which has a title."""
    columns = []
    for title, pictures in frames:
        width = max((each.width for each in pictures), default=1)
        head = text([title]).crop((0, 0, max(width, 60), paint.LINE + 4))
        columns.append(paint.below([head, *pictures]))
    return paint.beside(columns)
