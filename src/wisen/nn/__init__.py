"""The blocks that architectures are made of: forward in torch and the same in ONNX, side by side.

A new block is one file and one row here. It knows nothing of kinds.
"""

from __future__ import annotations

from typing import Any

from wisen.nn.average import Average
from wisen.nn.bag import Bag
from wisen.nn.block import Block
from wisen.nn.cells import Cells
from wisen.nn.chain import Chain
from wisen.nn.columns import Columns
from wisen.nn.conv import Conv
from wisen.nn.ctc import Ctc
from wisen.nn.decoder import Decoder
from wisen.nn.dropout import Dropout
from wisen.nn.embed import Embed
from wisen.nn.flatten import Flatten
from wisen.nn.form import Form, Layer
from wisen.nn.halve import Halve
from wisen.nn.linear import Linear
from wisen.nn.mean import Mean
from wisen.nn.members import Members
from wisen.nn.nothing import Nothing
from wisen.nn.onehot import OneHot
from wisen.nn.ordered import Ordered
from wisen.nn.own import Own
from wisen.nn.peaks import Peaks
from wisen.nn.piecewise import Piecewise
from wisen.nn.point import Point
from wisen.nn.pool import Pool
from wisen.nn.recurrent import Recurrent
from wisen.nn.relu import Relu
from wisen.nn.residual import Residual
from wisen.nn.shared import Shared
from wisen.nn.slide import Slide
from wisen.nn.steps import Steps
from wisen.nn.weighed import Weighed

__all__ = ["BLOCKS", "Block", "Chain", "build"]

BLOCKS: dict[str, Any] = {
    "average": Average,
    "bag": Bag,
    "cells": Cells,
    "columns": Columns,
    "conv": Conv,
    "ctc": Ctc,
    "decoder": Decoder,
    "dropout": Dropout,
    "embed": Embed,
    "flatten": Flatten,
    "halve": Halve,
    "linear": Linear,
    "mean": Mean,
    "members": Members,
    "nothing": Nothing,
    "onehot": OneHot,
    "ordered": Ordered,
    "own": Own,
    "peaks": Peaks,
    "piecewise": Piecewise,
    "point": Point,
    "pool": Pool,
    "recurrent": Recurrent,
    "relu": Relu,
    "residual": Residual,
    "shared": Shared,
    "slide": Slide,
    "steps": Steps,
    "weighed": Weighed,
}


def build(layers: tuple[Layer, ...], form: Form) -> Chain:
    """The layers as blocks, each built for the form that the one before it gives."""
    blocks: list[Block] = []
    reads = form
    for layer in layers:
        block = BLOCKS[layer.block]
        blocks.append(block(form) if layer.size is None else block(form, layer.size))
        form = blocks[-1].gives
    return Chain(form, blocks, reads)
