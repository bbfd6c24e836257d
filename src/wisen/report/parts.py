"""Parts of the held-out examples that a person can name: by the cells of a column, or by traits of what goes in."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from wisen.binned import binned

if TYPE_CHECKING:
    from wisen.report.subject import Subject

LEAST, LEAST_SHARE = 20, 0.01
"""The fewest examples of a part, and the smallest share of all."""
MOST_VALUES = 15
"""Values of a column of words that are looked at."""


@dataclass(frozen=True)
class Part:
    """Some of the examples: what they have in common, and which they are: those told, or those that two parts have in
    common; of thousands of such pairs it is not held."""

    column: str
    value: str
    own: np.ndarray | None
    of: tuple[Part, ...] = ()
    """The parts that have it in common."""

    @property
    def inside(self) -> np.ndarray:
        """Whether each example is one of them."""
        return np.logical_and.reduce([part.inside for part in self.of]) if self.own is None else self.own

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
    names = binned(cells)
    counts = Counter(names)
    chosen = [name for name, count in counts.most_common(MOST_VALUES) if least <= count < len(names)]
    every = np.array(names, dtype=object)
    return [Part(column, name, every == name) for name in chosen]


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
