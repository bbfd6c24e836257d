"""Bad examples are counted, listed with their row and left out; over 5 % stop before training."""

from __future__ import annotations

import gc
import math
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
import PIL.Image
import pyarrow as pa
import pytest

import wisen
from wisen import Category, Image
from wisen.errors import BadExamples
from wisen.examples import Examples, fitted, known, split, table
from wisen.examples.ahead import cores


@wisen.function
def kind(size: float, colour: Annotated[str, Category] | None = None) -> Literal["small", "large"]: ...


@wisen.function
def price(size: float) -> float: ...


@wisen.function
def seen(photo: Image) -> bool: ...


def csv(path: Path, lines: list[str], encoding: str = "utf-8") -> Path:
    path.write_bytes(("\n".join(lines) + "\n").encode(encoding))
    return path


def good(count: int = 100) -> list[str]:
    return [f"{n}.5,red,{'small' if n < 50 else 'large'}" for n in range(count)]


def refused(source: Any, function: Any = kind, **options: Any) -> str:
    with pytest.raises(BadExamples) as caught:
        known(source, function.signature, **options)
    return str(caught.value)


def told(found: Examples) -> str:
    return "\n".join(found.notes)


HEADER = "size,colour,kind"


# ---- too little --------------------------------------------------------------------------------


def test_an_empty_folder(tmp_path: Path) -> None:
    assert f"{str(tmp_path)!r} holds no examples" in refused(tmp_path)
    assert "one folder per class" in refused(tmp_path)
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "readme.md").write_text("x")
    assert "holds no examples" in refused(tmp_path)


def test_an_empty_table(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"")
    assert "t.csv' is empty" in refused(tmp_path / "t.csv")
    assert "t.csv' has a header but no rows" in refused(csv(tmp_path / "t.csv", [HEADER]))
    (tmp_path / "t.csv").write_bytes(b"\n\n \n")
    assert "t.csv" in refused(tmp_path / "t.csv")
    (tmp_path / "t.jsonl").write_text("\n\n")
    assert "t.jsonl' has no rows" in refused(tmp_path / "t.jsonl")
    empty: dict[str, list[Any]] = {"size": [], "colour": [], "kind": []}
    sources: list[Any] = [empty, pd.DataFrame(empty), pa.table(empty), [], iter([])]
    for source in sources:
        assert "there are no examples" in refused(source)


def test_no_such_file(tmp_path: Path) -> None:
    csv(tmp_path / "customers.csv", [HEADER, *good()])
    assert "there is no" in refused(tmp_path / "custmers.csv")
    assert "Did you mean 'customers.csv'?" in refused(tmp_path / "custmers.csv")
    assert "there is no" in refused(tmp_path / "none" / "t.csv")
    (tmp_path / "t.xlsx").write_bytes(b"PK")
    assert "t.xlsx' is no table that wisen reads\nIt reads .csv, .tsv" in refused(tmp_path / "t.xlsx")


@pytest.mark.parametrize("source", [3, None, b"a,b", {"size": 3}, {"size": "abc"}, [1, 2], ["ab cd", "ef gh"]])
def test_what_is_no_source(source: Any) -> None:
    assert refused(source)


def test_one_class_only() -> None:
    said = refused({"size": range(20), "colour": ["red"] * 20, "kind": ["small"] * 20})
    assert "the answer is small in all 20 examples: there is nothing to tell apart" in said
    assert "Bring examples of the other answers too." in said
    assert "there is nothing to tell apart" in refused({"size": range(20), "price": [3.5] * 20}, price)


def test_one_example_and_a_handful() -> None:
    one: dict[str, list[Any]] = {"size": [1], "colour": ["red"], "kind": ["small"]}
    assert "there is only 1 example\nBring more of them" in refused(one)
    assert "there are only 5 examples" in refused({name: cells * 5 for name, cells in one.items()})


def test_a_class_with_one_example_and_one_with_none() -> None:
    @wisen.function
    def size(size: float) -> Literal["s", "m", "l", "xl"]: ...

    found = known([(n, "s" if n else "m") for n in range(30)] + [(31, "l")] * 2, size.signature)
    assert "only one example of m: it can be learned or tested, not both" in told(found)
    assert "no example of xl: it will never be the answer" in told(found)


