"""How many buyers are among the fifth of the customers that score best? The program beside boosting."""

from __future__ import annotations

from typing import Any

import numpy as np
from gallery.chances import chances_of_yes
from gallery.customers.examples import INSURANCE
from gallery.customers.insurance import will_insure

from wisen.examples import Examples, known, split
from wisen.train import trained

SHARE = 0.2
DRAWS = 1000


def measured() -> list[list[str]]:
    """The buyers among the best-scored fifth of the held-out customers, by each way to score: rows of a table."""
    parts = split(known(INSURANCE, will_insure.signature))
    truths = np.array(parts.held_out.outputs["answer"][:], bool)
    scores = {
        "by hand": np.array([float(will_insure.by_hand(*row)) for row in parts.held_out.rows()]),
        "boosting, tuned": boosting(parts.learning, parts.held_out),
        "learned": chances_of_yes(trained(will_insure), parts.held_out.columns()),
    }
    count = round(SHARE * len(truths))
    rows = [[f"scored {name}", *found(score, truths, count)] for name, score in scores.items()]
    head = ["", f"buyers among the best-scored {count} of {len(truths)}, of {truths.sum()}", "standard error"]
    return [head, *rows]


def found(scores: np.ndarray, truths: np.ndarray, count: int) -> list[str]:
    """The buyers among the best-scored, ties shared out; and the standard error by drawing customers anew."""
    chance = np.random.default_rng(0)
    draws = [chance.integers(0, len(truths), len(truths)) for _ in range(DRAWS)]
    error = np.std([buyers(scores[draw], truths[draw], count) for draw in draws])
    return [f"{buyers(scores, truths, count):.1f}", f"{error:.1f}"]


def buyers(scores: np.ndarray, truths: np.ndarray, count: int) -> float:
    """The buyers among the best-scored; of those with the last score that gets in, their share."""
    last = np.sort(scores)[-count]
    above, level = scores > last, scores == last
    return float(truths[above].sum() + (count - above.sum()) * truths[level].mean())


def boosting(learning: Examples, held_out: Examples) -> np.ndarray:
    """The scores of scikit-learn's boosting, its dials chosen by cross-validation on the examples to learn from."""
    from scipy.stats import loguniform, randint
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.model_selection import RandomizedSearchCV

    dials: dict[str, Any] = {
        "learning_rate": loguniform(0.01, 0.3),
        "max_leaf_nodes": randint(4, 64),
        "min_samples_leaf": randint(5, 100),
        "l2_regularization": loguniform(1e-3, 10),
        "max_iter": randint(50, 400),
    }
    inside, outside = (np.array([list(map(float, row)) for row in part.rows()]) for part in (learning, held_out))
    model = HistGradientBoostingClassifier(random_state=0)
    search = RandomizedSearchCV(model, dials, n_iter=30, scoring="roc_auc", cv=5, random_state=0)
    search.fit(inside, np.array(learning.outputs["answer"][:], bool))
    scores: np.ndarray = search.predict_proba(outside)[:, 1]
    return scores


if __name__ == "__main__":
    for row in measured():
        print("  ".join(f"{cell:48}" for cell in row))
