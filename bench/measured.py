"""Measures one peer on one task: a process of its own, once; what it found is kept in `.peers/results/`."""

from __future__ import annotations

import json
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from bench.peers import PEERS
from bench.peers.environment import PEERS as PLACE
from bench.peers.environment import python
from bench.table import ROOT
from bench.tasks import TASKS, folder

RESULTS = PLACE / "results"

Result = dict[str, Any]


def measured(task: str, peer: str, seed: int, budget: float = 0, again: bool = False, new: bool = True) -> Result:
    """What a peer reaches on a task; {} where it was never measured and nothing `new` is wanted.

    A peer that failed says why under "failed", and is asked again next time.
    """
    stem = RESULTS / f"{task}-{peer}-{seed}-{budget:g}"
    if again or not stem.with_suffix(".json").exists() or "failed" in read(stem):
        if not new:
            return {}
        RESULTS.mkdir(parents=True, exist_ok=True)
        found = process(task, peer, seed, budget, stem.with_suffix(".npy"))
        stem.with_suffix(".json").write_text(json.dumps(found, indent=1), encoding="utf-8")
    found = read(stem)
    if "failed" not in found:
        found["quality"] = quality(task, seed, np.load(stem.with_suffix(".npy")))
    return found


def read(stem: Path) -> Result:
    """A result as it was kept."""
    found: Result = json.loads(stem.with_suffix(".json").read_text(encoding="utf-8"))
    return found


def process(task: str, peer: str, seed: int, budget: float, answers: Path) -> Result:
    """What the process of a peer says of itself."""
    each, place = PEERS[peer], folder(task, seed)
    interpreter = python(each.environment) if each.environment else Path(sys.executable)
    longer = stretch() if "BENCH_STRETCH" in os.environ else 1.0
    command: list[str | Path] = [
        interpreter,
        "-m",
        f"bench.peers.{each.module}",
        place,
        str(seed),
        str(budget * longer),
        answers,
    ]
    print(f"{task}, seed {seed}: {each.title}", flush=True)
    load = os.getloadavg()[0]
    begin = time.time()
    surroundings = {**os.environ, "BENCH_BEGIN": str(begin), "TOKENIZERS_PARALLELISM": "false"}
    said = subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True)
    seconds = {"process": round(time.time() - begin, 2), "stretch": round(longer, 2)}
    about = {"date": time.strftime("%Y-%m-%d"), "load": round(load, 1), **seconds}
    if said.returncode:
        why = said.stderr.strip().splitlines()[-1:] or ["no word"]
        print(said.stderr[-3000:], file=sys.stderr)
        return {"failed": why[0][:300], **about}
    if "BENCH_TOLD" in os.environ:
        print(said.stderr, file=sys.stderr)
    return {**json.loads(said.stdout.strip().splitlines()[-1]), **about}


def stretch(seconds: float = 3.0) -> float:
    """How many times longer than on a machine of its own something takes here now, where neighbours are busy.

    With BENCH_STRETCH set, time limits are made so much longer, for wisen and its peers alike: what is
    measured then is what a limit buys on a quiet machine. The seconds that are measured are of no use.
    """
    begin, used = time.perf_counter(), time.process_time()
    while time.perf_counter() - begin < seconds:
        sum(range(1000))
    return max(1.0, (time.perf_counter() - begin) / (time.process_time() - used))


# ---- the judge ---------------------------------------------------------------------------------


def quality(task: str, seed: int, answers: np.ndarray) -> dict[str, float]:
    """The metrics of answers to the held-out part."""
    return judged(TASKS[task].answer, np.load(folder(task, seed) / "held_out.npy"), answers)


def judged(kind: str, truth: np.ndarray, answers: np.ndarray) -> dict[str, float]:
    """The metrics of answers: of numbers, of the probabilities of classes, or of scores."""
    if kind == "number":
        wrong, spread = truth - answers, truth - truth.mean()
        return {"R2": float(1 - (wrong**2).sum() / (spread**2).sum()), "MAE": float(np.abs(wrong).mean())}
    if answers.ndim == 1:  # scores, the higher the likelier the last class; no threshold was asked for
        return {"ROC AUC": auc(truth, answers), "accuracy": math.nan}
    accuracy = float((answers.argmax(axis=1) == truth).mean())
    return {"ROC AUC": auc(truth, answers), "accuracy": accuracy, "log loss": surprise(truth, answers)}


def auc(truth: np.ndarray, answers: np.ndarray) -> float:
    """The area under the ROC curve; of several classes the mean of each against the rest."""
    from sklearn.metrics import roc_auc_score

    if answers.ndim == 1:
        return float(roc_auc_score(truth, answers))
    if answers.shape[1] == 2:
        return float(roc_auc_score(truth, answers[:, 1]))
    return float(np.mean([roc_auc_score(truth == place, answers[:, place]) for place in range(answers.shape[1])]))


def surprise(truth: np.ndarray, answers: np.ndarray) -> float:
    """The log loss."""
    chances = np.clip(answers / answers.sum(axis=1, keepdims=True), 1e-7, 1)
    return float(-np.log(chances[np.arange(len(truth)), truth]).mean())


def error(task: str, peer: str, seed: int, budget: float, metric: str, times: int = 200) -> float:
    """The standard error of a metric: its spread over held-out examples drawn anew (Efron's bootstrap)."""
    truth = np.load(folder(task, seed) / "held_out.npy")
    answers = np.load(RESULTS / f"{task}-{peer}-{seed}-{budget:g}.npy")
    random, found = np.random.default_rng(0), []
    for _ in range(times):
        rows = random.integers(len(truth), size=len(truth))
        if len(np.unique(truth[rows])) == len(np.unique(truth)) or TASKS[task].answer == "number":
            found.append(judged(TASKS[task].answer, truth[rows], answers[rows])[metric])
    return float(np.std(found))


def median(results: Sequence[Result], *keys: str) -> float:
    """The median of a figure over seeds; NaN where one is missing."""
    found = []
    for result in results:
        value: Any = result
        for key in keys:
            value = value.get(key, math.nan) if isinstance(value, dict) else math.nan
        found.append(float(value))
    return math.nan if not found or any(map(math.isnan, found)) else statistics.median(found)
