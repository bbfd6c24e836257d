"""CatBoost, as it comes."""

from __future__ import annotations

import os
from typing import Any

from bench.peers.part import Answers, Split, columns, run
from catboost import CatBoostClassifier, CatBoostRegressor


def fit(split: Split, seed: int, budget: float) -> Answers:
    """What answers after the fit."""
    _, labels = columns(split.inputs)

    def plain(frame: Any) -> Any:
        return frame.assign(**{name: frame[name].astype(object).fillna("missing").astype(str) for name in labels})

    made = CatBoostClassifier if split.classes else CatBoostRegressor
    threads = int(os.environ.get("OMP_NUM_THREADS", -1))
    model = made(random_seed=seed, thread_count=threads, verbose=False, allow_writing_files=False)
    model.fit(plain(split.inputs), split.answers, cat_features=labels)
    said = model.predict_proba if split.classes else model.predict
    return lambda inputs: said(plain(inputs))


if __name__ == "__main__":
    run(fit, "catboost")
