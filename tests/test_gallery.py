"""The gallery: each entry is whole, its rule answers, and its README says what was measured."""

from __future__ import annotations

import random
import shutil
import subprocess
from itertools import cycle, islice
from pathlib import Path

import pytest
from gallery import measure, tables
from gallery.entries import ENTRIES, EVERY, GALLERY, Entry, named
from gallery.faces import sheet
from gallery.faces.examples import CROPS
from gallery.faces.faces import is_face
from gallery.paper import WRONG
from PIL import Image, ImageColor

import wisen


@pytest.fixture(params=list(ENTRIES))
def entry(request) -> Entry:
    return ENTRIES[request.param]


def test_a_folder_holds_entries() -> None:
    assert {path.parent.name for path in GALLERY.glob("*/README.md")} == {each.folder for each in EVERY}
    assert len(ENTRIES) == len(EVERY)


def test_entries_are_named_by_function_and_by_folder() -> None:
    assert named([]) == list(EVERY)
    assert [each.function for each in named(["faces"])] == ["is_face", "same_person"]
    assert named(["diagnosis"]) == [ENTRIES["diagnosis"]]
    with pytest.raises(SystemExit, match="there is no 'dogs' in the gallery; there is: is_face"):
        named(["dogs"])


def test_an_entry_is_whole(entry: Entry) -> None:
    for name in (entry.path.name, "examples.py", "README.md", f"measured/{entry.function}.json"):
        assert (entry.place / name).is_file(), name


def test_the_function_is_decorated_and_has_a_rule(entry: Entry) -> None:
    function = entry.load()
    assert isinstance(function, wisen.Function) and function.written and function.__doc__
    assert function.path == entry.place / f"{entry.file}.{entry.function}.onnx"


def test_the_rule_answers_samples_and_missing_cells(entry: Entry) -> None:
    function = entry.load()
    hand = function.hand()
    assert hand is not None
    columns = [list(islice(cycle(column.kind.samples()), 4)) for column in function.signature.inputs]
    rows = [list(row) for row in zip(*columns, strict=True)]
    rows.append([None if c.kind.optional else v for c, v in zip(function.signature.inputs, rows[0], strict=True)])
    for row in rows:
        for column, said in zip(function.signature.outputs, hand(row), strict=True):
            labels = column.kind.labels()
            assert str(said) in labels if labels else column.kind.truth(said) is not None


def test_the_readmes_say_what_was_measured() -> None:
    assert tables.write(check=True) == []


def test_a_table_that_says_something_else_is_found(tmp_path: Path, monkeypatch) -> None:
    copy, root = tmp_path / "gallery", GALLERY.parent
    for path in [root / "README.md", *GALLERY.rglob("README.md"), *GALLERY.glob("*/measured/*.json")]:
        (tmp_path / path.relative_to(root)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, tmp_path / path.relative_to(root))
    monkeypatch.setattr("gallery.entries.GALLERY", copy)
    monkeypatch.setattr(tables, "GALLERY", copy)
    readme = copy / "cancer" / "README.md"
    good = readme.read_text(encoding="utf-8")
    readme.write_text(good.replace("| learned |", "| learnt |"), encoding="utf-8")

    with pytest.raises(SystemExit):
        tables.main(["--check"])
    assert tables.write() == [readme]
    assert readme.read_text(encoding="utf-8") == good


def test_what_was_measured_is_of_this_function_and_reaches_its_target(entry: Entry) -> None:
    found, reach = entry.measured(), entry.reach
    assert found is not None
    assert (found["function"], found["source"]) == (entry.function, measure.source(entry)), "run scripts/gallery"
    for output in found["outputs"]:
        if reach.metric in output["scores"]["learned"]:
            value = output["scores"]["learned"][reach.metric]
            assert value >= reach.least if output["better"] == "higher" else value <= reach.least
    assert any(reach.metric in output["scores"]["learned"] for output in found["outputs"])
    assert found["verdict"] == (reach.verdict or found["verdict"])
    assert found["training"] <= reach.seconds


def test_a_readme_shows_the_rule_and_the_commands_as_they_are(entry: Entry) -> None:
    text = (entry.place / "README.md").read_text(encoding="utf-8")
    assert f"$ python -m gallery.{entry.folder}.examples\n" in text
    words = (f'"{word}"' if " " in word else word for word in entry.command())
    assert f"$ {' '.join(words)}\n" in text.replace(" \\\n    ", " ")
    blocks = [block.partition("```")[0] for block in text.split("```python\n")[1:]]
    (shown,) = [block for block in blocks if f"def {entry.function}(" in block]
    code = entry.path.read_text(encoding="utf-8")
    for line in shown.splitlines():
        if "..." not in line:
            assert line.partition("  #")[0] in code


def test_what_is_measured_already_is_left_alone(monkeypatch, capsys) -> None:
    monkeypatch.setattr(measure, "measure", lambda entry: pytest.fail("measured again"))
    measure.main(list(ENTRIES))
    assert capsys.readouterr().out.count("measured already") == len(ENTRIES)


def red_pixels(picture: Image.Image) -> int:
    wanted = ImageColor.getrgb(WRONG)
    return sum(count for count, colour in picture.getcolors(1 << 24) or [] if colour == wanted)


def test_the_sheet_marks_what_is_wrong() -> None:
    photo = Image.new("L", (25, 25), 128)
    right = [sheet.Answered(photo, bool(n % 2), bool(n % 2), bool(n % 2)) for n in range(24)]
    wrong = sheet.Answered(photo, True, True, False)
    clean, one, two = (sheet.draw([*right, *more]) for more in ([], [wrong], [wrong, wrong]))
    # 24 pictures take 4 rows; what is added fits into the last of the faces' rows.
    assert clean.size == one.size == two.size
    legend = red_pixels(clean)
    assert 0 < legend < red_pixels(one) < red_pixels(two)


def test_the_sheet_takes_any_number_of_pictures() -> None:
    assert sheet.draw([]).width == sheet.draw([sheet.Answered(Image.new("RGB", (40, 30)), True, False, False)]).width


def test_the_first_command_of_the_readme_draws_its_sheet(tmp_path: Path, monkeypatch) -> None:
    entry, script = ENTRIES["is_face"], (GALLERY.parent / "scripts" / "try").read_text(encoding="utf-8")
    assert " ".join(entry.command()) in script and f"-m gallery.{entry.folder}.sheet" in script
    assert entry.source == CROPS  # what was learned from is what is drawn
    crops, chance = tmp_path / "crops", random.Random(0)
    for number in range(60):
        folder = crops / ("yes" if number % 2 else "no")
        folder.mkdir(parents=True, exist_ok=True)
        Image.new("L", (25, 25), chance.randrange(120) + 130 * (number % 2)).save(folder / f"{number}.png")
    monkeypatch.setattr("gallery.faces.sheet.CROPS", crops)
    monkeypatch.setattr(is_face, "path", tmp_path / "faces.is_face.onnx")
    is_face.train(crops, budget=2, listen=lambda event: None)
    answered = sheet.held_out()
    assert 5 < len(answered) < 40 and sum(each.learned == each.truth for each in answered) > 0.8 * len(answered)
    monkeypatch.undo()
    is_face.reload()


@pytest.mark.parametrize("name", ["setup", "try", "gallery"])
def test_a_script_is_short_and_can_be_called(name: str) -> None:
    path = GALLERY.parent / "scripts" / name
    assert path.stat().st_mode & 0o111, "not executable"
    assert len(path.read_text().splitlines()) <= 15
    subprocess.run(["bash", "-n", path], check=True)
