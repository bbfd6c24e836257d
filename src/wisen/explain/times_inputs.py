"""Gradients x inputs: the slope times how far each number is from nothing (Shrikumar et al., 2017)."""

from __future__ import annotations

from wisen.explain.case import Case
from wisen.explain.gradients import slopes
from wisen.explain.leaves import Leaves
from wisen.explain.method import Found, Method


class TimesInputs(Method):
    """What each number adds to the aim, as far as the slope where it stands tells: all of it, where the network is
    linear."""

    def found(self, case: Case) -> Found:
        leaves = Leaves(case)
        rows = zip(slopes(leaves), leaves.inputs, leaves.nothing, strict=True)
        shares, lost = leaves.shares([slope * (x - nothing) for slope, x, nothing in rows])
        return Found(shares, lost=lost)
