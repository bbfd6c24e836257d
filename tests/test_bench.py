"""The measurements' table: it says what was missed, and takes its own place in the page only; the judge of peers."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pandas
import pytest
from bench import beside, large, table, tasks
from bench.beside import Figures, number, quality_row, ranks, seconds_row, when
from bench.measured import judged, median
from bench.options import Options, options
from bench.peers import PEERS
from bench.peers.environment import ENVIRONMENTS
from bench.peers.part import Split
from bench.peers.wisen import cells, source
from bench.table import Beside, Row, finish, markdown, processes, side_by_side

from wisen.signature import signature_of


def test_a_table_lists_every_row_and_what_was_missed() -> None:
    text = markdown([Row("a call", "12 µs", "alone 9 µs", "40 µs", True), Row("b", "5", "", "2", False), Row("c", "1")])
    lines = text.splitlines()
    assert len(lines) == 5 and len({len(line) for line in lines}) == 1
    assert "reached" in lines[2] and "**missed**" in lines[3] and "reached" not in lines[4]


@pytest.mark.parametrize(("reached", "code"), [(True, 0), (False, 1), (None, 0)])
def test_a_measurement_fails_only_where_something_is_missed(monkeypatch, capsys, reached, code) -> None:
    monkeypatch.setattr(sys, "argv", ["bench"])
    with pytest.raises(SystemExit) as raised:
        finish("calls", [Row("a call", "12 µs", reached=reached)], "How.")
    assert raised.value.code == code
    assert "12 µs" in capsys.readouterr().out


def test_write_changes_its_part_of_the_page_only(monkeypatch, tmp_path) -> None:
    page = tmp_path / "README.md"
    start = "<!-- start -->\n<!-- end of start -->\n"
    page.write_text(f"# Top\n<!-- calls -->\nold\n<!-- end of calls -->\nmiddle\n{start}")
    monkeypatch.setattr(table, "PAGE", page)
    monkeypatch.setattr(sys, "argv", ["bench", "--write"])
    for value in ("12 µs", "13 µs"):
        with pytest.raises(SystemExit):
            finish("calls", [Row("a call", value)], "How.")
    text = page.read_text()
    assert text.startswith("# Top\n<!-- calls -->\n| what") and "old" not in text
    assert "13 µs" in text and "12 µs" not in text
    assert text.endswith(f"<!-- end of calls -->\nmiddle\n{start}")


def test_the_page_has_a_place_for_each_measurement() -> None:
    page = table.PAGE.read_text()
    peers = ("small", "tables", "text", "pictures", "person", "loop", "accuracy_time", "whole", "large")
    for name in ("calls", "start", "gallery", "unlike", "coverage", *peers):
        assert (table.PAGE.parent / f"{name}.py").exists()
        assert page.index(f"<!-- {name} -->\n") < page.index(f"<!-- end of {name} -->\n")


def test_clocks_give_medians(tmp_path) -> None:
    found = side_by_side({"short": lambda: None, "long": lambda: sum(range(2000))}, blocks=2, size=20)
    assert 0 < found["short"] < found["long"]
    found = processes({"nothing": [sys.executable, "-c", "pass"]}, times=1, folder=tmp_path)
    assert 0 < found["nothing"] < 30


# ---- beside peers --------------------------------------------------------------------------------


def figures(**accuracies: list[float]) -> Figures:
    """The figures of peers on MNIST, an accuracy a seed."""
    typed = Options(("mnist5k",), tuple(accuracies), (0, 1, 2), 0.0, (), False)
    results = {
        ("mnist5k", peer): [{"quality": {"accuracy": each}, "fit": 1.0, "date": "2026-01-01"} for each in found]
        for peer, found in accuracies.items()
    }
    return Figures(typed, lambda task, peer: 0.0, results)


def test_every_peer_is_a_file_and_has_an_environment() -> None:
    for peer in PEERS.values():
        assert (table.PAGE.parent / "peers" / f"{peer.module}.py").exists()
        assert not peer.environment or peer.environment in ENVIRONMENTS


@pytest.mark.parametrize(
    ("mine", "spread", "reached", "words"),
    [
        (0.97, 0.01, True, "0.010 ahead of Keras"),
        (0.96, 0.01, True, "level with Keras"),
        (0.955, 0.01, True, "behind Keras by 0.005, within its standard error of 0.010"),
        (0.9, 0.01, False, "behind Keras by 0.060 (standard error 0.010)"),
    ],
)
def test_a_row_says_in_words_how_far_behind_it_is(monkeypatch, mine, spread, reached, words) -> None:
    monkeypatch.setattr(beside, "error", lambda *asked: spread)
    found = figures(wisen=[mine] * 3, keras=[0.5, 0.96, 0.99], fastai=[0.9] * 3)
    row = quality_row(found, "mnist5k", "accuracy")
    assert (row.reached, row.words) == (reached, words)
    assert list(row.values) == [f"{mine:.3f}", "0.960", "0.900"]
    assert len(row.cells()) == len(found.head)


def test_a_row_of_peers_alone_judges_nothing() -> None:
    row = quality_row(figures(keras=[0.9] * 3), "mnist5k", "accuracy", 0.98)
    assert row.reached is None and row.values == ["0.900"]
    assert quality_row(figures(wisen=[0.9] * 3, keras=[math.nan] * 3), "mnist5k", "accuracy").values[1] == "–"


def test_seconds_must_not_be_more_than_is_allowed() -> None:
    found = figures(wisen=[1.0] * 3, keras=[1.0] * 3)
    assert seconds_row(found, "mnist5k", "fit", 0.5, "≤ 0.5 s").reached is False
    assert seconds_row(found, "mnist5k", "fit", 2.0).reached is True
    assert "2026-01-01" in when(found)


def test_a_rank_is_shared_and_needs_every_task() -> None:
    assert ranks(figures(wisen=[0.9] * 3, keras=[0.9] * 3, fastai=[0.8] * 3)) == {
        "wisen": 1.5,
        "keras": 1.5,
        "fastai": 3.0,
    }
    assert "fastai" not in ranks(figures(wisen=[0.9] * 3, fastai=[0.9, math.nan, 0.9]))


def test_the_judge_reads_probabilities_scores_and_numbers() -> None:
    truth = np.array([0, 1, 1, 0])
    sure = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.7, 0.3]])
    found = judged("category", truth, sure)
    assert found["accuracy"] == 0.75 and found["ROC AUC"] == 1.0 and 0 < found["log loss"] < 1
    assert judged("category", truth, sure[:, 1])["ROC AUC"] == 1.0
    assert judged("number", np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.5])) == {"R2": 0.875, "MAE": 0.5 / 3}
    assert median([{"a": {"b": 1}}, {"a": {"b": 3}}, {"a": {"b": 2}}], "a", "b") == 2
    assert math.isnan(median([{}], "a")) and number(math.nan, "R2") == "–"


def test_options_name_what_there_is(capsys) -> None:
    typed = options("What.", ["wdbc", "wine"], ["wisen"], 5, words=["--only", "wine", "--seeds", "1", "--cached"])
    assert (typed.tasks, typed.seeds, typed.budget, typed.cached) == (("wine",), (1,), 5, True)
    with pytest.raises(SystemExit):
        options("What.", ["wdbc"], ["wisen"], words=["--peers", "sklearn"])
    assert "no peer 'sklearn'" in capsys.readouterr().err


def test_a_split_is_written_once_for_all_peers(monkeypatch, tmp_path) -> None:
    from bench.peers.part import read

    def parts(seed: int):
        frame = pandas.DataFrame({"Total Sum": [1.0, None], "class": ["x", None], "answer": ["u", "v"]})
        columns = tasks.columns_of(frame, np.array(["yes", "no"]))
        return columns, columns

    task = tasks.Task(tasks.ROWS, tasks.CATEGORY, parts)
    monkeypatch.setattr(tasks, "DATA", tmp_path)
    monkeypatch.setitem(tasks.TASKS, "made", task)
    place = tasks.folder("made", 7)
    assert place == Path(tmp_path) / "made-7" and tasks.folder("made", 7) == place
    split = read(place)
    assert list(split.inputs.columns) == ["total_sum", "x_class", "x_answer"]
    assert split.classes == ["no", "yes"] and split.answers.tolist() == [1, 0]
    assert "total_sum: float | None, x_class: Annotated[str, Category] | None" in source(split)
    assert cells(split.inputs, "rows")["x_class"] == ["x", None]


@pytest.mark.parametrize("kind", ["text", "image", "pair"])
def test_wisen_is_asked_by_a_function_of_the_splits_types(kind) -> None:
    names: dict[str, object] = {}
    exec(source(Split(None, np.zeros(1), None, ["a", "b"], kind)).replace("@wisen.function\n", ""), names)
    assert signature_of(names["guess"], names).outputs  # type: ignore[arg-type]


def test_a_wide_table_has_a_column_for_each_peer() -> None:
    text = markdown([Beside("a", ["1", "2"], "3", False, "behind")], ["what", "wisen", "Keras", "must reach", ""])
    assert "| a " in text and "**missed**: behind" in text


def test_large_tables_and_pictures_are_measured(monkeypatch, capsys) -> None:
    monkeypatch.setattr(large, "HELD_OUT", 300)
    monkeypatch.setattr(large, "LEVEL", 1.0)
    monkeypatch.setattr(large, "LEAST_ROWS", 1)
    monkeypatch.setattr(large, "MOST_READING", 1e9)
    monkeypatch.setattr(sys, "argv", ["large", "--rows", "600", "--pictures", "24", "--budget", "1"])
    with pytest.raises(SystemExit) as raised:
        large.main()
    said = capsys.readouterr().out
    assert raised.value.code == 0 and said.count("reached") == 5
    assert "training: memory" in said and "`wisen run` .csv" in said and "times Pillow" in said
