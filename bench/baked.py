"""What a call of a program costs as a C file, beside the same program in ONNX Runtime and called as a function.

python -m bench.baked [--write]
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import PIL.Image
from bench.made import functions, photos
from bench.made import rows as thirty
from bench.table import Row, finish, side_by_side
from bench.tasks import split

from wisen.find import from_file

FLAGS: tuple[tuple[str, ...], ...] = (("-O2",), ("-O3", "-march=native"))
SOURCE = """
import datetime as dt
from typing import Annotated, Literal
import wisen
from wisen import Image, Next, Past

@wisen.function
def digit(photo: Image) -> Literal[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]:
    "Which digit a scan of 8 x 8 pixels shows."

@wisen.function
def flower(sepal_length: float, sepal_width: float, petal_length: float, petal_width: float) -> Literal[
    "setosa", "versicolor", "virginica"
]:
    "The kind of an iris."

@wisen.function
def leaves(months: int, charges: float, contract: Literal["month", "year", "two years"], paper: bool, pays: Literal[
    "card", "bank", "check"
]) -> bool:
    "Whether a customer leaves, made up."

@wisen.function
def ahead(
    day: dt.date, past: Annotated[list[float], Past(14, "temperature")]
) -> Annotated[list[float], Next(7, "temperature")]:
    "The temperature of the next seven days, made up."
"""
HARNESS = """
#define _POSIX_C_SOURCE 199309L
#include <stdio.h>
#include <time.h>
#include "PROGRAM"
#define ROUNDS 3000
static double times[ROUNDS];
static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}
static unsigned char pixels[1 << 16];
int main(void)
{
    static struct NAME_input input;
    static struct NAME_answer answer;
    for (int i = 0; i < (int)sizeof pixels; i++) pixels[i] = (unsigned char)(i * 7919 >> 3);
    POINTERS
    for (int i = 0; i < 50; i++) NAME(&input, &answer);
    const double before = now();
    NAME(&input, &answer);
    const int calls = 1 + (int)(10 / (now() - before + 0.01)); /* about 10 microseconds, as calls in Python */
    for (int round = 0; round < ROUNDS; round++) {
        const double begin = now();
        for (int call = 0; call < calls; call++) NAME(&input, &answer);
        times[round] = (now() - begin) / calls;
    }
    for (int i = 0; i < ROUNDS; i++)
        for (int j = i + 1; j < ROUNDS; j++)
            if (times[j] < times[i]) { const double t = times[i]; times[i] = times[j]; times[j] = t; }
    printf("%.3f", times[ROUNDS / 2]);
    return 0;
}
"""
HOW = (
    "`session.run` is ONNX Runtime on one thread, with its tensors prepared before, and gives all answers; `f(x)` "
    "takes what a caller has and gives a Python value. Medians, of 3000 times as many calls in C as take 10 µs and of "
    "6000 calls in Python; compiled with gcc. The digits are those of scikit-learn, a quarter held out, and so are the "
    "irises; all others are made up, with the shapes of the gallery."
)


@dataclass(frozen=True)
class Tried:
    """A function with a program, what it is called with, and the same as tensors."""

    name: str
    function: Any
    calls: Sequence[tuple[Any, ...]]

    def tensors(self, call: tuple[Any, ...]) -> dict[str, np.ndarray]:
        """The tensors of a call."""
        signature = self.function.signature
        found: dict[str, np.ndarray] = {}
        values = signature.read(signature.raw(call, {}))
        for feed in self.function.program.feeds:
            found |= feed.arrays([values])
        return found


def main() -> None:
    """Measures each program, and whether it says the same."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        rows = [row for tried in programs(place) for row in measured(tried, place)]
    finish("baked", rows, HOW)


def programs(folder: Path) -> list[Tried]:
    """The functions, trained."""
    made = functions(folder)
    path = folder / "baked_made.py"
    path.write_text(SOURCE)
    own = from_file(path)
    training, held_out = digits()
    own.digit.train(training, budget=60, accept=True)
    irises, flowers = iris()
    own.flower.train(irises, budget=10, accept=True)
    customers, weather = leaving(), temperatures()
    own.leaves.train(customers, budget=20, accept=True)
    own.ahead.train(weather, budget=20, accept=True)
    past = weather["temperature"].to_list()
    days = [(day.date(), past[n - 13 : n + 1]) for n, day in enumerate(weather["day"]) if n >= 13]
    return [
        Tried("digits, 8 x 8", own.digit, held_out),
        Tried("faces, 25 x 25", made.is_face, [(photo,) for photo in photos()]),
        Tried("30 numbers", made.sort, thirty()),
        Tried("irises, 4 numbers", own.flower, flowers),
        Tried("customers, 5 columns", own.leaves, [inputs for inputs, _ in customers]),
        Tried("a week ahead, 14 days", own.ahead, days[:400]),
    ]


