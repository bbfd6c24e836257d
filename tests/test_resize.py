"""A program of another size: what is asked, which plan that is, what it learns from, and what the old one is for."""

from __future__ import annotations

import hashlib
import json
import random
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import PIL.Image
import pytest
import torch

import wisen
from tests.cli.conftest import typed, written
from wisen import state
from wisen.descent.parent import Parent
from wisen.drafts import Drafts
from wisen.errors import NotTrained, WisenError
from wisen.examples import Rule, fitted
from wisen.kept import kept
from wisen.kinds import KINDS
from wisen.plans import plans
from wisen.program import load, parse
from wisen.sizes import measures, rungs
from wisen.sizes.rungs import measured, narrower
from wisen.sizes.scaled import alone, scaled, shallower, single, sizeable
from wisen.sizes.target import Target
from wisen.train import divided

SOURCE = """
    import wisen

    @wisen.function
    def inside(x: float, y: float) -> bool:
        "Whether a point lies in the ring."
        return x > 0

    @wisen.function
    def straight(x: float, y: float) -> bool: ...
"""


def ring(count: int, seed: int = 0) -> list[tuple[tuple[float, float], bool]]:
    rng = random.Random(seed)
    points = [(rng.uniform(-1, 1), rng.uniform(-1, 1)) for _ in range(count)]
    return [((x, y), 0.3 < x * x + y * y < 0.9) for x, y in points]


def quiet(event: Any) -> None:
    """Hears nothing."""


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A function with a program that is no linear one, its examples in a file."""
    folder = tmp_path_factory.mktemp("ring")
    file, rows = written(folder, SOURCE), folder / "ring.csv"
    rows.write_text("x,y,inside\n" + "".join(f"{x},{y},{answer}\n" for (x, y), answer in ring(500)))
    said = typed("train", f"{file}:inside", "--examples", rows, "--budget", "10")
    assert said.code == 0, said.err
    return SimpleNamespace(file=file, rows=rows, path=folder / f"{file.stem}.inside.onnx")


@pytest.fixture
def installed(trained: SimpleNamespace) -> Any:
    """The same function as it was after its training, whatever a test did to it."""
    from wisen.find import find

    data, network = trained.path.read_bytes(), list(state.folder(trained.path).glob("network.*.pt"))
    kept_networks = {path: path.read_bytes() for path in network}
    function = find(f"{trained.file}:inside")
    function.reload()
    yield function
    trained.path.write_bytes(data)
    for path, content in kept_networks.items():
        path.write_bytes(content)
    state.before(trained.path).unlink(missing_ok=True)
    function.reload()


@pytest.fixture(autouse=True)
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is measured is measured once, of a few plans, and memory is not."""
    monkeypatch.setattr(rungs, "ROUNDS", 1)
    monkeypatch.setattr(rungs, "FACTORS", (0.5, 0.125))
    monkeypatch.setattr(rungs, "SHALLOW", (0.25,))
    monkeypatch.setattr(measures, "ROUNDS", 1)
    monkeypatch.setattr(measures, "LONGEST", 0.1)
    monkeypatch.setattr(measures, "peak", lambda path, program, rows: 1)


# ---- what is asked -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ({"time_per_call": "20us"}, 20e-6),
        ({"time_per_call": "1.5 ms"}, 1.5e-3),
        ({"time_per_call": 3e-5}, 3e-5),
        ({"faster": "2x"}, 2.0),
        ({"size": "50kB"}, 50_000.0),
        ({"size": 4096}, 4096.0),
        ({"width": "50%"}, 0.5),
        ({"width": 0.25}, 0.25),
    ],
)
def test_a_target_is_read_as_a_person_writes_it(said: dict[str, Any], value: float) -> None:
    target = Target.of(**said)
    assert getattr(target, target.name) == pytest.approx(value) and target.name in said


def test_a_target_is_one_and_an_amount() -> None:
    for said in ({}, {"faster": 2, "width": 0.5}, {"better": True, "size": "5kB"}):
        with pytest.raises(WisenError, match="one target"):
            Target.of(**said)
    for wrong in ({"faster": "twice"}, {"size": "50 apples"}, {"time_per_call": "20"}, {"width": -1}, {"width": 0}):
        with pytest.raises(WisenError, match="no such amount"):
            Target.of(**wrong)


def test_a_target_is_met_by_what_was_measured() -> None:
    assert Target(faster=2.0).met(100e-6, 50e-6, 10**9) and not Target(faster=2.0).met(100e-6, 60e-6, 0)
    assert Target(size=1000.0).met(1.0, 9.0, 1000) and not Target(size=1000.0).met(1.0, 0.1, 1001)
    assert Target(width=0.5).met(1.0, 9.0, 10**9)


