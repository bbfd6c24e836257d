"""The numbers of labels, and how a program looks them up."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from wisen.kinds.labels import folded

if TYPE_CHECKING:
    from spox import Var


@dataclass(frozen=True)
class Lookup:
    """The labels of each column, and whether spellings of a column that differ in case and spaces only are one."""

    columns: tuple[tuple[str, ...], ...]
    folds: tuple[bool, ...]

    @cached_property
    def numbers(self) -> list[dict[str, int]]:
        """The number of each spelling in each column; 0 is missing, 1 unknown, spellings of a label share one."""
        found = []
        for texts, folds in zip(self.columns, self.folds, strict=True):
            taken: dict[str, int] = {}
            found.append({t: taken.setdefault(folded(t) if folds else t, len(taken) + 2) for t in texts})
        return found

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many numbers there are in each column."""
        return tuple(len(set(taken.values())) + 2 for taken in self.numbers)

    def graph(self, texts: Var) -> Var:
        """The numbers of texts [batch, columns], as nodes of the program."""
        from wisen.nn.block import constant, ml, op

        # One look-up for all columns: the column's number is put before the label.
        prefix = [f"{place}=" for place in range(len(self.columns))]
        keys, ids = list(prefix), [0] * len(prefix)
        for place, taken in enumerate(self.numbers):
            keys += [f"{place}={text}" for text in taken]
            ids += taken.values()
        marked = op.string_concat(constant(np.array(prefix)), texts)
        return ml.label_encoder(marked, keys_strings=keys, values_int64s=ids, default_int64=1)
