"""How good are its surest answers, and are its promises kept? Where the unsure answers are left to somebody else, the
others get better; sets and intervals hold the truth as often as they promise, or do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from wisen.report.chart import Axis, Chart
from wisen.report.pieces import amount, drawing, outputs, paragraph, percent, share, table
from wisen.report.subject import Show, Subject, Target
from wisen.spoken import figure as number
from wisen.sure.curve import Sure

SHARES = tuple(round(0.05 * place, 2) for place in range(1, 21))
EIGHTY = 0.8


def found(subject: Subject) -> dict[str, Any] | None:
    """For every output how good the surest 5 %, 10 %, ... of its answers are, and what came of its promises."""
    every = subject.each(one)
    return every and {"headline": next(iter(every.values()))["headline"], "outputs": every}


def one(target: Target) -> dict[str, Any] | None:
    """The curve, the promise and mixed operation of one output, as far as there is any of them."""
    sure: Sure = target.result.sure
    curve = curve_of(target, sure)
    told = [*([headline(target, curve)] if curve else []), *([promise(sure)] if sure.covered else [])]
    if not told:
        return None
    decides = {"name": target.metric.name, "share": target.metric.share}
    beside = {"metric": target.goods.to_json(), "decides": decides, "by": sure.by, "unlike": sure.unlike}
    kept = {"promise": sure.to_json()["covered"], "together": sure.to_json()["together"]}
    return {"headline": " ".join(told), **beside, "curve": curve, **kept}


def curve_of(target: Target, sure: Sure) -> list[dict[str, Any]]:
    """The points of the curve: by probability with intervals, or as the head-to-head has them."""
    if target.chances is None:
        points = sorted(sure.curve, key=lambda point: point.share)
        return [{"covered": each.share, "at_least": None, "value": each.score, "interval": None} for each in points]
    order = np.argsort(-target.chances, kind="stable")
    told = []
    for covered in SHARES:
        places = order[: max(1, round(covered * len(order)))]
        figures = target.goods.of(places, target.blocks)
        least = float(target.chances[places[-1]])
        told.append({"covered": covered, "at_least": least, "value": figures["value"], "interval": figures["interval"]})
    return told


def headline(target: Target, curve: Sequence[Mapping[str, Any]]) -> str:
    """What is gained where a fifth of the examples is left to somebody else."""
    goods = target.goods
    most = min(curve, key=lambda each: abs(each["covered"] - EIGHTY))
    value, whole = (amount(each["value"], goods.share) for each in (most, curve[-1]))
    return f"Among the {percent(most['covered'])} that it is surest of: {goods.name} {value}; among all: {whole}."


def promise(sure: Sure) -> str:
    """What was promised beside what was found."""
    assert sure.covered is not None
    told = f"Sets or intervals that promise to hold the truth in {percent(sure.covered.promised)} of cases"
    return f"{told} hold it in {share(sure.covered.share)}."


# ---- drawn -------------------------------------------------------------------------------------


def drawn(figures: Mapping[str, Any], show: Show) -> str:
    """The curve, the promise and mixed operation."""
    return outputs(figures, lambda name, each: curve(each) + promised(each["promise"]) + mixed(each))


def curve(figures: Mapping[str, Any]) -> str:
    """Coverage against how good the answers are, with the interval as a band."""
    points, metric = figures["curve"], figures["metric"]
    if not points:
        return ""
    ends = [end for each in points for end in (each["interval"] or [each["value"]])]
    x = Axis("share of examples that it answers, the surest first", 0.0, 1.0, share=True)
    y = Axis.around(f"{metric['name']} among them", ends, share=metric["share"])
    canvas = Chart("coverage and accuracy", x, y)
    banded = [each for each in points if each["interval"]]
    lows, highs = ([each["interval"][end] for each in banded] for end in (0, 1))
    canvas.band([each["covered"] for each in banded], lows, highs)
    canvas.line([(each["covered"], each["value"]) for each in points])
    how = "Held-out examples, the surest first by probability; the band is the 95 % interval."
    if not banded:
        how = "Held-out examples, those that are most like the training examples first."
        return drawing(canvas, how)
    chosen = [each for each in points if each["covered"] in (0.5, 0.8, 0.9, 0.95, 1.0)]
    rows = [
        [percent(each["covered"]), share(each["at_least"]), amount(each["value"], metric["share"])] for each in chosen
    ]
    return drawing(canvas, how) + table(["answered", "where it is at least so sure", metric["name"]], rows)


def promised(figures: Mapping[str, Any] | None) -> str:
    """The promise beside what was found."""
    if figures is None:
        return ""
    rows = [
        ["promised", percent(figures["promised"])],
        ["found on held-out examples", share(figures["share"])],
        ["its 95 % interval", f"{share(figures['low'])} to {share(figures['high'])}"],
        ["answers in a set, or width of an interval, on average", number(figures["size"])],
    ]
    how = "Conformal prediction: the limits were set by examples that were not learned from."
    title = paragraph("Sets and intervals of predict()", "head")
    return title + table(["the truth lies within", "cases"], rows) + paragraph(how, "faint")


def mixed(figures: Mapping[str, Any]) -> str:
    """What mixed operation scores, and how many examples are unlike those of training."""
    together, metric = figures["together"], figures["decides"]
    found = ""
    if figures["unlike"] is not None:
        told = f"{share(figures['unlike'])} of the held-out examples are unlike anything it was trained on."
        found += paragraph(f"{told} As it is set, 1 % of examples like them would be.", "faint")
    if together is not None:
        values = [together[key] for key in ("learned", "by_hand", "together")]
        cells = ["", *("none" if value is None else amount(value, metric["share"]) for value in values)]
        heads = ["", "the program, where it answers", "your code, on the others", "both together"]
        title = f"Mixed operation: the program answers where it is at least {percent(together['below'])} sure, "
        title += f"in {share(together['share'])} of cases; {metric['name']}"
        found += paragraph(title, "head") + table(heads, [cells])
    return found
