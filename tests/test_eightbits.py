"""Programs in eight bits: smaller files that answer alike, alone and among others; and all that is done with them."""

from __future__ import annotations

import json
import random
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest

from tests.cli.conftest import typed, written
from wisen.errors import BadProgram
from wisen.examples import Rule
from wisen.kept import kept
from wisen.program import load, parse
from wisen.sizes import choice, eightbits, measures, rungs
from wisen.sizes import resize as room
from wisen.train import divided

SOURCE = """
    import wisen

    @wisen.function
    def inside(x: float, y: float) -> bool:
        "Whether a point lies in the ring."
        return x > 0
"""


def quiet(event: Any) -> None:
    """Hears nothing."""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A function with a program, its examples in a file."""
    folder, rng = tmp_path_factory.mktemp("eight"), random.Random(0)
    file, rows = written(folder, SOURCE), folder / "ring.csv"
    points = [(rng.uniform(-1, 1), rng.uniform(-1, 1)) for _ in range(400)]
    rows.write_text("x,y,inside\n" + "".join(f"{x},{y},{0.3 < x * x + y * y < 0.9}\n" for x, y in points))
    said = typed("train", f"{file}:inside", "--examples", rows, "--budget", "6", "--accept")
    assert said.code == 0, said.err
    return SimpleNamespace(file=file, rows=rows, folder=folder, path=folder / f"{file.stem}.inside.onnx")


@pytest.fixture(autouse=True)
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is measured is measured once, of a few plans, and memory is not."""
    monkeypatch.setattr(rungs, "ROUNDS", 1)
    monkeypatch.setattr(rungs, "FACTORS", (0.5, 0.25))
    monkeypatch.setattr(rungs, "SHALLOW", ())
    monkeypatch.setattr(measures, "ROUNDS", 1)
    monkeypatch.setattr(measures, "LONGEST", 0.1)
    monkeypatch.setattr(measures, "peak", lambda path, program, rows: 1)


@pytest.fixture(scope="module")
def function(trained: SimpleNamespace) -> Any:
    from wisen.find import find

    return find(f"{trained.file}:inside")


def made(function: Any, trained: SimpleNamespace, way: str) -> tuple[Any, Any, Any]:
    """(the float program, the same in eight bits, its model)."""
    from wisen import state

    parts = divided(function, state.Source(trained.rows), Rule())
    data = eightbits.draft(trained.path.read_bytes(), way, parts.learning)
    return load(trained.path), parse(data, "eight bits"), onnx.load_from_string(data)


@pytest.mark.parametrize("way", eightbits.WAYS)
def test_a_program_in_eight_bits_answers_alike_alone_and_among_others(
    way: str, function: Any, trained: SimpleNamespace, capfd: pytest.CaptureFixture[str]
) -> None:
    before, after, model = made(function, trained, way)
    assert capfd.readouterr().err == ""
    rng = np.random.default_rng(1)
    rows = [tuple(row) for row in rng.uniform(-1, 1, (100, 2)).tolist()] + [(100.0, -100.0)]
    chances = {name: program.batch(rows)[1]["answer.probabilities"] for name, program in (("a", before), ("b", after))}
    apart = np.abs(chances["a"] - chances["b"])
    assert apart.max() < 0.05 if way == "weights" else apart.mean() < 0.05  # at a sharp edge sums may go either way
    alone = np.concatenate([after.batch([row])[1]["answer.probabilities"] for row in rows])
    assert np.abs(alone - chances["b"]).max() < 1e-4  # not by what else is asked at the same time
    kinds = {tensor.data_type for tensor in model.graph.initializer} | {
        each.t.data_type for node in model.graph.node for each in node.attribute if node.op_type == "Constant"
    }
    assert onnx.TensorProto.INT8 in kinds
    assert len(model.SerializeToString()) < trained.path.stat().st_size
    assert [each.name for each in before.session.get_outputs()] == [each.name for each in after.session.get_outputs()]
    if before.knows:
        columns = list(zip(*rows, strict=True))
        assert np.allclose(before.unlike(columns)[:-1], after.unlike(columns)[:-1], atol=0.5)


def test_with_ranges_of_each_call_an_answer_would_depend_on_the_others(
    function: Any, trained: SimpleNamespace, tmp_path: Path
) -> None:
    from onnxruntime.quantization import quantize_dynamic

    plain = eightbits.constants_first(onnx.load(trained.path))
    onnx.save(plain, tmp_path / "plain.onnx")
    quantize_dynamic(tmp_path / "plain.onnx", tmp_path / "made.onnx", op_types_to_quantize=["MatMul", "Gemm"])
    session = onnxruntime.InferenceSession(tmp_path / "made.onnx", providers=["CPUExecutionProvider"])
    (name,) = (each.name for each in session.get_inputs())
    rows = np.array([[0.5, 0.2], [0.1, -0.3], [900.0, -900.0]], np.float32)
    alone, among = (session.run(["answer.probabilities"], {name: given})[0][:2] for given in (rows[:2], rows))
    assert np.abs(alone - among).max() > 1e-3  # which is why it is none of WAYS


