"""Texts as tokens: their runs of 1 to 5 bytes, hashed inside the graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wisen.kinds.views.framed import codes
from wisen.kinds.views.view import View

if TYPE_CHECKING:
    from spox import Var

    from wisen.kinds.text import Text
    from wisen.nn.form import Layer, Tokens

LONGEST = 2048
"""Bytes of a text beyond which nothing is read: there are five runs to a byte."""
ORDERS = 5
"""The longest run of bytes that is one token."""
MULTIPLIER = 263
"""Of the rolling hash; a prime above the 257 values that a byte or its absence has."""


class Runs(View):
    """What a network of the user's reads."""

    def graph(self, kind: Text, *raw: Var) -> Var:
        return runs(codes(min(kind.limit, LONGEST), *raw), kind.vocabulary)

    def form(self, kind: Text) -> Tokens:
        from wisen.nn.form import Tokens

        return Tokens(kind.vocabulary)

    def encoder(self, kind: Text, width: int) -> tuple[Layer, ...]:
        from wisen.nn.form import Layer

        return (Layer("bag", max(16, width // 2)),)


def runs(framed: Var, vocabulary: int) -> Var:
    """The runs of 1 to 5 bytes of each framed text, hashed to so many tokens."""
    from wisen.nn.block import constant, op

    steps = op.slice(op.shape(framed), constant([1]), constant([2]))
    padded = op.pad(framed, constant(np.array([0, 0, 0, ORDERS - 1], np.int64)))
    tokens, hashed = [], constant(np.int64(0))
    for order in range(ORDERS):
        end = op.add(steps, constant(np.array([order], np.int64)))
        ahead = op.slice(padded, constant([order]), end, constant([1]))
        hashed = op.add(op.mul(hashed, constant(np.int64(MULTIPLIER))), ahead)
        token = op.add(op.mod(hashed, constant(np.int64(vocabulary - 1))), constant(np.int64(1)))
        whole = op.cast(ahead, to=np.bool_)  # the run ends within the text
        tokens.append(op.where(whole, token, constant(np.int64(0))))
    return op.concat(tokens, axis=1)
