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
from wisen.report.slices import by_blocks, welch
from wisen.report.subject import Goods, Show, Subject, Target

FEWEST = 5
"""Examples of a group that is looked at."""
MANY, DRAWS = 300, 9999
"""Examples of both sides from which on Welch's test may be believed though errors are skewed; and draws of fewer."""


def found(subject: Subject) -> dict[str, Any] | None:
    """The figures of every group of every declared column, for every output."""
    columns = {name: cut(name, cells, FEWEST) for name, cells in subject.by.items()}
    columns = {name: parts for name, parts in columns.items() if parts}
    every = subject.each(lambda target: one(columns, target)) if columns else None
    return every and {"headline": next(iter(every.values()))["headline"], "outputs": every}


def one(columns: Mapping[str, list[Part]], target: Target) -> dict[str, Any]:
    """The groups of every column in one output; which differ, is told after Holm's correction for all of them."""
    goods, blocks = target.goods, target.blocks
    chances = {
        (name, part.value): apart(part, goods, blocks)
        for name, parts in columns.items()
        for part in (parts[:1] if two(parts) else parts)  # of two, the one differs where the other does
    }
    kept = holm(chances, 1 - CONFIDENCE)
    told = {name: of_column(name, parts, target, chances, kept) for name, parts in columns.items()}
    name, _ = min(chances, key=chances.__getitem__)
    return {"headline": headline(name, told[name], goods, len(told)), "metric": goods.to_json(), "columns": told}


def two(parts: list[Part]) -> bool:
    """Whether there are two groups, and every example is in one of them."""
    return len(parts) == 2 and bool((parts[0].inside ^ parts[1].inside).all())


def of_column(
    name: str, parts: list[Part], target: Target, chances: Mapping[tuple[str, str], float], kept: set[tuple[str, str]]
) -> dict[str, Any]:
    """The groups of one column: how it does in each, against all others."""
    groups = {}
    for part in parts:
        key = (name, part.value) if (name, part.value) in chances else (name, parts[0].value)
        figures = {**target.goods.of(np.flatnonzero(part.inside), target.blocks), **rates(part, target)}
        groups[part.value] = {**figures, "p": chances[key], "differs": key in kept}
    values = [each["value"] for each in groups.values()]
    return {"gap": max(values) - min(values), "groups": groups}


def headline(name: str, figures: Mapping[str, Any], goods: Goods, columns: int) -> str:
    """The lowest and the highest group of the column with the clearest difference, and whether it is significant."""
    groups = figures["groups"]
    order = sorted(groups, key=lambda group: groups[group]["value"])
    ends = " and ".join(f"{amount(groups[group]['value'], goods.share)} for {group}" for group in (order[0], order[-1]))
    sure = any(each["differs"] for each in groups.values())
    told = "significantly different" if sure else "no significant difference"
    more = f" (the clearest of {columns} columns)" if columns > 1 else ""
    return f"By {name}{more}: {goods.name} {ends}; {told}."


def apart(part: Part, goods: Goods, blocks: np.ndarray | None) -> float:
    """The p-value, two-sided, that a group is like all others: Fisher's exact test of shares, else Welch's t test, or
    where either side is small by permutations; of examples that depend on each other within blocks of time, Welch's of
    the means of blocks."""
    from scipy.stats import fisher_exact

    if blocks is not None:
        lower = by_blocks(part.inside, goods.merits, blocks)
        return min(1.0, 2 * min(lower, by_blocks(~part.inside, goods.merits, blocks)))
    inside, outside = goods.merits[part.inside], goods.merits[~part.inside]
    if not len(inside) or not len(outside):
        return 1.0
    if goods.share:
        right = [[each.sum(), len(each) - each.sum()] for each in (inside, outside)]
        return float(fisher_exact(np.array(right, np.int64)).pvalue)
    if min(len(inside), len(outside)) < MANY:
        return permuted(min(inside, outside, key=len), goods.merits)
    return min(1.0, 2 * min(welch(inside, outside), welch(outside, inside)))


def permuted(few: np.ndarray, every: np.ndarray, draws: int = DRAWS) -> float:
    """The p-value, two-sided, that the mean of a few is that of as many of all that are drawn by chance."""
    random, mean, count = np.random.default_rng(0), every.mean(), len(few)
    places = (random.choice(len(every), count, replace=False, shuffle=False) for _ in range(draws))
    far = np.abs(np.array([every[here].mean() for here in places]) - mean)
    return float((1 + (far >= abs(few.mean() - mean) - 1e-12).sum()) / (1 + draws))


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
    return outputs(figures, lambda _, every: "".join(of_one(name, every) for name in every["columns"]))


def of_one(name: str, every: Mapping[str, Any]) -> str:
    """The groups of one column."""
    metric, figures = every["metric"], every["columns"][name]
    groups = figures["groups"]
    ends = [end for each in groups.values() for end in each["interval"]]
    label = f"{metric['name']} ({metric['better']} is better)"
    y = Axis.of_names("", list(reversed(groups)))
    canvas = Chart(f"groups of {name}", Axis.around(label, ends, share=metric["share"]), y, 640, 76 + 26 * len(groups))
    for place, each in enumerate(reversed(groups.values())):
        canvas.interval(place, each["interval"], across=True).dots([(each["value"], place)], 0, 4)
    extra = {"says_yes": "says yes", "wrong_yes": "yes, where no is true", "wrong_no": "no, where yes is true"}
    extra = {key: words for key, words in extra.items() if any(each.get(key) for each in groups.values())}
    rows = []
    for group, each in groups.items():
        shares = [share(each[key]["value"]) if each.get(key) else "" for key in extra]
        value = amount(each["value"], metric["share"])
        seen = "differs" if each["differs"] else ""
        told = ranged(each["interval"], metric["share"])
        rows.append([group, f"{each['count']:,}", value, told, *shares, f"{each['p']:.2g}", seen])
    heads = [name, "examples", metric["name"], "95 % interval", *extra.values(), "p against all others", "after Holm"]
    gap = paragraph(f"Largest difference between two groups: {change(figures['gap'], metric['share'])}.")
    title = f'<p class="head">{escaped(name)}</p>'
    return title + drawing(canvas, "Held-out examples; whiskers: 95 % interval.") + table(heads, rows) + gap
