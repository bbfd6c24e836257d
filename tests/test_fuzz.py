"""A short run of what scripts/fuzz does for hours, and all that it has found so far."""

from __future__ import annotations

import random
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pyarrow as pa
import pytest
from onnx import TensorProto, helper
from pyarrow import feather, ipc, parquet

from tests.fuzz.__main__ import NAMES
from tests.fuzz.targets import TARGETS, attempt
from wisen.errors import BadExamples, BadProgram
from wisen.examples import Rows, rows
from wisen.examples.guess import guessed
from wisen.export import file_of
from wisen.kinds.number import Number
from wisen.program import parse
from wisen.state import Source, folder


def test_every_target_is_run() -> None:
    assert list(TARGETS) == NAMES


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.filterwarnings("ignore")  # Pillow's about damaged files
def test_what_is_good_is_read_and_what_is_damaged_is_read_or_refused(name: str) -> None:
    target, chance = TARGETS[name], random.Random(name)
    seeds = target.seeds()
    assert any(attempt(target, seed) == "" for seed in seeds)
    for _ in range(60):
        attempt(target, changed(chance.choice(seeds), chance))


def changed(data: bytes, chance: random.Random) -> bytes:
    """The bytes, a few of them changed, taken out or doubled."""
    for _ in range(chance.randint(1, 4)):
        start = chance.randrange(len(data) + 1)
        end = start + chance.choice([0, 1, 1, 2, 8, 100])
        put = chance.choice([b"", chance.randbytes(1), b"\xff" * 4, data[start:end] * 2])
        data = data[:start] + put + data[end:]
    return data


# ---- what was found ----------------------------------------------------------------------------


def lying(kind: str, place: Path) -> Path:
    """A table with a text that ends before it begins: Arrow read it out of other memory, or the process died."""
    table, path = pa.table({"note": ["a", "bc"]}), place / f"t.{kind}"
    with path.open("wb") as file, (ipc.new_stream if kind == "arrow" else ipc.new_file)(file, table.schema) as out:
        out.write_table(table)
    offsets = np.array([0, 1, 3], np.int32).tobytes()
    assert path.read_bytes().count(offsets) == 1
    path.write_bytes(path.read_bytes().replace(offsets, np.array([0, 900, 3], np.int32).tobytes()))
    return path


@pytest.mark.parametrize("kind", ["arrow", "feather"])
def test_arrow_whose_offsets_lie_is_refused(kind: str, tmp_path: Path) -> None:
    with pytest.raises(BadExamples, match=rf"t\.{kind} cannot be read: Column 0: In chunk 0: Invalid"):
        rows(lying(kind, tmp_path))


def test_the_first_version_of_feather_is_refused(tmp_path: Path) -> None:
    """A damaged one ended the process, in pyarrow."""
    with pytest.warns(DeprecationWarning):
        feather.write_feather(pa.table({"a": [1]}), tmp_path / "t.feather", version=1)
    with pytest.raises(BadExamples, match=r"version 1 of Feather, which cannot be read safely\nWrite it anew"):
        rows(tmp_path / "t.feather")


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_dates_beyond_the_calendar_are_told(unit: str, tmp_path: Path) -> None:
    when = pa.array([0, 2**62], pa.timestamp(unit))
    parquet.write_table(pa.table({"when": when}), tmp_path / "t.parquet")
    if unit == "ns":  # until the year 2262, which Python knows
        assert rows(tmp_path / "t.parquet").columns["when"][0] == datetime(1970, 1, 1)
        return
    with pytest.raises(BadExamples, match=r"the column 'when' of t\.parquet holds a timestamp.* beyond what Python"):
        rows(tmp_path / "t.parquet")


@pytest.mark.parametrize("encoding", ["hex", "rot13", "undefined", "utf-9", "", "nul\0"])
def test_codecs_that_write_no_text_are_told(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"6162")
    with pytest.raises(BadExamples, match="there is no encoding"):
        rows(tmp_path / "t.csv", encoding=encoding)


