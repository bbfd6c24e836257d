"""What a report is about: a program, its examples, and what it says of the held-out ones."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wisen.evidence import interval
from wisen.examples import Examples, Parts
from wisen.headtohead import BY_HAND, LEARNED, NAIVE, Report, Result
from wisen.kinds import Metric, Output
from wisen.program import Program

if TYPE_CHECKING:
    from wisen.function import Function

Show = Callable[[str, int], str]
"""Gives the inputs of an example as HTML: of the "held_out" ones or of those that were "learning" examples, and its
place among them; of "explained OUTPUT" the picture of what counted for an answer."""

HELD_OUT, LEARNING, EXPLAINED = "held_out", "learning", "explained "

RIVALS = (LEARNED, BY_HAND, NAIVE)
"""The order of the rivals on the page; their colours go by it."""


def within(values: np.ndarray, share: bool, blocks: np.ndarray | None) -> tuple[float, float]:
    """The 95 % interval of a mean; that of a share does not reach beyond 0 and 1, and any is finite."""
    low, high = interval(values, share, blocks)
    if share:
        return max(0.0, low), min(1.0, high)
    lowest, highest = float(values.min()), float(values.max())  # of too few values nothing is known but these
    return (low if np.isfinite(low) else lowest), (high if np.isfinite(high) else highest)


@dataclass(frozen=True)
class Goods:
    """How good each of many answers is, `merits`, and the figure that is their mean: its name, whether higher or lower
    is better, and whether it is a share."""

    name: str
    merits: np.ndarray
    better: str
    share: bool

    def value(self, merit: float) -> float:
        """The figure for a mean merit."""
        return merit if self.better == "higher" else -merit + 0.0

    def of(self, places: np.ndarray, blocks: np.ndarray | None) -> dict[str, Any]:
        """The figure on some of the examples, with its 95 % interval."""
        here = self.merits[places]
        low, high = within(here, self.share, None if blocks is None else blocks[places])
        ends = sorted((self.value(low), self.value(high)))
        return {"count": len(here), "value": self.value(float(here.mean())), "interval": ends}

    def to_json(self) -> dict[str, Any]:
        """What the figure is."""
        return {"name": self.name, "better": self.better, "share": self.share}


@dataclass(frozen=True)
class Target:
    """One output on the held-out examples: what is true and what each rival says."""

    name: str
    kind: Output
    result: Result
    blocks: np.ndarray | None

    @property
    def tensors(self) -> Mapping[str, np.ndarray]:
        """All that the program says."""
        return self.result.tensors

    @property
    def metric(self) -> Metric:
        """The metric that decides, as the program reaches it."""
        found = self.result.score(LEARNED)
        assert found is not None
        return found.first

    @property
    def truths(self) -> Sequence[Any]:
        """The true answers."""
        return self.result.truths

    @property
    def answers(self) -> Sequence[Any]:
        """The program's answers."""
        return self.result.answers[LEARNED]

    @property
    def rivals(self) -> list[str]:
        """The rivals that took part."""
        return [rival for rival in RIVALS if rival in self.result.answers]

    @property
    def merits(self) -> Mapping[str, np.ndarray]:
        """How good each answer of each rival is, higher is better."""
        return self.result.merits

    @cached_property
    def best(self) -> np.ndarray:
        """How good the true answers are."""
        return self.kind.merits(self.truths, self.truths)

    @cached_property
    def right(self) -> np.ndarray | None:
        """Whether each answer is as good as the true one; None where answers are amounts: near or far."""
        return None if self.kind.amounts(self.truths) is not None else self.merits[LEARNED] >= self.best

    @cached_property
    def goods(self) -> Goods:
        """How good each answer of the program is by itself."""
        return self.goods_of(self.answers, self.truths)

    def goods_of(self, answers: Sequence[Any], truths: Sequence[Any]) -> Goods:
        """How good each of some answers is by itself: where answers are labels whether it is right, whatever a metric
        weighs."""
        merits = self.kind.merits(answers, truths)
        if self.kind.labels() and self.right is not None:
            right = merits >= self.kind.merits(truths, truths)
            return Goods("right answers", right.astype(np.float64), "higher", True)
        return Goods(self.metric.name, merits, self.metric.better, self.metric.share)

    @cached_property
    def chances(self) -> np.ndarray | None:
        """The calibrated probability of each answer; None where it has none."""
        found = self.kind.chances(self.tensors, self.answers)
        known = [chance is not None for chance in found]
        return np.array(found, np.float64) if found and all(known) else None

    @cached_property
    def probabilities(self) -> np.ndarray | None:
        """The calibrated probability of each label, [examples, labels]; None where answers are no labels."""
        found = self.kind.probabilities(self.tensors)
        return None if found is None else np.asarray(found, np.float64)


@dataclass(frozen=True)
class Subject:
    """A function, its program, the examples that it was made from, and the head-to-head on the held-out ones."""

    function: Function[Any, Any]
    program: Program
    path: Path
    parts: Parts
    head: Report
    by: Mapping[str, Sequence[Any]]

    @property
    def held(self) -> Examples:
        """The held-out examples."""
        return self.parts.held_out

    @cached_property
    def targets(self) -> list[Target]:
        """Each output on the held-out examples."""
        pairs = zip(self.program.outputs, self.head.results, strict=True)
        return [Target(column.name, column.kind, result, self.held.blocks) for column, result in pairs]

    @cached_property
    def pictures(self) -> dict[tuple[str, int], bytes]:
        """Explanations as PNG files, by the output and the place of the held-out example."""
        return {}

    def each(self, found: Callable[[Target], Mapping[str, Any] | None]) -> dict[str, Any] | None:
        """What is found of each output, by its name; None where nothing is found of any."""
        said = {target.name: found(target) for target in self.targets}
        known = {name: figures for name, figures in said.items() if figures is not None}
        return known or None

    def columns(self, places: np.ndarray) -> list[Sequence[Any]]:
        """The inputs of some held-out examples, a column each."""
        return [values.some(places) for values in self.held.columns()]

    def shown(self, side: str, place: int) -> str:
        """The inputs of an example as HTML, or where `side` is "explained OUTPUT" what counted for its answer."""
        from wisen.report.pieces import shown

        if side.startswith(EXPLAINED):
            picture = base64.b64encode(self.pictures[side.removeprefix(EXPLAINED), place]).decode()
            return f'<img src="data:image/png;base64,{picture}" alt="what counted">'
        examples = self.held if side == HELD_OUT else self.parts.learning
        return shown(
            [(column.name, column.kind, examples.inputs[column.name][place]) for column in self.program.inputs]
        )
