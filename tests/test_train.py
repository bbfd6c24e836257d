"""The spine, with every kind of value and every way to call it."""

from __future__ import annotations

import datetime as dt
import importlib
import random
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnx
import pandas as pd
import PIL.Image
import pytest

import wisen
from wisen.descent.schedule import seconds
from wisen.errors import BadExamples, NotTrained
from wisen.export import file_of
from wisen.plans import plans


def test_text_is_learned(module: Any) -> None:
    f = module(
        """
        import wisen

        @wisen.function
        def friendly(message: str) -> bool:
            return "thank" in message
        """
    ).friendly
    rng = random.Random(0)
    good, bad = ["lovely", "great", "superb", "wonderful"], ["awful", "dreadful", "horrid", "terrible"]
    filler = ["the", "service", "was", "and", "we", "have", "seen", "it", "on", "a", "day", "with", "rain"]
    rows = []
    for _ in range(500):
        kind = rng.random() < 0.5
        words = [*rng.choices(filler, k=rng.randint(3, 12)), rng.choice(good if kind else bad)]
        rng.shuffle(words)
        rows.append((" ".join(words), kind))
    outcome = f.train(rows, budget=10)
    assert outcome.report.results[0].score("learned").first.value > 0.95
    assert f("What a WONDERFUL day") is True and f("dreadful, really") is False
    assert f("") in (True, False)


def test_the_order_of_letters_is_learned(module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    f = module(
        """
        import wisen

        @wisen.function
        def rises(word: str) -> bool: ...
        """
    ).rises
    rng = random.Random(0)
    rows = []
    for _ in range(1000):
        letters = rng.choices("aeiou", k=rng.randint(20, 24))
        first = rng.randint(6, 8)  # runs of five letters see neither both nor how far it is to an end
        rising = rng.random() < 0.5
        letters[first], letters[first + rng.randint(5, 7)] = "bd" if rising else "db"
        rows.append(("".join(letters), rising))

    def in_order(*given: Any) -> Any:
        return [plan for plan in plans(*given) if plan.views == ["reads bytes"]]

    monkeypatch.setattr(importlib.import_module("wisen.train"), "plans", in_order)  # the others would only take time
    outcome = f.train(rows, budget=5)
    assert outcome.report.results[0].score("learned").first.value > 0.95
    words = [word for word, _ in rows[:50]]
    assert [f(word) for word in words] == f.map([*words, "a" * 99])[:50]  # alone and beside a longer one
    assert f("") in (True, False)


def test_moments_are_learned(module: Any) -> None:
    f = module(
        """
        from datetime import datetime
        import wisen

        @wisen.function
        def weekend(when: datetime | None) -> bool: ...
        """
    ).weekend
    start, rng = dt.datetime(2024, 1, 1), random.Random(0)
    days = [start + dt.timedelta(hours=rng.randint(0, 24 * 700)) for _ in range(900)]
    outcome = f.train([(day, day.weekday() >= 5) for day in days], budget=15)
    assert outcome.report.results[0].score("learned").first.value > 0.93
    assert f(dt.datetime(2026, 11, 22, 12)) is True and f("2026-11-25T12:00") is False
    assert f(None) in (True, False)


def test_several_inputs_and_outputs_in_records(module: Any) -> None:
    made = module(
        """
        from dataclasses import dataclass
        from enum import Enum
        from typing import NamedTuple
        import wisen

        class Size(Enum):
            SMALL = "s"
            LARGE = "l"

        @dataclass
        class House:
            area: float
            rooms: int
            garden: bool | None

        class Offer(NamedTuple):
            price: float
            size: Size

        @wisen.function
        def value(house: House, *, year: int = 2000) -> Offer:
            "What a house is worth."
            return Offer(house.area * 2.0, Size.SMALL)
        """
    )
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {"Area": rng.uniform(20, 200, 600), "rooms": rng.integers(1, 8, 600), "year": rng.integers(1950, 2020, 600)}
    )
    table["garden"] = [[True, False, None][number % 3] for number in range(600)]
    table["price"] = table["Area"] * 3 + table["rooms"] * 10
    table["size"] = np.where(table["Area"] > 100, "LARGE", "SMALL")
    f = made.value
    outcome = f.train(table, budget=15)
    assert outcome.verdict == "better" and [r.output for r in outcome.report.results] == ["price", "size"]
    said = f(made.House(150.0, 4, None), year=1990)
    assert isinstance(said, made.Offer) and said.size is made.Size.LARGE
    assert said.price == pytest.approx(490, abs=40)
    prediction = f.predict(made.House(50.0, 2, True))
    assert prediction.value.size is made.Size.SMALL and prediction.parts["size"].probability > 0.9


