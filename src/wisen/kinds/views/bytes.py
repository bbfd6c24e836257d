"""Texts as their bytes in order, over which filters slide: for what the order of letters tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wisen.kinds.views.framed import codes
from wisen.kinds.views.view import View

if TYPE_CHECKING:
    from spox import Var

    from wisen.kinds.text import Text
    from wisen.nn.form import Layer, Tokens

LONGEST = 2048
"""Bytes of a text beyond which nothing is read."""
VOCABULARY = 257
"""Padding and every byte."""
CHANNELS = (32, 64, 64)
"""Filters before the first pooling, and after each."""
LONG, FEWEST = 64, 500
"""Bytes of a text up to which, and examples from which on, it is worth a plan: in sentences
words told more, and fewer examples were not measured."""
WIDEST = 64
"""The width of a network up to which: one plan is enough for the budget, and the
filters would be as many in a wide one."""


class Bytes(View):
    """Three convolutions, and the steps halved between them, so that each one sees twice as far for half
    the time; capitals stay what they are."""

    def graph(self, kind: Text, *raw: Var) -> Var:
        return codes(min(kind.limit, LONGEST), *raw, small=False)

    def form(self, kind: Text) -> Tokens:
        from wisen.nn.form import Tokens

        return Tokens(VOCABULARY)

    def encoder(self, kind: Text, width: int) -> tuple[Layer, ...]:
        from wisen.nn.form import Layer

        first, *others = CHANNELS
        stages = [layer for channels in others for layer in (Layer("pool"), Layer("slide", channels))]
        return (Layer("ordered", first), Layer("slide", first), *stages, Layer("peaks"))


def worth(kind: Text, width: int) -> bool:
    """Whether a network of a width should try this view."""
    return 0 < width <= WIDEST and kind.limit <= LONG and kind.count >= FEWEST
