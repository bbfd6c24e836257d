"""The probabilities of classes: set right on validation examples, and judged."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence

import numpy as np

from wisen.kinds.kind import Metric

BINS = 15
"""Bins of probability in which the calibration error is taken."""


def temperature(guess: np.ndarray, target: np.ndarray) -> float:
    """The number that logits are divided by for the least log loss (Guo et al., 2017, On Calibration of Modern
    Neural Networks).

    Targets are softened by one example (Platt, 1999): so that a few examples that were all right do
    not promise certainty.
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import log_softmax

    logits = guess.astype(np.float64)
    count, classes = logits.shape
    softened = (np.eye(classes)[target] * count + 1 / classes) / (count + 1)

    def log_loss(log_temperature: float) -> float:
        return float(-(softened * log_softmax(logits / np.exp(log_temperature), axis=1)).sum(axis=1).mean())

    found = minimize_scalar(log_loss, bounds=(-3.0, 3.0), method="bounded")
    return float(np.exp(found.x))


def about(said: np.ndarray, target: np.ndarray, divided_by: float) -> list[Metric]:
    """Figures about probabilities [examples, classes] that were calibrated with a temperature, and what the
    calibration error was without it."""
    from sklearn.metrics import log_loss, roc_auc_score

    chances = np.asarray(said, dtype=np.float64)
    chances = chances / chances.sum(axis=1, keepdims=True)
    classes = chances.shape[1]
    found = []
    if len(np.unique(target)) == classes:
        scores = chances[:, 1] if classes == 2 else chances
        found.append(Metric("ROC AUC", float(roc_auc_score(target, scores, multi_class="ovr"))))
    found.append(Metric("log loss", float(log_loss(target, chances, labels=np.arange(classes))), "lower"))
    before = chances**divided_by  # softmax of the logits as they were
    before = before / before.sum(axis=1, keepdims=True)
    found.append(Metric("calibration error", calibration_error(chances, target), "lower", aside=True))
    return [*found, Metric("calibration error before", calibration_error(before, target), "lower", aside=True)]


def calibration_error(chances: np.ndarray, target: np.ndarray) -> float:
    """The expected calibration error: how far the probability of the likeliest class and the share of rights are
    apart, in the mean over bins of that probability (Naeini et al., 2015; Guo et al., 2017)."""
    sure, right = chances.max(axis=1), chances.argmax(axis=1) == target
    places = np.minimum((sure * BINS).astype(np.int64), BINS - 1)
    gaps = np.bincount(places, sure - right, BINS)
    return float(np.abs(gaps).sum() / len(sure))


def balanced(true: Sequence[str], said: Sequence[str]) -> float:
    """The balanced accuracy, without scikit-learn's warning about labels that are only guessed."""
    from sklearn.metrics import balanced_accuracy_score

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return float(balanced_accuracy_score(true, said))


def class_weights(true: Sequence[str]) -> np.ndarray:
    """What each answer has to count, so that the mean over all is the mean over classes: by its true class."""
    counts = Counter(true)
    return np.array([len(true) / len(counts) / counts[text] for text in true])


def uncertain(chances: np.ndarray, said: np.ndarray, true: Sequence[str], labels: Sequence[str]) -> np.ndarray:
    """What is missing to certainty of the true label (Sadinle et al., 2019, Least Ambiguous Set-Valued Classifiers);
    nothing where it is the answer, which so is in every set, and infinitely much of one that is none of the labels."""
    place = {text: index for index, text in enumerate(labels)}
    found = np.full(len(true), np.inf)
    for row, text in enumerate(true):
        if text in place:
            found[row] = 0.0 if text == str(said[row]) else 1.0 - float(chances[row][place[text]])
    return found


def class_mean(right: np.ndarray, true: Sequence[str]) -> float:
    """The same where only whether each answer is right is known: the mean over classes of the share that is."""
    _, place = np.unique(np.array(true, dtype=object).astype(str), return_inverse=True)
    return float((np.bincount(place, right) / np.bincount(place)).mean())