def digits() -> tuple[list[Any], list[tuple[Any, ...]]]:
    """(scikit-learn's digits to learn from, those held out)."""
    from sklearn.datasets import load_digits

    found = load_digits()
    pixels = np.round(found.images * 255 / 16).astype(np.uint8)
    training, held_out = split({"pixels": pixels, "answer": found.target}, 0, stratify=True)
    pictures = [PIL.Image.fromarray(each) for each in training["pixels"]]
    labels = [int(label) for label in training["answer"]]
    return list(zip(pictures, labels, strict=True)), [(PIL.Image.fromarray(each),) for each in held_out["pixels"]]


def iris() -> tuple[list[Any], list[tuple[Any, ...]]]:
    """(scikit-learn's irises to learn from, those held out)."""
    from sklearn.datasets import load_iris

    found = load_iris()
    names = np.array(found.target_names)[found.target]
    training, held_out = split({"rows": found.data, "answer": names}, 0, stratify=True)
    pairs = [
        (tuple(map(float, row)), str(name)) for row, name in zip(training["rows"], training["answer"], strict=True)
    ]
    return pairs, [tuple(map(float, row)) for row in held_out["rows"]]


def leaving(count: int = 1500) -> list[Any]:
    """Customers and whether they leave, by chance."""
    rng = np.random.default_rng(0)
    found = []
    for _ in range(count):
        months, charges = int(rng.integers(0, 72)), float(rng.uniform(20, 120))
        contract, pays = str(rng.choice(["month", "year", "two years"])), str(rng.choice(["card", "bank", "check"]))
        likely = 0.8 - months / 80 + (charges - 70) / 200 - (contract != "month") * 0.3
        found.append(((months, charges, contract, bool(rng.random() < 0.5), pays), bool(rng.random() < likely)))
    return found


def temperatures(count: int = 1200) -> Any:
    """A table of days and temperatures."""
    rng = np.random.default_rng(0)
    noise = np.convolve(rng.normal(size=count + 5), np.ones(6) / 2, "valid")
    values = 12 + 9 * np.sin(np.arange(count) / 58.1) + noise
    return pandas.DataFrame({"day": pandas.date_range("2020-01-01", periods=count), "temperature": values})


def measured(tried: Tried, folder: Path) -> list[Row]:
    """The rows of one program."""
    program = tried.function.program
    source = tried.function.bake("c", folder / f"{program.manifest['function']}.c")
    calls, tensors = cycle(tried.calls), cycle([tried.tensors(call) for call in tried.calls])
    found = side_by_side(
        {
            "run": lambda: program.session.run(program.names, next(tensors)),
            "call": lambda: tried.function(*next(calls)),
        }
    )
    peer = f"`session.run` {found['run']:.1f} µs, `f(x)` {found['call']:.1f} µs"
    rows = []
    for flags in FLAGS:
        time = in_c(source, flags)
        name = f"{tried.name}: a call in C, gcc {' '.join(flags)}"
        must = tried.name.startswith("digits")  # without AVX no compiler can
        rows.append(
            Row(name, f"{time:.2f} µs", peer, "`session.run`" if must else "", time < found["run"] if must else None)
        )
    others, worst = differing(tried, source)
    count = len(tried.calls)
    rows.append(
        Row(
            f"{tried.name}: other answers than the ONNX file",
            f"{others} of {count}",
            f"numbers at most {worst:.0e} apart",
            "0",
            not others,
        )
    )
    return rows


def in_c(source: Path, flags: Sequence[str]) -> float:
    """The microseconds of a call in C."""
    text = source.read_text(encoding="utf-8")
    name = text_of(r"^int (\w+)\(const struct", text)
    pointers = " ".join(f"input.{each} = pixels;" for each in re.findall(r"const uint8_t \*(\w+);", text))
    words = {"PROGRAM": str(source), "NAME": name, "POINTERS": pointers}
    harness = source.with_name("harness.c")
    harness.write_text(re.sub("PROGRAM|NAME|POINTERS", lambda found: words[found[0]], HARNESS), encoding="utf-8")
    command = source.with_name("harness")
    subprocess.run(["gcc", "-std=c99", *flags, str(harness), "-lm", "-o", str(command)], check=True)
    return float(subprocess.run([str(command)], check=True, capture_output=True, text=True).stdout)


def text_of(pattern: str, text: str) -> str:
    """The first group of a pattern in a text."""
    found = re.search(pattern, text, re.MULTILINE)
    assert found is not None
    return found[1]


def differing(tried: Tried, source: Path) -> tuple[int, float]:
    """(how many answers differ in a label, how far numbers are apart at most)."""
    from tests.bake.compiled import Baked, farthest

    every = [tried.tensors(call) for call in tried.calls]
    together = {name: np.concatenate([each[name] for each in every]) for name in every[0]}
    worst, others = farthest(tried.function.program, Baked.of(source, "-O2"), together)
    return others, worst


if __name__ == "__main__":
    main()
