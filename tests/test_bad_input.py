"""Bad input through the door that people use: a sentence, no training, and the good program stays in its place.

What each room does with it is tested in tests/examples, tests/kinds, test_program.py and test_state.py.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import PIL.Image
import pytest

from wisen.errors import BadExamples, BadNetwork, WisenError

SOURCE = """
from typing import Literal
import wisen

@wisen.function
def plan(age: float, region: Literal["north", "south"]) -> Literal["basic", "gold"]:
    return "gold" if age > 80 else "basic"
"""


def columns(count: int = 120) -> dict[str, list[Any]]:
    return {
        "age": [float(n) for n in range(count)],
        "region": ["north", "south"] * (count // 2),
        "plan": ["gold" if n > 60 else "basic" for n in range(count)],
    }


def changed(**cells: Any) -> dict[str, Any]:
    return {**columns(), **cells}


def lines(text: str, encoding: str = "utf-8") -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        (folder / "t.csv").write_bytes(text.encode(encoding))
        return folder / "t.csv"

    return write


def empty(folder: Path) -> Path:
    (folder / "empty").mkdir()
    return folder / "empty"


TABLE = pd.DataFrame(columns()).to_csv(index=False)
BAD: dict[str, tuple[Any, str]] = {
    "an empty folder": (empty, "holds no examples\nPut one folder per class into it"),
    "an empty table": (lines(""), "t.csv' is empty"),
    "a header alone": (lines("age,region,plan\n"), "has a header but no rows"),
    "no file": (lambda folder: folder / "tt.csv", "there is no"),
    "one class only": (changed(plan=["gold"] * 120), "is gold in all 120 examples: there is nothing to tell apart"),
    "one example": ([((3.0, "north"), "gold")], "there is only 1 example"),
    "a missing column": (
        {"ages": [1], "region": ["n"], "plan": ["gold"]},
        "no column 'age'.*Did you mean 'ages'",
    ),
    "a missing answer": (
        lines("age,region,x,y\n1,north,2,3\n"),
        "no column for the answer of plan.*--returns",
    ),
    "a duplicate column": (lines("age,age,region,plan\n1,1,north,gold\n"), "more than one column named age"),
    "a ragged CSV": (
        lines(TABLE.replace(",north", "")),
        "60 of 120 .* are bad:\n  t.csv row 1: has 2 cells, not 3",
    ),
    "a wrong encoding": (
        lines(TABLE.replace("north", "nörd"), "cp1252"),
        "not written in utf-8: see line 2\n.*cp1252",
    ),
    "mixed types": (
        changed(age=["old", 3] * 60),
        "60 of 120 .* row 1: age is 'old', which is not a number",
    ),
    "labels outside": (
        changed(plan=["gold", "silver"] * 60),
        "row 2: answer is 'silver', which is none of basic",
    ),
    "a column without a cell": (changed(age=[None] * 120), "120 of 120 .*(\n.*)*Write `age: float . None`"),
    "lengths that differ": (changed(age=[1.0]), "the columns have different lengths: {'age': 1"),
    "no pairs": ([1, 2, 3], "these are no .inputs, output. pairs: pair 1"),
    "a thing": (object(), "examples of type object cannot be read\nBring a folder"),
    "the same over and over": ([((1.0, "north"), "gold"), ((1.0, "north"), "basic")] * 20, "cannot be divided"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_examples_stop_before_training(name: str, module: Any, tmp_path: Path) -> None:
    source, said = BAD[name]
    plan = module(SOURCE).plan
    plan.path.write_bytes(b"what stood there")
    events: list[Any] = []
    with pytest.raises(BadExamples, match=rf"(?s){said}") as caught:
        plan.train(source(tmp_path) if callable(source) else source, budget=1, listen=events.append)
    assert not events and len(str(caught.value)) < 1500
    assert plan.path.read_bytes() == b"what stood there"
    assert [path.name for path in plan.path.parent.rglob("*.onnx")] == [plan.path.name]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"budget": "soon"}, "a budget of 'soon' is no time\nWrite 60s, 5min or 2h."),
        ({"budget": -1}, "a budget of -1 is no time"),
        ({"group": "famly"}, "there is no column 'famly'"),
        ({"returns": "pln"}, "no column 'pln'\nDid you mean 'plan'"),
        ({"columns": {"aeg": "age"}}, r"which plan\(\) does not have\nDid you mean 'age'"),
        ({"device": "abacus"}, "device 'abacus' cannot be used"),
        ({"network": 3}, "network"),
    ],
)
def test_bad_options_are_told(options: dict[str, Any], said: str, module: Any) -> None:
    with pytest.raises(WisenError, match=said) as caught:
        module(SOURCE).plan.train(columns(), **{"budget": 1, **options})
    assert isinstance(caught.value, BadNetwork) == ("network" in options)


def test_a_few_bad_examples_are_left_out_and_listed(module: Any) -> None:
    plan = module(SOURCE).plan
    cells = columns()
    cells["age"][3], cells["region"][7], cells["plan"][9] = "?", "nort", "platinum"
    cells["plan"][20:23] = [" GOLD", "Basic ", "basic"]  # spelled otherwise, which is no harm
    events: list[Any] = []
    outcome = plan.train(cells, budget=1, accept=True, listen=events.append)
    found = events[0].parts.learning
    assert [bad.row for bad in found.bad] == [f"the columns row {n}" for n in (4, 8, 10)]
    assert len(found) + len(events[0].parts.held_out) == 117
    assert "3 of 120 examples are left out:\n  the columns row 4: age is missing" in "\n".join(found.notes)
    assert outcome.installed and plan(99, "SOUTH ") in ("basic", "gold")


def test_contradictions_are_noted_and_trained_on(module: Any) -> None:
    plan = module(SOURCE).plan
    cells = {name: [*found, *found] for name, found in columns().items()}
    cells["plan"][3] = "gold"
    events: list[Any] = []
    plan.train(cells, budget=1, listen=events.append)
    assert "2 examples have the inputs of another but a different answer" in "\n".join(events[0].parts.learning.notes)


def test_pictures_of_every_sort_train_together(module: Any, tmp_path: Path) -> None:
    f = module(
        """
        import wisen
        from wisen import Image

        @wisen.function
        def dark(photo: Image) -> bool: ...
        """
    ).dark
    sorts = ["L", "RGB", "RGBA", "P", "CMYK", "1", "LA", "I;16"]
    for n in range(96):
        place = tmp_path / "photos" / ("yes" if n % 2 else "no")
        place.mkdir(parents=True, exist_ok=True)
        light = np.random.default_rng(n).integers(0, 60, (10 + n % 3, 12)) + (0 if n % 2 else 180)
        mode = sorts[n % 8]
        picture = PIL.Image.fromarray(light.astype(np.uint8))
        if mode == "I;16":
            picture = PIL.Image.fromarray((light * 257).astype(np.uint16))
        elif mode != "L":
            picture = (
                picture.convert("RGB").convert(mode)
                if mode != "1"
                else picture.convert(mode, dither=PIL.Image.Dither.NONE)
            )
        picture.save(place / f"{n}.{'tif' if mode == 'CMYK' else 'png'}")
    (tmp_path / "photos" / "yes" / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0junk")
    events: list[Any] = []
    outcome = f.train(tmp_path / "photos", budget=3, accept=True, listen=events.append)
    assert [bad.row for bad in events[0].parts.learning.bad] == [str(Path("yes", "broken.jpg"))]
    assert outcome.report.results[0].score("learned").first.value > 0.8
