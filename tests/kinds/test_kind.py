"""What every kind reads: its own values as it wrote them, and of anything else a value or BadValue."""

from __future__ import annotations

import datetime as dt
import enum
import math
import string
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wisen.errors import BadProgram, BadValue
from wisen.kinds import KINDS, Kind, from_json
from wisen.kinds.category import Category
from wisen.kinds.moment import Moment
from wisen.kinds.number import Number
from wisen.kinds.packed import once
from wisen.kinds.text import Text

QUICK = settings(max_examples=60, deadline=None)
KINDS_MADE: list[Kind] = [
    Number(),
    Number(integer=True),
    Category(choices=(False, True)),
    Category(choices=("red", "none", "3", " spaced ")),
    Category(choices=(1, 2, 3)),
    Category(open=True),
    Moment(),
    Moment(date=True),
    Text(),
    KINDS["image"](),
]
both = pytest.mark.parametrize("optional", [False, True], ids=["wanted", "optional"])
every = pytest.mark.parametrize("kind", KINDS_MADE, ids=lambda kind: kind.annotation)


def made(kind: Kind, optional: bool) -> Kind:
    from dataclasses import replace

    return replace(kind, optional=optional)


# ---- read(write(x)) == x -----------------------------------------------------------------------

words = st.text(st.characters(codec="utf-8"))
zones = st.integers(-840, 840).map(lambda minutes: dt.timezone(dt.timedelta(minutes=minutes)))
VALUES: list[tuple[Kind, st.SearchStrategy[Any]]] = [
    (Number(), st.floats(allow_nan=False)),
    (Number(integer=True), st.integers(-(10**30), 10**30)),
    (Category(choices=(False, True)), st.booleans()),
    (Category(choices=("red", "none", "3")), st.sampled_from(["red", "none", "3"])),
    (Category(choices=(1, 2, 3)), st.sampled_from([1, 2, 3])),
    (Category(open=True), words.map(str.strip).filter(lambda text: Category(open=True).optional or usable(text))),
    (Moment(), st.datetimes()),
    (Moment(), st.datetimes(timezones=zones)),
    (Moment(date=True), st.dates()),
    (Text(), words.filter(lambda text: bool(text.strip()))),
]


def usable(text: str) -> bool:
    try:
        return bool(Category(open=True).read(text))
    except BadValue:
        return False


@both
@pytest.mark.parametrize(("kind", "values"), VALUES, ids=lambda x: x.annotation if isinstance(x, Kind) else "")
def test_it_reads_what_it_wrote(kind: Kind, values: st.SearchStrategy[Any], optional: bool) -> None:
    kind = made(kind, optional)

    @QUICK
    @given(st.none() | values if optional else values)
    def check(value: Any) -> None:
        assert kind.read(kind.write(value)) == value
        if value is not None:
            assert kind.read(str(kind.write(value))) == value  # as a CSV has it

    check()


# ---- junk --------------------------------------------------------------------------------------

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.complex_numbers()
    | st.decimals()
    | st.text()
    | st.text(string.printable)
    | st.binary()
    | st.datetimes()
    | st.dates()
    | st.times()
    | st.timedeltas()
    | st.sampled_from(["nan", "-nan", "inf", "1e999", "1_000", "−3", "٣", "0x10", "2026-13-45", "9" * 5000, "\ud800"])
    | st.sampled_from(
        [np.float32("nan"), np.datetime64("NaT"), np.datetime64(2**60, "s"), np.bool_(True), np.str_("3")]
    )
    | st.sampled_from([Fraction(1, 3), Decimal("sNaN"), object(), Ellipsis, int, enum.Enum("E", "red green").red])  # type: ignore[attr-defined]
)
junk = scalars | st.lists(scalars, max_size=3) | st.dictionaries(st.text(), scalars, max_size=2)
SHAPES = [(), (0,), (2,), (0, 3), (2, 2), (2, 2, 3), (2, 2, 2), (1, 1, 4)]
DTYPES = ["f2", "u1", "i8", "U3", "O", "?"]
arrays = st.sampled_from([np.zeros(shape, dtype) for shape in SHAPES for dtype in DTYPES])


@both
@every
def test_of_junk_it_makes_a_value_or_says_what_is_wrong(kind: Kind, optional: bool) -> None:
    kind = made(kind, optional)

    @settings(max_examples=150, deadline=None)
    @given(junk | arrays)
    def check(raw: Any) -> None:
        try:
            value = kind.read(raw)
        except BadValue as error:
            assert error.message and len(error.message) < 500
            return
        assert optional or value is not None
        assert isinstance(kind.content(value), bytes)
        assert isinstance(kind.show(value), str)
        assert kind.content(kind.read(value)) == kind.content(value)  # a value is its own reading

    check()


