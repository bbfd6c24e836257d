"""Every source of examples gives the same examples, and says clearly what it cannot give."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
import pandas as pd
import PIL.Image
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import csv, dataset, feather, parquet

import wisen
from wisen import Category, Image
from wisen.errors import BadExamples
from wisen.examples import Examples, known


@wisen.function
def churned(age: float, plan: Literal["basic", "gold"], note: str | None, months: int | None = None) -> bool: ...


@wisen.function
def is_red(photo: Image) -> Literal["red", "blue"]: ...


COUNT = 20
COLUMNS: dict[str, list[Any]] = {
    "age": [20.5 + n for n in range(COUNT)],
    "plan": ["basic", "gold"] * (COUNT // 2),
    "note": [None if n == 3 else f'says "{n}", twice;\tor\nso — ü' for n in range(COUNT)],
    "months": [None if n == 5 else n for n in range(COUNT)],
    "churned": [n % 3 == 0 for n in range(COUNT)],
}


def table() -> pa.Table:
    return pa.table(COLUMNS)


def write_csv(path: Path, delimiter: str = ",", encoding: str = "utf-8") -> Path:
    csv.write_csv(table(), path, csv.WriteOptions(delimiter=delimiter))
    path.write_bytes(path.read_bytes().decode().encode(encoding))
    return path


def write_jsonl(path: Path) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in table().to_pylist()) + "\n\n")
    return path


def write_stream(path: Path) -> Path:
    with pa.ipc.new_stream(path, table().schema) as file:
        file.write_table(table())
    return path


def at(path: Path, write: Callable[[pa.Table, Path], Any]) -> Path:
    write(table(), path)
    return path


ROWS = [tuple(row.values()) for row in pa.table(COLUMNS).to_pylist()]
SOURCES: dict[str, Callable[[Path], Any]] = {
    "csv": lambda folder: write_csv(folder / "t.csv"),
    "csv as a string": lambda folder: str(write_csv(folder / "t.csv")),
    "semicolons": lambda folder: write_csv(folder / "t.csv", ";"),
    "tsv": lambda folder: write_csv(folder / "t.tsv", "\t"),
    "utf-8 with a mark": lambda folder: write_csv(folder / "t.csv", encoding="utf-8-sig"),
    "utf-16 with a mark": lambda folder: write_csv(folder / "t.csv", encoding="utf-16"),
    "utf-32 with a mark": lambda folder: write_csv(folder / "t.csv", encoding="utf-32"),
    "a folder with a table": lambda folder: write_csv(folder / "t.csv").parent,
    "jsonl": lambda folder: write_jsonl(folder / "t.jsonl"),
    "parquet": lambda folder: at(folder / "t.parquet", parquet.write_table),
    "feather": lambda folder: at(folder / "t.feather", feather.write_feather),
    "arrow file": lambda folder: at(folder / "t.arrow", feather.write_feather),
    "arrow stream": lambda folder: write_stream(folder / "t.arrow"),
    "arrow table": lambda folder: table(),
    "arrow reader": lambda folder: table().to_reader(),
    "arrow dataset": lambda folder: dataset.dataset(table()),
    "pandas": lambda folder: table().to_pandas(),
    "pandas with row labels": lambda folder: table().to_pandas().set_index(pd.Index([f"r{n}" for n in range(COUNT)])),
    "polars": lambda folder: pl.DataFrame(COLUMNS),
    "columns": lambda folder: COLUMNS,
    "columns of numpy": lambda folder: {name: np.array(cells, dtype=object) for name, cells in COLUMNS.items()},
    "rows as mappings": lambda folder: iter(table().to_pylist()),
    "pairs": lambda folder: [(row[:4], row[4]) for row in ROWS],
    "pairs with mappings": lambda folder: [
        ({name: row[n] for n, name in enumerate(COLUMNS) if n < 4}, row[4]) for row in ROWS
    ],
    "a generator of pairs": lambda folder: ((list(row[:4]), row[4]) for row in ROWS),
}


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_gives_the_same_examples(name: str, tmp_path: Path) -> None:
    found = known(SOURCES[name](tmp_path), churned.signature)
    assert len(found) == COUNT and not found.bad
    for column, values in {**found.inputs, "churned": found.outputs["answer"]}.items():
        assert list(values) == COLUMNS[column], column
    assert found.hash == known(COLUMNS, churned.signature).hash


def test_a_function_learns_from_a_file(tmp_path: Path, module: Any) -> None:
    f = module(
        """
        import wisen

        @wisen.function
        def large(size: float) -> bool: ...
        """
    ).large
    rows = [f"{n / 7},{n > 210}" for n in range(420)]
    (tmp_path / "sizes.csv").write_text("size,large\n" + "\n".join(rows))
    assert f.train(tmp_path / "sizes.csv", budget=3).installed
    assert f(50.0) is True and f("5") is False
    assert f.test().verdict == "better"  # the examples of the last training


# ---- names of columns --------------------------------------------------------------------------


def renamed(**names: str) -> dict[str, list[Any]]:
    return {names.get(name, name): cells for name, cells in COLUMNS.items()}


@pytest.mark.parametrize(
    ("columns", "options"),
    [
        (renamed(age="AGE", plan=" Plan ", note="no_te", months="MO NTHS"), {}),
        (renamed(churned="answer"), {}),
        (renamed(churned="left us"), {}),  # the one that is left
        ({**renamed(churned="left"), "id": range(COUNT)}, {"returns": "left"}),
        ({**renamed(churned="Left_Us"), "id": range(COUNT)}, {"returns": "left us"}),
        (renamed(age="years"), {"columns": {"age": "years"}}),
        ({**renamed(age="years"), "Age": ["old"] * COUNT}, {"columns": {"age": "Years"}}),
        ({**renamed(age="Age"), "age": COLUMNS["age"]}, {}),  # spelled so goes before spelled nearly so
    ],
)
def test_names_are_matched(columns: dict[str, Any], options: dict[str, Any]) -> None:
    found = known(columns, churned.signature, **options)
    assert list(found.inputs["age"]) == COLUMNS["age"]
    assert list(found.outputs["answer"]) == COLUMNS["churned"]


def refused(source: Any, function: Any = churned, **options: Any) -> str:
    with pytest.raises(BadExamples) as caught:
        known(source, function.signature, **options)
    return str(caught.value)


def test_a_missing_column_is_told_with_the_nearest_name() -> None:
    said = refused(renamed(age="agee"))
    assert "has no column 'age', which churned() wants" in said and "Did you mean 'agee'?" in said
    said = refused({**renamed(churned="churn_ed_"), "id": range(COUNT)} | {"churn_ed_": ["x"] * COUNT})
    assert "bad" in said  # it is found: underscores do not count
    said = refused({**renamed(churned="chrned"), "id": range(COUNT)})
    assert "no column for the answer of churned()" in said and "--returns COLUMN" in said and "'chrned'" in said
    assert "has no column 'lft'\nDid you mean 'left'?" in refused(renamed(churned="left"), returns="lft")
    assert "has no column 'yers'" in refused(renamed(age="years"), columns={"age": "yers"})
    said = refused(COLUMNS, columns={"agee": "age"})
    assert "which churned() does not have" in said and "'age'" in said
    assert "could all be 'age'" in refused({**renamed(age="Age"), "AGE": COLUMNS["age"]})


def test_one_column_is_never_two_things() -> None:
    @wisen.function
    def swap(a: Literal["x", "y"], b: Literal["x", "y"]) -> bool: ...

    columns = {"a": ["x", "y"] * 10, "swap": [True, False] * 10}
    said = refused(columns, swap, columns={"b": "a"})
    assert "would be both 'a' and 'b'" in said
    assert "would be both 'a' and 'answer'" in refused(columns | {"b": ["x"] * 20}, swap, returns="a")

    @wisen.function
    def age(age: float) -> bool: ...

    found = known({"age": COLUMNS["age"], "grown up": COLUMNS["churned"]}, age.signature)
    assert list(found.outputs["answer"]) == COLUMNS["churned"]


def test_duplicate_columns_are_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("age,plan,age,churned\n1,gold,2,yes\n")
    assert "t.csv has more than one column named age\nRename all but one." in refused(tmp_path / "t.csv")
    assert "more than one column" in refused(pa.table([pa.array([1]), pa.array([2])], ["age", "age"]))


# ---- several inputs and outputs ----------------------------------------------------------------


@dataclasses.dataclass
class Customer:
    age: float
    plan: Literal["basic", "gold"]


class Answer(NamedTuple):
    stays: bool
    worth: float


@wisen.function
def future(customer: Customer, month: int) -> Answer: ...


WORTH = {
    "age": COLUMNS["age"],
    "plan": COLUMNS["plan"],
    "month": list(range(COUNT)),
    "stays": COLUMNS["churned"],
    "worth": [n / 2 for n in range(COUNT)],
}


def nested() -> list[dict[str, Any]]:
    rows = [dict(zip(WORTH, row, strict=True)) for row in zip(*WORTH.values(), strict=True)]
    return [
        {"customer": {"age": r["age"], "plan": r["plan"]}, **{k: r[k] for k in ("month", "stays", "worth")}}
        for r in rows
    ]


def check_future(found: Examples) -> None:
    assert list(found.inputs["customer.age"]) == WORTH["age"] and list(found.inputs["month"]) == WORTH["month"]
    assert list(found.outputs["stays"]) == WORTH["stays"] and list(found.outputs["worth"]) == WORTH["worth"]


@pytest.mark.parametrize(
    "source",
    [
        WORTH,
        {"customer.age": WORTH["age"], "Customer Plan": WORTH["plan"], **{k: WORTH[k] for k in list(WORTH)[2:]}},
        nested(),
        pa.Table.from_pylist(nested()),
        [((Customer(r["customer"]["age"], r["customer"]["plan"]), r["month"]), Answer(r["stays"], r["worth"]))
         for r in nested()],
        [(({**r["customer"]}, r["month"]), {"stays": r["stays"], "worth": r["worth"]}) for r in nested()],
    ],
    ids=["fields", "param.field", "mappings", "structs", "records", "mappings as records"],
)  # fmt: skip
def test_records_are_columns_named_by_their_fields(source: Any) -> None:
    check_future(known(source, future.signature))


def test_nested_records_in_jsonl(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text("\n".join(map(json.dumps, nested())))
    check_future(known(path, future.signature))


def test_one_record_as_the_only_input() -> None:
    @wisen.function
    def grown(customer: Customer) -> bool: ...

    for wrap in (lambda age, plan: Customer(age, plan), lambda age, plan: {"age": age, "plan": plan}):
        pairs = [(wrap(*row[:2]), row[4]) for row in ROWS]
        assert list(known(pairs, grown.signature).inputs["customer.age"]) == COLUMNS["age"]


def test_several_outputs_are_not_named_by_returns() -> None:
    said = refused(WORTH, future, returns="stays")
    assert "future() returns several: stays, worth" in said and "columns={'stays': ...}" in said


def test_a_field_of_two_records_needs_the_whole_name() -> None:
    @wisen.function
    def same(one: Customer, other: Customer) -> bool: ...

    columns = {"age": COLUMNS["age"], "plan": COLUMNS["plan"], "same": COLUMNS["churned"]}
    assert "the column 'age' would be both 'one.age' and 'other.age'" in refused(columns, same)


# ---- folders -----------------------------------------------------------------------------------


def write_photos(folder: Path, count: int = 10) -> Path:
    for colour in ("red", "blue"):
        (folder / colour).mkdir(parents=True)
        for n in range(count):
            PIL.Image.new("RGB", (4 + n, 5), (200 + n if colour == "red" else 0, 0, 90)).save(
                folder / colour / f"{n}.png"
            )
    return folder


def test_a_folder_of_class_folders(tmp_path: Path) -> None:
    folder = write_photos(tmp_path / "photos")
    (folder / "red" / "notes.doc").write_text("x")
    (folder / "red" / ".hidden.png").write_text("x")
    (folder / "red" / "deeper").mkdir()
    PIL.Image.new("L", (9, 9)).save(folder / "red" / "deeper" / "10.PNG")
    (folder / "none yet").mkdir()
    (folder / "LICENSE").write_text("x")
    found = known(folder, is_red.signature)
    assert len(found) == 21 and list(found.outputs["answer"]).count("red") == 11
    assert found.names[0] == str(Path("blue/0.png")) and found.inputs["photo"][0].size == (4, 5)
    notes = "\n".join(found.notes)
    assert "1 files of other sorts" in notes and "the empty folder none yet" in notes and "1 files beside" in notes


def test_only_files_of_the_kinds_of_the_inputs_are_examples(tmp_path: Path) -> None:
    for colour in ("red", "blue"):
        (tmp_path / colour).mkdir()
        for place in range(8):
            PIL.Image.new("RGB", (4, 4), colour).save(tmp_path / colour / f"{place}.png")
        (tmp_path / colour / "notes.txt").write_text("where they come from")
    found = known(tmp_path, is_red.signature)
    assert len(found) == 16 and not found.bad and "left aside: 2 files of other sorts" in found.notes


def test_a_folder_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("red", "blue"):
        (tmp_path / name / "inside").mkdir(parents=True)
        PIL.Image.new("RGB", (4, 4), name).save(tmp_path / name / "1.png")
    scan = os.scandir

    def closed(path: str) -> Any:  # tests may run as root, to whom every folder is open
        if str(path).endswith("inside"):
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", closed)
    with pytest.raises(BadExamples, match=r"inside' cannot be read: Permission denied"):
        known(tmp_path, is_red.signature)


def test_class_folders_of_texts(tmp_path: Path) -> None:
    @wisen.function
    def friendly(message: str) -> bool: ...

    for name in ("yes", "no"):
        (tmp_path / name).mkdir()
        for n in range(10):
            (tmp_path / name / f"{n}.txt").write_text(f"{name}: Größe {n}")
    found = known(tmp_path, friendly.signature)
    assert found.inputs["message"][0] == "no: Größe 0" and list(found.outputs["answer"]) == [False] * 10 + [True] * 10


def test_paths_in_a_table_are_relative_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_photos(tmp_path / "photos")
    files = sorted(path.relative_to(folder) for path in folder.rglob("*.png"))
    lines = ["photo,is red", *(f"{path},{path.parent.name}" for path in files)]
    (folder / "t.csv").write_text("\n".join(lines))
    monkeypatch.chdir(tmp_path)
    for source in (folder, folder / "t.csv", "photos/t.csv", "photos"):
        found = known(source, is_red.signature)
        assert len(found) == 20 and found.inputs["photo"][3].size == (7, 5)
    rows = pa.Table.from_pylist([{"photo": str(path), "is_red": path.parent.name} for path in files])
    parquet.write_table(rows, folder / "t.parquet")
    assert len(known(folder / "t.parquet", is_red.signature)) == 20
    assert "holds several tables: t.csv, t.parquet" in refused(folder, is_red)


def test_a_text_that_ends_like_a_file_is_a_text(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("note,kind\n" + "see readme.txt,a\nother.txt,b\n" * 10)

    @wisen.function
    def kind(note: str) -> Annotated[str, Category]: ...

    assert list(known(tmp_path / "t.csv", kind.signature).inputs["note"])[:2] == ["see readme.txt", "other.txt"]


def test_pictures_in_a_data_frame() -> None:
    pictures = [PIL.Image.new("RGB", (3, 4 + n)) for n in range(COUNT)]
    frame = pd.DataFrame({"photo": pictures, "is_red": ["red", "blue"] * 10})
    assert [p.height for p in known(frame, is_red.signature).inputs["photo"]] == [4 + n for n in range(COUNT)]
    arrays = {"photo": np.zeros((COUNT, 6, 7), np.uint8), "is_red": ["red", "blue"] * 10}
    assert known(arrays, is_red.signature).inputs["photo"][0].size == (7, 6)
