"""A typed def becomes a Signature: columns and kinds; records are taken apart and put together again."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
import pytest

import wisen
from tests.conftest import imported
from wisen import BadSignature, BadValue, Category, Image, Size
from wisen.signature import feeds, signature_of


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


@dataclass(frozen=True)
class Engine:
    power: float
    fuel: Literal["diesel", "petrol"] = "diesel"


@dataclass
class Car:
    name: str
    engine: Engine
    built: date | None = None
    seen: int = field(default=0, init=False)


class Sale(NamedTuple):
    price: float
    days: int
    sold: bool


def words(columns: Any) -> list[str]:
    return [str(column) for column in columns]


# ---- what a def means --------------------------------------------------------------------------


def test_each_parameter_is_a_column_with_its_kind() -> None:
    def f(
        a: float,
        b: int | None,
        c: bool,
        d: Literal["x", "y"],
        e: Colour,
        g: Annotated[str, Category],
        h: str,
        i: datetime,
        j: date,
        k: Image,
        m: Annotated[Image, Size(32)],
    ) -> bool:
        """What it does."""
        return True

    found = signature_of(f)
    assert (found.name, found.doc, found.single) == ("f", "What it does.", True)
    assert words(found.inputs) == [
        "a: float",
        "b: int | None",
        "c: bool",
        "d: Literal['x', 'y']",
        "e: Colour",
        "g: Annotated[str, Category]",
        "h: str",
        "i: datetime",
        "j: date",
        "k: Image",
        "m: Image",
    ]
    assert words(found.outputs) == ["answer: bool"]


@pytest.mark.parametrize(
    "annotation",
    [float | None, "float | None", Annotated[float | None, "metres"], Annotated[float, "metres"] | None],
)
def test_optional_and_annotated_are_seen_in_any_order(annotation) -> None:
    def f(x) -> bool:
        return True

    f.__annotations__["x"] = annotation
    assert words(signature_of(f).inputs) == ["x: float | None"]


def test_unknown_metadata_in_annotated_is_left_alone() -> None:
    def f(x: Annotated[int, "years", {"lowest": 0}]) -> Annotated[bool, "whether"]:
        return True

    assert str(signature_of(f)) == "f(x: int) -> bool"


def test_records_are_taken_apart_into_columns_with_dotted_names() -> None:
    def value(car: Car, town: str) -> Sale:
        return Sale(1.0, 2, True)

    found = signature_of(value)
    assert words(found.inputs) == [
        "car.name: str",
        "car.engine.power: float",
        "car.engine.fuel: Literal['diesel', 'petrol']",
        "car.built: date | None",
        "town: str",
    ]
    assert words(found.outputs) == ["price: float", "days: int", "sold: bool"]
    assert not found.single


def test_columns_of_one_kind_enter_the_program_together() -> None:
    def f(a: float, t: str, b: int, c: bool, d: Literal["x", "y"], day: date) -> bool:
        return True

    assert [(feed.name, feed.places) for feed in feeds([column.fit([]) for column in signature_of(f).inputs])] == [
        ("numbers", (0, 2)),
        ("t", (1,)),
        ("categories", (3, 4)),
        ("moments", (5,)),
    ]


def test_feeds_have_names_of_their_own_whatever_the_parameters_are_called() -> None:
    def f(numbers: str, numbers_: str, numbers__: str, x: float) -> bool:
        return True

    names = [feed.name for feed in feeds([column.fit([]) for column in signature_of(f).inputs])]
    assert len(set(names)) == 4 and names[3] == "numbers"


def test_an_annotation_may_name_something_local() -> None:
    class Mood(enum.Enum):
        GOOD = 1
        BAD = 2

    @wisen.function
    def f(x: Mood) -> Mood:
        return x

    assert f(Mood.BAD) is Mood.BAD and f.map(["GOOD"]) == [Mood.GOOD]


# ---- refused -----------------------------------------------------------------------------------


class Bare(NamedTuple):
    x: float
    label: Any


@dataclass
class Nothing:
    pass


@dataclass
class Said:
    x: float


def test_a_record_with_a_field_that_wisen_cannot_take_is_refused_by_name() -> None:
    def takes(p: Bare) -> bool:
        raise NotImplementedError

    def gives(x: float) -> Bare:
        raise NotImplementedError

    def optional(p: Car | None) -> bool:
        raise NotImplementedError

    with pytest.raises(BadSignature, match=r"takes\(\): parameter 'p\.label': Any is no type"):
        signature_of(takes)
    with pytest.raises(BadSignature, match=r"gives\(\): field 'label': Any is no type"):
        signature_of(gives)
    with pytest.raises(BadSignature, match="is no type that wisen can take"):
        signature_of(optional)


def test_records_without_fields_are_refused() -> None:
    def takes(p: Nothing) -> bool:
        raise NotImplementedError

    def gives(x: float) -> Nothing:
        raise NotImplementedError

    with pytest.raises(BadSignature, match="there is nothing to learn from"):
        signature_of(takes)
    with pytest.raises(BadSignature, match="the answer has no field"):
        signature_of(gives)


def test_a_name_that_goes_in_and_comes_out_is_refused() -> None:
    def again(x: float) -> Said:
        raise NotImplementedError

    def answer(answer: float) -> bool:
        raise NotImplementedError

    for function, name in ((again, "x"), (answer, "answer")):
        with pytest.raises(BadSignature, match=f"'{name}' has a name that wisen needs") as raised:
            signature_of(function)
        assert "Rename it" in raised.value.hint


# ---- arguments and answers ---------------------------------------------------------------------


def test_a_record_comes_apart_and_together_again() -> None:
    def value(car: Car, *, town: str = "Ulm") -> Sale:
        return Sale(1.0, 2, True)

    found = signature_of(value)
    car = Car("a", Engine(80.0), date(2020, 1, 2))
    raw = found.raw((car,), {})
    assert list(raw) == ["a", 80.0, "diesel", date(2020, 1, 2), "Ulm"]
    assert found.arguments(found.read(raw)) == ([car], {"town": "Ulm"})
    assert found.answer([1.0, 2, True]) == Sale(1.0, 2, True)
    assert found.parts(Sale(1.0, 2, True)) == [1.0, 2, True]


def test_a_dict_of_fields_stands_for_a_record() -> None:
    def value(car: Car) -> bool:
        return True

    found = signature_of(value)
    wanted = ["a", 80.0, "diesel", None]
    assert list(found.raw(({"name": "a", "engine": {"power": 80.0}},), {})) == wanted
    assert list(found.row({"name": "a", "engine": {"power": 80.0}})) == wanted
    with pytest.raises(BadValue, match=r"value\(\): argument 'car' is .*, which makes no Car: .*missing"):
        found.raw(({"name": "a"},), {})
    with pytest.raises(BadValue, match=r"value\(\): argument 'car' is 3, which is no Car") as raised:
        found.raw((3,), {})
    assert "dict of its fields" in raised.value.hint


def test_a_bad_field_is_told_by_its_dotted_name() -> None:
    @wisen.function
    def value(car: Car) -> bool:
        return True

    with pytest.raises(BadValue, match=r"value\(\): argument 'car\.engine\.fuel' is 'coal', which is none of"):
        value(Car("a", Engine(80.0, "coal")))  # type: ignore[arg-type]  # it is wrong, and told so


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (np.float64(2), 2.0),
        (np.int32(2), 2.0),
        ("2", 2.0),
        (" 2.5 ", 2.5),
        (None, None),
        (float("nan"), None),
        ("", None),
    ],
)
def test_values_are_read_the_way_callers_have_them(raw, value) -> None:
    def f(x: float | None) -> bool:
        return True

    assert list(signature_of(f).read([raw])) == [value]


@pytest.mark.parametrize("raw", [None, float("nan"), np.float64("nan"), "", "nan"])
def test_a_missing_value_is_refused_where_the_signature_does_not_allow_it(raw) -> None:
    def f(x: float, y: float) -> bool:
        return True

    with pytest.raises(BadValue, match=r"f\(\): argument 'y' is missing") as raised:
        signature_of(f).read([1.0, raw])
    assert "float | None" in raised.value.hint


# ---- all the way -------------------------------------------------------------------------------

RECORDS = """
import enum
from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple
import wisen
from wisen import Category

