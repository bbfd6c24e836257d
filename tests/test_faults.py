"""A few of the faults that scripts/faults makes by the dozen: old or new is whole, and the same command finishes."""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests import faults
from tests.cli.conftest import numbers, typed
from tests.conftest import imported
from wisen.answers import answer_table
from wisen.descent import Epoch
from wisen.descent.batches import Tensors
from wisen.descent.loop import Descent
from wisen.errors import WisenError
from wisen.examples import rows
from wisen.names import LONGEST, fitting
from wisen.new import draft


def test_killed_at_any_moment_a_training_leaves_a_whole_program(tmp_path: Path) -> None:
    case = faults.undisturbed(tmp_path)
    chance = random.Random(5)
    for _ in range(3):
        faults.killed(case, chance)


@pytest.mark.parametrize("accept", [True, False], ids=["program", "candidate"])
def test_a_disk_that_is_full_at_any_write_does_no_harm(accept: bool, tmp_path: Path) -> None:
    train, whole, again = faults.trainings(tmp_path, accept)
    writes = faults.filled(tmp_path, train, whole, again, every=5)
    named = " ".join(writes)
    assert all(word in named for word in ("lock", "checkpoint.pt", "source.json", ".onnx")), writes


# ---- folders that nothing can be written to ----------------------------------------------------


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may read, and write only root: pytest's own are closed to all others."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yield folder
        for path in [folder, *folder.rglob("*")]:
            path.chmod(0o755)


