"""Answers that tell of places: how far each input reaches, in whose units they are told."""

from __future__ import annotations

import numpy as np

from wisen.examples.table import Examples
from wisen.examples.values import Values
from wisen.signature import Column


def reaches(column: Column, values: Values) -> list[tuple[float, ...] | None]:
    """How far each value of an input column reaches along the axes of its places."""
    kind = column.kind
    outlines = values.outlines or [kind.outline(value) for value in values]
    return [kind.extent(outline) for outline in outlines]


def extents(examples: Examples) -> np.ndarray | None:
    """The same of all examples, [examples, axes]; None where their inputs have no places, or are several."""
    columns = examples.signature.inputs
    found = reaches(columns[0], examples.inputs[columns[0].name]) if len(columns) == 1 else [None]
    return None if None in found else np.array(found, np.float32)


def targets(column: Column, examples: Examples) -> np.ndarray:
    """The true answers of a column as the numbers that its loss compares with."""
    found: np.ndarray = column.kind.target(examples.outputs[column.name][:])
    where = extents(examples) if column.kind.by_place else None
    return found if where is None else column.kind.relative(found, where)
