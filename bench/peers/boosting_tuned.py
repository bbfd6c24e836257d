"""HistGradientBoosting, tuned by random search with cross-validation until the time is up."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from bench.peers.boosting import answers, model_of
from bench.peers.part import Answers, Split, run, with_categories
from scipy.stats import loguniform, randint
from sklearn.model_selection import KFold, ParameterSampler, StratifiedKFold, cross_val_score

DIALS: dict[str, Any] = {
    "learning_rate": loguniform(0.01, 0.3),
    "max_iter": randint(50, 600),
    "max_leaf_nodes": randint(4, 64),
    "min_samples_leaf": randint(5, 80),
    "l2_regularization": loguniform(1e-3, 30),
    "max_features": [0.3, 0.5, 0.8, 1.0],
}


def fit(split: Split, seed: int, budget: float) -> Answers:
    """What answers after the search: RandomizedSearchCV, cut to the budget."""
    begin, inputs = time.perf_counter(), with_categories(split.inputs)
    folds = (StratifiedKFold if split.classes else KFold)(3, shuffle=True, random_state=seed)
    scoring = ("roc_auc" if len(split.classes) == 2 else "roc_auc_ovr") if split.classes else "r2"
    found: dict[str, Any] = {}
    best, longest = -np.inf, 0.0
    for dials in ({}, *ParameterSampler(DIALS, 1000, random_state=seed)):
        started = time.perf_counter()
        # A search of three folds costs about as much as two fits of all rows; one more fit is still to come.
        if started - begin + 1.5 * longest > budget:
            break
        score = cross_val_score(model_of(split, seed, **dials), inputs, split.answers, cv=folds, scoring=scoring).mean()
        longest = max(longest, time.perf_counter() - started)
        best, found = (score, dials) if score > best else (best, found)
    return answers(model_of(split, seed, **found).fit(inputs, split.answers), split)


if __name__ == "__main__":
    run(fit, "scikit-learn")