# ---- plans -------------------------------------------------------------------------------------


def test_plans_are_scaled_in_all_their_widths_and_still_fit(installed: Any) -> None:
    plan = kept(installed.path, None, installed.program.feeds).architecture
    assert plan.width and not plan.linear
    for factor in (0.1, 0.5, 1.5, 3.0):
        other = scaled(plan, factor)
        assert other.reads == plan.reads and [part.name for part in other.parts()] == [p.name for p in plan.parts()]
        network = other.build().eval()
        given = {part.name: torch.zeros(2, getattr(part.form, "width", 0)) for part in plan.encoders}
        assert network(given).keys() == {"answer"}
        assert (sum(w.numel() for w in network.parameters()) > sum(w.numel() for w in plan.build().parameters())) == (
            factor > 1
        )
    assert scaled(plan, 1.0) == plan
    assert single(alone(plan)) and alone(alone(plan)) == alone(plan)
    less = shallower(alone(plan))
    assert less is not None and len(less.trunk.layers) < len(plan.trunk.layers)
    assert less.build().eval()(given)["answer"].shape == (2, 2)
    assert shallower(less) is None


def test_rungs_are_measured_before_anything_is_learned(installed: Any, trained: SimpleNamespace) -> None:
    program = installed.program
    plan = alone(kept(installed.path, None, program.feeds).architecture)
    parts = divided(installed, state.Source(trained.rows), Rule.of(program.manifest))
    drafts = Drafts(program.inputs, program.outputs, "inside", "", False, parts.learning)
    plans = [scaled(plan, 4.0), scaled(plan, 0.25)]
    (wide, narrow), now, empty = measured(plans, drafts, program)
    assert wide.bytes > narrow.bytes and wide.weights > narrow.weights
    assert 0 < empty < wide.seconds and now > 0
    assert all(single(each) for each in narrower(plan)) and plan not in narrower(plan)


PLACED = """
    from typing import Literal
    import wisen
    from wisen import Box, Image

    @wisen.function
    def upper(text: str) -> str: ...

    @wisen.function
    def found(photo: Image) -> list[Box[Literal["dot"]]]: ...
"""


@pytest.mark.parametrize("name", ["upper", "found"])
def test_answers_that_read_places_have_sizes_and_a_bound_too(name: str, module: Any) -> None:
    function, rng = getattr(module(PLACED), name), random.Random(0)
    words = ["".join(rng.choice("abcdefgh") for _ in range(4)) for _ in range(60)]
    pictures = [PIL.Image.new("L", (24, 24), number) for number in range(60)]
    rows = {
        "upper": [(word, word.upper()) for word in words],
        "found": [(picture, [wisen.Box("dot", 2, 2, 9 + place % 9, 9)]) for place, picture in enumerate(pictures)],
    }[name]
    parts = divided(function, state.Source(rows), Rule())
    inputs, outputs = fitted(parts, None)
    drafts = Drafts(inputs, outputs, name, "", False, parts.learning)
    plan = plans(inputs, outputs)[-1]
    assert sizeable(plan) and single(plan)
    (wide, narrow), _, empty = measured([plan, scaled(plan, 0.5)], drafts, parse(drafts.of(plan), "a draft"))
    assert narrow.weights < wide.weights and narrow.bytes < wide.bytes and 0 < empty < wide.seconds


# ---- teachers ----------------------------------------------------------------------------------


def test_numbers_and_labels_learn_beside_the_truth() -> None:
    kinds: Any = KINDS
    number = kinds["number"]().fit([0.0, 2.0, 4.0])
    lesson = number.lesson(number, {"": np.array([2.0, 2.0], np.float32)})
    truth = torch.from_numpy(number.target([0.0, 4.0]))
    mixed = number.mixed(truth, torch.from_numpy(lesson), 0.5)
    assert torch.allclose(mixed, truth / 2)
    label = kinds["category"](choices=("a", "b"))
    chances = np.array([[0.9, 0.1], [0.2, 0.8]], np.float32)
    lesson = label.lesson(label, {"": np.array(["a", "b"]), "probabilities": chances})
    mixed = label.mixed(torch.tensor([1, 1]), torch.from_numpy(lesson), 0.5)
    assert torch.allclose(mixed, torch.tensor([[0.45, 0.55], [0.1, 0.9]]))
    assert label.loss(torch.zeros(2, 2), mixed).shape == (2,)  # the loss takes them as it takes the truth
    assert label.lesson(kinds["category"](choices=("a", "c")), {"probabilities": chances}) is None


