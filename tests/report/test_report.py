"""The report as a whole: one page that needs nothing else, and every number of it as plain data."""

from __future__ import annotations

import datetime as dt
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import wisen as public
from tests.cli.conftest import typed
from wisen.plain import finite
from wisen.report import SECTIONS, Page
from wisen.report.page import written
from wisen.report.subject import Subject
from wisen.spoken import duration, size


def test_a_section_is_one_file_and_one_row() -> None:
    homes = [section.found.__module__ for section in SECTIONS.values()]
    assert len(homes) == len(set(homes))
    assert [section.drawn.__module__ for section in SECTIONS.values()] == homes
    help_ = {"__init__", "page", "style", "chart", "pieces", "subject", "parts"}
    files = {path.stem for path in Path(public.__file__ or "").parent.joinpath("report").glob("*.py")}
    assert {home.rpartition(".")[2] for home in homes} | help_ == files


def test_every_section_is_there(page: Page) -> None:
    missing = set(SECTIONS) - set(page.figures["sections"])
    assert not missing and not page.figures["not_shown"]
    for name in SECTIONS:
        assert f'<section id="{name}">' in page.html
        assert page.figures["sections"][name]["headline"]


def test_the_page_is_drawn_of_the_json_alone(page: Page, subject: Subject) -> None:
    told = json.loads(json.dumps(page.to_json(), allow_nan=True))

    def show(side: str, place: int) -> str:
        return "" if side.startswith("explained") else subject.shown(side, place)

    again = written(told, show)
    assert re.sub(r"<img[^>]*>", "", page.html) == again


class Tags(HTMLParser):
    """What is opened and closed, and what leads elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href", "action", "data", "poster")]
        if tag not in ("meta", "br", "img", "path", "circle", "rect", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("path", "circle", "rect"):
            assert self.open and self.open[-1] == tag, (tag, self.open[-4:])
            self.open.pop()


def test_it_is_one_whole_file_without_a_network(page: Page) -> None:
    tags = Tags()
    tags.feed(page.html)
    assert not tags.open
    assert all(link.startswith(("#", "data:")) for link in tags.links)
    assert not tags.seen & {"script", "link", "iframe", "object", "embed"}
    assert "url(" not in page.html and "@import" not in page.html
    assert "prefers-color-scheme:dark" in page.html and "@media print" in page.html
    assert len(page.html) < 10_000_000


def test_what_people_wrote_is_escaped(page: Page) -> None:
    assert "&lt;fruit&gt; &amp; more" in page.html and "<fruit>" not in page.html
    assert "&lt;good&gt;" in page.html and "<good>" not in page.html


def test_the_first_screen_says_verdict_numbers_and_how_sure(page: Page) -> None:
    head = page.html.partition("</header>")[0]
    scores = page.figures["sections"]["head-to-head"]["outputs"]["answer"]["scores"]
    for rival in ("by hand", "learned"):
        assert f"{100 * scores[rival]['metrics']['accuracy']:.1f} %" in head
    assert page.figures["verdict"] == "better" and "The learned program is better" in head
    cost = page.figures["sections"]["cost"]
    assert size(cost["bytes"]) in head and duration(cost["calls"]["learned"]["quantiles"]["0.5"]) in head
    assert "with 95 % confidence it lies between +" in head


def test_the_command_writes_the_page_and_prints_the_numbers(made: Any, tmp_path: Path) -> None:
    name = f"{Path(made.path).parent / 'made_for_report.py'}:sort"
    to = tmp_path / "page.html"
    said = typed("report", name, "--output", to, "--by", "farm")
    assert said.code == 0, said.err
    assert to.read_text().startswith("<!doctype html>") and str(to.name) in said.out
    found = json.loads(typed("report", name, "--json", "--by", "farm").out)
    assert set(found["sections"]) == set(SECTIONS)
    assert found["verdict"] == "better" and found["seconds"]["in all"] > 0


def test_a_column_that_is_not_there_and_a_function_without_a_program(made: Any, tmp_path: Path) -> None:
    name = f"{Path(made.path).parent / 'made_for_report.py'}:sort"
    said = typed("report", name, "--by", "farmer", "--output", tmp_path / "x.html")
    assert said.code == 2 and "'farm'" in said.err and not (tmp_path / "x.html").exists()
    file = tmp_path / "untrained_for_report.py"
    file.write_text("import wisen\n@wisen.function\ndef f(x: float) -> bool: ...\n")
    said = typed("report", file)
    assert said.code == 2 and "wisen train" in said.err


def test_a_section_that_cannot_be_made_is_named(made: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "cleanlab", None)
    monkeypatch.setitem(__import__("sys").modules, "cleanlab.filter", None)
    page = made.report()
    assert "suspects" not in page.figures["sections"]
    assert "cleanlab" in page.figures["not_shown"]["suspects"] and "not shown: suspects" in page.html
    assert "groups" not in page.figures["sections"], "no column was declared"


# ---- every kind --------------------------------------------------------------------------------

KINDS = """
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal
import numpy as np
import wisen
from wisen import Audio, Image

