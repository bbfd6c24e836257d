"""A million rows, and many photographs: how much memory and time they take, beside scikit-learn and Pillow.

python -m bench.large [--rows 1000000] [--pictures 50000] [--budget 60] [--write]

Both are made up: answers follow from a crooked function of 7 of 30 numbers with noise, so that no model is
right on all; pictures are coloured clouds with noise, 500 x 375 pixels, saved as JPEG.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from bench.table import ROOT, Row, finish

COLUMNS = 30
HELD_OUT = 100_000
READINGS = 3
MOST_MEMORY, LEAST_ROWS, MOST_READING, LEVEL = 4.0, 200_000, 1.2, 0.002

HOW = (
    "Each a process of its own from start to end, once: {rows:,} rows of 30 numbers, {held_out:,} more to judge by, "
    "`--budget {budget}s`; HistGradientBoosting as it comes. Memory is the peak. {pictures:,} pictures; wisen reads "
    "and hashes them, Pillow alone decodes them, both with a thread for each processor, three times in turns: medians."
)


@dataclass(frozen=True)
class Done:
    """A process that came to its end: seconds, gigabytes at its peak, and what it printed."""

    seconds: float
    memory: float
    said: str

    @property
    def figures(self) -> dict[str, float]:
        """What it printed last, as JSON."""
        found: dict[str, float] = json.loads(self.said.strip().splitlines()[-1])
        return found


def main() -> None:
    """Measures and shows the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--pictures", type=int, default=50_000)
    parser.add_argument("--budget", type=int, default=60)
    parser.add_argument("--write", action="store_true")
    typed = parser.parse_args()
    with tempfile.TemporaryDirectory() as there:
        found = rows(Path(there), typed.rows, typed.budget) + pictures(Path(there), typed.pictures)
    finish("large", found, HOW.format(held_out=HELD_OUT, **vars(typed)))


def rows(there: Path, count: int, budget: int) -> list[Row]:
    """The rows about a large table."""
    training, held_out, module, model = (there / name for name in ("a.parquet", "b.parquet", "f.py", "model"))
    made(training, count, 0)
    made(held_out, HELD_OUT, 1)
    names = ", ".join(f"x{place}: float" for place in range(COLUMNS))
    module.write_text(f"import wisen\n\n\n@wisen.function\ndef guess({names}) -> bool: ...\n", encoding="utf-8")
    words: list[str | Path] = [
        "--examples",
        training,
        "--held-out",
        held_out,
        "--budget",
        f"{budget}s",
        "--accept",
        "--json",
    ]
    mine = process("-m", "wisen", "train", f"{module}:guess", *words)
    peer = process("-m", "bench.peers.large", "fit", training, held_out, model)
    right, its = accuracy(mine), peer.figures["accuracy"]
    memory = f"HistGB {peer.memory:.2f} GB"
    found = [
        Row("training: memory", f"{mine.memory:.2f} GB", memory, f"{MOST_MEMORY:g} GB", mine.memory <= MOST_MEMORY),
        Row("training: accuracy", f"{right:.4f}", f"HistGB {its:.4f}", "level", right >= its - LEVEL),
        Row("training: seconds", f"{mine.seconds:.0f} s", f"HistGB {peer.seconds:.0f} s"),
    ]
    for suffix in (".parquet", ".csv"):
        source = training if suffix == ".parquet" else as_csv(training)
        to = there / f"out{suffix}"
        mine = process("-m", "wisen", "run", f"{module}:guess", "--table", source, "--to", to, "--as", "said")
        peer = process("-m", "bench.peers.large", "predict", source, model, to)
        speed, other = count / mine.seconds, f"scikit-learn {count / peer.seconds:,.0f}, {peer.memory:.2f} GB"
        what = f"`wisen run` {suffix}: rows a second"
        found.append(Row(what, f"{speed:,.0f}, {mine.memory:.2f} GB", other, f"{LEAST_ROWS:,}", speed >= LEAST_ROWS))
    return found


def accuracy(done: Done) -> float:
    """The program's accuracy in the report of `wisen train --json`."""
    (output,) = json.loads(done.said)["outputs"].values()
    return float(output["scores"]["learned"]["metrics"]["accuracy"])


def pictures(there: Path, count: int) -> list[Row]:
    """The row about many pictures: both in turns, and the medians of their seconds."""
    folder = there / "pictures"
    paths = [folder / ("yes" if number % 2 else "no") / f"{number}.jpg" for number in range(count)]
    with ProcessPoolExecutor() as pool:
        list(pool.map(picture, paths, range(count), chunksize=100))
    process("-m", "bench.peers.large", "decode", folder)  # the first one fills the disk's cache
    turns = [[process("-m", "bench.peers.large", verb, folder) for verb in ("decode", "read")] for _ in range(READINGS)]
    peers, mine = zip(*turns, strict=True)
    theirs, own = (statistics.median(each.figures["seconds"] for each in every) for every in (peers, mine))
    other = f"Pillow {count / theirs:,.0f} pictures a second, {max(each.memory for each in peers):.2f} GB"
    value, share = f"{own / theirs:.2f}, {max(each.memory for each in mine):.2f} GB", own / theirs
    return [Row("reading JPEG files, times Pillow", value, other, f"{MOST_READING:g}", share <= MOST_READING)]


def made(path: Path, count: int, seed: int) -> None:
    """Writes a table of numbers and answers."""
    import pyarrow
    from pyarrow import parquet

    chance = np.random.default_rng(seed)
    x = chance.normal(size=(count, COLUMNS)).astype(np.float32)
    bent = np.sin(2 * x[:, 0]) + x[:, 1] * x[:, 2] + np.abs(x[:, 3]) - 1 + x[:, 4] / 2 + (x[:, 5] > 0.5) * x[:, 6]
    columns = {f"x{place}": x[:, place] for place in range(COLUMNS)}
    parquet.write_table(pyarrow.table({**columns, "answer": bent + chance.logistic(size=count) / 2 > 0}), path)


def as_csv(path: Path) -> Path:
    """The same table as a CSV file."""
    from pyarrow import csv, parquet

    to = path.with_suffix(".csv")
    csv.write_csv(parquet.read_table(path), to)
    return to


def picture(path: Path, seed: int) -> None:
    """Writes a coloured cloud with noise."""
    import PIL.Image

    chance = np.random.default_rng(seed)
    cloud = PIL.Image.fromarray(chance.integers(0, 256, (12, 16, 3)).astype(np.uint8))
    smooth = np.asarray(cloud.resize((500, 375), PIL.Image.Resampling.BICUBIC)).astype(np.int64)
    grainy = smooth + chance.integers(-12, 12, (375, 500, 1))
    path.parent.mkdir(parents=True, exist_ok=True)
    PIL.Image.fromarray(grainy.clip(0, 255).astype(np.uint8)).save(path, quality=85)


def process(*words: str | Path) -> Done:
    """A Python process with these words, run to its end."""
    print(" ".join(str(word) for word in words[1:4]), flush=True)
    begin = time.perf_counter()
    with tempfile.TemporaryFile("w+") as said:
        started = subprocess.Popen([sys.executable, *words], cwd=ROOT, stdout=said)
        _, status, usage = os.wait4(started.pid, 0)
        seconds, code = time.perf_counter() - begin, os.waitstatus_to_exitcode(status)
        if code not in (0, 1):  # 1: not better, which is an answer too
            raise SystemExit(code)
        said.seek(0)
        return Done(seconds, usage.ru_maxrss / 2**20, said.read())


if __name__ == "__main__":
    main()
