"""How good are its surest answers? Where the unsure ones are left to somebody else, the others get better."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from wisen.evidence import interval
from wisen.report.chart import Axis, Chart
from wisen.report.pieces import drawing, outputs, paragraph, percent, share, table
from wisen.report.subject import Show, Subject, Target
from wisen.spoken import figure as number
from wisen.sure.promise import kept

SHARES = tuple(round(0.05 * place, 2) for place in range(1, 21))


def found(subject: Subject) -> dict[str, Any] | None:
    """The share of right answers among the surest 5 %, 10 %, ... of all answers, of every output with probabilities."""
    every = subject.each(lambda target: joined(curve_of(target), promised(subject, target)))
    return every and {"headline": next(iter(every.values()))["headline"], "outputs": every}


def joined(curve: dict[str, Any] | None, promise: dict[str, Any] | None) -> dict[str, Any] | None:
    """Both of an output, where there is one of them."""
    told = [each["headline"] for each in (curve, promise) if each]
    return {"headline": " ".join(told), "curve": curve and curve["curve"], "promise": promise} if told else None


def promised(subject: Subject, target: Target) -> dict[str, Any] | None:
    """How often the truth lies in the sets or intervals that `predict` gives, and how large these are."""
    promise = subject.program.promise
    limits = promise.limits.get(target.name)
    if limits is None:
        return None
    inside = kept(target.kind.strange(target.tensors, target.truths), limits, target.kind.sides).mean(axis=1)
    low, high = interval(inside, share=bool(np.isin(inside, (0.0, 1.0)).all()), blocks=target.blocks)
    size, found = target.kind.breadth(target.tensors, limits), float(inside.mean())
    holds = f"hold {number(size)} answers" if target.kind.sides == 1 else f"are {number(size)} wide"
    return {
        "headline": f"Sets or intervals that promise to hold the truth in {percent(promise.coverage)} of cases hold it "
        f"in {share(found)}, and {holds} on average.",
        "promised": promise.coverage,
        "set_by": promise.examples,
        "found": found,
        "interval": [low, high],
        "size": size,
    }


def curve_of(target: Target) -> dict[str, Any] | None:
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
    return outputs(figures, lambda name, each: curve(each["curve"] or []) + promise_of(each["promise"]))


def promise_of(figures: Mapping[str, Any] | None) -> str:
    """The promise beside what was found."""
    if figures is None:
        return ""
    rows = [
        ["promised", percent(figures["promised"])],
        ["found on held-out examples", share(figures["found"])],
        ["its 95 % interval", " to ".join(map(share, figures["interval"]))],
        ["answers in a set, or width of an interval, on average", number(figures["size"])],
    ]
    how = f"Conformal prediction: the limits were set by {figures['set_by']:,} examples that were not learned from."
    title = paragraph("Sets and intervals of predict()", "head")
    return title + table(["the truth lies within", "cases"], rows) + paragraph(how, "faint")


def curve(points: list[Mapping[str, Any]]) -> str:
    """Coverage against the share of right answers, with its interval as a band."""
    if not points:
        return ""
    covered = [each["covered"] for each in points]
    lows, highs = ([each["interval"][end] for each in points] for end in (0, 1))
    x = Axis("share of examples that it answers, the surest first", 0.0, 1.0, share=True)
    canvas = Chart("coverage and accuracy", x, Axis.around("right answers among them", [*lows, *highs], share=True))
    canvas.band(covered, lows, highs).line([(each["covered"], each["right"]) for each in points])
    chosen = [each for each in points if each["covered"] in (0.5, 0.8, 0.9, 0.95, 1.0)]
    rows = [[percent(each["covered"]), share(each["at_least"]), share(each["right"])] for each in chosen]
    caption = "Held-out examples; the band is Wilson's 95 % interval."
    return drawing(canvas, caption) + table(["answered", "where it is at least so sure", "right"], rows)
