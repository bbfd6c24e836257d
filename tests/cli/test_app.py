"""The command line as a whole: what it loads, what it says when something goes wrong, how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import FLAVOUR, fruit, written
from wisen import __version__, cli
from wisen.cli.app import app, function_of


def python(code: str, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, **more)


@pytest.mark.parametrize("words", [["--help"], *([verb, "--help"] for verb in cli.VERBS)])
def test_help_loads_nothing_heavy(words: list[str]) -> None:
    code = f"""
import sys
from wisen.cli import main
try:
    main({words!r})
except SystemExit as end:
    assert not end.code
heavy = {{"torch", "onnxruntime", "pyarrow", "numpy", "sklearn"}} & set(sys.modules)
assert not heavy, heavy
"""
    found = python(code)
    assert found.returncode == 0, found.stderr
    assert "Example:" in found.stdout


def test_a_verb_is_imported_only_when_it_is_called() -> None:
    code = """
import sys
from wisen.cli import main
try:
    main(["inspect", "--help"])
except SystemExit:
    pass
print(sorted(name for name in sys.modules if name.startswith("wisen.cli.")))
"""
    assert python(code).stdout.splitlines()[-1] == "['wisen.cli.app', 'wisen.cli.console', 'wisen.cli.inspect']"


def test_every_verb_has_a_row_a_file_and_a_function() -> None:
    files = {path.stem for path in Path(cli.__file__).parent.glob("*.py")}
    for verb, place in cli.VERBS.items():
        assert place == f"wisen.cli.{verb}:{verb}" and verb in files
        assert callable(function_of(verb))
    assert app().registered_commands


def test_help_names_the_exit_codes(wisen: Callable[..., Any]) -> None:
    said = wisen("--help")
    assert said.code == 0
    for word in ("Exit codes: 0", "130"):
        assert word in said.out


def test_version(wisen: Callable[..., Any]) -> None:
    assert wisen("--version").out == f"wisen {__version__}\n"


def test_python_m_wisen_is_wisen() -> None:
    found = subprocess.run([sys.executable, "-m", "wisen", "--version"], capture_output=True, text=True, timeout=60)
    assert found.stdout == f"wisen {__version__}\n"


def test_without_typer_it_says_what_to_install() -> None:
    code = "import sys; sys.modules['typer'] = None; from wisen.cli import main; main(['--help'])"
    found = python(code)
    assert found.returncode == 2
    assert found.stderr.count("\n") == 1 and "pip install 'wisen[train]'" in found.stderr


def test_a_wrong_verb_is_told_the_right_one(wisen: Callable[..., Any]) -> None:
    said = wisen("trian", "x")
    assert said.code == 2 and "'train'" in said.err


def test_an_error_is_two_lines_and_no_traceback(wisen: Callable[..., Any]) -> None:
    said = wisen("inspect", "nowhere.py:f")
    assert said.code == 2 and said.out == ""
    assert said.err.splitlines()[0] == "wisen: there is no file 'nowhere.py'"
    assert len(said.err.splitlines()) <= 2


@pytest.mark.parametrize("words", [["--trace", "inspect", "nowhere.py:f"], ["inspect", "nowhere.py:f", "--trace"]])
def test_trace_stands_anywhere(words: list[str], wisen: Callable[..., Any]) -> None:
    said = wisen(*words)
    assert said.code == 2 and "Traceback" in said.err
    assert "Traceback" not in wisen("inspect", "nowhere.py:f").err  # and is gone with its command


def test_what_stands_after_two_dashes_is_data() -> None:
    assert cli.without_trace(["run", "f.py", "--", "--trace"]) == (["run", "f.py", "--", "--trace"], False)


def test_an_unknown_error_is_one_line_and_a_hint(monkeypatch: Any, wisen: Callable[..., Any], tmp_path: Path) -> None:
    def broken(name: str) -> None:
        raise RuntimeError("the moon is full\nand more")

    monkeypatch.setattr("wisen.find.find", broken)
    said = wisen("inspect", "f.py")
    assert (said.code, said.err) == (2, "wisen: RuntimeError: the moon is full\n--trace shows the rest.\n")
    assert "Traceback" in wisen("inspect", "f.py", "--trace").err


def test_ctrl_c_exits_130_and_the_same_command_goes_on(tmp_path: Path) -> None:
    file, examples = written(tmp_path, FLAVOUR), tmp_path / "fruit.csv"
    examples.write_text("\n".join(fruit(4000)) + "\n")
    words = [sys.executable, "-m", "wisen", "train", str(file), "--examples", str(examples), "--budget", "60"]
    running = subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    checkpoint = tmp_path / ".wisen" / f"{file.stem}.ripe" / "checkpoint.pt"
    for _ in range(3000):  # on a machine with much to do, importing alone can take a minute
        if checkpoint.exists():
            break
        time.sleep(0.1)
    assert checkpoint.exists()
    os.kill(running.pid, signal.SIGINT)
    assert running.stderr is not None
    first = running.stderr.readline()  # it has heard; whoever is impatient types it again, which changes nothing
    for _ in range(20):
        os.kill(running.pid, signal.SIGINT)
        time.sleep(0.02)
    err = first + running.communicate(timeout=120)[1]
    assert running.returncode == 130, err
    assert "The same command goes on from the checkpoint." in err and "Traceback" not in err
    assert checkpoint.exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device here")
@pytest.mark.parametrize("words", [["--version"], ["train", "--help"], ["bogus"], ["inspect", "nowhere.py:f"]])
def test_a_full_disk_behind_stdout_shows_no_traceback(words: list[str]) -> None:
    for more in ({"stderr": subprocess.PIPE}, {}):
        with Path("/dev/full").open("w") as full:
            streams: dict[str, Any] = {"stdout": full, "stderr": full, **more}
            done = subprocess.run([sys.executable, "-m", "wisen", *words], text=True, **streams)
        assert done.returncode == 2 and "Traceback" not in (done.stderr or "")
