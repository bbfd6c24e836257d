"""Grad-CAM: the channels of a layer, each weighed by the mean slope of the aim at it (Selvaraju et al., 2017)."""

from __future__ import annotations

import numpy as np
import torch

from wisen.errors import BadValue
from wisen.explain.case import Case
from wisen.explain.layers import PLACES, layer, leads
from wisen.explain.leaves import Leaves
from wisen.explain.method import Found, Method, captum
from wisen.nn.block import Block
from wisen.nn.form import Grid, Track


class GradCam(Method):
    """Where the channels of a layer are high by which the aim rises; what lowers it is left out."""

    layered = True

    def found(self, case: Case) -> Found:
        leaves = Leaves(case)
        name, blocks, feed = layer(case)
        if not feed or not isinstance(blocks[0].gives, PLACES):
            raise BadValue(f"the layer {name} does not keep what stands where", "Choose one that does, or none.")
        if not leads(case, name):
            raise BadValue(f"the layer {name} says nothing to {case.column.name}", "Choose one that does, or none.")
        found = np.sum([weighed(leaves, block) for block in blocks], axis=0)
        return Found(leaves.mapped(feed, np.maximum(found, 0)), layer=name)


def weighed(leaves: Leaves, block: Block) -> np.ndarray:
    """The channels of a block's answer, weighed and added up, [height, width] or [time]."""
    inputs = tuple(each.clone().requires_grad_() for each in leaves.inputs)
    if isinstance(block.gives, Grid):
        found: torch.Tensor = captum().LayerGradCam(leaves.forward, block).attribute(inputs)
        grid: np.ndarray = found.detach()[0, 0].numpy()
        return grid
    said, slope = by_steps(leaves, block, inputs)  # captum takes the second axis for the channels
    steps: np.ndarray = (said * slope.mean(1, keepdim=True)).sum(0).numpy()
    return steps


def by_steps(leaves: Leaves, block: Block, inputs: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, torch.Tensor]:
    """(what a block says of each step, [channels, time]; the slope of the aim at it)."""
    kept: list[torch.Tensor] = []
    handle = block.register_forward_hook(lambda module, given, said: kept.append(said))
    try:
        total = leaves.forward(*inputs).sum()
    finally:
        handle.remove()
    (slope,) = torch.autograd.grad(total, kept[-1])
    pair = kept[-1].detach()[0], slope[0]
    if isinstance(block.gives, Track):  # the first row says which steps there are
        return pair[0][1:], pair[1][1:]
    return pair[0].T, pair[1].T
