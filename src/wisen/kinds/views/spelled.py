"""Texts piece by piece in their order, for answers that are said piece by piece: short ones as bytes, others as the
pieces of their words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wisen.kinds.views.bytes import VOCABULARY
from wisen.kinds.views.framed import codes
from wisen.kinds.views.view import View
from wisen.kinds.views.wordpiece import pieces

if TYPE_CHECKING:
    from spox import Var

    from wisen.kinds.text import Text
    from wisen.nn.form import Layer, Tokens

SHORT = 64
"""Bytes up to which a text is read byte by byte: then its letters matter."""
LONGEST, MOST_PIECES = 2048, 256
"""Bytes of a text and pieces beyond which nothing is read."""
SLIDES = 2
"""How often filters slide over the steps."""


class Spelled(View):
    """What a head that says texts reads: a learned vector for each step, filters that slide over the steps, and a
    memory that reads them in both directions."""

    def graph(self, kind: Text, *raw: Var) -> Var:
        limit = min(kind.limit, LONGEST)
        if not kind.in_words:
            return codes(limit, *raw, small=False)
        found, lengths = raw
        return pieces(found, lengths, kind.read_pieces, limit, MOST_PIECES)[0]

    def form(self, kind: Text) -> Tokens:
        from wisen.nn.form import Tokens

        return Tokens(len(kind.read_pieces) if kind.in_words else VOCABULARY)

    def encoder(self, kind: Text, width: int) -> tuple[Layer, ...]:
        from wisen.nn.form import Layer

        return (*self.placed(width), Layer("peaks"))

    def placed(self, width: int) -> tuple[Layer, ...]:
        """The layers up to the steps."""
        from wisen.nn.form import Layer

        width = max(8, width)
        slides = [Layer("slide", width) for _ in range(SLIDES)]
        return (Layer("ordered", width), *slides, Layer("recurrent", width))
