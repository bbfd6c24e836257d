"""Proofs from outside: the same answers without wisen, from JavaScript, and from the wheel without torch."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from tests.conftest import imported

ROOT = Path(__file__).parents[1]

MODULE = '''
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal, NamedTuple
import wisen
from wisen import Category, Image

class Parcel(NamedTuple):
    state: Literal["late", "on time"]
    damaged: bool
    hours: float
    calls: int

@wisen.function
def parcel(
    weight: float,
    stops: int | None,
    size: Literal["small", "large"],
    frail: bool | None,
    town: Annotated[str, Category],
    note: str,
    sent: datetime,
    due: date | None,
    photo: Image,
) -> Parcel:
    """What becomes of a parcel: an input of every kind, an output of every kind."""
    return Parcel("on time", False, 24.0, 0)
'''

NOTES = ["please hurry", "no hurry", "Größe 3 €", "", "ΑΒΓ ждать", "a" * 300]


def row_of(number: int, shape: tuple[int, int]) -> tuple[Any, ...]:
    """The inputs of one parcel, some of them missing."""
    rng = random.Random(number)
    sent = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=rng.randrange(500_000))
    shade = np.random.default_rng(number).integers(0, 256, (*shape, 3), dtype=np.uint8)
    return (
        rng.random(),
        rng.choice([None, 1, 2, 3]),
        rng.choice(["small", "large"]),
        rng.choice([None, True, False]),
        rng.choice(["Ulm", "Bonn", "Neverseen"] if shape != SHAPE else ["Ulm", "Bonn"]),
        rng.choice(NOTES),
        sent,
        rng.choice([None, date(1969, 5, 1), date(2026, 5, 1)]),
        shade,
    )


SHAPE = (8, 10)
"""The size of the pictures that are learned from."""


@pytest.fixture(scope="session")
def parcels(tmp_path_factory) -> ModuleType:
    """A module with a program that has an input and an output of every kind."""
    path = tmp_path_factory.mktemp("outside") / "parcels.py"
    path.write_text(MODULE)
    made = imported(path)
    examples = []
    for number in range(160):
        row = row_of(number, SHAPE)
        late = row[0] > 0.5
        answer = made.Parcel("late" if late else "on time", row[2] == "small", 10 * row[0], round(5 * row[0]))
        examples.append((row, answer))
    made.parcel.train(examples, budget=3, accept=True)
    return made


@pytest.fixture(scope="session")
def rows() -> list[tuple[Any, ...]]:
    """Parcels that were not learned from, with pictures of three other sizes and towns never seen."""
    return [row_of(1000 + number, [(8, 10), (5, 7), (31, 16)][number % 3]) for number in range(90)]


def raw(row: Sequence[Any]) -> dict[str, Any]:
    """A row as the raw tensors of one call, in plain lists: what anybody could write in any language."""
    weight, stops, size, frail, town, note, sent, due, photo = row
    text = (note or "").encode()
    days = None if due is None else (due - date(1970, 1, 1)).days * 86400
    return {
        "numbers": [[weight, stops]],
        "categories": [[size, {None: "", True: "True", False: "False"}[frail], town]],
        "note": [list(text)],
        "note.lengths": [len(text)],
        "moments": [[str(int(sent.timestamp())), str(-(2**63) if days is None else days)]],
        "photo": [photo.tolist()],
    }


def compare(answers: Sequence[dict[str, Any]], made: ModuleType, rows: Sequence[Sequence[Any]]) -> None:
    """Asserts that raw answers of a program are those that wisen gives."""
    assert len(answers) == len(rows)
    seen = set()
    for said, row in zip(answers, rows, strict=True):
        wanted = made.parcel.predict(*row)
        assert said["state"] == [wanted.value.state]
        assert said["damaged"] == [str(wanted.value.damaged)]
        assert said["hours"] == pytest.approx([wanted.value.hours], rel=1e-4, abs=1e-4)
        assert said["calls"] == [wanted.value.calls]
        chances = dict(zip(("late", "on time"), said["state.probabilities"], strict=True))
        assert chances == pytest.approx(dict(wanted.parts["state"].alternatives), abs=1e-4)
        seen.add((wanted.value.state, wanted.value.damaged))
    assert len(seen) > 1, "a program that always says the same would prove nothing"


# ---- nothing but onnxruntime and numpy ---------------------------------------------------------

CALL = """
import json, sys
import numpy as np
import onnxruntime

session = onnxruntime.InferenceSession(sys.argv[1])
types = {"tensor(float)": np.float32, "tensor(string)": object, "tensor(uint8)": np.uint8, "tensor(int64)": np.int64}
names = [output.name for output in session.get_outputs()]
answers = []
for call in json.load(open(sys.argv[2])):
    given = {t.name: np.array(call[t.name], types[t.type]) for t in session.get_inputs()}
    answers.append({name: said.ravel().tolist() for name, said in zip(names, session.run(None, given))})
