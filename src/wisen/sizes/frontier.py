"""The frontier: a handful of widths, what a call of each takes and how good it is, and which one to take.

Which one, validation says; what held-out examples say is shown beside it, as evidence.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from wisen import state
from wisen.architecture import Architecture
from wisen.descent import Chosen, Event, Learned, Planned, device_of, learn, own_chance, within_memory
from wisen.descent.checkpoint import Checkpoint
from wisen.descent.judging import apart, fairly
from wisen.descent.requests import Trial
from wisen.descent.schedule import seconds
from wisen.errors import WisenError
from wisen.examples import Parts, Rule
from wisen.export import export
from wisen.headtohead import BY_HAND, LEARNED, Report, Score
from wisen.plans import plans
from wisen.program import Program
from wisen.progress import shown
from wisen.signature import Column
from wisen.sizes.choice import unsizeable
from wisen.sizes.measures import as_html, as_text, in_turns
from wisen.sizes.resize import columns_of, hearing, installed, network_of, sourced
from wisen.sizes.scaled import alone, scaled, single, sizeable
from wisen.sizes.seen import fitted_anew
from wisen.sizes.target import SLACK
from wisen.spoken import duration, figure, size
from wisen.train import compared, decorated, divided

if TYPE_CHECKING:
    from wisen.function import Function

FACTORS = (0.125, 0.25, 0.5, 1.0, 2.0)
"""The widths that are tried, in that of the present program."""
PRESENT, LINEAR = "the present program", "linear"


@dataclass(frozen=True)
class Point:
    """A program, or the hand-written body: what a call takes, what it reaches on held-out examples, and the loss on
    those that validation chooses by, where it was trained for this."""

    name: str
    seconds: float
    p99: float
    bytes: int
    value: float
    low: float
    high: float
    loss: float | None = None
    factor: float | None = None
    """Its width in that of the present program."""


@dataclass(frozen=True, repr=False)
class Frontier:
    """Quality against the time of a call: points, the knee, and which of them to take."""

    function: str
    metric: str
    better: str
    """Whether the metric is better when it is "higher" or "lower"."""
    held_out: int
    points: tuple[Point, ...]
    knee: str
    """The name of the point from which on more time brings little."""
    taken: str
    """That of the one that it would take: the fastest that validation cannot tell from the knee."""
    command: str
    """What makes it the program; empty where it is of the present width."""

    def table(self) -> list[list[str]]:
        """A table of words: a head, and a row for each point."""
        head = ["", "a call, median", "99th percentile", "file", "validation loss", f"held-out {self.metric}", ""]
        rows = [
            [
                each.name, duration(each.seconds), duration(each.p99), size(each.bytes) if each.bytes else "",
                "" if each.loss is None else figure(each.loss),
                f"{figure(each.value)} ({figure(each.low)} to {figure(each.high)})",
                ", ".join(self.marks(each)),
            ]
            for each in self.points
        ]  # fmt: skip
        return [head, *rows]

    def marks(self, point: Point) -> list[str]:
        """What there is to say of a point: whether it is the knee, and whether it is taken."""
        return [word for word, name in (("knee", self.knee), ("taken", self.taken)) if name == point.name]

    def notes(self) -> list[str]:
        """What there is to say below the table."""
        return [
            f"The knee is {self.knee}: of the widths that no other beats in both, the farthest above the chord from "
            "the fastest to the best, by validation loss over the logarithm of the time (after Satopää et al., 2011).",
            f"Taken is {self.taken}: the fastest that validation cannot tell from the knee, by one standard error. "
            f"The {self.held_out} held-out examples had no part in that; they, with 95 % intervals, are the evidence.",
            f"To take it: {self.command}" if self.command else "It is the width that there is: nothing is to be done.",
        ]

    @property
    def title(self) -> str:
        """What it is, in a line."""
        return f"{self.function}: quality against the time of a call"

    def to_json(self) -> dict[str, Any]:
        """All of it as plain data."""
        return asdict(self)

    def svg(self) -> str:
        """The picture as an SVG file."""
        from wisen.sizes.drawing import svg

        return svg(self)

    def png(self) -> bytes:
        """The picture as a PNG file."""
        from wisen.sizes.drawing import png

        return png(self)

    def __str__(self) -> str:
        return "\n".join([self.title, as_text(self.table()), *self.notes()])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self.svg() + as_html(self.table(), self.title, self.notes())


def frontier(
    function: Function[Any, Any],
    examples: Any = None,
    *,
    budget: float | str = 300.0,
    seed: int = 0,
    device: str = "auto",
    fresh: bool = False,
    listen: Callable[[Event], None] = shown,
) -> Frontier:
    """Quality against the time of a call, for a handful of widths; nothing is installed.

    Each width learns from the examples of the last training, or from those given, for its share of the `budget`.
    Beside them stand the hand-written body, the present program and a linear one. `listen` hears the events.
    Raises WisenError where nothing has a width, NotTrained, BadExamples, BadProgram, Busy, and Stopped on Ctrl-C.
    """
    decorated(function)
    limit, place = seconds(budget), device_of(device)
    with state.alone(function.path, function.name), own_chance(place), within_memory():
        old = installed(function)
        parts = divided(function, sourced(function, examples), Rule.of(old.manifest))
        present = network_of(function, old).architecture
        inputs, outputs = columns_of(function, old, parts, present)
        present = fitted_anew(present, inputs, outputs)
        if not sizeable(present):
            raise WisenError(*unsizeable(function, present))
        wanted = candidates(present, inputs, outputs)
        listen(Planned(parts, tuple(plan for _, _, plan in wanted), inputs, outputs))

        done: dict[str, tuple[Program, bytes, Trial]] = {}
        for number, (name, _, plan) in enumerate(wanted):
            heard: list[Chosen] = []
            kept_here = checkpoint(function, number, plan, parts, inputs, outputs, (seed, place), fresh)
            learned = learn(
                (plan,), parts, inputs, outputs, limit / len(wanted), seed, place, kept_here, hearing(listen, heard),
                single,
            )  # fmt: skip
            done[name] = (*exported(function, learned, parts), heard[-1].trial)
        found = drawn(function, old, done, parts, {name: factor for name, factor, _ in wanted})
        for path in state.folder(function.path).glob("frontier.*.pt"):
            path.unlink(missing_ok=True)
        return found if single(present) else replace(found, command=by_time(function, found))


def candidates(
    present: Architecture, inputs: tuple[Column, ...], outputs: tuple[Column, ...]
) -> list[tuple[str, float | None, Architecture]]:
    """(the name, the width in that of the present program, the plan) of what is trained, the narrowest first."""
    widths: dict[Architecture, float] = {}
    for factor in FACTORS:
        widths.setdefault(scaled(alone(present), factor), factor)
    found: list[tuple[str, float | None, Architecture]] = [
        (f"{plan.name} (x {factor:g})", factor, plan) for plan, factor in widths.items()
    ]
    linear = next((plan for plan in plans(inputs, outputs) if plan.linear), None)
    return [(LINEAR, None, linear), *found] if linear else found


def checkpoint(
    function: Function[Any, Any], number: int, plan: Architecture, parts: Parts, inputs: tuple[Column, ...],
    outputs: tuple[Column, ...], dials: Sequence[Any], fresh: bool,
) -> Checkpoint:  # fmt: skip
    """The checkpoint of one of the trainings: a stopped frontier goes on where it was."""
    found = state.checkpoint(function.path, (plan,), parts, inputs, outputs, (*dials, "frontier"), False)
    found.path = found.path.with_name(f"frontier.{number}.pt")
    if fresh:
        found.path.unlink(missing_ok=True)
    return found


def exported(function: Function[Any, Any], learned: Learned, parts: Parts) -> tuple[Program, bytes]:
    """(the program of a network, its file)."""
    body = export(learned, function.name, function.signature.doc, parts, inside=function.below is not None)
    return body.program, body.file()


# ---- points ------------------------------------------------------------------------------------


def drawn(
    function: Function[Any, Any],
    old: Program,
    done: dict[str, tuple[Program, bytes, Trial]],
    parts: Parts,
    factors: dict[str, float | None],
) -> Frontier:
    """The frontier of programs that were trained, beside the body and the present program."""
    every: dict[str, Any] = {name: program for name, (program, _, _) in done.items()} | {PRESENT: old}
    reports = {name: compared(function, program, parts) for name, program in every.items()}
    hand = function.hand()
    clocked = in_turns({**every, **({BY_HAND: hand} if hand else {})}, parts.held_out)
    bytes_ = {name: len(data) for name, (_, data, _) in done.items()} | {PRESENT: function.path.stat().st_size}
    trials = {name: trial for name, (_, _, trial) in done.items()}
    losses = dict(zip(trials, fairly(list(trials.values())), strict=True))
    points = []
    for name, found in clocked.items():
        score = score_of(reports.get(name, reports[PRESENT]), BY_HAND if name == BY_HAND else LEARNED)
        points.append(
            Point(
                name, found.median, found.p99, bytes_.get(name, 0), score.first.value, score.low, score.high,
                losses.get(name), factors.get(name),
            )
        )  # fmt: skip
    metric = score_of(reports[PRESENT], LEARNED).first
    ordered = tuple(sorted(points, key=lambda point: point.seconds))
    widths = [point for point in ordered if point.factor is not None]
    best = knee(widths)
    taken = next(point for point in widths if point is best or not apart(trials[point.name], trials[best.name]))
    command = "" if taken.factor == 1.0 else function.command("resize", f"--width {taken.factor:g}")
    return Frontier(
        function.name, metric.name, metric.better, len(parts.held_out), ordered, best.name, taken.name, command
    )


def score_of(report: Report, rival: str) -> Score:
    """The score of a rival in the first answer."""
    found = report.results[0].score(rival)
    assert found is not None
    return found


def by_time(function: Function[Any, Any], found: Frontier) -> str:
    """The command for what it would take where several networks answer together now: it is one alone."""
    taking = next(point for point in found.points if point.name == found.taken)
    return function.command("resize", f"--time-per-call {1e6 * SLACK * taking.seconds:.1f}us")


def knee(points: Sequence[Point]) -> Point:
    """The point of a curve from which on more time brings little.

    Of those that no other beats in time and loss both, the one farthest above the chord from the fastest to the best;
    the losses, and the logarithms of the times, in shares of their range (Satopää et al., 2011, Finding a "Kneedle" in
    a Haystack). Of two, that with the lower loss.
    """
    front = edge(points)
    fastest, best = front[0], front[-1]
    across = math.log(best.seconds / fastest.seconds) or 1.0
    up = lossy(fastest) - lossy(best) or 1.0

    def above(point: Point) -> float:
        return (lossy(fastest) - lossy(point)) / up - math.log(point.seconds / fastest.seconds) / across

    return max(front, key=lambda point: (round(above(point), 9), -lossy(point)))


def edge(points: Sequence[Point]) -> list[Point]:
    """The points that no other beats in time and loss both, the fastest first."""
    found: list[Point] = []
    told = [point for point in points if math.isfinite(lossy(point))] or points[:1]
    for point in sorted(told, key=lambda point: (point.seconds, lossy(point))):
        if not found or lossy(point) < lossy(found[-1]):
            found.append(point)
    return found


def lossy(point: Point) -> float:
    """The loss of a point; infinite where there is none."""
    return math.inf if point.loss is None or math.isnan(point.loss) else point.loss
