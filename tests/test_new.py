"""wisen new: the file that it writes, and the types that it guesses."""

from __future__ import annotations

import datetime
import itertools
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import PIL.Image
import pyarrow as pa
import pytest
from pyarrow import parquet

from tests.cli.conftest import typed
from wisen.errors import BadExamples
from wisen.new import draft


def table(folder: Path, columns: dict[str, list[Any]], name: str = "things.csv") -> Path:
    path = folder / name
    rows = zip(*columns.values(), strict=True)
    text = [",".join(f'"{str(cell).replace(chr(34), chr(34) * 2)}"' for cell in row) for row in (columns, *rows)]
    path.write_text("\n".join(text) + "\n")
    return path


def guess(cells: list[Any], tmp_path: Path, name: str = "x") -> str:
    """The line of the parameter, and the comment above it, for a column of these cells."""
    count = len(cells)
    path = table(
        tmp_path, {name: cells, "other": [i % 7 + 0.5 for i in range(count)], "y": ["yes", "no"] * (count // 2)}
    )
    lines = draft(path, "y").source.splitlines()
    start, end = (next(n for n, line in enumerate(lines) if mark in line) for mark in ("def y(", "other: float"))
    return "\n".join(line.strip() for line in lines[start + 1 : end])


rng = random.Random(0)


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        ([rng.random() for _ in range(100)], "x: float,"),
        ([rng.randint(0, 500) for _ in range(100)], "x: int,"),
        (["yes", "no"] * 50, "x: bool,"),
        ([0, 1] * 50, "x: bool,"),
        (
            ["red", "green", "Red "] * 40,
            "# taken as one label: 'Red ' and 'red'\nx: Literal[\"green\", \"red\"],",
        ),
        ([1, 2] * 50, "x: Literal[1, 2],"),
        ([1.5, ""] * 50, "# missing in 50 of 100 rows\nx: float | None,"),
        (["no", "yes", "NA", "no"] * 25, "# missing in 25 of 100 rows\nx: bool | None,"),
        (["none", "attached", "built in", "none"] * 25, 'x: Literal["attached", "built in", "none"],'),
        ([f"2026-01-{day:02}" for day in range(1, 29)] * 4, "x: date,"),
        ([f"2026-01-{day:02} 08:30" for day in range(1, 29)] * 4, "x: datetime,"),
        ([f"a story about number {i}, told well" for i in range(100)], "x: str,"),
        ([f"town {i % 30}" for i in range(300)], "# 30 different labels\nx: Annotated[str, Category],"),
        ([1, 2, 3] * 50, "# only 3 different numbers: a Literal of them?\nx: int,"),
        ([it + "\\" for it in ["it's", 'say "x"']] * 50, None),  # any text can be a label
    ],
)
def test_types_come_from_the_cells(cells: list[Any], wanted: str | None, tmp_path: Path) -> None:
    found = guess(cells, tmp_path)
    assert wanted is None or found == wanted


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ([f"{i},{i % 90 + 10}" for i in range(100)], "looks like numbers with a decimal comma: write 0.10"),
        ([f"-{i + 1}.234,5" for i in range(100)], "looks like numbers with a decimal comma: write -1234.5"),
        ([f"{i + 1},234,567.25" for i in range(100)], "looks like numbers with separators: write 1234567.25"),
        (["950", *[f"{i + 1} 500" for i in range(99)]], "looks like numbers with separators: write 1500"),
        (["28.2.2023", *[f"{i % 27 + 1}.3.2023" for i in range(99)]], "looks like dates: write 2023-02-28"),
        ([f"2/{i % 27 + 1}/{2000 + i}" for i in range(100)], "looks like dates: write 2000-02-01"),
        ([f"2023/{i % 12 + 1}/{i % 27 + 1}" for i in range(100)], "looks like dates: write 2023-01-01"),
    ],
)
def test_numbers_and_dates_of_other_countries_are_named(cells: list[Any], told: str, tmp_path: Path) -> None:
    found = guess([*cells, ""], tmp_path) if len(cells) % 2 else guess(cells, tmp_path)
    assert f"# {told}\n" in found and "every row" not in found


