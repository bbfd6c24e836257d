"""Forecasts of the gallery's programs beside statsforecast's, from the same held-out moments on.

    python -m bench.forecast [seattle] [jfk] [--write]

Train first: `wisen train gallery/weather/weather.py:week_ahead --examples gallery/weather/data/seattle.csv`. The peers
run in an environment of their own, their forecasts stay in `bench/results/`. Intervals go by blocks of time.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from bench.peers.environment import python
from bench.table import Beside, finish

import wisen
from wisen.evidence import difference
from wisen.examples import Examples, Rule, known, split
from wisen.examples.forward import blocks_of, second_of
from wisen.train import trained

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "bench" / "results"


@dataclass(frozen=True)
class Task:
    """A forecast: the gallery's function, its table and columns, the season, and every how many steps one begins."""

    function: str
    output: str
    table: str
    time: str
    column: str
    frequency: str
    season: int
    horizon: int
    every: int
    longest: int
    """Steps that the peers look back at most; 0: all."""


TASKS = {
    "seattle": Task("week_ahead", "warmest", "seattle.csv", "day", "temp_max", "D", 365, 7, 1, 0),
    "jfk": Task("next_24_hours", "answer", "jfk.csv", "moment", "temp", "h", 24, 24, 25, 720),
}


PEERS = {"AutoARIMA": "AutoARIMA", "MSTL": "MSTL", "AutoETS": "AutoETS"}
HOW = (
    "The gallery's programs beside [statsforecast](https://nixtlaverse.nixtla.io/statsforecast/) 2.0.3, from the same "
    "held-out moments on; the peers know only the series itself, and are fitted anew every 30 starts. Intervals go by "
    "blocks of time."
)


def main() -> None:
    """Shows a row for each task."""
    names = [word for word in sys.argv[1:] if not word.startswith("--")] or list(TASKS)
    lines = [row(name, TASKS[name]) for name in names]
    finish("forecast", lines, HOW, ["mean absolute error", "wisen", *PEERS, "last value", "by hand", "must reach", ""])


def row(name: str, task: Task) -> Beside:
    """The row of a task."""
    errors, blocks = errors_of(name, task)
    best = min(PEERS, key=lambda peer: float(errors[peer].mean()))
    each = difference(best, errors[best] - errors["wisen"], blocks=blocks)
    shown = [f"{errors[who].mean():.2f}" for who in ("wisen", *PEERS, "last value", "by hand")]
    mine = float(errors["wisen"].mean())
    ahead = all(mine < float(error.mean()) for who, error in errors.items() if who != "wisen")
    words = f"{best} less wisen {each.value:+.2f} (95 % interval {each.low:+.2f} to {each.high:+.2f})"
    what = f"{name}: {task.horizon} steps, {len(errors['wisen'])} starts"
    return Beside(what, shown, "ahead of all", ahead, words)


def errors_of(name: str, task: Task) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """(the mean absolute error of each rival from each start on, the block of time of each start)."""
    function = getattr(importlib.import_module("gallery.weather.weather"), task.function)
    table = ROOT / "gallery" / "weather" / "data" / task.table
    program = trained(function)
    held = split(known(table, function.signature), Rule.of(program.manifest)).held_out
    assert held.times is not None
    peers = forecasts(name, task, table, held)
    starts = [second_of(each.replace(" ", "T")) for each in next(iter(peers.values()))["starts"]]
    place = {int(now): number for number, now in enumerate(held.times.now)}
    both = [(number, place[start]) for number, start in enumerate(starts) if start in place]
    mine = held.take(np.array([here for _, here in both]))
    said = own(task, function, program, mine) | {
        peer: [found["said"][number] for number, _ in both] for peer, found in peers.items()
    }
    truth = np.array(mine.outputs[task.output][:])
    assert mine.times is not None
    errors = {who: np.abs(np.array(each, float) - truth).mean(axis=1) for who, each in said.items()}
    return errors, blocks_of(mine.times)


def own(task: Task, function: Any, program: wisen.Program, mine: Examples) -> dict[str, Any]:
    """What the program, the body by hand and the last value say from each start on."""
    place = [column.name for column in program.outputs].index(task.output)
    hand = function.hand()
    inputs = zip(function.signature.inputs, mine.columns(), strict=True)
    windows = np.array(next(values for column, values in inputs if matches(column, task))[:])
    return {
        "wisen": program.whole(mine.columns())[0][place],
        "by hand": [hand(each)[place] for each in mine.rows()],
        "last value": np.repeat(windows[:, -1:], task.horizon, axis=1),
    }


def matches(column: Any, task: Task) -> bool:
    """Whether an input looks back at the column that is forecast."""
    return column.window is not None and column.name == task.column


def forecasts(name: str, task: Task, table: Path, held: Examples) -> dict[str, Any]:
    """What the peers say, from a file where they said it already."""
    kept = RESULTS / f"forecast-{name}.json"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        count = len(held) // task.every
        words = [table, task.time, task.column, task.frequency, task.season, task.horizon]
        command = [
            python("forecast"),
            "-m",
            "bench.peers.forecasters",
            *words,
            f"{count},{task.every}",
            task.longest,
            kept,
        ]
        subprocess.run([str(word) for word in command], cwd=ROOT, check=True)
    found: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
    return found


if __name__ == "__main__":
    main()