@pytest.mark.parametrize("cell", ["\x1e0", "\x1f1", "9" * 5000], ids=["separator", "unit", "long"])
def test_numbers_that_python_reads_in_another_way_are_guessed_at(cell: str) -> None:
    """`int` refuses what `strip` takes for a space, and more than 4300 digits."""
    table = Rows({"n": [cell, "7", "2", "3"], "x": ["yes", "no", "yes", "no"]}, [f"row {n}" for n in range(4)])
    assert guessed(table, "x")


@pytest.mark.parametrize(
    "told",
    [
        *("[]", "3", "null", "{", '{"examples": 7}', '{"examples": "t.csv", "colour": 1}'),
        '{"examples": "t.csv", "columns": "utf-8"}',
        '{"examples": "t.csv", "returns": {"s/ze": "9izd"}}',
        '{"examples": "t.csv", "columns": {"size": 3}}',
    ],
)
def test_a_remembered_source_that_is_none_is_forgotten(told: str, tmp_path: Path) -> None:
    program = tmp_path / "m.f.onnx"
    folder(program).mkdir(parents=True)
    (folder(program) / "source.json").write_text(told)
    with pytest.raises(BadExamples, match="no examples are named, and none are remembered"):
        Source(None).or_last(program)


def hostile(answer: str, *nodes: onnx.NodeProto, integer: bool = False) -> bytes:
    """A program from number to number whose graph does something else to `numbers` and a `shape` of [1]."""
    x = helper.make_tensor_value_info("numbers", TensorProto.FLOAT, ["batch", 1])
    y = helper.make_tensor_value_info(answer, TensorProto.FLOAT, None)
    shape = helper.make_tensor("shape", TensorProto.INT64, [1], [1])
    graph = helper.make_graph(list(nodes), "g", [x], [y], [shape])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    kind = Number(integer=integer).to_json()
    columns: dict[str, Any] = {"inputs": [{"name": "x", **kind}], "outputs": [{"name": answer, **kind}]}
    return file_of(model, {"format": 1, **columns})


def test_a_graph_that_stumbles_later_is_told() -> None:
    program = parse(hostile("answer", helper.make_node("Reshape", ["numbers", "shape"], ["answer"])), "f.onnx")
    assert program([3.0]) == [3.0]
    with pytest.raises(BadProgram, match=r"f\.onnx does not answer: .*Reshape.*\nTrain it again"):
        program.batch([[3.0], [4.0]])


def test_a_graph_that_would_work_for_hours_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pad that was a billion wide took a minute and a half to be refused."""
    monkeypatch.setattr("wisen.manifest.LONGEST_TRIAL", 0.2)
    wide = helper.make_node("Constant", [], ["wide"], value_ints=[700, 700])
    rounds = [helper.make_node("MatMul", [f"m{n}", f"m{n}"], [f"m{n + 1}"]) for n in range(4000)]
    nodes = [wide, helper.make_node("Expand", ["numbers", "wide"], ["m0"]), *rounds]
    end = [
        helper.make_node("ReduceMax", ["m4000"], ["most"]),
        helper.make_node("Reshape", ["most", "shape"], ["answer"]),
    ]
    begin = time.monotonic()
    with pytest.raises(BadProgram, match=r"its graph does not answer: .*terminate"):
        parse(hostile("answer", *nodes, *end), "f.onnx")
    assert time.monotonic() - begin < 20


def test_a_graph_that_says_what_is_no_answer_is_told() -> None:
    """It says nothing wrong of the blank example, and of another what is no whole number."""
    zero = helper.make_node("IsNaN", ["numbers"], ["missing"])
    one = helper.make_node("Cast", ["missing"], ["number"], to=TensorProto.FLOAT)
    nodes = [zero, one, helper.make_node("Reciprocal", ["number"], ["wide"]),
             helper.make_node("Reshape", ["wide", "rows"], ["answer"])]  # fmt: skip
    rows_of = helper.make_node("Constant", [], ["rows"], value_ints=[-1])
    program = parse(hostile("answer", rows_of, *nodes, integer=True), "f.onnx")
    for call in (program, program.predict, lambda row: program.batch([row])):
        with pytest.raises(BadProgram, match=r"f\.onnx does not answer: cannot convert float infinity to integer"):
            call([3])
