"""wisen run: answers to words and to tables."""

from __future__ import annotations

import csv
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import PIL.Image
import pytest
from pyarrow import parquet

from tests.cli.conftest import Trained, fruit

BRIGHT = """
    import numpy as np
    import wisen
    from wisen import Image

    @wisen.function
    def bright(photo: Image) -> bool:
        return bool(np.asarray(photo.convert("L")).mean() > 127)
"""


def test_one_example_in_order_or_by_name(trained: Trained, wisen: Any) -> None:
    assert wisen("run", trained.function, "90", "red", "Peru").out == "True\n"
    assert wisen("run", trained.function, "colour=green", "weight=90").out == "False\n"  # origin may be missing
    assert "learned program" in wisen("run", trained.function, "90", "red").err


def test_json_has_the_probability(trained: Trained, wisen: Any) -> None:
    found = json.loads(wisen("run", trained.function, "90", "red", "--json").out)
    assert found["answer"] is True and 0.5 < found["probability"] <= 1
    answer, chance = wisen("run", trained.function, "90", "red", "--probability").out.split("\t")
    assert answer == "True" and float(chance) == pytest.approx(found["probability"], abs=1e-3)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["colour=red"], "wants weight too"),
        (["wait=3", "colour=red"], "Did you mean 'weight'?"),
        (["1", "red", "Peru", "more"], "takes 3 inputs, given 4"),
        (["heavy", "red"], "weight is 'heavy', which is not a number"),
        (["1", "rad"], "Did you mean 'red'?"),
        ([], "give either INPUTs or --table"),
    ],
)
def test_words_that_do_not_fit(words: list[str], told: str, trained: Trained, wisen: Any) -> None:
    said = wisen("run", trained.function, *words)
    assert said.code == 2 and told in said.err, said


def test_photos_one_answer_a_line_and_a_bad_one_told(tmp_path: Path, source: Any, wisen: Any) -> None:
    file = source(BRIGHT)
    for name, grey in (("light", 250), ("dark", 3)):
        PIL.Image.new("L", (8, 8), grey).save(tmp_path / f"{name}.png")
    (tmp_path / "broken.png").write_bytes(b"nothing")
    light, dark, broken = (tmp_path / f"{name}.png" for name in ("light", "dark", "broken"))
    said = wisen("run", file, light, dark)
    assert (said.code, said.out) == (0, "True\nFalse\n") and "answers by hand" in said.err
    said = wisen("run", file, light, broken, dark)
    assert said.code == 2 and said.out == "True\n\nFalse\n" and "broken.png" in said.err


def test_a_folder_of_photos_without_answers(tmp_path: Path, source: Any, wisen: Any) -> None:
    file, folder, told = source(BRIGHT), tmp_path / "photos", tmp_path / "told.csv"
    folder.mkdir()
    for name, grey in (("a", 3), ("b", 250)):
        PIL.Image.new("L", (8, 8), grey).save(folder / f"{name}.png")
    assert wisen("run", file, folder).out == "False\nTrue\n"
    assert wisen("run", file, folder, "--to", told).code == 0
    assert told.read_text().split() == ["file,bright", "a.png,False", "b.png,True"]
    assert "File name too long" in wisen("run", file, "x" * 5000).err
    said = wisen("train", file, "--examples", folder)
    assert said.code == 2 and "holds files and no answers of bright()\nPut one folder per class into it" in said.err


SOLD = """
    from datetime import date
    from typing import Annotated
    import wisen
    from wisen import Next, Past

    @wisen.function
    def next_week(day: date, sold: Annotated[list[float], Past(5)]) -> Annotated[list[float], Next(3, "sold")]:
        return [sold[-1] + 10.0 * ahead for ahead in (1, 2, 3)]
"""


