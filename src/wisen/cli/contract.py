"""How a contract looks on a terminal: a line for each check."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from wisen.contract import Contract

COLOURS = {"kept": "green", "broken": "red"}


def contract(console: Console, found: Contract) -> None:
    """Prints the checks, and whether the contract is kept."""
    console.print(f"{found.function}(): the same work, time and memory for every call?")
    console.print(checks(found.to_json()))
    console.print()
    word = "kept" if found.kept else "broken"
    console.print(Text.assemble("Contract: ", (word, f"bold {COLOURS[word]}")))


def checks(found: Mapping[str, Any]) -> Table:
    """A row for each check of a contract, given as plain data."""
    grid = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for name, check in found["checks"].items():
        word = "kept" if check["kept"] else "broken"
        grid.add_row(name, Text(word, style=COLOURS[word]), Text(str(check["said"])))
    return grid