class Colour(enum.Enum):
    RED = 1
    BLUE = 2

@dataclass(frozen=True)
class Point:
    x: float
    y: float | None = None

class Said(NamedTuple):
    colour: Colour
    high: bool
    twice: float
    near: int

@wisen.function
def look(p: Point, seen: Colour, town: Annotated[str, Category], *, extra: int = 1) -> Said:
    return Said(Colour.RED, False, 0.0, 0)
"""


@pytest.fixture(scope="module")
def records(tmp_path_factory) -> Any:
    path = tmp_path_factory.mktemp("records") / "records.py"
    path.write_text(RECORDS)
    made = imported(path)
    examples = []
    for number in range(300):
        x, colour = number / 100, list(made.Colour)[number % 2]
        point = made.Point(x, None if number % 5 == 0 else -x)
        said = made.Said(colour, x > 1.5, 2 * x, round(x))
        examples.append(((point, colour, ["Ulm", "Bonn"][number % 2], 1), said))
    made.look.train(examples, budget=4, accept=True)
    return made


def test_records_go_in_and_come_out_of_a_program(records) -> None:
    said = records.look(records.Point(2.8), records.Colour.BLUE, "Bonn")
    assert type(said) is records.Said
    assert said.colour is records.Colour.BLUE and said.high is True
    assert said.twice == pytest.approx(5.6, abs=1.0) and type(said.near) is int and said.near == 3
    assert records.look({"x": 2.8}, "blue", "Bonn", extra=1) == said
    assert records.look.map([(records.Point(2.8), "BLUE", "Bonn", 1)]) == [said]


def test_each_output_of_a_record_has_its_prediction(records) -> None:
    said = records.look.predict(records.Point(0.1), records.Colour.RED, "Ulm")
    assert type(said.value) is records.Said and said.probability is None
    assert set(said.parts) == {"colour", "high", "twice", "near"}
    assert said.parts["colour"].value is records.Colour.RED and said.parts["colour"].probability > 0.5
    assert {value for value, _ in said.parts["high"].alternatives} == {True, False}
    assert said.parts["twice"].probability is None


def test_a_program_of_records_survives_a_new_import(records) -> None:
    again = imported(Path(records.__file__))
    said = again.look(again.Point(2.8), again.Colour.BLUE, "Bonn")
    assert type(said) is again.Said and said.colour is again.Colour.BLUE


@dataclass
class Flat:
    rooms: int
    area: float


@wisen.function
def rent(flat: Flat, day: int = 2, *, town: str | None = "Bern") -> float: ...


def test_a_wrong_row_is_told_the_call_as_python_has_it() -> None:
    wanted = "rent(flat: Flat, day: int = 2, *, town: str | None = 'Bern') -> float"
    assert rent.signature.call == wanted
    with pytest.raises(BadValue) as raised:
        rent.map([{"rooms": 3, "area": 70.0}])
    assert raised.value.hint == f"It is called so: {wanted}"
