"""Ten tables, chosen before anything was measured on them: wisen beside boosted trees and AutoGluon.

python -m bench.tables [--only wa_churn,...] [--peers wisen,...] [--budget S] [--seeds 0,1,2] [--cached] [--write]
"""

from __future__ import annotations

from bench.beside import NONE, Figures, gather, quality_row, ranks, seconds_row, when
from bench.options import options
from bench.peers import PEERS as ALL
from bench.table import Beside, finish
from bench.tasks import TABLES, TASKS

PEERS = ("wisen", "boosting", "boosting_tuned", "catboost", "autogluon")
LIMITED = ("wisen", "boosting_tuned", "autogluon")

HOW = (
    "Three quarters to learn from, a quarter held out. wisen, HistGB tuned (random search with cross-validation) and "
    "AutoGluon (medium quality, told the metric) each have {budget:g} s; HistGB and CatBoost come as they are, without "
    "a limit. ROC AUC of several classes is the mean of each against the rest. The rank is by ROC AUC or R2."
)


def main() -> None:
    """Measures and shows the table."""
    typed = options(__doc__, list(TABLES), PEERS, budget=20)
    found = gather(typed, lambda task, peer: typed.budget if peer in LIMITED else 0)
    rows = [row for task in typed.tasks for row in rows_of(found, task)]
    finish("tables", [*rows, rank_row(found)], f"{HOW.format(budget=typed.budget)} {when(found)}", found.head)


def rows_of(found: Figures, task: str) -> list[Beside]:
    """The rows of a task: its metrics and the seconds of training. Only the mean rank has to be reached."""
    first, second = (quality_row(found, task, metric, goal="") for metric in TASKS[task].metrics)
    return [first, second, seconds_row(found, task, "fit")]


def rank_row(found: Figures) -> Beside:
    """The mean ranks, of which wisen's must be the lowest."""
    mean = ranks(found)
    shown = [f"{mean[peer]:.2f}" if peer in mean else NONE for peer in found.options.peers]
    what = f"mean rank of {len(found.options.tasks)}"
    rivals = {peer: rank for peer, rank in mean.items() if peer != "wisen"}
    if "wisen" not in mean or not rivals:
        return Beside(what, shown, "the lowest")
    best = min(rivals, key=lambda peer: rivals[peer])
    behind = mean["wisen"] - rivals[best]
    words = f"{'behind' if behind > 0 else 'ahead of'} {ALL[best].title} by {abs(behind):.2f}"
    return Beside(what, shown, "the lowest", behind <= 0, words)


if __name__ == "__main__":
    main()
