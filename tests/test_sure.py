"""How sure, from end to end: what a trained function promises, when its body answers, and what is told of drift."""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wisen import descent
from wisen.errors import BadExamples, BadProgram, BadSignature, Unsure
from wisen.function import Function, function
from wisen.kinds.output import Interval
from wisen.looks import EVERY
from wisen.program import load
from wisen.train import train

OLD = Path(__file__).parent / "fixtures" / "format_1.onnx"
SOURCE = """
from dataclasses import dataclass
from typing import Literal
import wisen

@wisen.function
def place(x: float, y: float | None, colour: Literal["red", "blue"]) -> Literal["in", "out"]:
    "Where a point lies."
    return "in" if x > 0.9 else "out"

@wisen.function(below=0.9)
def careful(x: float, y: float | None, colour: Literal["red", "blue"]) -> Literal["in", "out"]:
    return "out"

@wisen.function(below=0.9)
def alone(x: float, y: float | None, colour: Literal["red", "blue"]) -> Literal["in", "out"]: ...

@dataclass
class Both:
    far: float
    near: bool

@wisen.function
def both(x: float, y: float | None, colour: Literal["red", "blue"]) -> Both: ...
"""
ODD = (40.0, -3.0, "blue")


def inputs(count: int = 300, seed: int = 0) -> list[tuple[Any, ...]]:
    rng = random.Random(seed)
    return [(rng.random(), rng.random(), rng.choice(["red", "blue"])) for _ in range(count)]


def doubles() -> list[Any]:
    """Examples of two answers."""
    return [(row, {"far": row[0] * 10, "near": row[1] > 0.5}) for row in inputs()]


def rows(count: int = 300, seed: int = 0) -> list[Any]:
    return [(row, "in" if row[0] + row[1] > 1 and row[2] == "red" else "out") for row in inputs(count, seed)]


