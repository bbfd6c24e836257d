"""How plans, reports and programs look on a terminal: rich tables and trees, nothing is computed here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from wisen.cli.relied import relied
from wisen.plain import plain
from wisen.spoken import duration, figure, signed

if TYPE_CHECKING:
    from wisen.evidence import Difference
    from wisen.headtohead import Mistake, Report, Result, Slice
    from wisen.kinds import Kind
    from wisen.signature import Column, Signature

COLOURS = {"better": "green", "no better": "yellow", "worse": "red"}
RIVALS = ("by hand", "naive", "learned")
"""The order of the rivals in every table."""


def table(*heads: str, title: str = "", right: Sequence[str] = ()) -> Table:
    """An empty table with these heads; those in `right` hold numbers."""
    found = Table(title=title or None, title_justify="left", title_style="bold", box=None, pad_edge=False)
    found.padding = (0, 2, 0, 0)
    for head in heads:
        found.add_column(head, justify="right" if head in right else "left", header_style="dim", no_wrap=head in right)
    return found


def sheet(
    screen: Console, rows: Sequence[Sequence[str]], title: str, notes: Sequence[str], right: bool = False
) -> None:
    """Prints rows, the first of which is their head, and what is to be said of them; between the first column and the
    last one stand numbers where they are at the `right`."""
    head, *rest = rows
    grid = table(*head, title=title, right=head[1:-1] if right else ())
    for row in rest:
        grid.add_row(*row)
    screen.print()
    screen.print(grid)
    screen.print()
    for note in notes:
        screen.print(note, soft_wrap=True)


# ---- architectures -----------------------------------------------------------------------------


def architecture(rows: Sequence[Sequence[Any]], title: str) -> Tree:
    """The layers of an architecture as a tree: part, layer, what it gives, parameters."""
    total = sum(int(row[3]) for row in rows)
    tree = Tree(Text.assemble((title, "bold"), f"  {total:,} parameters"))
    widest = max((len(str(row[1])) for row in rows), default=0)
    longest = max((len(str(row[2])) for row in rows), default=0)
    parts: dict[str, Tree] = {}
    for part, layer, gives, count in rows:
        if part not in parts:
            parts[part] = tree.add(Text(str(part)))
        line = f"{layer!s:{widest}}  {gives!s:{longest}}  {int(count):>9,}" if count else f"{layer!s:{widest}}  {gives}"
        parts[part].add(Text(line, style="dim"))
    return tree


def layers(rows: Sequence[Sequence[Any]]) -> str:
    """The layers of an architecture in one line."""
    parts: dict[str, list[str]] = {}
    for part, layer, _, _ in rows:
        parts.setdefault(str(part), []).append(str(layer))
    return " · ".join(f"{part}: {' > '.join(names)}" for part, names in parts.items() if names != ["as it is"])


# ---- head-to-head ------------------------------------------------------------------------------


def report(console: Console, found: Report, signature: Signature | None = None) -> None:
    """Prints the head-to-head; with the function's signature also the classes, slices and worst mistakes."""
    for result in found.results:
        name = f"{found.function}().{result.output}" if len(found.results) > 1 else f"{found.function}()"
        console.print(scores(result, found, f"{name} on {found.held_out} held-out examples"))
        for score in result.scores:
            if score.failed:
                why = f", such as {score.reason}" if score.reason else ""
                console.print(
                    f"{score.rival} raised an error on {score.failed} of them, which count as wrong{why}",
                    soft_wrap=True,
                )
        for score in result.scores:
            if aside := [f"{metric.name} {figure(metric.value)}" for metric in score.metrics if metric.aside]:
                console.print(f"{score.rival}: {', '.join(aside)}", soft_wrap=True)
        console.print()
        for each in result.differences:
            console.print(difference(result, each))
        if signature:
            relied(console, result)
            classes(console, result)
            mistakes(console, result, signature)
    if signature and found.slices:
        console.print()
        console.print(slices(found.slices, found.results[0]))
    console.print()
    for limit in found.limits:
        console.print(Text(f"limit, {limit}", style="" if limit.kept else COLOURS["worse"]), soft_wrap=True)
    why = " (it breaks a limit that you set)" if found.broken else ""
    console.print(Text.assemble("Verdict: ", (found.verdict, f"bold {COLOURS[found.verdict]}"), why))