def test_too_few_different_examples_to_be_split() -> None:
    found = known([((1.0, "red"), "small")] * 20 + [((1.0, "red"), "large")] * 20, kind.signature)
    with pytest.raises(BadExamples, match="1 different examples cannot be divided"):
        split(found)


# ---- files -------------------------------------------------------------------------------------


def test_a_ragged_csv(tmp_path: Path) -> None:
    lines = good(99)
    lines[41] += ",and more"
    found = known(csv(tmp_path / "t.csv", [HEADER, *lines]), kind.signature)
    assert len(found) == 98 and [str(bad) for bad in found.bad] == ["t.csv row 42: has 4 cells, not 3"]
    assert found.names[40:42] == ["t.csv row 41", "t.csv row 43"]  # later rows keep their numbers
    assert "1 of 99 examples are left out:\n  t.csv row 42: has 4 cells, not 3" in told(found)


def test_a_csv_that_is_ragged_all_over(tmp_path: Path) -> None:
    lines = [HEADER, *(line.rpartition(",")[0] for line in good(50)), *good(50)]
    said = refused(csv(tmp_path / "t.csv", lines))
    assert said.startswith("50 of 100 examples are bad:\n  t.csv row 1: has 2 cells, not 3")
    assert "and 45 more" in said


def test_wrong_encoding(tmp_path: Path) -> None:
    path = csv(tmp_path / "t.csv", [HEADER, *(line.replace("red", "grün") for line in good())], "cp1252")
    assert "t.csv is not written in utf-8: see line 2\n" in refused(path)
    assert "--encoding cp1252" in refused(path)
    with path.open("ab") as file:
        file.write(b"ragged, \xfc\n")
    assert "t.csv is not written in utf-8" in refused(path)
    found = known(path, kind.signature, encoding="cp1252")
    assert set(found.inputs["colour"]) == {"grün"} and len(found.bad) == 1
    assert "there is no encoding 'klingon'" in refused(path, encoding="klingon")
    (tmp_path / "t.jsonl").write_bytes('{"size": 1, "colour": "grün"}\n'.encode("cp1252"))
    assert "t.jsonl is not written in utf-8" in refused(tmp_path / "t.jsonl")
    (tmp_path / "u.csv").write_bytes(b"\xff\xfea")
    assert "u.csv is not written in utf-16" in refused(tmp_path / "u.csv")


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".parquet", ".arrow", ".feather"])
@pytest.mark.parametrize("junk", [bytes(range(256)) * 9, b"\0" * 99, b"ARROW1\0\0junk", b"PAR1junk", b'"', b"{\n[1]\n"])
def test_junk_in_a_file(suffix: str, junk: bytes, tmp_path: Path) -> None:
    (tmp_path / f"t{suffix}").write_bytes(junk)
    assert refused(tmp_path / f"t{suffix}")


