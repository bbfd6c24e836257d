"""Texts as answers: how sure the likeliest ones are, and how good answers are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from wisen.errors import NotInstalled
from wisen.kinds.kind import Metric

if TYPE_CHECKING:
    from spox import Var

CHRF, EXACT, WORD_ERRORS = "chrF", "exact match", "word error rate"
SMALLEST = 1e-6
"""What is left for all texts that the search did not find, at least."""
BOUNDS = ((-3.0, 2.0), (-6.0, 6.0))
"""Of the logarithm of the temperature's inverse, and of how much more all other texts are worth."""
MOST_WRONG = 1.0
"""A text is not counted as more than wholly wrong, however much too long it is."""


def chances(logs: np.ndarray, trust: tuple[float, float]) -> np.ndarray:
    """The probabilities of the texts that a search found, and last of all others together, [examples, beam + 1]:
    their logarithms times the first number of `trust`, and that of all others plus the second one."""
    rest = np.log(np.maximum(1 - np.exp(logs).sum(axis=1, keepdims=True), SMALLEST))
    scaled = trust[0] * np.concatenate([logs, rest + trust[1]], axis=1)
    raised = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    found: np.ndarray = raised / raised.sum(axis=1, keepdims=True)
    return found


def chances_graph(logs: Var, trust: tuple[float, float]) -> Var:
    """The graph of `chances`, without that of all others."""
    from wisen.nn.block import constant, op

    one, share = constant(np.float32(1)), constant(np.float32(trust[0]))
    total = op.reduce_sum(op.exp(logs), constant([1]))
    rest = op.log(op.max([op.sub(one, total), constant(np.float32(SMALLEST))]))
    scaled = op.mul(op.concat([logs, op.add(rest, constant(np.float32(trust[1])))], axis=1), share)
    return op.slice(op.softmax(scaled, axis=1), constant([0]), constant([-1]), constant([1]))


def trusted(logs: np.ndarray, right: np.ndarray) -> tuple[float, float]:
    """The two numbers of `chances` with the least log loss; `right` is the place of the true text among those that
    were found, or their count where it is not among them."""
    from scipy.optimize import minimize

    logs = np.maximum(logs.astype(np.float64), -60.0)
    count, places = len(logs), np.arange(len(logs))

    def loss(dials: np.ndarray) -> float:
        said = chances(logs, (float(np.exp(dials[0])), float(dials[1])))[places, right]
        return float(-np.log(np.maximum(said, 1e-12)).mean() + (dials**2).sum() / count)

    found = minimize(loss, np.zeros(2), method="L-BFGS-B", bounds=BOUNDS)
    return round(float(np.exp(found.x[0])), 6), round(float(found.x[1]), 6)


def commonest(values: Sequence[str]) -> str:
    """The text that stands most often."""
    counts = Counter(values)
    most = max(counts.values(), default=0)
    return min((text for text, count in counts.items() if count == most), default="")


def merits(goal: str, answers: Sequence[str | None], truths: Sequence[str]) -> np.ndarray:
    """How good each answer is to a metric; no answer is wholly wrong."""
    measure = MEASURES[goal]
    known: dict[tuple[str, str], float] = {}
    for answer, truth in zip(answers, truths, strict=True):
        if answer is not None and (answer, truth) not in known:
            known[answer, truth] = measure(answer, truth)
    nothing = -MOST_WRONG if goal == WORD_ERRORS else 0.0
    pairs = zip(answers, truths, strict=True)
    return np.array([nothing if answer is None else known[answer, truth] for answer, truth in pairs])


def figures(goal: str, answers: Sequence[str | None], truths: Sequence[str]) -> list[Metric]:
    """Figures about many answers, the deciding one first: means of those of each, and sacreBLEU's BLEU of all."""
    mean = {name: float(merits(name, answers, truths).mean()) for name in MEASURES}
    found = {
        CHRF: Metric(CHRF, mean[CHRF]),
        EXACT: Metric(EXACT, mean[EXACT], share=True),
        WORD_ERRORS: Metric(WORD_ERRORS, -mean[WORD_ERRORS], "lower"),
    }
    said = [answer or "" for answer in answers]
    bleu = Metric("BLEU", float(library("sacrebleu").corpus_bleu(said, [list(truths)]).score))
    return [found.pop(goal), *found.values(), bleu]


def chrf(answer: str, truth: str) -> float:
    """The chrF (Popovic, 2015) of one text, from 0 to 100, as sacreBLEU finds it."""
    if answer == truth:
        return 100.0
    return float(library("sacrebleu").sentence_chrf(answer, [truth]).score)


def exact(answer: str, truth: str) -> float:
    """1 where the text is wholly right, else 0."""
    return float(answer == truth)


def word_errors(answer: str, truth: str) -> float:
    """Minus the share of wrong words, as jiwer finds it; at most all of them."""
    if not truth.split():
        return 0.0 if not answer.split() else -MOST_WRONG
    return -min(MOST_WRONG, float(library("jiwer").wer(truth, answer)))


MEASURES = {CHRF: chrf, EXACT: exact, WORD_ERRORS: word_errors}


def library(name: str):  # type: ignore[no-untyped-def]  # a module
    """A library that measures texts; raises NotInstalled."""
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError:
        raise NotInstalled(
            f"texts are judged with {name}, which is not installed", "pip install 'wisen[train]'"
        ) from None
