"""Head-to-head: what each rival reaches, with intervals, and how much better the program is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wisen.evidence import BETTER, WORSE
from wisen.headtohead import BY_HAND, LEARNED, figures
from wisen.report.chart import Axis, Chart
from wisen.report.pieces import COLOURS, amount, between, change, drawing, escaped, outputs, ranged, table
from wisen.report.subject import Show, Subject, Target

NAMES = {BY_HAND: "the hand-written body", "naive": "the naive answer", LEARNED: "the learned program"}


def found(subject: Subject) -> dict[str, Any] | None:
    """The scores of all rivals in every output, and the verdict."""
    return {
        "headline": " ".join(
            [headline(subject.targets[0]), *(f"It breaks a limit: {each}." for each in subject.head.broken)]
        ),
        "verdict": subject.head.verdict,
        "limits": [str(each) for each in subject.head.limits],
        "held_out": subject.head.held_out,
        "in_time": subject.held.blocks is not None,
        "outputs": subject.each(one),
    }


def one(target: Target) -> dict[str, Any]:
    """The figures of one output, with what its metric is."""
    failed = {score.rival: score.reason for score in target.result.scores if score.failed}
    metric = {"name": target.metric.name, "better": target.metric.better, "share": target.metric.share}
    return {"metric": metric, **figures(target.result), "errors": failed}


def headline(target: Target) -> str:
    """How much better the program is than the body, or than the naive answer where there is none."""
    each = target.result.differences[0]
    sign = 1 if target.metric.better == "higher" else -1
    low, high = sorted((sign * each.low, sign * each.high))
    told = {BETTER: "Better than", WORSE: "Worse than"}.get(each.verdict, "Not shown to be better than")
    shares = target.metric.share
    return (
        f"{told} {NAMES[each.rival]}: {target.metric.name} {change(sign * each.value, shares)}, with 95 % confidence "
        f"between {between((low, high), shares)}."
    )


def drawn(figures: Mapping[str, Any], show: Show) -> str:
    """The scores as a table and as intervals side by side."""
    return outputs(figures, lambda name, each: drawn_one(each, figures))


def drawn_one(figures: Mapping[str, Any], whole: Mapping[str, Any]) -> str:
    """The table and the chart of one output."""
    metric, scores = figures["metric"], figures["scores"]
    rivals = [rival for rival in COLOURS if rival in scores]
    others = list(dict.fromkeys(name for rival in rivals for name in scores[rival]["metrics"]))
    rows = []
    for name in others:
        values = [scores[rival]["metrics"].get(name) for rival in rivals]
        shares = metric["share"] and name == metric["name"]
        rows.append([name, *("" if value is None else amount(value, shares) for value in values)])
    intervals = [ranged(scores[rival]["interval"], metric["share"]) for rival in rivals]
    rows.insert(1, ["its 95 % interval", *intervals])
    if any(scores[rival]["failed"] for rival in rivals):
        rows.append(["raised an error on", *(scores[rival]["failed"] for rival in rivals)])
    return table(["", *rivals], rows) + gains(figures) + chart(figures, rivals, whole)


def gains(figures: Mapping[str, Any]) -> str:
    """The paired differences in words."""
    metric = figures["metric"]
    sign = 1 if metric["better"] == "higher" else -1
    lines = []
    for rival, gain in figures["gains"].items():
        low, high = sorted(sign * end for end in gain["interval"])
        told = between((low, high), metric["share"])
        value = change(sign * gain["value"], metric["share"])
        lines.append(
            f"<li>Against {escaped(NAMES[rival])}: {escaped(value)} (paired 95 % interval: between {told})</li>"
        )
    errors = [f"<li>{escaped(rival)} raised: {escaped(why)}</li>" for rival, why in figures["errors"].items()]
    return f"<ul>{''.join(lines + errors)}</ul>"


def chart(figures: Mapping[str, Any], rivals: list[str], whole: Mapping[str, Any]) -> str:
    """A dot with its interval for each rival."""
    metric, scores = figures["metric"], figures["scores"]
    ends = [end for rival in rivals for end in scores[rival]["interval"]]
    name = f"{metric['name']} ({metric['better']} is better)"
    canvas = Chart(
        f"{metric['name']} of each rival",
        Axis.around(name, ends, share=metric["share"]),
        Axis.of_names("", list(reversed(rivals))),
        high=170,
    )
    for place, rival in enumerate(reversed(rivals)):
        canvas.interval(place, scores[rival]["interval"], colour=COLOURS[rival], across=True)
        canvas.dots([(scores[rival]["metrics"][metric["name"]], place)], COLOURS[rival], 4.5)
    how = "Wilson's interval of a share" if metric["share"] else "Student's interval, widened to the bootstrap's"
    how = "Student's interval of blocks of time" if whole["in_time"] else how
    return drawing(canvas, f"On {whole['held_out']:,} held-out examples; whiskers: 95 % confidence ({how}).")
