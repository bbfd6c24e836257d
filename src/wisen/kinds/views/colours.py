"""Pictures as how much of each colour is in them, wherever it is (Swain and Ballard, 1991, Color Indexing)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from spox import Var

LEVELS = 16
"""Levels of each channel, from 0 to 255."""
SCALE = LEVELS / 2
"""What brings a share to about the size of other features."""
SIDE = 64
"""Pixels of a side beyond which a picture is made smaller before its pixels are counted."""


def width(channels: int) -> int:
    """How many numbers a picture becomes."""
    return channels * LEVELS


def shares(pixels: Var, height: int, across: int) -> Var:
    """float32 [batch, channels * LEVELS] of pixels [batch, channels, height, width]: the share of each level, a pixel
    between two of them counted to both."""
    from wisen.nn.block import constant, op

    sizes = constant(np.array([min(height, SIDE), min(across, SIDE)], np.int64))
    x = op.resize(pixels, sizes=sizes, axes=[2, 3], mode="linear", antialias=1)
    flat = op.reshape(x, constant(np.array([0, 0, -1], np.int64)))  # [batch, channels, pixels]
    step = np.float32(255 / (LEVELS - 1))
    found = []
    for level in range(LEVELS):
        apart = op.abs(op.sub(flat, constant(np.float32(level) * step)))
        near = op.relu(op.sub(constant(np.float32(1)), op.div(apart, constant(step))))
        found.append(op.reduce_mean(near, constant([2]), keepdims=0))
    return op.mul(op.concat(found, axis=1), constant(np.float32(SCALE)))
