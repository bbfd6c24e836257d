"""A program file that is damaged, foreign, newer or lying is refused with a sentence; a good one loads and answers."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wisen
from tests.fixtures.format_1 import fate
from wisen.errors import BadProgram
from wisen.export import file_of
from wisen.manifest import FORMAT
from wisen.program import Program, load, parse
from wisen.train import train

FIRST = Path(__file__).parent / "fixtures" / "format_1.onnx"
SOURCE = """
from typing import Literal
import wisen

@wisen.function
def place(x: float, y: float | None, colour: Literal["red", "blue"], note: str) -> Literal["in", "out"]:
    "Where a point lies."
    return "in" if x > 0.9 else "out"
"""
ROW = [0.9, 0.9, "red", "hello"]


def rows() -> list[Any]:
    rng = random.Random(0)
    rows = [(rng.random(), rng.random(), rng.choice(["red", "blue"]), "a note") for _ in range(150)]
    return [(row, "in" if row[0] + row[1] > 1 and row[2] == "red" else "out") for row in rows]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with places.py and its good program."""
    from tests.conftest import imported

    folder = tmp_path_factory.mktemp("places")
    (folder / "places.py").write_text(SOURCE)
    train(imported(folder / "places.py").place, rows(), budget=1, accept=True)
    return folder


@pytest.fixture(scope="module")
def good(folder: Path) -> bytes:
    return (folder / "places.place.onnx").read_bytes()


@pytest.fixture(scope="module")
def manifest(good: bytes) -> dict[str, Any]:
    return dict(parse(good, "good").manifest)


@pytest.fixture
def place(folder: Path, good: bytes) -> Any:
    """The function, its good program in place before and after."""
    from tests.conftest import imported

    (folder / "places.place.onnx").write_bytes(good)
    yield imported(folder / "places.py").place
    (folder / "places.place.onnx").write_bytes(good)


def told(good: bytes, manifest: dict[str, Any]) -> bytes:
    """The good program with another manifest, sealed anew: it lies, but is not damaged."""
    return file_of(onnx.load_from_string(good), manifest)


def refused(data: bytes) -> str:
    with pytest.raises(BadProgram) as caught:
        parse(data, "f.onnx")
    assert str(caught.value).startswith("f.onnx ")
    return str(caught.value)


def test_a_good_program_answers(good: bytes, manifest: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "f.onnx").write_bytes(good)
    program = load(tmp_path / "f.onnx")
    assert program(ROW) == ["in"] and program.predict(ROW)[0].value == "in"
    assert program.batch([ROW, [0.1, None, "blue", "a note"]])[0] == [["in", "out"]]
    assert manifest["format"] == FORMAT and manifest["function"] == "place" and manifest["doc"] == "Where a point lies."
    assert told(good, manifest) == good


# ---- damaged and foreign -----------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.7, 0.99, 0.9999])
def test_truncated(good: bytes, share: float) -> None:
    assert "is damaged" in refused(good[: int(len(good) * share)])


@pytest.mark.parametrize("seed", range(4))
def test_random_bytes(seed: int) -> None:
    assert "is damaged or no ONNX file" in refused(random.Random(seed).randbytes(10 ** (seed + 1)))


def test_one_changed_weight_is_seen(good: bytes) -> None:
    constants = [node.attribute[0].t for node in onnx.load_from_string(good).graph.node if node.op_type == "Constant"]
    weights = max((tensor.raw_data for tensor in constants if tensor.data_type == onnx.TensorProto.FLOAT), key=len)
    place = good.index(weights) + len(weights) // 2
    changed = good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :]
    assert refused(changed) == (
        "f.onnx is damaged: it is not as it was written\nTrain it again, or take it from a copy."
    )


def test_something_behind_the_end(good: bytes) -> None:
    assert "is damaged" in refused(good + b"\0")


def foreign() -> onnx.ModelProto:
    x = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [None, 2])
    y = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [None, 2])
    graph = onnx.helper.make_graph([onnx.helper.make_node("Relu", ["x"], ["y"])], "g", [x], [y])
    return onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)


