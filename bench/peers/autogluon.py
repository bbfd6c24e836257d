"""AutoGluon tabular with its default preset (medium quality), told the metric; a time limit where there is a budget."""

from __future__ import annotations

import os
import tempfile
from typing import Any

from autogluon.tabular import TabularPredictor
from bench.peers.part import Answers, Split, run

METRICS = {0: "r2", 2: "roc_auc"}


def fit(split: Split, seed: int, budget: float) -> Answers:
    """What answers after the fit."""
    metric = METRICS.get(len(split.classes), "roc_auc_ovr_macro")
    problem = "regression" if not split.classes else "binary" if len(split.classes) == 2 else "multiclass"
    predictor = TabularPredictor("answer", problem, metric, path=tempfile.mkdtemp(), verbosity=0)
    limits: dict[str, Any] = {"time_limit": budget} if budget else {}
    if "OMP_NUM_THREADS" in os.environ:
        limits["num_cpus"] = int(os.environ["OMP_NUM_THREADS"])
    predictor.fit(split.inputs.assign(answer=split.answers), presets="medium_quality", **limits)
    if not split.classes:
        return lambda inputs: predictor.predict(inputs).to_numpy()
    wanted = list(range(len(split.classes)))
    return lambda inputs: predictor.predict_proba(inputs)[wanted].to_numpy()


if __name__ == "__main__":
    run(fit, "autogluon.tabular", "lightgbm", "catboost", "xgboost-cpu", "fastai", "torch")
