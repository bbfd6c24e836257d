"""Parts of the examples where the program does significantly worse, found by looking at all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from wisen.errors import BadProgram
from wisen.evidence import CONFIDENCE
from wisen.report.chart import Axis, Chart
from wisen.report.parts import CLUSTER, LEAST, LEAST_SHARE, Part, clusters, holm, parts_of
from wisen.report.pieces import amount, drawing, escaped, outputs, paragraph, ranged, table
from wisen.report.subject import HELD_OUT, Goods, Show, Subject, Target

LEVEL = (1 - CONFIDENCE) / 2
"""The chance of finding any part by accident among single ones, and as much again among pairs."""
MOST, MOST_PAIRED, SHOWN = 12, 150, 6
"""Parts that are listed, those of which pairs are made, and examples of a cluster that are shown."""


def found(subject: Subject) -> dict[str, Any] | None:
    """The parts of every output in which it does worse than elsewhere, the costliest first."""
    singles = parts_of(subject)
    try:
        singles += clusters(subject.program.features(subject.held.columns()))
    except BadProgram:
        pass  # an older wisen wrote it
    if not singles:
        return None
    every = subject.each(lambda target: one(target, singles))
    return every and {"headline": next(iter(every.values()))["headline"], "outputs": every}


def one(target: Target, singles: Sequence[Part]) -> dict[str, Any]:
    """The parts of one output, with how many were looked at."""
    goods, blocks = target.goods, target.blocks
    paired = pairs(singles)
    worse = [part for some in (singles, paired) for part in significant(some, goods, blocks)]
    told = [about(part, goods, blocks) for part in lean(worse, goods)]
    told = sorted(told, key=lambda each: -each["lost"])[:MOST]
    looked = len(singles) + len(paired)
    if told:
        first, more = told[0], len(told) - 1
        others = f"; so it is in {more} other part{'s' if more > 1 else ''}" if more else ""
        value, rest = amount(first["value"], goods.share), amount(first["elsewhere"], goods.share)
        headline = f"It does worse where {first['name']}: {goods.name} {value} on {first['count']:,} examples, "
        headline += f"{rest} elsewhere{others}."
    else:
        headline = f"Of {looked:,} parts of the examples that were looked at, it does significantly worse in none."
    overall = goods.of(np.arange(len(goods.merits)), blocks)
    return {"headline": headline, "metric": goods.to_json(), "overall": overall, "looked_at": looked, "worse": told}


def pairs(singles: Sequence[Part]) -> list[Part]:
    """The parts that two parts of different columns have in common, where these are enough examples."""
    some = sorted((part for part in singles if part.column != CLUSTER), key=lambda part: -int(part.inside.sum()))
    some = some[:MOST_PAIRED]
    if not some:
        return []
    inside = np.array([part.inside for part in some], np.float32)
    counts, own = inside @ inside.T, inside.sum(axis=1)
    least = max(LEAST, LEAST_SHARE * inside.shape[1])
    found = []
    for a, b in zip(*np.triu_indices(len(some), 1), strict=True):
        alone = counts[a, b] in (own[a], own[b])  # one of them lies within the other
        if some[a].column != some[b].column and counts[a, b] >= least and not alone:
            found.append(Part(f"{some[a].name} and {some[b].column}", some[b].value, None, (some[a], some[b])))
    return found


def significant(some: Sequence[Part], goods: Goods, blocks: np.ndarray | None) -> list[Part]:
    """The parts that are significantly worse than all else, after Holm's correction for all that were tested."""
    chances = dict(enumerate(tests(some, goods, blocks)))
    kept = holm(chances, LEVEL)
    found = [some[place] for place in sorted(kept, key=lambda place: chances[place])]
    tries = Counter(whole.name for part in some for whole in part.of)
    return [
        part for part in found if all(worse_within(part, whole, tries[whole.name], goods, blocks) for whole in part.of)
    ]


def worse_within(part: Part, whole: Part, tries: int, goods: Goods, blocks: np.ndarray | None) -> bool:
    """Whether a part is worse than the rest of one that it is a part of, after Bonferroni's correction for so many
    tries: else that one says all there is to say."""
    here = np.flatnonzero(whole.inside)
    inner = Goods(goods.name, goods.merits[here], goods.better, goods.share)
    cut = Part(part.column, part.value, part.inside[here])
    return tests([cut], inner, None if blocks is None else blocks[here])[0] < (1 - CONFIDENCE) / tries


def tests(some: Sequence[Part], goods: Goods, blocks: np.ndarray | None) -> list[float]:
    """The p-value of each part, one-sided: Fisher's exact test where answers are right or wrong, else Welch's t test;
    of examples that depend on each other within blocks of time, Welch's test of the means of blocks.

    Errors are skewed: a few examples outside of a part are often all good by chance, and Welch's test believes them. So
    of amounts a part of more than half of the examples is not worse; if it is, the others are better.
    """
    if not some:
        return []
    merits = goods.merits
    if goods.share and blocks is None:
        from scipy.stats import hypergeom

        wrong = 1 - merits
        found = np.array([wrong[part.inside].sum() for part in some])  # one by one: pairs are thousands
        own = np.array([part.inside.sum() for part in some])
        chances: list[float] = hypergeom.sf(found - 1, len(merits), wrong.sum(), own).tolist()
        return chances
    told = []
    for inside in (part.inside for part in some):
        if inside.mean() > 0.5:
            told.append(1.0)
        else:
            told.append(welch(merits[inside], merits[~inside]) if blocks is None else by_blocks(inside, merits, blocks))
    return told


