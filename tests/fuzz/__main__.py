"""Fuzzes one target after the other: `python -m tests.fuzz SECONDS [TARGET...]`; exits 1 where something was found.

Atheris mutates good files, guided by which lines of wisen a file reaches. A crash of the process, an
input that takes half a minute and any exception but a WisenError are findings, kept in tests/fuzz/found/.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

FOUND = Path(__file__).parent / "found"
FEWEST = 5
"""Seconds below which a target is not started once more after a crash."""
NAMES = ["program", "manifest", "csv", "jsonl", "parquet", "arrow", "image", "folder", "checkpoint", "source"]
"""The rows of TARGETS, which only an instrumented process imports."""


def main(seconds: int, names: list[str]) -> int:
    """The exit code after so many seconds for each target."""
    FOUND.mkdir(exist_ok=True)
    failed = 0
    for name in names or NAMES:
        before = set(FOUND.glob(f"{name}-*"))
        inputs, restarts = fuzzed(name, seconds)
        found = sorted(path.name for path in set(FOUND.glob(f"{name}-*")) - before if path.suffix != ".txt")
        failed += len(found)
        sys.stdout.write(f"{name}: {inputs:,} inputs in {seconds} s, {len(found)} findings {' '.join(found)}\n")
        sys.stdout.flush()
        if restarts:
            sys.stdout.write(f"  the process had to be started anew {restarts} times\n")
    return int(failed > 0)


def fuzzed(name: str, seconds: int) -> tuple[int, int]:
    """(how many inputs a target took in that time, how often its process died)."""
    end, inputs, restarts = time.monotonic() + seconds, 0, 0
    log = FOUND.parent / f"{name}.log"
    with log.open("w") as told:
        while (left := int(end - time.monotonic())) >= FEWEST:
            command = [sys.executable, "-m", "tests.fuzz.one", name, f"-max_total_time={left}"]
            done = subprocess.run(command, stdout=told, stderr=subprocess.STDOUT)
            restarts += done.returncode != 0
    inputs = sum(map(int, re.findall(r"number_of_executed_units: (\d+)", log.read_text(errors="replace"))))
    return inputs, restarts


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
