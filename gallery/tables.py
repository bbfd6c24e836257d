"""Writes what was measured into the READMEs of the gallery, between two marks.

    python -m gallery.tables [--check]

With --check nothing is written: it exits with 1 where a README says something else.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from gallery.entries import ENTRIES, GALLERY, Entry

BEGIN, END = "<!-- measured: scripts/gallery writes this -->", "<!-- end -->"
RIVALS = ("by hand", "naive", "learned")


def main(arguments: list[str]) -> None:
    """Writes the tables, or with --check only compares."""
    check = "--check" in arguments
    stale = write(check)
    for path in stale:
        print(f"{path} " + ("does not say what was measured" if check else "is written"))
    if check and stale:
        raise SystemExit(1)


def write(check: bool = False) -> list[Path]:
    """The READMEs that did not say what was measured; unless `check`, now they do."""
    measured = {entry: found for entry in ENTRIES.values() if (found := entry.measured())}
    wanted = {entry.folder / "README.md": report(entry, found) for entry, found in measured.items()}
    wanted[GALLERY / "README.md"] = overview(measured)
    wanted[GALLERY.parent / "README.md"] = in_short(measured)
    stale = []
    for path, table in wanted.items():
        old = path.read_text(encoding="utf-8")
        new = between(old, table)
        if new != old:
            stale.append(path)
            if not check:
                path.write_text(new, encoding="utf-8")
    return stale


def between(text: str, table: str) -> str:
    """The text with the table between its marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


# ---- one entry ---------------------------------------------------------------------------------


def report(entry: Entry, found: dict[str, Any]) -> str:
    """The head-to-head of one entry, and what it cost."""
    auc = "ROC AUC" in found["scores"]["learned"]
    titles = ["", f"{found['metric']} (95 % interval)", *(["ROC AUC"] if auc else []), "a call"]
    rows = []
    for rival in RIVALS:
        score = found["scores"][rival]
        cells = [rival, with_interval(found, rival)]
        cells += [number(score.get("ROC AUC"))] if auc else []
        rows.append([*cells, call(score)])
    return f"{table(titles, rows)}\n\n{verdict(found)} {cost(entry, found)}"


def verdict(found: dict[str, Any]) -> str:
    """The verdict and its evidence, as a sentence."""
    gain, low, high = (100 * part for part in found["gains"]["by hand"])
    held_out = found["examples"]["held_out"]
    return (
        f"Verdict: **{found['verdict']}**. On {held_out} held-out examples the program is right {gain:+.1f} points"
        f" more often than the hand-written body (95 % interval {low:+.1f} to {high:+.1f})."
    )


def cost(entry: Entry, found: dict[str, Any]) -> str:
    """What the training was, as a sentence."""
    count, program = found["examples"], found["program"]
    return (
        f"It learned from {count['learning']} {entry.examples}"
        f" ({program['chosen']}). The whole command took {found['training']:.0f} s ({found['machine']}),"
        f" the program is a file of {kilobytes(found)}."
    )


# ---- all of them -------------------------------------------------------------------------------


def overview(measured: dict[Entry, dict[str, Any]]) -> str:
    """The table of all entries."""
    titles = ["function", "examples", "by hand", "naive", "learned (95 % interval)", "ROC AUC"]
    titles += ["a call, by hand / learned", "program", "training", "verdict"]
    rows = []
    for entry, found in measured.items():
        scores = found["scores"]
        link = f"[`{entry.function}`]({entry.name}/README.md)"
        examples = f"{sum(found['examples'].values())} {entry.examples}"
        values = [number(scores[rival][found["metric"]]) for rival in ("by hand", "naive")]
        calls = f"{call(scores['by hand'])} / {call(scores['learned'])}"
        row = [link, examples, *values, with_interval(found, "learned"), number(scores["learned"].get("ROC AUC"))]
        rows.append([*row, calls, kilobytes(found), f"{found['training']:.0f} s", f"**{found['verdict']}**"])
    return table(titles, rows)


def in_short(measured: dict[Entry, dict[str, Any]]) -> str:
    """The table of the project's README."""
    titles = ["function", "held-out examples", "by hand", "learned (95 % interval)", "a call", "training", "verdict"]
    rows = []
    for entry, found in measured.items():
        link = f"[`{entry.function}`](gallery/{entry.name}/README.md)"
        by_hand, learned = number(found["scores"]["by hand"][found["metric"]]), with_interval(found, "learned")
        held_out, time = str(found["examples"]["held_out"]), f"{found['training']:.0f} s"
        rows.append(
            [link, held_out, by_hand, learned, call(found["scores"]["learned"]), time, f"**{found['verdict']}**"]
        )
    return table(titles, rows)


def table(titles: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def with_interval(found: dict[str, Any], rival: str) -> str:
    """The deciding metric of a rival and its interval."""
    score = found["scores"][rival]
    low, high = score["interval"]
    return f"{number(score[found['metric']])} ({number(low)} to {number(high)})"


def number(value: float | None) -> str:
    """A share with three decimals; nothing where there is none."""
    return "" if value is None else f"{value:.3f}"


def call(score: dict[str, Any]) -> str:
    """The time of a call."""
    return f"{score['microseconds']:.0f} µs" if "microseconds" in score else ""


def kilobytes(found: dict[str, Any]) -> str:
    """The size of the program's file."""
    return f"{found['program']['bytes'] / 1000:.0f} kB"


if __name__ == "__main__":
    main(sys.argv[1:])
