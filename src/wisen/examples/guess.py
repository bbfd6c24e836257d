"""What a table is probably made of: a type for each column, and doubts in words."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from wisen.errors import BadExamples, BadValue, listed, nearest
from wisen.examples.memory import Rows
from wisen.examples.table import fold
from wisen.kinds import KINDS, Input, Kind, Output
from wisen.kinds.kind import missing

MOST = 100_000
"""Rows that are looked at."""
LIKELY_A_CLASS = 0.1
"""How much surer it is of an answer that is one of a few labels: such an answer is seldom a quantity."""
NUMBERING = re.compile(
    r"(^|[_\W])(id|ids|uuid|guid|key|index|idx|row|rownames|no|nr|number)$|[a-z]I[Dd]$", re.IGNORECASE
)
"""Names of columns that number the rows."""


@dataclass(frozen=True)
class Guess:
    """What a column probably holds; `kind` is None where it is left out, and `doubts` say why or what is unsure."""

    column: str
    kind: Kind | None
    doubts: tuple[str, ...] = ()


def guessed(rows: Rows, returns: str | None = None) -> tuple[list[Guess], Guess]:
    """(a guess for each input column, the guess for the answer); raises BadExamples where there is no answer."""
    answer = answer_of(rows, returns)
    step = max(1, len(rows) // MOST)
    inputs = [guess(name, cells[::step], Input) for name, cells in rows.columns.items() if name != answer]
    output = guess(answer, rows.columns[answer][::step], Output)
    if output.kind is None:
        raise BadExamples(
            f"the column {answer!r} cannot be an answer: it {output.doubts[0]}", "Name another: --returns"
        )
    if not any(each.kind for each in inputs):
        told = "; ".join(f"{each.column} {each.doubts[0]}" for each in inputs)
        raise BadExamples(f"{rows.title} has nothing to tell the answer from" + (f": {told}" if told else ""))
    return inputs, output


def answer_of(rows: Rows, returns: str | None) -> str:
    """The column of the answer; raises BadExamples."""
    if returns is None:
        if rows.output:
            return rows.output
        raise BadExamples(
            f"which column of {rows.title} is the answer?", f"--returns COLUMN. {nearest('', rows.columns)}"
        )
    if returns in rows.columns:
        return returns
    hits = [name for name in rows.columns if fold(name) == fold(returns)]
    if len(hits) != 1:
        raise BadExamples(f"{rows.title} has no column {returns!r}", nearest(returns, rows.columns))
    return hits[0]


def guess(name: str, cells: Sequence[Any], role: type[Kind]) -> Guess:
    """The guess for one column."""
    known = [cell for cell in cells if not absent(cell)]
    if not known:
        return Guess(name, None, ("is empty in every row",))
    if len({str(cell) for cell in known}) == 1 and len(known) == len(cells) > 1:
        return Guess(name, None, (f"is {str(known[0])[:40]!r} in every row",))
    files = next((kind for kind in KINDS.values() if issubclass(kind, role) and names_files(kind, known)), None)
    if files is not None:
        kind, lost = with_gaps(files(), cells)
        return Guess(name, kind, (f"missing in {lost:,} of {len(cells):,} rows",) if lost else ())
    if all(map(ending_of, known)):
        endings = sorted(set(map(ending_of, known)))
        return Guess(name, None, (f"holds files with {listed(endings)}, and no type reads them all",))
    odd = next((cell for cell in known if isinstance(cell, (list, dict, bytes))), None)
    found = best(known, role, nested=isinstance(odd, list)) if odd is None or isinstance(odd, list) else None
    if found is None:
        odd = known[0] if odd is None else odd
        told = f"holds cells such as {str(odd)[:20]!r} ({type(odd).__name__}), which no type fits"
        return Guess(name, None, ("; it ".join([told, *foreign(known)]),))
    wider = best([cell for cell in cells if not absent(cell, sure=True)], role) if odd is None else None
    if wider is not None and type(wider[0]) is type(found[0]):  # "none" is one of its labels
        found = wider
    kind, sureness, doubt = found
    strange = foreign(known) if isinstance(kind.read(known[0]), str) else []
    if strange and isinstance(kind, Output) and role is Output and kind.told:
        told = f"holds cells such as {known[0][:20]!r}, which are no words to learn to say"
        return Guess(name, None, ("; it ".join([told, *strange]),))
    why = numbering(name, known, sureness) if role is Input and not strange else ""
    if why:
        return Guess(name, None, (why,))
    kind, lost = with_gaps(kind, cells)
    doubts = strange or ([doubt] if doubt else [])
    doubts += alike(kind, known)
    if lost and role is Output:
        doubts.append(f"{lost:,} rows have no answer and teach nothing")
        kind = replace(kind, optional=False)
    elif lost:
        doubts.append(f"missing in {lost:,} of {len(cells):,} rows")
    return Guess(name, kind, tuple(doubts))


def ending_of(cell: Any) -> str:
    """How the name of a file ends that some kind reads; empty where a cell is no such name."""
    text = str(cell).strip().lower() if isinstance(cell, (str, os.PathLike)) else ""
    return next((ending for kind in KINDS.values() for ending in kind.suffixes if text.endswith(ending)), "")


def foreign(known: Sequence[Any]) -> list[str]:
    """What texts look like that another country or program would write for numbers or dates; empty where not."""
    texts = [cell.strip() for cell in known if isinstance(cell, str)]
    if len(texts) < len(known):
        return []
    for pattern, what, plain in FOREIGN:
        hit = next((text for text in texts if pattern.fullmatch(text)), None)
        if hit is not None and all(pattern.fullmatch(text) or PLAIN.fullmatch(text) for text in texts):
            return [f"looks like {what}: write {plain(texts, hit)}"]
    return []


def iso(texts: Sequence[str], hit: str) -> str:
    """A date as YYYY-MM-DD; the day comes first unless one of the dates shows that the month does."""
    first, second, third = re.split(r"\D", hit)[:3]
    if len(first) == 4:
        return f"{first}-{second:0>2}-{third:0>2}"
    seconds = [int(re.split(r"\D", text)[1]) for text in texts if not PLAIN.fullmatch(text)]
    day, month = (second, first) if max(seconds) > 12 else (first, second)
    return f"{third}-{month:0>2}-{day:0>2}"


PLAIN = re.compile(r"[-+]?\d+(\.\d+)?")
FOREIGN: tuple[tuple[re.Pattern[str], str, Callable[[Sequence[str], str], str]], ...] = (
    (
        re.compile(r"[-+]?[1-9]\d{0,2}(?:[,' \u00a0\u202f]\d{3})+(?:\.\d+)?"),
        "numbers with separators",
        lambda texts, hit: re.sub(r"[^-+.\d]", "", hit),
    ),
    (
        re.compile(r"[-+]?(?:\d+|\d{1,3}(?:[.' \u00a0\u202f]\d{3})+),\d+"),
        "numbers with a decimal comma",
        lambda texts, hit: re.sub(r"[^-+.\d]", "", hit.replace(".", "").replace(",", ".")),
    ),
    (
        re.compile(r"(?:\d{1,2}([./-])\d{1,2}\1\d{4}|\d{4}([./])\d{1,2}\2\d{1,2})(?:[ T]\d{1,2}:\d\d.*)?"),
        "dates",
        iso,
    ),
)
"""Spellings of numbers and dates that are not read, what they are, and how one of them is to be written."""


def alike(kind: Kind, known: Sequence[Any]) -> list[str]:
    """Labels that are taken as one though they are spelled differently, in words; empty where there are none."""
    groups: dict[str, list[str]] = {}
    for text in dict.fromkeys(cell for cell in known if isinstance(cell, str)):
        groups.setdefault(text.strip().casefold(), []).append(text)
    merged = [texts for texts in groups.values() if len(texts) > 1 and one_label(kind, texts)]
    if not merged:
        return []
    shown = "; ".join(" and ".join(map(repr, sorted(texts)[:3])) for texts in merged[:3])
    return [f"taken as one label: {shown}" + (f"; and {len(merged) - 3} more such" if len(merged) > 3 else "")]


def one_label(kind: Kind, texts: Sequence[str]) -> bool:
    """Whether spellings mean one label of a kind."""
    if not isinstance(kind, Output) or not any(map(str.isalpha, texts[0])):
        return False
    values = [kind.read(text) for text in texts]
    numeric = any(type(value) in (int, float) for value in values)  # 1e5 and 1E5 are no labels
    return not numeric and len({kind.content(value) for value in values}) == 1


def names_files(kind: type[Kind], known: Sequence[Any]) -> bool:
    """Whether cells are paths of files that hold values of a kind."""
    texts = [str(cell).strip().lower() for cell in known if isinstance(cell, (str, os.PathLike))]
    return bool(kind.suffixes) and len(texts) == len(known) and all(text.endswith(kind.suffixes) for text in texts)


def best(raws: Sequence[Any], role: type[Kind], nested: bool = False) -> tuple[Kind, float, str] | None:
    """The surest guess for raw cells that are not missing: (kind, how surely, a doubt); some are lists if `nested`."""
    guesses = []
    for kind in KINDS.values():
        if not issubclass(kind, role) or (nested and not kind.nested):
            continue
        found = kind.guess(raws)
        if found is not None:
            few = LIKELY_A_CLASS if isinstance(found[0], Output) and role is Output and found[0].labels() else 0.0
            guesses.append((found[1] + few, found))
    if not guesses:
        return None
    return max(guesses, key=lambda pair: pair[0])[1]


def absent(cell: Any, sure: bool = False) -> bool:
    """Whether a cell is missing; `sure` leaves out the word "none", which may be a label."""
    return missing(cell) and not (sure and isinstance(cell, str) and cell.strip().casefold() == "none")


def with_gaps(kind: Kind, cells: Sequence[Any]) -> tuple[Kind, int]:
    """(the kind, which may be missing where cells are, how many are missing)."""
    lost = 0
    for cell in cells:
        if absent(cell):
            try:
                kind.read(cell)
            except BadValue:
                lost += 1
    return (replace(kind, optional=True) if lost else kind), lost


def numbering(name: str, known: Sequence[Any], sureness: float) -> str:
    """Why a column only numbers the rows; empty where it does not."""
    texts = [str(cell).strip() for cell in known]
    if len(set(texts)) < len(texts) or len(texts) < 3:
        return ""
    whole = all(re.fullmatch(r"-?\d{1,18}", text) for text in texts)
    if whole and int(texts[0]) in (0, 1) and [int(text) - int(texts[0]) for text in texts] == list(range(len(texts))):
        return "counts the rows"
    if NUMBERING.search(name):
        return "is different in every row: a number or name of the row, from which nothing can be learned"
    if sureness <= 0.5 and not any(" " in text for text in texts):
        return "is different in every row: a number or name of the row, from which nothing can be learned"
    return ""
