"""Measures entries of the gallery as a user would: gets the examples, types `wisen train`, asks for the head-to-head.

    python -m gallery.measure [NAME...] [--again]

What was measured is kept in `gallery/<name>/measured.json`; an entry whose function has not changed
since is left alone unless --again. Then the tables of all READMEs are written.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from gallery import tables
from gallery.entries import ENTRIES, GALLERY, Entry

import wisen
from wisen import Program, Report, state
from wisen.train import candidate


def main(arguments: list[str]) -> None:
    """Measures the entries that are named, or all, and writes the tables."""
    names = [word for word in arguments if not word.startswith("--")] or list(ENTRIES)
    for name in names:
        entry = ENTRIES[name]
        last = entry.measured()
        if last and last["source"] == source(entry) and "--again" not in arguments:
            print(f"{name}: measured already (--again measures it again)")
            continue
        found = json.dumps(measure(entry), indent=2, ensure_ascii=False)
        (entry.folder / "measured.json").write_text(found + "\n", encoding="utf-8")
    for path in tables.write():
        print(f"{path} is written")


def source(entry: Entry) -> str:
    """A hash of the function's file."""
    return hashlib.sha256(entry.file.read_bytes()).hexdigest()[:16]


def measure(entry: Entry) -> dict[str, Any]:
    """What the training of an entry comes to, from nothing."""
    subprocess.run([sys.executable, "-m", f"gallery.{entry.name}.examples"], cwd=GALLERY.parent, check=True)
    function = entry.load()
    shutil.rmtree(state.folder(function.path), ignore_errors=True)
    function.path.unlink(missing_ok=True)
    seconds = train(entry)
    installed = function.path.exists()
    path = function.path if installed else state.candidate(function.path)
    program = wisen.load(path) if installed else candidate(function)
    return {
        "function": entry.function,
        "source": source(entry),
        "budget": entry.budget,
        "training": round(seconds, 1),
        **figures(function.test(entry.data), program),
        "program": {"bytes": path.stat().st_size, "chosen": program.manifest["chosen"]},
        "machine": f"{os.cpu_count()} cores, Python {platform.python_version()}",
        "versions": program.manifest["versions"],
    }


def train(entry: Entry) -> float:
    """The seconds that the whole command takes; its progress is shown."""
    verb, *rest = entry.command()
    begin = time.perf_counter()
    # A program that is not better makes the command exit with 1: an answer, not an error.
    said = subprocess.run([Path(sys.executable).with_name(verb), *rest], cwd=GALLERY.parent)
    if said.returncode not in (0, 1):
        raise SystemExit(said.returncode)
    return time.perf_counter() - begin


def figures(report: Report, program: Program) -> dict[str, Any]:
    """The head-to-head as it is kept."""
    (result,) = report.results
    scores = {}
    for score in result.scores:
        found: dict[str, Any] = {metric.name: round(metric.value, 4) for metric in score.metrics}
        found["interval"] = [round(score.low, 4), round(score.high, 4)]
        if score.rival in report.seconds:
            found["microseconds"] = round(report.seconds[score.rival] * 1e6, 1)
        scores[score.rival] = found
    gains = {d.rival: [round(number, 4) for number in (d.value, d.low, d.high)] for d in result.differences}
    counts = {name: program.manifest["examples"][name] for name in ("learning", "held_out")}
    metric = result.scores[0].first.name
    return {"examples": counts, "metric": metric, "scores": scores, "gains": gains, "verdict": report.verdict}


if __name__ == "__main__":
    main(sys.argv[1:])