def columns(found: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return list(zip(*found, strict=True))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A module with the functions above, `place` and `careful` trained."""
    from tests.conftest import imported

    folder = tmp_path_factory.mktemp("sure")
    (folder / "sure_places.py").write_text(SOURCE)
    found = imported(folder / "sure_places.py")
    train(found.place, rows(), budget=2, accept=True)
    train(found.careful, rows(), budget=2, accept=True)
    return found


@pytest.fixture
def short(made: Any) -> Iterator[Any]:
    """The module; what its functions counted of drift is forgotten afterwards."""
    yield made
    for each in (made.place, made.careful):
        each._looks.drift, each._looks.calls = None, 0


# ---- features ----------------------------------------------------------------------------------


def test_a_program_tells_the_vectors_that_its_answers_are_said_from(made: Any) -> None:
    program, some = made.place.program, columns(inputs(40, 1))
    found = program.features(some)
    assert found.dtype == np.float32 and found.ndim == 2 and len(found) == 40 and found.std() > 0
    assert "features" not in program.tensors(some) and "unlike" not in program.tensors(some)
    np.testing.assert_allclose(program.features([column[:1] for column in some])[0], found[0], atol=1e-5)


def test_they_are_what_the_network_has_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    from tests.conftest import imported
    from wisen.descent.batches import tensors
    from wisen.plans import read_by
    from wisen.sure.vectors import pooled

    caught: list[Any] = []
    before = vars(descent)["unlike_of"]

    def looked(*given: Any) -> Any:
        caught.append(given)
        return before(*given)

    monkeypatch.setattr(descent, "unlike_of", looked)
    (tmp_path / "seen_places.py").write_text(SOURCE)
    done = train(imported(tmp_path / "seen_places.py").both, doubles(), budget=1, accept=True)
    network, plan = caught[0][:2]
    examples = tensors(done.parts.held_out, read_by([plan], done.program.inputs), (), "cpu")
    with torch.no_grad():
        levels = network.seen(examples.features)
    np.testing.assert_allclose(
        done.program.features(done.parts.held_out.columns()), pooled(levels[0][1].numpy(), levels[0][0]), atol=1e-5
    )
    assert [column.name for column in done.program.outputs] == ["far", "near"]


def test_many_answers_do_not_hold_features_in_memory(made: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    program = made.place.program
    asked: list[list[str]] = []
    run = program.run

    def spy(names: list[str], *rest: Any) -> Any:
        asked.append(list(names))
        return run(names, *rest)

    monkeypatch.setattr(program, "run", spy)
    program.batch(inputs(20))
    made.place(*inputs(1)[0])
    assert asked == [["answer", "answer.probabilities"], ["answer"]]


def test_an_older_program_answers_promises_nothing_and_tells_no_features() -> None:
    program = load(OLD)
    blank = [[column.kind.blank()] for column in program.inputs]
    said = program.predict([each[0] for each in blank])[0]
    assert said.value and (said.within, said.coverage, said.unlike) == (None, None, None)
    with pytest.raises(BadProgram, match="an older wisen wrote it"):
        program.features(blank)
    with pytest.raises(BadProgram, match="cannot say how unlike"):
        program.unlike(blank)
    assert not program.knows and program.sure([each[0] for each in blank])[2] is None


# ---- promises ----------------------------------------------------------------------------------


def test_a_prediction_promises_a_set_with_the_answer_in_it(made: Any) -> None:
    for row in inputs(20, 2):
        said = made.place.predict(*row)
        assert said.within[0] == said.value and said.coverage == 0.9 and set(said.within) <= {"in", "out"}
        assert said.unlike >= 0


def test_numbers_promise_intervals_and_labels_sets(made: Any) -> None:
    train(made.both, doubles(), budget=1, accept=True)
    parts = made.both.predict(*inputs(1)[0]).parts
    assert isinstance(parts["far"].within, Interval) and parts["far"].value in parts["far"].within
    assert isinstance(parts["near"].within, tuple)
    results = {result.output: result.sure for result in made.both.test(doubles()).results}
    assert results["far"].covered.promised == 0.9 and results["far"].covered.share > 0.7
    assert results["far"].by == "unlike" and results["near"].by == "probability"


def test_the_head_to_head_tells_what_became_of_promises(made: Any) -> None:
    report = made.place.test(rows())
    sure = report.results[0].sure
    assert sure.covered.kept and sure.covered.size >= 1
    assert sure.curve[0].share == 1.0 and sure.together is None
    assert sure.curve[0].score == report.results[0].score("learned").first.value
    assert report.to_json()["outputs"]["answer"]["sure"]["covered"]["promised"] == 0.9
    mixed = made.careful.test(rows()).results[0].sure.together
    assert 0 < mixed.share < 1 and mixed.below == 0.9 and mixed.together <= 1


# ---- the body answers --------------------------------------------------------------------------


def test_the_body_answers_where_the_program_is_not_sure_or_has_seen_nothing_like_it(short: Any) -> None:
    careful, program = short.careful, short.careful.program
    assert "unlike" in [tensor.name for tensor in program.session.get_outputs()]
    wanted = []
    for row in inputs(60, 3):
        said = careful.predict(*row)
        alone = said.probability < 0.9 or said.unlike > 1
        wanted.append("out" if alone else said.value)
        assert careful(*row) == wanted[-1]
    assert careful.map(inputs(60, 3)) == wanted and len(set(wanted)) == 2
    assert careful.predict(*ODD).unlike > 1 and careful(*ODD) == "out"


def test_without_a_body_it_says_that_it_is_unsure_and_why(short: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = short.alone
    alone.path.write_bytes(short.place.path.read_bytes())  # trained before below= was written: the same signature
    alone.reload()
    unsure = next(row for row in inputs(200, 4) if alone.predict(*row).probability < 0.9)
    said = {row: alone.predict(*row) for row in inputs(200, 4)}
    sure = next(row for row, each in said.items() if each.probability > 0.95 and each.unlike < 1)
    assert alone(*sure) == short.place(*sure) and alone.map([sure, sure]) == [short.place(*sure)] * 2
    with pytest.raises(Unsure, match=r"alone\(\): the program is sure .* a probability of 0\.\d\d, below 0\.9"):
        alone(*unsure)
    with pytest.raises(Unsure):
        alone.map([sure, unsure])
    monkeypatch.setattr(alone, "below", 0.0)
    with pytest.raises(Unsure, match="has seen nothing like the input"):
        alone(*ODD)


def test_tables_are_answered_in_mixed_operation(short: Any, tmp_path: Path) -> None:
    import csv

    from wisen.answers import answer_table

    table = tmp_path / "rows.csv"
    some = inputs(60, 3)
    with table.open("w", newline="") as file:
        csv.writer(file).writerows([("x", "y", "colour"), *some])
    short.alone.path.write_bytes(short.place.path.read_bytes())
    short.alone.reload()
    for found, empty in ((short.careful, False), (short.alone, True)):
        answer_table(found, table, tmp_path / "said.csv", probability=True)
        with (tmp_path / "said.csv").open(newline="") as file:
            lines = list(csv.DictReader(file))
        doubted = [row for row, line in zip(some, lines, strict=True) if not line[f"{found.name}_probability"]]
        assert 0 < len(doubted) < 60
        assert all((not line[found.name]) == (empty and row in doubted) for row, line in zip(some, lines, strict=True))


def test_a_body_that_fails_is_told_in_mixed_operation(
    short: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from wisen.answers import answer_table, answers

    def broken(x: float, y: float | None, colour: str) -> str:
        raise ZeroDivisionError("by hand")

    monkeypatch.setattr(short.careful, "_body", broken)
    read = short.careful.signature.read
    said = list(answers(short.careful, [(f"row {n}", partial(list, read(row))) for n, row in enumerate(inputs(60, 3))]))
    failed = [(n, each.values, each.bad) for n, each in enumerate(said) if each.bad]
    assert 0 < len(failed) < 60
    assert all(values == (None,) and bad.row == f"row {n}" for n, values, bad in failed)
    assert "ZeroDivisionError: by hand" in failed[0][2].why
    table = tmp_path / "rows.csv"
    table.write_text("\n".join(["x,y,colour", *(",".join(map(str, row)) for row in inputs(60, 3))]) + "\n")
    with pytest.raises(BadExamples, match=f"{len(failed)} of 60 rows have no answer"):
        answer_table(short.careful, table, tmp_path / "said.csv")


@pytest.mark.parametrize("below", [-0.1, 1.1, True, "0.8", float("nan")])
def test_what_is_no_probability_is_refused(below: Any) -> None:
    with pytest.raises(BadSignature, match="is no probability"):

        @function(below=below)
        def f(x: float) -> bool: ...

    assert isinstance(function(below=0)(simple), Function)


def simple(x: float) -> bool:
    return x > 1


# ---- drift -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["place", "careful"])
def test_a_warning_tells_of_drift_at_calls(short: Any, name: str, caplog: pytest.LogCaptureFixture) -> None:
    called = getattr(short, name)
    for row in inputs(300, 5):
        called(*row)
    assert not caplog.records
    for row in inputs(30 * (EVERY if name == "place" else 4), 6):
        called(row[0] * 40, row[1] - 5, row[2])
    assert len(caplog.records) == 1 and f"{name}(): inputs drift" in caplog.text


def test_of_many_in_mixed_operation_one_in_so_many_is_looked_at_and_not_those_that_are_doubted(
    short: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[float] = []
    monkeypatch.setattr(short.careful._looks, "calls", 0)
    monkeypatch.setattr("wisen.sure.drift.Drift.look", lambda self, unlike: looked.append(unlike))
    monkeypatch.setattr(short.careful.program, "sure", lambda values: pytest.fail("asked a second time"))
    some = inputs(300, 3)
    assert "out" in short.careful.map(some)
    wanted = short.careful.program.unlike(columns([some[EVERY - 1], some[2 * EVERY - 1]]))
    np.testing.assert_allclose(looked, wanted, rtol=1e-4, atol=1e-5)


def test_a_few_at_once_are_looked_at_no_more_often_than_calls(short: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[float] = []
    monkeypatch.setattr(short.place._looks, "calls", 0)
    monkeypatch.setattr("wisen.sure.drift.Drift.look", lambda self, unlike: looked.append(unlike))
    for row in inputs(2 * EVERY, 3):
        short.place.map([row])
    assert len(looked) == 2


def test_nobody_who_does_not_want_it_pays_for_it(short: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    logger = logging.getLogger("wisen")
    monkeypatch.setattr(logger, "level", logging.ERROR)
    logger.manager._clear_cache()  # type: ignore[attr-defined]  # what was asked before is remembered
    monkeypatch.setattr(short.place.program, "looking", lambda: pytest.fail("looked"))
    short.place.map(inputs(200))
    logger.manager._clear_cache()  # type: ignore[attr-defined]


def test_a_look_that_fails_fails_no_call_and_none_is_taken_of_a_large_program(
    short: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> Any:
        raise BadProgram("what stands beside its graph is damaged")

    rows = inputs(2 * EVERY, 3)
    monkeypatch.setattr(short.place.program, "looking", broken)
    assert len([short.place(*row) for row in rows]) == len(rows)
    monkeypatch.setattr(type(short.place.program), "light", False)
    monkeypatch.setattr(short.place.program, "looking", lambda: pytest.fail("looked"))
    assert len(short.place.map(rows)) == len(rows)
