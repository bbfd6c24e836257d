"""wisen train: learn the body of a function from examples."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from wisen.cli.console import console, deaf, only_json, size

if TYPE_CHECKING:
    from wisen.explain.watch import Watch
    from wisen.function import Function
    from wisen.train import Outcome


def train(
    function: str = typer.Argument(..., metavar="FILE:FUNCTION", help="The decorated function."),
    examples: Path = typer.Option(..., metavar="PATH", help="A folder, or a CSV, TSV, JSONL, Parquet or Arrow file."),
    held_out: Path | None = typer.Option(
        None,
        "--held-out",
        metavar="PATH",
        help="Examples to judge by, or the moment from which on; else three in ten are held out.",
    ),
    budget: str = typer.Option("60s", metavar="TIME", help="How long it may learn: 90s, 5min, 2h."),
    seed: int = typer.Option(0, help="The same seed, examples and machine: the same weights."),
    group: str | None = typer.Option(
        None, metavar="COLUMN", help="Keep rows with one value of this column on one side of the split."
    ),
    time: str | None = typer.Option(
        None, metavar="COLUMN", help="The column that says when, where examples are windows of a table in its order."
    ),
    key: str | None = typer.Option(None, metavar="COLUMN", help="The column that tells several such series apart."),
    device: str = typer.Option("auto", help="auto, cpu or cuda."),
    returns: str | None = typer.Option(None, metavar="COLUMN", help="The column of the answer."),
    columns: list[str] = typer.Option([], metavar="PARAMETER=COLUMN", help="The column of a parameter. Repeatable."),
    encoding: str = typer.Option("utf-8", help="How a text file is written: cp1252, for example."),
    metric: str | None = typer.Option(
        None, help="What decides: accuracy or balanced accuracy; mean absolute error or mean squared error."
    ),
    pretrained: bool = typer.Option(
        False, "--pretrained", help="Let networks that were trained on other data read texts, pictures and sounds."
    ),
    accept: bool = typer.Option(False, "--accept", help="Install the program even if it is not better."),
    fresh: bool = typer.Option(False, "--fresh", help="Begin anew; do not go on from a checkpoint."),
    watch: str | None = typer.Option(
        None, metavar="explain", help="explain: draw what some examples are explained by after each epoch."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print one JSON object and nothing else on stdout."),
) -> int:
    """Learn the body of a function from examples, and install it if it is better.

    Defines the architectures to try, learns, and sets the program against
    the hand-written body on held-out examples. Stopped with Ctrl-C, the
    same command goes on from its checkpoint.

    \b
    Example:
      wisen train faces.py:is_face --examples data/faces
      wisen train churn.py:churned --examples customers.csv --budget 2min
    """
    from wisen.cli import show
    from wisen.cli.live import Progress
    from wisen.cli.words import pairs
    from wisen.errors import Stopped
    from wisen.find import find

    mapped = pairs(columns, "--columns")
    if watch not in (None, "explain"):
        raise typer.BadParameter("there is only: explain", param_hint="--watch")
    with only_json(as_json) as say:
        found = find(function)
        screen = console(stderr=as_json)
        with Progress(screen, str(found.signature)) as progress:
            listen = progress if watch is None else watching(found, progress)
            try:
                outcome = found.train(
                    examples, held_out=held_out, budget=budget, seed=seed, group=group, time=time,
                    key=key, device=device, returns=returns, columns=mapped, encoding=encoding, metric=metric,
                    pretrained=pretrained, accept=accept, fresh=fresh, listen=listen,
                )  # fmt: skip
            except Stopped as error:
                deaf()
                if not fresh:
                    raise
                raise Stopped(error.message, "The same command without --fresh goes on from the checkpoint.") from None
        if as_json:
            say({**show.as_json(outcome.report), "installed": outcome.installed, "program": str(outcome.path)})
        else:
            screen.print()
            screen.print("3  head-to-head", style="bold")
            show.report(screen, outcome.report)
            screen.print(place(found, outcome), soft_wrap=True)
    return 0 if outcome.installed else 1


def watching(found: Function[Any, Any], progress: Callable[[Any], None]) -> Watch:
    """What hears a training, and draws what some examples are explained by; raises NotInstalled."""
    from wisen import state
    from wisen.cli.console import err
    from wisen.cli.words import near
    from wisen.explain.method import captum
    from wisen.explain.watch import Watch

    captum()  # without it no frame could be drawn, and nobody would be told
    folder = state.folder(found.path) / "watch"
    err(f"Film strips, one for each network that is tried: {near(folder)}")
    return Watch(progress, folder)


def place(found: Function[Any, Any], outcome: Outcome) -> str:
    """Where the program is now, and what to do with it."""
    from wisen.cli.words import near

    where = f"{near(outcome.path)} ({size(outcome.path.stat().st_size)})"
    if outcome.installed and outcome.verdict == "better":
        return f"Installed: {where}. {found.name}() runs it from now on."
    if outcome.installed:
        return f"Installed all the same, as you asked: {where}. {found.name}() runs it from now on."
    if outcome.report.broken:
        return (
            f"Over its limits: {kept(found)} The new program stays a candidate, {where}.\n"
            "Allow it more where @wisen.function limits it; or type the command again with --accept."
        )
    return (
        f"Not better: {kept(found)} The new program stays a candidate, {where}.\n"
        "More examples help most. To install it all the same, type the command again with --accept."
    )


def kept(found: Function[Any, Any]) -> str:
    """What answers where the new program is not better, and how to change that."""
    from wisen.cli.words import near, standing

    if not found.path.exists():
        return "keep your code." if found.written else "it is not installed."
    before, why = standing(found)
    old = near(found.path)
    if before is None:
        way = f"Delete {old}: the body answers then." if found.written else f"Delete {old}, or train again."
        return f"the program of before is still installed and does not answer: {why}.\n{way}"
    way = " Delete that file to run your code." if found.written else ""
    return f"{found.name}() goes on with the program of before, {old}.{way}"
