"""Writes what was measured into the READMEs of the gallery, between two marks.

    python -m gallery.tables [--check]

With --check nothing is written: it exits with 1 where a README says something else.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from gallery.entries import EVERY, GALLERY, Entry

BEGIN, END = "<!-- measured {}: scripts/gallery writes this -->", "<!-- end -->"
ALL = "all"
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
    measured = {entry: found for entry in EVERY if (found := entry.measured())}
    wanted: dict[Path, dict[str, str]] = {
        GALLERY / "README.md": {ALL: overview(measured)},
        GALLERY.parent / "README.md": {ALL: in_short(measured)},
    }
    for entry, found in measured.items():
        wanted.setdefault(entry.place / "README.md", {})[entry.function] = report(entry, found)
    stale = []
    for path, tables in wanted.items():
        old = new = path.read_text(encoding="utf-8")
        for name, table in tables.items():
            new = between(new, name, table)
        if new != old:
            stale.append(path)
            if not check:
                path.write_text(new, encoding="utf-8")
    return stale


def between(text: str, name: str, table: str) -> str:
    """The text with the table between the marks of that name."""
    begin = BEGIN.format(name)
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(END)
    return f"{before}{begin}\n{table}\n{END}{after}"


# ---- one entry ---------------------------------------------------------------------------------


def report(entry: Entry, found: dict[str, Any]) -> str:
    """The head-to-head of one entry, and what it cost."""
    several = len(found["outputs"]) > 1
    parts = [heading(output, found, several) for output in found["outputs"]]
    if found["also"]:
        titles, *rows = found["also"]
        parts.append(table(titles, rows))
    return "\n\n".join([*parts, f"{verdict(found)} {cost(entry, found)}"])


def heading(output: dict[str, Any], found: dict[str, Any], several: bool) -> str:
    """The table of one output."""
    auc = "ROC AUC" in output["scores"]["learned"]
    name = f"{output['name']}: " if several else ""
    titles = ["", f"{name}{output['metric']} (95 % interval)", *(["ROC AUC"] if auc else []), "a call"]
    rows = []
    for rival in RIVALS:
        cells = [rival, with_interval(output, rival)]
        cells += [number(output["scores"][rival].get("ROC AUC"))] if auc else []
        rows.append([*cells, call(found, rival)])
    return table(titles, rows)


def verdict(found: dict[str, Any]) -> str:
    """The verdict and its evidence, as sentences."""
    gains = "; ".join(gain(output, len(found["outputs"]) > 1) for output in found["outputs"])
    held_out = found["examples"]["held_out"]
    return f"Verdict: **{found['verdict']}**. On {held_out} held-out examples {gains}."


def gain(output: dict[str, Any], several: bool) -> str:
    """How far the program is ahead of the hand-written body."""
    name = f"{output['name']} ({output['verdict']}): " if several else ""
    values = output["gains"]["by hand"]
    if output["share"]:
        mean, low, high = (100 * value for value in values)
        said = f"the program is right {mean:+.1f} points more often than the hand-written body"
        return f"{name}{said} (95 % interval {low:+.1f} to {high:+.1f})"
    sign = 1 if output["better"] == "higher" else -1
    mean, *ends = (sign * value for value in values)
    low, high = sorted(ends)
    said = f"the program's {output['metric']} differs by {mean:+.3g} from that of the hand-written body"
    return f"{name}{said} (95 % interval {low:+.3g} to {high:+.3g})"


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
    titles = ["function", "examples", "metric", "by hand", "naive", "learned (95 % interval)"]
    titles += ["a call, by hand / learned", "program", "training", "verdict"]
    rows = []
    for entry, found in measured.items():
        calls = f"{call(found, 'by hand')} / {call(found, 'learned')}"
        examples = f"{sum(found['examples'].values())} {entry.examples}"
        costs = [calls, kilobytes(found), f"{found['training']:.0f} s"]
        for output in found["outputs"]:
            values = [number(output["scores"][rival][output["metric"]]) for rival in ("by hand", "naive")]
            name, metric = named(entry, output, found, ""), output["metric"]
            row = [name, examples, metric, *values, with_interval(output, "learned"), *costs]
            rows.append([*row, f"**{output['verdict']}**"])
            examples, costs = "", ["", "", ""]
    return table(titles, rows)


def in_short(measured: dict[Entry, dict[str, Any]]) -> str:
    """The table of the project's README."""
    titles = ["function", "held-out examples", "metric", "by hand", "learned (95 % interval)", "a call", "training"]
    rows = []
    for entry, found in measured.items():
        held_out, time = str(found["examples"]["held_out"]), f"{found['training']:.0f} s"
        for output in found["outputs"]:
            by_hand, learned = number(output["scores"]["by hand"][output["metric"]]), with_interval(output, "learned")
            name = named(entry, output, found, "gallery/")
            row = [name, held_out, output["metric"], by_hand, learned, call(found, "learned"), time]
            rows.append([*row, f"**{output['verdict']}**"])
    return table([*titles, "verdict"], rows)


def named(entry: Entry, output: dict[str, Any], found: dict[str, Any], root: str) -> str:
    """The function with a link to its README, and the output where it has several."""
    link = f"[`{entry.function}`]({root}{entry.folder}/README.md)"
    return f"{link}: {output['name']}" if len(found["outputs"]) > 1 else link


def table(titles: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def with_interval(output: dict[str, Any], rival: str) -> str:
    """The deciding metric of a rival and its interval."""
    score = output["scores"][rival]
    low, high = score["interval"]
    return f"{number(score[output['metric']])} ({number(low)} to {number(high)})"


def number(value: float | None) -> str:
    """A figure with three decimals, fewer where it is large; nothing where there is none."""
    return "" if value is None else f"{value:.3f}" if abs(value) < 10 else f"{value:.4g}"


def call(found: dict[str, Any], rival: str) -> str:
    """The time of a call."""
    seconds = found["seconds"]
    return f"{seconds[rival]:.0f} µs" if rival in seconds else ""


def kilobytes(found: dict[str, Any]) -> str:
    """The size of the program's file."""
    return f"{found['program']['bytes'] / 1000:.0f} kB"


if __name__ == "__main__":
    main(sys.argv[1:])
