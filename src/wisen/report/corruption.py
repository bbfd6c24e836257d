"""What does it do when the world is worse than the examples? Noise, blur, typos, missing cells, step by step."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from wisen.headtohead import NAIVE
from wisen.report.chart import Axis, Chart
from wisen.report.pieces import amount, drawing, escaped, outputs
from wisen.report.subject import Goods, Show, Subject, Target

LEVELS = (0.2, 0.4, 0.6, 0.8, 1.0)
"""The strengths that are tried."""
COUNTS = (1000, 300, 100, 30)
"""How many examples are corrupted: the first of these that takes no longer than SECONDS."""
SECONDS, TRIED = 15.0, 20
HARM = 0.5
"""A corruption does harm from where half of what the program is ahead of the naive answer is lost."""


def found(subject: Subject) -> dict[str, Any] | None:
    """How good the answers of every output are under every corruption of the inputs, at every strength."""
    names = list(dict.fromkeys(how for column in subject.program.inputs for how in column.kind.outside().corruptions))
    if not names:
        return None
    places = np.sort(np.random.default_rng(0).permutation(len(subject.held))[: affordable(subject, len(names))])
    columns = subject.columns(places)
    whole = answered(subject, columns, places)
    curves: dict[str, dict[str, list[Any]]] = {name: {} for name in whole}
    for how in names:
        for strength in LEVELS:
            for name, goods in answered(subject, corrupted(subject, columns, how, strength), places).items():
                curves[name].setdefault(how, []).append({"strength": strength, **figures_of(goods)})
    every = {target.name: one(target, whole[target.name], curves[target.name], places) for target in subject.targets}
    return {"headline": next(iter(every.values()))["headline"], "examples": len(places), "outputs": every}


def affordable(subject: Subject, corruptions: int) -> int:
    """How many examples there is time for."""
    few = subject.columns(np.arange(min(TRIED, len(subject.held))))
    begin = time.perf_counter()
    subject.program.whole(few)
    each = (time.perf_counter() - begin) / len(few[0]) * corruptions * len(LEVELS)
    return next((count for count in COUNTS if count * each < SECONDS), COUNTS[-1])


def corrupted(subject: Subject, columns: Sequence[Any], how: str, strength: float) -> list[Sequence[Any]]:
    """The inputs with something done to all of those that it can be done to, the same at every call."""
    random = np.random.default_rng(0)
    done = []
    for column, values in zip(subject.program.inputs, columns, strict=True):
        outside = column.kind.outside()
        there = how in outside.corruptions
        done.append(outside.corrupted(values, how, strength, random) if there else values)
    return done


def answered(subject: Subject, columns: Sequence[Any], places: np.ndarray) -> dict[str, Goods]:
    """How good the program's answers to such inputs are, by output."""
    said, _ = subject.program.whole(columns)
    found = {}
    for target, answers in zip(subject.targets, said, strict=True):
        truths = [target.truths[place] for place in places]
        found[target.name] = target.goods_of(answers, truths)
    return found


def figures_of(goods: Goods) -> dict[str, Any]:
    """The figure with its interval."""
    told = goods.of(np.arange(len(goods.merits)), None)
    return {"value": told["value"], "interval": told["interval"]}


def one(target: Target, whole: Goods, curves: Mapping[str, list[Any]], places: np.ndarray) -> dict[str, Any]:
    """The curves of one output, with where half of what was learned is lost."""
    naive = target.goods_of([target.result.answers[NAIVE][at] for at in places], [target.truths[at] for at in places])
    clean, floor = figures_of(whole), figures_of(naive)["value"]
    half = floor + HARM * (clean["value"] - floor)
    sign = 1 if whole.better == "higher" else -1
    harm = {
        how: next((each["strength"] for each in curve if sign * (each["value"] - half) < 0), None)
        for how, curve in curves.items()
    }
    last = {how: sign * curve[-1]["value"] for how, curve in curves.items()}
    worst = min(curves, key=lambda how: (harm[how] or 2.0, last[how]))
    point = next(each for each in curves[worst] if each["strength"] == (harm[worst] or LEVELS[-1]))
    told = f"Most harm is done by {worst}: at strength {point['strength']:g} of 1 {whole.name} goes from "
    told += f"{amount(clean['value'], whole.share)} to {amount(point['value'], whole.share)}."
    metric = whole.to_json()
    return {"headline": told, "metric": metric, "clean": clean, "naive": floor, "curves": curves, "half_lost_at": harm}


# ---- drawn -------------------------------------------------------------------------------------


def drawn(figures: Mapping[str, Any], show: Show) -> str:
    """A chart for every corruption."""
    return outputs(figures, lambda name, each: charts(each, figures["examples"]))


def charts(figures: Mapping[str, Any], count: int) -> str:
    """The charts of one output, all with the same axis."""
    metric = figures["metric"]
    every = [figures["clean"], *(each for curve in figures["curves"].values() for each in curve)]
    ends = [end for each in every for end in each["interval"]]
    y = Axis.around(f"{metric['name']}", [*ends, figures["naive"]], share=metric["share"])
    pieces = []
    for how, curve in figures["curves"].items():
        points = [{"strength": 0.0, **figures["clean"]}, *curve]
        xs = [each["strength"] for each in points]
        canvas = Chart(f"{metric['name']} under {how}", Axis(f"strength of {how}", 0.0, 1.0), y, 330, 230)
        canvas.steady(figures["naive"])
        lows, highs = ([each["interval"][end] for each in points] for end in (0, 1))
        line = [(each["strength"], each["value"]) for each in points]
        canvas.band(xs, lows, highs).line(line).dots(line)
        at = figures["half_lost_at"][how]
        told = "half of what was learned is never lost" if at is None else f"half of what was learned is lost at {at:g}"
        pieces.append(drawing(canvas, f"{how}: {told}."))
    note = (
        f'<p class="faint">The same {count:,} held-out examples at every strength; band: 95 % interval; dashed: the '
        f"naive answer, which looks at no input. Metric: {escaped(metric['name'])} ({metric['better']} is better).</p>"
    )
    return f'<div class="small">{"".join(pieces)}</div>' + note
