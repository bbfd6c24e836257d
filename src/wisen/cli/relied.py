"""How the reliance on a program looks on a terminal: its promise, coverage against accuracy, mixed operation."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from wisen.headtohead import Result
    from wisen.sure.curve import Together

LEAST = {"probability": "probability at least", "unlike": "unlike at most"}
"""What the last column of the curve tells, by what the surest answers are told by."""


def relied(console: Console, result: Result) -> None:
    """Prints how far a program's answers can be relied on."""
    sure, metric = result.sure, result.scores[-1].first.name
    lines = [line for line in (promise(result), mixed(sure.together, metric), unlike(result)) if line]
    if not lines and not sure.curve:
        return
    console.print()
    for line in lines:
        console.print(line, soft_wrap=True, highlight=False)
    if sure.curve:
        console.print(curve(result, metric))


def promise(result: Result) -> str:
    """The promise, and whether it was kept."""
    found = result.sure.covered
    if found is None:
        return ""
    size = f"{found.size:.4g} on average" if math.isfinite(found.size) else "without an end for want of examples"
    kind = "sets" if result.classes else "intervals"
    kept = f"{found.share:.1%} (95 % interval {max(found.low, 0):.1%} to {min(found.high, 1):.1%})"
    missed = "" if found.kept else "; the promise is not kept"
    return f"promised within its {kind}: {found.promised:.0%} of truths; there were {kept}; size {size}{missed}"


def mixed(found: Together | None, metric: str) -> str:
    """What mixed operation scores."""
    if found is None:
        return ""
    parts = [f"below {found.below:g} by hand: the program answers {found.share:.1%}"]
    if found.learned is not None:
        parts[0] += f" with {metric} {found.learned:.4g}"
    if found.by_hand is not None:
        parts.append(f"the body answers the others with {found.by_hand:.4g}")
    if found.together is not None:
        parts.append(f"together {found.together:.4g}")
    elif found.share < 1:
        parts.append("there is no body for the others: Unsure")
    return "; ".join(parts)


def unlike(result: Result) -> str:
    """How many examples are unlike those of training."""
    share = result.sure.unlike
    return "" if share is None else f"unlike the training examples: {share:.1%} (1 % is usual)"


def curve(result: Result, metric: str) -> Table:
    """Coverage against accuracy: what the program scores on the examples of which it is surest."""
    from wisen.cli.show import figure, table

    sure = result.sure
    heads = ["the surest", metric, LEAST[sure.by]]
    grid = table(*heads, title=f"coverage against {metric}", right=heads)
    for point in sure.curve:
        least = abs(point.least)
        grid.add_row(f"{point.share:.0%}", figure(point.score), f"{least:.3f}")
    return grid
