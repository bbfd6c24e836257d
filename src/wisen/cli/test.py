"""wisen test: the head-to-head on held-out examples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from wisen.cli.console import console, err, only_json


def test(
    function: str = typer.Argument(..., metavar="FILE:FUNCTION", help="The decorated function."),
    examples: Path | None = typer.Option(
        None, metavar="PATH", help="Other examples than those of the last training; only their held-out part is used."
    ),
    by: list[str] = typer.Option([], metavar="COLUMN", help="Cut the examples by the values of a column. Repeatable."),
    returns: str | None = typer.Option(None, metavar="COLUMN", help="The column of the answer."),
    columns: list[str] = typer.Option([], metavar="PARAMETER=COLUMN", help="The column of a parameter. Repeatable."),
    encoding: str = typer.Option("utf-8", help="How a text file is written: cp1252, for example."),
    contract: bool = typer.Option(
        False, "--contract", help="Instead: does every call take the same work, time and memory?"
    ),
    budget: str | None = typer.Option(
        None, metavar="TIME", help="With --contract: how long calls are watched, 60s if not said."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print one JSON object and nothing else on stdout."),
) -> int:
    """Set the learned program against the hand-written body, on examples that it never saw.

    Shows the metrics of both and of the naive answer, how far the program can
    be relied on, how they do on each class, and the worst mistakes. Exits with
    0 where the program is better, else with 1; with --contract 0 where it is kept.

    \b
    Example:
      wisen test faces.py:is_face
      wisen test churn.py:churned --by Contract --by tenure
      wisen test churn.py:churned --contract
    """
    from wisen.cli import show
    from wisen.cli.contract import contract as as_table
    from wisen.cli.words import as_candidate, pairs, standing
    from wisen.find import find

    if budget is not None and not contract:
        typed = f"wisen test {function} --contract --budget {budget}"
        raise typer.BadParameter(f"--budget goes with --contract: {typed}", param_hint="--budget")
    if by and contract:
        raise typer.BadParameter("--by does not go with --contract: it cuts no examples", param_hint="--by")
    mapped = pairs(columns, "--columns")
    with only_json(as_json) as say:
        found = find(function)
        program, why = standing(found)
        source: Any = {"returns": returns, "columns": mapped or None, "encoding": encoding}
        if contract:
            said = found.contract(examples, budget="60s" if budget is None else budget, **source)
            told, good = said.to_json(), said.kept
        else:
            report = found.test(examples, by=tuple(by), **source)
            told, good = show.as_json(report), report.verdict == "better"
        if program is None:
            err(*as_candidate(found, why))
        if as_json:
            say({**told, "candidate": program is None})
        elif contract:
            as_table(console(), said)
        else:
            show.report(console(), report, found.signature)
    return 0 if good else 1
