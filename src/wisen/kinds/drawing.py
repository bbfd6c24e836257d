"""Boxes drawn onto the picture that they are in."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from wisen.kinds.box import Box

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

COLOURS = ("#e6194b", "#3cb44b", "#4363d8", "#f58231", "#911eb4", "#008080", "#9a6324", "#808000", "#000075", "#e6beff")
"""Of the labels, in their order, and again from the first on."""
SHARE = 160
"""The part of a picture's longer side that a line is thick."""


def drawn(picture: Picture, boxes: Sequence[Box[Any]], labels: Sequence[str]) -> Picture:
    """A copy of the picture with a frame around each box, its label and how sure it is; the surest on top."""
    from PIL import ImageDraw, ImageFont

    copy = picture.convert("RGB")
    pen = ImageDraw.Draw(copy)
    thick = max(1, round(max(copy.size) / SHARE))
    font = ImageFont.load_default(max(10, 7 * thick))
    for box in sorted(boxes, key=lambda box: box.probability):
        colour = COLOURS[labels.index(str(box.label)) % len(COLOURS)]
        text = str(box.label) if box.probability == 1 else f"{box.label} {box.probability:.0%}"
        pen.rectangle(box.edges, outline=colour, width=thick)
        _, _, right, bottom = pen.textbbox((0, 0), text, font)
        x = max(0.0, min(box.left, copy.width - right - 2 * thick))
        y = box.top - bottom - 2 * thick if box.top > bottom + 2 * thick else box.top
        pen.rectangle((x, y, x + right + 2 * thick, y + bottom + thick), fill=colour)
        pen.text((x + thick, y), text, "white", font)
    return copy


def png(picture: Picture) -> bytes:
    """A picture as a PNG file."""
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
