"""SmoothGrad: gradients averaged over inputs with some noise (Smilkov et al., 2017)."""

from __future__ import annotations

import torch

from wisen.explain.case import Case
from wisen.explain.leaves import Leaves
from wisen.explain.method import Found, Method, captum

SAMPLES, NOISE = 16, 0.1
"""How often noise is added, and its standard deviation as a share of how far the numbers of a leaf are apart."""
ROOM = 1 << 22
"""Numbers that are looked at at once."""


class SmoothGrad(Method):
    """The slope of the aim at each number, without its sign, in the mean of some inputs nearby."""

    def found(self, case: Case) -> Found:
        leaves = Leaves(case)
        apart = [float(each.max() - each.min()) or 1.0 for each in leaves.inputs]
        width = sum(each.numel() for each in leaves.inputs)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(case.seed)
            found = (
                captum()
                .NoiseTunnel(captum().Saliency(leaves.forward))
                .attribute(
                    tuple(each.clone().requires_grad_() for each in leaves.inputs),
                    nt_type="smoothgrad",
                    nt_samples=SAMPLES,
                    nt_samples_batch_size=max(1, min(SAMPLES, ROOM // max(1, width))),
                    stdevs=tuple(NOISE * each for each in apart),
                    abs=False,
                )
            )
        shares, lost = leaves.shares([each.detach().abs() for each in found])
        return Found(shares, lost=lost)
