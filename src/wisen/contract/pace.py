"""The time of a call: the same for every input of a length, and within the limit that a person set."""

from __future__ import annotations

import numpy as np

from wisen.contract.check import Check, Subject, lengths
from wisen.limits import held
from wisen.measured import Calls
from wisen.spoken import duration

STEADY = 2.0
"""How many times the median 99 in a hundred calls may take at most; and the slowest input."""


def steady(subject: Subject) -> Check:
    """Whether 99 in a hundred calls take at most twice the median of calls with inputs of their length.

    Where something that is always the same does not do so either, the machine is not idle: then no input may take
    more than twice the median of inputs of its length, each by the median of its calls.
    """
    timed, still = subject.timed
    groups = grouped(subject)[timed.rows]
    clock, idle = spread(timed.seconds, groups), spread(still.seconds, np.zeros(len(still), int))
    slowest = unlike(timed, groups)
    busy = clock > STEADY and idle > STEADY
    kept = (slowest if busy else clock) <= STEADY
    length = " the median of their length" if groups.any() else ""
    said = f"median {duration(timed.median)}, 99 in a hundred below {duration(timed.p99)}: {clock:.2f} times{length}"
    if busy:
        said += f"; but the machine is not idle: of a sum that is always the same, {idle:.2f} times"
    said += f"; the slowest input takes {slowest:.2f} times as long as the middle one"
    figures = {
        "calls": len(timed), "median": timed.median, "p99": timed.p99, "ratio": clock, "machine": idle,
        "idle": not busy, "slowest": slowest,
    }  # fmt: skip
    return Check("time", kept, said if kept else f"{said}; at most {STEADY:g}", figures)


def grouped(subject: Subject) -> np.ndarray:
    """For each of the rows, which of the lengths that there are it has."""
    named = [str(lengths(subject.program, subject.program.given(row))) for row in subject.rows]
    places = {name: number for number, name in enumerate(dict.fromkeys(named))}
    return np.array([places[name] for name in named])


def spread(seconds: np.ndarray, groups: np.ndarray) -> float:
    """The 99th percentile of times, each divided by the median of its group."""
    return float(np.quantile(scaled(seconds, groups), 0.99))


def scaled(seconds: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Times, each divided by the median of its group."""
    found = np.empty(len(seconds))
    for group in np.unique(groups):
        here = groups == group
        found[here] = seconds[here] / max(float(np.median(seconds[here])), 1e-9)
    return found


def unlike(timed: Calls, groups: np.ndarray) -> float:
    """How many times as long as others of its length the slowest input takes, by the median of its calls."""
    every = scaled(timed.seconds, groups)
    return max(float(np.median(every[timed.rows == row])) for row in np.unique(timed.rows))


def within(subject: Subject) -> Check | None:
    """Whether the limits that a person set are kept; None where there are none."""
    if subject.limits is None:
        return None
    found = held(subject.limits, subject.program, subject.rows, subject.program.size)
    figures = {each.name: each.to_json() for each in found}
    return Check("limits", all(each.kept for each in found), "; ".join(map(str, found)), figures)
