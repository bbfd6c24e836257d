"""What hypothesis makes for tests/test_properties.py: kinds, cells good and wild, signatures, tables."""

from __future__ import annotations

import datetime as dt
import enum
import math
import random
import string
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal

import numpy as np
import PIL.Image
from hypothesis import strategies as st

from wisen import Audio, Box, Next, Past
from wisen.kinds import Kind, kind_of
from wisen.kinds.category import Category

Cells = Callable[[random.Random], Any]
"""Makes a good raw cell."""


class Metal(enum.Enum):
    """Labels with names, values and an alias."""

    IRON = "fe"
    GOLD = "au"
    OTHER = "au"  # noqa: PIE796 - an alias is what is tried here


@dataclass(frozen=True)
class Written:
    """A type as it stands in a signature, the same as a value, and its good cells."""

    text: str
    annotation: Any
    cells: Cells


def instant(chance: random.Random) -> dt.datetime:
    """Some moment."""
    zone = chance.choice([None, dt.UTC, dt.timezone(dt.timedelta(hours=chance.randrange(-12, 13)))])
    return dt.datetime(1970, 1, 1, tzinfo=zone) + dt.timedelta(seconds=chance.uniform(-6e10, 2e11))


def words(chance: random.Random) -> str:
    """Some text."""
    letters = chance.choice([string.ascii_letters + "  ", "äöü ßÀ×÷ ", "日本語 ", string.printable])
    return "".join(chance.choices(letters, k=chance.choice([1, 5, 40, 400])))


def picture(chance: random.Random) -> PIL.Image.Image:
    """Some picture."""
    sides = (chance.randrange(1, 40), chance.randrange(1, 40))
    mode = chance.choice(["L", "RGB", "RGBA", "P", "1", "LA", "CMYK", "I;16", "F", "I"])
    return PIL.Image.new(mode, sides, chance.randrange(256) if mode in ("L", "P", "1", "I;16", "I", "F") else None)


def sound(chance: random.Random) -> Any:
    """Some sound."""
    shape = chance.choice([(1,), (500,), (3000, 2)])
    samples = np.random.default_rng(chance.randrange(2**32)).integers(-9999, 9999, shape)
    rate = chance.choice([8000, 11025, 44100])
    return chance.choice([Audio(samples / 10000, rate), (samples.astype(np.int16), rate)])


def steps(chance: random.Random, count: int) -> Any:
    """Some window."""
    found = [chance.choice([chance.gauss(0, 1), chance.uniform(-1e9, 1e9), 3]) for _ in range(count)]
    return chance.choice([found, tuple(found), " ".join(map(str, found))])


def boxes(chance: random.Random) -> Any:
    """Some boxes."""
    found = []
    for _ in range(chance.randrange(4)):
        left, top = chance.uniform(0, 30), chance.uniform(0, 20)
        edges = (left, top, left + chance.uniform(1, 9), top + chance.uniform(1, 9))
        found.append(Box(chance.choice(["cat", "dog"]), *edges))
    return found


NAMES = ["red", "blue", "a b"]
WRITTEN: dict[str, list[Written]] = {
    "number": [
        Written("float", float, lambda chance: chance.choice([chance.gauss(0, 1), chance.uniform(-1e9, 1e9), 1e-300])),
        Written("int", int, lambda chance: chance.choice([chance.randrange(10), chance.randrange(-(2**53), 2**53)])),
    ],
    "category": [
        Written("bool", bool, lambda chance: chance.choice([True, False, "yes", "No", 1, 0])),
        Written(
            f"Literal{NAMES}", Literal["red", "blue", "a b"], lambda chance: chance.choice([*NAMES, " RED", "Blue "])
        ),
        Written("Literal[3, 5, 8]", Literal[3, 5, 8], lambda chance: chance.choice([3, "5", 8.0, "3.0"])),
        Written("Metal", Metal, lambda chance: chance.choice([Metal.IRON, "GOLD", "fe", "other"])),
        Written("Annotated[str, Category]", Annotated[str, Category], lambda chance: chance.choice([*NAMES, "ὑπό", 7])),
    ],
    "text": [Written("str", str, words)],
    "moment": [
        Written("datetime", dt.datetime, instant),
        Written("date", dt.date, lambda chance: instant(chance).date().isoformat()),
    ],
    "image": [Written("Image", PIL.Image.Image, picture)],
    "audio": [Written("Audio", Audio, sound)],
    "series": [
        Written("Annotated[list[float], Past(3)]", Annotated[list[float], Past(3)], lambda chance: steps(chance, 3)),
        Written("Annotated[list[float], Next(2)]", Annotated[list[float], Next(2)], lambda chance: steps(chance, 2)),
    ],
    "boxes": [Written("list[Box[Literal['cat', 'dog']]]", list[Box[Literal["cat", "dog"]]], boxes)],
}
"""For each row of KINDS, types of that kind. A new row needs a line here."""

