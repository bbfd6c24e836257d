"""The time of a call: the same for every input of a length, and within the limit that a person set."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wisen.contract.check import Check, Subject, lengths
from wisen.limits import AGAIN, held
from wisen.measured import Calls, joined
from wisen.spoken import duration

STEADY = 2.0
"""How many times the median 99 in a hundred calls may take at most; and the slowest input."""


def steady(subject: Subject) -> Check:
    """Whether 99 in a hundred calls take at most twice the median of calls with inputs of their length.

    Other work on the machine makes some calls longer: so the quietest turn of several counts. Where none is quiet, and
    half of them are not even for arithmetic that is always the same, no input may take more than twice the median of
    inputs of its length, each by the median of its calls. What is broken is measured again: other work may have been
    why, but what is slow by itself is so each time.
    """
    groups = grouped(subject)
    found = judged(subject.timed, groups)
    for _ in range(AGAIN):
        if not found.kept:
            found = judged(subject.again(), groups)
    return found


def judged(turns: Sequence[tuple[Calls, Calls]], groups: np.ndarray) -> Check:
    """What one measurement comes to: (calls, arithmetic that is always the same), turn by turn."""
    timed = joined([ours for ours, _ in turns])
    every, quiet = spread(timed, groups), min(spread(ours, groups) for ours, _ in turns)
    machine = float(np.median([spread(same, np.zeros(1, int)) for _, same in turns]))
    slowest = unlike(timed, groups)
    busy = quiet > STEADY and machine > STEADY
    kept = (slowest if busy else min(every, quiet)) <= STEADY
    length, own = (" the median of their length", " of its length") if groups.any() else ("", "")
    said = f"median {duration(timed.median)}, 99 in a hundred below {duration(timed.p99)}: {every:.2f} times{length}"
    said += f", {quiet:.2f} in the quietest turn" if every > STEADY else ""
    still = f"arithmetic that is always the same: {machine:.2f} in the middle turn"
    said += f"; the machine is not idle, {still}" if busy else ""
    said += f"; the slowest input takes {slowest:.2f} times as long as the middle one{own}"
    figures = {
        "calls": len(timed), "median": timed.median, "p99": timed.p99, "ratio": every, "quietest": quiet,
        "machine": machine, "idle": not busy, "slowest": slowest,
    }  # fmt: skip
    return Check("time", kept, said if kept else f"{said}; at most {STEADY:g}", figures)


def grouped(subject: Subject) -> np.ndarray:
    """For each of the rows, which of the lengths that there are it has."""
    named = [str(lengths(subject.program, subject.program.given(row))) for row in subject.rows]
    places = {name: number for number, name in enumerate(dict.fromkeys(named))}
    return np.array([places[name] for name in named])


def spread(timed: Calls, groups: np.ndarray) -> float:
    """The 99th percentile of times, each divided by the median of the group that its row is in."""
    return float(np.quantile(scaled(timed, groups), 0.99))


def scaled(timed: Calls, groups: np.ndarray) -> np.ndarray:
    """Times, each divided by the median of the group that its row is in."""
    found, own = np.empty(len(timed)), groups[timed.rows]
    for group in np.unique(own):
        here = own == group
        found[here] = timed.seconds[here] / max(float(np.median(timed.seconds[here])), 1e-9)
    return found


def unlike(timed: Calls, groups: np.ndarray) -> float:
    """How many times as long as others of its length the slowest input takes, by the median of its calls."""
    every = scaled(timed, groups)
    return max(float(np.median(every[timed.rows == row])) for row in np.unique(timed.rows))


def within(subject: Subject) -> Check | None:
    """Whether the limits that a person set are kept; None where there are none."""
    if subject.limits is None:
        return None
    found = held(subject.limits, subject.program, subject.rows, subject.program.size)
    figures = {each.name: each.to_json() for each in found}
    return Check("limits", all(each.kept for each in found), "; ".join(map(str, found)), figures)