@contextlib.contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Nothing in a folder can be written: root, to whom no file is closed, is nobody meanwhile."""
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    root = os.geteuid() == 0
    try:
        if root:
            os.seteuid(65534)
        yield
    finally:
        if root:
            os.seteuid(0)
        for path in [folder, *folder.rglob("*")]:
            path.chmod(0o755)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="has other rights")
@pytest.mark.parametrize("begun", [True, False], ids=["trained before", "new"])
def test_a_read_only_folder_is_told_and_its_program_still_answers(begun: bool, open_folder: Path) -> None:
    train, whole, _ = faults.trainings(open_folder, accept=True)
    before = whole()
    if not begun:
        shutil.rmtree(open_folder / ".wisen")
    place = imported(open_folder / "places.py").place
    with read_only(open_folder):
        with pytest.raises(WisenError, match=r"cannot be written: Permission denied\nA training keeps its state there"):
            train()
        assert place(*faults.ASKED[0]) in ("in", "out")
        assert place.test(open_folder / "rows.csv").held_out > 20
        with pytest.raises(WisenError, match=r"answers\.csv could not be written: Permission denied"):
            answer_table(place, open_folder / "rows.csv", open_folder / "answers.csv", name="said")
    assert whole() == before
    train()
    assert whole() != before


@pytest.mark.parametrize("name", ["answers.csv", "answers.jsonl", "answers.parquet", "written.py"])
def test_a_disk_that_is_full_leaves_the_table_or_file_of_before(name: str, tmp_path: Path) -> None:
    f, path = named(tmp_path, "tabled", "f"), tmp_path / name

    def work() -> None:
        if path.suffix == ".py":
            draft(tmp_path / "t.csv", "said", path).write(force=True)
        else:
            answer_table(f, tmp_path / "t.csv", path, name="answer")

    writes = faults.filled(tmp_path, work, path.read_bytes, lambda: path.write_bytes(b"old"))
    assert len(writes) >= 4


# ---- names and paths ---------------------------------------------------------------------------


def pairs() -> list[tuple[float, bool]]:
    return [(n / 100, n > 50) for n in range(120)]


def named(folder: Path, module: str, function: str) -> Any:
    """A function in a file, and beside it a table of examples."""
    path = folder / f"{module}.py"
    path.write_text(f"import wisen\n@wisen.function\ndef {function}(x: float) -> bool:\n    return x > 2\n")
    lines = "\n".join(f"{x},{y}" for x, y in pairs())
    (folder / "t.csv").write_text(f"x,said\n{lines}")
    return getattr(imported(path), function)


@pytest.mark.parametrize(
    "name",
    ["a b  c", "😀 naïve größe", "new\nline", "שלום\u202eabc", "[red]x[bold]", os.fsdecode(b"\xff\xfe"), "d" * 255],
    ids=["spaces", "emoji", "newline", "right to left", "brackets", "no unicode", "long"],
)
def test_a_folder_may_have_any_name(name: str, tmp_path: Path) -> None:
    folder = tmp_path / name
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("this file system takes no such name")
    f = named(folder, f"of_any_name_{next(numbers)}", "f")
    done = typed("train", f"{f.path.parent / f.__module__}.py:f", "--examples", folder / "t.csv", "--budget", "0",
                 "--accept", "--returns", "said")  # fmt: skip
    assert done.code == 0 and "Traceback" not in done.err, done.err
    f.reload()
    assert f.program is not None and f.test().held_out > 20
    for suffix in (".csv", ".parquet"):
        said = typed("run", f"{f.path.parent / f.__module__}.py:f", "--table", folder / "t.csv", "--to",
                     folder / f"answers{suffix}")  # fmt: skip
        assert said.code == 0, said.err
        assert rows(folder / f"answers{suffix}").columns["f"][0] in (False, "False", True, "True")


@pytest.mark.parametrize(("module", "function"), [("m" * 240, "f"), ("m", "f" * 250), ("m" * 230, "ä" * 120)])
def test_long_names_of_modules_and_functions(module: str, function: str, tmp_path: Path) -> None:
    f = named(tmp_path, module, function)
    assert f(3.0) is True
    assert f.train(pairs(), budget=0, accept=True, listen=lambda event: None).installed
    assert len(os.fsencode(f.path.name)) <= LONGEST and f.path.name.startswith(f"{module}.{function}"[:80])
    assert imported(tmp_path / f"{module}.py").__dict__[function].program is not None


def test_names_that_are_cut_stay_different() -> None:
    one, other = (fitting("é" * 150 + end, ".onnx") for end in "ab")
    assert one != other and len(os.fsencode(one)) <= LONGEST and one.endswith(".onnx")
    assert fitting("short", ".onnx") == "short.onnx"


def test_a_path_that_is_too_long_is_told_and_the_body_answers(tmp_path: Path) -> None:
    folder = str(tmp_path)
    while len(folder) < 4070:
        folder += "/" + "e" * max(1, min(200, 4070 - len(folder) - 1))
    try:
        Path(folder).mkdir(parents=True)
    except OSError:
        pytest.skip("this file system has shorter paths")
    f = named(Path(folder), "deep", "f")
    assert f(3.0) is True
    with pytest.raises(WisenError, match="written: the path is longer than this system takes"):
        f.train(pairs(), budget=0, accept=True, listen=lambda event: None)
    assert f(3.0) is True


@pytest.mark.parametrize(
    "words",
    [
        ["train", "LONG.py:f", "--examples", "t.csv"],
        ["train", "LONG:f", "--examples", "t.csv"],
        ["new", "LONG.csv", "--returns", "x"],
        ["new", "t.csv", "--returns", "x", "--to", "LONG.py"],
        ["inspect", "LONG.onnx"],
    ],
    ids=lambda words: " ".join(words),
)
def test_words_that_are_too_long_for_a_file_are_told(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named(tmp_path, "short", "f")
    monkeypatch.chdir(tmp_path)
    said = typed(*(word.replace("LONG", "y" * 5000) for word in words))
    assert said.code == 2 and "--trace shows the rest" not in said.err and "Traceback" not in said.err, said.err


# ---- clocks ------------------------------------------------------------------------------------


@pytest.mark.parametrize("jump", [-3600.0, 3600.0], ids=["back", "forward"])
def test_a_clock_that_is_put_back_or_forward_does_no_harm(
    jump: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every clock jumps each time that it was read 40 times: by an hour, for as many reads."""
    real, reads = {name: getattr(time, name) for name in ("time", "perf_counter", "monotonic")}, itertools.count()
    for name, clock in real.items():
        monkeypatch.setattr(time, name, lambda clock=clock: clock() + jump * (next(reads) // 40 % 2))
    events: list[Any] = []
    f = named(tmp_path, "clocked", "f")
    outcome = f.train(pairs(), budget=5, accept=True, listen=events.append)
    seconds = [event.seconds for event in events if isinstance(event, Epoch)]
    assert outcome.installed and seconds and min(seconds) >= 0
    assert f(3.0) is True and f.test(pairs()).held_out > 20
    f.train(pairs(), budget=5, accept=True, listen=events.append)  # and from the checkpoint


def test_a_checkpoint_is_due_where_the_clock_was_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    descent = Descent(Tensors({}, {}), np.zeros(0), (), (), 1.0, 0, None)  # type: ignore[arg-type]  # it saves nothing
    now = time.perf_counter()
    assert not descent.due()
    monkeypatch.setattr(time, "perf_counter", lambda: now - 3600)
    assert descent.due() and descent.spent() == 0.0
    monkeypatch.setattr(time, "perf_counter", lambda: now + 3600)
    assert descent.due() and descent.spent() > 3000


def test_checkpoints_that_take_long_are_written_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.perf_counter()

    class Slow:
        def save(self, state: Any) -> None:
            monkeypatch.setattr(time, "perf_counter", lambda: now + 2.0)

    descent = Descent(Tensors({}, {}), np.zeros(0), (), (), 1.0, 0, Slow())  # type: ignore[arg-type]  # it saves nothing
    monkeypatch.setattr(time, "perf_counter", lambda: now)
    descent.save({})
    assert descent.saving == 2.0
    for after, due in ((7.9, False), (8.1, True)):
        monkeypatch.setattr(time, "perf_counter", lambda after=after: now + 2.0 + after)
        assert descent.due() is due
