"""6. Is it better? The program against the hand-written body and the naive answer, on held-out examples.

The verdict follows from paired 95 % intervals and cannot be set by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from wisen.binned import binned
from wisen.evidence import BETTER, NO_BETTER, WORSE, Difference, difference, interval
from wisen.examples import Examples
from wisen.kinds import Metric, Output
from wisen.limits import Held
from wisen.measured import calls
from wisen.program import Program, part
from wisen.relied import Said, relied, said_of
from wisen.signature import Column
from wisen.sure.curve import Sure

BY_HAND, NAIVE, LEARNED = "by hand", "naive", "learned"
CALLS = 300
"""Calls of each rival that are timed, the first of which are not counted."""


@dataclass(frozen=True)
class Score:
    """What one rival reaches in one output: its metrics, and the interval of the first of them."""

    rival: str
    metrics: tuple[Metric, ...]
    low: float
    high: float
    failed: int = 0
    """Examples on which it raised an error instead of answering; they count as wrong."""
    reason: str = ""
    """The first such error, and where."""

    @property
    def first(self) -> Metric:
        """The metric that decides."""
        return self.metrics[0]


@dataclass(frozen=True)
class Mistake:
    """A held-out example on which the program is wrong."""

    row: str
    inputs: tuple[Any, ...]
    truth: Any
    answer: Any
    by_hand: Any
    probability: float | None
    badness: float


@dataclass(frozen=True)
class Slice:
    """How the rivals do on the part of the held-out examples that a value of a column names."""

    column: str
    value: str
    count: int
    scores: Mapping[str, float]


@dataclass(frozen=True)
class Result:
    """The head-to-head of one output."""

    output: str
    scores: tuple[Score, ...]
    differences: tuple[Difference, ...]
    classes: tuple[Slice, ...]
    mistakes: tuple[Mistake, ...]
    answers: Mapping[str, Sequence[Any]] = field(repr=False)
    truths: Sequence[Any] = field(repr=False)
    sure: Sure = field(default_factory=Sure)
    """How far the program's answers can be relied on."""
    merits: Mapping[str, np.ndarray] = field(default_factory=dict, repr=False)
    """How good each answer of each rival is, higher is better."""
    tensors: Mapping[str, np.ndarray] = field(default_factory=dict, repr=False)
    """All that the program says of the examples, by the names that the kind of the answer gives them."""

    @property
    def verdict(self) -> str:
        """Better than every rival, or worse than one of them, or neither."""
        verdicts = [difference.verdict for difference in self.differences]
        if WORSE in verdicts:
            return WORSE
        return BETTER if all(verdict == BETTER for verdict in verdicts) else NO_BETTER

    def score(self, rival: str) -> Score | None:
        """The score of a rival, where it took part."""
        return next((score for score in self.scores if score.rival == rival), None)


@dataclass(frozen=True, repr=False)
class Report:
    """The head-to-head of a function: a result for each output, the time a call takes, the verdict."""

    function: str
    held_out: int
    results: tuple[Result, ...]
    seconds: Mapping[str, float]
    slices: tuple[Slice, ...] = ()
    limits: tuple[Held, ...] = ()
    """What was measured beside the limits that a person set."""

    @property
    def verdict(self) -> str:
        """Better where some output is and none is worse, and every limit is kept; worse where one is broken."""
        if self.broken:
            return WORSE
        verdicts = [result.verdict for result in self.results]
        if WORSE in verdicts:
            return WORSE
        return BETTER if BETTER in verdicts else NO_BETTER

    @property
    def broken(self) -> tuple[Held, ...]:
        """The limits that the program breaks."""
        return tuple(each for each in self.limits if not each.kept)

    def to_json(self) -> dict[str, Any]:
        """All figures but the seconds, which differ from run to run: for the program's manifest. What was measured
        beside limits is among them, for the verdict follows from it."""
        limits = {"limits": {each.name: each.to_json() for each in self.limits}} if self.limits else {}
        return {
            "function": self.function,
            "verdict": self.verdict,
            "held_out": self.held_out,
            "outputs": {result.output: figures(result) for result in self.results},
            "slices": [asdict(piece) for piece in self.slices],
            **limits,
        }

    def tables(self) -> list[list[list[str]]]:
        """For each output a table of words: a head, and a row for each rival and each difference."""
        found = []
        for result in self.results:
            name = result.scores[0].first.name
            table = [[result.output, name, "95 % interval", "a call"]]
            for score in result.scores:
                call = f"{self.seconds[score.rival] * 1e6:.0f} µs" if score.rival in self.seconds else ""
                interval = f"{score.low:.4g} to {score.high:.4g}"
                table.append([score.rival, f"{score.first.value:.4g}", interval, call])
            for each in result.differences:
                gain = f"{each.value:+.4g}", f"{each.low:+.4g} to {each.high:+.4g}"
                table.append([f"gain over {each.rival}", *gain, each.verdict])
            found.append(table)
        return found

    @property
    def title(self) -> str:
        """The verdict in a line."""
        broken = "".join(f"; {each}" for each in self.broken)
        return f"{self.function}: {self.verdict}, on {self.held_out} held-out examples{broken}"

    def __str__(self) -> str:
        lines = ["  ".join(f"{cell:22}" for cell in row).rstrip() for table in self.tables() for row in table]
        lines += [str(each) for each in self.limits if each.kept]
        return "\n".join([self.title, *lines])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        import html

        def line(cells: list[str], tag: str) -> str:
            return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"

        body = [line(row, "td" if place else "th") for table in self.tables() for place, row in enumerate(table)]
        return f"<table><caption>{html.escape(self.title)}</caption>{''.join(body)}</table>"


