"""Measures entries of the gallery as a user would: gets the examples, types `wisen train`, asks for the head-to-head.

    python -m gallery.measure [NAME...] [--again]

NAME is a function or a folder. What was measured is kept in `measured/` of its folder; an entry whose
function has not changed since is left alone unless --again. Then the tables of all READMEs are written.
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
from gallery.entries import GALLERY, Entry, named

from wisen import Program, Report, state
from wisen.headtohead import Result
from wisen.train import trained


def main(arguments: list[str]) -> None:
    """Measures the entries that are named, or all, and writes the tables."""
    for entry in named([word for word in arguments if not word.startswith("--")]):
        last = entry.measured()
        if last and last["source"] == source(entry) and "--again" not in arguments:
            print(f"{entry.function}: measured already (--again measures it again)")
            continue
        found = json.dumps(measure(entry), indent=2, ensure_ascii=False)
        entry.kept.parent.mkdir(exist_ok=True)
        entry.kept.write_text(found + "\n", encoding="utf-8")
    for path in tables.write():
        print(f"{path} is written")


def source(entry: Entry) -> str:
    """A hash of the function's file."""
    return hashlib.sha256(entry.path.read_bytes()).hexdigest()[:16]


def measure(entry: Entry) -> dict[str, Any]:
    """What the training of an entry comes to, from nothing."""
    subprocess.run([sys.executable, "-m", f"gallery.{entry.folder}.examples"], cwd=GALLERY.parent, check=True)
    function = entry.load()
    shutil.rmtree(state.folder(function.path), ignore_errors=True)
    function.path.unlink(missing_ok=True)
    seconds = train(entry)
    installed = function.path.exists()
    path = function.path if installed else state.candidate(function.path)
    program = trained(function)
    return {
        "function": entry.function,
        "source": source(entry),
        "budget": entry.budget,
        "training": round(seconds, 1),
        **figures(function.test(), program),
        "also": entry.module(entry.also).measured() if entry.also else [],
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
    counts = {name: program.manifest["examples"][name] for name in ("learning", "held_out")}
    return {
        "examples": counts,
        "seconds": {rival: round(seconds * 1e6, 1) for rival, seconds in report.seconds.items()},
        "outputs": [output(result) for result in report.results],
        "verdict": report.verdict,
    }


def output(result: Result) -> dict[str, Any]:
    """The head-to-head of one output."""
    scores = {}
    for score in result.scores:
        found: dict[str, Any] = {metric.name: rounded(metric.value) for metric in score.metrics}
        scores[score.rival] = {**found, "interval": [rounded(score.low), rounded(score.high)]}
    gains = {d.rival: [rounded(number) for number in (d.value, d.low, d.high)] for d in result.differences}
    first = result.scores[0].first
    facts = {"name": result.output, "metric": first.name, "better": first.better, "share": first.share}
    return {**facts, "scores": scores, "gains": gains, "verdict": result.verdict}


def rounded(number: float) -> float:
    """A figure with four digits, or four places of a share."""
    return round(number, 4) if abs(number) < 1 else float(f"{number:.4g}")


if __name__ == "__main__":
    main(sys.argv[1:])
