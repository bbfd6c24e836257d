"""Each operator in C says what it says in ONNX Runtime."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from tests.bake.compiled import Baked, needs_compiler
from wisen.bake.c import drawn
from wisen.bake.elementwise import EXPRESSIONS
from wisen.bake.graph import graph_of
from wisen.bake.interface import Cell
from wisen.bake.operators import KNOWN
from wisen.bake.words import c_type
from wisen.errors import BadProgram
from wisen.manifest import session_of

pytestmark = needs_compiler
TYPES = {"float32": onnx.TensorProto.FLOAT, "int64": onnx.TensorProto.INT64, "uint8": onnx.TensorProto.UINT8}


def chance(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    found: np.ndarray = chance(seed).normal(size=shape).astype(np.float32)
    return found


def model_of(
    nodes: list[onnx.NodeProto], given: dict[str, np.ndarray], constants: dict[str, np.ndarray], said: list[str]
) -> onnx.ModelProto:
    inputs = [helper.make_tensor_value_info(n, TYPES[str(a.dtype)], a.shape) for n, a in given.items()]
    outputs = [helper.make_empty_tensor_value_info(name) for name in said]
    tensors = [numpy_helper.from_array(array, name) for name, array in constants.items()]
    graph = helper.make_graph(nodes, "g", inputs, outputs, tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)


@dataclass
class Case:
    """Some nodes, what they read, and what they say."""

    nodes: list[onnx.NodeProto]
    given: dict[str, np.ndarray]
    constants: dict[str, np.ndarray] = field(default_factory=dict)
    said: tuple[str, ...] = ("y",)

    def renamed(self, prefix: str) -> Case:
        """The same with other names, to stand beside others in one graph."""
        nodes = []
        for node in self.nodes:
            copy = onnx.NodeProto()
            copy.CopyFrom(node)
            copy.input[:] = [f"{prefix}{name}" if name else "" for name in node.input]
            copy.output[:] = [f"{prefix}{name}" for name in node.output]
            nodes.append(copy)
        given, constants = (
            {f"{prefix}{name}": array for name, array in arrays.items()} for arrays in (self.given, self.constants)
        )
        return Case(nodes, given, constants, tuple(f"{prefix}{name}" for name in self.said))


def beside(cases: Sequence[Case]) -> Case:
    """Cases side by side in one graph: one file to compile for all of them."""
    every = [case.renamed(f"c{number}_") for number, case in enumerate(cases)]
    given = {name: array for case in every for name, array in case.given.items()}
    constants = {name: array for case in every for name, array in case.constants.items()}
    said = tuple(name for case in every for name in case.said)
    return Case([node for case in every for node in case.nodes], given, constants, said)


def compare(folder: Path, case: Case, far: float = 2e-6) -> str:
    """Sets the graph of some nodes in C beside ONNX Runtime; the C file."""
    given, said = case.given, case.said
    model = model_of(case.nodes, given, case.constants, list(said))
    wanted = dict(zip(said, session_of(model.SerializeToString(), "g").run(list(said), given), strict=True))
    graph = graph_of(model, given, list(said))
    into = [Cell(name, c_type(array.dtype), array.size, name) for name, array in given.items()]
    out = [
        Cell(name, c_type(array.dtype), array.size, graph.answers[name])
        for name, array in ((name, np.asarray(wanted[name])) for name in said)
    ]
    path = folder / "f.c"
    path.write_text(drawn(graph, into, out).text("f", "/* a test */"))
    found = Baked.of(path, "-O1", "-fsanitize=undefined", "-fno-sanitize-recover").answer(list(given.values()))
    for name in said:
        expected = np.asarray(wanted[name], np.float64).ravel()
        np.testing.assert_allclose(np.ravel(found[name]), expected, rtol=far, atol=far, err_msg=name)
    return path.read_text()


POSITIVE = ("Log", "Sqrt", "Pow", "Reciprocal")
WHOLE = ("Equal", "Mod")
TWO = ("Add", "Sub", "Mul", "Div", "Pow", "Greater", "GreaterOrEqual", "Less", "LessOrEqual")
BOOLEAN = ("And", "Or", "Not", "Where")
VARIADIC = ("Sum", "Mean", "Min", "Max")
ONE = sorted(set(EXPRESSIONS) - {*WHOLE, *TWO, *BOOLEAN, *VARIADIC, "Cast", "Clip", "IsNaN", "IsInf"})


def test_of_one_number(tmp_path: Path) -> None:
    cases = []
    for op in ONE:
        x = normal(2, 3, 5) * 3
        x = np.abs(x) + np.float32(0.1) if op in POSITIVE else x
        x.flat[:3] = 1e-20 if op in POSITIVE else [0.0, -60.0, 60.0]
        cases.append(Case([helper.make_node(op, ["x"], ["y"])], {"x": x}))
    compare(tmp_path, beside(cases))


def test_of_two_numbers(tmp_path: Path) -> None:
    cases = []
    for op in TWO:
        x, z = np.abs(normal(2, 1, 5)) + np.float32(0.1), np.abs(normal(3, 1, seed=1)) + np.float32(0.1)
        flag = op not in ("Add", "Sub", "Mul", "Div", "Pow")
        after = [helper.make_node("Cast", ["b"], ["y"], to=TYPES["float32"])] if flag else []
        cases.append(Case([helper.make_node(op, ["x", "z"], ["b" if flag else "y"]), *after], {"x": x, "z": z}))
    compare(tmp_path, beside(cases))


def test_of_several_numbers(tmp_path: Path) -> None:
    cases = []
    for op in VARIADIC:
        for count in (1, 2, 4):
            given = {f"x{n}": normal(*((4, 3) if n % 2 else (3,)), seed=n) for n in range(count)}
            cases.append(Case([helper.make_node(op, list(given), ["y"])], given))
    compare(tmp_path, beside(cases))


def test_of_flags(tmp_path: Path) -> None:
    x = np.array([[0.0, -1.0, np.nan, np.inf, -np.inf, 3.0]], np.float32)
    nodes = [
        helper.make_node("IsNaN", ["x"], ["n"]),
        helper.make_node("IsInf", ["x"], ["i"]),
        helper.make_node("IsInf", ["x"], ["d"], detect_positive=0),
        helper.make_node("Or", ["n", "i"], ["o"]),
        helper.make_node("Not", ["o"], ["k"]),
        helper.make_node("Where", ["o", "seven", "x"], ["w"]),
        helper.make_node("Greater", ["w", "seven"], ["g"]),
        helper.make_node("And", ["k", "g"], ["a"]),
        helper.make_node("Clip", ["w", "low", "high"], ["c"]),
        helper.make_node("Clip", ["w", "", "high"], ["c2"]),
        *(helper.make_node("Cast", [name], [f"y{name}"], to=TYPES["float32"]) for name in "nidka"),
        helper.make_node("Concat", [*(f"y{name}" for name in "nidka"), "c", "c2"], ["y"], axis=0),
    ]
    constants = {"seven": np.float32(7), "low": np.float32(-0.5), "high": np.float32(2)}
    compare(tmp_path, Case(nodes, {"x": x}, {name: np.array(value) for name, value in constants.items()}))


def test_of_whole_numbers(tmp_path: Path) -> None:
    x = np.array([-(2**63), -(2**62), -8, -1, 0, 7, 2**40, 2**62], np.int64)
    nodes = [
        helper.make_node("Mod", ["x", "seven"], ["m"]),
        helper.make_node("Sub", ["x", "far"], ["s"]),
        helper.make_node("Add", ["s", "x"], ["a"]),
        helper.make_node("Div", ["a", "seven"], ["d"]),
        helper.make_node("Equal", ["x", "seven"], ["e"]),
        helper.make_node("Cast", ["e"], ["c"], to=TYPES["int64"]),
        helper.make_node("Concat", ["m", "s", "a", "d", "c"], ["y"], axis=0),
    ]
    compare(tmp_path, Case(nodes, {"x": x}, {"seven": np.array([7]), "far": np.array([2**61])}))


def test_of_what_no_whole_number_is(tmp_path: Path) -> None:
    x = np.array([np.nan, np.inf, -np.inf, 1e30, -1e30, 2.0**63, -(2.0**63), 2.5, -2.5], np.float32)
    z = np.array([-(2**63), -(2**63) + 1, -3, 0, 2**63 - 1], np.int64)
    nodes = [
        helper.make_node("Cast", ["x"], ["c"], to=TYPES["int64"]),
        helper.make_node("Abs", ["z"], ["a"]),
        helper.make_node("Neg", ["z"], ["n"]),
        helper.make_node("Concat", ["c", "a", "n"], ["y"], axis=0),
    ]
    given: dict[str, np.ndarray] = {"x": x, "z": z}
    model = model_of(nodes, given, {}, ["y"])
    graph = graph_of(model, given, ["y"])
    into = [Cell(name, c_type(array.dtype), array.size, name) for name, array in given.items()]
    path = tmp_path / "f.c"
    out = [Cell("y", "int64_t", len(x) + 2 * len(z), graph.answers["y"])]
    path.write_text(drawn(graph, into, out).text("f", "/* a test */"))
    found = Baked.of(path, "-O1", "-fsanitize=undefined", "-fno-sanitize-recover").answer([x, z])["y"].tolist()
    least = -(2**63)
    assert found[:9] == [least, least, least, least, least, least, least, 2, -2]
    assert found[9:14] == [least, 2**63 - 1, 3, 0, 2**63 - 1]
    assert found[14:] == [least, 2**63 - 1, 3, 0, -(2**63) + 1]


def test_texts_are_not_compared_by_their_addresses() -> None:
    node = helper.make_node("Equal", ["x", "a"], ["e"])
    tensor = helper.make_tensor("a", onnx.TensorProto.STRING, [1], [b"a"])  # type: ignore[list-item]  # onnx takes bytes
    inputs = [helper.make_tensor_value_info("x", onnx.TensorProto.STRING, [1])]
    whole = helper.make_graph([node], "g", inputs, [helper.make_empty_tensor_value_info("e")], [tensor])
    model = helper.make_model(whole, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    graph = graph_of(model, {"x": np.array(["a"], object)}, ["e"])
    with pytest.raises(BadProgram, match="it compares texts"):
        drawn(graph, [Cell("x", "const char *", 1, "x")], [Cell("e", "uint8_t", 1, "e")])


SHAPES = [(1, 5, 3), (1, 70, 33), (3, 7, 2), (8, 16, 80), (13, 4, 48), (9, 1, 1), (1, 1, 100)]


def test_gemm(tmp_path: Path) -> None:
    cases = []
    for (rows, deep, count), after in itertools.product(SHAPES, (False, True)):
        weights, flip = normal(deep, count, seed=1), count % 2
        constants = {"w": weights.T.copy() if flip else weights, "b": normal(count, seed=2), "z": normal(rows, count)}
        nodes = [helper.make_node("Gemm", ["x", "w", "b"], ["g" if after else "y"], transB=flip, alpha=0.5, beta=2.0)]
        if after:
            nodes += [helper.make_node("Add", ["g", "z"], ["a"]), helper.make_node("Relu", ["a"], ["y"])]
        cases.append(Case(nodes, {"x": normal(rows, deep)}, constants))
    compare(tmp_path, beside(cases), far=1e-5)


PRODUCTS = [
    ((1, 6), (6, 5)),
    ((2, 3, 6), (6, 50)),
    ((4, 1, 6), (4, 6, 5)),
    ((4, 9, 6), (4, 6, 70)),
    ((2, 3, 4, 5), (3, 5, 2)),
    ((6,), (6, 5)),
    ((3, 6), (6,)),
]


def test_matmul(tmp_path: Path) -> None:
    cases = []
    for (x, w), constant in itertools.product(PRODUCTS, (True, False)):
        given, known = {"x": normal(*x)}, {"w": normal(*w, seed=1)}
        nodes = [helper.make_node("MatMul", ["x", "w"], ["m"]), helper.make_node("Relu", ["m"], ["y"])]
        cases.append(Case(nodes, given if constant else given | known, known if constant else {}))
    compare(tmp_path, beside(cases), far=1e-5)


CONVS: list[tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]] = [
    ((1, 3, 8, 8), (16, 3, 3, 3), {"pads": [1, 1, 1, 1]}),
    ((1, 1, 9, 7), (33, 1, 3, 3), {"pads": [1, 1, 1, 1], "strides": [2, 2]}),
    ((1, 4, 25, 25), (5, 4, 1, 1), {}),
    ((1, 2, 11, 6), (50, 2, 5, 3), {"dilations": [2, 1], "pads": [2, 0, 1, 1]}),
    ((1, 4, 7, 7), (4, 4, 2, 2), {"auto_pad": "SAME_UPPER"}),
    ((1, 4, 7, 7), (4, 4, 2, 2), {"auto_pad": "SAME_LOWER", "strides": [2, 2]}),
    ((1, 6, 30), (8, 6, 5), {"pads": [2, 2]}),
    ((1, 6, 30), (20, 6, 3), {"dilations": [3]}),
    ((3, 2, 5, 6), (4, 2, 3, 3), {"pads": [1, 1, 1, 1]}),
    ((2, 2, 1, 1), (3, 2, 1, 1), {}),
]


def test_conv(tmp_path: Path) -> None:
    cases = []
    for x, w, attributes in CONVS:
        constants = {"w": normal(*w, seed=1), "b": normal(w[0], seed=2), "w2": normal(3, w[0], *w[2:], seed=3)}
        first = helper.make_node("Conv", ["x", "w", "b"], ["c"], **attributes)
        again = helper.make_node("Conv", ["r", "w2"], ["y"], auto_pad="SAME_UPPER")
        cases.append(Case([first, helper.make_node("Relu", ["c"], ["r"]), again], {"x": normal(*x)}, constants))
    compare(tmp_path, beside(cases), far=5e-5)


POOLS: list[tuple[tuple[int, ...], dict[str, Any]]] = [
    ((1, 3, 8, 8), {"kernel_shape": [2, 2], "strides": [2, 2]}),
    ((1, 3, 7, 9), {"kernel_shape": [2, 2], "strides": [2, 2], "ceil_mode": 1}),
    ((1, 5, 9, 9), {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]}),
    ((1, 5, 21), {"kernel_shape": [2], "strides": [2], "ceil_mode": 1}),
    ((1, 5, 21), {"kernel_shape": [3], "pads": [1, 1]}),
    ((3, 2, 5, 6), {"kernel_shape": [2, 2], "strides": [2, 2], "ceil_mode": 1}),
]


def test_pool(tmp_path: Path) -> None:
    pairs = itertools.product(("MaxPool", "AveragePool"), POOLS)
    cases = [Case([helper.make_node(op, ["x"], ["y"], **how)], {"x": normal(*x)}) for op, (x, how) in pairs]
    compare(tmp_path, beside(cases))


def test_reduce(tmp_path: Path) -> None:
    cases = []
    for op in [name for name in sorted(KNOWN) if name.startswith("Reduce")]:
        nodes = [
            helper.make_node(op, ["x", "two"], ["a"], keepdims=0),
            helper.make_node(op, ["x"], ["all"], keepdims=1),
            helper.make_node("Add", ["a", "all"], ["y"]),
        ]
        cases.append(Case(nodes, {"x": normal(2, 3, 4, 5)}, {"two": np.array([1, -1])}))
    compare(tmp_path, beside(cases), far=2e-5)


def test_along_an_axis(tmp_path: Path) -> None:
    x = np.round(normal(4, 5, 6))  # so that there are ties
    cases = []
    for axis in (0, 1, -1):
        nodes = [helper.make_node("Softmax", ["x"], ["s"], axis=axis)]
        nodes += [helper.make_node(op, ["x"], [op], axis=axis, keepdims=0) for op in ("ArgMax", "ArgMin")]
        cases.append(Case(nodes, {"x": x}, said=("s", "ArgMax", "ArgMin")))
    compare(tmp_path, beside(cases))


def test_moves(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Transpose", ["x"], ["t"], perm=[0, 2, 3, 1]),
        helper.make_node("Reshape", ["t", "flat"], ["r"]),
        helper.make_node("Slice", ["t", "one", "four", "two", "two"], ["s"]),
        helper.make_node("Slice", ["x", "last", "first", "one", "back"], ["b"]),
        helper.make_node("Pad", ["x", "pads", "nine"], ["p"]),
        helper.make_node("Split", ["x"], ["h0", "h1"], axis=3, num_outputs=2),
        helper.make_node("Concat", ["h1", "h0"], ["c"], axis=3),
        helper.make_node("Gather", ["x", "places"], ["g"], axis=1),
        helper.make_node("Unsqueeze", ["s", "one"], ["u"]),
        helper.make_node("Squeeze", ["u", "zero"], ["q"]),
        helper.make_node("Expand", ["k", "wide"], ["e"]),
        helper.make_node("Add", ["e", "x"], ["f"]),
    ]
    constants = {
        **{name: np.array([value]) for name, value in {"one": 1, "two": 2, "four": 4, "zero": 0, "back": -1}.items()},
        "flat": np.array([0, -1]), "last": np.array([-1]), "first": np.array([-(2**63)]),
        "pads": np.array([0, 1, 0, 2, 0, 0, 3, 1]), "nine": np.array(9, np.float32),
        "places": np.array([[2, -1], [0, 1]]), "wide": np.array([1, 3, 4, 6]),
    }  # fmt: skip
    given = {"x": normal(1, 3, 4, 6), "k": normal(1, 3, 1, 1, seed=1)}
    compare(tmp_path, Case(nodes, given, constants, ("r", "s", "b", "p", "c", "g", "q", "f", "e")))


def test_gather_of_a_table(tmp_path: Path) -> None:
    given = {"x": np.array([[0, 3, -1], [2, 1, 3]])}
    nodes = [helper.make_node("Gather", ["table", "x"], ["y"], axis=0)]
    compare(tmp_path, Case(nodes, given, {"table": normal(4, 5)}))


def test_resize(tmp_path: Path) -> None:
    cases = []
    for size, wanted in [((9, 9), (4, 13)), ((25, 30), (8, 30)), ((8, 8), (8, 8))]:
        pixels = chance().integers(0, 256, (1, *size, 3)).astype(np.uint8)
        nodes = [
            helper.make_node("Cast", ["x"], ["f"], to=TYPES["float32"]),
            helper.make_node("Transpose", ["f"], ["t"], perm=[0, 3, 1, 2]),
            helper.make_node("Resize", ["t", "", "", "sizes"], ["y"], axes=[2, 3], mode="linear", antialias=1),
        ]
        cases.append(Case(nodes, {"x": pixels}, {"sizes": np.array(wanted)}))
    compare(tmp_path, beside(cases))


def test_both_branches_and_a_choice(tmp_path: Path) -> None:
    def branch(op: str) -> onnx.GraphProto:
        node = helper.make_node(op, ["x"], [f"{op}.y"])
        return helper.make_graph([node], op, [], [helper.make_empty_tensor_value_info(f"{op}.y")])

    nodes = [
        helper.make_node("ReduceMax", ["x"], ["most"], keepdims=0),
        helper.make_node("Greater", ["most", "one"], ["some"]),
        helper.make_node("If", ["some"], ["y"], then_branch=branch("Neg"), else_branch=branch("Exp")),
    ]
    for x in (np.array([[0.5, 2.0]], np.float32), np.array([[0.5, 0.25]], np.float32)):
        text = compare(tmp_path, Case(nodes, {"x": x}, {"one": np.array(1, np.float32)}))
        assert "expf(" in text and "= -x[i];" in text and "switch" not in text


def test_a_chain_is_one_loop_and_what_is_the_same_is_made_once(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Mul", ["x", "x"], ["a"]),
        helper.make_node("Mul", ["x", "x"], ["b"]),
        helper.make_node("Exp", ["a"], ["c"]),
        helper.make_node("Add", ["b", "c"], ["d"]),
        helper.make_node("Identity", ["d"], ["y"]),
    ]
    text = compare(tmp_path, Case(nodes, {"x": normal(3, 40)}), far=1e-5)
    assert text.count("static void") == 1 and text.count(" * x[i]") == 1


def test_what_cannot_be_done_is_named() -> None:
    x = normal(1, 6)
    model = model_of([helper.make_node("Hardmax", ["x"], ["y"])], {"x": x}, {}, ["y"])
    with pytest.raises(BadProgram, match="it needs Hardmax"):
        drawn(graph_of(model, {"x": x}, ["y"]), [], [])
