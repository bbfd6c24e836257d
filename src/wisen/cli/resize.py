"""wisen resize: the same program smaller, faster or wider, and what that costs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from wisen.cli.console import console, only_json, out

if TYPE_CHECKING:
    from wisen.sizes.resized import Resized


def resize(
    function: str = typer.Argument(..., metavar="FILE:FUNCTION", help="The decorated function."),
    time_per_call: str | None = typer.Option(None, metavar="TIME", help="The most time that a call may take: 20us."),
    faster: str | None = typer.Option(None, metavar="TIMES", help="How many times faster a call is to be: 2x."),
    size: str | None = typer.Option(None, metavar="BYTES", help="The most that the file may take: 50kB."),
    width: str | None = typer.Option(None, metavar="TIMES", help="How many times as wide: 0.5 halves all layers."),
    better: bool = typer.Option(False, "--better", help="Twice as wide; also where there are more examples now."),
    back: bool = typer.Option(False, "--back", help="Bring the program of before back."),
    examples: Path | None = typer.Option(None, metavar="PATH", help="Other examples than those of the last training."),
    budget: str = typer.Option("60s", metavar="TIME", help="How long it may learn: 90s, 5min, 2h."),
    seed: int = typer.Option(0, help="The same seed, examples and machine: the same weights."),
    device: str = typer.Option("auto", help="auto, cpu or cuda."),
    accept: bool = typer.Option(False, "--accept", help="Install the program even if it is not good enough."),
    fresh: bool = typer.Option(False, "--fresh", help="Begin anew; do not go on from a checkpoint."),
    as_json: bool = typer.Option(False, "--json", help="Print one JSON object and nothing else on stdout."),
) -> int:
    """Make a program smaller, faster or wider, and measure what that costs.

    Finds the widest network that meets the target on this machine, lets it
    learn from the examples with the present program as a teacher, and puts
    old and new side by side. The program of before is kept.

    \b
    Example:
      wisen resize faces.py:is_face --faster 2x
      wisen resize faces.py:is_face --back
    """
    from wisen.cli.live import Progress
    from wisen.find import find

    with only_json(as_json) as say:
        found = find(function)
        if back:
            if any((time_per_call, faster, size, width, better)):
                raise typer.BadParameter("it goes with no target", param_hint="--back")
            return told_back(str(found.back()), say if as_json else None)
        screen = console(stderr=as_json)
        with Progress(screen, str(found.signature)) as progress:
            done = found.resize(
                examples, time_per_call=time_per_call, faster=faster, size=size, width=width, better=better,
                budget=budget, seed=seed, device=device, accept=accept, fresh=fresh, listen=progress,
            )  # fmt: skip
        say(done.to_json()) if as_json else show(done)
    return 0 if done.installed else 1


def told_back(path: str, say: object) -> int:
    """Says that the program of before answers again."""
    from wisen.cli.words import near

    if callable(say):
        say({"program": path})
    else:
        out(f"{near(Path(path))} is the program of before again; the same command takes that back.")
    return 0


def show(done: Resized) -> None:
    """Prints old and new side by side, and what there is to say."""
    from wisen.cli.show import sheet

    screen = console()
    sheet(screen, done.table(), "3  old and new, side by side", done.notes())
    screen.print()
    screen.print(place(done), soft_wrap=True)


def place(done: Resized) -> str:
    """Where the new program is, and what to do with it."""
    from wisen.cli.words import near

    if done.installed:
        return f"Installed: {near(done.path)}. {done.back}"
    why = [
        *(["it misses the target"] if not done.met else []),
        *(["it is worse than the program of before"] if done.worse else []),
        *([f"it is {done.verdict} than what it has to beat"] if done.verdict != "better" else []),
    ]
    return (
        f"Not installed: {' and '.join(why)}. It stays a candidate, {near(done.path)}; the program of before answers.\n"
        "To install it all the same, type the command again with --accept."
    )
