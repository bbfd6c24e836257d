"""What is taken for what: a matrix of labels, or how far amounts lie from the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from wisen.evidence import interval
from wisen.headtohead import LEARNED
from wisen.report.chart import Axis, Chart
from wisen.report.pieces import COLOURS, beside, drawing, outputs, paragraph, ranged, share, table
from wisen.report.subject import Show, Subject, Target
from wisen.spoken import figure

MOST_LABELS = 24
"""Labels up to which a matrix can be read."""
MOST_PAIRS = 12
MOST_DOTS = 1500
"""Dots up to which a chart stays small and can be seen."""


def found(subject: Subject) -> dict[str, Any] | None:
    """The counts of every pair of labels, or truths and answers that are amounts."""
    every = subject.each(lambda target: labelled(target) or amounted(target))
    if every is None:
        return None
    return {"headline": next(iter(every.values()))["headline"], "outputs": every}


def labelled(target: Target) -> dict[str, Any] | None:
    """The confusion matrix of an output that has labels, with recall and precision of each."""
    labels = target.kind.labels()
    true, said = target.kind.groups(target.truths), target.kind.groups(target.answers)
    if not labels or not true:
        return None
    every = [*labels, *sorted({*true, *said} - set(labels))]
    place = {label: at for at, label in enumerate(every)}
    counts = np.zeros((len(every), len(every)), np.int64)
    np.add.at(counts, ([place[label] for label in true], [place[label] for label in said]), 1)
    pairs = [(int(counts[a, b]), every[a], every[b]) for a in range(len(every)) for b in range(len(every)) if a != b]
    pairs = sorted((pair for pair in pairs if pair[0]), key=lambda pair: (-pair[0], pair[1:]))
    return {
        "headline": confused(pairs, counts, place),
        "labels": every,
        "counts": counts.tolist(),
        "classes": [of_class(counts, at, label) for label, at in place.items()],
        "pairs": [{"wanted": a, "said": b, "count": count} for count, a, b in pairs[:MOST_PAIRS]],
    }


def confused(pairs: Sequence[tuple[int, str, str]], counts: np.ndarray, place: Mapping[str, int]) -> str:
    """The commonest confusion in words."""
    if not pairs:
        return "No label is taken for another."
    count, wanted, said = pairs[0]
    of = int(counts[place[wanted]].sum())
    return f"Most often {wanted} is taken for {said}: in {count:,} of {of:,} cases."


def of_class(counts: np.ndarray, at: int, label: str) -> dict[str, Any]:
    """How many of a class are found, and how many of those that are said to be of it are."""
    right, true, said = int(counts[at, at]), int(counts[at].sum()), int(counts[:, at].sum())
    both = {"recall": (right, true), "precision": (right, said)}
    rates = {name: rate(*pair) for name, pair in both.items()}
    return {"label": label, "count": true, "said": said, **rates}


def rate(count: int, of: int) -> dict[str, Any] | None:
    """A share with its interval; None of nothing."""
    if not of:
        return None
    low, high = interval(np.repeat([1.0, 0.0], [count, of - count]), share=True)
    return {"value": count / of, "interval": [low, high]}


def amounted(target: Target) -> dict[str, Any] | None:
    """Truths and answers that are amounts, their errors, and those of each step where there are several."""
    true, said = target.kind.amounts(target.truths), target.kind.amounts(target.answers)
    if true is None or said is None:
        return None
    wrong = said - true
    chosen = np.random.default_rng(0).permutation(len(true))[:MOST_DOTS]
    shares = (0.05, 0.25, 0.5, 0.75, 0.95)
    spread = dict(zip(map(str, shares), np.nanquantile(wrong, shares).tolist(), strict=True))
    middle = float(np.nanmedian(np.abs(wrong)))
    tail = float(np.nanquantile(np.abs(wrong), 0.95))
    counts, edges = np.histogram(np.clip(wrong[np.isfinite(wrong)], *np.nanquantile(wrong, (0.005, 0.995))), 40)
    return {
        "headline": f"Half of its answers are off by less than {figure(middle)}, 95 % by less than {figure(tail)}.",
        "points": np.stack([true[chosen, -1], said[chosen, -1]], axis=1).tolist(),
        "bias": float(np.nanmean(wrong)),
        "quantiles": spread,
        "histogram": {"counts": counts.tolist(), "edges": edges.tolist()},
        "steps": ahead(target, true) if true.shape[1] > 1 else None,
    }


def ahead(target: Target, true: np.ndarray) -> dict[str, Any]:
    """The mean absolute error of every rival at every step ahead."""
    found: dict[str, Any] = {}
    for rival in target.rivals:
        said = target.kind.amounts(target.result.answers[rival])
        if said is not None:
            found[rival] = np.nanmean(np.abs(said - true), axis=0).tolist()
    return found


# ---- drawn -------------------------------------------------------------------------------------


def drawn(figures: Mapping[str, Any], show: Show) -> str:
    """The matrix and its classes, or the chart of amounts and their errors."""
    return outputs(figures, lambda name, each: matrix(each) if "labels" in each else cloud(name, each))


def matrix(figures: Mapping[str, Any]) -> str:
    """The confusion matrix, where it can be read, the commonest confusions and the rates of each class."""
    labels, counts = figures["labels"], np.array(figures["counts"])
    rows = [[pair["wanted"], pair["said"], f"{pair['count']:,}"] for pair in figures["pairs"]]
    pairs = paragraph("Commonest confusions", "head") + table(["wanted", "said", "times"], rows, 2) if rows else ""
    picture = ""
    if len(labels) <= MOST_LABELS:
        side = max(260, min(620, 120 + 34 * len(labels)))
        canvas = Chart(
            "confusion matrix",
            Axis.of_names("said", labels),
            Axis.of_names("wanted", list(reversed(labels))),
            wide=side + 60,
            high=side,
        )
        shares = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
        for (a, b), count in np.ndenumerate(counts):
            canvas.cell(b, len(labels) - 1 - a, float(shares[a, b]), f"{count:,}" if count else "")
        picture = drawing(canvas, "Held-out examples; the shade is the share of the wanted label (the row).")
    return beside(picture, f"<div>{pairs}</div>") + classes(figures)


def classes(figures: Mapping[str, Any]) -> str:
    """How many of each class are found, and how many said to be of it are, with 95 % intervals."""

    def told(each: Mapping[str, Any] | None) -> list[str]:
        return ["", ""] if each is None else [share(each["value"]), ranged(*each["interval"], True)]

    rows = [
        [each["label"], f"{each['count']:,}", *told(each["recall"]), *told(each["precision"])]
        for each in figures["classes"]
    ]
    heads = ["class", "examples", "found (recall)", "95 % interval", "right when said (precision)", "95 % interval"]
    return f"<details><summary>Every class</summary>{table(heads, rows)}</details>"


def cloud(name: str, figures: Mapping[str, Any]) -> str:
    """Answers over truths, the histogram of errors, and the error at each step ahead."""
    values = [value for point in figures["points"] for value in point]
    both = Axis.around("", values)
    last = " (last step)" if figures["steps"] else ""
    x, y = (Axis(f"{what} {name}{last}", both.low, both.high) for what in ("true", "said"))
    canvas = Chart("answers over truths", x, y).line([(both.low, both.low), (both.high, both.high)], 3, dashed=True)
    canvas.dots(figures["points"], 0, 2.2, faint=True)
    scatter = drawing(canvas, f"{len(figures['points']):,} held-out examples; on the dashed line an answer is exact.")
    return beside(scatter, histogram(name, figures), steps(figures))


def histogram(name: str, figures: Mapping[str, Any]) -> str:
    """The errors as a histogram, with their median."""
    counts, edges = figures["histogram"]["counts"], figures["histogram"]["edges"]
    axis = Axis(f"error of {name}: said minus true", edges[0], edges[-1])
    canvas = Chart("histogram of errors", axis, Axis("answers", 0, max(counts) * 1.06))
    for left, right, count in zip(edges, edges[1:], counts, strict=False):
        canvas.bar(left, right, count)
    canvas.steady(0.0, upright=True)
    spread = figures["quantiles"]
    told = f"Bias {figure(figures['bias'])}; 90 % of errors lie between {figure(spread['0.05'])} and "
    return drawing(canvas, f"{told}{figure(spread['0.95'])}. The outermost bars hold what lies beyond.")


def steps(figures: Mapping[str, Any]) -> str:
    """The mean absolute error of every rival at each step ahead."""
    every = figures["steps"]
    if not every:
        return ""
    count = len(every[LEARNED])
    errors = [error for each in every.values() for error in each]
    y = Axis("mean absolute error", 0, max(errors) * 1.06)
    canvas = Chart("error by step ahead", Axis("steps ahead", 1, max(2, count)), y)
    for rival, each in every.items():
        canvas.line(list(enumerate(each, start=1)), COLOURS[rival]).dots(list(enumerate(each, start=1)), COLOURS[rival])
    return drawing(canvas, "How the error grows with the distance.", {rival: COLOURS[rival] for rival in every})
