"""wisen beside its peers: what every task's results come to, as rows of a table."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bench.measured import Result, error, measured, median
from bench.options import Options
from bench.peers import PEERS
from bench.table import Beside
from bench.tasks import TASKS

NONE = "–"
WISEN = "wisen"
LOWER = ("seconds", "MAE", "log loss")
"""Metrics of which less is better."""


@dataclass(frozen=True)
class Figures:
    """What was measured of each task and peer, seed by seed; the budgets say with what limit in seconds."""

    options: Options
    budget: Callable[[str, str], float]
    results: Mapping[tuple[str, str], list[Result]] = field(repr=False)

    def value(self, task: str, peer: str, metric: str) -> float:
        """The median of a metric over the seeds; NaN where one is missing."""
        return median(self.results.get((task, peer), []), "quality", metric)

    def seconds(self, task: str, peer: str, what: str = "fit") -> float:
        """The median of the seconds of something over the seeds."""
        return median(self.results.get((task, peer), []), what)

    def failed(self, task: str, peer: str) -> str:
        """Why a peer gave no answer; empty where it did."""
        return next((str(found["failed"]) for found in self.results.get((task, peer), []) if "failed" in found), "")

    def error(self, task: str, peer: str, metric: str) -> float:
        """The standard error of a peer's metric: the median over the seeds of what the held-out examples give."""
        budget = self.budget(task, peer)
        return statistics.median(error(task, peer, seed, budget, metric) for seed in self.options.seeds)

    @property
    def head(self) -> list[str]:
        """The head of a table."""
        return ["what", *(PEERS[peer].title for peer in self.options.peers), "must reach", ""]


def gather(options: Options, budget: Callable[[str, str], float], unlike: Sequence[tuple[str, str]] = ()) -> Figures:
    """The figures of all tasks, peers and seeds, measured where they are not kept; a seed after the other.

    `unlike` are tasks and peers that do not go together.
    """
    found: dict[tuple[str, str], list[Result]] = {}
    for seed in options.seeds:
        for task in options.tasks:
            for peer in options.peers:
                if (task, peer) not in unlike:
                    again, limit = peer in options.again, budget(task, peer)
                    result = measured(task, peer, seed, limit, again, not options.cached)
                    found.setdefault((task, peer), []).append(result)
    return Figures(options, budget, found)


def number(value: float, metric: str) -> str:
    """A figure as a table shows it."""
    if math.isnan(value):
        return NONE
    if metric == "seconds":
        return f"{value:.2f} s" if value < 10 else f"{value:.0f} s"
    return f"{value:.4g}" if metric == "MAE" else f"{value:.3f}"


def quality_row(figures: Figures, task: str, metric: str, least: float | None = None, goal: str = "best") -> Beside:
    """The row of a metric: wisen must be the best, or level with it: within one standard error.

    `goal` is "best" (or level), "" (nothing) or "ahead" (of every peer, strictly).
    """
    values = {peer: figures.value(task, peer, metric) for peer in figures.options.peers}
    shown = [number(value, metric) if not figures.failed(task, peer) else "failed" for peer, value in values.items()]
    rivals = {peer: value for peer, value in values.items() if not peer.startswith(WISEN) and not math.isnan(value)}
    mine = values.get(WISEN, math.nan)
    wanted = [f"≥ {least:g}"] if least is not None else []
    wanted += {"best": ["the best, or within its standard error"], "ahead": ["ahead"], "": []}[goal]
    if math.isnan(mine) or not rivals:
        return Beside(f"{task}: {metric}", shown, "; ".join(wanted))
    best = max(rivals, key=lambda peer: rivals[peer] * sign(metric))
    behind = (rivals[best] - mine) * sign(metric)
    words, level = compared(figures, task, metric, best, behind)
    enough = {"best": level, "ahead": behind < 0, "": True}[goal] and (least is None or mine >= least)
    return Beside(f"{task}: {metric}", shown, "; ".join(wanted), enough if wanted else None, words)


def sign(metric: str) -> int:
    """1 where more of a metric is better, else -1."""
    return -1 if metric in LOWER else 1


def compared(figures: Figures, task: str, metric: str, best: str, behind: float) -> tuple[str, bool]:
    """(how far behind the best peer in words, whether that is within one standard error)."""
    name, shown = PEERS[best].title, number(abs(behind), metric)
    if behind <= 0:
        return ("level with " if behind == 0 else f"{shown} ahead of ") + name, True
    one = figures.error(task, best, metric)
    if behind <= one:
        return f"behind {name} by {shown}, within its standard error of {number(one, metric)}", True
    return f"behind {name} by {shown} (standard error {number(one, metric)})", False


def seconds_row(figures: Figures, task: str, what: str = "fit", most: float | None = None, goal: str = "") -> Beside:
    """The row of the seconds of something, which must be at most so many."""
    values = {peer: figures.seconds(task, peer, what) for peer in figures.options.peers}
    mine = values.get(WISEN, math.nan)
    named = {"fit": "training", "whole": "whole process", "single": "one answer"}[what]
    if what == "single":
        shown = [NONE if math.isnan(value) else f"{value * 1e3:.2g} ms" for value in values.values()]
    else:
        shown = [number(value, "seconds") for value in values.values()]
    reached = None if most is None or math.isnan(mine) or math.isnan(most) else mine <= most
    return Beside(f"{task}: {named}", shown, goal, reached)


def ranks(figures: Figures) -> dict[str, float]:
    """The mean rank of each peer over the tasks, by the metric that decides; ties share their ranks.

    Peers that lack a task are left out.
    """
    from scipy.stats import rankdata

    tasks = figures.options.tasks
    values = {
        peer: [sign(TASKS[task].metrics[0]) * figures.value(task, peer, TASKS[task].metrics[0]) for task in tasks]
        for peer in figures.options.peers
    }
    whole = {peer: found for peer, found in values.items() if not any(map(math.isnan, found))}
    if not whole:
        return {}
    table = [rankdata([-found[place] for found in whole.values()]) for place in range(len(tasks))]
    return {peer: float(statistics.mean(row[place] for row in table)) for place, peer in enumerate(whole)}


def when(figures: Figures) -> str:
    """When and with what the figures were measured."""
    results = [found for each in figures.results.values() for found in each if found]
    days = sorted({str(found["date"]) for found in results if "date" in found})
    versions = {name: text for found in results for name, text in found.get("versions", {}).items()}
    packages = ", ".join(f"{name} {text}" for name, text in sorted(versions.items()))
    loads = [float(found["load"]) for found in results if "load" in found]
    stretched = [float(found["stretch"]) for found in results if found.get("stretch", 1.0) > 1.05]
    said = f"Seeds {', '.join(map(str, figures.options.seeds))}; medians."
    if days:
        said += f" Measured from {days[0]} to {days[-1]}" if len(days) > 1 else f" Measured on {days[0]}"
        said += f" ({packages})."
    if stretched:
        said += (
            f" The machine was shared (load {min(loads):.0f} to {max(loads):.0f}): time limits were made up to "
            f"{max(stretched):.0f} times longer, by the share of a core that was left, and the seconds say little."
        )
    failures = {(PEERS[peer].title, why) for (task, peer) in figures.results if (why := figures.failed(task, peer))}
    return " ".join([said, *(f"{title} failed: {why}." for title, why in sorted(failures))])
