"""Suspect labels: of planted wrong labels, how many are among the first that `wisen report` lists?

python -m bench.flipped [--only digits,fashion,churn] [--budget S] [--write]

Of the report is said how long it kept a core busy, beside what the clock said: neighbours make the second longer.

5 % of the labels of all examples are replaced by another label by chance; the program is trained on that. It reads the
rows as a person would: what the report lists first is looked up among what was planted.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from bench.table import Row, finish
from bench.tasks import digits, fashion
from gallery.customers.examples import churn

SHARE = 0.05
"""The share of labels that are wrong, and of the examples that are looked at first."""
DIGITS = "Literal['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']"
SOURCE = """
from typing import Annotated, Literal
import wisen
from wisen import Image

@wisen.function
def label({inputs}) -> {answer}: ...
"""
Case = tuple[str, str, list[Any], list[Any]]
"""The inputs and the answer of a signature, and the examples."""


def pictures(part: dict[str, Any]) -> Case:
    """Pictures and their labels."""
    return "photo: Image", DIGITS, [(pixels,) for pixels in part["photo"]], list(part["answer"])


def case_of_digits() -> Case:
    """All 1797 digits of 8 x 8 pixels."""
    parts = digits(0)
    return pictures({name: np.concatenate([part[name] for part in parts]) for name in ("photo", "answer")})


def case_of_fashion() -> Case:
    """The first 5000 of Fashion-MNIST."""
    return pictures({name: cells[:5000] for name, cells in fashion(0)[0].items()})


def case_of_churn() -> Case:
    """The 7043 customers of a telephone company."""
    table = churn()
    answer = [str(value) == "Yes" for value in table.pop("churn")]
    kinds = {
        name: "float | None" if table[name].dtype.kind in "if" else "Annotated[str, wisen.Category]" for name in table
    }
    rows = [tuple(None if cell != cell else cell for cell in row) for row in table.itertuples(index=False)]
    return ", ".join(f"{name}: {kind}" for name, kind in kinds.items()), "bool", rows, answer


CASES: dict[str, tuple[Callable[[], Case], float, float | None]] = {
    "digits": (case_of_digits, 20, 0.8),
    "fashion": (case_of_fashion, 60, 0.8),
    "churn": (case_of_churn, 20, None),
}
"""Examples, the seconds of training, and the precision that must be reached."""


def planted(answers: list[Any], random: np.random.Generator) -> tuple[list[Any], set[int]]:
    """(the answers with some replaced by another one, the places of these)."""
    labels = sorted(set(answers), key=str)
    places = random.permutation(len(answers))[: round(SHARE * len(answers))]
    found = list(answers)
    for place in places:
        others = [label for label in labels if label != answers[place]]
        found[place] = others[int(random.integers(len(others)))]
    return found, set(map(int, places))


def module(folder: Path, source: str) -> ModuleType:
    """A module with the source."""
    path = folder / "flipped_made.py"
    path.write_text(source)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = found
    spec.loader.exec_module(found)
    return found


def measured(name: str, budget: float) -> list[Row]:
    """How many of the first listed were planted, and how long the report takes."""
    made, limit, reach = CASES[name]
    inputs, answer, rows, answers = made()
    wrong, places = planted(answers, np.random.default_rng(0))
    examples = list(zip(rows, wrong, strict=True))
    with tempfile.TemporaryDirectory() as folder:
        function = module(Path(folder), SOURCE.format(inputs=inputs, answer=answer)).label
        function.train(examples, budget=budget or limit, accept=True, listen=lambda event: None)
        begin, used = time.perf_counter(), time.process_time()
        page = function.report(examples)
        seconds, used = time.perf_counter() - begin, time.process_time() - used
        found = page.figures["sections"]["suspects"]["outputs"]["answer"]
        listed = [int(each["example"].split()[-1]) - FIRST for each in found["listed"]]
        right = len(places.intersection(listed)) / len(listed)
    how = f"{len(places)} of {len(answers)} planted; chance {SHARE:.2f}"
    told = f"{name}: precision of the first {len(listed)}"
    mark = None if reach is None else right >= reach
    size = f"{len(page.html) / 1e6:.1f} MB"
    return [
        Row(told, f"{right:.3f}", how, "" if reach is None else f"≥ {reach}", mark),
        Row(f"{name}: labels that look wrong", f"{found['issues']:,}", f"planted {len(places):,}"),
        Row(
            f"{name}: the whole report, of one core",
            f"{used:.0f} s, {size}",
            f"by the clock {seconds:.0f} s",
            "≤ 60 s",
            used <= 60,
        ),
    ]


FIRST = 1
"""The number of the first row of examples in memory."""


def main() -> None:
    """Measures and shows the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(CASES))
    parser.add_argument("--budget", type=float, default=0)
    typed, _ = parser.parse_known_args()
    rows = [row for name in typed.only.split(",") for row in measured(name, typed.budget)]
    limits = ", ".join(f"{name} {CASES[name][1]:g} s" for name in CASES)
    finish("flipped", rows, f"5 % of all labels are replaced by another one by chance. Limits of training: {limits}.")


if __name__ == "__main__":
    main()
