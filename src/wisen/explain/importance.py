"""Permutation importance: how much worse the program does where one input is that of another example.

(Breiman, 2001, Random Forests; Fisher, Rudin and Dominici, 2019, All Models are Wrong, but Many are Useful.) It is
measured on held-out examples, against their true answers, by the metric that decides. An input may be of any kind.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from wisen.evidence import interval
from wisen.explain.known import Known, known
from wisen.function import Function

ROUNDS = 5
"""How often each input is shuffled."""
MOST = 2_000
"""Held-out examples that are looked at."""


@dataclass(frozen=True)
class Weight:
    """How much worse the metric is where an input is shuffled, with its 95 % interval over examples."""

    input: str
    loss: float
    low: float
    high: float

    @property
    def matters(self) -> bool:
        """Whether it is more than chance."""
        return self.low > 0


@dataclass(frozen=True)
class Importance:
    """The inputs in the order of how much the program needs them; `value` is its metric as they are."""

    function: str
    output: str
    metric: str
    value: float
    examples: int
    weights: tuple[Weight, ...]

    def __str__(self) -> str:
        longest = max(len(weight.input) for weight in self.weights)
        most = max(1e-12, *(abs(weight.loss) for weight in self.weights))
        lines = [f"{self.function}: {self.metric} {self.value:.4g} on {self.examples:,} held-out examples; worse by"]
        for each in self.weights:
            bar = "█" * round(20 * max(each.loss, 0.0) / most)
            spread = f"{each.low:+.2g} to {each.high:+.2g}"
            lines.append(f"  {each.input:{longest}}  {each.loss:8.4f}  {spread:20}  {bar}".rstrip())
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON can hold it."""
        return asdict(self)


def importance(
    function: Function[Any, Any], examples: Any = None, *, output: str | None = None, seed: int = 0
) -> Importance:
    """How much a function's program needs each of its inputs. Without `examples` those of the last training are read.

    An input that another one tells as well is hardly missed: then both look less important than they are together.
    Raises NotTrained, BadExamples, BadValue.
    """
    return weighed(known(function, examples, output), seed)


def weighed(what: Known, seed: int = 0) -> Importance:
    """The importance of each input of a known program."""
    held_out = what.parts.held_out.take(slice(0, MOST))
    kind, truths = what.column.kind, held_out.outputs[what.column.name][:]
    whole: list[Sequence[Any]] = list(held_out.columns())
    before = kind.merits(said(what, whole), truths)
    metric = kind.metrics(said(what, whole), truths)[0]
    rng = np.random.default_rng(seed)
    orders = [rng.permutation(len(truths)) for _ in range(ROUNDS)]
    found = []
    for place, column in enumerate(what.program.inputs):
        after = []
        for order in orders:
            shuffled = [*whole[:place], held_out.inputs[column.name].take(order), *whole[place + 1 :]]
            after.append(kind.merits(said(what, shuffled), truths))
        # Of each example the mean over rounds: rounds of one example tell no more than it does.
        loss = before - np.mean(after, axis=0)
        low, high = interval(loss, False, held_out.blocks) if len(loss) > 1 else (-math.inf, math.inf)
        found.append(Weight(column.name, float(loss.mean()), low, high))
    found.sort(key=lambda each: -each.loss)
    return Importance(what.function.name, what.column.name, metric.name, metric.value, len(truths), tuple(found))


def said(what: Known, columns: Sequence[Sequence[Any]]) -> Sequence[Any]:
    """The program's answers to examples that are given as columns."""
    return what.program.whole(columns)[0][what.place]
