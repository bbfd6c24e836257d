"""The contract of a view of texts: one file each, and one row in the table of kinds/text.py."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spox import Var

    from wisen.kinds.text import Text
    from wisen.nn.form import Form, Layer


class View(ABC):
    """What the program can make of the bytes of a text, and what reads it. `kind` is the fitted kind."""

    frozen: int = 0
    """About how many weights of a network that was trained on other data its graph holds."""

    @abstractmethod
    def graph(self, kind: Text, *raw: Var) -> Var:
        """From the bytes and lengths to what the encoder reads, as nodes of the program."""

    @abstractmethod
    def form(self, kind: Text) -> Form:
        """The form of what `graph` gives."""

    @abstractmethod
    def encoder(self, kind: Text, width: int) -> tuple[Layer, ...]:
        """The layers that read it; width 0 asks for those of a linear program."""

    def plain(self) -> tuple[Layer, ...] | None:
        """The layers by which it enters a linear path beside the network; None: not at all."""
        return None
