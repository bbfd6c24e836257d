"""What `wisen explain` shows beside how much each part counted: ways to look into a program."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from wisen.cli.console import err, only_json, out


@dataclass(frozen=True)
class Look:
    """What was asked for by the options of `wisen explain`."""

    as_code: bool = False
    importance: bool = False
    depends: str | None = None
    turn: bool = False
    nearest: bool = False
    pixels: Path | None = None
    to: str | None = None
    keep: tuple[str, ...] = ()
    leaves: int | None = None
    examples: Path | None = None

    def chosen(self) -> str:
        """The option that says what to look at; empty where there is none. Raises BadParameter where they clash."""
        found = [
            option
            for option, there in {
                "--as-code": self.as_code, "--importance": self.importance, "--depends": self.depends is not None,
                "--turn": self.turn, "--nearest": self.nearest, "--pixels": self.pixels is not None,
            }.items()
            if there
        ]  # fmt: skip
        if len(found) > 1:
            raise typer.BadParameter(f"{' and '.join(found)} are asked apart", param_hint=found[1])
        word = found[0] if found else ""
        for option, there, owner in (
            ("--to", self.to is not None, "--turn"),
            ("--keep", bool(self.keep), "--turn"),
            ("--leaves", self.leaves is not None, "--as-code"),
        ):
            if there and word != owner:
                raise typer.BadParameter(f"{option} goes with {owner}", param_hint=option)
        if self.examples is not None and (not word or word == "--pixels"):
            raise typer.BadParameter("--examples goes with what looks at examples", param_hint="--examples")
        return word


def look(
    name: str, words: Sequence[str], asked: Look, others: Mapping[str, str | None], output: str | None,
    layer: str | None, save: Path | None, as_json: bool,
) -> int:  # fmt: skip
    """Shows what was asked for; the exit code. `others` are options that go with none of it."""
    from wisen.find import find

    option = asked.chosen()
    whole = option in ("--as-code", "--importance", "--depends")
    if whole and words:
        raise typer.BadParameter(f"{option} looks at the whole program, at no INPUT", param_hint="INPUT...")
    if not whole and not words:
        raise typer.BadParameter(f"{option} wants an INPUT to look at", param_hint="INPUT...")
    others = {
        **others,
        "--layer": None if option == "--pixels" else layer,
        "--save": None if option == "--as-code" or save is None else str(save),
    }
    for other, said in others.items():
        if said is not None:
            raise typer.BadParameter(f"{other} does not go with {option}", param_hint=other)
    with only_json(as_json) as say:
        function = find(name)
        for found in (
            pages(function, words, asked, layer) if asked.pixels else results(function, words, asked, option, output)
        ):
            if save is not None:
                written(save, found.code)
            if as_json:
                say(found.to_json())
            elif save is None:
                out(str(found).rstrip("\n"))
    return 0


def results(function: Any, words: Sequence[str], asked: Look, option: str, output: str | None) -> list[Any]:
    """What was asked for: one of the whole program, or one for each input."""
    from wisen.asked import examples_of
    from wisen.explain import as_code, counterfactual, dependence, importance, neighbours
    from wisen.explain.known import known

    what = known(function, asked.examples, output)
    leaves = as_code.LEAVES if asked.leaves is None else asked.leaves
    whole: dict[str, Callable[[], Any]] = {
        "--as-code": lambda: as_code.as_code_of(what, leaves),
        "--importance": lambda: importance.weighed(what),
        "--depends": lambda: dependence.curves(what, str(asked.depends)),
    }
    if option in whole:
        return [whole[option]()]
    each: dict[str, Callable[[list[Any]], Any]] = {
        "--turn": lambda values: counterfactual.turned(what, values, asked.to, asked.keep),
        "--nearest": lambda values: neighbours.nearest_to(what, values),
    }
    return [each[option](read()) for _, read in examples_of(function.signature, words)]


def pages(function: Any, words: Sequence[str], asked: Look, layer: str | None) -> list[Any]:
    """The pixel view of each input, written to a page of its own."""
    from wisen.asked import examples_of
    from wisen.cli.words import near
    from wisen.explain.pixels import viewed

    assert asked.pixels is not None
    found = []
    for number, (name, read) in enumerate(examples_of(function.signature, words), 1):
        view = viewed(function, read(), layer, [Path(name).name] if len(function.signature.inputs) == 1 else ())
        path = asked.pixels if number == 1 else asked.pixels.with_stem(f"{asked.pixels.stem}-{number}")
        found.append(view.saved(path))
        err(f"written: {near(path)}; open it in a browser")
    return found


def written(path: Path, code: str) -> None:
    """Writes code to a file; says so."""
    from wisen import state
    from wisen.cli.words import near

    state.write(path, code.encode("utf-8"))
    err(f"written: {near(path)}")
