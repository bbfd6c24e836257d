"""Figures of programs side by side: time a call, size on disk, memory, held-out quality."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from wisen.evidence import Difference, difference
from wisen.examples import Examples
from wisen.headtohead import LEARNED, Report, Score
from wisen.measured import Calls, batched, calls, peak
from wisen.program import Program
from wisen.spoken import duration, figure, size, thousands

ROUNDS, MOST_CALLS, LONGEST = 3, 1000, 0.5
"""How often each program is timed, in turns; by how many calls, and for how many seconds at most."""
ROWS, MANY = 200, 512
"""Held-out examples that calls take in turns, and that are answered at once."""
FEW = 20
"""Those with which memory is measured."""
BEFORE = "the program of before"


@dataclass(frozen=True)
class Measures:
    """What a program takes, and what it reaches on held-out examples."""

    plan: str
    parameters: int
    median: float
    """Seconds of a call; `p99` those that 99 in a hundred stay below."""
    p99: float
    batched: float
    """Seconds of an answer where many are asked for at once."""
    bytes: int
    memory: int
    """Bytes that loading and calling it takes beside what onnxruntime takes by itself."""
    operations: int
    scores: Mapping[str, Score]

    def to_json(self) -> dict[str, Any]:
        """The same as plain data."""
        scores = {
            output: {"metric": score.first.name, "value": score.first.value, "interval": [score.low, score.high]}
            for output, score in self.scores.items()
        }
        return {**{name: value for name, value in asdict(self).items() if name != "scores"}, "scores": scores}

    def rows(self) -> dict[str, str]:
        """What a person reads of it, by the names of the rows."""
        told = {
            "architecture": self.plan,
            "parameters": f"{self.parameters:,}",
            "a call, median": duration(self.median),
            "a call, 99th percentile": duration(self.p99),
            "an answer in a batch": duration(self.batched),
            "file": size(self.bytes),
            "memory": size(self.memory),
            "floating-point operations": thousands(self.operations),
        }
        for output, score in self.scores.items():
            name = score.first.name if len(self.scores) == 1 else f"{output}, {score.first.name}"
            told[name] = f"{figure(score.first.value)} ({figure(score.low)} to {figure(score.high)})"
        return told


def measures(program: Program, path: Path, found: Calls, report: Report, examples: Examples) -> Measures:
    """The measures of a program in a file, whose calls were timed and which was judged on held-out examples."""
    manifest = program.manifest
    few = examples.take(list(range(min(MANY, len(examples)))))
    rows = few.rows()
    return Measures(
        str(manifest.get("chosen", "")).partition(":")[0],
        sum(int(row[3]) for row in manifest.get("architecture", [])),
        found.median,
        found.p99,
        batched(program, few.columns()),
        path.stat().st_size,
        peak(path, program, [rows[place] for place in range(min(FEW, len(few)))]),
        int(manifest.get("cost", {}).get("operations", 0)),
        {result.output: score for result in report.results if (score := result.score(LEARNED))},
    )


def in_turns(programs: Mapping[str, Any], examples: Examples) -> dict[str, Calls]:
    """How long single calls of each take: they take turns, so that a busy moment hits them all, and the best round
    counts."""
    few = examples.take(list(range(min(ROWS, len(examples))))).rows()
    rows = [few[place] for place in range(len(few))]
    found: dict[str, list[Calls]] = {name: [] for name in programs}
    for _ in range(ROUNDS):
        for name, program in programs.items():
            found[name].append(calls(program, rows, MOST_CALLS, LONGEST))
    return {name: min(every, key=lambda each: each.median) for name, every in found.items()}


def against(new: Report, old: Report, examples: Examples) -> dict[str, Difference]:
    """How much better the new program is than the one of before on the same held-out examples, by the answer."""
    found = {}
    for here, there in zip(new.results, old.results, strict=True):
        gain = here.merits[LEARNED] - there.merits[LEARNED]
        share = here.scores[0].first.share
        found[here.output] = difference(BEFORE, gain, share, len(new.results), examples.blocks)
    return found


def side_by_side(columns: Mapping[str, Measures]) -> list[list[str]]:
    """A table of words: a head, and a row for each figure."""
    every = [each.rows() for each in columns.values()]
    return [["", *columns], *([name, *(each.get(name, "") for each in every)] for name in every[0])]


def as_text(table: Sequence[Sequence[str]]) -> str:
    """A table of words as lines of text."""
    widths = [max(len(row[place]) for row in table) for place in range(len(table[0]))]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in table)


def as_html(table: Sequence[Sequence[str]], title: str, notes: Sequence[str] = ()) -> str:
    """A table of words as HTML, with notes below."""
    import html

    def line(cells: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    body = "".join(line(row, "td" if place else "th") for place, row in enumerate(table))
    told = "".join(f"<li>{html.escape(note)}</li>" for note in notes if note)
    return f"<table><caption>{html.escape(title)}</caption>{body}</table>" + (f"<ul>{told}</ul>" if told else "")
