"""What a start costs: whole processes, from nothing to the first answer.

python -m bench.start [--write]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from bench.made import functions, rows
from bench.table import Row, finish, processes

HOW = "Medians of 15 whole processes each, taken in turns, after one that is not counted."
FIRST = (
    "import sys, wisen, made; answer = made.sort(*{row}); assert made.sort.program is not None; "
    "assert 'torch' not in sys.modules, 'torch was imported'"
)
ALONE = (
    "import numpy, onnxruntime; s = onnxruntime.InferenceSession({path!r}); "
    "s.run(None, {{'numbers': numpy.array([{row}], numpy.float32)}})"
)


def main() -> None:
    """Measures imports, a first call and the command line's help."""
    python = sys.executable
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = functions(folder)
        row = rows(1)[0]
        found = processes(
            {
                "nothing": [python, "-c", "pass"],
                "import": [python, "-c", "import wisen"],
                "alone": [python, "-c", ALONE.format(path=str(made.sort.path), row=row)],
                "first": [python, "-c", FIRST.format(row=row)],
                "help": [Path(python).with_name("wisen"), "--help"],
            },
            folder=folder,
        )
    nothing = f"`python -c pass` {found['nothing']:.2f} s"
    alone = f"onnxruntime alone {found['alone']:.2f} s"
    first, asked = found["first"], found["help"]
    lines = [
        Row("`import wisen`", f"{found['import']:.2f} s", nothing),
        Row("`import wisen` and a first call, torch never imported", f"{first:.2f} s", alone, "0.6 s", first <= 0.6),
        Row("`wisen --help`", f"{asked:.2f} s", nothing, "0.4 s", asked <= 0.4),
    ]
    finish("start", lines, HOW)


if __name__ == "__main__":
    main()
