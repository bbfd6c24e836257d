"""What every measurement shares: rows of a table, medians, and the page that they are written to."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parent / "README.md"
ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Row:
    """One measurement: what, how much, what it is compared to, and what it must reach (None: nothing)."""

    what: str
    value: str
    peer: str = ""
    reach: str = ""
    reached: bool | None = None

    def cells(self) -> list[str]:
        """The row as text."""
        verdict = {None: "", True: "reached", False: "**missed**"}[self.reached]
        return [self.what, self.value, self.peer, self.reach, verdict]


@dataclass(frozen=True)
class Beside:
    """One measurement beside those of several peers, each in a column of its own, and in words how it compares."""

    what: str
    values: Sequence[str]
    reach: str = ""
    reached: bool | None = None
    words: str = ""

    def cells(self) -> list[str]:
        """The row as text."""
        verdict = {None: "", True: "reached", False: "**missed**"}[self.reached]
        return [self.what, *self.values, self.reach, ": ".join(filter(None, (verdict, self.words)))]


HEAD = ["what", "measured", "compared to", "must reach", ""]


def markdown(rows: Sequence[Row | Beside], head: Sequence[str] = HEAD) -> str:
    """The rows as a Markdown table that is also readable as text."""
    lines = [list(head), *(row.cells() for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(head))]
    texts = ["| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in lines]
    texts.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(texts)


def finish(name: str, rows: Sequence[Row | Beside], how: str, head: Sequence[str] = HEAD) -> None:
    """Prints the table; with --write it also takes its place in the page. Exits 1 where something is missed."""
    text = f"{markdown(rows, head)}\n\n{how}\n{machine()}\n"
    print(text)
    if "--write" in sys.argv[1:]:
        page = PAGE.read_text(encoding="utf-8")
        begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        before, _, rest = page.partition(begin)
        after = rest.partition(end)[2]
        PAGE.write_text(f"{before}{begin}{text}{end}{after}", encoding="utf-8")
        print(f"bench/{PAGE.name} is written")
    raise SystemExit(any(row.reached is False for row in rows))


def machine() -> str:
    """The machine and the versions of a measurement."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("wisen", "onnxruntime", "numpy", "torch"))
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores, {system}, {packages}."


# ---- clocks ------------------------------------------------------------------------------------


def side_by_side(calls: dict[str, Callable[[], Any]], blocks: int = 40, size: int = 150) -> dict[str, float]:
    """The median microseconds of each call; they take turns, so that a busy moment hits them all."""
    found: dict[str, list[int]] = {name: [] for name in calls}
    for block in range(blocks + 1):
        for name, call in calls.items():
            times = []
            for _ in range(size):
                begin = time.perf_counter_ns()
                call()
                times.append(time.perf_counter_ns() - begin)
            found[name] += times if block else []  # the first block warms up
    return {name: statistics.median(times) / 1000 for name, times in found.items()}


def processes(commands: dict[str, Sequence[str | Path]], times: int = 15, folder: Path = ROOT) -> dict[str, float]:
    """The median seconds of each command from start to end; they take turns."""
    found: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(times + 1):
        for name, command in commands.items():
            begin = time.perf_counter()
            subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
            if turn:  # the first one fills the disk's cache
                found[name].append(time.perf_counter() - begin)
    return {name: statistics.median(seconds) for name, seconds in found.items()}
