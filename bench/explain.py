"""What an explanation costs, beside a forward and a backward pass of the network; and the memory of a large picture.

python -m bench.explain [--write]
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from bench.made import functions, photos
from bench.table import Row, finish

from wisen.explain import METHODS, asked, best, explained
from wisen.explain.leaves import Leaves

HOW = (
    "Medians of five (of fifteen passes), one thread, of the gallery's faces with made-up pictures of 25 x 25: the "
    "time that a method takes once the network is built, without its tests; `auto` is all methods and all tests. The "
    "picture of 10 megapixels is explained by `auto` in a process of its own; its memory is all that the process had."
)
SLOPES = {"gradients": 20, "inputs": 20, "gradcam": 20}
LARGE = """
import resource, sys
sys.path.insert(0, {folder!r})
import made, numpy, PIL.Image
pixels = numpy.random.default_rng(0).integers(0, 256, (2600, 3900), numpy.uint8)
made.is_face.explain(PIL.Image.fromarray(pixels))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def median(call: Callable[[], object], times: int = 15) -> float:
    """Seconds that a call takes, after one that is not counted."""
    call()
    found = []
    for _ in range(times):
        begin = time.perf_counter()
        call()
        found.append(time.perf_counter() - begin)
    return statistics.median(found)


def main() -> None:
    """Measures every method."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        made = functions(Path(name))
        case = asked(made.is_face, [photos(1)[0]])
        leaves = Leaves(case)

        def once() -> None:
            numbers = tuple(each.clone().requires_grad_() for each in leaves.inputs)
            torch.autograd.grad(leaves.forward(*numbers).sum(), numbers)

        alone = median(once)
        told = f"forward and backward {alone * 1e3:.1f} ms"
        rows = []
        for method, row in METHODS.items():
            if row.refuses(case):
                continue
            took = median(lambda method=method: explained(case, method, scored=False), 5)  # type: ignore[misc]
            most = SLOPES.get(method)
            reach = f"{most} times" if most else ""
            value = f"{took * 1e3:.1f} ms, {took / alone:.1f} times"
            rows.append(Row(f"`{method}`", value, told, reach, took <= most * alone if most else None))
        took = median(lambda: best(case), 3)
        rows.append(Row("`auto`, with all tests", f"{took:.2f} s", told))
        code = LARGE.format(folder=name)
        said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    memory = int(said.stdout.split()[-1]) / 1024
    rows.append(Row("memory of a picture of 10 megapixels", f"{memory:.0f} MB", "", "1024 MB", memory <= 1024))
    finish("explain", rows, HOW)


if __name__ == "__main__":
    main()
