"""wisen run: answers to one example or a million."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from wisen.cli.console import console, err, out
from wisen.plain import finite

if TYPE_CHECKING:
    from wisen.answers import Said
    from wisen.examples import Rows
    from wisen.function import Function


def run(
    function: str = typer.Argument(..., metavar="FILE:FUNCTION", help="The decorated function."),
    inputs: list[str] = typer.Argument(
        None, metavar="INPUT...", help="Files or values; where there are several inputs, in order or as name=value."
    ),
    table: Path | None = typer.Option(None, metavar="PATH", help="Answer every row of a table, or of a folder."),
    to: Path | None = typer.Option(None, metavar="PATH", help="Write the table here: .csv, .tsv, .jsonl or .parquet."),
    name: str = typer.Option("", "--as", metavar="COLUMN", help="The column of the answer; else the function's name."),
    probability: bool = typer.Option(False, "--probability", help="Add the calibrated probability of the answer."),
    columns: list[str] = typer.Option([], metavar="PARAMETER=COLUMN", help="The column of a parameter. Repeatable."),
    time: str | None = typer.Option(
        None, metavar="COLUMN", help="The column that says when, where rows are answered by those before them."
    ),
    key: str | None = typer.Option(None, metavar="COLUMN", help="The column that tells several such series apart."),
    encoding: str = typer.Option("utf-8", help="How a text file is written: cp1252, for example."),
    draw: Path | None = typer.Option(
        None,
        metavar="FOLDER",
        help="Draw the answer to each INPUT, or what a table ends in; write subtitles.",
    ),
    as_json: bool = typer.Option(False, "--json", help="Print one JSON object a line."),
) -> int:
    """Print a function's answers, or add them to a table.

    The learned program answers, and the hand-written body where there is
    none; stderr says which. A row of a table that cannot be read gets an
    empty answer and is listed on stderr; over 5 % of them is an error.

    \b
    Example:
      wisen run faces.py:is_face one.png two.png
      wisen run faces.py:is_face photos --to answers.csv
      wisen run animals.py:find garden.jpg --draw seen
      wisen run churn.py:churned tenure=3 contract=monthly
      wisen run churn.py:churned --table customers.csv --to answers.csv
    """
    from wisen.cli.words import pairs
    from wisen.find import find

    mapped = pairs(columns, "--columns")
    if table is None and inputs and len(inputs) == 1 and os.path.isdir(inputs[0]):  # noqa: PTH112 - Path.is_dir raises for long texts
        table, inputs = Path(inputs[0]), []
    if (table is None) == (not inputs):
        raise typer.BadParameter("give either INPUTs or --table", param_hint="INPUT...")
    if to is not None and table is None:
        raise typer.BadParameter("--to needs --table", param_hint="--to")
    found = find(function)
    if draw is not None and table is not None and not found.signature.windowed:
        raise typer.BadParameter("--draw goes with INPUTs, or with a table in order of time", param_hint="--draw")
    if table is None:
        return answer_words(found, inputs, probability, as_json, draw)
    code = answer_rows(found, table, to, name, mapped, encoding, probability, as_json, time, key)
    if draw is not None:
        from wisen.cli.words import near
        from wisen.drawn import draw_last

        err(*(f"drawn: {near(path)}" for path in draw_last(found, table, draw, mapped, encoding, time, key)))
    return code


def answer_words(
    function: Function[Any, Any], words: list[str], probability: bool, as_json: bool, folder: Path | None = None
) -> int:
    """Prints the answers to the examples that words mean, and draws them into a folder; the exit code."""
    from wisen.answers import answers, written
    from wisen.asked import examples_of
    from wisen.cli.words import near
    from wisen.drawn import draw

    failed = 0
    outputs = function.signature.outputs
    examples = examples_of(function.signature, words)
    who(function)
    for (name, read), answer in zip(examples, answers(function, examples), strict=True):
        values = {column.name: written(column, value) for column, value in zip(outputs, answer.values, strict=True)}
        chances = dict(zip(values, answer.probabilities, strict=True))
        if answer.bad:
            failed += 1
            err(f"wisen: {name}: {answer.bad.why}", answer.bad.hint)
        if as_json:
            single = len(values) == 1
            said: dict[str, Any] = {"input": words if len(function.signature.inputs) > 1 else name}
            said["answer"] = next(iter(values.values())) if single else values
            said["probability"] = next(iter(chances.values())) if single else chances
            out(json.dumps(finite(said), ensure_ascii=False, default=str))
        else:
            out(line(values, chances if probability else {}))
        if folder is not None and not answer.bad:
            err(*(f"drawn: {near(path)}" for path in draw(function, name, read(), answer.values, folder)))
    return 2 if failed else 0


def line(values: dict[str, Any], chances: dict[str, float | None]) -> str:
    """An answer on a line: its value, or its fields as name=value."""
    texts = {name: "" if value is None else str(value) for name, value in values.items()}
    cells = list(texts.values()) if len(texts) == 1 else [f"{name}={text}" for name, text in texts.items()]
    shown = [cell if chances.get(name) is None else f"{cell}\t{chances[name]:.4f}" for name, cell in zip(texts, cells)]
    return "\t".join(shown)


def answer_rows(
    function: Function[Any, Any], table: Path, to: Path | None, name: str, columns: dict[str, str],
    encoding: str, probability: bool, as_json: bool, time: str | None, key: str | None,
) -> int:  # fmt: skip
    """Answers the rows of a table and says how many; the exit code."""
    from wisen.answers import answer_table
    from wisen.cli.words import near

    who(function)
    done = answer_table(
        function, table, to, name=name, columns=columns, encoding=encoding, probability=probability,
        as_json=as_json, time=time, key=key, watch=bar if to else lambda said: said,
    )  # fmt: skip
    if done.bad:
        err(f"{len(done.bad):,} of {done.count:,} rows have no answer:", *(f"  {each}" for each in done.bad[:20]))
        err(f"  and {len(done.bad) - 20} more" if len(done.bad) > 20 else "")
    if to is not None:
        err(f"{done.count:,} rows in {near(to)}")
    return 2 if done.many else 0


def bar(said: Iterable[tuple[Rows, Said]]) -> Iterator[tuple[Rows, Said]]:
    """The batches of answers, with a count of the rows on a terminal."""
    from rich.progress import Progress, TextColumn, TimeElapsedColumn

    screen = console(stderr=True)
    shown = TextColumn("answering {task.completed:,.0f} rows"), TimeElapsedColumn()
    with Progress(*shown, console=screen, transient=True, disable=not screen.is_terminal) as progress:
        task = progress.add_task("", total=None)
        for rows, batch in said:
            yield rows, batch
            progress.advance(task, len(rows))


def who(function: Function[Any, Any]) -> None:
    """Says on stderr who answers."""
    if function.program is not None:
        err(f"{function.name}() answers with its learned program, {function.path.name}")
    elif function.written:
        err(f"{function.name}() answers by hand: it has no learned program yet")
