"""Breaks trainings on purpose: `python -m tests.faults KILLS`, which scripts/faults runs.

Kills a training at random moments, and fills the disk at each of its writes. Afterwards the old program or the
new one has to be whole, and the same command has to finish.
"""

from __future__ import annotations

import builtins
import contextlib
import errno
import io
import itertools
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tests.conftest import imported
from wisen import state
from wisen.errors import WisenError
from wisen.program import load

SOURCE = """
import random
from typing import Literal
import wisen

def trunk():
    import torch

    return torch.nn.Sequential(torch.nn.LazyLinear(8), torch.nn.Tanh())

@wisen.function(network=trunk)
def place(x: float, y: float, colour: Literal["red", "blue"]) -> Literal["in", "out"]:
    "Where a point lies."
    return "in" if x + y > 1 and colour == "red" else "out"

def rows():
    chance = random.Random(0)
    rows = [(chance.random(), chance.random(), chance.choice(["red", "blue"])) for _ in range(200)]
    return [(row, "in" if row[0] + row[1] > 1 and row[2] == "red" else "out") for row in rows]
"""
PROGRAM = "places.place.onnx"
OLD, NEW = 1, 0
"""The seeds of the program that is there already, and of the training that is disturbed."""
FORKS = multiprocessing.get_context("forkserver")
"""Where the processes of trainings come from: one that has imported all that they need."""
IMPORTED = [
    "tests.conftest",
    "wisen.train",
    "torch",
    "spox",
    "onnxruntime",
    "scipy.optimize",
    "scipy.stats",
    "filelock",
]
ASKED = [(n / 20, 1 - n / 30, "red" if n % 3 else "blue") for n in range(20)]


# ---- kill -9 -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Undisturbed:
    """What comes of a training that nothing disturbs: what the programs before and after it say, and how it went."""

    folder: Path
    old: bytes
    before: list[Any]
    after: list[Any]
    events: int
    seconds: float
    """From the start to the first event."""
    rest: float
    """From the last event, when the weights are known, to the end."""


def training(folder: Path, seed: int, told: Connection) -> None:
    """Trains in this process and tells each event; the budget is so large that no clock decides when it ends."""
    from wisen.descent import loop

    loop.SAVE_EVERY, loop.SELDOM = 0.0, 0  # so that many of all moments are those of a checkpoint
    made = imported(folder / "places.py")
    made.place.train(
        made.rows(), budget=600, accept=True, seed=seed, listen=lambda event: told.send(type(event).__name__)
    )


def started(folder: Path, seed: int) -> tuple[Any, Connection]:
    """(a training in a process of its own, what it tells)."""
    FORKS.set_forkserver_preload(IMPORTED)
    told, tells = FORKS.Pipe(duplex=False)
    process = FORKS.Process(target=training, args=(folder, seed, tells))
    process.start()
    tells.close()
    return process, told


def events(told: Connection) -> Iterator[str]:
    """The names of the events of a training, as they happen."""
    with contextlib.suppress(EOFError):
        while True:
            yield told.recv()


def finished(folder: Path, seed: int = NEW) -> list[Any]:
    """What the program says that the same training, undisturbed, ends with."""
    process, told = started(folder, seed)
    for _ in events(told):
        pass
    process.join()
    assert process.exitcode == 0
    return said(folder / PROGRAM)


def said(path: Path) -> list[Any]:
    """The answers of a program, which has to be whole, and how sure it is of them."""
    program = load(path)
    return [program.predict(row) for row in ASKED]


def undisturbed(folder: Path) -> Undisturbed:
    """Trains both programs in a folder."""
    (folder / "places.py").write_text(SOURCE)
    before = finished(folder, OLD)
    old = (folder / PROGRAM).read_bytes()
    begin = time.monotonic()
    process, told = started(folder, NEW)
    moments = [time.monotonic() for _ in events(told)]
    process.join()
    end = time.monotonic()
    after = said(folder / PROGRAM)
    assert before != after and len(moments) > 20
    return Undisturbed(folder, old, before, after, len(moments), moments[0] - begin, end - moments[-1])


def anew(case: Undisturbed) -> None:
    """Puts the folder back to where only the old program is there."""
    for path in [*state.folder(case.folder / PROGRAM).iterdir(), *case.folder.glob(f"{state.WRITING}*")]:
        path.unlink()
    (case.folder / PROGRAM).write_bytes(case.old)


def killed(case: Undisturbed, chance: random.Random) -> str:
    """Where in its training a process was killed; raises AssertionError where something is not whole afterwards."""
    anew(case)
    process, told = started(case.folder, NEW)
    where = chance.choice(["start", "learning", "learning", "learning", "end", "end"])
    if where == "start":
        time.sleep(chance.uniform(0, case.seconds))
    else:
        count = case.events if where == "end" else chance.randrange(1, case.events)
        list(itertools.islice(events(told), count))
        time.sleep(chance.uniform(0, case.rest if where == "end" else 0.05))
    process.kill()
    process.join()
    new = (case.folder / PROGRAM).read_bytes() != case.old
    assert said(case.folder / PROGRAM) == (case.after if new else case.before)
    half = len(halves(case.folder))
    assert finished(case.folder) == case.after
    assert not halves(case.folder), f"left behind: {halves(case.folder)}"
    return f"{where}{', new program' if new else ''}{', a half-written file' if half else ''}"