def test_sums_in_eight_bits_are_not_written_as_c(function: Any, trained: SimpleNamespace, tmp_path: Path) -> None:
    from wisen import state
    from wisen.bake import bake

    parts = divided(function, state.Source(trained.rows), Rule())
    file = tmp_path / "sums.onnx"
    file.write_bytes(eightbits.draft(trained.path.read_bytes(), "weighted sums", parts.learning))
    with pytest.raises(BadProgram, match=r"cannot be written as C: it needs .*QuantizeLinear") as error:
        bake(file, "c", tmp_path / "sums.c")
    assert "ONNX file" in error.value.hint


def test_weights_of_eight_bits_cost_no_operations(function: Any, trained: SimpleNamespace) -> None:
    from wisen.cost import cost

    before, after, model = made(function, trained, "weights")
    there, here = (
        cost(each, program.given((0.1, 0.2))) for each, program in ((onnx.load(trained.path), before), (model, after))
    )
    assert here.operations == there.operations and here.multiplied == there.multiplied
    assert here.weights < there.weights
    _, after, model = made(function, trained, "weighted sums")
    sums = cost(model, after.given((0.1, 0.2)))
    assert sums.multiplied == there.multiplied and sums.operations > there.operations  # and to round what they read


def test_a_size_is_met_by_a_wider_network_in_eight_bits(
    function: Any, trained: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choice, "narrower", lambda plan: [])  # so that no float plan is small enough
    monkeypatch.setattr(choice, "measured", lambda plans, *rest: ([], 1e-4, 1e-5))
    found = function.resize(size=trained.path.stat().st_size * 2 // 3, budget=2, accept=True, listen=quiet)
    assert found.installed and found.met and found.new.plan.endswith("eight bits")
    program = load(trained.path)
    assert program.manifest["rounded"] == "weights" and "validation examples" in program.manifest["chosen"]
    assert json.loads(json.dumps(found.to_json()))["resized"]["plan"].endswith("eight bits")
    assert "eight bits" in str(found) and function(0.7, 0.2) in (True, False)

    name = f"{trained.file}:inside"
    assert kept(trained.path, None, program.feeds).architecture.width
    assert "eight bits" in typed("inspect", name).out
    checked = json.loads(typed("test", name, "--contract", "--budget", "1", "--json").out)["checks"]
    assert checked["operations"]["kept"] and checked["homogeneous"]["kept"]  # of time, a busy machine may say anything
    assert typed("explain", name, "x=0.1", "y=0.2").code == 0
    said = typed("export", name, "--to", "c", "--output", trained.folder / "inside.c")
    assert said.code == 0, said.err
    page = typed("export", name, "--to", "html", "--output", trained.folder / "inside.html")
    assert page.code == 0 or "runtime" in page.err  # which only npm brings
    assert function.back() == trained.path and "rounded" not in load(trained.path).manifest


def test_where_eight_bits_lose_the_other_plan_is_learned(
    function: Any, trained: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    learn: Any = vars(room)["learn"]

    def heard(plans: Any, *rest: Any) -> Any:
        asked.append(len(plans))
        return learn(plans[-1:], *rest)

    monkeypatch.setattr(room, "learn", heard)
    monkeypatch.setattr(room, "rounded_of", lambda *rest: (None, "-0.5 (-0.6 to -0.4)"))
    monkeypatch.setattr(room, "chosen", either)
    found = function.resize(size=trained.path.stat().st_size * 2 // 3, budget=1, accept=True, listen=quiet)
    assert asked == [2, 1] and "eight bits" not in found.new.plan
    assert "lost by them: -0.5" in load(trained.path).manifest["chosen"]
    function.back()


def either(function: Any, wanted: Any, present: Any, drafts: Any, old: Any) -> choice.Choice:
    """A choice between a narrow network and a wider one in eight bits, whatever is measured."""
    from wisen.architecture import parameters
    from wisen.sizes.scaled import alone, scaled

    narrow, wide = scaled(alone(present), 0.25), alone(present)
    eight = rungs.Rung(wide, 1e-5, 1, parameters(wide.build()), "weights")
    return choice.Choice((narrow, wide), True, 1e-5, eight)