def test_what_follows_the_last_row_is_drawn(tmp_path: Path, source: Any, wisen: Any) -> None:
    file, table, folder = source(SOLD), tmp_path / "sold.csv", tmp_path / "seen"
    days = [f"2020-01-{day:02},{shop},{day % 7}" for shop in ("north", "south/1") for day in range(1, 21)]
    table.write_text("\n".join(["day,shop,sold", *days]))
    said = wisen("run", file, "--table", table, "--key", "shop", "--draw", folder, "--json")
    assert said.code == 0 and len(said.out.splitlines()) == 40
    assert sorted(path.name for path in folder.iterdir()) == ["north.png", "south_1.png"]
    picture = PIL.Image.open(folder / "north.png")
    assert picture.size == (720, 360) and len(picture.getcolors(1 << 20) or []) > 5
    said = wisen("run", source(BRIGHT), "--table", table, "--draw", folder)
    assert said.code == 2 and "--draw goes with INPUTs" in said.err


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".parquet"])
def test_a_table_keeps_its_columns_and_gets_answers(suffix: str, tmp_path: Path, trained: Trained, wisen: Any) -> None:
    to = tmp_path / f"out{suffix}"
    words = ["run", trained.function, "--table", trained.examples, "--to", to, "--as", "said", "--probability"]
    said = wisen(*words)
    assert said.code == 0, said.err
    rows = read(to)
    assert len(rows) == 400
    assert list(rows[0]) == ["weight", "colour", "origin", "ripe", "said", "said_probability"]
    right = sum(str(row["said"]) == {"yes": "True", "no": "False"}[row["ripe"]] for row in rows)
    assert right > 360
    assert all(0.5 <= float(row["said_probability"]) <= 1 for row in rows)
    assert [row["weight"] for row in rows] == [line.split(",")[0] for line in fruit(400)[1:]]


def read(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        found: list[dict[str, Any]] = parquet.read_table(path).to_pylist()
        assert isinstance(found[0]["said"], bool) and isinstance(found[0]["said_probability"], float)
        return found
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text().splitlines()]
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t" if path.suffix == ".tsv" else ","))


def test_a_column_is_not_overwritten(tmp_path: Path, trained: Trained, wisen: Any) -> None:
    said = wisen("run", trained.function, "--table", trained.examples, "--to", tmp_path / "out.csv")
    assert said.code == 2 and "--as ripe_learned" in said.err
    assert not (tmp_path / "out.csv").exists()


def test_the_examples_are_not_overwritten(tmp_path: Path, trained: Trained, wisen: Any) -> None:
    table, link = tmp_path / "in.csv", tmp_path / "link.csv"
    table.write_text("weight,colour,origin\n90,red,Peru\n")
    link.symlink_to(table)
    before = table.read_bytes()
    for to in (table, link, tmp_path / "." / "in.csv"):
        said = wisen("run", trained.function, "--table", table, "--to", to)
        assert said.code == 2 and "is the table of the examples itself" in said.err
    assert table.read_bytes() == before and link.is_symlink()


def test_a_column_of_nearly_that_name_is_not_doubled(tmp_path: Path, trained: Trained, wisen: Any) -> None:
    table = tmp_path / "in.csv"
    table.write_text("weight,colour,origin,Ripe,ripe learned\n90,red,Peru,yes,no\n")
    said = wisen("run", trained.function, "--table", table, "--to", tmp_path / "out.csv")
    assert said.code == 2 and "has a column 'Ripe' already" in said.err
    other = shlex.split(said.err.partition("otherwise: ")[2])
    assert wisen("run", trained.function, "--table", table, "--to", tmp_path / "out.csv", *other).code == 0


PRICE = """
    from dataclasses import dataclass
    import wisen

    @dataclass
    class House:
        rooms: int
        street: str

    @wisen.function
    def price(area: float, house: House = House(3, "High St"), day: int = 2, *, note: str | None = "dear") -> float:
        return area * 100 + house.rooms * 10 + day + len(house.street + (note or "")) / 100
"""


