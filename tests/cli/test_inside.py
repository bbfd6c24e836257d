"""wisen explain, where it looks into the program: each option does one thing, and says what it cannot."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Said, Trained

ROW = ("weight=20", "colour=red", "origin=Spain")


def test_as_code_is_printed_or_written_and_runs(wisen: Callable[..., Said], trained: Trained, tmp_path: Path) -> None:
    said = wisen("explain", trained.function, "--as-code")
    assert said.code == 0 and said.out.startswith('"""What the learned program of ripe() does')
    path = tmp_path / "ripe_code.py"
    wrote = wisen("explain", trained.function, "--as-code", "--save", path)
    assert wrote.code == 0 and wrote.out == "" and "written: " in wrote.err
    assert path.read_text() == said.out
    spec = importlib.util.spec_from_file_location("ripe_code", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.ripe(90.0, "red", None) is True and module.ripe(90.0, "green", "Peru") is False
    told = json.loads(wisen("explain", trained.function, "--as-code", "--leaves", 2, "--json").out)
    assert told["answers"] == 2 and 0.5 < told["agreement"]["accuracy"] <= 1 and told["code"].startswith('"""What')
    assert told["scores"]["the program"]["accuracy"] >= told["scores"]["naive"]["accuracy"]


def test_what_it_needs_and_depends_on(wisen: Callable[..., Said], trained: Trained) -> None:
    lines = wisen("explain", trained.function, "--importance").out.splitlines()
    assert lines[0].startswith("ripe: accuracy ") and {lines[1].split()[0], lines[2].split()[0]} == {"colour", "weight"}
    told = json.loads(wisen("explain", trained.function, "--depends", "colour", "--json").out)
    yes = dict(zip(told["values"], [row[1] for row in told["means"]], strict=True))
    assert told["levels"] == ["False", "True"] and yes["red"] > 0.5 > yes["green"]
    said = wisen("explain", trained.function, "--depends", "color")
    assert said.code == 2 and "ripe() has no input 'color'" in said.err and "colour" in said.err


def test_what_would_turn_an_answer(wisen: Callable[..., Said], trained: Trained) -> None:
    said = wisen("explain", trained.function, *ROW, "--turn")
    assert said.code == 0 and said.out.splitlines()[0] == "ripe: False" and "True if weight 20 -> " in said.out
    kept = json.loads(wisen("explain", trained.function, *ROW, "--turn", "--keep", "weight", "--json").out)
    assert all("weight" not in each["changes"] for each in kept["found"])
    assert "False already" in wisen("explain", trained.function, *ROW, "--turn", "--to", "no").err


def test_what_it_takes_for_alike(wisen: Callable[..., Said], trained: Trained) -> None:
    told = json.loads(wisen("explain", trained.function, *ROW, "--nearest", "--json").out)
    assert len(told["nearest"]) == 5 and told["nearest"][0]["distance"] <= told["nearest"][-1]["distance"]
    assert told["answer"] is False and told["usual"] > 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--as-code", "--turn"), "asked apart"),
        (("--as-code", "weight=3"), "looks at the whole program"),
        (("--turn",), "wants an INPUT"),
        ((*ROW, "--nearest", "--keep", "weight"), "--keep goes with --turn"),
        (("--importance", "--leaves", 3), "--leaves goes with --as-code"),
        (("--as-code", "--leaves", 1), "1 is too few leaves"),
        ((*ROW, "--examples", "x.csv"), "--examples goes with"),
        ((*ROW, "--nearest", "--target", "yes"), "--target does not go"),
        ((*ROW, "--turn", "--target", "yes"), "--target does not go"),
        ((*ROW, "--nearest", "--to", "yes"), "--to goes with --turn"),
        ((*ROW, "--turn", "--method", "shapley"), "--method does not go"),
        ((*ROW, "--nearest", "--layer", "3"), "--layer does not go"),
        ((*ROW, "--nearest", "--save", "x.png"), "--save does not go"),
        ((), "name an INPUT"),
    ],
)
def test_what_does_not_go_together_is_said(
    wisen: Callable[..., Said], trained: Trained, words: tuple[object, ...], message: str
) -> None:
    said = wisen("explain", trained.function, *words)
    assert said.code == 2
    assert message in " ".join(said.err.replace("│", " ").split())


def test_a_row_has_no_grid_of_numbers(wisen: Callable[..., Said], trained: Trained, tmp_path: Path) -> None:
    said = wisen("explain", trained.function, *ROW, "--pixels", tmp_path / "x.html")
    assert said.code == 2 and "reads no grid of numbers" in said.err and not (tmp_path / "x.html").exists()
