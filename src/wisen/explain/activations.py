"""Activations: what a layer says of the inputs."""

from __future__ import annotations

import numpy as np
import torch

from wisen.explain.case import Case
from wisen.explain.layers import layer
from wisen.explain.leaves import Leaves
from wisen.explain.method import Found, Method, captum
from wisen.nn.block import Block
from wisen.nn.form import Track


class Activations(Method):
    """The numbers that a layer gives, in pictures of each channel where it has places; a part counts as the mean of
    their magnitudes there. They are the same whatever is asked about."""

    of_answer = False
    layered = True

    def found(self, case: Case) -> Found:
        leaves = Leaves(case)
        name, blocks, feed = layer(case, placed=False)
        every = [said(leaves, block) for block in blocks]
        alike = every[0].ndim == 1 and len({each.shape for each in every}) == 1
        # Of networks that answer together those of one width stand in rows, others one after the other.
        maps = np.array(every) if alike else np.concatenate(every) if every[0].ndim > 1 else np.concatenate(every)[None]
        if not feed or every[0].ndim == 1:
            return Found(case.shared(np.zeros(case.count)), maps=maps, layer=name)
        return Found(leaves.mapped(feed, np.abs(maps).mean(axis=0)), maps=maps, layer=name)


def said(leaves: Leaves, block: Block) -> np.ndarray:
    """What a block says, [channels, height, width], [channels, time] or [width]."""
    with torch.no_grad():
        found = captum().LayerActivation(leaves.forward, block).attribute(leaves.inputs)
    array: np.ndarray = found[0].numpy()
    if array.ndim == 2:  # of a track, the first row says which steps there are
        array = array[1:] if isinstance(block.gives, Track) else array.T
    return array