def test_defaults_stand_for_what_is_not_typed(source: Any, wisen: Any) -> None:
    file = source(PRICE)
    assert wisen("run", file, "area=10").out == "1032.11\n"
    assert wisen("run", file, "10").out == "1032.11\n"
    assert wisen("run", file, "10", "house.rooms=1", "day=5").out == "1015.11\n"
    said = wisen("run", file, "day=3")
    assert said.code == 2 and "price() wants area too\nWrite area=0.0\n" in said.err


def test_the_hint_can_be_pasted(source: Any, wisen: Any) -> None:
    file = source(
        """
        import wisen
        from typing import Literal
        from wisen import Image

        @wisen.function
        def f(a: float, mood: Literal["so so, and a label that is longer than forty letters", "it's"],
              photo: Image, story: str, last: int) -> bool:
            return len(story) > 3
        """
    )
    said = wisen("run", file, "a=1")
    hint = said.err.partition("\nWrite ")[2].strip()
    names = [word.partition("=")[0] for word in shlex.split(hint)]
    assert said.code == 2 and names == ["mood", "photo", "story", "last"]
    assert "'mood=so so, and a label that is longer than forty letters'" in hint and "photo=FILE." in hint
    words = [word for word in shlex.split(hint) if not word.startswith("photo=")]
    PIL.Image.new("L", (8, 8)).save(file.parent / "a.png")
    assert wisen("run", file, "a=1", f"photo={file.parent / 'a.png'}", *words).out == "True\n"


def test_a_few_bad_rows_get_an_empty_answer(tmp_path: Path, trained: Trained, wisen: Any) -> None:
    table, to = tmp_path / "in.csv", tmp_path / "out.csv"
    table.write_text("\n".join(["kg,colour,origin", *["90,red,"] * 30, "heavy,red,", *["10,green,"] * 30]))
    said = wisen("run", trained.function, "--table", table, "--to", to, "--columns", "weight=kg")
    assert said.code == 0 and "1 of 61 rows have no answer" in said.err and "in.csv row 31" in said.err
    answers = [row["ripe"] for row in csv.DictReader(to.open(newline=""))]
    assert answers == ["True"] * 30 + [""] + ["False"] * 30


