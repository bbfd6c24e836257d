"""A program whose inside is known: it answers by a rule of the test, so that explanations of it can be wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from wisen.examples import known as examples_of
from wisen.examples import split
from wisen.explain.known import Known
from wisen.kinds.labels import label


class Ruled:
    """What an explanation asks of a program, answered by a rule: `rule(*inputs)` gives the answer, or for labels with
    `chance` how probable it is."""

    title = "the rule"

    def __init__(
        self, function: Any, rule: Callable[..., Any], truths: Sequence[Any], chance: Callable[..., float] | None = None
    ) -> None:
        self.rule, self.chance, self.calls = rule, chance, 0
        self.inputs = function.signature.inputs
        self.outputs = tuple(column.fit(truths) for column in function.signature.outputs)

    def whole(self, columns: Sequence[Sequence[Any]]) -> tuple[list[list[Any]], dict[str, np.ndarray]]:
        rows = list(zip(*columns, strict=True))
        self.calls += len(rows)
        answers = [self.rule(*row) for row in rows]
        labels = self.outputs[0].kind.labels()
        if not labels:
            return [answers], {"answer": np.array(answers, dtype=np.float64)}
        sure = [0.9 if self.chance is None else self.chance(*row) for row in rows]
        chances = np.array(
            [
                [each if label(answer) == text else (1 - each) / (len(labels) - 1) for text in labels]
                for answer, each in zip(answers, sure, strict=True)
            ]
        )
        texts = np.array([label(answer) for answer in answers], dtype=object)
        return [answers], {"answer": texts, "answer.probabilities": chances}

    def batch(self, rows: Sequence[Sequence[Any]]) -> tuple[list[list[Any]], dict[str, np.ndarray]]:
        return self.whole(list(zip(*rows, strict=True)))

    def features(self, columns: Sequence[Sequence[Any]]) -> np.ndarray:
        return np.array([[float(value) for value in row] for row in zip(*columns, strict=True)], np.float32)


def ruled(
    function: Any, rule: Callable[..., Any], rows: Sequence[tuple[Any, ...]], chance: Callable[..., float] | None = None
) -> Known:
    """What is known of a function whose program is that rule, and whose examples are these rows with its answers."""
    signature = function.signature
    given = [row if len(row) > 1 else row[0] for row in rows]
    pairs = [(each, rule(*signature.read(signature.row(each)))) for each in given]
    program: Any = Ruled(function, rule, [truth for _, truth in pairs], chance)
    parts = split(examples_of(pairs, signature))
    return Known(function, program, parts, program.outputs[0], 0)
