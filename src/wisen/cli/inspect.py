"""wisen inspect: what a program is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from wisen.cli.console import console, err, only_json, size, thousands

if TYPE_CHECKING:
    from rich.console import Console

    from wisen.program import Program


def inspect(
    function: str = typer.Argument(..., metavar="FILE:FUNCTION", help="The decorated function, or a program: x.onnx"),
    as_json: bool = typer.Option(False, "--json", help="Print one JSON object and nothing else on stdout."),
) -> int:
    """Show what a program is: signature, architecture, inputs, cost, scores.

    Works without PyTorch, for a function or for a program file alone.

    \b
    Example:
      wisen inspect faces.py:is_face
      wisen inspect faces.is_face.onnx
    """
    from wisen.about import about

    with only_json(as_json) as say:
        path, program = opened(function)
        if as_json:
            say(about(program, path))
        else:
            show(console(), about(program, path))
    return 0


def opened(name: str) -> tuple[Path, Program]:
    """The file and the program that a person names."""
    from wisen.cli.words import as_candidate, standing
    from wisen.errors import NotTrained
    from wisen.find import find
    from wisen.program import load
    from wisen.state import candidate

    if name.endswith(".onnx"):
        return Path(name), load(name)
    function = find(name)
    path = candidate(function.path)
    program, why = standing(function) if path.exists() else (function.program, "")
    if program is not None:
        return function.path, program
    if not path.exists():
        raise NotTrained(
            f"{function.signature} has no learned program yet", f"{function.command('train')} --examples EXAMPLES"
        )
    err(*as_candidate(function, why))
    return path, load(path)


def show(screen: Console, facts: Mapping[str, Any]) -> None:
    """Prints the facts of a program."""
    from rich.text import Text

    from wisen.cli.show import architecture

    screen.print(Text(facts["signature"], style="bold"))
    if facts["doc"]:
        screen.print(Text(facts["doc"]))
    screen.print()
    screen.print(architecture(facts["architecture"], facts["chosen"].split(":")[0]))
    screen.print(Text(f"chosen: {facts['chosen'].partition(': ')[2]}", style="dim"))
    screen.print()
    for heading, key in (("inputs of the graph", "graph_inputs"), ("outputs of the graph", "graph_outputs")):
        screen.print(tensors(facts[key], heading))
        screen.print()
    screen.print(figures(facts))
    if facts["contract"]:
        from wisen.cli.contract import checks

        screen.print()
        screen.print(Text("the contract, when it was last checked", style="bold"))
        screen.print(checks(facts["contract"]))


def multiplied(cost: Mapping[str, Any]) -> str:
    """How much of the work is multiply-adds, where a program tells."""
    if not cost.get("multiplied") or not cost["operations"]:
        return ""
    return f", {cost['multiplied'] / cost['operations']:.1%} of them multiply-adds"


def same(varies: Mapping[str, Any]) -> str:
    """Whether every call takes the same operations, as far as the graph says it."""
    counted = {"a loop": varies["loops"], "a branch": varies["branches"]}
    inside = " and ".join(name for name, count in counted.items() if count)
    if not inside and not varies["lengths"]:
        return "the same operations: no length is free, and there is no loop and no branch"
    lengths = ", ".join(varies["lengths"])
    parts = [f"the length of its inputs is free ({lengths})" if lengths else "", f"there is {inside}" if inside else ""]
    return f"{' and '.join(filter(None, parts))}; `wisen test FILE:FUNCTION --contract` counts"


def tensors(found: list[dict[str, Any]], title: str) -> Any:
    """A table of the graph's inputs or outputs."""
    from wisen.cli.show import table

    grid = table("name", "type", "dimensions", "holds", title=title)
    for each in found:
        grid.add_row(each["name"], each["dtype"], " x ".join(map(str, each["dims"])), ", ".join(each["columns"]))
    return grid


def figures(facts: Mapping[str, Any]) -> Any:
    """A table of the program's cost, origin and scores."""
    from rich.table import Table

    from wisen.cli.show import RIVALS
    from wisen.cli.words import near

    cost, examples = facts["cost"], facts["examples"]
    grid = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    if cost:
        operators = ", ".join(f"{name} {count}" for name, count in cost["operators"].items())
        grid.add_row("operators", operators)
        grid.add_row("a call", f"{thousands(cost['operations'])} floating-point operations{multiplied(cost)}")
        grid.add_row("every call", same(facts["varies"]))
        grid.add_row("memory", f"{size(cost['weights'])} of weights, {size(cost['memory'])} a call")
    if examples:
        parts = ", ".join(f"{examples[part]:,} {said}" for part, said in PARTS.items() if part in examples)
        grid.add_row("examples", parts)
        grid.add_row("their hash", examples["hash"])
    if facts["split"]:
        grid.add_row("split", split(facts["split"]))
    outputs = facts["report"].get("outputs", {})
    for output, found in outputs.items():
        for rival in (each for each in RIVALS if each in found["scores"]):
            grid.add_row(f"{output}, {rival}" if len(outputs) > 1 else rival, score(found["scores"], rival))
    grid.add_row("verdict", facts["report"].get("verdict", "not tested"))
    grid.add_row("file", f"{near(Path(facts['file']))}, {size(facts['bytes'])}, format {facts['format']}")
    grid.add_row("parent", facts["parent"] or "none")
    grid.add_row("made with", ", ".join(f"{name} {version}" for name, version in facts["versions"].items()))
    return grid


PARTS = {"learning": "to learn from", "training": "training", "validation": "validation", "held_out": "held out"}
"""What a manifest counts; programs of before told training and validation apart."""


def split(facts: Mapping[str, Any]) -> str:
    """How the examples were divided."""
    shares = [f"{facts[key]:.0%} {said}" for key, said in SHARES.items() if isinstance(facts.get(key), float)]
    group = [f"rows of one {facts['group']} together"] if facts.get("group") else []
    return ", ".join([f"by {facts.get('by', 'an unknown rule')}", *shares, *group])


SHARES = {"held_out": "held out", "validation": "to choose by"}


def score(scores: Mapping[str, Any], rival: str) -> str:
    """The metrics of a rival; first those that all rivals have."""
    metrics = scores[rival]["metrics"]
    shared = {name: sum(name in other["metrics"] for other in scores.values()) for name in metrics}
    return ", ".join(f"{name} {metrics[name]:.3f}" for name in sorted(metrics, key=lambda name: -shared[name]))
