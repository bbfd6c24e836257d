"""Words of `wisen run` that begin with a minus and are numbers: they are values, not options."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from typer import Context
from typer.core import TyperCommand

NEGATIVE = re.compile(r"-(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
MARK = "\0"
"""Stands before a negative number while options are told from values; no word of a command line holds it."""


class Values(TyperCommand):
    """A command that takes words such as -1.9 and -.5 as values."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Reads the words; the negative numbers among them are no options."""
        rest = super().parse_args(ctx, [MARK + word if NEGATIVE.fullmatch(word) else word for word in args])
        ctx.params = {name: plain(value) for name, value in ctx.params.items()}
        return rest


def plain(value: Any) -> Any:
    """A value without the marks."""
    if isinstance(value, (list, tuple)):
        return type(value)(map(plain, value))
    if isinstance(value, Path):
        return Path(plain(str(value)))
    return value.removeprefix(MARK) if isinstance(value, str) else value
