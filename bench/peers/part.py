"""What the process of every peer shares: reads the split, times the fit, keeps the answers, says one line of JSON.

    PYTHON -m bench.peers.NAME FOLDER SEED BUDGET ANSWERS

A peer is a `fit(split, seed, budget)` that gives what answers: from inputs to the probabilities of
all classes [n, classes], to scores [n] or to numbers [n]. It runs in an environment of its own, so
nothing here imports more than numpy; the answers are judged elsewhere, by one judge for all.
Where a caller would ask for one answer in another way than for many, `answer.single` is that way.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

Answers = Callable[[Any], Any]
"""From inputs to answers."""

LONGEST = 5.0
"""Seconds that are spent on timing single answers."""


@dataclass(frozen=True)
class Split:
    """What to learn from and what to answer; answers are the places of classes, or numbers.

    Inputs are a data frame, a list of texts, uint8 pictures [n, height, width], or two such arrays.
    """

    inputs: Any
    answers: np.ndarray
    held_out: Any
    classes: list[str]
    kind: str
    groups: dict[str, np.ndarray] = field(default_factory=dict)
    """What rows to learn from have in common: people, say."""


def read(folder: Path) -> Split:
    """The split in a folder."""
    about = json.loads((folder / "about.json").read_text(encoding="utf-8"))

    def part(name: str) -> Any:
        if about["inputs"] == "rows":
            import pandas

            return pandas.read_parquet(folder / f"{name}.parquet")
        if about["inputs"] == "text":
            return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        with np.load(folder / f"{name}.npz") as arrays:
            return arrays["photo"] if about["inputs"] == "image" else (arrays["a"], arrays["b"])

    groups = {}
    if about["inputs"] == "pair":
        with np.load(folder / "training.npz") as arrays:
            groups = {name: arrays[name] for name in ("who_a", "who_b")}
    answers = np.load(folder / "training.npy")
    return Split(part("training"), answers, part("held_out"), about["classes"], about["inputs"], groups)


def first(inputs: Any, kind: str) -> Any:
    """The first of the inputs, as a batch of one."""
    if kind == "pair":
        return inputs[0][:1], inputs[1][:1]
    return inputs.iloc[:1] if kind == "rows" else inputs[:1]


def run(fit: Callable[[Split, int, float], Answers], *packages: str) -> None:
    """Fits and answers as the command line says; `packages` are those whose versions matter."""
    folder, seed, budget, place = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), Path(sys.argv[4])
    split = read(folder)
    begin = time.perf_counter()
    answer = fit(split, seed, budget)
    seconds = time.perf_counter() - begin
    whole = time.time() - float(os.environ.get("BENCH_BEGIN", "nan"))
    np.save(place, np.asarray(answer(split.held_out)))
    found = {
        "fit": round(seconds, 3),
        "whole": round(whole, 3),
        "single": single(getattr(answer, "single", answer), first(split.held_out, split.kind)),
        "memory": round(memory() / 2**20),
        "versions": {name: version(name) for name in packages},
    }
    print(json.dumps(found))


def single(answer: Answers, one: Any) -> float:
    """The median seconds of one answer."""
    seconds: list[float] = []
    while len(seconds) < 100 and (sum(seconds) < LONGEST or len(seconds) < 3):
        begin = time.perf_counter()
        answer(one)
        seconds.append(time.perf_counter() - begin)
    return float(np.median(seconds))


def memory() -> int:
    """The most bytes that this process or one that it started held."""
    most = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return most * (1 if sys.platform == "darwin" else 1024)


# ---- what several peers need -------------------------------------------------------------------


def columns(frame: Any) -> tuple[list[str], list[str]]:
    """(the columns of numbers, the columns of labels) of a data frame."""
    numbers = [name for name in frame.columns if frame[name].dtype.kind in "biuf"]
    return numbers, [name for name in frame.columns if name not in numbers]


def encoder(frame: Any, scale: bool = True) -> Any:
    """What turns a data frame into numbers, not fitted yet: scikit-learn's usual pipeline for linear models."""
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers, labels = columns(frame)
    filled = make_pipeline(SimpleImputer(), StandardScaler()) if scale else SimpleImputer()
    return make_column_transformer(
        (filled, numbers), (OneHotEncoder(handle_unknown="ignore", sparse_output=False), labels), sparse_threshold=0
    )


def with_categories(frame: Any, like: Any | None = None) -> Any:
    """The data frame with its labels as pandas' categories: those of the frame `like`, unknown ones missing."""
    import pandas

    like = frame if like is None else like
    _, labels = columns(like)
    types = {name: pandas.CategoricalDtype(sorted(like[name].dropna().unique())) for name in labels}
    return frame.astype(types)