def test_the_onnx_of_another_tool(manifest: dict[str, Any]) -> None:
    said = refused(foreign().SerializeToString())
    assert said == "f.onnx is an ONNX file, but was not written by wisen\nPrograms come from `wisen train`."
    assert "its manifest says that it reads" in refused(file_of(foreign(), manifest))  # with a stolen manifest


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for path, said in [(tmp_path / "gone.onnx", "No such file"), (tmp_path, "Is a directory")]:
        with pytest.raises(BadProgram, match=f"cannot be read: {said}"):
            load(path)


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    with (tmp_path / "f.onnx").open("wb") as file:
        file.truncate((2 << 30) + 1)  # sparse
    with pytest.raises(BadProgram, match="larger than 2 GB"):
        load(tmp_path / "f.onnx")


# ---- other formats -----------------------------------------------------------------------------


def test_a_newer_format_says_what_to_do(good: bytes, manifest: dict[str, Any]) -> None:
    said = refused(told(good, {**manifest, "format": FORMAT + 1}))
    assert said == f"f.onnx has format {FORMAT + 1}; this wisen reads formats up to {FORMAT}\npip install -U wisen"


@pytest.mark.parametrize("number", [0, -1, True, None, "1", 1.0, [1], 1e400])
def test_formats_that_never_were(number: Any, good: bytes, manifest: dict[str, Any]) -> None:
    said = refused(told(good, {**manifest, "format": number}))
    assert "which never was" in said or "has a damaged manifest" in said


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "null", '"x"', "[" * 100_000, "{}", "9" * 5000, "\0"])
def test_a_manifest_that_is_none(text: str, good: bytes) -> None:
    model = onnx.load_from_string(good)
    model.metadata_props[0].value = text
    assert "has a damaged manifest" in refused(model.SerializeToString())


def test_a_program_without_a_seal(good: bytes, manifest: dict[str, Any]) -> None:
    model = onnx.load_from_string(good)
    model.metadata_props[0].value = json.dumps({key: value for key, value in manifest.items() if key != "seal"})
    assert "has a damaged manifest: seal" in refused(model.SerializeToString())


@pytest.mark.parametrize(
    "facts",
    [
        {"architecture": [1]}, {"architecture": [["a", "b", "c", "d"]]}, {"architecture": [["a", "b", "c", 1e400]]},
        {"history": [1, 2]}, {"history": [["a", "b"]]}, {"history": [None]}, {"cost": {"operations": "many"}},
    ],
)  # fmt: skip
def test_what_no_table_can_be_made_of(facts: dict[str, Any], good: bytes, manifest: dict[str, Any]) -> None:
    assert f"has a damaged manifest: {next(iter(facts))}" in refused(told(good, {**manifest, **facts}))


# ---- lies --------------------------------------------------------------------------------------

Lie = Callable[[dict[str, Any]], Any]


def column(side: str, place: int, **changes: Any) -> Lie:
    return lambda m: m[side][place].update(changes)


