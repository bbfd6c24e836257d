"""Pictures seen smaller: the views that make a picture fewer pixels before anything reads it.

A convolution at half of the side takes a quarter of the time, and so does a pretrained network.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from wisen.kinds.image import Image

Pictures = TypeVar("Pictures", bound="Image")

SHARES = {"three-quarters": 0.75, "half": 0.5, "three-eighths": 0.375, "quarter": 0.25}
"""Of the side at which a fitted kind sees a picture, by the name of the view."""
STEPS = (0.75, 0.5)
"""The next smaller ones to try, in the side of the present one."""
LEAST, LEAST_PRETRAINED = 12, 96
"""Pixels of the shorter side below which little is left to see: those that are smaller still are not moved in
training, and a pretrained network was made for more."""


def views(kind: Pictures, pretrained: str) -> dict[str, Pictures]:
    """The views of a fitted kind that see its pictures smaller, by name; those by a network that was trained on other
    data, where it may read them, begin with `pretrained`."""
    from wisen.kinds.views.efficientnet import square

    found = {}
    for name, share in SHARES.items():
        height, width = (max(1, round(side * share)) for side in (kind.height, kind.width))
        found[name] = replace(kind, reading="", height=height, width=width, share=share)
        if kind.borrowed:
            side = square(kind.side * share, placed=kind.placing)
            found[f"{pretrained}-{name}"] = replace(kind, reading=pretrained, side=side, share=share)
    return found


def names(kind: Image, pretrained: str) -> tuple[str, ...]:
    """The views that see less than this one of the same pictures, the largest first; none where too little is left."""
    if kind.reading not in ("", pretrained):
        return ()
    read = bool(kind.reading)
    before = f"{kind.reading}-" if read else ""
    found = []
    for step in STEPS:
        name = next((name for name, share in SHARES.items() if share == kind.share * step), None)
        side = step * (kind.side if read else min(kind.height, kind.width))
        if name and side >= (LEAST_PRETRAINED if read else LEAST):
            found.append(before + name)
    return tuple(found)
