"""Tables a piece at a time: the same rows, names and complaints as at once."""

from __future__ import annotations

import random
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from wisen.errors import BadExamples
from wisen.examples import pieces as module
from wisen.examples import rows, sources
from wisen.examples.memory import Rows
from wisen.examples.pieces import pieces
from wisen.signature import signature_of


def f(x: float) -> bool: ...


SIGNATURE = signature_of(f)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGE", 0)
    monkeypatch.setattr(module, "PIECE", 64)
    monkeypatch.setattr(sources, "BLOCK", 400)
    monkeypatch.setattr(module, "BLOCK", 400)


def told(found: list[Rows]) -> tuple[dict[str, list[object]], list[str], list[str]]:
    columns = {name: [cell for piece in found for cell in piece.columns[name]] for name in found[0].columns}
    names = [name for piece in found for name in piece.names]
    return columns, names, [str(bad) for piece in found for bad in piece.skipped]


@pytest.mark.parametrize("odd", [[], [0], [3, 4, 5, 120], [299], list(range(0, 300, 7))])
def test_a_csv_file_in_pieces_is_the_file(tmp_path: Path, odd: list[int]) -> None:
    chance = random.Random(0)
    lines = [f'{chance.random()},"a, {number}\nb"' for number in range(300)]
    for place in odd:
        lines[place] += ",too,many"
    path = tmp_path / "in.csv"
    path.write_text("\n".join(["x,note", *lines, ""]))
    found = list(pieces(path, SIGNATURE))
    assert len(found) > 3 and all(piece.folder == tmp_path for piece in found)
    assert told(found) == told([rows(path, SIGNATURE)])
    assert len(told(found)[2]) == len(odd)


@pytest.mark.parametrize("odd", [[], [0, 148, 149, 151, 299]])
@pytest.mark.parametrize("long", [0, 150, 299])
def test_a_row_that_is_longer_than_a_block(
    tmp_path: Path, odd: list[int], long: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "BLOCK", 1 << 14)
    lines = [f"{number},b" for number in range(300)]
    lines[long] += "b" * 5000
    for place in {*odd} - {long}:
        lines[place] += ",too,many"
    path = tmp_path / "in.csv"
    path.write_text("\n".join(["x,note", *lines, ""]))
    assert told(list(pieces(path, SIGNATURE))) == told([rows(path, SIGNATURE)])


def test_a_parquet_file_in_pieces_is_the_file(tmp_path: Path) -> None:
    path = tmp_path / "in.parquet"
    parquet.write_table(pa.table({"x": list(range(200)), "s": ["a", None] * 100}), path)
    found = list(pieces(path, SIGNATURE))
    assert len(found) == 4 and told(found) == told([rows(path, SIGNATURE)])


def test_lists_are_read_at_once(tmp_path: Path) -> None:
    path = tmp_path / "in.parquet"
    parquet.write_table(pa.table({"x": [[]] * 100 + [[1.5]] * 100}), path)
    assert [len(piece) for piece in pieces(path, SIGNATURE)] == [200]


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "in.parquet"
    path.write_bytes(b"PAR1 nothing of the sort PAR1")
    with pytest.raises(BadExamples, match=r"in\.parquet cannot be read"):
        list(pieces(path, SIGNATURE))
    path = tmp_path / "in.csv"
    path.write_text("x\n" + "1\n" * 500 + "2" * 3000)  # a row that is longer than what is read at once
    with pytest.raises(BadExamples, match=r"in\.csv cannot be read"):
        list(pieces(path, SIGNATURE))
