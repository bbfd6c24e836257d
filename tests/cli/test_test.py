"""wisen test: the head-to-head with its details."""

from __future__ import annotations

import json
from typing import Any

from tests.cli.conftest import Trained


def test_it_shows_classes_slices_and_mistakes(trained: Trained, wisen: Any) -> None:
    said = wisen("test", trained.function, "--by", "colour", "--by", "weight")
    assert said.code == 0, said.err
    for text in ("right answers by class", "colour: green", "weight: ", "Verdict: better"):
        assert text in said.out, text
    assert "the worst mistakes" in said.out or "makes no mistake" in said.out
    assert "candidate" not in said.err


def test_json_is_one_object(trained: Trained, wisen: Any) -> None:
    found = json.loads(wisen("test", trained.function, "--json", "--by", "colour").out)
    assert found["verdict"] == "better" and found["candidate"] is False
    assert set(found["outputs"]["answer"]["scores"]) == {"by hand", "naive", "learned"}
    assert {piece["value"] for piece in found["slices"]} == {"red", "green"}
    assert found["seconds"]["learned"] > 0


def test_a_column_that_is_not_there(trained: Trained, wisen: Any) -> None:
    said = wisen("test", trained.function, "--by", "color")
    assert said.code == 2 and "'colour'" in said.err


def test_what_was_never_trained(source: Any, wisen: Any) -> None:
    file = source("import wisen\n@wisen.function\ndef f(x: float) -> bool: ...\n")
    said = wisen("test", file)
    assert said.code == 2 and f"wisen train {file.name}:f --examples" in said.err


def test_options_that_do_not_go_with_each_other(trained: Trained, wisen: Any) -> None:
    said = wisen("test", trained.function, "--budget", "5s")
    assert said.code == 2 and "--budget goes with --contract: wisen test" in plain(said.err)
    assert "--contract --budget 5s" in plain(said.err)
    said = wisen("test", trained.function, "--contract", "--by", "colour")
    assert said.code == 2 and "--by does not go with --contract" in plain(said.err)


def plain(text: str) -> str:
    """Text without the frame that a terminal puts around it."""
    return " ".join(text.replace("│", " ").split())