def scores(result: Result, found: Report, title: str) -> Table:
    """The rivals with their metrics and the time that a call takes."""
    most = max(result.scores, key=lambda score: len(score.metrics))
    names = [metric.name for metric in most.metrics if not metric.aside]
    heads = ["", *names[:1], "95 % interval", *names[1:], "a call"]
    grid = table(*heads, title=title, right=heads[1:])
    for score in sorted(result.scores, key=lambda score: RIVALS.index(score.rival)):
        values = {metric.name: figure(metric.value) for metric in score.metrics}
        cells = [score.rival, values[names[0]], f"{figure(score.low)} to {figure(score.high)}"]
        cells += [values.get(name, "") for name in names[1:]]
        seconds = found.seconds.get(score.rival)
        cells.append(duration(seconds) if seconds is not None else "")
        grid.add_row(*cells, style="bold" if score.rival == "learned" else "")
    return grid


def difference(result: Result, each: Difference) -> Text:
    """The line that says how much better the program is than a rival, and how sure that is."""
    metric = result.scores[-1].first
    sign = 1 if metric.better == "higher" else -1
    low, high = sorted((sign * each.low, sign * each.high))
    return Text.assemble(
        f"against {each.rival}: {metric.name} {signed(sign * each.value)} ",
        f"({100 * each.confidence:.3g} % interval {signed(low)} to {signed(high)}): ",
        (each.verdict, COLOURS[each.verdict]),
    )


def classes(console: Console, result: Result) -> None:
    """Prints how the rivals do on each class."""
    if not result.classes:
        return
    console.print()
    console.print(pieces(result.classes, "right answers by class", "wanted"))


def slices(found: Sequence[Slice], result: Result) -> Table:
    """How the rivals do on the slices of columns."""
    return pieces(found, f"{result.scores[-1].first.name} by column", "column")


def pieces(found: Sequence[Slice], title: str, first: str) -> Table:
    """One row for each part of the held-out examples."""
    rivals = [rival for rival in RIVALS if any(rival in piece.scores for piece in found)]
    heads = [first, "examples", *rivals]
    grid = table(*heads, title=title, right=heads[1:])
    for piece in found:
        name = piece.value if first == "wanted" else f"{piece.column}: {piece.value}"
        grid.add_row(name, f"{piece.count:,}", *(figure(piece.scores[rival]) for rival in rivals))
    return grid


def mistakes(console: Console, result: Result, signature: Signature) -> None:
    """Prints the worst mistakes of the program."""
    console.print()
    if not result.mistakes:
        console.print("The program makes no mistake on them.")
        return
    kind = next(column.kind for column in signature.outputs if column.name == result.output)
    hand = any(score.rival == "by hand" for score in result.scores)
    sure = any(mistake.probability is not None for mistake in result.mistakes)
    heads = ["example", "inputs", "wanted", "learned", *(["sure"] if sure else []), *(["by hand"] if hand else [])]
    grid = table(*heads, title="the worst mistakes", right=("sure",))
    for column in grid.columns[:2]:
        column.no_wrap, column.overflow = True, "ellipsis"
    taken = max(len(each.row) for each in result.mistakes) + 10 * (len(heads) - 2)
    grid.columns[1].max_width = max(16, console.width - taken)
    for each in result.mistakes:
        grid.add_row(*cells_of(each, signature.inputs, kind, sure, hand))
    console.print(grid)


def cells_of(each: Mistake, inputs: Sequence[Column], kind: Kind, sure: bool, hand: bool) -> list[str]:
    """The cells of a mistake; `kind` is that of the answer."""
    told = {column.name: column.kind.brief(value) for column, value in zip(inputs, each.inputs, strict=True)}
    said = ", ".join(f"{name}={text}" for name, text in told.items()) if len(told) > 1 else next(iter(told.values()))
    cells = [each.row, said, kind.brief(each.truth), kind.brief(each.answer)]
    if sure:
        cells.append("" if each.probability is None else f"{each.probability:.0%}")
    return [*cells, kind.brief(each.by_hand)] if hand else cells


def as_json(found: Report) -> dict[str, Any]:
    """A report as a program may read it: its figures, the seconds of a call and the worst mistakes."""
    worst = {
        result.output: [
            {
                "example": each.row,
                "wanted": plain(each.truth),
                "learned": plain(each.answer),
                "by hand": plain(each.by_hand),
                "probability": each.probability,
            }
            for each in result.mistakes
        ]
        for result in found.results
    }
    return {**found.to_json(), "seconds": dict(found.seconds), "mistakes": worst}
