"""wisen inspect: what a program is."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import onnxruntime

from tests.cli.conftest import Trained


def test_it_shows_a_function(trained: Trained, wisen: Any) -> None:
    said = wisen("inspect", trained.function)
    assert said.code == 0, said.err
    for text in (
        "ripe(weight: float",
        "Whether a fruit is ripe.",
        "parameters",
        "inputs of the graph",
        "numbers",
        "batch x 1",
        "floating-point operations",
        "of weights",
        "held out",
        "verdict",
        "better",
        "format 1",
    ):
        assert text in said.out, text


def test_a_bare_program_says_the_same(trained: Trained, wisen: Any) -> None:
    path = trained.file.with_name(f"{trained.file.stem}.ripe.onnx")
    bare = json.loads(wisen("inspect", path, "--json").out)
    assert bare == json.loads(wisen("inspect", trained.function, "--json").out)
    assert bare["bytes"] == path.stat().st_size and bare["report"]["verdict"] == "better"
    assert bare["parameters"] == sum(row[3] for row in bare["architecture"])


def test_the_graph_can_be_called_from_what_is_told(trained: Trained, wisen: Any) -> None:
    facts = json.loads(wisen("inspect", trained.function, "--json").out)
    cells = {"weight": 90.0, "colour": "red"}
    given = {}
    for tensor in facts["graph_inputs"]:
        known = [cells[name] for name in tensor["columns"] if name in cells]
        if tensor["dtype"] in ("float32", "string"):
            given[tensor["name"]] = np.array([known], dtype=np.float32 if tensor["dtype"] == "float32" else object)
        else:  # the text: its bytes and their number
            given[tensor["name"]] = np.zeros([1] * len(tensor["dims"]), dtype=tensor["dtype"])
    path = trained.file.with_name(f"{trained.file.stem}.ripe.onnx")
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    said = dict(zip([each["name"] for each in facts["graph_outputs"]], session.run(None, given), strict=True))
    assert str(said["answer"][0]) == "True"
    chances = dict(zip(facts["graph_outputs"][1]["columns"], said["answer.probabilities"][0], strict=True))
    assert chances["True"] > 0.5


def test_what_is_no_program(trained: Trained, tmp_path: Any, wisen: Any) -> None:
    (tmp_path / "x.onnx").write_bytes(b"nothing")
    assert wisen("inspect", tmp_path / "x.onnx").code == 2
    assert wisen("inspect", tmp_path / "y.onnx").code == 2
    assert "no Python file" in wisen("inspect", trained.examples).err


def test_a_function_without_a_program(source: Any, wisen: Any) -> None:
    file = source("import wisen\n@wisen.function\ndef f(x: float) -> bool: ...\n")
    said = wisen("inspect", file)
    assert said.code == 2 and "f(x: float) -> bool has no learned program yet" in said.err