def test_truncated_tables(tmp_path: Path) -> None:
    from pyarrow import feather, parquet

    whole = pa.table({"size": range(100), "colour": ["red"] * 100, "kind": ["small", "large"] * 50})
    parquet.write_table(whole, tmp_path / "t.parquet")
    feather.write_feather(whole, tmp_path / "t.feather")
    for path in (tmp_path / "t.parquet", tmp_path / "t.feather"):
        data = path.read_bytes()
        for size in (len(data) // 2, len(data) - 3):
            path.write_bytes(data[:size])
            assert f"{path.name} cannot be read" in refused(path)


def test_lines_that_are_no_json(tmp_path: Path) -> None:
    lines = [f'{{"size": {n}, "colour": "red", "kind": "{"small" if n < 50 else "large"}"}}' for n in range(99)]
    lines[7], lines[70] = "{broken", '["a", "list"]'
    path = csv(tmp_path / "t.jsonl", lines)
    found = known(path, kind.signature)
    assert len(found) == 97 and found.names[7] == "t.jsonl line 9"
    assert found.bad[0].row == "t.jsonl line 8" and "is no JSON" in found.bad[0].why
    assert str(found.bad[1]) == "t.jsonl line 71: is no JSON object"


# ---- cells -------------------------------------------------------------------------------------


def test_mixed_types_in_a_column(tmp_path: Path) -> None:
    lines = good(98)
    lines[9] = "about 3,red,small"
    found = known(csv(tmp_path / "t.csv", [HEADER, *lines]), kind.signature)
    assert [str(bad) for bad in found.bad] == ["t.csv row 10: size is 'about 3', which is not a number"]
    assert len(found) == 97 and "1 of 98 examples are left out" in told(found)
    mixed: list[Any] = [float(n) for n in range(98)]
    mixed[3], mixed[4] = "4", [5]
    columns = {"size": mixed, "colour": ["red"] * 98, "kind": ["small", "large"] * 49}
    for source in (columns, pd.DataFrame(columns)):
        found = known(source, kind.signature)
        assert found.inputs["size"][3] == 4.0
        assert "row 5: size is [5], which is not a number" in str(found.bad[0])


def test_over_five_percent_bad_stops_with_the_list() -> None:
    sizes = ["x"] * 6 + [str(n) for n in range(94)]
    said = refused({"size": sizes, "colour": ["red"] * 100, "kind": ["small", "large"] * 50})
    assert said.startswith("6 of 100 examples are bad:\n  the columns row 1: size is 'x', which is not a number\n")
    assert "and 1 more" in said and "Mend them, or leave them out." in said
    sizes[0] = "1"
    assert len(known({"size": sizes, "colour": ["red"] * 100, "kind": ["small", "large"] * 50}, kind.signature)) == 95


def test_missing_cells_say_what_to_write() -> None:
    sizes = [None if n % 9 == 0 else n for n in range(90)]
    said = refused({"size": sizes, "colour": ["red"] * 90, "kind": ["small", "large"] * 45})
    assert "row 1: size is missing" in said and "Write `size: float | None` in the signature" in said
    said = refused({"size": range(90), "colour": ["red"] * 90, "kind": ["small", "large", "n/a"] * 30})
    assert "row 3: answer is missing" in said and "teaches nothing" in said


@pytest.mark.parametrize("nothing", [None, math.nan, np.float32("nan"), pd.NA, pd.NaT, "", " NA ", "null", "NaN"])
def test_all_spellings_of_nothing(nothing: Any) -> None:
    columns = {"size": [float(n) for n in range(40)], "colour": ["red", nothing] * 20, "kind": ["small", "large"] * 20}
    assert list(known(columns, kind.signature).inputs["colour"]) == ["red", None] * 20


def test_labels_that_differ_in_case_or_spaces() -> None:
    labels = ["small", "SMALL", " Small ", "large", "Large", "large "] * 5
    columns = {"size": range(30), "colour": ["red", "Red", "red ", "deep  red", "deep red", "deep red"] * 5}
    found = known({**columns, "kind": labels}, kind.signature)
    assert list(found.outputs["answer"]) == ["small"] * 3 + ["large"] * 3 + (["small"] * 3 + ["large"] * 3) * 4
    assert len(set(found.inputs["colour"])) == 4  # the program has to know every spelling
    assert "colour: 'Red' (5 times) is taken as 'red'" in told(found)
    assert "colour: 'deep  red' (5 times) is taken as 'deep red'" in told(found)


def test_a_label_outside_the_literal() -> None:
    kinds = ["small", "large"] * 50
    kinds[6] = "larg"
    found = known({"size": range(100), "colour": ["red"] * 100, "kind": kinds}, kind.signature)
    assert str(found.bad[0]) == "the columns row 7: answer is 'larg', which is none of small, large"
    assert found.bad[0].hint == "Did you mean 'large'?"
    said = refused({"size": range(100), "colour": ["red"] * 100, "kind": ["small", "huge"] * 50})
    assert "50 of 100 examples are bad" in said and "'huge'" in said


def test_duplicates_with_contradicting_labels() -> None:
    pairs = [((float(n), "red"), "small" if n < 15 else "large") for n in range(30)]
    pairs += [((3.0, "red"), "large"), ((3.0, "red"), "small")]
    found = known(pairs, kind.signature)
    assert "3 examples have the inputs of another but a different answer, such as pair 4, pair 31, pair 32" in told(
        found
    )
    assert len(found) == 32


def test_constant_and_empty_columns() -> None:
    columns = {"size": [7.0] * 30, "colour": ["red"] * 30, "kind": ["small", "large"] * 15}
    found = known(columns, kind.signature)
    assert "size is 7.0 in every example: nothing can be learned from it" in told(found)
    assert "colour is 'red' in every example" in told(found)
    found = known({**columns, "colour": [None] * 30}, kind.signature)
    assert "colour is empty in every example" in told(found)
    said = refused({**columns, "size": [None] * 30})
    assert "30 of 30 examples are bad" in said and "size: float | None" in said


def test_infinities(module: Any) -> None:
    sizes = [math.inf if n == 4 else "-inf" if n == 5 else 1e300 if n == 6 else n for n in range(60)]
    found = known({"size": sizes, "colour": ["red"] * 60, "kind": ["small", "large"] * 30}, kind.signature)
    assert "size is infinite in 2 examples (taken as very large)" in told(found)
    fitted = found.signature.inputs[0].fit(found.inputs["size"])
    assert 25 < fitted.kind.mean[0] < 35 and fitted.kind.scale[0] < 20  # they do not stretch the rest
    answers = [math.inf if n == 4 else 1e300 if n == 9 else float(n) for n in range(60)]
    found = known({"size": range(60), "price": answers}, price.signature)
    assert [bad.row for bad in found.bad] == ["the columns row 5", "the columns row 10"]
    assert found.bad[0].why == "answer is inf: no answer is infinite"


def test_a_function_trains_on_odd_numbers(module: Any) -> None:
    f = module(
        """
        import wisen

        @wisen.function
        def large(size: float, weight: float | None, empty: float | None, same: int) -> bool: ...
        """
    ).large
    odd = {3: math.inf, 70: -math.inf, 11: 1e300, 12: -1e300}
    pairs = [((odd.get(n, n / 10), None if n % 3 else n, None, 7), n > 100) for n in range(200)]
    outcome = f.train(pairs, budget=3, accept=True)
    assert outcome.report.results[0].score("learned").first.value > 0.8
    assert f(math.inf, None, None, 7) in (True, False) and f(1e300, 2, None, 7) in (True, False)


def test_bad_pairs_keep_their_numbers() -> None:
    pairs: list[Any] = [((float(n), "red"), "small" if n < 50 else "large") for n in range(100)]
    pairs[2], pairs[50], pairs[60] = "no pair", ((1.0, "red", 3), "small"), (("x", "red"), "small")
    found = known(pairs, kind.signature)
    rows = {bad.row: bad.why for bad in found.bad}
    assert set(rows) == {"pair 3", "pair 51", "pair 61"} and found.names[2] == "pair 4"
    assert "too many positional arguments" in rows["pair 51"] and "'x', which is not a number" in rows["pair 61"]
    assert "these are no (inputs, output) pairs: pair 1:" in refused([(1.0,), (2.0,)])


# ---- pictures ----------------------------------------------------------------------------------


def write_pictures(folder: Path, count: int) -> Path:
    for n in range(count):
        place = folder / ("yes" if n % 2 else "no")
        place.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(n).integers(0, 256, (20, 30), np.uint8)
        pixels[0, 0] = n
        PIL.Image.fromarray(pixels).save(place / f"{n:03}.png")
    return folder


def test_unreadable_pictures_are_left_out(tmp_path: Path) -> None:
    write_pictures(tmp_path, 80)
    whole = (tmp_path / "yes" / "001.png").read_bytes()
    (tmp_path / "yes" / "001.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "no" / "002.png").write_text("no picture")
    found = known(tmp_path, seen.signature)
    assert len(found) == 78 and [bad.row for bad in found.bad] == ["no/002.png", "yes/001.png"]
    assert "is no picture that Pillow can read" in found.bad[0].why
    assert "is a damaged picture" in found.bad[1].why
    assert "2 of 80 examples are left out" in told(found)
    (tmp_path / "no" / "004.png").write_bytes(b"")
    (tmp_path / "no" / "006.png").unlink()
    (tmp_path / "no" / "006.png").mkdir()
    assert len(known(tmp_path, seen.signature)) == 76


def test_a_table_that_names_no_file(tmp_path: Path) -> None:
    write_pictures(tmp_path, 40)
    lines = [f"{path.relative_to(tmp_path)},{path.parent.name}" for path in sorted(tmp_path.rglob("*.png"))]
    found = known(csv(tmp_path / "t.csv", ["photo,seen", *lines, "yes/gone.png,yes"]), seen.signature)
    assert len(found) == 40 and found.bad[0].row == "t.csv row 41"
    assert "gone.png' is no file" in found.bad[0].why


def test_pictures_beyond_the_room_are_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_pictures(tmp_path, 40)
    monkeypatch.setattr(table, "MOST_KEPT", 10 * 650)  # of 600 bytes each
    found = known(tmp_path, seen.signature)
    values = found.inputs["photo"]
    assert len(values.in_memory()) == 10
    kept = [picture.getpixel((0, 0)) for picture in values]
    assert kept == [*range(0, 40, 2), *range(1, 40, 2)] == [picture.getpixel((0, 0)) for picture in values[:]]
    assert found.take([39, 0, 20]).rows()[0][0].getpixel((0, 0)) == 39
    monkeypatch.undo()
    whole = known(tmp_path, seen.signature)
    assert whole.hash == found.hash and len(whole.inputs["photo"].in_memory()) == 40
    (tmp_path / "yes" / "039.png").unlink()
    with pytest.raises(BadExamples, match=r"039.png' is no file; it could be read a moment ago"):
        values[39]


def test_dropped_pictures_do_not_pile_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_pictures(tmp_path, 80)
    monkeypatch.setattr(table, "MOST_KEPT", 0)
    before, alive = pictures(), []
    kind = type(seen.signature.inputs[0].kind)
    look = kind.pixels

    def pixels(self: Any, value: Any) -> Any:
        alive.append(pictures() - before)
        return look(self, value)

    monkeypatch.setattr(kind, "pixels", pixels)
    found = known(tmp_path, seen.signature)
    inputs, _ = fitted(split(found))
    assert len(alive) > 40 and inputs[0].kind.height == 20
    for row in found.rows():
        assert row[0].size == (30, 20)
        alive.append(pictures() - before)
    assert max(alive) < 6 + 3 * cores()


def pictures() -> int:
    """How many pictures are in memory."""
    return sum(issubclass(type(thing), PIL.Image.Image) for thing in gc.get_objects())


def test_a_function_trains_on_pictures_that_were_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: Any
) -> None:
    monkeypatch.setattr(table, "MOST_KEPT", 1000)
    f = module(
        """
        import wisen
        from wisen import Image

        @wisen.function
        def odd(photo: Image) -> bool: ...
        """
    ).odd
    assert f.train(write_pictures(tmp_path / "photos", 60), budget=2, accept=True).installed
    assert f(tmp_path / "photos" / "yes" / "001.png") in (True, False)


def test_a_long_column_is_read_fast() -> None:
    """100,000 rows of 20 columns take a few seconds; a fifth of that here, with room for a busy machine."""
    import time

    names = ", ".join(f"n{n}: float" for n in range(20))
    scope: dict[str, Any] = {}
    exec(f"def f({names}) -> bool: ...", scope)
    columns = {f"n{n}": [f"{(n * k) % 997 / 7:.4f}" for k in range(20_000)] for n in range(20)}
    begin = time.perf_counter()
    found = known({**columns, "f": ["yes", "no"] * 10_000}, wisen.function(scope["f"]).signature)
    assert len(found) == 20_000 and time.perf_counter() - begin < 4
