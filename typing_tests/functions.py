"""A decorated function has the types that it was written with.

A line that a type checker must refuse carries `type: ignore` with the refusal; mypy reports each of
these that refuses nothing (warn_unused_ignores), so the file fails both ways.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, assert_type

import wisen
from wisen import Contract, Image, Outcome, Prediction, Report


@wisen.function
def is_face(photo: Image) -> bool:
    """Whether a photo shows a face."""
    return photo.width > 25


@wisen.function
def place(x: float, y: float = 0.5, *, colour: Literal["red", "blue"] = "red") -> Literal["in", "out"]:
    return "in" if x > y else "out"


@dataclass(frozen=True)
class Point:
    x: float
    y: float | None = None


class Said(NamedTuple):
    inside: bool
    near: float


@wisen.function
def look(point: Point) -> Said:
    raise NotImplementedError


# ---- the call keeps its types ------------------------------------------------------------------


def calls(photo: Image) -> None:
    assert_type(is_face(photo), bool)
    assert_type(is_face(photo=photo), bool)
    assert_type(place(1.0), Literal["in", "out"])
    assert_type(place(1, 2, colour="blue"), Literal["in", "out"])
    assert_type(look(Point(1.0)), Said)
    assert_type(look(Point(1.0)).near, float)


def wrong_calls(photo: Image) -> None:
    is_face()  # type: ignore[call-arg]
    is_face(3)  # type: ignore[arg-type]
    is_face(photo, photo)  # type: ignore[call-arg]
    place("far")  # type: ignore[arg-type]
    place(1.0, 2.0, "red")  # type: ignore[call-arg]
    place(1.0, colour="green")  # type: ignore[arg-type]
    place(1.0, color="red")  # type: ignore[call-arg]
    look(1.0)  # type: ignore[arg-type]
    text: str = is_face(photo)  # type: ignore[assignment]
    place(text)  # type: ignore[arg-type]
    is_face.nothing  # type: ignore[attr-defined]  # noqa: B018


# ---- so do by_hand, predict and map ------------------------------------------------------------


def other_ways(photo: Image) -> None:
    assert_type(is_face.by_hand(photo), bool)
    assert_type(is_face.predict(photo), Prediction[bool])
    assert_type(is_face.predict(photo).value, bool)
    assert_type(is_face.predict(photo).probability, float | None)
    assert_type(place.predict(1.0).alternatives, tuple[tuple[Literal["in", "out"], float], ...])
    assert_type(look.predict(Point(1.0)).value, Said)
    assert_type(is_face.map([photo, "a.png", b""]), list[bool])
    assert_type(place.map(((1.0, 2.0), {"x": 1.0}), progress=False), list[Literal["in", "out"]])


def wrong_other_ways(photo: Image) -> None:
    is_face.by_hand("a.png")  # type: ignore[arg-type]
    is_face.predict()  # type: ignore[call-arg]
    place.predict(1.0, colour="green")  # type: ignore[arg-type]
    is_face.map(3)  # type: ignore[arg-type]
    place.map([1.0], progress="yes")  # type: ignore[arg-type]


# ---- the verbs ---------------------------------------------------------------------------------


def verbs(events: list[object]) -> None:
    assert_type(is_face.train("data/faces"), Outcome)
    assert_type(is_face.train("a.csv", budget="5min", seed=1, group="person", device="cpu"), Outcome)
    assert_type(is_face.train([], returns="face", columns={"photo": "file"}, encoding="latin-1"), Outcome)
    assert_type(is_face.train([], budget=1.5, accept=True, fresh=True, listen=events.append), Outcome)
    assert_type(is_face.test(), Report)
    assert_type(is_face.test("a.csv", by=("age", "town")), Report)
    assert_type(is_face.test(by="age").verdict, str)
    assert_type(is_face.contract(budget="10s"), Contract)
    assert_type(is_face.contract().kept, bool)
    assert_type(wisen.contract(is_face, "a.csv"), Contract)
    assert_type(wisen.train(is_face, "a.csv", budget="5min"), Outcome)
    assert_type(wisen.test(is_face), Report)


def wrong_verbs() -> None:
    is_face.train()  # type: ignore[call-arg]
    is_face.train("a.csv", 60)  # type: ignore[call-arg]
    is_face.train("a.csv", budget=None)  # type: ignore[arg-type]
    is_face.train("a.csv", buget=3)  # type: ignore[call-arg]
    is_face.train("a.csv", seed="one")  # type: ignore[arg-type]
    is_face.train("a.csv", listen=3)  # type: ignore[arg-type]
    is_face.test("a.csv", budget=3)  # type: ignore[call-arg]
    is_face.contract(by="age")  # type: ignore[call-arg]
    wisen.train("a.csv", is_face)  # type: ignore[arg-type]


# ---- it passes for a function ------------------------------------------------------------------


def passed() -> None:
    plain: Callable[[Image], bool] = is_face
    assert_type(plain, Callable[[Image], bool])
    wrong: Callable[[str], bool] = is_face  # type: ignore[assignment]
    function: wisen.Function[[Image], bool] = is_face
    assert_type(function.__name__, str)
    assert_type(list(map(is_face, list[Image]())), list[bool])
    assert_type((wrong, function.name), tuple[Callable[[str], bool], str])


def with_options(network: Any) -> None:
    @wisen.function(network=network)
    def own(x: float) -> bool:
        return x > 1

    @wisen.function()
    def bare(x: float) -> bool:
        return x > 1

    kept: wisen.Function[[float], bool] = own
    assert_type(kept(1.0), bool)
    assert_type(own(1.0), bool)
    assert_type(bare(1.0), bool)
    own("1")  # type: ignore[arg-type]

    @wisen.function(time_per_call="50us", size="200kB")
    def limited(x: float) -> bool:
        return x > 1

    @wisen.function(time_per_call=5e-5, size=200_000, below=0.8)
    def numbered(x: float) -> bool:
        return x > 1

    assert_type((limited(1.0), numbered(1.0)), tuple[bool, bool])
    wisen.function(size=2.5)  # type: ignore[call-overload]
    wisen.function(time_per_call=["50us"])  # type: ignore[call-overload]
    wisen.function(3)  # type: ignore[call-overload]

    @wisen.function(network=network, epochs=3)  # type: ignore[call-overload, untyped-decorator]
    def misspelled(x: float) -> bool:
        return x > 1
