"""Many calls from many threads, and after fork: `python -m tests.soak CALLS`, which scripts/soak runs."""

from __future__ import annotations

import multiprocessing
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.conftest import imported

SOURCE = """
from dataclasses import dataclass
from datetime import date
from typing import Literal
import wisen

@dataclass
class Fate:
    place: Literal["shelf", "bin", "shop"]
    price: float

@wisen.function
def soaked(size: float, age: int | None, colour: Literal["red", "blue"], made: date) -> Fate:
    "What becomes of a thing."

@wisen.function
def noted(note: str) -> Literal["shelf", "bin", "shop"]:
    "Where a note says that it is."
"""
THREADS = 8
GROWN = 8 << 20
"""Bytes by which a process may grow between its first tenth and its end: what an allocator keeps to itself."""
Call = Callable[..., Any]


def made(folder: Path) -> tuple[Call, Call]:
    """Two functions with small programs, one of them of texts, in a module that other processes can import."""
    chance = random.Random(0)
    (folder / "soaking.py").write_text(SOURCE)
    found = imported(folder / "soaking.py")
    places = [chance.choice(["shelf", "bin", "shop"]) for _ in range(120)]
    pairs = [(row, found.Fate(place, row[0] * 3)) for row, place in zip(rows(120, 1), places, strict=True)]
    found.soaked.train(pairs, budget=1, accept=True, listen=lambda event: None)
    notes = [(f"it is {n} {place}s from here", place) for n, place in enumerate(places)]
    found.noted.train(notes, budget=1, accept=True, listen=lambda event: None)
    return found.soaked, found.noted


def rows(count: int, seed: int = 0) -> list[tuple[Any, ...]]:
    """Arguments of so many calls."""
    chance = random.Random(seed)
    return [
        (
            chance.uniform(-9, 99),
            chance.choice([None, chance.randrange(99)]),
            chance.choice(["red", "blue"]),
            f"20{chance.randrange(10, 30)}-0{chance.randrange(1, 10)}-15",
        )
        for _ in range(count)
    ]


def notes(count: int) -> list[str]:
    """Texts of many lengths."""
    return ["a word " * n for n in range(count)]


def soak(
    both: tuple[Call, Call], calls: int, threads: int = THREADS, tell: Callable[[str], Any] = lambda line: None
) -> list[int]:
    """The memory of the process after each tenth of so many calls; raises AssertionError where an answer differs."""
    given = [(both[0], row) for row in rows(240)] + [(both[1], (note,)) for note in notes(16)]
    wanted = [call(*row) for call, row in given]
    wrong: list[str] = []
    memory = []
    for tenth in range(10):
        begin = time.perf_counter()
        each = calls // 10 // threads
        workers = [threading.Thread(target=work, args=(given, wanted, each, 31 * n, wrong)) for n in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert not wrong, f"{len(wrong)} answers differ, such as {wrong[0]}"
        memory.append(resident())
        rate = each * threads / (time.perf_counter() - begin)
        tell(f"{(tenth + 1) * each * threads:>12,} calls  {rate:>8,.0f} a second  {memory[-1] / 2**20:.1f} MB\n")
    return memory


def work(given: Sequence[Any], wanted: Sequence[Any], count: int, start: int, wrong: list[str]) -> None:
    """Calls so often, each thread beginning elsewhere; keeps what is not what a single thread was told."""
    for number in range(start, start + count):
        place = number % len(given)
        call, row = given[place]
        try:
            said = call(*row)
        except Exception as error:
            said = error
        if said != wanted[place]:
            wrong.append(f"{row}: {said}, not {wanted[place]}")


def resident() -> int:
    """Bytes of memory of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def in_a_fork(call: Call) -> bool:
    """Whether a forked process, into which the loaded program came along, answers the same."""
    given = rows(64)
    wanted = [call(*row) for row in given]
    child = os.fork()
    if child == 0:
        same = False
        try:
            same = [call(*row) for row in given] == wanted
        finally:
            os._exit(0 if same else 1)
    return os.waitpid(child, 0)[1] == 0


def in_a_pool(call: Call, method: str, count: int = 3000) -> bool:
    """Whether processes that were forked or spawned answer the same; the function goes there by its name."""
    given = rows(count)
    wanted = [call(*row) for row in given]
    with multiprocessing.get_context(method).Pool(2) as pool:
        return pool.starmap(call, given) == wanted


def main(calls: int) -> int:
    """The exit code after so many calls."""
    with tempfile.TemporaryDirectory() as folder:
        sys.path.insert(0, folder)
        both = made(Path(folder))
        memory = soak(both, calls, tell=sys.stdout.write)
        grown = memory[-1] - memory[0]
        found = {f"memory grew by {grown / 2**20:.1f} MB": grown < GROWN, "fork": in_a_fork(both[0])}
        found |= {f"a pool of processes, {method}": in_a_pool(both[0], method) for method in ("fork", "spawn")}
        sys.stdout.writelines(f"{'fine' if fine else 'WRONG'}: {what}\n" for what, fine in found.items())
        return int(not all(found.values()))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
