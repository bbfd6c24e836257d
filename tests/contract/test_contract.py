"""The contract of a program: kept by one that was learned; each check broken by a program that was made to."""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

import wisen
from tests.conftest import imported
from wisen.cli import main
from wisen.contract import CHECKS, Contract, check
from wisen.export import file_of
from wisen.find import find
from wisen.limits import limits_of
from wisen.measured import Calls
from wisen.program import Program

SOURCE = """
import wisen

@wisen.function
def high(x: float, y: float) -> bool:
    "Whether a point lies high."
    return x > 9
"""
TURNS = 10


def idle(call: int) -> float:
    return 1e-5


def busy(call: int) -> float:
    return 1e-5 if call % 20 else 5e-5


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("contract")
    (folder / "points.py").write_text(SOURCE)
    chance = random.Random(0)
    rows = [{"x": chance.random(), "y": chance.random()} for _ in range(300)]
    lines = [json.dumps({**row, "high": row["x"] + row["y"] > 1}) for row in rows]
    (folder / "points.jsonl").write_text("\n".join(lines))
    f = imported(folder / "points.py").high
    f.train(folder / "points.jsonl", budget=2, accept=True, listen=lambda event: None)
    return f


@pytest.fixture
def f(learned: Any) -> Iterator[Any]:
    """The learned function; whatever a test makes of its program is taken back."""
    data = learned.path.read_bytes()
    yield learned
    learned.path.write_bytes(data)
    learned.reload()


