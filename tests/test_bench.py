"""The measurements' table: it says what was missed, and takes its own place in the page only."""

from __future__ import annotations

import sys

import pytest
from bench import table
from bench.table import Row, finish, markdown, processes, side_by_side


def test_a_table_lists_every_row_and_what_was_missed() -> None:
    text = markdown([Row("a call", "12 µs", "alone 9 µs", "40 µs", True), Row("b", "5", "", "2", False), Row("c", "1")])
    lines = text.splitlines()
    assert len(lines) == 5 and len({len(line) for line in lines}) == 1
    assert "reached" in lines[2] and "**missed**" in lines[3] and "reached" not in lines[4]


@pytest.mark.parametrize(("reached", "code"), [(True, 0), (False, 1), (None, 0)])
def test_a_measurement_fails_only_where_something_is_missed(monkeypatch, capsys, reached, code) -> None:
    monkeypatch.setattr(sys, "argv", ["bench"])
    with pytest.raises(SystemExit) as raised:
        finish("calls", [Row("a call", "12 µs", reached=reached)], "How.")
    assert raised.value.code == code
    assert "12 µs" in capsys.readouterr().out


def test_write_changes_its_part_of_the_page_only(monkeypatch, tmp_path) -> None:
    page = tmp_path / "README.md"
    start = "<!-- start -->\n<!-- end of start -->\n"
    page.write_text(f"# Top\n<!-- calls -->\nold\n<!-- end of calls -->\nmiddle\n{start}")
    monkeypatch.setattr(table, "PAGE", page)
    monkeypatch.setattr(sys, "argv", ["bench", "--write"])
    for value in ("12 µs", "13 µs"):
        with pytest.raises(SystemExit):
            finish("calls", [Row("a call", value)], "How.")
    text = page.read_text()
    assert text.startswith("# Top\n<!-- calls -->\n| what") and "old" not in text
    assert "13 µs" in text and "12 µs" not in text
    assert text.endswith(f"<!-- end of calls -->\nmiddle\n{start}")


def test_the_page_has_a_place_for_each_measurement() -> None:
    page = table.PAGE.read_text()
    for name in ("calls", "start", "gallery"):
        assert (table.PAGE.parent / f"{name}.py").exists()
        assert page.index(f"<!-- {name} -->\n") < page.index(f"<!-- end of {name} -->\n")


def test_clocks_give_medians(tmp_path) -> None:
    found = side_by_side({"short": lambda: None, "long": lambda: sum(range(2000))}, blocks=2, size=20)
    assert 0 < found["short"] < found["long"]
    found = processes({"nothing": [sys.executable, "-c", "pass"]}, times=1, folder=tmp_path)
    assert 0 < found["nothing"] < 30
