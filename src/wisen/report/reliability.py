"""Can its probabilities be believed? What it promises beside how often that comes true."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from wisen.report.chart import Axis, Chart
from wisen.report.pieces import beside, drawing, outputs, percent, share, table
from wisen.report.subject import Show, Subject, Target, within

MOST_BINS, LEAST = 10, 20
"""Bins of equally many examples, and the fewest that one may hold."""


def found(subject: Subject) -> dict[str, Any] | None:
    """Of every output with probabilities or quantiles, how often they come true."""
    every = subject.each(lambda target: believed(target) or crossed(target))
    return every and {"headline": next(iter(every.values()))["headline"], "outputs": every}


def believed(target: Target) -> dict[str, Any] | None:
    """Bins of equally many examples by the probability of their answers; the share of each that is right."""
    chances, right, blocks = target.chances, target.right, target.blocks
    if chances is None or right is None:
        return None
    order = np.argsort(chances, kind="stable")
    bins = [each for each in np.array_split(order, max(1, min(MOST_BINS, len(order) // LEAST))) if len(each)]
    told = []
    for places in bins:
        low, high = within(right[places].astype(np.float64), True, None if blocks is None else blocks[places])
        mean = float(chances[places].mean())
        about = {"from": float(chances[places].min()), "to": float(chances[places].max()), "count": len(places)}
        told.append({**about, "promised": mean, "right": float(right[places].mean()), "interval": [low, high]})
    error = sum(each["count"] * abs(each["promised"] - each["right"]) for each in told) / len(order)
    counts, edges = np.histogram(chances, 20, (0.0, 1.0))
    return {
        "headline": f"On average it is {share(float(chances.mean()))} sure of its answers and right in "
        f"{share(float(right.mean()))} of them; bin by bin the two differ by {share(error)} in the mean.",
        "bins": told,
        "calibration_error": error,
        "sure": float(chances.mean()),
        "right": float(right.mean()),
        "histogram": {"counts": counts.tolist(), "edges": edges.tolist()},
    }


def crossed(target: Target) -> dict[str, Any] | None:
    """Of an answer with quantiles, how often the truth lies below each of them."""
    true = target.kind.amounts(target.truths)
    if true is None:
        return None
    rows = [dict(zip(target.tensors, row, strict=True)) for row in zip(*target.tensors.values(), strict=True)]
    every = [target.kind.quantiles(row) for row in rows]
    if not every or not every[0]:
        return None
    told = []
    for place, (promised, _) in enumerate(every[0]):
        said = target.kind.amounts([each[place][1] for each in every])
        below = (true < said).mean(axis=1)
        low, high = within(below, True, target.blocks)
        told.append({"promised": promised, "below": float(below.mean()), "interval": [low, high]})
    first, last = told[0], told[-1]
    inside, wanted = last["below"] - first["below"], last["promised"] - first["promised"]
    return {
        "headline": f"The truth lies within its {percent(wanted)} interval in {share(inside)} of cases.",
        "quantiles": told,
        "inside": inside,
    }


# ---- drawn -------------------------------------------------------------------------------------


def drawn(figures: Mapping[str, Any], show: Show) -> str:
    """The reliability diagram and the histogram of probabilities; or promised and found quantiles."""
    return outputs(figures, lambda name, each: diagram(each) if "bins" in each else quantiles(each))


def diagram(figures: Mapping[str, Any]) -> str:
    """Promised and found shares with their intervals, on the diagonal where they agree."""
    bins = figures["bins"]
    ends = [value for each in bins for value in (*each["interval"], each["promised"])]
    axis = Axis.around("", [*ends, 1.0], share=True)
    names = ("how sure it is of its answer", "share of right answers")
    x, y = (Axis(name, axis.low, axis.high, share=True) for name in names)
    canvas = Chart("reliability diagram", x, y, wide=400, high=340)
    canvas.line([(axis.low, axis.low), (axis.high, axis.high)], 3, dashed=True)
    for each in bins:
        canvas.interval(each["promised"], *each["interval"])
    canvas.line([(each["promised"], each["right"]) for each in bins])
    canvas.dots([(each["promised"], each["right"]) for each in bins])
    told = (
        f"{len(bins)} bins of equally many held-out examples; whiskers: 95 % interval. On the dashed line "
        f"promises are kept; expected calibration error {share(figures['calibration_error'])}."
    )
    counts, edges = figures["histogram"]["counts"], figures["histogram"]["edges"]
    sure = Axis(names[0], 0.0, 1.0, share=True)
    bars = Chart("histogram of probabilities", sure, Axis("answers", 0, max(1, *counts) * 1.06), wide=400, high=340)
    for left, right, count in zip(edges, edges[1:], counts, strict=False):
        bars.bar(left, right, count)
    return beside(drawing(canvas, told), drawing(bars, "How often it is how sure."))


def quantiles(figures: Mapping[str, Any]) -> str:
    """Promised and found shares of truths below each quantile."""
    rows = [
        [f"{percent(each['promised'])} quantile", share(each["below"]), " to ".join(map(share, each["interval"]))]
        for each in figures["quantiles"]
    ]
    return table(["", "truths below it", "95 % interval"], rows)