def took(seconds: Callable[[int, int], float], still: Callable[[int], float] = lambda call: 1e-5) -> Any:
    """What stands in for a measurement: how long the n-th call of a turn takes with a row, and the arithmetic."""

    def beside(call: Any, rows: Sequence[Any], most: int, longest: float) -> list[tuple[Calls, Calls]]:
        every = [(place, place % len(rows)) for place in range(5 * len(rows))]
        ours = Calls(np.array([seconds(*each) for each in every]), np.array([row for _, row in every]))
        same = Calls(np.array([still(place) for place, _ in every]), np.zeros(len(every), int))
        return [(ours, same)] * TURNS

    return beside


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that does nothing else."""
    monkeypatch.setattr(check, "beside", took(lambda call, row: 1e-5 if call % 50 else 1.5e-5))


def checks(found: Contract) -> dict[str, bool]:
    return {each.name: each.kept for each in found.checks}


def test_a_learned_program_keeps_it(f: Any, quiet: None) -> None:
    found = f.contract(budget=0.5)
    assert found.kept, found
    assert checks(found) == dict.fromkeys(["operations", "homogeneous", "time", "memory", "allocations"], True)
    told = json.loads(json.dumps(found.to_json()))
    assert told["checks"]["operations"]["least"] == told["checks"]["operations"]["most"] > 10
    assert told["checks"]["time"]["ratio"] == pytest.approx(1.5)
    assert told["checks"]["memory"]["calls"] > 100 and len(told["checks"]["memory"]["bytes"]) == TURNS
    assert str(found).startswith("high: the contract is kept\noperations    kept")
    assert "<caption>high: the contract is kept</caption>" in found._repr_html_()
    assert isinstance(wisen.contract(f, budget=0.1), wisen.Contract)


# ---- programs that were made to break it ---------------------------------------------------------


def remade(f: Any, nodes: Sequence[onnx.NodeProto]) -> None:
    """Puts more nodes into the program of a function."""
    model = onnx.load(str(f.path))
    model.graph.node.extend(nodes)
    f.path.write_bytes(file_of(model, f.program.manifest))
    f.reload()


def looping() -> list[onnx.NodeProto]:
    """Nodes that multiply matrices so often as a number of the input says."""
    square = helper.make_tensor("square", TensorProto.FLOAT, [2, 2], [1.0, 0.0, 0.0, 1.0])
    body = helper.make_graph(
        [
            helper.make_node("Constant", [], ["inner square"], value=square),
            helper.make_node("MatMul", ["value", "inner square"], ["after"]),
            helper.make_node("Identity", ["going"], ["on"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("number", TensorProto.INT64, []),
            helper.make_tensor_value_info("going", TensorProto.BOOL, []),
            helper.make_tensor_value_info("value", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("after", TensorProto.FLOAT, None),
        ],
    )
    ten = helper.make_tensor("ten", TensorProto.FLOAT, [], [10.0])
    return [
        helper.make_node("Constant", [], ["ten"], value=ten),
        helper.make_node("ReduceMax", ["number"], ["largest"], keepdims=0),
        helper.make_node("Sin", ["largest"], ["bounded"]),
        helper.make_node("Mul", ["bounded", "ten"], ["tenfold"]),
        helper.make_node("Cast", ["tenfold"], ["times"], to=TensorProto.INT64),
        helper.make_node("Loop", ["times", "", "number"], ["looped"], body=body),
    ]


def prolonged(f: Any) -> None:
    """Has an input say how often a loop goes round."""
    (name,) = [each.name for each in f.program.session.get_inputs()]
    nodes = looping()
    for node in nodes:
        node.input[:] = [name if each == "number" else each for each in node.input]
    remade(f, nodes)


def mixed(f: Any) -> None:
    """Has most of the work be of another sort than multiply-adds."""
    many = helper.make_tensor("many", TensorProto.FLOAT, [100_000], np.ones(100_000, np.float32))
    remade(f, [helper.make_node("Constant", [], ["many"], value=many), helper.make_node("Exp", ["many"], ["grown"])])


def leaking(monkeypatch: pytest.MonkeyPatch, made: Callable[[], object]) -> None:
    """Has each call leave something behind."""
    plain, left = Program.__call__, []

    def leak(program: Program, values: Sequence[Any]) -> list[Any]:
        left.append(made())
        return plain(program, values)

    monkeypatch.setattr(Program, "__call__", leak)


def test_a_loop_that_an_input_prolongs_breaks_it_and_its_rounds_are_told(f: Any, quiet: None) -> None:
    prolonged(f)
    found = f.contract(budget=0.2)
    assert checks(found)["operations"] is False and not found.kept
    said = next(each.said for each in found.checks if each.name == "operations")
    assert "round of its loops" in said and "times in a call" in said and "for inputs of one length" in said


def test_work_of_another_sort_breaks_it(f: Any, quiet: None) -> None:
    mixed(f)
    found = f.contract(budget=0.2)
    assert checks(found) | {"homogeneous": False} == checks(found) and checks(found)["operations"]
    assert "less than 50%" in str(found)


def test_an_input_that_takes_longer_breaks_it(f: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Program.__call__

    def slow(program: Program, values: Sequence[Any]) -> list[Any]:
        end = time.perf_counter() + (0.002 if values[0] > 0.8 else 0)
        while time.perf_counter() < end:
            pass
        return plain(program, values)

    monkeypatch.setattr(Program, "__call__", slow)
    found = f.contract(budget=4)
    assert checks(found)["time"] is False and "at most 2" in str(found)


@pytest.mark.parametrize(
    ("ours", "still", "kept"),
    [
        (lambda call, row: 1e-5 if call % 20 else 1.9e-5, idle, True),
        (lambda call, row: 1e-5 if call % 20 else 5e-5, idle, False),  # one in twenty
        (lambda call, row: 1e-5 if call > 40 else 5e-5, busy, True),  # some calls, but of no input
        (lambda call, row: 1e-5 if row % 5 else 5e-5, busy, False),  # all calls of some inputs
    ],
)
def test_where_the_machine_is_not_idle_inputs_are_compared(
    f: Any, monkeypatch: pytest.MonkeyPatch, ours: Any, still: Any, kept: bool
) -> None:
    monkeypatch.setattr(check, "beside", took(ours, still))
    assert checks(f.contract(budget=0.1))["time"] is kept


@pytest.mark.parametrize(
    ("made", "broken"), [(lambda: bytearray(2000), {"memory", "allocations"}), (object, {"allocations"})]
)
def test_what_calls_leave_behind_breaks_it(
    f: Any, quiet: None, monkeypatch: pytest.MonkeyPatch, made: Callable[[], object], broken: set[str]
) -> None:
    leaking(monkeypatch, made)
    found = f.contract(budget=0.5)
    assert {name for name, good in checks(found).items() if not good} >= broken


# ---- the command line ----------------------------------------------------------------------------


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(words)
    return int(left.value.code or 0)


def test_the_command_exits_with_0_where_it_is_kept_and_inspect_tells_of_it(f: Any, quiet: None, capsys: Any) -> None:
    name = f"{f.path.parent / 'points.py'}:high"
    assert run("test", name, "--contract", "--budget", "0.3s") == 0
    said = capsys.readouterr().out
    assert "Contract: kept" in said and "operations" in said and "for every input" in said
    assert run("inspect", name) == 0
    said = capsys.readouterr().out
    assert "the contract, when it was last checked" in said and "multiply-adds" in said
    assert "the same operations: no length is free" in said
    assert run("inspect", str(f.path), "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["contract"]["kept"] is True and told["varies"] == {"lengths": [], "loops": 0, "branches": 0}
    remade(f, [])
    f.path.write_bytes(file_of(onnx.load(str(f.path)), {**f.program.manifest, "doc": "another"}))
    assert run("inspect", str(f.path), "--json") == 0
    assert json.loads(capsys.readouterr().out)["contract"] == {}  # it was that of another program


def test_the_command_exits_with_1_where_it_is_broken(f: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(check, "beside", took(lambda call, row: 1e-5 if call % 5 else 1e-3))
    name = f"{f.path.parent / 'points.py'}:high"
    assert run("test", name, "--contract", "--budget", "0.1s", "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert told["kept"] is False and told["checks"]["time"]["kept"] is False and told["candidate"] is False
    assert run("test", name, "--contract", "--budget", "soon") == 2
    assert "is no time" in capsys.readouterr().err


def tail(call: int, row: int) -> float:
    return 1e-5 if call % 33 else 5e-5


def small(f: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Has a person allow the program less than it takes."""
    monkeypatch.setattr(find(f"{f.path.parent / 'points.py'}:high"), "limits", limits_of(None, "1kB"))