def welch(inside: np.ndarray, outside: np.ndarray) -> float:
    """The p-value that a mean is no lower inside than outside."""
    from scipy.stats import ttest_ind

    if len(inside) < 2 or len(outside) < 2 or not (inside.std() or outside.std()):
        return 1.0
    return float(ttest_ind(inside, outside, equal_var=False, alternative="less").pvalue)


def by_blocks(inside: np.ndarray, merits: np.ndarray, blocks: np.ndarray) -> float:
    """The same with one mean for each block of time."""

    def means(here: np.ndarray) -> np.ndarray:
        _, place = np.unique(blocks[here], return_inverse=True)
        found: np.ndarray = np.bincount(place, merits[here]) / np.bincount(place)
        return found

    return welch(means(inside), means(~inside)) if inside.any() and not inside.all() else 1.0


def lean(worse: Sequence[Part], goods: Goods) -> list[Part]:
    """The parts without those that mostly hold what an earlier, more significant one holds and are no worse."""
    kept: list[Part] = []
    for part in worse:
        mean = goods.merits[part.inside].mean()

        def told(other: Part, part: Part = part, mean: float = mean) -> bool:
            shared = (part.inside & other.inside).sum() / part.inside.sum()
            return bool(shared > 0.8 and mean >= goods.merits[other.inside].mean() - 1e-12)

        if not any(told(other) for other in kept):
            kept.append(part)
    return kept


def about(part: Part, goods: Goods, blocks: np.ndarray | None) -> dict[str, Any]:
    """The figures of a part: how it does there and elsewhere, and what that costs."""
    inside, outside = np.flatnonzero(part.inside), np.flatnonzero(~part.inside)
    here, there = goods.merits[inside].mean(), goods.merits[outside].mean()
    chance = tests([part], goods, blocks)[0]
    examples = {"examples": inside[:SHOWN].tolist()} if part.column == CLUSTER else {}
    figures = {**goods.of(inside, blocks), "elsewhere": goods.value(float(there)), "p": chance}
    return {"name": part.name, **figures, "lost": float(len(inside) * (there - here)), **examples}


# ---- drawn -------------------------------------------------------------------------------------


def drawn(figures: Mapping[str, Any], show: Show) -> str:
    """The parts as intervals beside the whole, and as a table."""
    return outputs(figures, lambda name, each: drawn_one(each, show))


HOW = (
    "{looked:,} parts were looked at: the values and quarters of each column and of what can be said of each input, "
    "pairs of them, and clusters of what is alike to the program. Listed are those that remain significant at 5 % "
    "after Holm's correction for all of them (half of the 5 % for single parts, half for pairs): the chance that even "
    "one of them is there by accident is at most 5 %."
)


def drawn_one(figures: Mapping[str, Any], show: Show) -> str:
    """The parts of one output."""
    how = paragraph(HOW.format(looked=figures["looked_at"]), "faint")
    if not figures["worse"]:
        return how
    metric, worse, overall = figures["metric"], figures["worse"], figures["overall"]
    ends = [end for each in (*worse, overall) for end in each["interval"]]
    names = [short(each["name"]) for each in reversed(worse)]
    name = f"{metric['name']} ({metric['better']} is better)"
    x = Axis.around(name, ends, share=metric["share"])
    canvas = Chart("parts where it does worse", x, Axis.of_names("", names), wide=680, high=76 + 24 * len(names))
    canvas.steady(overall["value"], upright=True)
    for place, each in enumerate(reversed(worse)):
        canvas.interval(place, each["interval"], across=True).dots([(each["value"], place)], 0, 4)
    rows = [
        [
            each["name"],
            f"{each['count']:,}",
            amount(each["value"], metric["share"]),
            ranged(each["interval"], metric["share"]),
            amount(each["elsewhere"], metric["share"]),
            f"{each['p']:.1e}",
        ]
        for each in worse
    ]
    heads = ["part", "examples", metric["name"], "95 % interval", "elsewhere", "p"]
    caption = "Held-out examples; whiskers: 95 % interval of the part alone; dashed: all of them."
    return drawing(canvas, caption) + table(heads, rows) + alike(worse, show) + how


def alike(worse: Sequence[Mapping[str, Any]], show: Show) -> str:
    """Some examples of each cluster, which has no other name."""
    found = ""
    for each in worse:
        if "examples" in each:
            cards = "".join(f'<div class="card">{show(HELD_OUT, place)}</div>' for place in each["examples"])
            found += f'<p class="head">{escaped(each["name"])}</p><div class="cards">{cards}</div>'
    return found


def short(name: str) -> str:
    """A name that has room beside a chart."""
    return name if len(name) <= 44 else f"{name[:43]}…"
