"""Attention: where a program looks as it says each piece of a text (Bahdanau et al., 2015)."""

from __future__ import annotations

import numpy as np
import torch

from wisen.errors import BadValue
from wisen.explain.case import Case
from wisen.explain.leaves import Leaves
from wisen.explain.method import Found, Method
from wisen.explain.network import Reader
from wisen.nn.chain import Chain
from wisen.nn.decoder import Decoder


class Attention(Method):
    """How much of its look falls on each part while the pieces are said that are asked about. It is what a program
    looks at, which is not always what it answers by: the tests tell."""

    def refuses(self, case: Case) -> str:
        if reason := super().refuses(case):
            return reason
        return "" if reader(case) else "no part of it pays attention: only what says texts piece by piece does"

    def found(self, case: Case) -> Found:
        own, pieces = reader(case), case.aim.pieces
        if own is None or pieces is None:
            raise BadValue("no part of it pays attention")
        leaves = Leaves(case)
        looks = looked(own.chain, leaves.features[own.feeds[0]], pieces)
        mean = looks[list(case.aim.asked_pieces)].mean(axis=0)
        return Found(leaves.mapped(own.feeds[0], mean), maps=looks[None])


def reader(case: Case) -> Reader | None:
    """What says the answer piece by piece; None where nothing does."""
    assert case.rebuilt is not None
    for network in case.rebuilt.members():
        for each in case.rebuilt.readers(network):
            if each.part == case.column.name and isinstance(each.chain.blocks[-1], Decoder):
                return each
    return None


def looked(chain: Chain, x: torch.Tensor, pieces: np.ndarray) -> np.ndarray:
    """At which step it looks as it says each piece, [pieces, steps]; each row adds up to 1."""
    *before, last = chain.blocks
    assert isinstance(last, Decoder)
    with torch.no_grad():
        for block in before:
            x = block(x)
        found: np.ndarray = last.looks(x, torch.from_numpy(pieces).long())[0].numpy()
    return found