json.dump(answers, sys.stdout)
assert not {"wisen", "torch", "spox", "onnx", "PIL"} & set(sys.modules), "something else was imported"
"""


def test_a_program_answers_with_nothing_but_onnxruntime_and_numpy(parcels, rows, tmp_path) -> None:
    calls = tmp_path / "calls.json"
    calls.write_text(json.dumps([raw(row) for row in rows]))
    done = ran([sys.executable, "-I", "-c", CALL, parcels.parcel.path, calls], tmp_path)
    compare(json.loads(done.stdout), parcels, rows)


def test_many_examples_enter_the_program_at_once(parcels, rows) -> None:
    import onnxruntime

    same = [row for row in rows if row[-1].shape == rows[1][-1].shape]
    calls = [raw(row) for row in same]
    width = max(len(call["note"][0]) for call in calls)
    for call in calls:
        call["note"][0] += [0] * (width - len(call["note"][0]))
    session = onnxruntime.InferenceSession(parcels.parcel.path)
    given = {t.name: np.concatenate([np.array(c[t.name], TYPES[t.type]) for c in calls]) for t in session.get_inputs()}
    names = [output.name for output in session.get_outputs()]
    said = dict(zip(names, session.run(None, given), strict=True))
    single = [{name: said[name][k : k + 1].ravel().tolist() for name in names} for k in range(len(same))]
    compare(single, parcels, same)


TYPES = {"tensor(float)": np.float32, "tensor(string)": object, "tensor(uint8)": np.uint8, "tensor(int64)": np.int64}


def ran(command: Sequence[Any], folder: Path, code: int = 0, **more: str) -> subprocess.CompletedProcess[str]:
    """A finished command; its exit code is checked."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")} | more
    done = subprocess.run(
        [str(word) for word in command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, f"{command[:4]}: {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done


# ---- JavaScript --------------------------------------------------------------------------------


def test_a_program_answers_the_same_in_javascript(parcels, rows, javascript, tmp_path) -> None:
    calls = tmp_path / "calls.json"
    calls.write_text(json.dumps([raw(row) for row in rows]))
    done = ran([javascript, parcels.parcel.path, calls], tmp_path)
    compare(json.loads(done.stdout), parcels, rows)


# ---- the wheel ---------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def clean(tmp_path_factory) -> Path:
    """The interpreter of an environment with only the wheel and what it needs for calling."""
    folder = tmp_path_factory.mktemp("wheel")
    ran([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT], folder)
    wheel = next(folder.glob("*.whl"))
    ran([sys.executable, "-m", "venv", folder / "venv"], folder)
    python: Path = folder / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    quiet = ["--quiet", "--disable-pip-version-check", "-c", ROOT / "constraints.txt"]
    ran([python, "-m", "pip", "install", *quiet, wheel], folder)
    return python


def test_the_wheel_needs_only_numpy_onnxruntime_and_pillow(clean, tmp_path) -> None:
    code = (
        "import importlib.metadata as m, importlib.util as u, wisen\n"
        "assert 'site-packages' in wisen.__file__, wisen.__file__\n"
        "print(*[n for n in ('torch', 'spox', 'onnx', 'pyarrow', 'sklearn', 'scipy', 'typer') if u.find_spec(n)])\n"
        "print(*sorted(d.name.lower() for d in m.distributions()))"
    )
    found, installed = ran([clean, "-c", code], tmp_path).stdout.splitlines()
    assert found == "", f"{found} came with the wheel"
    assert {"numpy", "onnxruntime", "pillow", "wisen"} <= set(installed.split())


WITHOUT_TORCH = """
import json, pickle, sys
import numpy as np
from datetime import date, datetime, UTC
import parcels

def value(cell):
    if isinstance(cell, dict):
        return {"pixels": lambda x: np.array(x, np.uint8), "sent": datetime.fromisoformat, "due": date.fromisoformat}[
            next(iter(cell))](next(iter(cell.values())))
    return cell

rows = [tuple(map(value, row)) for row in json.load(open("rows.json"))]
f = pickle.loads(pickle.dumps(parcels.parcel))
assert f is parcels.parcel
answers = [f(*row) for row in rows]
assert all(type(answer) is parcels.Parcel for answer in answers)
many = f.map(rows)
assert np.allclose([a.hours for a in many], [a.hours for a in answers], 1e-4, 1e-4)
assert [a[:2] for a in many] == [a[:2] for a in answers]
said = f.predict(*rows[0])
assert said.value == answers[0] and 0 < said.parts["state"].probability <= 1
assert f.by_hand(*rows[0]) == parcels.Parcel("on time", False, 24.0, 0)
try:
    import torch
except ImportError:
    print(json.dumps(answers))
"""


def test_the_wheel_answers_in_an_environment_without_torch(clean, parcels, rows, tmp_path) -> None:
    shutil.copy(parcels.__file__, tmp_path)
    shutil.copy(parcels.parcel.path, tmp_path)
    (tmp_path / "rows.json").write_text(json.dumps([[cell(value) for value in row] for row in rows]))
    done = ran([clean, "-c", WITHOUT_TORCH], tmp_path)
    assert [tuple(answer) for answer in json.loads(done.stdout)] == [
        pytest.approx(tuple(parcels.parcel(*row))) for row in rows
    ]


def cell(value: Any) -> Any:
    """A value as JSON, for the process without torch."""
    if isinstance(value, np.ndarray):
        return {"pixels": value.tolist()}
    if isinstance(value, date):
        return {"sent" if isinstance(value, datetime) else "due": value.isoformat()}
    return value


def test_training_without_torch_says_what_to_install(clean, parcels, tmp_path) -> None:
    shutil.copy(parcels.__file__, tmp_path)
    done = ran([clean, "-c", "import parcels; parcels.parcel.train([])"], tmp_path, code=1)
    assert done.stderr.splitlines()[-2:] == [
        "wisen.errors.NotInstalled: wisen.train needs torch, which is not installed",
        "pip install 'wisen[train]'",
    ]


@pytest.mark.parametrize("words", [[], ["--help"], ["train", "parcels.py:parcel"]])
def test_the_command_line_without_typer_says_what_to_install(clean, tmp_path, words) -> None:
    done = ran([clean.with_name("wisen"), *words], tmp_path, code=2)
    assert "pip install 'wisen[cli]'" in done.stderr or "pip install 'wisen[train]'" in done.stderr
    assert "Traceback" not in done.stderr and len(done.stderr.splitlines()) <= 3
