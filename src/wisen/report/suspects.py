"""Examples that look mislabelled, found by confident learning (Northcutt et al., 2021) with the library cleanlab.

Who learned from a wrong label may have learned it by heart. So each example is judged by probabilities that come from
others: logistic regression and the nearest neighbours, on what the program makes of them, judge a fifth of them by
the other four.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wisen.errors import NotInstalled
from wisen.report.pieces import escaped, outputs, paragraph, share
from wisen.report.subject import HELD_OUT, LEARNING, Show, Subject, Target

MOST, FEW, FOLDS, FEWEST = 48, 12, 5, 5
"""Examples that are shown, and how many even where none is suspect; folds; and the fewest examples of a class that can
be judged."""
NEAREST, AXES = 15, 50
"""Neighbours that judge an example, and the most axes of the space in which they are near."""
CLEAR = 0.9
"""The share of labels that can be told from others, below which a suspect one is rather rare than wrong."""
JUDGED = 20_000
"""Examples that are judged, at most: each is held against all others."""
LISTED = 0.05
"""The share of all examples that are listed by name, at most."""


@dataclass(frozen=True)
class Every:
    """All examples, those that were learned from and those that were held out, one after the other."""

    features: np.ndarray
    sides: Sequence[str]
    places: np.ndarray
    names: Sequence[str]
    all: int
    """How many examples there are; of very many the first of each side are judged, in the order of their hashes."""


def found(subject: Subject) -> dict[str, Any] | None:
    """For every output of labels or numbers the examples whose answer is probably wrong, the likeliest first."""
    every = everything(subject)
    said = subject.each(lambda target: one(subject, target, every))
    return said and {"headline": next(iter(said.values()))["headline"], "outputs": said}


def everything(subject: Subject) -> Every:
    """All examples as the program sees them. Raises BadProgram where it does not tell."""
    both = {LEARNING: subject.parts.learning, HELD_OUT: subject.held}
    if subject.held is subject.parts.learning or subject.held.blocks is not None:
        both.pop(LEARNING if subject.held is subject.parts.learning else HELD_OUT)
    total = sum(map(len, both.values()))
    both = {side: each.take(list(range(len(each) * min(JUDGED, total) // total))) for side, each in both.items()}
    features = np.concatenate([subject.program.features(each.columns()) for each in both.values()])
    sides = [side for side, each in both.items() for _ in range(len(each))]
    places = np.concatenate([np.arange(len(each)) for each in both.values()])
    return Every(features, sides, places, [str(name) for each in both.values() for name in each.names], total)


def truths_of(subject: Subject, target: Target, every: Every) -> list[Any]:
    """The answers that stand in the examples."""
    both = {LEARNING: subject.parts.learning, HELD_OUT: subject.held}
    counts = Counter(every.sides)  # in the order of the sides
    return [value for side, count in counts.items() for value in both[side].outputs[target.name][:count]]


def one(subject: Subject, target: Target, every: Every) -> dict[str, Any] | None:
    """The suspects of one output."""
    truths = truths_of(subject, target, every)
    labels = target.kind.labels()
    if labels and target.kind.probabilities(target.tensors) is not None:
        return of_labels(target, every, target.kind.groups(truths), truths)
    return None


def of_labels(target: Target, every: Every, named: Sequence[str], truths: Sequence[Any]) -> dict[str, Any] | None:
    """The suspects among labels."""
    classes, codes, counts = np.unique(
        np.array(named, dtype=object).astype(str), return_inverse=True, return_counts=True
    )
    kept = np.flatnonzero(counts[codes] >= FEWEST)
    if len(np.unique(codes[kept])) < 2:
        return None
    _, codes = np.unique(codes[kept], return_inverse=True)
    classes = classes[counts >= FEWEST]
    chances = out_of_fold(every.features[kept], codes)
    order, issues = ranked(codes, chances)
    listed = order[: max(1, round(LISTED * len(order)))]
    told = []
    for at in listed:
        place = int(kept[at])
        other = int(np.argmax(np.where(np.arange(len(classes)) == codes[at], -1.0, chances[at])))
        given = float(chances[at, codes[at]])
        about = {"example": every.names[place], "side": every.sides[place], "place": int(every.places[place])}
        label = {"given": str(classes[codes[at]]), "rather": str(classes[other])}
        told.append({**about, **label, "chance_given": given, "chance_rather": float(chances[at, other])})
    agree = float((chances.argmax(axis=1) == codes).mean())
    judged = f"{len(order):,} labels" if every.all == len(every.sides) else f"{len(order):,} labels that were judged"
    headline = f"{issues:,} of {judged} are suspect ({share(issues / len(order))})"
    if agree < CLEAR:
        headline += f". As only {share(agree)} of labels can be told from what goes in, most are rather rare than wrong"
    headline += f"; first to look at: {told[0]['example']}."
    return {"headline": headline, "count": len(order), "issues": issues, "agreement": agree, "listed": told}


def ranked(codes: np.ndarray, chances: np.ndarray) -> tuple[np.ndarray, int]:
    """(all places, the likeliest to be mislabelled first; how many probably are), by cleanlab; raises NotInstalled."""
    try:
        from cleanlab.filter import find_label_issues
        from cleanlab.rank import get_label_quality_scores
    except ImportError:
        told = "suspect labels are found by cleanlab, which is not installed"
        raise NotInstalled(told, "pip install 'wisen[explain]'") from None
    scores = get_label_quality_scores(codes, chances, method="self_confidence")
    issues = find_label_issues(codes, chances, n_jobs=1)
    return np.argsort(scores, kind="stable"), int(issues.sum())


def out_of_fold(features: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """The probability of each class for each example, from those of other folds: the mean of what logistic regression
    and the nearest neighbours say. The one looks at all examples, the other at those beside it, and they seldom err
    alike."""
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    folds = StratifiedKFold(min(FOLDS, int(np.bincount(codes).min())), shuffle=True, random_state=0)
    near = min(NEAREST, len(codes) // 2)
    judges = [LogisticRegression(C=0.01, max_iter=1000), KNeighborsClassifier(near)]
    with threadpool_limits(1):
        scaled = StandardScaler().fit_transform(features.astype(np.float64))
        flat = PCA(min(AXES, *scaled.shape), random_state=0).fit_transform(scaled)  # labels play no part in it
        said = [cross_val_predict(judge, flat, codes, cv=folds, method="predict_proba") for judge in judges]
    found: np.ndarray = np.mean(np.array(said, np.float64), axis=0)
    return found


# ---- drawn -------------------------------------------------------------------------------------

HOW = (
    "Logistic regression and the nearest neighbours, on what the program makes of the examples, learned without a "
    "fifth of them, judge that fifth; cleanlab counts the labels that look wrong by confident learning and ranks all "
    "of them by the probability of the label that is given. A label on this list may be right and the example rare: "
    "look before you change it."
)


def drawn(figures: Mapping[str, Any], show: Show) -> str:
    """The examples with the label given and the one that looks right."""
    return outputs(figures, lambda name, each: cards(each, show))


def cards(figures: Mapping[str, Any], show: Show) -> str:
    """The first suspects as cards, the others by name."""
    found = []
    most = min(MOST, max(FEW, figures["issues"]))
    for each in figures["listed"][:most]:
        said = f"given: <b>{escaped(each['given'])}</b> ({share(each['chance_given'])})<br>"
        said += f"rather: <b>{escaped(each['rather'])}</b> ({share(each['chance_rather'])})<br>"
        said += f'<span class="faint">{escaped(each["example"])}</span>'
        found.append(f'<div class="card">{show(each["side"], each["place"])}<p>{said}</p></div>')
    rest = figures["listed"][most:]
    lines = "".join(
        f"<li>{escaped(each['example'])}: {escaped(each['given'])}, rather {escaped(each['rather'])}</li>"
        for each in rest
    )
    more = f"<details><summary>{len(rest):,} more</summary><ol start={most + 1}>{lines}</ol></details>" if rest else ""
    agree = paragraph(f"Out of fold, {share(figures['agreement'])} of all labels are as they are given.", "faint")
    return f'<div class="cards">{"".join(found)}</div>{more}{agree}{paragraph(HOW, "faint")}'
