"""Text: wisen, without and with pretrained parts, beside TF-IDF and beside a head on MiniLM.

python -m bench.text [--only movies,...] [--peers wisen,...] [--budget S] [--seeds 0,1,2] [--cached] [--write]

--budget goes for all tasks; without it sentences of movie reviews have 2 minutes and 20 Newsgroups 10.
"""

from __future__ import annotations

import math

from bench.beside import Figures, compared, gather, quality_row, seconds_row, when
from bench.options import options
from bench.table import Beside, finish
from bench.tasks import TEXTS

PEERS = ("wisen", "wisen_pretrained", "tfidf", "minilm")
LIMITS = {"newsgroups": 600, "movies": 120}
LIMITED = ("wisen", "wisen_pretrained")

HOW = (
    "20 Newsgroups in its own split, sentences of movie reviews three to one. TF-IDF (words and pairs of words) + "
    "logistic regression is tuned by cross-validation on the training part; MiniLM + LR is logistic regression, tuned "
    "likewise, on frozen embeddings. wisen's limits: {limits}."
)


def main() -> None:
    """Measures and shows the table."""
    typed = options(__doc__, list(TEXTS), PEERS)

    def budget(task: str, peer: str) -> float:
        return (typed.budget or LIMITS[task]) if peer in LIMITED else 0

    found = gather(typed, budget)
    limits = ", ".join(f"{task} {budget(task, 'wisen'):g} s" for task in typed.tasks)
    rows = [row for task in typed.tasks for row in rows_of(found, task)]
    finish("text", rows, f"{HOW.format(limits=limits)} {when(found)}", found.head)


def rows_of(found: Figures, task: str) -> list[Beside]:
    """The rows of a task: its accuracy against each rival in turn, the seconds of training and of one answer."""
    plain = quality_row(found, task, "accuracy", goal="")
    rows = [plain]
    for mine, rival, goal in (("wisen", "tfidf", "ahead"), ("wisen_pretrained", "minilm", "level")):
        one, other = (found.value(task, peer, "accuracy") for peer in (mine, rival))
        if not math.isnan(one) and not math.isnan(other):
            words, level = compared(found, task, "accuracy", rival, other - one)
            values = ["" for _ in found.options.peers]
            rows.append(Beside(f"{task}: {mine}", values, goal, one > other if goal == "ahead" else level, words))
    rows = [Beside(plain.what, plain.values), *rows[1:]]
    return [*rows, seconds_row(found, task, "fit"), seconds_row(found, task, "single")]


if __name__ == "__main__":
    main()
