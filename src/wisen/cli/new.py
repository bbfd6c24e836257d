"""wisen new: write a function for examples."""

from __future__ import annotations

from pathlib import Path

import typer

from wisen.cli.console import err, out


def new(
    examples: Path = typer.Argument(..., metavar="PATH", help="A table, or a folder with one folder per class."),
    returns: str | None = typer.Option(None, metavar="COLUMN", help="The column that the function is to answer."),
    to: Path | None = typer.Option(None, metavar="FILE.py", help="The file to write; else named after the examples."),
    name: str = typer.Option("", metavar="FUNCTION", help="The function's name; else that of the column."),
    encoding: str = typer.Option("utf-8", help="How a text file is written: cp1252, for example."),
    force: bool = typer.Option(False, "--force", help="Replace the file if there is one."),
) -> int:
    """Write a typed function for a table, or a folder of files, ready to train.

    Types, labels and what may be missing come from the data; what is not
    sure is said in a comment beside the parameter.

    \b
    Example:
      wisen new customers.csv --returns churned
      wisen new data/faces --to faces.py --name is_face
    """
    from wisen.cli.words import near
    from wisen.new import draft

    found = draft(examples, returns, to, name, encoding)
    found.write(force)
    out(f"{near(found.path)} holds {found.function}(). Look at it, then:")
    out(f"  {found.command}")
    if found.unsure:
        err("What to look at:", *(f"  {line}" for line in found.unsure))
    return 0
