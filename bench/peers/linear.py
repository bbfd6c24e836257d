"""Logistic regression, or ridge regression where numbers are asked for: scikit-learn's, as it comes."""

from __future__ import annotations

from typing import Any

from bench.peers.part import Answers, Split, encoder, run
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline


def fit(split: Split, seed: int, budget: float) -> Answers:
    """What answers after the fit."""
    chosen: Any = LogisticRegression(max_iter=5000) if split.classes else Ridge()
    model = make_pipeline(encoder(split.inputs), chosen).fit(split.inputs, split.answers)
    answer: Answers = model.predict_proba if split.classes else model.predict
    return answer


if __name__ == "__main__":
    run(fit, "scikit-learn")