def test_pictures_of_any_size_are_learned(module: Any) -> None:
    f = module(
        """
        import numpy as np
        import wisen
        from wisen import Image

        @wisen.function
        def bright(photo: Image) -> bool:
            return False
        """
    ).bright
    rng = np.random.default_rng(0)
    pairs = []
    for number in range(160):
        high, wide = rng.integers(8, 40, 2)
        pixels = rng.integers(0, 120, (high, wide, 3)) + (number % 2) * 90
        pairs.append((PIL.Image.fromarray(pixels.astype(np.uint8)), bool(number % 2)))
    assert f.train(pairs, budget=10).verdict == "better"
    assert f(np.full((100, 30), 220, np.uint8)) is True
    assert f.map([pairs[0][0], pairs[1][0], np.zeros((9, 9))]) == [False, True, False]


def rows_of_sign(count: int = 300) -> list[tuple[float, bool]]:
    return [(x, bool(x > 0.2)) for x in np.random.default_rng(0).normal(size=count).tolist()]


SIGN = """
import wisen
@wisen.function
def sign(x: float) -> bool:
    return x > 2
"""


def test_a_network_of_ones_own_is_trained_and_shipped(module: Any) -> None:
    torch = pytest.importorskip("torch")
    f = module(SIGN).sign
    outcome = f.train(rows_of_sign(), budget=5, network=torch.nn.Sequential(torch.nn.LazyLinear(8), torch.nn.Tanh()))
    assert outcome.verdict == "better" and f(1.0) is True
    assert ["trunk", "own Sequential", "vector 8", 16] in outcome.program.manifest["architecture"]


def test_test_repeats_the_head_to_head(module: Any, tmp_path: Path) -> None:
    f = module(SIGN).sign
    table = tmp_path / "signs.csv"
    frame = pd.DataFrame([(x, y, "ab"[x > 0]) for x, y in rows_of_sign()], columns=["x", "sign", "half"])
    frame.to_csv(table, index=False)
    with pytest.raises(NotTrained, match=r"no program to test\n.*wisen train"):
        f.test(table)
    trained = f.train(table, budget=5).report
    again = f.test(by="half")  # the examples of the last training are remembered
    assert again.results[0].scores == trained.results[0].scores
    assert {piece.value for piece in again.slices} == {"a", "b"}
    assert sum(piece.count for piece in again.slices) == again.held_out
    with pytest.raises(BadExamples, match=r"no column 'hafl'\nDid you mean 'half'"):
        f.test(by="hafl")


def test_groups_stay_on_one_side(module: Any) -> None:
    f = module(SIGN).sign
    table = pd.DataFrame(rows_of_sign(), columns=["x", "sign"])
    table["person"] = [f"p{n % 30}" for n in range(len(table))]
    parts = f.train(table, budget=3, group="person").parts
    people = [set(part.others["person"]) for part in (parts.training, parts.validation, parts.held_out)]
    assert not (people[0] & people[1] or people[0] & people[2] or people[1] & people[2])


def test_more_examples_never_move_one_across(module: Any) -> None:
    f = module(SIGN).sign
    few, many = f.train(rows_of_sign(200), budget=2).parts, f.train(rows_of_sign(300), budget=2).parts
    assert set(few.held_out.digests) <= set(many.held_out.digests)
    assert set(few.training.digests) <= set(many.training.digests)


