"""Gradients: how much the answer would change with each number (Simonyan et al., 2014)."""

from __future__ import annotations

import torch

from wisen.explain.case import Case
from wisen.explain.leaves import Leaves
from wisen.explain.method import Found, Method, captum


class Gradients(Method):
    """The slope of the aim at each number that the network reads, without its sign, added up over each part."""

    def found(self, case: Case) -> Found:
        leaves = Leaves(case)
        shares, lost = leaves.shares([slope.abs() for slope in slopes(leaves)])
        return Found(shares, lost=lost)


def slopes(leaves: Leaves) -> tuple[torch.Tensor, ...]:
    """The slope of the aim at each number of each leaf."""
    inputs = tuple(each.clone().requires_grad_() for each in leaves.inputs)
    found: tuple[torch.Tensor, ...] = captum().Saliency(leaves.forward).attribute(inputs, abs=False)
    return tuple(each.detach() for each in found)
