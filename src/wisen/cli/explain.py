"""wisen explain: why a program answers as it does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from wisen.cli.console import console, err, only_json

if TYPE_CHECKING:
    from rich.console import Console

    from wisen.explain import Explanation

BAR = 24
"""Characters of the longest bar."""


def explain(
    function: str = typer.Argument(..., metavar="FILE:FUNCTION", help="The decorated function."),
    inputs: list[str] = typer.Argument(
        None, metavar="INPUT...", help="Files or values; where there are several inputs, in order or as name=value."
    ),
    method: str = typer.Option(
        "auto",
        metavar="METHOD",
        help="occlusion, shapley, integrated, inputs, gradients, smoothgrad, gradcam, attention or activations; auto "
        "takes the one that does best in the tests.",
    ),
    target: str | None = typer.Option(
        None, metavar="WORD", help="What of the answer: a label, a step, a box by label or number, a word of a text."
    ),
    output: str | None = typer.Option(None, metavar="FIELD", help="The field of the answer, where it has several."),
    layer: str | None = typer.Option(None, metavar="LAYER", help="The layer that gradcam and activations look at."),
    as_code: bool = typer.Option(False, "--as-code", help="Write the program down as a small Python function."),
    leaves: int | None = typer.Option(None, metavar="COUNT", help="The most answers in that function; 16 if not said."),
    importance: bool = typer.Option(False, "--importance", help="How much the program needs each of its inputs."),
    depends: str | None = typer.Option(None, metavar="COLUMN", help="What it says on average, by the values of one."),
    turn: bool = typer.Option(False, "--turn", help="The smallest change of a row that turns the answer."),
    to: str | None = typer.Option(None, metavar="ANSWER", help="With --turn, the answer wanted."),
    keep: list[str] = typer.Option([], metavar="COLUMN", help="With --turn, an input that stays. Repeatable."),
    nearest: bool = typer.Option(False, "--nearest", help="The examples that the program takes for the most alike."),
    pixels: Path | None = typer.Option(None, metavar="HTML", help="A page with the arithmetic of its filters."),
    examples: Path | None = typer.Option(
        None, metavar="PATH", help="Other examples than those of the last training, where examples are looked at."
    ),
    save: Path | None = typer.Option(
        None, metavar="FILE", help="Draw it: what counted, on the input (PNG); with --as-code the .py to write."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print one JSON object a line and nothing else on stdout."),
) -> int:
    """Show how much each part of an input counted for the answer, and whether that can be believed.

    Parts are the cells of a picture, the words of a text, the steps of a
    series, stretches of time and pitch of a sound, the columns of a row.
    Each explanation is put to tests that it can fail.

    \b
    Example:
      wisen explain faces.py:is_face somebody.png --save why.png
      wisen explain churn.py:churned tenure=3 contract=monthly
      wisen explain animals.py:find garden.jpg --target cat --method gradcam
      wisen explain churn.py:churned --as-code
      wisen explain churn.py:churned --importance
      wisen explain churn.py:churned tenure=3 contract=monthly --turn --keep tenure
      wisen explain faces.py:is_face somebody.png --pixels somebody.html
    """
    from wisen.cli.inside import Look, look
    from wisen.explain import AUTO

    wanted = Look(as_code, importance, depends, turn, nearest, pixels, to, tuple(keep), leaves, examples)
    if wanted.chosen():
        others = {"--method": None if method == AUTO else method, "--target": target}
        return look(function, inputs or [], wanted, others, output, layer, save, as_json)
    if not inputs:
        raise typer.BadParameter("name an INPUT to explain", param_hint="INPUT...")
    return shares(function, inputs, method, target, output, layer, save, as_json)


def shares(
    function: str, inputs: list[str], method: str, target: str | None, output: str | None, layer: str | None,
    save: Path | None, as_json: bool,
) -> int:  # fmt: skip
    """Shows how much each part of inputs counted; the exit code."""
    from wisen import state
    from wisen.asked import examples_of
    from wisen.cli.words import near
    from wisen.explain import AUTO, asked, best, explained
    from wisen.find import find

    with only_json(as_json) as say:
        found = find(function)
        for number, (_, read) in enumerate(examples_of(found.signature, inputs), 1):
            what = asked(found, read(), output, target, layer)
            explanation = best(what) if method == AUTO else explained(what, method)
            if as_json:
                say(explanation.to_json())
            else:
                show(console(), explanation)
            if save is not None:
                path = save if number == 1 else save.with_stem(f"{save.stem}-{number}")
                state.write(path, explanation.png())
                err(f"drawn: {near(path)}")
    return 0


def show(screen: Console, explanation: Explanation) -> None:
    """Prints an explanation: what it explains, the parts that counted most, and what the tests say."""
    from rich.table import Table

    from wisen.explain.explanation import SHOWN

    head, how = explanation.lines(0)[0], explanation.method
    screen.print(head, style="bold")
    screen.print(f"by {how}{f' of {explanation.layer}' if explanation.layer else ''}")
    ranked = explanation.ranked()
    most = max((abs(amount) for _, amount in ranked), default=0.0) or 1.0
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, amount in ranked[:SHOWN]:
        bar = ("+" if amount > 0 else "-") * round(BAR * abs(amount) / most)
        table.add_row(name, f"{amount:+.4g}", bar, style=None if amount >= 0 else "dim")
    screen.print(table)
    if len(ranked) > SHOWN:
        screen.print(f"and {len(ranked) - SHOWN} parts that counted less", style="dim")
    screen.print(str(explanation.verdict), soft_wrap=True)
    for name, why in explanation.others:
        screen.print(f"  {name}: {why}", style="dim", soft_wrap=True)
