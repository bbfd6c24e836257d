"""Whether promises are kept: the share of held-out truths within sets and intervals of 90 %, over random splits.

python -m bench.coverage [--write] [--splits 20] [--budget 4]

Three entries of the gallery: labels (will_leave), a number (move_tomorrow), and a forecast with labels (week_ahead).
Their data has to be there: python -m gallery.customers.examples, and stocks and weather likewise. Windows in time
are divided by chance here, like all other examples: a promise is about what comes from where the examples came from.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from bench.table import Row, finish
from gallery.entries import EVERY

from wisen import state
from wisen.examples import Rule
from wisen.find import find
from wisen.kinds.packed import picked
from wisen.sure.promise import COVERAGE
from wisen.train import divided

FUNCTIONS = ("will_leave", "move_tomorrow", "week_ahead")
MOST = 4000
"""Examples that are drawn anew for each split."""
WITHIN = 0.02
HOW = (
    "The mean over 20 random splits, seven in ten to learn from and to choose by, three in ten held out; of at most "
    "4,000 examples, drawn anew for each; training takes 4 s each. Beside it the least and the most of the splits, by "
    "which chance alone moves it, and how large sets and intervals are."
)


def main() -> None:
    """Measures the entries."""
    splits, budget = (int(option(name, default)) for name, default in (("--splits", "20"), ("--budget", "4")))
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name in FUNCTIONS:
            rows += entry(name, Path(folder), splits, budget)
            print(*(row.cells() for row in rows), sep="\n", flush=True)
    finish("coverage", rows, HOW)


def option(name: str, default: str) -> str:
    """What stands behind an option on the command line."""
    return sys.argv[sys.argv.index(name) + 1] if name in sys.argv else default


def entry(name: str, folder: Path, splits: int, budget: int) -> list[Row]:
    """A row for each output of an entry."""
    row = next(each for each in EVERY if each.function == name)
    function = copied(row.path, name, folder)
    options = dict(zip(row.options[::2], row.options[1::2], strict=True))
    rule = Rule(key=options.get("--key"))
    parts = divided(function, state.Source(row.source), rule)
    pairs = [pair for part in (parts.learning, parts.held_out) for pair in pairs_of(function, part)]
    shares: dict[str, list[float]] = {}
    sizes: dict[str, list[float]] = {}
    for seed in range(splits):
        order = np.random.default_rng(seed).permutation(len(pairs))[:MOST]
        cut = round(0.7 * len(order))
        learn, judge = picked(pairs, order[:cut]), picked(pairs, order[cut:])
        done = function.train(
            learn, held_out=judge, budget=budget, seed=seed, accept=True, fresh=True, listen=lambda event: None
        )
        for result in done.report.results:
            assert result.sure.covered is not None
            shares.setdefault(result.output, []).append(result.sure.covered.share)
            sizes.setdefault(result.output, []).append(result.sure.covered.size)
    return [line(name if len(shares) == 1 else f"{name}: {output}", shares[output], sizes[output]) for output in shares]


def line(title: str, shares: list[float], sizes: list[float]) -> Row:
    """The row of one output."""
    mean = statistics.mean(shares)
    peer = f"{min(shares):.1%} to {max(shares):.1%}; size {statistics.mean(sizes):.3g}"
    return Row(title, f"{mean:.1%}", peer, f"{COVERAGE:.0%} ± {WITHIN:.0%}", abs(mean - COVERAGE) <= WITHIN)


def copied(path: Path, name: str, folder: Path) -> Any:
    """The function of a file, copied so that its program is left alone."""
    return find(f"{shutil.copy(path, folder / f'coverage_{path.name}')}:{name}")


def pairs_of(function: Any, examples: Any) -> list[Any]:
    """Examples as pairs of what goes in and what comes out."""
    rows = [tuple(row) for row in examples.rows()]
    answers = zip(*(examples.outputs[column.name][:] for column in function.signature.outputs), strict=True)
    return list(zip(rows, map(function.signature.answer, answers), strict=True))


if __name__ == "__main__":
    main()