@pytest.mark.parametrize(
    "cells",
    [
        [f"note {i}, and more" for i in range(100)],
        ["12,5 kg", "8,5 kg"] * 50,
        [f"{i % 40}.5" for i in range(100)],
        ["1.2.3", "4.5.6"] * 50,
        ["1e5", "1E5", "2e5", "7"] * 25,
    ],
)
def test_what_only_resembles_them_is_not_named(cells: list[Any], tmp_path: Path) -> None:
    found = guess(cells, tmp_path)
    assert "looks like" not in found and "taken as one" not in found


def test_an_answer_with_a_decimal_comma_is_told_why(tmp_path: Path) -> None:
    count = range(60)
    path = table(tmp_path, {"x": [i * 0.37 for i in count], "y": [f"{i},{i % 9}5" for i in count]})
    with pytest.raises(BadExamples, match=r"decimal comma: write 0\.05"):
        draft(path, "y")


def test_labels_of_different_spelling_are_named(tmp_path: Path) -> None:
    towns = ["Bern", "bern", " Basel", "Basel", "Chur"] * 20
    assert guess(towns, tmp_path).startswith("# taken as one label: 'Bern' and 'bern'; ' Basel' and 'Basel'\n")
    many = [f"{'town' if i % 2 else 'Town'} {i % 20 // 2}" for i in range(200)]
    assert "taken as one label: 'Town 0' and 'town 0'; " in guess(many, tmp_path)


def test_files_of_several_kinds_are_no_numbers_of_rows(tmp_path: Path) -> None:
    for name in ("cat", "dog"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        (tmp_path / "pets" / name / "1.txt").write_text("a story")
        PIL.Image.new("L", (4, 4)).save(tmp_path / "pets" / name / "2.png")
    with pytest.raises(BadExamples, match=r"holds files with \.png, \.txt") as raised:
        draft(tmp_path / "pets")
    assert "row" not in raised.value.message


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--to", "x.txt"], "Write --to x.py"),
        (["--to", "folder"], "Write --to folder.py"),
        (["--name", "import"], "'import' is a word of Python"),
        (["--name", "two words"], "Write letters, digits and underscores."),
    ],
)
def test_a_name_that_is_none(words: list[str], told: str, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    path = table(tmp_path, {"x": [i * 0.37 for i in range(50)], "y": ["yes", "no"] * 25})
    said = typed("new", path, "--returns", "y", *words)
    assert said.code == 2 and told in said.err
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_codes_are_no_numbers(tmp_path: Path) -> None:
    assert "x: int" not in guess([f"{rng.randint(0, 99999):05}" for _ in range(200)], tmp_path)


@pytest.mark.parametrize(
    ("name", "cells", "why"),
    [
        ("customerID", [f"{rng.random():.9f}"[2:] for _ in range(50)], "is different in every row"),
        ("x", list(range(1, 51)), "counts the rows"),
        ("x", [f"C-{i}x{i * 7}" for i in range(50)], "is different in every row"),
        ("x", ["same"] * 50, "is 'same' in every row"),
        ("x", [""] * 50, "is empty in every row"),
    ],
)
def test_what_says_nothing_is_left_out(name: str, cells: list[Any], why: str, tmp_path: Path) -> None:
    path = table(tmp_path, {name: cells, "other": [i % 7 + 0.5 for i in range(50)], "y": ["yes", "no"] * 25})
    made = draft(path, "y")
    assert f"#   {name} {why}" in made.source and f"{name.lower()}:" not in made.source.partition("def ")[2]
    assert any(line.startswith(f"left out: {name} {why}") for line in made.unsure)


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        ([0, 1, 2] * 50, "Literal[0, 1, 2]"),
        ([rng.gauss(0, 1) for _ in range(150)], "float"),
        (["won", "lost", "draw"] * 50, 'Literal["draw", "lost", "won"]'),
        ([True, False, True] * 50, "bool"),
        ([f"label {i % 15}" for i in range(150)], "Annotated[str, Category]"),
    ],
)
def test_the_answers_type(cells: list[Any], wanted: str, tmp_path: Path) -> None:
    path = table(tmp_path, {"x": [i * 0.37 for i in range(150)], "y": cells})
    assert f") -> {wanted}:" in draft(path, "Y").source  # case does not count


