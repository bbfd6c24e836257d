"""Partial dependence: what the program says on average where one input is so much and all others stay as they are.

(Friedman, 2001, Greedy Function Approximation.) Beside the mean stands where the middle 80 % of single examples lie
(after Goldstein et al., 2015, Peeking Inside the Black Box): where that is wide, the input means different things in
different company, and the mean alone would mislead. Only values that examples have are put in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wisen.errors import BadValue, nearest
from wisen.explain.known import Known, known, some
from wisen.function import Function
from wisen.program import part

VALUES = 20
"""Values of the input that are put in, at most."""
EXAMPLES = 500
"""Examples into which they are put."""


@dataclass(frozen=True)
class Dependence:
    """Curves over the values of an input: `means` [values, levels] of what the program says, with the `low` and `high`
    ends of the middle 80 % of examples. Levels are the probability of each label, or the answer itself."""

    function: str
    output: str
    input: str
    values: tuple[Any, ...]
    words: tuple[str, ...]
    """The values, shortly."""
    levels: tuple[str, ...]
    means: np.ndarray
    low: np.ndarray
    high: np.ndarray
    examples: int

    def __str__(self) -> str:
        shown = range(len(self.levels)) if len(self.levels) != 2 else [1]  # of yes and no, yes
        width = max(map(len, self.words))
        lines = [f"{self.function}: the mean of what it says, by {self.input}, over {self.examples} examples"]
        for level in shown:
            bottom, top = min(0.0, float(self.means[:, level].min())), float(self.means[:, level].max())
            lines.append(f"  {self.levels[level]}")
            columns = (self.means[:, level], self.low[:, level], self.high[:, level])
            for word, mean, low, high in zip(self.words, *columns, strict=True):
                bar = "█" * round(20 * (mean - bottom) / max(top - bottom, 1e-12))
                lines.append(f"    {word:>{width}}  {mean:9.4g}  {f'{low:.3g} to {high:.3g}':20}  {bar}".rstrip())
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON can hold it."""
        return {
            "function": self.function, "output": self.output, "input": self.input,
            "values": list(self.values), "levels": list(self.levels),
            "means": self.means.tolist(), "low": self.low.tolist(), "high": self.high.tolist(),
            "examples": self.examples,
        }  # fmt: skip


def dependence(
    function: Function[Any, Any], input: str, examples: Any = None, *, output: str | None = None
) -> Dependence:
    """What a function's program says on average, by the values of one input.

    Without `examples` those of the last training are read. Raises BadValue where the input or the answer is of a kind
    that has no such curve; NotTrained; BadExamples.
    """
    return curves(known(function, examples, output), input)


def curves(what: Known, name: str) -> Dependence:
    """The curves of one input of a known program."""
    names = [column.name for column in what.function.signature.inputs]
    if name not in names:
        raise BadValue(f"{what.function.name}() has no input {name!r}", nearest(name, names))
    column = what.function.signature.inputs[names.index(name)]
    learning = what.learning
    asking, saying = column.kind.asking(some(learning.inputs[name])), what.column.kind.saying()
    grid = asking.grid(VALUES) if asking else []
    if not grid:
        raise BadValue(f"{column} is no input with single values to put in", "Numbers, labels and dates are.")
    if saying is None:
        raise BadValue(f"{what.column} is no answer that has a mean", "Labels, numbers and forecasts have one.")
    base: list[Sequence[Any]] = [values[:EXAMPLES] for values in learning.columns()]
    count, place = len(base[0]), names.index(name)
    means, low, high = [], [], []
    for value in grid:
        tensors = what.program.whole([*base[:place], [value] * count, *base[place + 1 :]])[1]
        levels = saying.levels(part(tensors, what.column.name))
        means.append(levels.mean(axis=0))
        low.append(np.quantile(levels, 0.1, axis=0))
        high.append(np.quantile(levels, 0.9, axis=0))
    written = tuple(map(column.kind.write, grid))
    words = tuple("missing" if value is None else column.kind.brief(value) for value in grid)
    return Dependence(
        what.function.name, what.column.name, name, written, words, tuple(saying.titles()),
        np.array(means), np.array(low), np.array(high), count,
    )  # fmt: skip