def test_many_bad_rows_are_an_error_and_the_old_file_stays(tmp_path: Path, trained: Trained, wisen: Any) -> None:
    table, to = tmp_path / "in.csv", tmp_path / "out.csv"
    to.write_text("old")
    table.write_text("\n".join(["weight,colour,origin", *["90,red,Peru"] * 10, "heavy,red,Peru"]))
    said = wisen("run", trained.function, "--table", table, "--to", to)
    assert said.code == 2 and "row 11" in said.err and "Nothing was written." in said.err
    assert to.read_text() == "old" and sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "out.csv"]


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".parquet"])
def test_a_table_in_pieces_gets_the_same_answers(
    suffix: str, tmp_path: Path, trained: Trained, wisen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    table, said = tmp_path / "in.csv", []
    lines = [f'{weight},{"red" if weight % 2 else "green"},"Peru, or\nelse"' for weight in range(10, 120)]
    lines[50:50] = ["heavy,red,", "1,2,3,4,5"]
    table.write_text("\n".join(["weight,colour,origin", *lines]))
    for name, large in (("whole", 1 << 30), ("pieces", 0)):
        monkeypatch.setattr("wisen.examples.pieces.LARGE", large)
        monkeypatch.setattr("wisen.examples.sources.BLOCK", 1 << 30 if large else 300)
        monkeypatch.setattr("wisen.examples.pieces.BLOCK", 1 << 30 if large else 300)
        to = tmp_path / f"{name}{suffix}"
        found = wisen("run", trained.function, "--table", table, "--to", to, "--as", "said", "--probability")
        assert found.code == 0 and "2 of 112 rows have no answer" in found.err
        assert "in.csv row 51: weight" in found.err and "in.csv row 52: has 5 cells, not 3" in found.err
        said.append(read(to))
    assert said[0] == said[1] and len(said[0]) == 111
    assert said[0][0]["origin"] == "Peru, or\nelse" and said[0][50]["said"] in (None, "")


def test_a_hand_written_body_that_fails_is_a_bad_row(tmp_path: Path, source: Any, wisen: Any) -> None:
    file = source("import wisen\n@wisen.function\ndef inverse(x: float) -> float:\n    return 1 / x\n")
    (tmp_path / "in.csv").write_text("\n".join(["x", *["2"] * 40, "0"]))
    said = wisen("run", file, "--table", tmp_path / "in.csv", "--json")
    lines = [json.loads(line) for line in said.out.splitlines()]
    assert said.code == 0 and lines[0] == {"x": "2", "inverse": 0.5} and lines[40]["inverse"] is None
    assert "ZeroDivisionError" in said.err


def test_a_table_under_no_known_name(tmp_path: Path, trained: Trained, wisen: Any) -> None:
    said = wisen("run", trained.function, "--table", trained.examples, "--to", tmp_path / "out.xlsx")
    assert said.code == 2 and ".parquet" in said.err


def test_several_outputs(tmp_path: Path, source: Any, wisen: Any) -> None:
    file = source(
        """
        from typing import NamedTuple
        import wisen

        class Both(NamedTuple):
            half: float
            double: float

        @wisen.function
        def both(x: float) -> Both:
            return Both(x / 2, x * 2)
        """
    )
    assert wisen("run", file, "4").out == "half=2.0\tdouble=8.0\n"
    assert json.loads(wisen("run", file, "4", "--json").out)["answer"] == {"half": 2.0, "double": 8.0}
    (tmp_path / "in.csv").write_text("x\n4\n6\n")
    assert wisen("run", file, "--table", tmp_path / "in.csv", "--to", tmp_path / "out.csv").code == 0
    assert (tmp_path / "out.csv").read_text() == "x,both.half,both.double\n4,2.0,8.0\n6,3.0,12.0\n"


def test_negative_numbers_are_values(tmp_path: Path, source: Any, wisen: Any) -> None:
    file = source("import wisen\n@wisen.function\ndef half(x: float) -> float:\n    return x / 2\n")
    said = wisen("run", file, "-1", "-.5", "-3e2", "4", "--json", "-1e-2")
    assert [json.loads(line)["answer"] for line in said.out.splitlines()] == [-0.5, -0.25, -150, 2, -0.005]
    assert json.loads(said.out.splitlines()[0])["input"] == "-1"
    assert wisen("run", file, "--", "-1").out == "-0.5\n" and wisen("run", file, "x=-1").out == "-0.5\n"
    assert wisen("run", file, "-x").code == 2 and wisen("run", file, "1", "--jsn").code == 2
    (tmp_path / "in.csv").write_text("-1,y\n4,1\n8,2\n")
    words = ["run", file, "--table", tmp_path / "in.csv", "--columns", "x=-1", "--as", "-2", "--to", tmp_path / "o.csv"]
    assert wisen(*words).code == 0 and (tmp_path / "o.csv").read_text() == "-1,y,-2\n4,1,2.0\n8,2,4.0\n"


def test_nobody_reads_on(tmp_path: Path, source: Any, trained: Trained) -> None:
    """`wisen run ... | head -1` is no error: nothing is complained of, and the code is that of SIGPIPE."""
    file = source("import wisen\n@wisen.function\ndef half(x: float) -> float:\n    return x / 2\n")
    (tmp_path / "in.csv").write_text("x\n" + "1\n" * 50_000)
    for words in (["run", file, "--table", tmp_path / "in.csv"], ["run", file, "1"], ["inspect", trained.function]):
        reader, writer = os.pipe()
        os.close(reader)
        line = [sys.executable, "-m", "wisen", *map(str, words)]
        found = subprocess.run(line, stdout=writer, stderr=subprocess.PIPE, text=True, timeout=60)
        os.close(writer)
        assert found.returncode == 141, found
        assert "Broken" not in found.stderr and "Traceback" not in found.stderr and "rror" not in found.stderr


def test_an_error_of_the_rival_is_shown(tmp_path: Path, source: Any, wisen: Any) -> None:
    file = source("import wisen\n@wisen.function\ndef big(x: float) -> bool:\n    return 1 / int(x) > 0\n")
    (tmp_path / "in.csv").write_text(
        "\n".join(["x,big", *(f"{i / 10},{'yes' if i > 5 else 'no'}" for i in range(100))])
    )
    said = wisen("train", file, "--examples", tmp_path / "in.csv", "--budget", "1")
    told = " ".join(said.out.split())
    assert "of them, which count as wrong, such as ZeroDivisionError: division by zero" in told, said


def test_nothing_can_answer(source: Any, wisen: Any) -> None:
    file = source("import wisen\n@wisen.function\ndef f(x: float) -> bool: ...\n")
    said = wisen("run", file, "1")
    assert said.code == 2 and "wisen train" in said.err and said.out == ""


def test_torch_is_not_imported(trained: Trained) -> None:
    code = f"""
import sys
from wisen.cli import main
for words in (["run", {trained.function!r}, "90", "red"], ["inspect", {trained.function!r}],
              ["run", {trained.function!r}, "--table", {str(trained.examples)!r}, "--json", "--as", "said"]):
    try:
        main(words)
    except SystemExit as end:
        assert not end.code
assert "torch" not in sys.modules
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert found.returncode == 0, found.stderr


FORECAST = """
    from typing import Annotated
    import wisen
    from wisen import Next, Past

    @wisen.function
    def ahead(sold: Annotated[list[float], Past(3)]) -> Annotated[list[float], Next(2, "sold")]:
        return [sold[-1], sold[0]]
"""


def series(path: Path, key: str = "") -> Path:
    rows = [f"2024-01-{day:02},{day}{key}\n" for day in (3, 1, 2, 6, 5, 4)]
    path.write_text(f"day,sold{',shop' if key else ''}\n" + "".join(rows))
    return path


def test_rows_in_order_of_time_are_answered_by_those_before_them(source: Any, wisen: Any, tmp_path: Path) -> None:
    function = f"{source(FORECAST)}:ahead"
    table = series(tmp_path / "days.csv")
    assert wisen("run", function, "--table", table, "--to", tmp_path / "out.csv").code == 0
    rows = {row["day"]: row for row in csv.DictReader((tmp_path / "out.csv").open())}
    assert list(rows) == [f"2024-01-0{day}" for day in (3, 1, 2, 6, 5, 4)], "as the table had them"
    assert rows["2024-01-02"]["ahead+1"] == "" and rows["2024-01-03"]["ahead+1"] == "3.0"
    assert (rows["2024-01-06"]["ahead+1"], rows["2024-01-06"]["ahead+2"]) == ("6.0", "4.0"), "the last row, too"
    wisen("run", function, "--table", table, "--to", tmp_path / "out.parquet")
    assert parquet.read_table(tmp_path / "out.parquet").column("ahead").to_pylist()[3] == [6.0, 4.0]
    assert wisen("run", function, "[1, 2, 3]").out == "[3.0, 1.0]\n"
    assert "has 2 steps, not 3" in wisen("run", function, "1 2").err


def test_series_in_one_table_are_told_apart_by_a_key(source: Any, wisen: Any, tmp_path: Path) -> None:
    function = f"{source(FORECAST)}:ahead"
    table = series(tmp_path / "days.csv", ",a")
    table.write_text(table.read_text() + "2024-01-07,70,b\n2024-01-08,80,b\n2024-01-09,90,b\n")
    wisen("run", function, "--table", table, "--to", tmp_path / "out.csv", "--key", "shop", "--time", "day")
    found = [row["ahead+1"] for row in csv.DictReader((tmp_path / "out.csv").open())]
    assert found == ["3.0", "", "", "6.0", "5.0", "4.0", "", "", "90.0"]
    assert "no column 'place'" in wisen("run", function, "--table", table, "--key", "place").err