def test_what_cannot_be_an_answer(tmp_path: Path) -> None:
    path = table(tmp_path, {"x": [i * 0.37 for i in range(50)], "same": ["a"] * 50, "y": ["yes", "no"] * 25})
    for returns, told in (("same", "cannot be an answer"), ("z", "has no column 'z'"), (None, "is the answer?")):
        with pytest.raises(BadExamples, match=told.replace("?", r"\?")):
            draft(path, returns)


ODD: dict[str, Callable[[int], Any]] = {
    "a b": lambda i: i * 0.5,
    "A_B": lambda i: i % 13 * 1.5,
    "class": lambda i: "xyz"[i % 3],
    "2nd": lambda i: i % 11 * 0.1,
    "%%%": lambda i: i % 17 * 0.3,
    "Ünder": lambda i: "ja" if i % 4 else "nein",
    "MonthlyCharges": lambda i: i * 0.7 % 5,
    "int": lambda i: ["", "7.5", "8.5"][i % 3],
    "date": lambda i: f"2026-{i % 12 + 1:02}-03",
    "payment method (how it was paid)": lambda i: f"a rather long label for number {i % 5}",
    'quo"ted': lambda i: ['it\'s "so"', "it's", 'say "x"', "back\\slash"][i % 4],
    "outcome": lambda i: ["won", "lost", "draw"][i // 2 % 3],
}


def test_the_file_is_ready(tmp_path: Path, monkeypatch: Any) -> None:
    """It imports, is formatted and lint-free, and trains with the command that it names."""
    monkeypatch.chdir(tmp_path)
    table(tmp_path, {name: [made(i) for i in range(200)] for name, made in ODD.items()})
    said = typed("new", "things.csv", "--returns", "outcome")
    assert said.code == 0, said.err
    path = tmp_path / "things.py"
    assert ruff("format", "--isolated", "--check", path) == 0, path.read_text()
    assert ruff("check", "--isolated", path) == 0, path.read_text()
    assert ruff("check", "--isolated", "--select", "E,F,I,UP,B,W,N", "--ignore", "E501", path) == 0, path.read_text()
    assert subprocess.run([sys.executable, "-c", "import things"], cwd=tmp_path, timeout=60).returncode == 0
    command = shell(said.out.splitlines()[1])
    assert command[:2] == ["wisen", "train"] and said.out.splitlines()[1].strip() in path.read_text()
    trained = typed(*command[1:], "--budget", "1")
    assert trained.code in (0, 1), trained.err
    assert "monthly_charges: float" in path.read_text() and "class_: Literal" in path.read_text()


def shell(line: str) -> list[str]:
    import shlex

    return shlex.split(line)


def ruff(*words: object) -> int:
    return subprocess.run([sys.executable, "-m", "ruff", *map(str, words)], timeout=60, capture_output=True).returncode


def test_the_function_has_no_body_yet(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    path = table(tmp_path, {"x": [i * 0.37 for i in range(50)], "y": ["yes", "no"] * 25}, "bodiless.csv")
    assert typed("new", path, "--returns", "y").code == 0
    said = typed("run", "bodiless.py", "1")
    assert said.code == 2 and "no learned program and no body" in said.err


def test_a_file_is_not_overwritten(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    path = table(tmp_path, {"x": [i * 0.37 for i in range(50)], "y": ["yes", "no"] * 25})
    mine = tmp_path / "mine.py"
    mine.write_text("# mine")
    words = ["new", path, "--returns", "y", "--to", mine, "--name", "wins"]
    said = typed(*words)
    assert said.code == 2 and "--force" in said.err and mine.read_text() == "# mine"
    said = typed(*words, "--force")
    assert said.code == 0 and "def wins(" in mine.read_text()
    assert "--returns y" in said.out  # for the function is not named as the column


def test_a_folder_of_pictures(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("cat", "dog"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for number in range(3):
            PIL.Image.new("L", (4, 4), number).save(tmp_path / "pets" / name / f"{number}.png")
    made = draft(Path("pets"))
    assert made.path.name == "pets.py" and made.command == "wisen train pets.py:which_pets --examples pets"
    assert "from wisen import Image" in made.source and ": Image," in made.source
    assert ') -> Literal["cat", "dog"]:' in made.source


def test_a_folder_of_texts(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("good", "bad"):
        (tmp_path / "mail" / name).mkdir(parents=True)
        for number in range(3):
            (tmp_path / "mail" / name / f"{number}.txt").write_text(f"a {name} day")
    assert ": str," in draft(Path("mail")).source


def test_a_typed_table(tmp_path: Path) -> None:
    found = pa.table(
        {
            "seen": pa.array([True, None] * 30),
            "count": pa.array([None, *range(100, 159)], pa.int64()),
            "tags": pa.array([["a"], ["b"]] * 30),
            "y": pa.array([1.5, 2.25, 3.125] * 20),
        }
    )
    parquet.write_table(found, tmp_path / "things.parquet")
    source = draft(tmp_path / "things.parquet", "y").source
    assert "    count: int | None," in source and "#   tags holds" in source
    assert "    seen: bool | None," in source


@pytest.mark.parametrize("name", ["json.csv", "wisen.csv", "2026 sales.csv"])
def test_the_module_hides_none_of_pythons_own(name: str, tmp_path: Path) -> None:
    path = table(tmp_path, {"x": [i * 0.37 for i in range(50)], "y": ["yes", "no"] * 25}, name)
    made = draft(path, "y").path.stem
    assert made.isidentifier() and made not in {*sys.stdlib_module_names, "wisen"}


def days(count: int, shops: int = 1, gaps: int = 1) -> dict[str, list[Any]]:
    """A table with a row a day, or seldomer by chance, for each of some shops."""
    chance = random.Random(0)
    first, when = datetime.date(2020, 1, 1), list(itertools.accumulate(chance.randint(1, gaps) for _ in range(count)))
    every = [(first + datetime.timedelta(days=day), shop) for shop in range(shops) for day in when]
    return {
        "day": [day.isoformat() for day, _ in every],
        "shop": [f"shop {'abc'[shop]}" for _, shop in every],
        "sold": [round(100 * chance.random(), 2) for _ in every],
        "open": [chance.choice(["yes", "no"]) for _ in every],
    }


def test_what_comes_next_is_asked_of_a_table_in_order_of_time(tmp_path: Path) -> None:
    path = table(tmp_path, days(90))
    told = draft(path, "sold")
    assert '-> Annotated[list[float], Next(7, "sold")]:' in told.source
    assert "from wisen import Next, Past" in told.source
    assert "    sold: Annotated[list[float], Past(14)],\n" in told.source and "    day: date,\n" in told.source
    assert ", what comes next, told from what came before." in told.source
    assert "--returns" not in told.command and "--key" not in told.command
    assert told.unsure[0].startswith("the answer: in order of day: the next 7 steps are asked for")
    assert '-> Annotated[bool, Next(1, "open")]:' in draft(path, "open").source


def test_several_series_are_told_apart_by_a_key(tmp_path: Path) -> None:
    told = draft(table(tmp_path, days(70, shops=3)), "sold")
    assert told.command.endswith("--key shop") and "shop:" not in told.source


@pytest.mark.parametrize("columns", [days(30), days(90, gaps=9), {**days(90), "again": days(90)["day"]}])
def test_a_table_without_steps_of_time_is_none(columns: dict[str, list[Any]], tmp_path: Path) -> None:
    assert ") -> float:" in draft(table(tmp_path, columns), "sold").source