@both
@every
@pytest.mark.parametrize("nothing", [None, math.nan, np.float32("nan"), np.datetime64("NaT"), "", "NaN", " n/a "])
def test_nothing_is_missing(kind: Kind, optional: bool, nothing: Any) -> None:
    kind = made(kind, optional)
    text = isinstance(kind, Text) and isinstance(nothing, str)
    if optional:
        assert kind.read(nothing) == (nothing if text and nothing.strip() else None)
    elif text:
        assert kind.read(nothing) == (nothing if nothing.strip() else "")
    else:
        with pytest.raises(BadValue, match=r"is missing\nWrite `.* \| None` if it may be missing\."):
            kind.read(nothing)


# ---- single kinds ------------------------------------------------------------------------------


def test_numbers() -> None:
    whole = Number(integer=True)
    assert whole.read("3.0") == 3 and whole.read(2**70 + 1) == 2**70 + 1 and type(whole.read(np.int8(3))) is int
    assert Number().read(" −1.5 ") == -1.5 and Number().read("1e3") == 1000 and Number().read(np.array(2)) == 2
    with pytest.raises(BadValue, match=r"is '3.5', which is not a whole number\nWrite `float` in the signature"):
        whole.read("3.5")
    for raw in ("1_000", "3,5", "ten", [3], 1 + 2j, 10**400, b"x"):
        with pytest.raises(BadValue, match="which is not a number"):
            Number().read(raw)
    with pytest.raises(BadValue, match="no answer is infinite"):
        Number().truth("inf")


class Colour(enum.Enum):
    RED = "r"
    BLUE = "b"


def test_labels() -> None:
    yes = Category(choices=(False, True))
    raws: list[Any] = [True, 1, "YES", " true ", "1.0", np.bool_(True), "on"]
    for raw in raws:
        assert yes.read(raw) is True
    with pytest.raises(BadValue, match="is 'maybe', which is none of False, True\nWrite yes or no"):
        yes.read("maybe")
    named = Category.of(Colour, ())
    assert named is not None and named.read("red") is Colour.RED and named.read(Colour.BLUE) is Colour.BLUE
    numbers = Category(choices=(1, 2))
    assert numbers.read("2") == 2 and numbers.read(2.0) == 2 and numbers.read("2.0") == 2
    with pytest.raises(BadValue, match=r"is 'rde', which is none of red, blue\nDid you mean 'red'\?"):
        Category(choices=("red", "blue")).read("rde")
    anything = Category(open=True)
    assert anything.read("never seen") == "never seen" and anything.read(3) == "3"
    wrong: list[Any] = [[1], {"a": 1}, object(), "half \ud800", b"bytes"]
    for raw in wrong:
        with pytest.raises(BadValue, match="which is no label"):
            anything.read(raw)


def test_moments() -> None:
    assert Moment().read("2026-11-22T08:30") == dt.datetime(2026, 11, 22, 8, 30)
    assert Moment(date=True).read(dt.datetime(2026, 11, 22, 8)) == dt.date(2026, 11, 22)
    assert Moment().read(np.datetime64("2026-11-22")) == dt.datetime(2026, 11, 22)
    with pytest.raises(BadValue, match=r"is '22/11/2026', which is no date\nWrite dates as 2026-11-22"):
        Moment().read("22/11/2026")
    for raw in (3, [dt.date(2026, 1, 1)], b"2026-11-22", np.datetime64(2**60, "s")):
        with pytest.raises(BadValue):
            Moment().read(raw)


def test_moments_are_equal_where_the_program_sees_no_difference() -> None:
    noon, zone = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC), dt.timezone(dt.timedelta(hours=1))
    same = [noon, noon.astimezone(zone), noon.replace(tzinfo=None), noon.replace(microsecond=9)]
    assert len({Moment().content(moment) for moment in same}) == 1
    apart = [noon, noon + dt.timedelta(seconds=1), noon.replace(tzinfo=zone), None]
    assert len({Moment().content(moment) for moment in apart}) == 4


def test_a_number_too_large_for_a_float_enters_the_program_as_infinite() -> None:
    for kind in (Number(), Number(integer=True)):
        joined = Number.join([kind.fit([1, 2]), kind.fit([1, 2])])
        (one,) = joined.arrays([[10**400, -(10**400)]])
        (many,) = joined.arrays([[10**400, 1], [None, -(10**400)]])
        assert one.tolist() == [[math.inf, -math.inf]] and one.dtype == many.dtype == np.float32
        assert many[0].tolist() == [math.inf, 1] and math.isnan(many[1, 0]) and many[1, 1] == -math.inf