def halves(folder: Path) -> list[Path]:
    """Files that were being written."""
    return list(folder.rglob(f"{state.WRITING}*"))


# ---- a full disk -------------------------------------------------------------------------------


@dataclass
class Disk:
    """A disk that has no room for the write with a number, and what has been written so far."""

    folder: Path
    full: int = -1
    code: int = errno.ENOSPC
    writes: list[str] = field(default_factory=list)

    def counted(self, what: str, path: Any) -> bool:
        """Whether there is room for a write; one that is not in the folder is not counted."""
        if isinstance(path, (str, os.PathLike)) and str(self.folder) not in os.fspath(path):
            return True
        name = Path(path).name if isinstance(path, (str, os.PathLike)) else ""
        self.writes.append(f"{what} {name}")
        return len(self.writes) - 1 != self.full

    def refuse(self) -> None:
        """Raises what the system says."""
        raise OSError(self.code, os.strerror(self.code))

    def patched(self, what: str, real: Callable[..., Any]) -> Callable[..., Any]:
        """A function of `os` that writes, which says so before."""

        def write(path: Any, *more: Any, **options: Any) -> Any:
            creates = (
                bool(more and more[0] & os.O_CREAT) if what == "open" else not (what == "mkdir" and Path(path).is_dir())
            )
            if creates and not self.counted(what, path):
                self.refuse()
            return real(path, *more, **options)

        return write

    def opened(self, file: Any, mode: str = "r", *more: Any, **options: Any) -> Any:
        """What `open` gives; a file for which there is no room holds half of something."""
        if "r" not in mode and isinstance(file, (str, os.PathLike)) and not self.counted("write", file):
            Path(file).touch()
            os.truncate(file, 9)
            self.refuse()
        return OPEN(file, mode, *more, **options)

    @contextlib.contextmanager
    def __call__(self) -> Iterator[Disk]:
        """Counts and refuses for a while."""
        every = {name: getattr(os, name) for name in ("open", "mkdir", "fsync", "chmod", "replace")}
        try:
            for name, real in every.items():
                setattr(os, name, self.patched(name, real))
            io.open = builtins.open = self.opened
            yield self
        finally:
            for name, real in every.items():
                setattr(os, name, real)
            io.open = builtins.open = OPEN


OPEN = io.open


def filled(
    folder: Path, work: Callable[[], Any], whole: Callable[[], Any], again: Callable[[], Any], every: int = 1
) -> list[str]:
    """The writes of some work, at each of which the disk was full once; raises AssertionError where that did harm.

    `again` puts everything back, `whole` says what must not change but by the work's success; `every` second or
    third write may do.
    """
    again()
    with Disk(folder)() as disk:
        work()
    assert disk.writes
    for number, write in list(enumerate(disk.writes))[::every]:
        again()
        before = whole()
        try:
            with Disk(folder, number)():
                work()
            raise AssertionError(f"nobody said that the disk was full at {write}")
        except WisenError as error:
            assert "be written: the disk is full\n" in str(error), f"{write}: {error}"
        assert whole() == before, f"{write}: what stood there is harmed"
        assert not halves(folder), f"{write}: left behind {halves(folder)}"
        work()  # there is room again
        assert whole() != before, write
    return disk.writes


def trainings(folder: Path, accept: bool) -> tuple[Callable[[], Any], Callable[[], Any], Callable[[], None]]:
    """A training from a table that is over soon, which program there is, and how to begin anew."""
    (folder / "places.py").write_text(SOURCE)
    made = imported(folder / "places.py")
    lines = "\n".join(f"{x},{y},{colour},{out}" for (x, y, colour), out in made.rows())
    (folder / "rows.csv").write_text(f"x,y,colour,place\n{lines}")
    place = made.place
    kept = place.path if accept else state.candidate(place.path)

    def train(seed: int = NEW) -> Any:
        return place.train(folder / "rows.csv", budget=0, accept=accept, seed=seed, listen=lambda event: None)

    train(OLD)
    old = kept.read_bytes()

    def again() -> None:
        for path in [*state.folder(place.path).iterdir(), place.path]:
            path.unlink(missing_ok=True)
        kept.write_bytes(old)
        place.reload()

    def whole() -> Any:
        assert load(kept).manifest["function"] == "place"
        return kept.read_bytes(), place.path.exists() and place(*ASKED[0])

    return train, whole, again


# ---- the command -------------------------------------------------------------------------------


def tell(line: str) -> None:
    """Prints a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(kills: int) -> int:
    """The exit code after so many kills, and a full disk at every write."""
    chance = random.Random()
    with tempfile.TemporaryDirectory() as folder:
        case = undisturbed(Path(folder))
        tell(f"undisturbed: {case.events} events, {case.seconds:.1f} s to the first, {case.rest:.2f} s after the last")
        met: Counter[str] = Counter()
        for number in range(kills):
            where = killed(case, chance)
            met[where] += 1
            tell(f"kill {number + 1}: {where}; old or new is whole, and the same command finished")
        tell(f"{kills} kills: {', '.join(f'{count} in {where}' for where, count in sorted(met.items()))}")
    for accept in (True, False):
        with tempfile.TemporaryDirectory() as folder:
            writes = filled(Path(folder), *trainings(Path(folder), accept))
            tell(f"a full disk at each of {len(writes)} writes of a {'program' if accept else 'candidate'}: fine")
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
