"""What a whole training costs: `wisen train` on WDBC from start to end, beside each peer's whole process.

python -m bench.whole [--budget S] [--seeds 0,1,2] [--again wisen] [--cached] [--write]
"""

from __future__ import annotations

import json
import math
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from bench.beside import gather, number, when
from bench.measured import RESULTS
from bench.options import Options, options
from bench.peers.part import read
from bench.peers.wisen import source
from bench.table import ROOT, Beside, finish
from bench.tasks import folder

PEERS = ("wisen", "linear", "boosting", "autogluon", "keras", "fastai")
MOST = 12.0

HOW = (
    "wisen: the process of `wisen train` on a CSV file, with {budget}: start, reading, search, training, export, "
    "head-to-head. Its peers: a process that starts, reads, and fits their quick start to the end."
)


def main() -> None:
    """Measures and shows the table."""
    typed = options(__doc__, ["wdbc"], PEERS)
    found = gather(replace(typed, peers=tuple(peer for peer in typed.peers if peer != "wisen")), lambda task, peer: 0)
    seconds = {peer: found.seconds("wdbc", peer, "whole") for peer in found.options.peers}
    if "wisen" in typed.peers:
        seconds = {"wisen": wisen(typed), **seconds}
    mine = seconds.get("wisen", math.nan)
    shown = [number(each, "seconds") for each in seconds.values()]
    row = Beside("WDBC: whole process", shown, f"≤ {MOST:g} s", None if math.isnan(mine) else mine <= MOST)
    budget = f"--budget {typed.budget:g}s" if typed.budget else "the default budget"
    finish("whole", [row], f"{HOW.format(budget=budget)} {when(found)}", replace_head(found.head, "wisen" in seconds))


def replace_head(head: list[str], mine: bool) -> list[str]:
    """The head of the peers' table, with wisen's column before theirs."""
    return [head[0], *(["wisen"] if mine else []), *head[1:]]


def wisen(typed: Options) -> float:
    """The median seconds of `wisen train` over the seeds; kept as the peers' results are."""
    path = RESULTS / f"whole-wisen-{typed.budget:g}.json"
    if path.exists() and "wisen" not in typed.again:
        kept: list[float] = json.loads(path.read_text(encoding="utf-8"))
        return statistics.median(kept)
    if typed.cached:
        return math.nan
    found = [command(seed, typed.budget) for seed in typed.seeds]
    path.write_text(json.dumps(found), encoding="utf-8")
    return statistics.median(found)


def command(seed: int, budget: float) -> float:
    """The seconds of one `wisen train` as a person types it, from nothing."""
    place = folder("wdbc", seed)
    split = read(place)
    with tempfile.TemporaryDirectory() as there:
        module, table = Path(there) / "guessing.py", Path(there) / "patients.csv"
        module.write_text(source(split), encoding="utf-8")
        answers = [split.classes[each] for each in split.answers]
        split.inputs.assign(answer=answers).to_csv(table, index=False)
        limit = ["--budget", f"{budget:g}s"] if budget else []
        words: list[str | Path] = ["train", f"{module}:guess", "--examples", table, *limit]
        begin = time.perf_counter()
        said = subprocess.run([Path(sys.executable).with_name("wisen"), *words], cwd=ROOT, stdout=subprocess.DEVNULL)
        if said.returncode not in (0, 1):  # 1: no better than the naive answer, which is an answer too
            raise SystemExit(said.returncode)
        return time.perf_counter() - begin


if __name__ == "__main__":
    main()