@wisen.function
def heard(sound: Audio) -> Literal["low", "high"]: ...

@wisen.function
def meant(text: str, stars: int | None) -> bool:
    return "good" in text

@wisen.function
def spelled(word: str) -> str:
    return word

@dataclass
class Trip:
    cost: float
    late: bool

@wisen.function
def trip(day: date, distance: float, photo: Image | None) -> Trip:
    return Trip(distance, False)
"""


def sounds(random: np.random.Generator) -> list[Any]:
    found = []
    for _ in range(90):
        high = bool(random.integers(2))
        wave = np.sin(np.arange(800) * random.uniform(0.9, 1.1) * (1.5 if high else 0.4))
        found.append(((public.Audio(wave.astype(np.float32) * 0.5, 8000),), "high" if high else "low"))
    return found


def texts(random: np.random.Generator) -> list[Any]:
    words = ["film", "plot", "actor", "scene", "end"]
    found = []
    for _ in range(160):
        good = bool(random.integers(2))
        text = " ".join([*random.choice(words, 4), "fine" if good else "dull"])
        found.append(((text, int(random.integers(5)) if random.random() < 0.7 else None), good))
    return found


def spellings(random: np.random.Generator) -> list[Any]:
    words = {"".join(random.choice(list("abc"), int(random.integers(2, 5)))) for _ in range(200)}
    return [((word,), word[::-1].upper()) for word in sorted(words)]


def trips(random: np.random.Generator) -> list[Any]:
    start, found = dt.date(2024, 1, 1), []
    for place in range(140):
        distance = float(random.uniform(0, 50))
        photo = random.integers(0, 255, (9, 9), dtype=np.uint8) if place % 3 else None
        day = start + dt.timedelta(days=int(random.integers(700)))
        found.append(((day, distance, photo), {"cost": 3 + 2 * distance, "late": day.weekday() > 4}))
    return found


@pytest.mark.parametrize(
    ("name", "examples"),
    [("heard", sounds), ("meant", texts), ("spelled", spellings), ("trip", trips)],
)
def test_every_kind_gets_a_page(name: str, examples: Any, module: Any) -> None:
    function = getattr(module(KINDS), name)
    made = examples(np.random.default_rng(0))
    function.train(made, budget=2, accept=True, listen=lambda event: None)
    page = function.report(made)
    assert {"head-to-head", "mistakes", "cost"} <= set(page.figures["sections"])
    kinds = [column.kind for column in function.program.inputs]
    assert ("corruption" in page.figures["sections"]) == any(kind.outside().corruptions for kind in kinds)
    json.loads(json.dumps(finite(page.to_json()), allow_nan=False))
    tags = Tags()
    tags.feed(page.html)
    assert not tags.open and ">nan<" not in page.html.lower()
