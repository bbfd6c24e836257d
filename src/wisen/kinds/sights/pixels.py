"""What a person sees of a picture: its cells."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from wisen.kinds.sights.sight import CELLS, Parts, Sight, Trace, edges, gathered, spread

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

LEAST_SIDE = 448
"""Pixels of a side up to which a picture is never made smaller."""
WINDOW = 8
"""The part of a picture's side that is hidden at once."""


@dataclass(frozen=True)
class Pixels(Sight):
    """A picture that the network sees at `height` x `width`. What is hidden gets the mean colour of the examples: a
    blank picture is black, and black is something to see in a light picture."""

    height: int = 0
    width: int = 0
    colour: tuple[float, ...] = ()

    def manageable(self, value: Any) -> Any:
        if value is None:
            return None
        most = max(2 * max(self.height, self.width), LEAST_SIDE)
        factor = min(value.width, value.height) // most
        return value.reduce(factor) if factor > 1 else value

    def seen(self, value: Any) -> Parts:
        if value is None:
            return super().seen(value)
        value = self.plain(value)
        down, across = edges(value.height, CELLS), edges(value.width, CELLS)
        names = [
            f"{left},{top} to {right},{bottom}" for top, bottom in pairwise(down) for left, right in pairwise(across)
        ]
        pixels, colour = np.asarray(value), self.fill(value)

        def without(hidden: np.ndarray) -> Picture:
            from PIL import Image

            found = pixels.copy()
            found[spread(hidden, down, across)] = colour
            return Image.fromarray(found)

        shape = (len(down) - 1, len(across) - 1)
        return Parts(tuple(names), shape, without, tuple(max(1, round(side / WINDOW)) for side in shape))

    def plain(self, value: Picture) -> Picture:
        """The picture in grey or in colours."""
        return value if value.mode in ("L", "RGB") else value.convert("RGB")

    def fill(self, value: Picture) -> Any:
        """The mean colour of the examples, as the picture has colours."""
        colour = np.round(self.colour)
        if value.mode == "L":
            return np.uint8(colour.mean())
        return np.broadcast_to(colour, (3,)).astype(np.uint8)

    def traced(self, trace: Trace) -> np.ndarray | None:
        if trace.amounts.ndim != 3:
            return None
        return gathered(trace.amounts.sum(axis=0), trace.parts.shape)

    def lit(
        self, value: Any, parts: Parts, amounts: np.ndarray, fine: np.ndarray | None, small: bool = False
    ) -> bytes | None:
        from wisen.kinds.drawing import png
        from wisen.kinds.sights.paint import overlaid

        return None if value is None else png(overlaid(self.plain(value), amounts if fine is None else fine, small))