def test_texts(tmp_path: Any) -> None:
    assert Text().read("  a b ") == "  a b " and Text().read("None") == "None" and Text().read("ü".encode()) == "ü"
    (tmp_path / "t.txt").write_text("in a file")
    assert Text().read(tmp_path / "t.txt") == "in a file" and Text().read(str(tmp_path)) == str(tmp_path)
    with pytest.raises(BadValue, match=r"is not UTF-8: .* at byte 1"):
        Text().read(b"a\xff")
    with pytest.raises(BadValue, match=r"gone.txt' cannot be read: No such file"):
        Text().read(tmp_path / "gone.txt")
    with pytest.raises(BadValue, match="is 3 of type int, which is not text"):
        Text().read(3)


# ---- a manifest that lies ----------------------------------------------------------------------

LIES: list[tuple[Kind, dict[str, Any]]] = [
    (Number(), {"mean": ["x"]}),
    (Number(), {"mean": [0.0, 1.0]}),
    (Number(), {"mean": [math.inf]}),
    (Number(), {"curve": [1.0, 2.0]}),
    (Number(), {"curve": [0.0, 1.0, 1.0, 2.0]}),
    (Number(), {"curve": [1.0, 1.0, -1.0, 2.0]}),
    (Number(), {"metric": "R2"}),
    (Number(), {"scale": [0.0]}),
    (Number(), {"scale": [math.nan]}),
    (Number(), {"gaps": [7]}),
    (Number(), {"integer": 1}),
    (Number(), {"optional": None}),
    (Moment(), {"scale": []}),
    (Moment(), {"date": "yes"}),
    (Text(), {"limit": 10**12}),
    (Text(), {"limit": -1}),
    (Text(), {"limit": True}),
    (Text(), {"vocabulary": 2**40}),
    (Category(open=True, columns=(("a",),)), {"columns": [["a"], ["b"]]}),
    (Category(open=True, columns=(("a",),)), {"columns": [[1]]}),
    (Category(choices=("a", "b"), columns=(("a", "b"),)), {"choices": ["a", "a"]}),
    (Category(choices=("a", "b"), columns=(("a", "b"),)), {"choices": [["a"], "b"]}),
    (Category(choices=("a", "b"), columns=(("a", "b"),)), {"choices": "ab"}),
    (Category(choices=("a", "b"), columns=(("a", "b"),)), {"temperature": 0.0}),
    (Category(choices=("a", "b"), columns=(("a", "b"),)), {"temperature": math.nan}),
    (KINDS["image"](height=8, width=8, mean=(1.0,) * 3, scale=(1.0,) * 3), {"height": 10**9}),  # type: ignore[call-arg]
    (KINDS["image"](height=8, width=8, mean=(1.0,) * 3, scale=(1.0,) * 3), {"width": 0}),  # type: ignore[call-arg]
    (KINDS["image"](height=8, width=8, mean=(1.0,) * 3, scale=(1.0,) * 3), {"channels": 4}),  # type: ignore[call-arg]
    (KINDS["image"](height=8, width=8, mean=(1.0,) * 3, scale=(1.0,) * 3), {"mean": [1.0]}),  # type: ignore[call-arg]
]


@pytest.mark.parametrize(("kind", "lie"), LIES, ids=lambda x: x.word if isinstance(x, Kind) else str(x))
def test_a_manifest_that_lies_about_a_kind_is_refused(kind: Kind, lie: dict[str, Any]) -> None:
    true = listed(kind.to_json())
    assert from_json(true) == kind
    with pytest.raises(BadProgram, match="its manifest"):
        from_json({**true, **lie})


@pytest.mark.parametrize("data", [None, [], 3, {}, {"kind": "magic"}, {"kind": ["number"]}, {"kind": "image"}])
def test_what_describes_no_kind_is_refused(data: Any) -> None:
    with pytest.raises(BadProgram, match="its manifest"):
        from_json(data)


def test_what_a_manifest_does_not_tell_has_its_default_and_what_no_kind_has_is_refused() -> None:
    older = {key: value for key, value in Number(mean=(3.0,)).to_json().items() if key not in ("gaps", "integer")}
    assert from_json(listed(older)) == Number(mean=(3.0,))
    with pytest.raises(BadProgram, match=r"its manifest tells of \['code'\], which no number has"):
        from_json({**older, "code": "import os"})


def listed(value: Any) -> Any:
    """A value as JSON gives it back."""
    import json

    return json.loads(json.dumps(value))


def test_large_whole_answers_may_be_rounded_as_large_numbers_are() -> None:
    """A program for populations was refused: float32 says them to within some tens."""
    assert Number(integer=True, mean=(4e8,), scale=(1e8,)).tolerance() > Number(mean=(4e8,), scale=(1e8,)).tolerance()
    assert Number(integer=True).tolerance() < 1.1


def test_each_different_value_is_made_once() -> None:
    made: list[object] = []

    def told(value: object) -> str:
        made.append(value)
        return repr(value)

    assert once(["a", None, "b", "a"], told) == ["'a'", None, "'b'", "'a'"] and sorted(made, key=str) == ["a", "b"]
    assert once([1, True, None, 1], told) == ["1", "True", None, "1"]