def test_a_program_is_tested_by_the_split_that_it_was_trained_with(module: Any) -> None:
    f = module(SIGN).sign
    parts = f.train(rows_of_sign(), budget=2).parts
    assert f.test(rows_of_sign()).held_out == len(parts.held_out)
    manifest = {**f.program.manifest, "split": {**f.program.manifest["split"], "held_out": 0.1}}
    f.path.write_bytes(file_of(onnx.load(f.path), manifest))  # as an earlier release might have written it
    f.reload()
    assert 0 < f.test(rows_of_sign()).held_out < len(parts.held_out) / 2


def test_what_a_program_says_of_itself(module: Any) -> None:
    f = module(SIGN).sign
    first = f.train(rows_of_sign(), budget=3)
    manifest = wisen.load(first.path).manifest
    assert manifest["report"]["verdict"] == "better" and manifest["parent"] is None
    assert manifest["examples"]["held_out"] == len(first.parts.held_out)
    assert len(manifest["examples"]["hash"]) == 64 and manifest["function"] == "sign"
    second = f.train(rows_of_sign(400), budget=3)
    assert len(wisen.load(second.path).manifest["parent"]) == 64


@pytest.mark.parametrize(
    ("said", "meant"), [(90, 90), ("90", 90), ("60s", 60), ("1.5 min", 90), ("2h", 7200), (0, 0), ("1 Minute", 60)]
)
def test_a_budget_is_a_time(said: Any, meant: float) -> None:
    assert seconds(said) == meant


@pytest.mark.parametrize("said", ["soon", "5 parsecs", "-3s", "inf", ""])
def test_what_is_no_budget_is_refused(said: str) -> None:
    with pytest.raises(BadExamples, match="is no time\nWrite 60s, 5min or 2h"):
        seconds(said)


def test_what_is_odd_is_said_in_python_too(module: Any, capsys: pytest.CaptureFixture[str]) -> None:
    f = module(SIGN).sign
    outcome = f.train([*rows_of_sign(), ("abc", True)], budget=2)
    assert "1 of 301 examples are left out" in capsys.readouterr().err
    assert "abc" in outcome._repr_html_() and "nan" not in outcome._repr_html_()


def test_what_training_gives_prints_itself(module: Any) -> None:
    f = module(SIGN).sign
    outcome = f.train(rows_of_sign(), budget=2)
    assert len(repr(outcome)) < 1500 and "sign: better, on" in repr(outcome)
    lines = str(f.test(rows_of_sign())).splitlines()
    assert lines[0] == outcome.report.title
    assert [line.split("  ")[0] for line in lines[1:]] == [
        *("answer", "by hand", "naive", "learned"),
        *("gain over by hand", "gain over naive"),
    ]
    assert repr(outcome.program).startswith("<program ")


def test_a_function_that_is_not_decorated_is_refused() -> None:
    for verb in (wisen.train, wisen.test):
        with pytest.raises(wisen.BadSignature, match=r"len is no decorated function\nWrite @wisen.function"):
            verb(len, [])  # type: ignore[arg-type]  # that it is refused is what is tested


def test_the_process_keeps_its_own_random_numbers(module: Any) -> None:
    import torch

    before = torch.random.get_rng_state()
    module(SIGN).sign.train(rows_of_sign(), budget=1, seed=7)
    assert torch.equal(before, torch.random.get_rng_state())