def test_a_kind_without_lessons_learns_from_the_truth_only(installed: Any) -> None:
    kinds: Any = KINDS
    text = kinds["text"]()
    assert text.lesson(text, {"": np.array(["a"])}) is None
    with pytest.raises(TypeError, match="truth only"):
        text.mixed(torch.zeros(1), torch.zeros(1), 0.5)
    targets = {"answer": torch.tensor([0, 1])}
    assert Parent().told(targets, installed.program.outputs, 0.5)["answer"] is targets["answer"]


# ---- the whole way -----------------------------------------------------------------------------


def test_half_as_wide_learns_with_a_teacher_and_takes_its_place(installed: Any) -> None:
    before, plan = installed.path.read_bytes(), kept(installed.path, None, installed.program.feeds).architecture
    found = installed.resize(width=0.5, budget=6, accept=True, listen=quiet)

    assert found.installed and found.path == installed.path and found.met
    assert found.new.parameters < found.old.parameters and found.new.bytes < found.old.bytes
    assert found.old.p99 >= found.old.median > found.empty > 0
    new = kept(installed.path, None, installed.program.feeds).architecture
    assert new.width == plan.width // 2
    assert any("taught" in each.how for each in found.tried) or "given up" in str(found)
    assert installed(0.7, 0.2) in (True, False)
    assert load(installed.path).manifest["parent"] == hashlib.sha256(before).hexdigest()

    text, told = str(found), found.to_json()
    for word in ("the program of before", "resized", "99th percentile", "target: 0.5 times as wide: met", "--back"):
        assert word in text
    assert json.loads(json.dumps(told))["target"] == {"name": "width", "value": 0.5}
    assert "<table>" in found._repr_html_() and "An empty program" in found._repr_html_()

    resized = installed.path.read_bytes()
    assert installed.back() == installed.path and installed.path.read_bytes() == before
    kept(installed.path, None, installed.program.feeds)  # with its network
    installed.back()
    assert installed.path.read_bytes() == resized


