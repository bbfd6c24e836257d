"""Integrated gradients: slopes on the straight way from nothing to the inputs, added up (Sundararajan et al., 2017)."""

from __future__ import annotations

import torch

from wisen.explain.case import Case
from wisen.explain.leaves import Leaves
from wisen.explain.method import Found, Method, captum

STEPS = 64
"""Places on the way at which the slope is taken."""
ROOM = 1 << 22
"""Numbers that are looked at at once."""


class Integrated(Method):
    """What each number adds to the aim on the way from nothing: together it is how far the answer is from that to
    nothing."""

    def found(self, case: Case) -> Found:
        leaves = Leaves(case)
        width = sum(each.numel() for each in leaves.inputs)
        found = (
            captum()
            .IntegratedGradients(leaves.forward)
            .attribute(
                leaves.inputs,
                leaves.nothing,
                n_steps=STEPS,
                internal_batch_size=max(1, min(STEPS, ROOM // max(1, width))),
            )
        )
        shares, lost = leaves.shares(found)
        with torch.no_grad():
            wanted = leaves.amount - float(leaves.forward(*leaves.nothing)[0])
        return Found(shares, float(sum(each.sum() for each in found)), wanted, lost)
