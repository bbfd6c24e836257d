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
TURNS, NUMBERS = 10, 1 << 14
"""How often calls and the arithmetic beside them take turns; and the numbers that it doubles and adds up."""
TENTHS, SLOWER = 10, 2
"""The parts in which the memory of many calls is watched, and how often their share of the time they may take."""
ROUNDS, AT_ONCE = 3, 512
"""How often many examples are answered at once, and how many they are."""


@dataclass(frozen=True)
class Calls:
    """How long single calls took, one after the other."""

    seconds: np.ndarray
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
    first: int = 0,
) -> Calls:
    """How long `call(row)` takes: warm, one call after the other, the garbage collector off.

    The first ROWS rows are taken in turns from the `first` on, so that each call gets another one than the one
    before. A call that raises an error is timed all the same: a hand-written body may.
    """
    few = [rows[place] for place in range(min(len(rows), ROWS))]
    taken, clock = [], time.perf_counter
    with still():
        started = clock()
        for number in range(most):
            row = few[(first + number) % len(few)]
            begin = clock()
            try:
                call(row)
            except Exception:  # code of the user's
                pass
            end = clock()
            taken.append(end - begin)
            if number + 1 >= FEWEST_CALLS and end - started > longest:
                break
    warm = min(WARM_UP, len(taken) // 2)
    places = (first + np.arange(len(taken))) % len(few)
    return Calls(np.array(taken[warm:]), places[warm:])


def beside(call: Callable[[Any], Any], rows: Sequence[Any], most: int, longest: float) -> list[tuple[Calls, Calls]]:
    """(how long `call(row)` takes; how long a piece of arithmetic takes that is always the same and about as long), in
    several turns.
    The second says what the machine does by itself: where it is not idle, the same arithmetic takes
    now this long, now that.
    """
    speed = calls(call, rows, 100, longest / 10).median
    often = max(1, round(speed / max(calls(arithmetic(1), [None], 100).median, 1e-9)))
    each, room = most // TURNS, longest / 2 / TURNS
    turns: list[tuple[Calls, Calls]] = []
    for _ in range(TURNS):
        first = int(turns[-1][0].rows[-1]) + 1 if turns else 0
        same = calls(arithmetic(often), [None], each, room)
        turns.append((calls(call, rows, each, room, first), same))
    return turns


def arithmetic(often: int) -> Callable[[Any], None]:
    """Something to do that takes some microseconds so often, and as many caches as a small network."""
    numbers, doubled = np.ones(NUMBERS, np.float32), np.empty(NUMBERS, np.float32)

    def do(row: Any) -> None:
        for _ in range(often):
            np.multiply(numbers, 2, out=doubled).sum()

    return do


def joined(every: Sequence[Calls]) -> Calls:
    """Calls of several turns as if they were of one."""
    return Calls(np.concatenate([each.seconds for each in every]), np.concatenate([each.rows for each in every]))


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


@dataclass(frozen=True)
class Watched:
    """Many calls: how many, and after each tenth of them the bytes of the process and the blocks that Python holds."""

    calls: int
    bytes: tuple[int, ...]
    blocks: tuple[int, ...]

    @property
    def counted(self) -> int:
        """The calls after the first tenth, in which all that is kept for later is made."""
        return self.calls * (TENTHS - 1) // TENTHS


def watched(call: Callable[[Any], Any], rows: Sequence[Any], most: int, budget: float) -> Watched:
    """What so many calls leave behind, each row in turn; as many of them as fit into the budget, by their speed."""
    speed = max(calls(call, rows, 100, budget / 10).median, 1e-9)
    each = max(1, min(most, int(budget / speed)) // TENTHS)
    done, taken, held = 0, [], []
    for tenth in range(TENTHS):
        begin, stop = time.perf_counter(), each * (tenth + 1)
        while done < stop:
            some = rows[: stop - done]
            for row in some:
                call(row)
            done += len(some)
            if time.perf_counter() - begin > SLOWER * budget / TENTHS:  # than it was: then these will have to do
                break
        each = max(1, done // (tenth + 1))
        if tenth in (0, TENTHS - 1):
            gc.collect()  # which takes a tenth of a second where torch is loaded
        taken.append(resident())
        held.append(sys.getallocatedblocks())
    return Watched(done, tuple(taken), tuple(held))


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