LIES: dict[str, Lie] = {
    "no inputs": lambda m: m.pop("inputs"),
    "no outputs": lambda m: m.pop("outputs"),
    "empty inputs": lambda m: m.update(inputs=[]),
    "inputs are a mapping": lambda m: m.update(inputs={"x": "number"}),
    "outputs are null": lambda m: m.update(outputs=None),
    "a column is a text": lambda m: m["inputs"].__setitem__(0, "x: float"),
    "one column less": lambda m: m["inputs"].pop(0),
    "one column more": lambda m: m["inputs"].append({**m["inputs"][0], "name": "z"}),
    "two columns alike": lambda m: m["inputs"].append(m["inputs"][3]),
    "a column without a name": lambda m: m["inputs"][0].pop("name"),
    "a name that is a number": column("inputs", 3, name=7),
    "a text of another name": column("inputs", 3, name="remark"),
    "another kind": lambda m: m["inputs"].__setitem__(3, {**m["inputs"][0], "name": "note"}),
    "an unknown kind": column("inputs", 0, kind="magic"),
    "an answer of another kind": lambda m: m["outputs"].__setitem__(0, {**m["inputs"][3], "name": "answer"}),
    "a kind that cannot come out": lambda m: m["outputs"].__setitem__(0, {"kind": "moment", "name": "answer"}),
    "a kind with a field too many": column("inputs", 0, size=3),
    "a mean that is a text": column("inputs", 0, mean="0"),
    "a mean of texts": column("inputs", 0, mean=["0"]),
    "a mean too many": column("inputs", 0, mean=[0.0, 0.0]),
    "an infinite scale": column("inputs", 0, scale=[1e999]),
    "a huge limit": column("inputs", 3, limit=10**15),
    "an answer of another name": column("outputs", 0, name="question"),
    "labels that the graph does not say": column("outputs", 0, choices=["yes", "no"]),
    "one label less": column("outputs", 0, choices=["in"]),
    "one label more": column("outputs", 0, choices=["in", "out", "beside"]),
    "labels the other way": lambda m: m["outputs"][0]["choices"].reverse(),
    "the same label twice": column("outputs", 0, choices=["in", "in"]),
    "labels that are lists": column("outputs", 0, choices=[["in"], ["out"]]),
    "a hundred thousand labels": column("outputs", 0, choices=[str(n) for n in range(100_000)]),
    "no temperature": column("outputs", 0, temperature=0.0),
    "a number as the answer": lambda m: m["outputs"].__setitem__(0, {**m["inputs"][0], "name": "answer"}),
    "two answers": lambda m: m["outputs"].append({**m["outputs"][0], "name": "more"}),
    "a split that is a list": lambda m: m.update(split=["group"]),
    "a report that is a text": lambda m: m.update(report="better"),
    "a function that is a number": lambda m: m.update(function=3),
    "examples that are null": lambda m: m.update(examples=None),
    "a cost that is a list": lambda m: m.update(cost=[1, 2]),
    "an architecture that is a text": lambda m: m.update(architecture="deep"),
}


@pytest.mark.parametrize("name", LIES)
def test_a_manifest_that_lies_is_refused(name: str, good: bytes, manifest: dict[str, Any]) -> None:
    lying = json.loads(json.dumps(manifest))
    LIES[name](lying)
    assert "manifest" in (said := refused(told(good, lying))) or "graph" in said


def test_a_label_that_only_some_examples_get_is_refused_at_the_call(good: bytes, manifest: dict[str, Any]) -> None:
    """The blank example that loading tries may well get the one label that is no lie."""
    caught = 0
    for choices in (["in", "outside"], ["inside", "out"]):
        lying = json.loads(json.dumps(manifest))
        lying["outputs"][0]["choices"] = choices
        try:
            program = parse(told(good, lying), "f.onnx")
            for row in (ROW, [0.1, 0.1, "blue", ""]):
                program(row)
        except BadProgram:
            caught += 1
    assert caught == 2


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to all values in a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, inner in items for found in paths(inner, (*path, key)))]


def test_any_lie_gives_a_sentence_or_a_working_program(good: bytes, manifest: dict[str, Any]) -> None:
    said = {key: value for key, value in manifest.items() if key in ("format", "inputs", "outputs")}
    ways = [path for path in paths(said) if path]

    @settings(max_examples=120, deadline=None)
    @given(st.sampled_from(ways), junk)
    def check(way: tuple[Any, ...], lie: Any) -> None:
        lying = json.loads(json.dumps(manifest))
        inner = lying
        for key in way[:-1]:
            inner = inner[key]
        inner[way[-1]] = lie
        works_or_is_refused(told(good, lying))

    check()


def works_or_is_refused(data: bytes) -> None:
    try:
        program = parse(data, "f.onnx")
        assert program(ROW)[0] in ("in", "out")
    except BadProgram as error:
        assert len(error.message) < 2000


def test_any_damage_is_seen(good: bytes) -> None:
    @settings(max_examples=100, deadline=None)
    @given(st.lists(st.tuples(st.integers(0, len(good) - 1), st.binary(max_size=8), st.integers(0, 8)), min_size=1))
    def check(changes: list[tuple[int, bytes, int]]) -> None:
        data = good
        for place, put, taken in changes:
            data = data[:place] + put + data[place + taken :]
        if data != good:
            assert "damaged" in refused(data)

    check()


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_refused(data: bytes) -> None:
    assert refused(data)


