"""Pages that run programs, beside Python: are the answers the same, how large is a page, how long does it take?

python -m bench.pages FILE:FUNCTION EXAMPLES [FILE:FUNCTION EXAMPLES ...] [--time COLUMN] [--count 100]

The page of each function's program is opened from disk in Chromium and answers examples, as Python does. Printed is on
how many the answer is the same, how far probabilities lie apart at most, the bytes of the page, the seconds until it
can answer, and the median time of a call in the page and of `session.run` in Python.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from tests.explain.browser import Browser

from wisen.bake import bake
from wisen.examples import known
from wisen.find import find
from wisen.program import Program
from wisen.train import standing

ASK = "(async rows => { const said = []; for (const row of rows) said.push(await wisen.answer(row)); return said; })"
NEAR = 1e-4
"""How far numbers may lie apart, as a part of the larger one, where they are the same answer."""


def main() -> None:
    """Prints a line for each function."""
    words = sys.argv[1:]
    options = {name: words[words.index(name) + 1] for name in ("--time", "--count") if name in words}
    rest = [word for n, word in enumerate(words) if word not in options and (n == 0 or words[n - 1] not in options)]
    print("| function | same answers | probabilities apart | page | opens in | a call in it | `session.run` |")
    print("|---|---|---|---|---|---|---|")
    with Browser() as browser:
        for name, source in zip(rest[::2], rest[1::2], strict=True):
            print(measured(browser, name, source, int(options.get("--count", 100)), options.get("--time")))


def measured(browser: Browser, name: str, source: str, count: int, when: str | None) -> str:
    """The line of a function."""
    function: Any = find(name)
    program, path = standing(function)
    examples = known(source, function.signature, time=when)
    step = max(1, len(examples) // count)
    rows = [[examples.inputs[c.name][place] for c in program.inputs] for place in range(0, len(examples), step)][:count]
    with tempfile.TemporaryDirectory() as folder:
        page = bake(path, "html", Path(folder) / "page.html")
        begun = time.perf_counter()
        browser.open(page)
        opened = time.perf_counter() - begun
        raw = [{c.name: c.kind.write(v) for c, v in zip(program.inputs, row, strict=True)} for row in rows]
        said = browser.js(f"{ASK}({json.dumps(raw)})")
        size = page.stat().st_size
    same, apart = compared(program, rows, said)
    here = np.median([answered["milliseconds"] for answered in said])
    return (
        f"| `{function.name}` | {same} of {len(rows)} | {apart:.0e} | {size / 1e6:.1f} MB | {opened:.1f} s "
        f"| {here:.1f} ms | {1e3 * session_time(program, rows):.2f} ms |"
    )


def session_time(program: Program, rows: list[list[Any]]) -> float:
    """The median seconds of a run of the session."""
    spent = []
    for row in rows:
        given = program.given(row)
        begun = time.perf_counter()
        program.run(program.names, given)
        spent.append(time.perf_counter() - begun)
    return float(np.median(spent))


def compared(program: Program, rows: list[list[Any]], said: list[Any]) -> tuple[int, float]:
    """(how many answers are the same, how far probabilities lie apart at most)."""
    same, apart = 0, 0.0
    for row, found in zip(rows, said, strict=True):
        right = True
        for column, wanted in zip(program.outputs, program.predict(row), strict=True):
            part = found["parts"][column.name] if "parts" in found else found
            right &= alike(column.kind.write(wanted.value), part["value"])
            if wanted.probability is not None:
                apart = max(apart, abs(wanted.probability - part["probability"]))
        same += right
    return same, apart


def alike(one: Any, other: Any) -> bool:
    """Whether two answers are the same, numbers but for their rounding."""
    if isinstance(one, str) and not isinstance(other, str):  # as JSON, where it is a list of more than numbers
        one = json.loads(one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, dict):
        return all(alike(one[key], other[key]) for key in one)
    if isinstance(one, float):
        return bool(abs(one - other) <= NEAR * max(1.0, abs(one)))
    return type(one) is type(other) and bool(one == other)


if __name__ == "__main__":
    main()
