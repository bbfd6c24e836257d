"""wisen explain: what counted, as words, as JSON and as a picture."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.cli.conftest import Trained, fruit
from wisen.explain import METHODS


def test_what_counted_most_comes_first(trained: Trained, wisen: Any) -> None:
    said = wisen("explain", trained.function, "90", "green", "Peru")
    assert said.code == 0, said
    lines = said.out.splitlines()
    assert lines[0].startswith("ripe() -> 'False': ") and lines[0].endswith("log odds")
    assert lines[2].startswith("colour ")
    assert any(line in ("trusted", "untrustworthy") for line in lines) and "  + order: " in said.out


def test_json_says_the_same(trained: Trained, wisen: Any) -> None:
    said = wisen("explain", trained.function, "90", "green", "Peru", "--method", "shapley", "--json")
    found = json.loads(said.out)
    amounts = {each["name"]: each["amounts"][0] for each in found["inputs"]}
    assert max(amounts, key=lambda name: abs(amounts[name])) == "colour"
    assert found["method"] == "shapley" and found["checks"] and found["verdict"] in ("trusted", "untrustworthy")


def test_it_is_drawn(trained: Trained, wisen: Any, tmp_path: Path) -> None:
    said = wisen("explain", trained.function, "90", "red", "--save", tmp_path / "why.png", "--method", "occlusion")
    assert said.code == 0 and "drawn: " in said.err
    assert (tmp_path / "why.png").read_bytes().startswith(b"\x89PNG")


def test_the_other_label_is_explained_the_other_way(trained: Trained, wisen: Any) -> None:
    one, other = (
        json.loads(wisen("explain", trained.function, "90", "red", "--method", "inputs", "--target", t, "--json").out)
        for t in ("True", "False")
    )
    assert one["amount"] == pytest.approx(-other["amount"], rel=1e-3)
    assert one["inputs"][1]["amounts"][0] == pytest.approx(-other["inputs"][1]["amounts"][0], rel=1e-3)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["90", "red", "--method", "gradient"], "Did you mean 'gradients'"),
        (["90", "red", "--target", "maybe"], "none of the labels"),
        (["90", "red", "--output", "size"], "has no output 'size'"),
        (["90", "red", "--method", "attention"], "pays attention"),
        (["90", "red", "--method", "gradients", "--layer", "trunk"], "looks at no layer"),
        (["heavy", "red"], "not a number"),
    ],
)
def test_what_cannot_be_explained_is_told(words: list[str], told: str, trained: Trained, wisen: Any) -> None:
    said = wisen("explain", trained.function, *words)
    assert said.code == 2 and told in said.err, said


def test_the_help_names_every_method(wisen: Any) -> None:
    said = " ".join(wisen("explain", "--help").out.replace("│", " ").split())
    assert all(method in said for method in METHODS)


def test_nothing_is_watched_without_what_explains(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from wisen.cli.train import watching
    from wisen.errors import NotInstalled

    monkeypatch.setitem(sys.modules, "captum.attr", None)
    function: Any = SimpleNamespace(path=tmp_path / "f.onnx")
    with pytest.raises(NotInstalled, match="captum"):
        watching(function, lambda event: None)


def test_training_can_be_watched(source: Any, wisen: Any, tmp_path: Path) -> None:
    file = source(
        """
        import wisen

        @wisen.function
        def ripe(weight: float, colour: str) -> bool: ...
        """
    )
    examples = tmp_path / "fruit.csv"
    examples.write_text("\n".join(fruit(120)) + "\n")
    said = wisen("train", f"{file}:ripe", "--examples", examples, "--budget", "0.5", "--watch", "explain")
    assert said.code == 0, said
    folder = file.parent / ".wisen" / f"{file.stem}.ripe" / "watch"
    assert "watch" in said.err and (folder / "chosen.png").read_bytes().startswith(b"\x89PNG")
    assert len(list(folder.glob("*.png"))) > 1
    assert "there is only: explain" in wisen("train", f"{file}:ripe", "--examples", examples, "--watch", "all").err
