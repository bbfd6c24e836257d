"""A count as a function of the lengths that it goes by: 12,000 + 340 x length of note."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wisen.spoken import thousands

CLOSE, NEAR = 0.01, 0.05
"""How far a function may be off, as a share, to be taken at once, and at all."""
ALONE, LEAST = 1e-6, 0.5
"""How near to 1 a count tells itself by where no other one does; and the share of counts that others have to tell."""


@dataclass(frozen=True)
class Law:
    """A sum of terms, each a factor by powers of lengths; how far it is off at most, as a share, where each count is
    told by all others, infinitely where they are too few; and the length from which on nothing grows any more, where
    there is such a one."""

    factors: Mapping[str, float]
    off: float
    until: int | None = None

    @property
    def holds(self) -> bool:
        """Whether it tells the counts."""
        return self.off <= NEAR

    def to_json(self) -> dict[str, Any]:
        """Its figures."""
        return {"factors": dict(self.factors), "off": self.off, "until": self.until}

    def __str__(self) -> str:
        parts = [
            thousands(factor) if not name else f"{thousands(factor)} x {name}" for name, factor in self.factors.items()
        ]
        near = f", {self.off:.1%} off at most" if self.off >= 0.0005 else ""
        until = "" if self.until is None else f", up to a length of {self.until:,}, and no more for longer ones"
        return " + ".join(parts) + until + near


def law(sizes: Sequence[Mapping[str, int]], counts: Sequence[int]) -> Law:
    """The simplest sum of terms that tells counts by lengths: by straight lines, else with squares as well."""
    said, until = np.array(counts, np.float64), None
    table = {name: np.array([each[name] for each in sizes], np.float64) for name in sizes[0]}
    if len(table) == 1:
        ((name, long),) = table.items()
        full = said == said.max()
        if full.sum() > 1 and long[full].max() > long[full].min():
            until = int(long[full].min())
            table = {name: np.minimum(long, until)}
    lines = fitted({"": np.ones(len(said)), **table}, said)
    if lines.off <= CLOSE:
        best = lines
    else:
        squares = {f"({name})²": long**2 for name, long in table.items()}
        best = min(lines, fitted({"": np.ones(len(said)), **table, **squares}, said), key=lambda each: each.off)
    return Law(best.factors, best.off, until)


def fitted(terms: Mapping[str, np.ndarray], counts: np.ndarray) -> Law:
    """The sum of these terms that is nearest to the counts, by their shares.

    As many terms as counts tell anything. So a sum is judged by what it makes of each count where only the others are
    known; one that nothing else tells, such as the only one with another length, says nothing of it.
    """
    table = np.stack(list(terms.values()), axis=1)
    weight = 1 / np.maximum(counts, 1)
    scale = np.maximum(np.abs(table).max(axis=0), 1)
    left, sizes, right = np.linalg.svd(table / scale * weight[:, None], full_matrices=False)
    some = sizes > sizes.max() * np.finfo(np.float64).eps * max(table.shape)
    left, sizes, right = left[:, some], sizes[some], right[some]
    found = right.T @ ((left.T @ (counts * weight)) / sizes) / scale
    others = 1 - (left**2).sum(axis=1)  # how far a count is told by all but itself
    judged = others > ALONE
    if judged.mean() < LEAST:
        return Law({}, math.inf)
    off = float((np.abs((table @ found - counts) * weight)[judged] / others[judged]).max())
    shown = {name: float(factor) for name, factor in zip(terms, found, strict=True) if abs(factor) > 1e-6}
    return Law(shown or {"": 0.0}, off)
