"""What the sheets of the gallery are drawn with: colours and a font."""

from __future__ import annotations

from PIL import ImageFont

PAPER, INK, SOFT = "#ffffff", "#1d2733", "#66727f"
RIGHT, RIGHT_INK, WRONG, WRONG_INK = "#e4f1ea", "#256046", "#c62828", "#ffffff"


def font(size: int) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    """Pillow's own font."""
    return ImageFont.load_default(size)
