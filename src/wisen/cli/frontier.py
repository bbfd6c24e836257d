"""wisen frontier: quality against the time of a call, for a handful of widths."""

from __future__ import annotations

import json
from pathlib import Path

import typer

from wisen.cli.console import console, only_json


def frontier(
    function: str = typer.Argument(..., metavar="FILE:FUNCTION", help="The decorated function."),
    output: Path | None = typer.Option(
        None, metavar="PATH", help="Where the pictures go; else FUNCTION.frontier.png, .svg and .json in this folder."
    ),
    examples: Path | None = typer.Option(None, metavar="PATH", help="Other examples than those of the last training."),
    budget: str = typer.Option("5min", metavar="TIME", help="How long all of them may learn together: 90s, 5min, 2h."),
    seed: int = typer.Option(0, help="The same seed, examples and machine: the same weights."),
    device: str = typer.Option("auto", help="auto, cpu or cuda."),
    fresh: bool = typer.Option(False, "--fresh", help="Begin anew; do not go on from a checkpoint."),
    as_json: bool = typer.Option(False, "--json", help="Print one JSON object and nothing else on stdout."),
) -> int:
    """Draw quality against the time of a call, and say which width to take.

    Trains a handful of widths and a linear program, and puts the body and the
    present program beside them. Nothing is installed.

    \b
    Example:
      wisen frontier faces.py:is_face --budget 5min
    """
    from wisen.cli.live import Progress
    from wisen.cli.show import sheet
    from wisen.cli.words import near
    from wisen.find import find
    from wisen.plain import finite
    from wisen.state import write

    with only_json(as_json) as say:
        found = find(function)
        screen = console(stderr=as_json)
        with Progress(screen, str(found.signature)) as progress:
            done = found.frontier(examples, budget=budget, seed=seed, device=device, fresh=fresh, listen=progress)
        stem = output or Path(f"{found.name}.frontier")
        files = {stem.with_name(f"{stem.name}{ending}"): ending for ending in (".png", ".svg", ".json")}
        told = json.dumps(finite(done.to_json()), ensure_ascii=False, indent=1)
        for path, ending in files.items():
            write(path, {".png": done.png, ".svg": done.svg().encode, ".json": told.encode}[ending]())
        if as_json:
            say(done.to_json())
            return 0
        sheet(screen, done.table(), "3  quality against the time of a call", done.notes(), right=True)
        screen.print(f"Drawn: {', '.join(near(path) for path in files)}", soft_wrap=True)
    return 0
