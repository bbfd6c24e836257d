"""Samples a second in training: wisen's loop beside a loop by hand, Keras and skorch, all with the same net.

python -m bench.loop [--cached] [--write]
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.measured import RESULTS
from bench.options import options
from bench.peers.environment import python
from bench.peers.nets import PICTURES, ROWS
from bench.table import ROOT, Beside, finish

TIMES = 3
PEERS = {"speed_torch": "PyTorch loop", "speed_keras": "Keras", "speed_skorch": "skorch"}
LEAST = 1.0

HOW = (
    "The median speed of an epoch, in the median of {times} processes that took turns. Each trains the same net in "
    "float32 with AdamW and with the batch size that wisen chose ({batch}). The loop of 30 lines in PyTorch has its "
    "data as tensors and the number of threads that is best for it. An epoch ends for all of them with a look at the "
    "validation examples, a fifth of all. Wisen moves each picture by chance while it learns, too; the others do not."
)


def main() -> None:
    """Measures and shows the table."""
    typed = options(__doc__, [ROWS, PICTURES], [])
    path = RESULTS / "loop.json"
    if typed.cached:
        found = json.loads(path.read_text(encoding="utf-8"))
    else:
        found = {name: speeds(name) for name in typed.tasks}
        RESULTS.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(found, indent=1), encoding="utf-8")
    batches = ", ".join(str(each["batch"]) for each in found.values())
    rows = [row(name, each) for name, each in found.items()]
    head = ["samples a second", "wisen", *PEERS.values(), "must reach", ""]
    finish("loop", rows, HOW.format(times=TIMES, batch=batches), head)


def speeds(name: str) -> dict[str, float]:
    """The median speed of wisen and of each peer, and the batch size."""
    found: dict[str, list[float]] = {"wisen": [], **{peer: [] for peer in PEERS}}
    batch = 0
    for _ in range(TIMES):
        said = process(Path(sys.executable), "speed_wisen", name)
        batch = said["batch"]
        found["wisen"].append(said["speed"])
        for peer in PEERS:
            found[peer].append(process(python("nets"), peer, name, str(batch))["speed"])
    return {**{peer: statistics.median(each) for peer, each in found.items()}, "batch": batch}


def process(interpreter: Path, module: str, *words: str) -> dict[str, Any]:
    """What a process says of its speed."""
    print(f"{words[0]}: {module}", flush=True)
    command: list[str | Path] = [interpreter, "-m", f"bench.peers.{module}", *words]
    said = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(said.stdout.strip().splitlines()[-1])
    return found


def row(name: str, found: dict[str, float]) -> Beside:
    """The row of a net: wisen must be at least as fast as the loop by hand, and ahead of the others."""
    mine, rest = found["wisen"], {peer: found[peer] for peer in PEERS}
    share = mine / rest["speed_torch"]
    reached = share >= LEAST and mine > max(rest["speed_keras"], rest["speed_skorch"])
    shown = [f"{each:,.0f}" for each in (mine, *rest.values())]
    words = f"{share:.2f} times the loop by hand"
    return Beside(name, shown, f"≥ {LEAST:g} times the loop by hand, ahead of the others", reached, words)


if __name__ == "__main__":
    main()