DOUBLES: dict[str, Callable[[Any, pytest.MonkeyPatch], None]] = {
    "operations": lambda f, monkeypatch: prolonged(f),
    "homogeneous": lambda f, monkeypatch: mixed(f),
    "time": lambda f, monkeypatch: monkeypatch.setattr(check, "beside", took(tail)),
    "memory": lambda f, monkeypatch: leaking(monkeypatch, lambda: bytearray(2000)),
    "allocations": lambda f, monkeypatch: leaking(monkeypatch, object),
    "limits": small,
}


@pytest.mark.parametrize("name", CHECKS)
def test_the_command_names_the_check_that_is_broken(
    f: Any, quiet: None, monkeypatch: pytest.MonkeyPatch, capsys: Any, name: str
) -> None:
    DOUBLES[name](f, monkeypatch)
    words = ["test", f"{f.path.parent / 'points.py'}:high", "--contract", "--budget", "0.3s"]
    assert run(*words) == 1
    said = capsys.readouterr().out
    assert re.search(rf"^{name} +broken", said, re.MULTILINE) and "Contract: broken" in said
    assert run(*words, "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert told["kept"] is False and told["checks"][name]["kept"] is False
    others = {other for other, found in told["checks"].items() if not found["kept"]} - {name}
    assert others <= {"memory": {"allocations"}, "operations": {"homogeneous"}}.get(name, set())


def test_a_file_that_is_no_contract_is_none(f: Any, capsys: Any) -> None:
    place = f.path.parent / ".wisen" / f.path.stem / "contract.json"
    for text in ("", "[]", '{"seal": 3}', '{"checks": {"a": {"kept": 1}}}'):
        place.write_text(text)
        assert run("inspect", str(f.path), "--json") == 0
        assert json.loads(capsys.readouterr().out)["contract"] == {}
    assert Path(f.path).exists()
