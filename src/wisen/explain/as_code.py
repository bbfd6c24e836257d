"""Written down as code: a program over rows, distilled into a small readable Python function.

A tree of simple questions is taught by the program's own answers (Craven and Shavlik, 1996, Extracting Tree-Structured
Representations of Trained Networks), as small as the examples that are chosen by allow, and written as if-statements.
How often it agrees with the program, and how right it is, is measured on held-out examples by running what was written.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from wisen.errors import BadValue, WisenError, listed
from wisen.examples import Examples, touching
from wisen.explain.known import Known, known, some
from wisen.explain.writing import Leaf, Split, Tree, header, lines, runs, signature_line
from wisen.function import Function
from wisen.kinds import Metric
from wisen.program import part
from wisen.signature import ANSWER, Column

LEAVES = 16
"""Answers that a tree has at most, if nobody says otherwise: what a person can hold in view."""
FEWEST = 5
"""Examples behind an answer of the tree, at least."""


@dataclass(frozen=True, repr=False)
class AsCode:
    """A program as a Python function: `code` is the file's text.

    `agreement` are figures of its answers set against the program's, the deciding one first; `scores` the metric that
    decides of each rival, set against the truth. All of them on so many `held_out` examples.
    """

    function: str
    code: str
    leaves: int
    agreement: tuple[Metric, ...]
    scores: dict[str, Metric]
    held_out: int
    looks_at: tuple[str, ...]
    left_out: tuple[str, ...]
    """The inputs about which it cannot ask."""

    def __str__(self) -> str:
        return self.code

    __repr__ = __str__

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON can hold it."""
        return {
            "function": self.function,
            "code": self.code,
            "answers": self.leaves,
            "agreement": {metric.name: metric.value for metric in self.agreement},
            "scores": {rival: {metric.name: metric.value} for rival, metric in self.scores.items()},
            "held_out": self.held_out,
            "looks_at": list(self.looks_at),
            "left_out": list(self.left_out),
        }

    def _repr_html_(self) -> str:
        import html

        return f"<pre>{html.escape(self.code)}</pre>"


def as_code(
    function: Function[Any, Any], examples: Any = None, *, output: str | None = None, leaves: int = LEAVES
) -> AsCode:
    """The function's program as a Python function of at most so many answers, and how much of the program it is.

    Without `examples` those of the last training are read. Of several outputs `output` names one. Raises BadValue where
    nothing about the inputs can be asked simply, or the answer cannot be written so; NotTrained; BadExamples.
    """
    return as_code_of(known(function, examples, output), leaves)


def as_code_of(what: Known, leaves: int = LEAVES) -> AsCode:
    """A known program as a Python function of at most so many answers."""
    if leaves < 2:
        raise BadValue(f"{leaves} is too few leaves: a tree has two answers or more", "Ask for 8.")
    if what.column.kind.saying() is None:
        raise BadValue(
            f"{what.column} is no answer that a line of code can hold",
            "Labels, numbers and forecasts can be written so.",
        )
    asked = Questions(what)
    return written_down(what, asked, distilled(what, asked, leaves))


class Questions:
    """What can be asked about the inputs of examples; raises BadValue where nothing can."""

    def __init__(self, what: Known) -> None:
        columns, inputs = what.function.signature.inputs, what.learning.inputs
        found = [(column, column.kind.asking(some(inputs[column.name]))) for column in columns]
        self.asking = {column.name: asking for column, asking in found if asking is not None}
        self.left_out = tuple(column.name for column, asking in found if asking is None)
        if not self.asking:
            names = listed(column for column, _ in found)
            raise BadValue(
                f"no simple question can be asked about {names}", "Programs over rows can be written as code."
            )
        self.numbers: list[tuple[str, int]] = []
        """The column of each number, and its place among those of the column."""

    def sides(self, examples: Examples) -> np.ndarray:
        """The numbers of all columns side by side, [examples, numbers]."""
        found = [(name, each.sides(some(examples.inputs[name]))) for name, each in self.asking.items()]
        self.numbers = [(name, place) for name, sides in found for place in range(sides.shape[1])]
        # As float32, as the tree sees them: what it cannot tell apart is not told apart in the code either.
        return np.hstack([sides for _, sides in found]).astype(np.float32)

    def condition(self, number: int, low: float, high: float, missing: bool, under: bool) -> str:
        """The Python condition of a side of a split."""
        name, place = self.numbers[number]
        words: str = self.asking[name].question(name, place, low, high, missing, under)
        return words


def distilled(what: Known, asked: Questions, most: int) -> Tree:
    """The smallest tree that validation cannot tell from the one that is most like the program."""
    learning, column = what.learning, what.column
    folds = what.parts.folds[: len(learning)]
    said, tensors = what.program.whole(learning.columns())
    answers, sides = said[what.place], asked.sides(learning)
    levels = scaled(column.kind.saying().levels(part(tensors, column.name)))
    training, chosen_by = np.flatnonzero(~touching(folds, 0)), np.flatnonzero(folds == 0)
    merits = []
    sizes = sorted({size for size in (2, 3, 4, 5, 6, 8, 10, 12, 16, 24, 32, 48, 64) if size < most} | {most})
    wanted = [answers[place] for place in chosen_by]
    for size in sizes:
        tree = grown(column, sides[training], levels[training], [answers[place] for place in training], size)
        merits.append(column.kind.merits(runs(tree, sides[chosen_by]), wanted))
    best = int(np.argmax([each.mean() for each in merits]))
    gaps = [merits[best] - each for each in merits]
    alike = [gap.mean() <= gap.std() / np.sqrt(len(gap)) for gap in gaps]  # within a standard error of the best
    return grown(column, sides, levels, answers, sizes[alike.index(True)])