def figures(result: Result) -> dict[str, Any]:
    """The figures of one output."""
    return {
        "verdict": result.verdict,
        "scores": {
            score.rival: {
                "metrics": {metric.name: metric.value for metric in score.metrics},
                "interval": [score.low, score.high],
                "failed": score.failed,
            }
            for score in result.scores
        },
        "gains": {d.rival: {"value": d.value, "interval": [d.low, d.high]} for d in result.differences},
        "sure": result.sure.to_json(),
        "classes": {piece.value: {"count": piece.count, **piece.scores} for piece in result.classes},
    }


def head_to_head(
    name: str,
    program: Program,
    by_hand: Callable[[Sequence[Any]], list[Any]] | None,
    training: Mapping[str, Sequence[Any]],
    held_out: Examples,
    by: Mapping[str, Sequence[Any]] | None = None,
    below: float | None = None,
) -> Report:
    """The report on a program; `by_hand` takes the inputs' values and gives the outputs' values.

    `training` are the true answers of training examples, from which the naive answer is made.
    `by` are columns whose values name slices of the held-out examples; `below` is the probability below which the
    body answers.
    """
    rows = held_out.rows()
    told = said_of(program, held_out.columns(), below)
    hand = answered(by_hand, rows, held_out.names, len(program.outputs)) if by_hand else None
    results = []
    for place, column in enumerate(program.outputs):
        answers = {LEARNED: told.answers[place], NAIVE: [column.kind.naive(training[column.name])] * len(rows)}
        if hand is not None:
            answers[BY_HAND] = hand.answers[place]
        truths = held_out.outputs[column.name][:]
        found = result(column, answers, truths, told, held_out, hand)
        results.append(found)
    seconds = {LEARNED: calls(program, rows, CALLS).median}
    if by_hand:
        seconds[BY_HAND] = calls(by_hand, rows, CALLS).median
    slices = [piece for title, cells in (by or {}).items() for piece in sliced(title, cells, program, results)]
    return Report(name, len(rows), tuple(results), seconds, tuple(slices))


@dataclass(frozen=True)
class ByHand:
    """The hand-written body's answers for each output, on how many rows it failed, and why first."""

    answers: list[list[Any]]
    failed: int
    reason: str


def answered(
    by_hand: Callable[[Sequence[Any]], list[Any]], rows: Iterable[list[Any]], names: Sequence[str], outputs: int
) -> ByHand:
    """What the hand-written body says of many rows."""
    found: list[list[Any]] = [[] for _ in range(outputs)]
    failed, reason = 0, ""
    for row, name in zip(rows, names, strict=True):
        try:
            said = by_hand(row)
        except Exception as error:  # code of the user's: whatever it raises, it gave no answer
            said = [None] * outputs
            reason = reason or f"{type(error).__name__}: {error} ({name})"
            failed += 1
        for answers, answer in zip(found, said, strict=True):
            answers.append(answer)
    return ByHand(found, failed, reason)


