"""A small trained function whose weak points are planted: the report has to find them."""

from __future__ import annotations

import random
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import imported
from wisen.report import Subject, subject_of

SOURCE = """
from typing import Literal
import wisen

@wisen.function
def sort(
    weight: float, colour: Literal["red", "green"], place: Literal["a", "b", "c"]
) -> Literal["<good>", "bad", "odd"]:
    "Sorts <fruit> & more."
    return "<good>" if weight > 40 else "bad"
"""
COUNT, FLIPPED = 900, 20


def fruit(count: int = COUNT, seed: int = 0) -> list[tuple[float, str, str, str, str]]:
    """weight, colour, place, farm and answer; in place "c" every third answer is by chance, and farm says nothing."""
    chance = random.Random(seed)
    rows = []
    for _ in range(count):
        weight, colour, place = chance.uniform(0, 100), chance.choice(["red", "green"]), chance.choice("abc")
        answer = "odd" if weight < 20 else "<good>" if colour == "red" else "bad"
        if place == "c" and chance.random() < 0.6:
            answer = chance.choice(["<good>", "bad", "odd"])
        rows.append((weight, colour, place, chance.choice(["north", "south"]), answer))
    return rows


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The function with its program, trained on a table."""
    folder = tmp_path_factory.mktemp("report")
    file, table = folder / "made_for_report.py", folder / "fruit.csv"
    file.write_text(textwrap.dedent(SOURCE))
    lines = [f"{weight:.2f},{colour},{place},{farm},{answer}" for weight, colour, place, farm, answer in fruit()]
    table.write_text("\n".join(["weight,colour,place,farm,sort", *lines]) + "\n")
    function = imported(file).sort
    function.train(table, budget=6, accept=True, listen=lambda event: None)
    yield function
    sys.modules.pop("made_for_report", None)


@pytest.fixture(scope="session")
def subject(made: Any) -> Subject:
    """What the report of it is about."""
    return subject_of(made, None, ("farm", "place"), None, None, "utf-8")


@pytest.fixture(scope="session")
def page(made: Any) -> Any:
    """The report of it."""
    return made.report(by=("farm", "place"))


@pytest.fixture
def folder(made: Any) -> Path:
    """Where it stands."""
    return Path(made.path).parent