# ---- at the call -------------------------------------------------------------------------------


def test_a_call_with_a_bad_program_says_so(place: Any, good: bytes) -> None:
    place.path.write_bytes(good[: len(good) // 2])
    with pytest.raises(BadProgram, match=r"places.place.onnx is damaged"):
        place(0.9, 0.9, "red", "")
    with pytest.raises(BadProgram):
        place(0.9, 0.9, "red", "")  # and goes on saying so
    assert place.by_hand(0.95, 0.9, "red", "") == "in"
    place.path.write_bytes(good)
    place.reload()
    assert place(0.9, 0.9, "red", "") == "in"


def test_a_program_whose_columns_were_exchanged(place: Any, good: bytes, manifest: dict[str, Any]) -> None:
    lying = json.loads(json.dumps(manifest))
    lying["inputs"][:2] = reversed(lying["inputs"][:2])  # both are numbers: file and graph agree
    place.path.write_bytes(told(good, lying))
    with pytest.raises(BadProgram, match=r"was trained for \(y: .*the function is now place\(x: float"):
        place(0.9, 0.9, "red", "")


def test_the_program_of_another_function(place: Any, folder: Path, module: Any) -> None:
    other = module("import wisen\n@wisen.function\ndef place(x: float) -> bool: ...").place
    other.path.write_bytes(place.path.read_bytes())
    with pytest.raises(BadProgram, match=r"was trained for \(x: float, y: float \| None, .*the function is now place"):
        other(3.0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((0.5, 0.5, "green", ""), "place(): argument 'colour' is 'green', which is none of red, blue"),
        ((0.5, 0.5, "rde", ""), "place(): argument 'colour' is 'rde', which is none of red, blue\nDid you mean 'red'?"),
        (("half", 0.5, "red", ""), "place(): argument 'x' is 'half', which is not a number"),
        (([0.5], 0.5, "red", ""), "place(): argument 'x' is [0.5], which is not a number"),
        ((None, 0.5, "red", ""), "place(): argument 'x' is missing\nWrite `float | None` if it may be missing."),
        ((float("nan"), 0.5, "red", ""), "place(): argument 'x' is missing"),
        ((0.5, 0.5, None, ""), "place(): argument 'colour' is missing"),
        ((0.5, 0.5, "red", 7), "place(): argument 'note' is 7 of type int, which is not text"),
    ],
)
def test_a_wrong_argument_is_told(place: Any, arguments: tuple[Any, ...], said: str) -> None:
    for call in (place, place.predict, place.by_hand):
        with pytest.raises(ValueError) as caught:
            call(*arguments)
        assert str(caught.value).startswith(said)
    with pytest.raises(ValueError, match="input 1: place"):
        place.map([(0.5, 0.5, "red", ""), arguments])


def test_what_callers_have_is_taken(place: Any) -> None:
    want = place(0.9, 0.9, "red", "x")
    assert place(np.float32(0.9), "0.9", " RED ", "x") == want == place(x=0.9, y=0.9, colour="red", note=b"x")
    assert place(1, None, "blue", "") in ("in", "out") and place(float("inf"), -1e300, "red", "\ud800") in ("in", "out")
    for wrong in ((0.5,), (1, 2, 3, 4, 5)):
        with pytest.raises(TypeError):
            place(*wrong)


def test_an_open_category_takes_labels_that_were_never_seen(module: Any) -> None:
    f = module(
        """
        from typing import Annotated
        import wisen

        @wisen.function
        def red(colour: Annotated[str, wisen.Category]) -> bool: ...
        """
    ).red
    labels = [("red", " Red", "blue", "green ")[n % 4] for n in range(80)] + [f"shade {n}" for n in range(40)]
    f.train([(label, label.strip().lower() == "red") for label in labels], budget=1, accept=True)
    assert f("violet") in (True, False) and f("nul\0") in (True, False) and f(3) in (True, False)
    with pytest.raises(wisen.BadValue, match="which is no label"):
        f("half \ud800")
    with pytest.raises(wisen.BadValue, match="which is no label"):
        f(["red"])


# ---- older formats -----------------------------------------------------------------------------

ANSWERS: list[tuple[list[Any], str, dict[str, float]]] = [
    ([9.5, "red", dt.datetime(2026, 11, 22, 8, 30), "a scratch"], "scrap", {"keep": 0.0157, "sell": 0.1148}),
    ([9.5, "RED", dt.datetime(2026, 11, 22, 8, 30), "A SCRATCH"], "scrap", {"keep": 0.0157, "sell": 0.1148}),
    ([None, "RED", dt.datetime(1999, 1, 1), ""], "keep", {"keep": 0.9664, "sell": 0.0336}),
    ([30.0, "blue", dt.datetime(2020, 2, 29, 23, 59), "Größe: 12 €"], "keep", {"keep": 0.8472, "sell": 0.1436}),
    ([-4.0, "green", dt.datetime(2024, 7, 1, 12), "broken and rusty"], "scrap", {"keep": 0.2325, "sell": 0.0764}),
    ([1e9, "Red", dt.datetime(1969, 7, 20), "x" * 100], "keep", {"keep": 0.9991, "sell": 0.0009}),
]


@pytest.mark.parametrize(("row", "answer", "chances"), ANSWERS, ids=[str(row[0]) for row, *_ in ANSWERS])
def test_a_program_of_format_1_loads_and_answers_for_ever(
    row: list[Any], answer: str, chances: dict[str, float]
) -> None:
    # Where this fails, mend the reading of old programs; the file stays as it is.
    program = load(FIRST)
    assert program.manifest["format"] == 1
    assert [column.key() for column in program.inputs] == [column.key() for column in fate.signature.inputs]
    (said,) = program.predict(row)
    assert said.value == answer == program(row)[0]
    assert {name: dict(said.alternatives)[name] for name in chances} == pytest.approx(chances, abs=1e-4)
    assert sum(chance for _, chance in said.alternatives) == pytest.approx(1, abs=1e-5)


GPU = "CUDAExecutionProvider" in onnxruntime.get_available_providers()


@pytest.mark.skipif(not GPU, reason="there is no GPU here, or an onnxruntime that uses none")
def test_a_program_says_the_same_on_a_gpu() -> None:
    program = load(FIRST)
    cpu = program.batch([row for row, *_ in ANSWERS])
    options = onnxruntime.SessionOptions()
    there = onnxruntime.InferenceSession(
        FIRST.read_bytes(), options, providers=["CUDAExecutionProvider", "CPUExecutionProvider"]
    )
    gpu = Program(there, program.manifest).batch([row for row, *_ in ANSWERS])
    assert gpu[0] == cpu[0]
    for name, said in cpu[1].items():
        if said.dtype.kind == "f":
            np.testing.assert_allclose(gpu[1][name], said, atol=1e-4)


# ---- little memory -----------------------------------------------------------------------------


@pytest.mark.parametrize("most", [1, 3])
def test_many_answers_are_given_in_halves_where_memory_runs_out(most: int) -> None:
    program = load(FIRST)
    given = [row for row, *_ in ANSWERS] * 3
    wanted, real = program.batch(given), program.run

    def run(names: Any, tensors: Any, *options: Any) -> Any:
        if len(tensors["numbers"]) > most:
            raise Exception("[ONNXRuntimeError] : 1 : FAIL : bfc_arena.cc:360 Failed to allocate memory for requested")
        return real(names, tensors, *options)

    program.run = run
    said = program.batch(given)
    assert said[0] == wanted[0]
    for name, array in wanted[1].items():
        assert array.dtype.kind != "f" or np.allclose(array, said[1][name], atol=1e-6)


def test_one_answer_for_which_there_is_no_memory_is_told() -> None:
    program = load(FIRST)

    def run(*given: Any) -> Any:
        raise MemoryError("Failed to allocate memory")

    program.run = run
    with pytest.raises(BadProgram, match=r"format_1\.onnx does not answer: Failed to allocate memory"):
        program.batch([row for row, *_ in ANSWERS])