def test_the_held_out_examples_have_no_part_in_it(installed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from wisen.sizes import resize as room

    seen: list[Any] = []

    def learn(plans: Any, parts: Any, *rest: Any) -> None:
        seen.append((parts, rest[-1]))
        raise Done

    monkeypatch.setattr(room, "learn", learn)
    with pytest.raises(Done):
        installed.resize(width=0.5, budget=1, listen=quiet)
    ((parts, parent),) = seen
    assert len(parent.lessons["answer"]) == len(parts.learning)  # and none more


class Done(Exception):
    """Far enough."""


def test_a_worse_one_stays_a_candidate(installed: Any) -> None:
    before = installed.path.read_bytes()
    found = installed.resize(width=0.01, budget=1, listen=quiet)
    assert not found.installed and found.path == state.candidate(installed.path)
    assert installed.path.read_bytes() == before and not state.before(installed.path).exists()
    assert found.worse and "worse" in str(found)


def test_wider_grows_from_the_weights_that_there_are(installed: Any) -> None:
    found = installed.resize(better=True, budget=4, accept=True, listen=quiet)
    assert found.new.parameters > found.old.parameters
    assert any("grown" in each.how for each in found.tried), found.tried
    assert found.met == all(each.value > 0 for each in found.differences.values())


def test_other_examples_may_have_other_words_and_sizes(tmp_path: Path, trained: SimpleNamespace) -> None:
    from wisen.find import find

    words = ["one", "two", "three", "four", "five", "six", "seven", "eight"]
    rng = random.Random(0)

    def table(count: int, most: int) -> Path:
        rows = [(" ".join(rng.choices(words[:most], k=4)), rng.random()) for _ in range(count)]
        path = tmp_path / f"{most}.csv"
        path.write_text(
            "note,size,two\n" + "".join(f"{note},{size},{('two' in note) == (size > 0.5)}\n" for note, size in rows)
        )
        return path

    file = written(
        tmp_path, "import wisen\n\n@wisen.function\ndef two(note: str, size: float) -> bool: return size > 2\n"
    )
    few, many = table(150, 3), table(200, 8)
    function = find(f"{file}:two")
    function.train(few, budget=3, accept=True, listen=quiet)
    before = {row[0]: row[2] for row in kept(function.path, None, load(function.path).feeds).architecture.rows()}
    found = function.resize(many, width=2, budget=3, accept=True, listen=quiet)
    after = {row[0]: row[2] for row in kept(function.path, None, load(function.path).feeds).architecture.rows()}
    assert found.installed and after.keys() == before.keys()
    assert function("seven two one one", 0.5) in (True, False)


def test_what_cannot_be_met_is_said_with_the_nearest_that_can(installed: Any, trained: SimpleNamespace) -> None:
    function = f"{trained.file}:inside"
    said = typed("resize", function, "--time-per-call", "1ns")
    assert said.code == 2 and "an empty program" in said.err.replace("one of an empty", "an empty")
    assert "The nearest that can be met: wisen resize" in said.err and "--time-per-call" in said.err
    said = typed("resize", function, "--size", "1kB")
    assert said.code == 2 and "the smallest of its plans" in said.err and "--size" in said.err
    assert typed("resize", function).code == 2
    assert typed("resize", function, "--faster", "2", "--better").code == 2
    assert typed("resize", function, "--back", "--width", "0.5").code == 2


def test_a_target_that_is_met_already_asks_for_nothing(installed: Any) -> None:
    for said in ({"size": "10MB"}, {"faster": 0.5}, {"time_per_call": "1s"}):
        with pytest.raises(WisenError, match=r"inside\(\) needs no resizing .*a call takes"):
            installed.resize(**said, listen=quiet)


def test_a_plan_with_a_layer_less_is_learned_anew(installed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rungs, "narrower", lambda plan: [shallower(alone(plan))])
    monkeypatch.setattr("wisen.sizes.choice.narrower", rungs.narrower)
    found = installed.resize(size=installed.path.stat().st_size - 100, budget=1, listen=quiet)
    assert found.new.parameters < found.old.parameters and not any("grown" in each.how for each in found.tried)


def test_what_was_kept_of_a_resizing_that_was_cut_off_is_no_program_of_before(installed: Any) -> None:
    state.write(state.before(installed.path), installed.path.read_bytes())
    with pytest.raises(NotTrained, match="no program of before a resizing"):
        installed.back()


def test_after_another_training_there_is_no_program_of_before(installed: Any, trained: SimpleNamespace) -> None:
    state.write(state.before(installed.path), b"another one")
    assert installed.train(trained.rows, budget=1, accept=True, listen=quiet).installed
    assert not state.before(installed.path).exists()


def test_a_program_that_was_trained_elsewhere_cannot_be_resized(installed: Any) -> None:
    for path in state.folder(installed.path).glob("network.*.pt"):
        path.unlink()
    with pytest.raises(WisenError, match="cannot be resized: there is no network beside") as error:
        installed.resize(width=0.5, listen=quiet)
    assert error.value.hint.startswith("Train it here: wisen train")


def test_more_examples_are_read_as_those_of_before(installed: Any, tmp_path: Path, trained: SimpleNamespace) -> None:
    from wisen.sizes.resize import sourced

    last = sourced(installed, None)
    assert Path(last.examples).resolve() == trained.rows.resolve()
    more = sourced(installed, tmp_path / "more.csv")
    assert more.examples == tmp_path / "more.csv" and (more.returns, more.columns) == (last.returns, last.columns)


def test_linear_programs_have_no_width(tmp_path: Path, module: Any) -> None:
    function = module(SOURCE).straight
    rows = [((x, y), x + y > 0) for (x, y), _ in ring(200)]
    with pytest.raises(NotTrained, match="no program to resize"):
        function.resize(rows, width=0.5)
    with pytest.raises(NotTrained, match="no program of before"):
        function.back()
    function.train(rows, budget=1, accept=True, listen=quiet)
    if kept(function.path, None, load(function.path).feeds).architecture.linear:
        with pytest.raises(WisenError, match="linear"):
            function.resize(rows, width=0.5, listen=quiet)
        with pytest.raises(WisenError, match=r"linear: .*one of an empty program") as error:
            function.resize(rows, faster=2, listen=quiet)
        assert "Let a training try others" in error.value.hint


def test_the_command_prints_old_and_new_and_brings_the_old_one_back(installed: Any, trained: SimpleNamespace) -> None:
    function, before = f"{trained.file}:inside", trained.path.read_bytes()
    said = typed("resize", function, "--width", "0.5", "--budget", "4", "--accept")
    assert said.code == 0, said.err
    for word in (
        "old and new, side by side",
        "the program of before",
        "resized",
        "an answer in a batch",
        "Installed: ",
    ):
        assert word in said.out
    said = typed("resize", function, "--back", "--json")
    assert said.code == 0 and json.loads(said.out)["program"].endswith(".inside.onnx")
    assert trained.path.read_bytes() == before
    said = typed("resize", function, "--width", "0.01", "--budget", "1", "--json")
    told = json.loads(said.out)
    assert said.code == 1 and not told["installed"] and told["before"]["median"] > 0 and told["empty"] > 0
