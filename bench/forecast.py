"""Forecasts of the gallery's programs beside statsforecast's, from the same held-out moments on.

    python -m bench.forecast [seattle] [jfk]

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

import wisen
from wisen.evidence import difference
from wisen.examples import Examples, Rule, known, split
from wisen.examples.forward import blocks_of, second_of
from wisen.train import candidate

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


def main() -> None:
    """Prints a table for each task."""
    for name in sys.argv[1:] or TASKS:
        print(f"\n{name}\n" + "\n".join(rows(name, TASKS[name])))


def rows(name: str, task: Task) -> list[str]:
    """The lines of a task's table."""
    module = importlib.import_module("gallery.weather.weather")
    function = getattr(module, task.function)
    table = ROOT / "gallery" / "weather" / "data" / task.table
    program = wisen.load(function.path) if function.path.exists() else candidate(function)
    held = split(known(table, function.signature), Rule.of(program.manifest)).held_out
    assert held.times is not None
    peers = forecasts(name, task, table, held)
    starts = [second_of(each.replace(" ", "T")) for each in next(iter(peers.values()))["starts"]]
    place = {int(now): number for number, now in enumerate(held.times.now)}
    both = [(number, place[start]) for number, start in enumerate(starts) if start in place]
    mine = held.take(np.array([here for _, here in both]))
    truth = np.array(mine.outputs[task.output][:])
    kinds = [column.name for column in program.outputs]
    said: dict[str, Any] = {"wisen": program.whole(mine.columns())[0][kinds.index(task.output)]}
    hand = function.hand()
    said["by hand"] = [hand(row)[kinds.index(task.output)] for row in mine.rows()]
    windows = np.array(next(v for c, v in zip(function.signature.inputs, mine.columns()) if matches(c, task))[:])
    said["last value"] = np.repeat(windows[:, -1:], task.horizon, axis=1)
    said |= {peer: [found["said"][number] for number, _ in both] for peer, found in peers.items()}
    errors = {who: np.abs(np.array(each, float) - truth).mean(axis=1) for who, each in said.items()}
    assert mine.times is not None
    blocks = blocks_of(mine.times)
    lines = [f"{len(both)} starts, {blocks.max() + 1} blocks", "who          MAE     wisen less (95 % interval)"]
    for who, error in errors.items():
        each = difference(who, error - errors["wisen"], blocks=blocks)
        versus = "" if who == "wisen" else f"{each.value:+.3f} ({each.low:+.3f} to {each.high:+.3f})  {each.verdict}"
        lines.append(f"{who:12} {error.mean():.3f}   {versus}")
    return lines


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
