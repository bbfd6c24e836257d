"""Small tables, where a plain linear model is hard to beat: wisen beside quick starts.

python -m bench.small [--only wdbc,wine,diabetes] [--peers wisen,...] [--budget S] [--seeds 0,1,2] [--cached] [--write]
"""

from __future__ import annotations

import math

from bench.beside import Figures, gather, quality_row, seconds_row, when
from bench.options import options
from bench.table import Beside, finish
from bench.tasks import SMALL, TASKS

PEERS = ("wisen", "linear", "boosting", "autogluon", "keras", "fastai")
LEAST = {("wdbc", "ROC AUC"): 0.995, ("diabetes", "R2"): 0.35}
LIMITED = ("wisen",)

HOW = (
    "Three quarters to learn from, a quarter held out. wisen has a limit of {budget:g} s; each peer is its own quick "
    "start, without one: linear is logistic or ridge regression, AutoGluon its default preset, told the metric."
)


def main() -> None:
    """Measures and shows the table."""
    typed = options(__doc__, list(SMALL), PEERS, budget=5)
    found = gather(typed, lambda task, peer: typed.budget if peer in LIMITED else 0)
    rows = [row for task in typed.tasks for row in rows_of(found, task)]
    finish("small", rows, f"{HOW.format(budget=typed.budget)} {when(found)}", found.head)


def rows_of(found: Figures, task: str) -> list[Beside]:
    """The rows of a task: its metrics, the seconds of training and of one answer."""
    first, second = TASKS[task].metrics
    third = found.seconds(task, "autogluon") / 3
    return [
        quality_row(found, task, first, LEAST.get((task, first))),
        quality_row(found, task, second, goal=""),
        seconds_row(found, task, "fit", third, "" if math.isnan(third) else f"≤ {third:.1f} s, a third of AutoGluon's"),
        seconds_row(found, task, "single"),
    ]


if __name__ == "__main__":
    main()