def test_memory_that_runs_out_on_the_way_is_told(module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def export(*given: Any, **named: Any) -> None:
        raise RuntimeError("[ONNXRuntimeError] : 6 : Exception during initialization: std::bad_alloc")

    monkeypatch.setattr(importlib.import_module("wisen.within"), "export", export)
    with pytest.raises(wisen.WisenError, match=r"not enough memory for this training\nMake the inputs or the network"):
        module(SIGN).sign.train(rows_of_sign(), budget=0)


def test_the_order_of_the_examples_makes_no_difference(module: Any) -> None:
    f, rows = module(SIGN).sign, rows_of_sign()
    models = []
    for brought in (rows, rows[::-1]):
        models.append(onnx.load(f.train(brought, budget=600, fresh=True).path))  # so that nothing is cut short
        f.path.unlink()  # a program's manifest names the one before it
    assert models[0] == models[1]


def test_the_metric_that_decides_is_kept_in_the_program(module: Any) -> None:
    f = module(SIGN).sign
    rows = [row for number, row in enumerate(rows_of_sign(400)) if row[1] or number % 8 == 0]  # few are negative
    outcome = f.train(rows, budget=3, metric="balanced accuracy", accept=True)
    score = outcome.report.results[0].score("learned")
    assert score.first.name == "balanced accuracy" == f.test(rows).results[0].score("learned").first.name
    assert {"calibration error", "calibration error before"} <= {metric.name for metric in score.metrics}
    wrong = r"the metric 'balanced' cannot decide about answer: bool\nDid you mean 'balanced accuracy'\?"
    with pytest.raises(wisen.BadSignature, match=wrong):
        f.train("nowhere.csv", metric="balanced")  # refused before anything is read
    with pytest.raises(wisen.BadSignature, match="There is: accuracy, balanced accuracy"):
        f.train("nowhere.csv", metric="R2")


def answers_right(outcome: Any) -> float:
    """The share of right answers of the learned program."""
    (result,) = outcome.report.results
    (learned,) = [score for score in result.scores if score.rival == "learned"]
    return float(learned.metrics[0].value)


def test_two_pictures_share_their_encoder_in_the_program(module: Any) -> None:
    alike = module(
        """
        import wisen
        from wisen import Image

        @wisen.function
        def alike(a: Image, b: Image) -> bool: ...
        """
    ).alike
    random = np.random.default_rng(0)
    shapes = np.zeros((4, 8, 8))
    shapes[0, :4], shapes[1, 4:], shapes[2, :, :4], shapes[3, :, 4:] = 1, 1, 1, 1
    which = random.integers(0, 4, (300, 2))
    which[::2, 1] = which[::2, 0]
    pictures = (shapes[which] * 150 + random.integers(0, 100, (300, 2, 8, 8))).astype(np.uint8)
    table = {"a": list(pictures[:, 0]), "b": list(pictures[:, 1]), "answer": which[:, 0] == which[:, 1]}
    outcome = alike.train(table, budget=8)
    assert outcome.installed and answers_right(outcome) > 0.9
    layers = [row[0] for row in outcome.program.manifest["architecture"]]
    assert "a, b" in layers and not {"a", "b"} & set(layers)


def test_a_whole_network_of_ones_own_is_trained_and_shipped(module: Any) -> None:
    torch = pytest.importorskip("torch")
    f = module(SIGN).sign
    whole = torch.nn.Sequential(torch.nn.Linear(1, 8), torch.nn.Tanh(), torch.nn.Linear(8, 2))
    outcome = f.train(rows_of_sign(), budget=5, network={"whole": whole}, accept=True)
    assert answers_right(outcome) > 0.9 and f(1.5) is True and f(-1.5) is False


def test_skewed_answers_are_learned_as_logarithms_where_that_is_better(module: Any) -> None:
    f = module(
        """
        import wisen

        @wisen.function
        def price(size: float, age: float) -> float: ...
        """
    ).price
    rng = np.random.default_rng(0)
    sizes, ages, noise = rng.uniform(0, 4, 400), rng.uniform(0, 4, 400), rng.normal(0, 0.1, 400)
    rows = [((float(s), float(a)), float(np.exp(s - a + e))) for s, a, e in zip(sizes, ages, noise, strict=True)]
    outcome = f.train(rows, budget=10)
    assert "answers as logarithms" in outcome.program.manifest["chosen"] and outcome.verdict == "better"
    assert f(4.0, 0.0) == pytest.approx(np.exp(4.0), rel=0.3)


def test_a_candidate_stands_in_a_file_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from wisen import state

    spine = importlib.import_module("wisen.train")
    function: Any = SimpleNamespace(path=tmp_path / "f.onnx")
    function.path.write_bytes(b"a program that fits no more")
    monkeypatch.setattr(spine, "installed", lambda function: None)
    monkeypatch.setattr(spine, "candidate", lambda function: "the candidate")
    assert spine.standing(function) == ("the candidate", state.candidate(function.path))
