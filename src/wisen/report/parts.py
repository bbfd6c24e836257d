"""Parts of the held-out examples that a person can name: by the cells of a column, or by traits of what goes in."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from wisen.report.subject import Subject

LEAST, LEAST_SHARE = 20, 0.01
"""The fewest examples of a part, and the smallest share of all."""
MOST_VALUES, FEW_NUMBERS = 15, 6
"""Values of a column of words that are looked at, and different numbers up to which each is a part."""
MISSING = "missing"


@dataclass(frozen=True)
class Part:
    """Some of the examples: what they have in common, and which they are."""

    column: str
    value: str
    inside: np.ndarray
    of: tuple[Part, ...] = ()
    """The parts that have it in common."""

    @property
    def name(self) -> str:
        """The part in words."""
        return f"{self.column}: {self.value}" if self.column else self.value


def parts_of(subject: Subject) -> list[Part]:
    """The parts by every trait of every input and by every column beside them."""
    found: dict[str, Sequence[Any]] = {}
    for column in subject.program.inputs:
        for trait, said in column.kind.outside().traits(subject.held.inputs[column.name]).items():
            found[f"{column.name}, {trait}" if trait else column.name] = said
    found |= {name: cells for name, cells in subject.held.others.items() if name not in found}
    return [part for name, cells in found.items() for part in cut(name, cells)]


def cut(column: str, cells: Sequence[Any], least: int = 0) -> list[Part]:
    """The parts of a column: of words its commonest values, of numbers its quarters; a part of all is none."""
    least = least or max(LEAST, math.ceil(LEAST_SHARE * len(cells)))
    numbers = as_numbers(cells)
    names = in_words(cells) if numbers is None else in_quarters(numbers)
    counts = Counter(names)
    chosen = [name for name, count in counts.most_common(MOST_VALUES) if least <= count < len(names)]
    every = np.array(names, dtype=object)
    return [Part(column, name, every == name) for name in chosen]


def as_numbers(cells: Sequence[Any]) -> np.ndarray | None:
    """Cells as numbers, NaN where one is missing; None where they are none, or few different ones."""
    if any(isinstance(cell, bool) for cell in cells):
        return None
    try:
        found = np.array([math.nan if empty(cell) else float(cell) for cell in cells])
    except (TypeError, ValueError):
        return None
    return None if len(np.unique(found[np.isfinite(found)])) <= FEW_NUMBERS else found


def empty(cell: Any) -> bool:
    """Whether a cell says nothing."""
    return cell is None or cell != cell or (isinstance(cell, str) and not cell.strip())


def in_words(cells: Sequence[Any]) -> list[str]:
    """The value of each cell as a word."""
    return [MISSING if empty(cell) else f"{cell:g}" if isinstance(cell, float) else str(cell) for cell in cells]


def in_quarters(numbers: np.ndarray) -> list[str]:
    """The quarter in which each number lies."""
    known = np.where(np.isfinite(numbers), numbers, np.nan)
    cuts = np.unique(np.nanquantile(known, [0, 0.25, 0.5, 0.75, 1]))
    if len(cuts) < 2:
        return [MISSING if math.isnan(value) else f"{value:g}" for value in known]
    places = np.clip(np.searchsorted(cuts, known, side="right") - 1, 0, len(cuts) - 2)
    told = [f"{low:.4g} to {high:.4g}" for low, high in pairwise(cuts)]
    return [MISSING if math.isnan(value) else told[place] for value, place in zip(known, places, strict=True)]


def clusters(features: np.ndarray, most: int = 12) -> list[Part]:
    """The parts that lie together in the program's feature space, found by k-means; truths play no part in it."""
    from sklearn.cluster import KMeans
    from sklearn.decomposition import PCA
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    count = int(min(most, len(features) // (2 * LEAST)))
    kept = features[:, features.std(axis=0) > 1e-9]
    if count < 2 or not kept.shape[1]:
        return []
    scaled = StandardScaler().fit_transform(kept.astype(np.float64))
    flat = PCA(min(20, *scaled.shape), random_state=0).fit_transform(scaled)
    with threadpool_limits(1):
        found = KMeans(count, n_init=3, random_state=0).fit_predict(flat)
    least = max(LEAST, math.ceil(LEAST_SHARE * len(found)))
    order = [place for place, size in Counter(found.tolist()).most_common() if size >= least]
    return [Part(CLUSTER, ALIKE.format(number), found == place) for number, place in enumerate(order, start=1)]


CLUSTER, ALIKE = "", "cluster {} of what is alike to the program"
"""What stands in place of the column of a cluster, and its name."""


def holm(chances: Mapping[Any, float], level: float) -> set[Any]:
    """Those whose p-value is significant after Holm's correction (1979): the chance that any of them is there by
    accident is at most `level`, whatever depends on whatever."""
    kept: set[Any] = set()
    for place, (key, chance) in enumerate(sorted(chances.items(), key=lambda item: item[1])):
        if chance * (len(chances) - place) > level:
            break
        kept.add(key)
    return kept
