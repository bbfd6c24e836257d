"""How the error differs between the groups of a declared column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from wisen.evidence import CONFIDENCE
from wisen.report.chart import Axis, Chart
from wisen.report.confusion import rate
from wisen.report.parts import Part, cut, holm
from wisen.report.pieces import amount, change, drawing, escaped, outputs, paragraph, ranged, share, table
from wisen.report.slices import welch
from wisen.report.subject import Goods, Show, Subject, Target

FEWEST = 5
"""Examples of a group that is looked at."""


def found(subject: Subject) -> dict[str, Any] | None:
    """The figures of every group of every declared column, for every output."""
    if not subject.by:
        return None
    columns = {name: cut(name, cells, FEWEST) for name, cells in subject.by.items()}
    every = subject.each(lambda target: {name: of_column(parts, target) for name, parts in columns.items() if parts})
    if not every or not any(every.values()):
        return None
    first = next(iter(next(iter(every.values())).values()))
    return {"headline": first["headline"], "outputs": every}


def of_column(parts: list[Part], target: Target) -> dict[str, Any]:
    """The groups of one column: how it does in each, against all others."""
    goods, blocks = target.goods, target.blocks
    chances = {part.value: apart(part, goods) for part in parts}
    kept = holm(chances, 1 - CONFIDENCE) if blocks is None else set()
    groups = {
        part.value: {
            **goods.of(np.flatnonzero(part.inside), blocks),
            **rates(part, target),
            "p": chances[part.value],
            "differs": part.value in kept,
        }
        for part in parts
    }
    values = {name: each["value"] for name, each in groups.items()}
    low, high = min(values, key=values.__getitem__), max(values, key=values.__getitem__)
    told = f"{goods.name} {amount(values[low], goods.share)} for {parts[0].column}: {low} and "
    told += f"{amount(values[high], goods.share)} for {high}; "
    told += "some groups differ significantly." if kept else "no group differs significantly from the others."
    return {"headline": told, "metric": goods.to_json(), "gap": values[high] - values[low], "groups": groups}


def apart(part: Part, goods: Goods) -> float:
    """The p-value, two-sided, that a group is like all others: Fisher's exact test of shares, else Welch's t test."""
    from scipy.stats import fisher_exact

    inside, outside = goods.merits[part.inside], goods.merits[~part.inside]
    if not len(inside) or not len(outside):
        return 1.0
    if goods.share:
        right = [[each.sum(), len(each) - each.sum()] for each in (inside, outside)]
        return float(fisher_exact(np.array(right, np.int64)).pvalue)
    return min(1.0, 2 * min(welch(inside, outside), welch(outside, inside)))


def rates(part: Part, target: Target) -> dict[str, Any]:
    """Of a yes-or-no answer: how often it says yes, and how often that is wrong where no, and no where yes, is true."""
    if not target.kind.yes_no:
        return {}
    true, said = (np.array([bool(value) for value in each]) for each in (target.truths, target.answers))
    true, said = true[part.inside], said[part.inside]
    return {
        "says_yes": rate(int(said.sum()), len(said)),
        "wrong_yes": rate(int((said & ~true).sum()), int((~true).sum())),
        "wrong_no": rate(int((~said & true).sum()), int(true.sum())),
    }


def drawn(figures: Mapping[str, Any], show: Show) -> str:
    """Every column's groups as intervals and as a table."""
    return outputs(figures, lambda _, every: "".join(of_one(name, each) for name, each in every.items()))


def of_one(name: str, figures: Mapping[str, Any]) -> str:
    """The groups of one column."""
    metric, groups = figures["metric"], figures["groups"]
    ends = [end for each in groups.values() for end in each["interval"]]
    label = f"{metric['name']} ({metric['better']} is better)"
    y = Axis.of_names("", list(reversed(groups)))
    canvas = Chart(f"groups of {name}", Axis.around(label, ends, share=metric["share"]), y, 640, 76 + 26 * len(groups))
    for place, each in enumerate(reversed(groups.values())):
        canvas.interval(place, *each["interval"], across=True).dots([(each["value"], place)], 0, 4)
    extra = {"says_yes": "says yes", "wrong_yes": "yes, where no is true", "wrong_no": "no, where yes is true"}
    extra = {key: words for key, words in extra.items() if any(each.get(key) for each in groups.values())}
    rows = []
    for group, each in groups.items():
        shares = [share(each[key]["value"]) if each.get(key) else "" for key in extra]
        value = amount(each["value"], metric["share"])
        seen = "differs" if each["differs"] else ""
        told = ranged(*each["interval"], metric["share"])
        rows.append([group, f"{each['count']:,}", value, told, *shares, f"{each['p']:.2g}", seen])
    heads = [name, "examples", metric["name"], "95 % interval", *extra.values(), "p against all others", "after Holm"]
    gap = paragraph(f"Largest difference between two groups: {change(figures['gap'], metric['share'])}.")
    title = f'<p class="head">{escaped(name)}</p>'
    return title + drawing(canvas, "Held-out examples; whiskers: 95 % interval.") + table(heads, rows) + gap
