"""What the gallery's functions reach: the whole command `wisen train`, from nothing, on real data.

python -m bench.gallery [NAME...] [--write]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from bench.table import Row, finish
from gallery.entries import ENTRIES
from gallery.measure import measure

from wisen.examples import Examples, known, split

HOW = (
    "One run of the whole command each (start, training, export, head-to-head) as a process of its own, "
    "with no checkpoint to go on from; the quality is that on held-out examples."
)


ROWS = ("is_face", "diagnosis", "will_leave")
"""The functions beside which logistic regression can be put as they are."""


def main() -> None:
    """Measures the entries that are named, or all."""
    names = [word for word in sys.argv[1:] if not word.startswith("--")] or list(ROWS)
    lines = [line for name in names for line in measured(name)]
    finish("gallery", lines, HOW)


def measured(name: str) -> list[Row]:
    """The rows of an entry."""
    print(f"{name}: training", flush=True)
    reach = ENTRIES[name].reach
    found = measure(ENTRIES[name])
    scores = found["outputs"][0]["scores"]
    value = scores["learned"][reach.metric]
    peer, peer_seconds = logistic_regression(name, reach.metric)
    compared = f"logistic regression {peer:.3f}; by hand accuracy {scores['by hand']['accuracy']:.3f}"
    verdict, seconds = found["verdict"], float(found["training"])
    right = verdict == reach.verdict if reach.verdict else None
    return [
        Row(f"{name}: {reach.metric}", f"{value:.3f}", compared, f"{reach.least}", value >= reach.least),
        Row(f"{name}: verdict", verdict, "", reach.verdict, right),
        Row(
            f"{name}: `wisen train` as a whole",
            f"{seconds:.1f} s",
            f"logistic regression, fit alone {peer_seconds:.2f} s",
            f"{reach.seconds:.0f} s",
            seconds <= reach.seconds,
        ),
    ]


def logistic_regression(name: str, metric: str) -> tuple[float, float]:
    """(the metric that scikit-learn's reaches on the same held-out examples, the seconds of its fit)."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    entry = ENTRIES[name]
    examples = known(entry.source, entry.load().signature)
    parts = split(examples)
    kinds, read = columns(examples)
    model = make_pipeline(*kinds, StandardScaler(with_mean=False), LogisticRegression(max_iter=2000))
    begin = time.perf_counter()
    fitted = model.fit(read(parts.learning), truths(parts.learning))
    seconds = time.perf_counter() - begin
    chances, true = fitted.predict_proba(read(parts.held_out)), truths(parts.held_out)
    if metric == "accuracy":
        return float((fitted.classes_[chances.argmax(axis=1)] == true).mean()), seconds
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(true, chances[:, 1])), seconds


def columns(examples: Examples) -> tuple[list[Any], Callable[[Examples], np.ndarray]]:
    """(what scikit-learn needs before a model, how it reads examples): pixels, or numbers beside labels."""
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.preprocessing import OneHotEncoder

    first = examples.rows()[0]
    if len(first) == 1:
        return [], lambda part: np.array([np.asarray(row[0]).ravel() for row in part.rows()], dtype=float)
    number = [type(cell) in (int, float) for cell in first]
    places = np.arange(len(first))
    split_up = make_column_transformer(
        (SimpleImputer(), places[number]),
        (OneHotEncoder(handle_unknown="ignore"), places[~np.array(number)]),
        sparse_threshold=0,
    )
    return [split_up], lambda part: np.array(
        [
            [np.nan if cell is None and known else cell if known else str(cell) for cell, known in zip(row, number)]
            for row in part.rows()
        ],
        dtype=object,
    )


def truths(examples: Examples) -> np.ndarray:
    """The true answers as text."""
    (values,) = examples.outputs.values()
    return np.array([str(value) for value in values])


if __name__ == "__main__":
    main()
