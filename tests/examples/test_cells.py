"""A column that is read at once has the values, the hashes and the bad rows of one that is read cell by cell."""

from __future__ import annotations

import datetime as dt
import math
from typing import Annotated, Any, Literal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wisen
from wisen import Category
from wisen.errors import BadValue
from wisen.examples import Rows, rows
from wisen.examples.cells import Cells
from wisen.examples.digests import Digests
from wisen.examples.memory import from_arrow
from wisen.examples.table import Reading, read
from wisen.kinds.packed import Coded, Numbers


@wisen.function
def f(
    a: float, b: int, c: float | None, d: int | None, e: Literal["1", "x"], g: Annotated[str, Category], h: dt.datetime
) -> float: ...


texts = st.sampled_from(
    [
        "1",
        "1.5",
        " 2 ",
        "+3",
        "-0",
        "1e5",
        "1e400",
        "nan",
        "NaN(1)",
        "inf",
        "",
        "?",
        "n/a",
        "1_0",
        "x",
        ".5",
        "5.",
        "9007199254740993",
        "1" * 400,
        "0x10",
        "١",
        "−4",
        "3.0",
        "1e-400",
        "2026-11-22",
        "2026-11-22T08:30+02:00",
    ]
)
columns = st.one_of(
    st.lists(texts | st.none(), min_size=1, max_size=30).map(lambda cells: pa.array(cells, pa.string())),
    st.lists(texts, min_size=1, max_size=30).map(lambda cells: pa.array(cells, pa.string()).dictionary_encode()),
    st.lists(st.none() | st.floats(), min_size=1, max_size=30).map(lambda cells: pa.array(cells, pa.float64())),
    st.lists(st.none() | st.floats(width=32), min_size=1, max_size=30).map(lambda cells: pa.array(cells, pa.float32())),
    st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), min_size=1).map(lambda cells: pa.array(cells, pa.int64())),
    st.lists(st.none() | st.booleans(), min_size=1, max_size=30).map(lambda cells: pa.array(cells, pa.bool_())),
    st.lists(st.none() | st.dates(), min_size=1, max_size=30).map(lambda cells: pa.array(cells, pa.date32())),
    st.lists(st.none() | st.datetimes(), min_size=1).map(lambda cells: pa.array(cells, pa.timestamp("us"))),
    st.lists(st.none() | st.lists(st.integers(0, 9)), min_size=1).map(
        lambda cells: pa.array(cells, pa.list_(pa.int8()))
    ),
)


@pytest.mark.parametrize("place", range(7))
@pytest.mark.parametrize("answer", [False, True])
def test_a_column_is_read_at_once_as_cell_by_cell(place: int, answer: bool) -> None:
    column = f.signature.inputs[place]
    kind = column.kind

    @settings(max_examples=120, deadline=None)
    @given(columns)
    def check(array: pa.Array) -> None:
        method = "truth" if answer and hasattr(kind, "truth") else "read"
        one, other = (Reading(None, len(array), [column]) for _ in range(2))
        cells = Cells(array)
        slow = one.values(column, list(cells), getattr(kind, method))
        fast = other.values(column, cells, getattr(kind, method))
        assert {at: str(error) for at, error in other.bad.items()} == {at: str(error) for at, error in one.bad.items()}
        assert list(map(type, fast)) == list(map(type, slow))
        assert [value for value in fast if value == value] == [value for value in slow if value == value]
        contents = [bytes(content) for content in kind.contents(fast)]
        assert contents == list(map(kind.content, slow))
        packed = kind.fit(fast)
        assert packed == kind.fit(slow) and kind.doubts(fast) == kind.doubts(slow)
        good = [at for at in range(len(array)) if at not in one.bad and not isinstance(slow[at], dt.date)]
        if kind.plural and good:
            joined = type(kind).join([packed])
            taken = fast.take(good) if isinstance(fast, (Numbers, Coded)) else [fast[at] for at in good]
            for quick, plain in zip(joined.gathered([taken]), joined.arrays([[slow[at]] for at in good]), strict=True):
                assert quick.dtype == plain.dtype and np.array_equal(quick, plain, equal_nan=quick.dtype != object)

    check()


def test_numbers_of_a_table_stay_an_array() -> None:
    cells = Cells(pa.chunked_array([["1", "2.5"], [" 3", "?"]]))
    column = f.signature.inputs[2]
    found = Reading(None, 4, []).values(column, cells, column.kind.read)
    assert isinstance(found, Numbers) and list(found) == [1.0, 2.5, 3.0, None] == found[:] and found[3] is None
    assert list(found.take([3, 0])) == [None, 1.0] and found.take(slice(1, 3))[:] == [2.5, 3.0]


def test_equal_rows_have_equal_hashes_however_they_are_written() -> None:
    @wisen.function
    def g(a: float, b: int | None, c: Annotated[str, Category], h: dt.datetime) -> float: ...

    moment = dt.datetime(2026, 11, 22, 8, 30, tzinfo=dt.UTC)
    sources: list[Any] = [
        rows({"a": ["1", "-0.0"], "b": ["2", ""], "c": ["Red", "x"], "h": ["2026-11-22T08:30"] * 2, "g": [1, 2]}),
        rows({"a": [1, 0], "b": [2.0, math.nan], "c": ["red ", "X"], "h": [moment] * 2, "g": [1, 2]}),
        rows(pa.table({"a": [1.0, 0.0], "b": [2, None], "c": ["RED", "x"], "h": [moment] * 2, "g": [1, 2]})),
        rows(pa.table({"a": ["1e0", "0"], "b": ["2.0", None], "c": ["RED", "x"], "h": [str(moment)] * 2, "g": [1, 2]})),
    ]
    matched = {"a": "a", "b": "b", "c": "c", "h": "h", "answer": "g"}
    found = [list(read(source, g.signature, matched).digests) for source in sources]
    assert all(each == found[0] for each in found) and found[0][0] != found[0][1]


def test_cells_are_a_sequence_of_python_values() -> None:
    cells = Cells(pa.chunked_array([["a", None], ["b"]]))
    assert len(cells) == 3 and list(cells) == ["a", None, "b"] == cells[:] and cells[2] == "b" == cells[-1]
    assert list(cells.take([2, 0])) == ["b", "a"] and list(cells.take(slice(1, 3))) == [None, "b"]
    assert cells == ["a", None, "b"] and cells[::2] == ["a", "b"] and cells[::-1] == ["b", None, "a"]
    assert list(Cells(pa.array([1], pa.timestamp("ns")))) == [dt.datetime(1970, 1, 1)]
    with pytest.raises(IndexError):
        cells[3]


def test_hashes_are_ordered_as_their_bytes() -> None:
    rng = np.random.default_rng(0)
    plain = [bytes(rng.integers(0, 3, 32, dtype=np.uint8)) for _ in range(50)]
    plain += plain[:9]
    found = Digests.of(plain)
    assert list(found) == plain and found[3] == plain[3] and found[2:4] == plain[2:4]
    assert [plain[at] for at in found.order()] == sorted(plain)
    assert sorted(sorted(run.tolist()) for run in found.runs(found.order())) == [[at, at + 50] for at in range(9)]
    assert not Digests.of([]).runs(Digests.of([]).order())


def test_rows_of_arrow_keep_their_names() -> None:
    found: Rows = from_arrow(pa.table({"a": [1, 2]}), "t.csv")
    assert found.names[1] == "t.csv row 2" and found.names[:] == ["t.csv row 1", "t.csv row 2"]
    with pytest.raises(BadValue):
        f.signature.inputs[0].kind.read("x")