HEAD = """
from datetime import date, datetime
from typing import Annotated, Literal
import wisen
from tests.strategies import Metal
from wisen import Audio, Box, Category, Image, Next, Past
"""


ODD: list[Any] = [
    *(float("nan"), -0.0, 10**400, Decimal("sNaN"), "1e999", "١٢", "NaN", "\ud800", "\0", "=1+1", "a.png"),
    *("data:image/png;base64,", Metal.IRON, object(), int, Ellipsis, math, dt.UTC, PIL.Image.new("RGB", (2, 3))),
    *(
        np.float32(2),
        np.int64(-(2**63)),
        np.datetime64("NaT"),
        np.datetime64("9999999-01-01"),
        np.str_("x"),
        np.bool_(1),
    ),
    *(
        np.zeros(3),
        np.zeros((0, 4)),
        np.zeros((2, 2, 5)),
        np.array("x"),
        np.full((3, 3), np.nan),
        np.ones((2, 2), object),
    ),
]
"""What people have tried already."""


def wild() -> st.SearchStrategy[Any]:
    """Anything that may stand in a cell or be passed to a call."""
    plain = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=30),
        st.binary(max_size=30),
        st.decimals(),
        st.complex_numbers(),
        st.datetimes(),
        st.dates(),
        st.times(),
        st.timedeltas(),
        st.sampled_from(ODD),
    )
    return st.recursive(
        plain,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        max_leaves=4,
    )


@st.composite
def kinds(draw: st.DrawFn, word: str) -> tuple[Kind, Cells]:
    """A kind of a row of KINDS as a signature makes it, and good cells for it."""
    chosen = draw(st.sampled_from(WRITTEN[word]))
    optional = draw(st.booleans())
    return kind_of(chosen.annotation | None if optional else chosen.annotation), chosen.cells


@dataclass(frozen=True)
class Parameter:
    """A parameter or the answer of a made function: its name, type, and good cells."""

    name: str
    text: str
    cells: Cells


@dataclass(frozen=True)
class Made:
    """A function to be learned, as source, and a table to learn it from."""

    source: str
    inputs: list[Parameter]
    answer: Parameter
    columns: dict[str, list[Any]]
    seed: int

    def rows(self, count: int) -> list[tuple[Any, ...]]:
        """Good arguments of so many calls."""
        chance = random.Random(self.seed + 1)
        return [tuple(each.cells(chance) for each in self.inputs) for _ in range(count)]


IDENTIFIERS = ["x", "X", "y_1", "größe", "numbers", "texts", "batch", "shape", "x_length", "id", "wisen", "ﬁ"]


@st.composite
def functions(draw: st.DrawFn, *, skip: tuple[str, ...] = ()) -> Made:
    """A function of any signature, and a table that may or may not fit it."""
    every = [each for word, found in WRITTEN.items() if word not in skip for each in found]
    names = draw(st.lists(st.sampled_from(IDENTIFIERS), min_size=1, max_size=4, unique=True))
    chance = random.Random(seed := draw(st.integers(0, 2**32)))
    inputs = []
    for name in names:
        chosen, optional = draw(st.sampled_from(every)), draw(st.booleans())
        inputs.append(Parameter(name, chosen.text + (" | None" if optional else ""), chosen.cells))
    said = draw(st.sampled_from([each for word in ("number", "category") for each in WRITTEN[word]] * 6 + every))
    answer = Parameter(draw(st.sampled_from(["f", "f", "answer", "f"])), said.text, said.cells)
    parameters = ", ".join(f"{each.name}: {each.text}" for each in inputs)
    body = draw(st.sampled_from(["...", "raise ValueError('by hand')", "return None", f"return {said.text!r}"]))
    source = f"{HEAD}\n@wisen.function\ndef f({parameters}) -> {said.text}:\n    {body}\n"
    count = draw(st.sampled_from([60, 90, 60, 90, 40, 9, 1, 0]))
    columns = {
        each.name: draw(column(each, count, chance)) for each in [*inputs, answer] if draw(st.integers(0, 15)) < 15
    }
    return Made(source, inputs, answer, columns, seed)


@st.composite
def column(draw: st.DrawFn, parameter: Parameter, count: int, chance: random.Random) -> list[Any]:
    """The cells of a column: good ones, and perhaps gaps, wild ones, or always the same."""
    cells = [parameter.cells(chance) for _ in range(count)]
    how = draw(st.sampled_from(["good"] * 12 + ["gaps", "few wild", "few wild", "same", "wild"]))
    if how == "same" and cells:
        return cells[:1] * count
    share = {"gaps": 0.2, "wild": 0.8, "few wild": 0.02}.get(how, 0.0)
    odd = [None] if how == "gaps" else draw(st.lists(wild(), min_size=1, max_size=4)) if share else [None]
    return [chance.choice(odd) if chance.random() < share else cell for cell in cells]
