"""What a call takes on the machine at hand: its time, alone and among many, and its memory. Measured here for all."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import pickle
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from wisen.program import Program

MOST_CALLS, FEWEST_CALLS, WARM_UP = 2000, 3, 20
"""Calls that are timed, if there is time, and in any case; and the first ones, which are not counted."""
LONGEST = 1.0
"""Seconds after which calls are no longer timed, if there were a few."""
ROWS = 200
"""Examples that calls take in turns: they are read before the clock runs."""
ROUNDS, AT_ONCE = 3, 512
"""How often many examples are answered at once, and how many they are."""


@dataclass(frozen=True)
class Calls:
    """How long single calls took, one after the other: by the clock, and of the processor's time.

    The clock runs on while something else has the processor; the time of the processor is this thread's own.
    """

    seconds: np.ndarray
    own: np.ndarray
    rows: np.ndarray
    """Which of the rows each call was given."""

    @property
    def median(self) -> float:
        """The seconds that half of the calls stay below."""
        return self.quantile(0.5)

    @property
    def p99(self) -> float:
        """The seconds that 99 in a hundred calls stay below."""
        return self.quantile(0.99)

    def quantile(self, share: float) -> float:
        """The seconds that this share of the calls stay below."""
        return float(np.quantile(self.seconds, share))

    def __len__(self) -> int:
        return len(self.seconds)


def calls(
    call: Callable[[Any], Any],
    rows: Sequence[Any],
    most: int = MOST_CALLS,
    longest: float = LONGEST,
) -> Calls:
    """How long `call(row)` takes: warm, one call after the other, the garbage collector off.

    The first ROWS rows are taken in turns, so that each call gets another one than the one before. A call that raises
    an error is timed all the same: a hand-written body may.
    """
    few = [rows[place] for place in range(min(len(rows), ROWS))]
    wall, own, clock, thread = [], [], time.perf_counter, time.thread_time
    with still():
        started = clock()
        for number in range(most):
            row = few[number % len(few)]
            begun, begin = thread(), clock()
            try:
                call(row)
            except Exception:  # code of the user's
                pass
            end, ended = clock(), thread()
            wall.append(end - begin)
            own.append(ended - begun)
            if number + 1 >= FEWEST_CALLS and end - started > longest:
                break
    warm = min(WARM_UP, len(wall) // 2)
    places = np.arange(len(wall)) % len(few)
    return Calls(np.array(wall[warm:]), np.array(own[warm:]), places[warm:])


def batched(program: Program, columns: Sequence[Sequence[Any]], longest: float = LONGEST) -> float:
    """The seconds of an answer where all examples in these columns are asked for at once: the best of a few rounds."""
    taken: list[float] = []
    with still():
        while len(taken) < ROUNDS and sum(taken) <= longest:
            begin = time.perf_counter()
            program.whole(columns)
            taken.append(time.perf_counter() - begin)
    return min(taken) / max(1, len(columns[0]))


@contextlib.contextmanager
def still() -> Iterator[None]:
    """Keeps the garbage collector from running in between."""
    on = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()


# ---- memory ------------------------------------------------------------------------------------


def resident() -> int:
    """Bytes of memory that this process has now; where the system does not tell, the most that it ever had."""
    return told("VmRSS") or highest()


def highest() -> int:
    """The most bytes of memory that this process ever had at once."""
    found = told("VmHWM")
    if found:
        return found
    import resource  # there is none on Windows

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def told(name: str) -> int:
    """What Linux tells of this process's memory, in bytes; 0 elsewhere."""
    try:
        found = re.search(rf"^{name}:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0


def peak(path: Path, program: Program, rows: Sequence[Sequence[Any]]) -> int:
    """The most bytes of memory that loading a program and calling it on these examples takes, one by one.

    In a process of its own, beside what onnxruntime and numpy take by themselves.
    """
    given = [program.given(row) for row in rows]
    done = subprocess.run(
        [sys.executable, "-m", __name__],
        input=pickle.dumps((str(path), given)),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(each for each in sys.path if each)},
        capture_output=True,
        check=True,
    )
    return int(json.loads(done.stdout))


def grown(path: str, given: Sequence[dict[str, np.ndarray]]) -> int:
    """The same, in this process: how far its memory rises at most above what it is now."""
    import onnxruntime  # noqa: F401  # so that its own memory is not the program's

    from wisen.program import load

    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")  # the most begins anew
    before = resident()
    program = load(path)
    for each in given:
        program.run(program.plain, each)
    return max(0, highest() - before)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(grown(*pickle.load(sys.stdin.buffer))))
