"""What a training leaves on disk is old or new, never half; what stopped goes on to the same weights."""

from __future__ import annotations

import builtins
import errno
import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import wisen
from tests.conftest import imported
from wisen import state
from wisen.descent import Epoch
from wisen.errors import BadExamples, Busy, NotTrained, Stopped, WisenError

SOURCE = """
import sys
import random
from typing import Literal
import wisen

@wisen.function
def place(x: float, y: float, colour: Literal["red", "blue"]) -> Literal["in", "out"]:
    "Where a point lies."
    return "in" if x > 0.9 else "out"

def rows():
    rng = random.Random(0)
    rows = [(rng.random(), rng.random(), rng.choice(["red", "blue"])) for _ in range(300)]
    return [(row, "in" if row[0] + row[1] > 1 and row[2] == "red" else "out") for row in rows]

if __name__ == "__main__":
    try:
        place.train(rows(), budget=600, accept=True, listen=lambda event: print(type(event).__name__, flush=True))
    except wisen.WisenError as error:
        sys.exit(f"{type(error).__name__}: {error}")
"""
"""The budget is far more than is needed, so that no clock decides when the training ends."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "places.py").write_text(SOURCE)
    return tmp_path


@pytest.fixture
def place(folder: Path) -> Any:
    return imported(folder / "places.py").place


@pytest.fixture
def rows(folder: Path) -> Any:
    return imported(folder / "places.py").rows()


def started(folder: Path) -> subprocess.Popen[str]:
    """A training in a process of its own; one line for each event."""
    return subprocess.Popen(
        [sys.executable, "places.py"], cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def wait_for_epochs(process: subprocess.Popen[str], count: int) -> None:
    """Reads events until so many epochs are over, or the training is."""
    assert process.stdout is not None
    for line in process.stdout:
        count -= line.strip() == "Epoch"
        if count <= 0:
            return


def finished(folder: Path) -> bytes:
    """The program file that the training ends with."""
    process = started(folder)
    _, told = process.communicate(timeout=120)
    assert process.returncode == 0, told
    return (folder / "places.place.onnx").read_bytes()


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("whole")
    (folder / "places.py").write_text(SOURCE)
    return finished(folder)


# ---- stopped and killed ------------------------------------------------------------------------


def test_a_killed_training_goes_on_to_the_same_weights(folder: Path, uninterrupted: bytes) -> None:
    for epochs in (1, 30, 50):  # before the first checkpoint and in the middle
        process = started(folder)
        wait_for_epochs(process, epochs)
        time.sleep(0.3)
        process.kill()
        process.communicate()
        assert not (folder / "places.place.onnx").exists()
    assert (folder / ".wisen" / "places.place" / "checkpoint.pt").exists()
    assert finished(folder) == uninterrupted
    left = [path.name for path in folder.rglob("*") if path.name.startswith(state.WRITING)]
    assert left == []


def test_ctrl_c_goes_on_to_the_same_weights(folder: Path, uninterrupted: bytes) -> None:
    process = started(folder)
    wait_for_epochs(process, 30)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 1 and "Stopped: training was stopped" in told
    assert "The same command goes on from the checkpoint." in told
    assert not (folder / "places.place.onnx").exists()
    assert finished(folder) == uninterrupted


@pytest.mark.parametrize("moment", ["Planned", "Started", "Epoch", "Chosen"])
def test_ctrl_c_at_any_event_is_stopped(moment: str, place: Any, rows: Any) -> None:
    def stop(event: Any) -> None:
        if type(event).__name__ == moment:
            raise KeyboardInterrupt

    with pytest.raises(Stopped, match="The same command goes on"):
        place.train(rows, budget=1, listen=stop)
    assert place(0.95, 0.9, "red") == "in" and place.program is None
    seen: list[Any] = []
    place.train(rows, budget=1, accept=True, listen=seen.append)  # nothing is locked
    assert place.program is not None
    if moment == "Chosen":  # all was trained: nothing is trained again
        assert not any(isinstance(event, Epoch) for event in seen)


def test_the_same_call_twice_trains_once_and_fresh_trains_anew(place: Any, rows: Any) -> None:
    first = place.train(rows, budget=600, accept=True)
    again: list[Any] = []
    second = place.train(rows, budget=600, accept=True, listen=again.append)
    assert not any(isinstance(event, Epoch) for event in again)
    assert said(first.program) == said(second.program)
    anew: list[Any] = []
    third = place.train(rows, budget=600, accept=True, fresh=True, listen=anew.append)
    assert any(isinstance(event, Epoch) for event in anew) and said(third.program) == said(first.program)
    other: list[Any] = []
    place.train(rows, budget=1, accept=True, seed=1, listen=other.append)
    assert any(isinstance(event, Epoch) for event in other)  # a checkpoint of another seed is not taken up


def said(program: Any) -> list[Any]:
    return [program.predict([n / 20, 1 - n / 30, "red"]) for n in range(20)]


@pytest.mark.parametrize("junk", [b"", b"junk", b"PK\3\4junk", None])
def test_a_damaged_checkpoint_is_no_checkpoint(junk: bytes | None, place: Any, rows: Any) -> None:
    path = state.folder(place.path) / "checkpoint.pt"

    def stop(event: Any) -> None:
        if path.exists():
            raise KeyboardInterrupt

    with pytest.raises(Stopped):
        place.train(rows, budget=600, listen=stop)
    path.write_bytes(path.read_bytes()[:-100] if junk is None else junk)
    assert place.train(rows, budget=1, accept=True).installed


# ---- half-written files ------------------------------------------------------------------------


def test_a_file_is_old_or_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "inner" / "f"
    state.write(path, b"old")
    assert path.read_bytes() == b"old" and path.stat().st_mode & 0o777 == 0o644
    for name in ("fsync", "replace"):
        with monkeypatch.context() as patched:
            patched.setattr(os, name, full)
            with pytest.raises(WisenError, match=r"inner/f could not be written: the disk is full\nWhat stood there"):
                state.write(path, b"new")
        assert path.read_bytes() == b"old" and list(path.parent.iterdir()) == [path]
    with pytest.raises(RuntimeError), state.replacing(path) as half:
        half.write_bytes(b"half")
        raise RuntimeError
    assert path.read_bytes() == b"old" and list(path.parent.iterdir()) == [path]
    state.write(path, b"new")
    assert path.read_bytes() == b"new"


def full(*args: Any, **options: Any) -> Any:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_place_that_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("x")
    with pytest.raises(WisenError, match=r"could not be written: Not a directory|File exists"):
        state.write(tmp_path / "f" / "g", b"x")


def test_what_a_killed_training_left_is_swept_away(place: Any, rows: Any, folder: Path) -> None:
    state.folder(place.path).mkdir(parents=True)
    mine = [folder / ".writing.places.place.onnx.abc", state.folder(place.path) / ".writing.checkpoint.pt.abc"]
    other = folder / ".writing.places.other.onnx.abc"  # somebody may be writing it
    for path in [*mine, other]:
        path.write_bytes(b"half")
    place.train(rows, budget=1, accept=True)
    assert not any(path.exists() for path in mine) and other.exists()


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], list[str]]]:
    """Makes the disk full for files whose path has a word in it, at the moment they are written."""
    real = io.open

    def fill(word: str) -> list[str]:
        hit: list[str] = []

        def opened(file: Any, mode: str = "r", *args: Any, **options: Any) -> Any:
            if "r" not in mode and word in str(file):
                hit.append(str(file))
                with real(file, mode, *args, **options) as half:
                    half.write(b"half")
                full()
            return real(file, mode, *args, **options)

        monkeypatch.setattr(io, "open", opened)
        monkeypatch.setattr(builtins, "open", opened)
        return hit

    yield fill
    monkeypatch.undo()


@pytest.mark.parametrize("word", ["checkpoint.pt", "places.place.onnx", "source.json"])
def test_a_full_disk_leaves_the_good_program(
    word: str, folder: Path, rows: Any, full_disk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = imported(folder / "places.py").place
    table = folder / "rows.csv"
    table.write_text("x,y,colour,place\n" + "\n".join(f"{x},{y},{c},{out}" for (x, y, c), out in rows))
    place.train(table, budget=1, accept=True)
    before = place.path.read_bytes()
    hit = full_disk(word)
    with pytest.raises(WisenError, match=rf"{word} could not be written: the disk is full"):
        place.train(table, budget=1, seed=1, accept=True)
    assert hit and place.path.read_bytes() == before
    assert [path.name for path in folder.rglob(f"{state.WRITING}*")] == []
    assert imported(folder / "places.py").place(0.9, 0.9, "red") in ("in", "out")
    monkeypatch.undo()
    assert place.train(table, budget=1, seed=1, accept=True).installed  # there is room again
    assert place.path.read_bytes() != before


@pytest.mark.skipif(os.name != "posix" or not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root to mount")
def test_a_disk_that_is_really_full(folder: Path, rows: Any, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", small], capture_output=True)
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        (small / "places.py").write_text(SOURCE)
        process = started(small)
        _, told = process.communicate(timeout=120)
        assert process.returncode == 1 and "could not be written: the disk is full" in told
        assert not (small / "places.place.onnx").exists()
        assert not list(small.rglob(f"{state.WRITING}*"))
    finally:
        subprocess.run(["umount", small], check=True)


# ---- two at once -------------------------------------------------------------------------------


def test_two_trainings_of_one_function_at_once(folder: Path, place: Any, rows: Any) -> None:
    process = started(folder)
    wait_for_epochs(process, 1)
    with pytest.raises(Busy, match=r"another training of place\(\) is running\nWait for it, or stop it\."):
        place.train(rows, budget=1)
    process.kill()
    process.communicate()
    assert place.train(rows, budget=1, accept=True).installed  # a killed process holds nothing


def test_two_threads_at_once(place: Any, rows: Any) -> None:
    inside, done, caught = threading.Event(), threading.Event(), []

    def listen(event: Any) -> None:
        inside.set()
        done.wait(30)

    thread = threading.Thread(target=lambda: place.train(rows, budget=1, listen=listen))
    thread.start()
    try:
        assert inside.wait(30)
        with pytest.raises(Busy):
            place.train(rows, budget=1)
        caught.append(True)
    finally:
        done.set()
        thread.join()
    assert caught


def test_two_functions_of_one_module_at_once(module: Any) -> None:
    made = module(
        "import wisen\n@wisen.function\ndef f(x: float) -> bool: ...\n@wisen.function\ndef g(x: float) -> bool: ..."
    )
    pairs = [(float(n), n > 50) for n in range(100)]
    with state.alone(made.f.path, "f"):
        assert made.g.train(pairs, budget=1, accept=True).installed


# ---- what is remembered ------------------------------------------------------------------------


def test_a_test_without_examples_takes_those_of_the_last_training(place: Any, rows: Any, folder: Path) -> None:
    with pytest.raises(NotTrained):
        place.test()
    place.train(rows, budget=1, accept=True)
    with pytest.raises(BadExamples, match=r"none are remembered\nName them: --examples PATH"):
        place.test()
    lines = "\n".join(f"{x};{y};{c};{out}" for (x, y, c), out in rows)
    (folder / "rows.csv").write_bytes(f"ex;y;colour;där\n{lines}".encode("cp1252"))
    options = {"returns": "där", "columns": {"x": "ex"}, "encoding": "cp1252"}
    place.train(folder / "rows.csv", budget=1, accept=True, **options)
    assert place.test().held_out > 20
    place.train(rows, budget=1, accept=True)
    with pytest.raises(BadExamples, match="none are remembered"):
        place.test()  # and not the table of the training before


def test_the_manifest_says_what_the_program_was_made_of(place: Any, rows: Any) -> None:
    place.train(rows, budget=1, accept=True)
    first = place.path.read_bytes()
    manifest = wisen.load(place.path).manifest
    counts = manifest["examples"]
    assert counts["learning"] + counts["held_out"] == 300 and len(counts["hash"]) == 64
    assert manifest["parent"] is None
    place.train(list(reversed(rows)), budget=1, seed=1, accept=True)
    import hashlib

    manifest = wisen.load(place.path).manifest
    assert manifest["parent"] == hashlib.sha256(first).hexdigest() and manifest["examples"]["hash"] == counts["hash"]


@pytest.mark.parametrize("cut", [0, 1, 2, 3])
def test_files_change_places_and_a_cut_on_the_way_loses_neither(
    cut: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"1")
    other.write_bytes(b"2")
    replace, steps = Path.replace, iter(range(3))

    def replaced(path: Path, to: Path) -> Any:
        if next(steps) == cut:  # before each of the three steps
            raise KeyboardInterrupt
        return replace(path, to)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", replaced)
        if cut < 3:
            with pytest.raises(KeyboardInterrupt):
                state.swap(one, other)
        else:
            state.swap(one, other)
    assert {b"1", b"2"} <= {path.read_bytes() for path in (one, other, state.aside(other)) if path.exists()}
    if cut < 3:
        state.swap(one, other)
    assert (one.read_bytes(), other.read_bytes()) == (b"2", b"1") and not state.aside(other).exists()


def test_a_file_takes_a_place_where_there_is_none(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    other.write_bytes(b"2")
    state.swap(one, other)
    assert one.read_bytes() == b"2" and not other.exists()
