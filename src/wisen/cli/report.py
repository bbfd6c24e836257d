"""wisen report: one page that shows where a program fails, before production does."""

from __future__ import annotations

from pathlib import Path

import typer

from wisen.cli.console import err, only_json, out


def report(
    function: str = typer.Argument(..., metavar="FILE:FUNCTION", help="The decorated function."),
    output: Path | None = typer.Option(
        None, "--output", metavar="PATH", help="Where the page goes; else FUNCTION.report.html in this folder."
    ),
    examples: Path | None = typer.Option(None, metavar="PATH", help="Other examples than those of the last training."),
    by: list[str] = typer.Option([], metavar="COLUMN", help="Compare the groups of a column. Repeatable."),
    returns: str | None = typer.Option(None, metavar="COLUMN", help="The column of the answer."),
    columns: list[str] = typer.Option([], metavar="PARAMETER=COLUMN", help="The column of a parameter. Repeatable."),
    encoding: str = typer.Option("utf-8", help="How a text file is written: cp1252, for example."),
    as_json: bool = typer.Option(
        False, "--json", help="Print every number of the page as one JSON object; the page is written only to --output."
    ),
) -> int:
    """Write one HTML page: is it better, how sure is it, and where does it fail.

    The page needs no network: head-to-head, reliability, confusion, worst
    mistakes, weak parts of the examples, corruption, suspect labels, size
    and speed.

    \b
    Example:
      wisen report faces.py:is_face
      wisen report churn.py:churned --by gender --output churn.html
    """
    from wisen.cli.words import as_candidate, near, pairs, standing
    from wisen.find import find

    mapped = pairs(columns, "--columns")
    with only_json(as_json) as say:
        found = find(function)
        program, why = standing(found)
        page = found.report(examples, by=tuple(by), returns=returns, columns=mapped or None, encoding=encoding)
        if program is None:
            err(*as_candidate(found, why))
        if as_json:
            say(page.to_json())
        path = output or (None if as_json else Path(f"{found.path.stem}.report.html"))
        if path is not None:
            page.save(path)
            (err if as_json else out)(f"{near(path)}: {page.figures['sections']['head-to-head']['headline']}")
    return 0
