"""HistGradientBoosting of scikit-learn, as it comes."""

from __future__ import annotations

from typing import Any

from bench.peers.part import Answers, Split, run, with_categories
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor


def model_of(split: Split, seed: int, **options: Any) -> Any:
    """The model, not fitted yet."""
    made = HistGradientBoostingClassifier if split.classes else HistGradientBoostingRegressor
    return made(random_state=seed, categorical_features="from_dtype", **options)


def fit(split: Split, seed: int, budget: float) -> Answers:
    """What answers after the fit."""
    return answers(model_of(split, seed).fit(with_categories(split.inputs), split.answers), split)


def answers(model: Any, split: Split) -> Answers:
    """What answers with a fitted model."""
    said = model.predict_proba if split.classes else model.predict
    return lambda inputs: said(with_categories(inputs, split.inputs))


if __name__ == "__main__":
    run(fit, "scikit-learn")
