"""Nearest examples: those that the program takes for the most like an input, and what they truly were.

Two inputs are alike where the program has made nearly the same of them when only its last layers are left: in the space
of its features (Papernot and McDaniel, 2018, Deep k-Nearest Neighbors). An answer whose neighbours were something else
stands on little.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from wisen.explain.known import Known, known
from wisen.function import Function
from wisen.kinds import Output

COUNT = 5
"""Neighbours that are told, if nobody says otherwise."""
SAMPLED = 200
"""Examples whose own distance to their nearest one is measured, to tell what is usual."""
ROOM = 1 << 24
"""Distances that are held at once."""


@dataclass(frozen=True)
class Neighbour:
    """An example to learn from: its name or row, what went in, what was true, and how far away it lies."""

    name: str
    inputs: tuple[Any, ...] = field(repr=False)
    truth: Any
    distance: float


@dataclass(frozen=True)
class Neighbours:
    """The nearest examples, the nearest first; `usual` is the median distance of examples to their nearest one."""

    function: str
    output: str
    answer: Any
    nearest: tuple[Neighbour, ...]
    usual: float
    examples: int
    kind: Output = field(repr=False, compare=False)
    """That of the answers."""
    columns: tuple[Any, ...] = field(repr=False, default=())
    values: tuple[Any, ...] = field(repr=False, default=())
    """What went in."""

    def __str__(self) -> str:
        head = f"{self.function}: {self.answer!r}; the nearest of {self.examples:,} examples that it learned from"
        rows = [
            f"  {each.distance:8.3g}  {each.truth!r:12}  {each.name}  {self.differing(each):.160}".rstrip()
            for each in self.nearest
        ]
        return "\n".join([f"{head} (usual distance {self.usual:.3g})", *rows])

    def differing(self, neighbour: Neighbour) -> str:
        """The inputs in which an example differs, where there are several."""
        if len(self.columns) < 2:
            return ""
        found = [
            f"{column.name}={column.kind.brief(value)}"
            for column, value, own in zip(self.columns, neighbour.inputs, self.values, strict=True)
            if column.kind.content(value) != column.kind.content(own)
        ]
        return "  ".join(found) if found else "the same inputs"

    def to_json(self) -> dict[str, Any]:
        """All of it but what went in, as JSON can hold it."""
        return {
            "function": self.function, "output": self.output, "answer": self.kind.write(self.answer),
            "usual": self.usual, "examples": self.examples,
            "nearest": [
                {"name": e.name, "truth": self.kind.write(e.truth), "distance": e.distance} for e in self.nearest
            ],
        }  # fmt: skip

    def _repr_html_(self) -> str:
        import html

        rows = []
        for each in self.nearest:
            pairs = zip(self.columns, each.inputs, strict=True)
            cells = [html.escape(each.name), html.escape(repr(each.truth)), f"{each.distance:.3g}"]
            cells += [column.kind.show(value) for column, value in pairs]
            rows.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
        heads = ["example", "truth", "distance", *(html.escape(column.name) for column in self.columns)]
        return f"<table><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr>{''.join(rows)}</table>"


def neighbours(
    function: Function[Any, Any],
    *args: Any,
    count: int = COUNT,
    examples: Any = None,
    output: str | None = None,
    **kwargs: Any,
) -> Neighbours:
    """The examples that a function's program takes for the most like a call's arguments, with their true answers.

    Without `examples` those of the last training are read. Raises BadProgram where an older wisen wrote the program,
    which tells no features; NotTrained; BadExamples; BadValue.
    """
    values = function.signature.read(function.signature.raw(args, kwargs))
    return nearest_to(known(function, examples, output), values, count)


def nearest_to(what: Known, values: Sequence[Any], count: int = COUNT) -> Neighbours:
    """The nearest examples to read values of a known program."""
    learning = what.learning
    space = what.program.features(learning.columns())
    scale = space.std(axis=0)
    scale[scale < 1e-6] = 1.0
    space = space / scale
    own = what.program.features([[value] for value in values]) / scale
    distances = apart(own, space)[0]
    rows = np.argsort(distances, kind="stable")[:count].tolist()
    truths = learning.outputs[what.column.name]
    inputs = learning.columns()
    found = [
        Neighbour(learning.names[row], tuple(each[row] for each in inputs), truths[row], float(distances[row]))
        for row in rows
    ]
    answer = what.program.whole([[value] for value in values])[0][what.place][0]
    return Neighbours(
        what.function.name, what.column.name, answer, tuple(found), usual(space), len(learning),
        what.column.kind, what.function.signature.inputs, tuple(values),
    )  # fmt: skip


def apart(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """How far vectors lie from others, [some, others]: the root of the mean squared difference of their numbers."""
    step = max(1, ROOM // max(1, some.size))
    pieces = []
    for start in range(0, len(others), step):
        gap = some[:, None, :] - others[None, start : start + step]
        pieces.append(np.sqrt((gap * gap).mean(axis=2)))
    return np.concatenate(pieces, axis=1)


def usual(space: np.ndarray) -> float:
    """The median distance of some of the examples to their nearest other one."""
    found = []
    for place in np.linspace(0, len(space) - 1, min(SAMPLED, len(space))).astype(int):
        distances = apart(space[[place]], space)[0]
        distances[place] = np.inf
        found.append(float(distances.min()))
    return float(np.median(found))
