"""How good are its surest answers? Where the unsure ones are left to somebody else, the others get better."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from wisen.evidence import interval
from wisen.report.chart import Axis, Chart
from wisen.report.pieces import drawing, outputs, percent, share, table
from wisen.report.subject import Show, Subject, Target

SHARES = tuple(round(0.05 * place, 2) for place in range(1, 21))


def found(subject: Subject) -> dict[str, Any] | None:
    """The share of right answers among the surest 5 %, 10 %, ... of all answers, of every output with probabilities."""
    every = subject.each(one)
    return every and {"headline": next(iter(every.values()))["headline"], "outputs": every}


def one(target: Target) -> dict[str, Any] | None:
    """The curve of one output."""
    chances, right = target.chances, target.right
    if chances is None or right is None:
        return None
    order = np.argsort(-chances, kind="stable")
    told = []
    for covered in SHARES:
        places = order[: max(1, round(covered * len(order)))]
        low, high = interval(right[places].astype(np.float64), share=True)
        least = float(chances[places[-1]])
        told.append(
            {"covered": covered, "at_least": least, "right": float(right[places].mean()), "interval": [low, high]}
        )
    eighty = next(each for each in told if each["covered"] == 0.8)
    return {
        "headline": f"Of the {percent(eighty['covered'])} of answers that it is surest of, "
        f"{share(eighty['right'])} are right; of all of them {share(told[-1]['right'])}.",
        "curve": told,
    }


def drawn(figures: Mapping[str, Any], show: Show) -> str:
    """The curve of coverage and the share of right answers."""
    return outputs(figures, lambda name, each: curve(each["curve"]))


def curve(points: list[Mapping[str, Any]]) -> str:
    """Coverage against the share of right answers, with its interval as a band."""
    covered = [each["covered"] for each in points]
    lows, highs = ([each["interval"][end] for each in points] for end in (0, 1))
    x = Axis("share of examples that it answers, the surest first", 0.0, 1.0, share=True)
    canvas = Chart("coverage and accuracy", x, Axis.around("right answers among them", [*lows, *highs], share=True))
    canvas.band(covered, lows, highs).line([(each["covered"], each["right"]) for each in points])
    chosen = [each for each in points if each["covered"] in (0.5, 0.8, 0.9, 0.95, 1.0)]
    rows = [[percent(each["covered"]), share(each["at_least"]), share(each["right"])] for each in chosen]
    caption = "Held-out examples; the band is Wilson's 95 % interval."
    return drawing(canvas, caption) + table(["answered", "where it is at least so sure", "right"], rows)
