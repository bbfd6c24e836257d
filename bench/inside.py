"""What can be seen inside the gallery's programs: code, counterfactuals, nearest examples, the pixel view.

python -m bench.inside [--write]

The programs are those that are installed, or candidates; what is missing is trained first, as `scripts/gallery` does.
"""

from __future__ import annotations

import statistics
import subprocess
import time
from collections import Counter
from typing import Any

import numpy as np
from bench.table import Row, finish
from gallery.entries import ENTRIES, GALLERY
from gallery.measure import train

from wisen import state
from wisen.explain.as_code import as_code_of
from wisen.explain.counterfactual import Search, turned
from wisen.explain.known import Known, known
from wisen.explain.neighbours import nearest_to
from wisen.explain.pixels import viewed
from wisen.names import exists

HOW = (
    "On held-out examples of the gallery's programs. The code has at most 16 answers; validation chooses its size. "
    "Counterfactuals are of {asked} rows each; the nearest example with another answer is the same row with all "
    "that differs taken from it, at the same measure. What it takes for alike: the commonest label among the 5 nearest."
)
ASKED = 60
ROWS = ("will_leave", "diagnosis")
PICTURES = ("is_face",)


def main() -> None:
    """Measures all of it."""
    lines = []
    for name in ROWS:
        what = of(name)
        lines += [*code(name, what), *counterfactuals(name, what), alike(name, what)]
    for name in PICTURES:
        what = of(name)
        lines += [alike(name, what), page(name, what)]
    finish("inside", lines, HOW.format(asked=ASKED))


def of(name: str) -> Known:
    """What is known of an entry's program."""
    import sys

    entry = ENTRIES[name]
    subprocess.run([sys.executable, "-m", f"gallery.{entry.folder}.examples"], cwd=GALLERY.parent, check=True)
    function = entry.load()
    if not exists(function.path) and not exists(state.candidate(function.path)):
        train(entry)
    return known(function)


def code(name: str, what: Known) -> list[Row]:
    """How much of the program its code is."""
    found = as_code_of(what)
    agree, scores = found.agreement[0], found.scores
    program, hand = scores["the program"], scores["by hand"]
    compared = f"the program {program.value:.3f}, by hand {hand.value:.3f}"
    return [
        Row(f"{name}: code of {found.leaves} answers, as the program", f"{agree.value:.3f}"),
        Row(f"{name}: {program.name} of that code", f"{scores['this code'].value:.3f}", compared),
    ]


def counterfactuals(name: str, what: Known) -> list[Row]:
    """How small the changes are that turn an answer, and whether they do."""
    sizes, changed, others, seconds, missed, wrong = [], [], [], [], 0, 0
    for row in what.held_out.rows()[:ASKED]:
        begin = time.perf_counter()
        found = turned(what, row).found
        seconds.append(time.perf_counter() - begin)
        if not found:
            missed += 1
            continue
        answers = what.program.batch([list(row), list(found[0].values)])[0][what.place]
        wrong += answers[0] == answers[1]
        sizes.append(found[0].size)
        changed.append(len(found[0].changes))
        others.append(nearest_other(what, list(row)))
    half = statistics.median(sizes)
    return [
        Row(f"{name}: rows whose answer was turned", f"{ASKED - missed - wrong} of {ASKED}"),
        Row(
            f"{name}: size of the change, median",
            f"{half:.3f}",
            f"nearest example with another answer {statistics.median(others):.3f}",
        ),
        Row(f"{name}: inputs changed, mean", f"{statistics.mean(changed):.2f}"),
        Row(f"{name}: one counterfactual, median", f"{statistics.median(seconds):.2f} s"),
    ]


def nearest_other(what: Known, row: list[Any]) -> float:
    """How far the nearest example with another answer lies from a row."""
    search = Search(what, row, None, ())
    answers = what.program.whole(search.learning.columns())[0][what.place]
    there = [place for place, answer in enumerate(answers) if answer != search.answer]
    inputs = search.learning.columns()
    total = np.zeros(len(there))
    for place, asking in search.asking.items():
        total += asking.distances(row[place], [inputs[place][at] for at in there])
    return float(total.min())


def alike(name: str, what: Known) -> Row:
    """How often the commonest label among the nearest examples is the true one."""
    truths, rows = what.held_out.outputs[what.column.name], what.held_out.rows()
    right, asked = 0, min(ASKED, len(rows))
    for place in range(asked):
        labels = Counter(each.truth for each in nearest_to(what, rows[place]).nearest)
        right += labels.most_common(1)[0][0] == truths[place]
    answers = what.program.batch([list(row) for row in rows[:asked]])[0][what.place]
    program = sum(answer == truth for answer, truth in zip(answers, truths, strict=False)) / asked
    return Row(f"{name}: right by the 5 nearest", f"{right / asked:.3f}", f"the program {program:.3f}, on the same")


def page(name: str, what: Known) -> Row:
    """What a page of the pixel view weighs, and how long it takes to write."""
    row = what.held_out.rows()[0]
    begin = time.perf_counter()
    view = viewed(what.function, row)
    seconds = time.perf_counter() - begin
    size = f"{len(view.html.encode()) / 1e6:.2f} MB"
    return Row(f"{name}: a page with {len(view.layers)} layers of filters", size, f"written in {seconds:.2f} s")


if __name__ == "__main__":
    main()
