"""The page that runs a program: its answers are Python's, in a real browser, from disk and without a network."""

from __future__ import annotations

import base64
import io
import json
import random
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from PIL.PngImagePlugin import PngInfo

import wisen
from tests.conftest import ROOT, imported
from tests.explain import browser
from tests.explain.browser import Browser
from wisen.bake import bake, html
from wisen.bake.runtime import VERSION
from wisen.errors import BadProgram
from wisen.program import Program

SOURCE = '''
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal

import wisen
from wisen import Audio, Category, Image, Next, Past, Rate, Size


@dataclass
class Customer:
    age: int
    income: float | None
    city: Annotated[str, Category]


@dataclass
class Offer:
    plan: Literal["small", "large", "none"]
    price: float


@wisen.function
def offer(customer: Customer, member: bool, colour: Literal["red", "ὑγρός"] | None, since: date,
          seen: datetime | None) -> Offer:
    """What to offer <b>whom</b>."""


@wisen.function
def ring(photo: Annotated[Image, Size(12)]) -> bool: ...


@wisen.function
def high(sound: Annotated[Audio, Rate(8000)]) -> bool: ...


@wisen.function
def mood(text: str) -> Literal["good", "bad"]: ...


@wisen.function
def ahead(temp: Annotated[list[float], Past(6)]) -> Annotated[list[float], Next(3, "temp")]: ...
'''


# ---- programs and pages ------------------------------------------------------------------------


def offers(rng: random.Random) -> dict[str, Any]:
    """One raw example of `offer`, as a table and a page hold it."""
    return {
        "customer.age": rng.randrange(18, 90),
        "customer.income": None if rng.random() < 0.3 else rng.uniform(0, 9e4),
        "customer.city": rng.choice(["Rom", "Oslo", "São Paulo", "Bonn", "nowhere"]),
        "member": rng.random() < 0.5,
        "colour": rng.choice(["red", "ὑγρός", None]),
        "since": f"{rng.randrange(1950, 2030)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}",
        "seen": rng.choice([None, f"2026-0{rng.randrange(1, 10)}-11T0{rng.randrange(10)}:30:0{rng.randrange(10)}"]),
    }


def texts(rng: random.Random) -> dict[str, Any]:
    words = ["fine", "great", "awful", "poor", "the", "film", "wäre", "🙂", "it", "\n"]
    return {"text": " ".join(rng.choice(words) for _ in range(rng.randrange(12)))}


