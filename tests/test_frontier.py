"""The frontier: which width to take, and how it is drawn."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.cli.conftest import typed
from tests.test_resize import trained  # noqa: F401  # a fixture
from wisen.sizes import frontier as room
from wisen.sizes import measures
from wisen.sizes.frontier import Frontier, Point, edge, knee


def point(name: str, seconds: float, loss: float | None, factor: float | None = 1.0, value: float = 0.9) -> Point:
    return Point(name, seconds, 2 * seconds, 1000, value, value - 0.05, value + 0.05, loss, factor)


def test_the_knee_is_the_farthest_above_the_chord() -> None:
    # Of the logarithms of the times: 0, 1, 2, 3; of the losses: 0, 0.8, 0.95, 1.
    curve = [point("a", 1, 1.0), point("b", 10, 0.2), point("c", 100, 0.05), point("d", 1000, 0.0)]
    assert knee(curve).name == "b"
    assert knee(list(reversed(curve))).name == "b"
    late = [point("a", 1, 1.0), point("b", 10, 0.9), point("c", 100, 0.1), point("d", 1000, 0.0)]
    assert knee(late).name == "c"


def test_what_another_beats_in_both_is_no_knee() -> None:
    curve = [point("a", 1, 1.0), point("beaten", 20, 0.9), point("b", 10, 0.2), point("d", 1000, 0.0)]
    assert [each.name for each in edge(curve)] == ["a", "b", "d"]
    assert knee(curve).name == "b"


def test_of_two_the_better_is_taken_and_one_alone_is_its_own_knee() -> None:
    assert knee([point("fast", 1, 1.0), point("good", 2, 0.5)]).name == "good"
    assert knee([point("one", 1, 1.0)]).name == "one"
    assert knee([point("lost", 1, float("nan")), point("one", 2, 1.0)]).name == "one"


def drawing() -> Frontier:
    points = (
        point("by hand", 2e-6, None, None, 0.5),
        point("linear", 2e-5, 0.4, None, 0.8),
        point("width 16 (x 0.5)", 3e-5, 0.2, 0.5, 0.9),
        point("the present program", 4e-5, None, None, 0.93),
        point("width 32 (x 1)", 4.1e-5, 0.15, 1.0, 0.93),
    )
    return Frontier(
        "f",
        "accuracy",
        "higher",
        100,
        points,
        "width 16 (x 0.5)",
        "width 16 (x 0.5)",
        "wisen resize f.py:f --width 0.5",
    )


def test_it_is_drawn_as_a_picture_and_as_svg() -> None:
    found = drawing()
    picture = Image.open(BytesIO(found.png()))
    assert picture.format == "PNG" and picture.width > 1000
    colours = {colour for _, colour in picture.convert("RGB").getcolors(1 << 24) or []}
    assert {(0x1F, 0x5F, 0x99), (0xB8, 0x56, 0x0B), (0x85, 0x85, 0x8C), (0x1A, 0x6B, 0x3C)} <= colours
    root = ET.fromstring(found.svg())
    texts = {element.text for element in root.iter() if element.tag.endswith("text")}
    assert {"by hand", "linear", "the present program", "x 0.5: knee, taken", "x 1"} <= texts
    assert sum(element.tag.endswith("circle") for element in root.iter()) == 5


def test_names_do_not_cover_each_other() -> None:
    from wisen.sizes.drawing import chart, labels

    found = drawing()
    places = labels(found, chart(found))
    assert len(places) == 5
    for number, (left, base, text) in enumerate(places):
        for other, low, words in places[number + 1 :]:
            apart = left + 6 * len(text) < other or other + 6 * len(words) < left or abs(base - low) >= 12
            assert apart, (text, words)


def test_it_says_which_it_would_take_and_by_what() -> None:
    found = drawing()
    text = str(found)
    for word in ("Satopää", "The 100 held-out examples had no part in that", "--width 0.5", "knee", "validation loss"):
        assert word in text
    assert json.loads(json.dumps(found.to_json()))["knee"] == found.knee
    assert "<svg" in found._repr_html_() and "<table>" in found._repr_html_()


def test_the_command_trains_widths_and_draws_them(
    trained: Any,  # noqa: F811  # the fixture
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(room, "FACTORS", (0.125, 1.0))
    monkeypatch.setattr(measures, "ROUNDS", 1)
    monkeypatch.setattr(measures, "LONGEST", 0.1)
    before = trained.path.read_bytes()
    said = typed("frontier", f"{trained.file}:inside", "--budget", "6", "--output", tmp_path / "ring")
    assert said.code == 0, said.err
    told = json.loads((tmp_path / "ring.json").read_text())
    names = {each["name"] for each in told["points"]}
    assert {"by hand", "linear", "the present program"} < names and len(names) == 5
    times = {each["name"]: each["seconds"] for each in told["points"]}
    assert times[told["taken"]] <= times[told["knee"]]
    assert told["command"] in said.out
    assert ET.fromstring((tmp_path / "ring.svg").read_text()) is not None
    assert Image.open(tmp_path / "ring.png").size
    assert trained.path.read_bytes() == before  # nothing is installed
    assert not list((trained.path.parent / ".wisen").rglob("frontier.*.pt"))