def result(
    column: Column,
    answers: Mapping[str, Sequence[Any]],
    truths: Sequence[Any],
    said: Said,
    examples: Examples,
    hand: ByHand | None,
) -> Result:
    """The head-to-head of one output."""
    kind, blocks, tensors = column.kind, examples.blocks, part(said.tensors, column.name)
    comparisons, place = len(said.answers), said.program.outputs.index(column)
    merits = {rival: kind.merits(each, truths) for rival, each in answers.items()}
    scores = []
    for rival in (BY_HAND, NAIVE, LEARNED):
        if rival in answers:
            metrics = kind.metrics(answers[rival], truths, tensors if rival == LEARNED else None)
            low, high = oriented(metrics[0], interval(merits[rival], metrics[0].share, blocks))
            failed = (hand.failed, hand.reason) if hand and rival == BY_HAND else (0, "")
            scores.append(Score(rival, tuple(metrics), low, high, *failed))
    rivals = [rival for rival in (BY_HAND, NAIVE) if rival in answers]
    metric = scores[0].first
    gains = {rival: merits[LEARNED] - merits[rival] for rival in rivals}
    differences = [difference(rival, gain, metric.share, comparisons, blocks) for rival, gain in gains.items()]
    return Result(
        column.name,
        tuple(scores),
        tuple(differences),
        tuple(pieces("class", kind.groups(truths), kind, merits, truths, metric)),
        tuple(worst(column, answers, truths, tensors, merits[LEARNED], examples)),
        answers,
        truths,
        relied(said, place, truths, merits[LEARNED], merits.get(BY_HAND), metric, blocks),
        merits,
        tensors,
    )


def oriented(metric: Metric, low_high: tuple[float, float]) -> tuple[float, float]:
    """An interval of mean merits as one of the metric, which may be better when it is lower."""
    low, high = low_high
    return (low, high) if metric.better == "higher" else (-high, -low)


def worst(
    column: Column,
    answers: Mapping[str, Sequence[Any]],
    truths: Sequence[Any],
    tensors: Mapping[str, np.ndarray],
    merits: np.ndarray,
    examples: Examples,
    most: int = 10,
) -> list[Mistake]:
    """The program's mistakes, the most confident or farthest first."""
    found, best = [], column.kind.merits(truths, truths).max(initial=0.0)
    for place in np.argsort(merits, kind="stable")[: len(truths)]:
        if merits[place] == best:
            continue
        row = {name: array[place] for name, array in tensors.items()}
        probability = column.kind.chance(answers[LEARNED][place], column.kind.alternatives(row))
        inputs = tuple(examples.inputs[name][int(place)] for name in examples.inputs)
        hand = answers[BY_HAND][place] if BY_HAND in answers else None
        badness = probability if probability is not None else -float(merits[place])
        said = answers[LEARNED][place]
        found.append(Mistake(examples.names[place], inputs, truths[place], said, hand, probability, badness))
        if probability is None and len(found) == most:
            break
    return sorted(found, key=lambda mistake: -mistake.badness)[:most]


def pieces(
    title: str,
    values: Sequence[str],
    kind: Output,
    merits: Mapping[str, np.ndarray],
    truths: Sequence[Any],
    metric: Metric,
) -> list[Slice]:
    """The metric that decides of every rival on the examples of every value."""
    names, sign, found = np.array(values), 1.0 if metric.better == "higher" else -1.0, []
    for value in sorted(set(values), key=in_order):
        here = np.flatnonzero(names == value)
        true = [truths[place] for place in here.tolist()]
        scores = {rival: sign * kind.overall(each[here], true) + 0.0 for rival, each in merits.items()}
        found.append(Slice(title, str(value), len(here), scores))
    return found


def sliced(title: str, cells: Sequence[Any], program: Program, results: Sequence[Result]) -> list[Slice]:
    """The slices of a column; numbers with many values are cut at their quartiles."""
    names = binned(cells)
    found = []
    for column, each in zip(program.outputs, results, strict=True):
        prefix = f"{title}, {column.name}" if len(results) > 1 else title
        found += pieces(prefix, names, column.kind, each.merits, each.truths, each.scores[0].first)
    return found


def in_order(name: str) -> tuple[bool, float, str]:
    """A key that puts names in the order of the numbers that they begin with, others after them."""
    try:
        return False, float(name.split(" to ")[0]), name
    except ValueError:
        return True, 0.0, name
