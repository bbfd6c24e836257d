"""Size and speed: what the program takes on disk, in memory and in time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from wisen import measured
from wisen.report.chart import Axis, Chart
from wisen.report.pieces import COLOURS, drawing, table
from wisen.report.subject import Show, Subject
from wisen.spoken import duration, size, thousands

LONGEST = 1.5
"""Seconds that the calls that are timed may take together."""
SHARES = (0.05, 0.5, 0.95, 0.99)


def found(subject: Subject) -> dict[str, Any] | None:
    """Bytes, parameters, operations, and how long a call takes, alone and of many at once."""
    manifest = subject.program.manifest
    cost = manifest.get("cost", {})
    calls = {"learned": timed(subject.program, subject.held.rows())}
    hand = subject.function.hand()
    if hand is not None:
        calls["by hand"] = timed(hand, subject.held.rows())
    parameters = sum(int(row[3]) for row in manifest.get("architecture", []))
    at_once = subject.columns(np.arange(min(measured.AT_ONCE, len(subject.held))))
    bytes_, each = subject.path.stat().st_size, measured.batched(subject.program, at_once, LONGEST)
    call = duration(calls["learned"]["quantiles"]["0.5"])
    return {
        "headline": f"One file of {size(bytes_)}; a call takes {call} on one core of this machine, "
        f"and {thousands(1 / each)} answers a second come out of a batch.",
        "bytes": bytes_,
        "parameters": parameters,
        "operations": cost.get("operations"),
        "memory": cost.get("memory"),
        "calls": calls,
        "seconds_in_a_batch": each,
    }


def timed(call: Callable[[Any], Any], rows: Sequence[list[Any]]) -> dict[str, Any]:
    """How long single calls take: quantiles, and a histogram of their logarithms."""
    found = measured.calls(call, rows, longest=LONGEST)
    counts, edges = np.histogram(np.log10(np.maximum(found.seconds, 1e-9)), 40)
    return {
        "count": len(found),
        "quantiles": {str(share): found.quantile(share) for share in SHARES},
        "histogram": {"counts": counts.tolist(), "edges": edges.tolist()},
    }


def drawn(figures: Mapping[str, Any], show: Show) -> str:
    """The table and the distribution of calls."""
    calls = figures["calls"]
    rows = [
        ["file", size(figures["bytes"])],
        ["parameters", f"{figures['parameters']:,}"],
        *([["floating-point operations a call", thousands(figures["operations"])]] if figures["operations"] else []),
        *([["memory for the values of a call", size(figures["memory"])]] if figures["memory"] else []),
        ["an answer in a batch", duration(figures["seconds_in_a_batch"])],
    ]
    spread = [[rival, *(duration(each["quantiles"][str(share)]) for share in SHARES)] for rival, each in calls.items()]
    edges = [edge for each in calls.values() for edge in each["histogram"]["edges"]]
    axis = Axis("seconds of a call (logarithmic)", 10 ** min(edges) / 1.2, 10 ** max(edges) * 1.2, log=True)
    top = max(max(each["histogram"]["counts"]) / each["count"] for each in calls.values())
    canvas = Chart("how long calls take", axis, Axis("share of calls", 0.0, top * 1.06, share=True), 640, 240)
    for rival, each in calls.items():
        edges, counts = each["histogram"]["edges"], each["histogram"]["counts"]
        for left, right, count in zip(edges, edges[1:], counts, strict=False):
            canvas.bar(10**left, 10**right, count / each["count"], COLOURS[rival])
    caption = f"{calls['learned']['count']:,} single calls on one core of the machine that made this page."
    return (
        table(["", ""], rows)
        + table(["a single call", "5 % quantile", "median", "95 %", "99 %"], spread)
        + drawing(canvas, caption, {rival: COLOURS[rival] for rival in calls})
    )