def pictures(rng: random.Random) -> dict[str, Any]:
    """A picture in one of the ways in which a PNG file can hold one."""
    noise = np.random.default_rng(rng.randrange(10**6))
    height, width = rng.randrange(8, 24), rng.randrange(8, 24)
    deep = PIL.Image.fromarray(noise.integers(0, 65536, (height, width), dtype=np.uint16))
    clear = PIL.Image.fromarray(noise.integers(0, 256, (height, width, 4), dtype=np.uint8))
    grey, colours = clear.convert("L"), clear.convert("RGB")
    few = colours.quantize(11)
    one = tuple(map(int, np.asarray(colours)[0, 0]))
    files: list[tuple[PIL.Image.Image, dict[str, Any]]] = [
        *((clear.convert(mode), {}) for mode in ("L", "RGB", "RGBA", "LA", "P", "1")),
        (deep, {}),
        (few, {"bits": 4}),
        (few, {"transparency": bytes(range(0, 11 * 20, 20))}),
        (grey, {"transparency": int(np.asarray(grey)[0, 0])}),
        (colours, {"transparency": one}),
        (colours, {"pnginfo": with_gamma()}),
    ]
    picture, how = rng.choice(files)
    file = io.BytesIO()
    picture.save(file, "PNG", **how)
    return {"photo": "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()}


def with_gamma() -> PngInfo:
    """What says that a picture is darker than its numbers; nobody is to believe it."""
    found = PngInfo()
    found.add(b"gAMA", (20000).to_bytes(4, "big"))
    return found


def windows(rng: random.Random) -> dict[str, Any]:
    return {"temp": [None if rng.random() < 0.1 else rng.gauss(10, 5) for _ in range(6)]}


def sounds(rng: random.Random) -> dict[str, Any]:
    """A WAV file of one of the widths, at one of some rates, with one channel or two."""
    rate = rng.choice([8000, 8000, 11025, 16000, 44100])
    time = np.arange(rate // 5) / rate
    tone = 0.4 * np.sin(2 * np.pi * rng.choice([300, 900]) * time) * np.hanning(len(time))
    file = io.BytesIO()
    width = rng.choice(["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
    both = np.stack([tone, 0.5 * tone], axis=1) if rng.random() < 0.5 else tone
    pytest.importorskip("soundfile").write(file, both, rate, format="WAV", subtype=width)
    return {"sound": "data:audio/wav;base64," + base64.b64encode(file.getvalue()).decode()}


RAW = {"mood": texts, "high": sounds, "ring": pictures, "ahead": windows, "offer": offers}


def examples(name: str) -> Any:
    """What the functions learn from."""
    rng = random.Random(1)
    raw = [RAW[name](rng) for _ in range(120)]
    if name == "mood":
        return [(row["text"], "bad" if "awful" in row["text"] else "good") for row in raw]
    if name in ("ring", "high"):
        column = "photo" if name == "ring" else "sound"
        return [(row[column], bool(number % 2)) for number, row in enumerate(raw)]
    if name == "ahead":
        days = [str(np.datetime64("2026-01-01") + step) for step in range(200)]
        return {"day": days, "temp": [10 + 5 * float(np.sin(step / 3)) + rng.gauss(0, 1) for step in range(200)]}
    for row in raw:
        row["plan"] = "large" if row["customer.age"] > 50 else "small" if row["member"] else "none"
        row["price"] = (row["customer.income"] or 2e4) / 1e3 + 10 * row["member"]
    return {key: [row[key] for row in raw] for key in raw[0]}


@pytest.fixture(scope="session")
def engine(javascript: Path) -> Path:
    """A folder with the runtime of browsers."""
    return javascript.parent.parent / "tests" / "javascript" / "node_modules" / "onnxruntime-web"


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, steady: None) -> Any:
    """The functions of SOURCE, each with a program that learned for a moment."""
    path = tmp_path_factory.mktemp("pages") / "shown.py"
    path.write_text(SOURCE, encoding="utf-8")
    module = imported(path)
    for name in RAW:
        quiet = {"budget": 0.3, "listen": lambda event: None, "accept": True}
        getattr(module, name).train(examples(name), **quiet)
    return module


@pytest.fixture(scope="session")
def pages(made: Any, engine: Path) -> Iterator[Mapping[str, Path]]:
    """The page of each of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(html, "packed", lru_cache(html.packed))  # the runtime is that of all of them
        yield {name: getattr(made, name).bake("html", made_at(made, name), runtime=engine) for name in RAW}


def made_at(made: Any, name: str) -> Path:
    return Path(made.__file__).with_name(f"{name}.html")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if browser.CHROMIUM is None:
        pytest.skip("there is no browser: apt-get install chromium")
    with Browser() as found:
        yield found


FAR, SURE = {"high": 0.4 * 5e-3}, {"high": 1e-3}
"""How far numbers that go in, and probabilities, may lie apart: sounds are brought to the rate by another filter."""
PLAIN = """found => found.parts || "value" in found ? found : Object.fromEntries(Object.entries(found).map(
    ([name, { dims, data }]) => [name, [dims, Array.from(data, each => typeof each === "bigint" ? String(each)
        : Number.isNaN(each) ? "nan" : each)]]))"""
"""What the page says as JSON can hold it."""


def asked(page: Browser, rows: Sequence[Mapping[str, Any]], what: str = "answer") -> list[Any]:
    """What the page says of raw examples; sentences where it cannot read them."""
    ask = f"row => wisen.{what}(row).then({PLAIN}).catch(error => error.message)"
    found: list[Any] = page.js(
        "(async (rows, ask) => { const found = []; for (const row of rows) found.push(await ask(row)); return found; })"
        f"({json.dumps(rows)}, {ask})"
    )
    return found


def shown(page: Browser, path: Path) -> Browser:
    """The browser when it shows a page; as it is where it does."""
    return page if page.js("location.href") == path.as_uri() else page.open(path)


def read_row(program: Program, row: Mapping[str, Any]) -> list[Any]:
    return [column.kind.read(row[column.name]) for column in program.inputs]


# ---- answers -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RAW)
def test_its_answers_are_those_of_python(name: str, made: Any, pages: Mapping[str, Path], chromium: Browser) -> None:
    program, rng = wisen.load(getattr(made, name).path), random.Random(2)
    rows = [RAW[name](rng) for _ in range(100)]
    page = shown(chromium, pages[name])
    for row, said in zip(rows, asked(page, rows), strict=True):
        assert isinstance(said, dict), said
        for column, wanted in zip(program.outputs, program.predict(read_row(program, row)), strict=True):
            found = said["parts"][column.name] if "parts" in said else said
            written = column.kind.write(wanted.value)
            if isinstance(written, str | bool):
                assert found["value"] == written
            else:
                assert found["value"] == pytest.approx(written, rel=1e-5, abs=1e-4)
            assert found["probability"] == pytest.approx(wanted.probability, abs=SURE.get(name, 1e-5))
            pairs = [(label, chance) for label, chance in found["alternatives"]]
            assert dict(pairs) == pytest.approx(dict(wanted.alternatives), abs=SURE.get(name, 1e-5))
            assert found["coverage"] == wanted.coverage
            if isinstance(wanted.within, tuple):
                assert set(found["within"]) == set(wanted.within)
            else:
                assert found["within"]["low"] == pytest.approx(wanted.within.low, rel=1e-4, abs=1e-3)
                assert found["within"]["high"] == pytest.approx(wanted.within.high, rel=1e-4, abs=1e-3)
            far = wanted.unlike if wanted.unlike is None else pytest.approx(wanted.unlike, rel=1e-3, abs=2e-2)
            assert said["unlike"] == far  # a root of differences of squares
    assert not page.errors


@pytest.mark.parametrize("name", RAW)
def test_its_tensors_are_those_of_python(name: str, made: Any, pages: Mapping[str, Path], chromium: Browser) -> None:
    program, rng = wisen.load(getattr(made, name).path), random.Random(3)
    rows = [RAW[name](rng) for _ in range(40)]
    shown(chromium, pages[name])
    for row, tensors in zip(rows, asked(chromium, rows, "pack"), strict=True):
        given = program.given(read_row(program, row))
        assert list(tensors) == list(given)
        for key, (dims, data) in tensors.items():
            array = given[key]
            assert dims == list(array.shape)
            if array.dtype == object or array.dtype == np.int64:
                assert data == [str(each) for each in array.ravel()]
            else:
                apart = np.abs(np.array(data, np.float64) - array.ravel())
                assert np.nanmax(apart, initial=0) <= FAR.get(name, 0)
                np.testing.assert_array_equal(np.isnan(apart), np.isnan(array.ravel()))


@pytest.mark.parametrize(
    ("column", "raw", "sentence"),
    [
        ("customer.age", "young", "customer.age is “young”, which is not a number"),
        ("customer.age", 30.5, "customer.age is 30.5, which is not a whole number"),
        ("customer.age", None, "customer.age is missing"),
        ("colour", "blue", "colour is “blue”, which is none of red, ὑγρός"),
        ("since", "2026-02-30", "since is “2026-02-30”, which is no date"),
        ("member", "perhaps", "member is “perhaps”, which is none of False, True"),
    ],
)
def test_what_cannot_be_read_is_said(
    column: str, raw: Any, sentence: str, pages: Mapping[str, Path], chromium: Browser
) -> None:
    page = shown(chromium, pages["offer"])
    assert asked(page, [{**offers(random.Random(4)), column: raw}]) == [sentence]
    assert not page.errors


def test_values_are_read_as_people_write_them(made: Any, pages: Mapping[str, Path], chromium: Browser) -> None:
    plain = {
        **offers(random.Random(5)),
        "member": True,
        "colour": "red",
        "since": "2026-11-22",
        "seen": "2026-11-22T08:30",
    }
    spelled: list[dict[str, Any]] = [
        {"member": "Yes", "colour": " RED "},
        {"member": "1", "since": "20261122", "seen": "2026-11-22 08:30:00.9"},
        {"seen": "2026-11-22T10:30+02:00", "since": "2026-11-22T23:59-05:00"},
        {"customer": {"age": str(plain["customer.age"])}, "customer.age": None},
    ]
    del spelled[-1]["customer.age"]
    page = shown(chromium, pages["offer"])
    wanted, *others = asked(page, [plain, *({**plain, **each} for each in spelled)], "pack")
    for each, how in zip(others, spelled, strict=True):
        assert each == wanted, how


# ---- the page ----------------------------------------------------------------------------------


def test_a_person_fills_it_in(pages: Mapping[str, Path], chromium: Browser) -> None:
    page = chromium.open(pages["offer"])
    assert page.text("name") == "offer" and page.text("doc") == "What to offer <b>whom</b>."
    page.js("document.getElementById('ask').click()")
    page.until("document.querySelector('.wrong').textContent")
    assert page.js("document.querySelector('.wrong').textContent") == "customer.age is missing."
    assert page.js("document.activeElement.id") == "in0"
    page.js("document.getElementById('usual').click()")
    page.until("!document.getElementById('answer').hidden")
    assert page.js("[...document.querySelectorAll('#answer h3')].map(each => each.textContent)") == ["plan", "price"]
    before = page.text("answer")
    page.js(
        "(field => { field.value = '89'; field.dispatchEvent(new Event('input')); })(document.getElementById('in0'))"
    )
    page.until(f"document.getElementById('answer').textContent !== {json.dumps(before)}")
    page.js(
        "(field => { field.value = 'x'; field.dispatchEvent(new Event('input')); })(document.getElementById('in0'))"
    )
    page.until("document.querySelector('.wrong').textContent.includes('not a number')")
    assert page.js("document.getElementById('in0').getAttribute('aria-invalid')") == "true"
    assert page.js("document.getElementById('answer').classList.contains('old')")
    assert not page.errors


def fill(page: Browser, text: str) -> None:
    """Types a text into the first field."""
    event = "field.dispatchEvent(new Event('input'))"
    page.js(f"(field => {{ field.value = {text!r}; {event}; }})(document.getElementById('in0'))")


def test_a_picture_is_dropped_and_taken_away(made: Any, pages: Mapping[str, Path], chromium: Browser) -> None:
    page = chromium.open(pages["ring"])
    url = pictures(random.Random(6))["photo"]
    page.js(
        "(bytes => { const held = new DataTransfer();"
        "held.items.add(new File([bytes], 'a.png', {type: 'image/png'}));"
        "document.dispatchEvent(new DragEvent('drop', {dataTransfer: held, bubbles: true})); })"
        f"(Uint8Array.from(atob({json.dumps(url.partition(',')[2])}), each => each.charCodeAt(0)))"
    )
    page.until("!document.getElementById('answer').hidden")
    wanted = "yes" if made.ring(url) else "no"
    assert page.js("document.querySelector('.answer').textContent") == wanted
    page.until("document.querySelector('.preview img').naturalWidth > 0")
    page.js("document.querySelector('.file .quiet').click()")
    page.until("document.getElementById('answer').classList.contains('old')")
    assert not page.errors


def test_a_longer_column_is_pasted(pages: Mapping[str, Path], chromium: Browser) -> None:
    page = chromium.open(pages["ahead"])
    page.js(
        "(held => { held.setData('text', ['temp', 1, 2, 3, 4, 5, 6, 7, 8].join('\\n'));"
        "document.getElementById('in0').dispatchEvent(new ClipboardEvent('paste', {clipboardData: held, bubbles: true,"
        "cancelable: true})); })(new DataTransfer())"
    )
    assert page.js("document.getElementById('in0').value") == "3\n4\n5\n6\n7\n8"
    page.until("!!document.querySelector('#answer svg .past')")
    assert page.js("document.querySelectorAll('#answer svg .dot').length") == 3
    assert not page.errors


@pytest.mark.parametrize(("width", "dark"), [(360, True), (1280, False)])
def test_it_fits_on_screens_of_every_width(
    width: int, dark: bool, pages: Mapping[str, Path], tmp_path: Path, chromium: Browser
) -> None:
    page = chromium.open(pages["offer"], width=width, dark=dark)
    page.js("document.getElementById('usual').click()")
    page.until("!document.getElementById('answer').hidden")
    assert page.js("document.documentElement.scrollWidth") <= width
    shot = np.asarray(PIL.Image.open(page.picture(tmp_path / "shot.png")).convert("L"))
    assert (shot.mean() < 100) == dark
    assert page.js("[...document.querySelectorAll('input, select, textarea')].every(each => each.labels.length)")
    assert not page.errors


def test_it_asks_nothing_of_a_network_and_names_its_licences(pages: Mapping[str, Path]) -> None:
    text = pages["mood"].read_text(encoding="utf-8")
    assert "default-src 'none'" in text and "connect-src" not in text
    head, _, rest = text.partition('<script type="application/json"')
    assert "http" not in head.replace("http-equiv", "") and text.count("</script>") == 5
    assert "MIT License" in head and "Copyright (c) Microsoft Corporation" in head and f"Web {VERSION}" in rest
    assert pages["mood"].stat().st_size < 6_000_000


def test_a_page_is_the_same_each_time(made: Any, pages: Mapping[str, Path], engine: Path, tmp_path: Path) -> None:
    again = bake(made.mood.path, "html", tmp_path / "again.html", runtime=engine)
    assert again.read_bytes() == pages["mood"].read_bytes()


def test_other_options_are_refused(made: Any, tmp_path: Path) -> None:
    with pytest.raises(BadProgram, match="has no option runtime"):
        made.mood.bake("c", tmp_path / "mood.c", runtime="there")
    assert not (tmp_path / "mood.c").exists()


def test_what_a_page_knows_may_be_no_number_or_half_a_character() -> None:
    told = {"mean": float("nan"), "limits": [float("-inf"), 0.5], "doc": "\ud800 </script>"}
    text = html.in_json(told)
    assert text.isascii() and "<" not in text
    assert json.loads(text) == {"mean": None, "limits": [None, 0.5], "doc": "\ud800 </script>"}


def test_a_part_is_no_place_for_another() -> None:
    assert html.filled("1 /*A*/ 2 /*B*/ 3", {"A": "/*B*/", "B": "b"}) == "1 /*B*/ 2 b 3"


def test_the_page_is_in_the_wheel(tmp_path: Path) -> None:
    builder = pytest.importorskip("hatchling.builders.wheel")
    (wheel,) = builder.WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    names = zipfile.ZipFile(wheel).namelist()
    kept = sorted(path.name for path in (ROOT / "src" / "wisen" / "bake" / "page").iterdir())
    assert kept and all(f"wisen/bake/page/{name}" in names for name in kept)
