"""What a call costs, beside onnxruntime alone: `session.run` with the array prepared before.

python -m bench.calls [--write]
"""

from __future__ import annotations

import tempfile
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
from bench.made import NUMBERS, functions, photos, rows
from bench.table import Row, finish, side_by_side

HOW = (
    "Medians of 6000 single calls, taken in turns, each with other values than the one before. "
    "`session.run` gets an array that was prepared before and gives the answer's tensor; the call gets what a "
    "caller has and gives a Python value. The functions are made up, with the shapes of the gallery's cancer and faces."
)


def main() -> None:
    """Measures calls with numbers and with pictures."""
    with tempfile.TemporaryDirectory() as folder:
        made = functions(Path(folder))
        finish("calls", [*numbers(made.sort), *pictures(made.is_face)], HOW)


def numbers(sort: Any) -> list[Row]:
    """Calls with thirty numbers."""
    plain = cycle(rows())
    named = cycle([dict(zip(NUMBERS, row, strict=True)) for row in rows()])
    arrays = cycle([np.array(row) for row in rows()])
    given = cycle([{"numbers": np.array([row], np.float32)} for row in rows()])
    run = sort.program.session.run
    found = side_by_side(
        {
            "run": lambda: run(["answer"], next(given)),
            "call": lambda: sort(*next(plain)),
            "named": lambda: sort(**next(named)),
            "array": lambda: sort(*next(arrays)),
            "predict": lambda: sort.predict(*next(plain)),
        }
    )
    call, alone = found["call"], found["run"]
    peer = f"`session.run` {alone:.1f} µs"
    return [
        Row("a call with 30 numbers", f"{call:.1f} µs", peer, "40 µs", call <= 40),
        Row("the same, times `session.run`", f"{call / alone:.2f}", peer, "2", call <= 2 * alone),
        Row("the same, by keywords", f"{found['named']:.1f} µs", peer),
        Row("the same, with numpy's floats", f"{found['array']:.1f} µs", peer),
        Row("`predict` with 30 numbers", f"{found['predict']:.1f} µs", peer),
    ]


def pictures(is_face: Any) -> list[Row]:
    """Calls with a picture in memory."""
    images = cycle(photos())
    arrays = cycle([np.asarray(photo) for photo in photos()])
    given = cycle([{"photo": np.asarray(photo)[None, :, :, None].copy()} for photo in photos()])
    run = is_face.program.session.run
    found = side_by_side(
        {
            "run": lambda: run(["answer"], next(given)),
            "image": lambda: is_face(next(images)),
            "array": lambda: is_face(next(arrays)),
        }
    )
    alone = found["run"]
    peer = f"`session.run` {alone:.1f} µs"
    lines = []
    for name, what in (("image", "a call with a 25 x 25 PIL image"), ("array", "a call with a 25 x 25 array")):
        lines.append(Row(what, f"{found[name]:.1f} µs", peer))
        value = f"{found[name] / alone:.2f}"
        lines.append(Row("the same, times `session.run`", value, peer, "1.5", found[name] <= 1.5 * alone))
    return lines


if __name__ == "__main__":
    main()