def scaled(levels: np.ndarray) -> np.ndarray:
    """Numbers in standard deviations of all of them: so that a tree weighs its answers alike in every unit."""
    spread = float(levels.std())
    found: np.ndarray = (levels - levels.mean()) / (spread if spread > 0 else 1.0)
    return found


def grown(column: Column, sides: np.ndarray, levels: np.ndarray, answers: Sequence[Any], size: int) -> Tree:
    """The tree of at most so many answers that is taught by a program's answers and how sure it is of them."""
    from sklearn.tree import DecisionTreeRegressor

    fewest = min(FEWEST, max(1, len(sides) // 20))
    teller = DecisionTreeRegressor(max_leaf_nodes=size, min_samples_leaf=fewest, random_state=0)
    found = teller.fit(sides, levels).tree_

    def branch(node: int, here: np.ndarray) -> Tree:
        own = [answers[place] for place in here]
        if found.children_left[node] == -1:
            return leaf(column, own)
        number, missing = int(found.feature[node]), bool(found.missing_go_to_left[node])
        values = sides[here, number]
        under = np.where(np.isnan(values), missing, values <= found.threshold[node])
        left = branch(int(found.children_left[node]), here[under])
        right = branch(int(found.children_right[node]), here[~under])
        if isinstance(left, Leaf) and isinstance(right, Leaf) and left.code == right.code:
            return leaf(column, own)
        low = float(np.nanmax(values[under], initial=-np.inf, where=~np.isnan(values[under])))
        high = float(np.nanmin(values[~under], initial=np.inf, where=~np.isnan(values[~under])))
        return Split(number, low, high, missing, left, right)

    return branch(0, np.arange(len(sides)))


def leaf(column: Column, answers: Sequence[Any]) -> Leaf:
    """The one answer that is most like a program's answers to some examples."""
    answer = column.kind.naive(answers)
    code = column.kind.saying().code(answer)
    right = float(np.mean(column.kind.merits([answer] * len(answers), answers)))
    return Leaf(answer, code, len(answers), right)


def written_down(what: Known, asked: Questions, tree: Tree) -> AsCode:
    """The tree as a file of Python, with what was measured by running it in the function's docstring."""
    function, column, kind = what.function, what.column, what.column.kind
    name = function.name if column.name == ANSWER else f"{function.name}_{column.name.replace('.', '_')}"
    body = lines(tree, asked.condition, kind)
    plain = "\n".join([signature_line(function, name, column), *body])
    held_out = what.held_out
    rows, truths = held_out.rows(), held_out.outputs[column.name][:]
    answers = answered(function, plain, name, column, rows)
    learned = what.program.whole(held_out.columns())[0][what.place]
    agreement = tuple(replace(kind, metric="").metrics(answers, learned))
    rivals = {"this code": answers, "the program": learned, **by_hand(function, rows, what.place)}
    rivals["naive"] = [kind.naive(what.parts.learning.outputs[column.name][:])] * len(truths)
    scores = {rival: kind.metrics(said, truths)[0] for rival, said in rivals.items()}
    used = dict.fromkeys(asked.numbers[number][0] for number in tree.used())
    found = AsCode(name, "", tree.leaves, agreement, scores, len(truths), tuple(used), asked.left_out)
    text = [*header(function, plain), signature_line(function, name, column), *doc(function, found), *body, ""]
    return replace(found, code="\n".join(text))


def answered(
    function: Function[Any, Any], code: str, name: str, column: Column, rows: Sequence[Sequence[Any]]
) -> list[Any]:
    """What the written function answers, run as a person would run it."""
    space = dict(getattr(function.__wrapped__, "__globals__", {}))
    exec(compile(f"from __future__ import annotations\n{code}", f"<{name}>", "exec"), space)
    found = []
    for row in rows:
        args, kwargs = function.signature.arguments(row)
        found.append(column.kind.read(space[name](*args, **kwargs)))
    return found


def by_hand(function: Function[Any, Any], rows: Sequence[Sequence[Any]], place: int) -> dict[str, list[Any]]:
    """The answers of the hand-written body, None where it fails; empty where there is no body."""
    hand = function.hand()
    if hand is None:
        return {}
    found = []
    for row in rows:
        try:
            found.append(hand(row)[place])
        except WisenError:
            raise
        except Exception:  # code of the user's: whatever it raises, it gave no answer
            found.append(None)
    return {"by hand": found}


def doc(function: Function[Any, Any], found: AsCode) -> list[str]:
    """The docstring's lines: what the function is, and how much of the program."""
    first = function.signature.doc.strip().split("\n")[0] or f"What the program of {function.name}() says."
    agree = found.agreement[0]
    figures = ", ".join(f"{metric.name} {metric.value:.4g}" for metric in found.agreement)
    likeness = (
        f"It gives the program's answer to {agree.value:.1%} of {found.held_out:,} held-out examples."
        if agree.share
        else f"Set against the program's answers to {found.held_out:,} held-out examples: {figures}."
    )
    name = next(iter(found.scores.values())).name
    scores = ", ".join(f"{rival} {metric.value:.4g}" for rival, metric in found.scores.items())
    said = [
        "Distilled from the learned program by `wisen explain --as-code`: a small tree, taught by its answers.",
        likeness,
        f"Their {name}: {scores}.",
    ]
    if found.left_out:
        said.append(f"It does not look at {listed(found.left_out)}: nothing simple can be asked about such an input.")
    wrapped = [line for sentence in said for line in textwrap.wrap(sentence, 112)]
    text = "\n".join([first, "", *wrapped]).replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return [f"    {line}".rstrip() for line in f'"""{text}\n"""'.split("\n")]
