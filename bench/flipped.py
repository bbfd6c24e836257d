"""Suspect labels: of planted wrong labels, how many are among the first that `wisen report` lists?

    python -m bench.flipped [--only digits,fashion,churn,large] [--seeds 1,2,3] [--budget S] [--write]

5 % of the labels of all examples are replaced by another label by chance; the program is trained on that. It reads the
rows as a person would: what the report lists first is looked up among what was planted. How to judge was chosen with
seed 0, and Fashion-MNIST's pictures of that seed; others have other wrong labels, and other pictures. `large` has
10,000 examples, by which the time that a report takes is measured.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from bench.table import Row, finish
from bench.tasks import digits, fashion
from gallery.customers.examples import churn

from wisen.find import find

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


def case_of_digits(seed: int) -> Case:
    """All 1797 digits of 8 x 8 pixels."""
    parts = digits(0)
    return pictures({name: np.concatenate([part[name] for part in parts]) for name in ("photo", "answer")})


def case_of_fashion(seed: int) -> Case:
    """5000 of Fashion-MNIST, others for each seed."""
    return pictures({name: cells[5000 * seed : 5000 * (seed + 1)] for name, cells in fashion(0)[0].items()})


def case_of_many(seed: int) -> Case:
    """10,000 of Fashion-MNIST's other pictures."""
    return pictures(fashion(0)[1])


def case_of_churn(seed: int) -> Case:
    """The 7043 customers of a telephone company."""
    table = churn()
    answer = [str(value) == "Yes" for value in table.pop("churn")]
    kinds = {
        name: "float | None" if table[name].dtype.kind in "if" else "Annotated[str, wisen.Category]" for name in table
    }
    rows = [tuple(None if cell != cell else cell for cell in row) for row in table.itertuples(index=False)]
    return ", ".join(f"{name}: {kind}" for name, kind in kinds.items()), "bool", rows, answer


CASES: dict[str, tuple[Callable[[int], Case], float, float | None]] = {
    "digits": (case_of_digits, 20, 0.8),
    "fashion": (case_of_fashion, 60, 0.8),
    "churn": (case_of_churn, 20, None),
    "large": (case_of_many, 60, None),
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


def measured(name: str, budget: float, seed: int) -> tuple[float, float, int, str]:
    """(the share of the first listed that were planted, the seconds that the report takes, its bytes, how many were
    planted among how many)."""
    made, limit, _ = CASES[name]
    inputs, answer, rows, answers = made(seed)
    wrong, places = planted(answers, np.random.default_rng(seed))
    examples = list(zip(rows, wrong, strict=True))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"flipped_{name}_{seed}.py"
        path.write_text(SOURCE.format(inputs=inputs, answer=answer))
        function = find(f"{path}:label")
        function.train(examples, budget=budget or limit, accept=True, listen=lambda event: None)
        begin = time.perf_counter()
        page = function.report(examples)
        seconds = time.perf_counter() - begin
        listed = [
            int(each["example"].split()[-1]) - FIRST
            for each in page.figures["sections"]["suspects"]["outputs"]["answer"]["listed"]
        ]
    right = len(places.intersection(listed)) / len(listed)
    return right, seconds, len(page.html), f"{len(places)} of {len(answers)} planted; chance {SHARE:.2f}"


def rows_of(name: str, budget: float, seeds: list[int]) -> list[Row]:
    """What the seeds came to: medians, and every one of them."""
    found = [measured(name, budget, seed) for seed in (seeds[:1] if name == "large" else seeds)]
    rights, times = [each[0] for each in found], [each[1] for each in found]
    right, seconds, reach = float(np.median(rights)), float(np.median(times)), CASES[name][2]
    each = ", ".join(f"{one:.3f}" for one in rights)
    clock = ", ".join(f"{one:.0f}" for one in times)
    mark = None if reach is None else right >= reach
    told = f"{name}: precision of the first 5 %", f"{right:.3f}", f"{each}; {found[0][3]}"
    size = f"{max(each[2] for each in found) / 1e6:.1f} MB"
    return [
        Row(*told, "" if reach is None else f"≥ {reach}", mark),
        Row(f"{name}: the whole report", f"{seconds:.0f} s, {size}", f"{clock} s", "≤ 60 s", seconds <= 60),
    ]


FIRST = 1
"""The number of the first row of examples in memory."""


def main() -> None:
    """Measures and shows the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(CASES))
    parser.add_argument("--budget", type=float, default=0)
    parser.add_argument("--seeds", default="1,2,3")
    typed, _ = parser.parse_known_args()
    seeds = [int(seed) for seed in typed.seeds.split(",")]
    rows = [row for name in typed.only.split(",") for row in rows_of(name, typed.budget, seeds)]
    limits = ", ".join(f"{name} {CASES[name][1]:g} s" for name in CASES)
    what = f"5 % of all labels are replaced by another one by chance. Limits of training: {limits}."
    how = f"Medians of the seeds {typed.seeds} (of `large` the first), each beside them; seed 0 chose how to judge."
    finish("flipped", rows, f"{what} {how}")


if __name__ == "__main__":
    main()
