"""Walks forward: trains anew at the beginning of each held-out year, from all that was known then.

    python -m gallery.stocks.walk [FUNCTION] [BUDGET]

The program that is installed learned once, from the years before 2018, and answers five years with that. Here each year
is answered by a program that also learned from the years in between, as one would do it at work. It is trained in a
folder of its own; nothing that is installed changes.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas
from gallery.stocks import examples

from wisen import Outcome
from wisen.evidence import difference
from wisen.find import find
from wisen.headtohead import BY_HAND, LEARNED, NAIVE

FOLDER = Path(__file__).parent
YEARS = range(2018, 2023)


def main(name: str = "move_tomorrow", budget: str = "2min") -> None:
    """Prints the figures of each year and the difference of all of them."""
    examples.main()
    days = pandas.read_csv(examples.TABLE, dtype={"day": str})
    gains: dict[str, list[np.ndarray]] = {BY_HAND: [], NAIVE: []}
    blocks: list[np.ndarray] = []
    print("| year | by hand | naive | learned | verdict |\n| --- | --- | --- | --- | --- |", flush=True)
    for year in YEARS:
        outcome = of_year(name, days[days["day"] < str(year + 1)], year, budget)
        (result,) = outcome.report.results
        scores = {score.rival: f"{score.first.value:.3f}" for score in result.scores}
        print("|", year, "|", " | ".join([*scores.values(), outcome.verdict]), "|", flush=True)
        merits = result.merits
        for rival, found in gains.items():
            found.append(merits[LEARNED] - merits[rival])
        here = outcome.parts.held_out.blocks
        assert here is not None
        blocks.append(here + (blocks[-1].max() + 1 if blocks else 0))
    for rival, found in gains.items():
        every = difference(rival, np.concatenate(found), blocks=np.concatenate(blocks))
        spread = f"{every.low:+.4f} to {every.high:+.4f}"
        print(f"\nfive years, gain over {rival}: {every.value:+.4f} ({spread}): {every.verdict}")


def of_year(name: str, days: pandas.DataFrame, year: int, budget: str) -> Outcome:
    """What a training on all days before a year comes to on the days of that year."""
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "days.csv"
        days.to_csv(table, index=False)
        file = shutil.copy(FOLDER / "stocks.py", Path(folder) / f"stocks_{year}.py")
        function = find(f"{file}:{name}")
        return function.train(table, held_out=f"{year}-01-01", key="stock", budget=budget, listen=lambda _: None)


if __name__ == "__main__":
    main(*sys.argv[1:])
