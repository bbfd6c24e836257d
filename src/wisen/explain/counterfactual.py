"""Counterfactuals: the smallest change of a row that turns the program's answer.

What is small is the sum of how far each input moves (Wachter, Mittelstadt and Russell, 2017, Counterfactual
Explanations without Opening the Black Box), in shares of the examples that are passed (Ustun, Spangher and Liu, 2019,
Actionable Recourse); a label is changed or not (Gower, 1971). Two searches bring candidates: from the row outwards, a
few inputs at a time; and from real examples with another answer back to the row (Brughmans, Leyman and Martens, 2023,
NICE). Only values that examples have are put in. Every change is then taken back as far as the answer stays turned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from wisen.errors import BadValue, listed, nearest
from wisen.explain.known import Known, known, some
from wisen.function import Function
from wisen.kinds import Output
from wisen.kinds.asking import Asking
from wisen.program import part

VALUES = 24
"""Values of each input that are tried at first, at most; the change is made smaller afterwards."""
DEEPEST = 4
"""Inputs that are changed together on the way outwards."""
BEAM = 12
"""Rows from which the search goes on."""
EXAMPLES = 12
"""Real examples from which the other search begins."""
MOST = 3
"""Counterfactuals that are told, each of other inputs, if nobody says otherwise."""


@dataclass(frozen=True)
class Counterfactual:
    """A row that gets another answer: what is changed in it (before, after), and by how much in all."""

    changes: Mapping[str, tuple[Any, Any]]
    answer: Any
    size: float
    values: tuple[Any, ...] = field(repr=False)


@dataclass(frozen=True)
class Counterfactuals:
    """The smallest changes found that turn an answer, the smallest first; none where nothing that was tried does."""

    function: str
    output: str
    answer: Any
    wanted: Any
    found: tuple[Counterfactual, ...]
    tried: int
    kind: Output = field(repr=False, compare=False)
    """That of the answers."""

    def __str__(self) -> str:
        lines = [f"{self.function}: {self.answer!r}"]
        for each in self.found:
            changed = ", ".join(f"{name} {brief(old)} -> {brief(new)}" for name, (old, new) in each.changes.items())
            lines.append(f"  {each.answer!r} if {changed}  (size {each.size:.3g})")
        if not self.found:
            wanted = "another answer" if self.wanted is None else repr(self.wanted)
            lines.append(f"  no change that was tried gives {wanted} ({self.tried:,} rows)")
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON can hold it."""
        write = self.kind.write
        return {
            "function": self.function, "output": self.output, "answer": write(self.answer),
            "wanted": write(self.wanted), "tried": self.tried,
            "found": [
                {"changes": {n: list(pair) for n, pair in e.changes.items()}, "answer": write(e.answer), "size": e.size}
                for e in self.found
            ],
        }  # fmt: skip


def brief(value: Any) -> str:
    """A value in a few words."""
    return "missing" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)


def counterfactuals(
    function: Function[Any, Any],
    *args: Any,
    wanted: Any = None,
    keep: Sequence[str] = (),
    most: int = MOST,
    examples: Any = None,
    output: str | None = None,
    **kwargs: Any,
) -> Counterfactuals:
    """The smallest changes of a call's arguments that turn the answer of a function's program.

    `wanted` is the answer wanted; without it any other label will do, and of a number the other side of the mean. Of a
    number it is enough to reach it. `keep` names inputs that stay as they are, such as an age. Without
    `examples` those of the last training are read. Raises BadValue where no input can be changed; NotTrained;
    BadExamples.
    """
    values = function.signature.read(function.signature.raw(args, kwargs))
    return turned(known(function, examples, output), values, wanted, keep, most)


def turned(
    what: Known, values: Sequence[Any], wanted: Any = None, keep: Sequence[str] = (), most: int = MOST
) -> Counterfactuals:
    """The smallest changes of read values that turn the answer of a known program."""
    search = Search(what, list(values), wanted, keep)
    rows = [*search.outwards(), *search.back()]
    rows = [search.smaller(row) for row in rows]
    best: dict[frozenset[int], list[Any]] = {}
    for row in sorted(rows, key=search.size):
        best.setdefault(search.changed(row), row)
    kept = [row for key, row in best.items() if not any(other < key for other in best)][:most]
    answers = what.program.batch(kept)[0][what.place] if kept else []
    found = tuple(search.told(row, answer) for row, answer in zip(kept, answers, strict=True))
    return Counterfactuals(
        what.function.name, what.column.name, search.answer, search.wanted, found, search.tried, what.column.kind
    )


class Search:
    """The row to change, what it may be changed into, and how near a row is to the answer wanted."""

    def __init__(self, what: Known, row: list[Any], wanted: Any, keep: Sequence[str]) -> None:
        self.what, self.row, self.tried = what, row, 0
        self.learning = what.learning
        self.columns = what.function.signature.inputs
        names = [column.name for column in self.columns]
        if unknown := [name for name in keep if name not in names]:
            raise BadValue(f"{what.function.name}() has no input {unknown[0]!r} to keep", nearest(unknown[0], names))
        self.asking: dict[int, Asking] = {}
        for place, column in enumerate(self.columns):
            asking = None if column.name in keep else column.kind.asking(some(self.learning.inputs[column.name]))
            if asking is not None and asking.grid(VALUES):
                self.asking[place] = asking
        if not self.asking:
            raise BadValue(
                f"none of {listed(self.columns)} can be changed", "Numbers, labels and dates can, unless they are kept."
            )
        answers, tensors = what.program.whole([[value] for value in row])
        self.answer = answers[what.place][0]
        kind = what.column.kind
        self.wanted = None if wanted is None else kind.read(wanted)
        saying = kind.saying()
        self.near: Callable[[Sequence[Any], Mapping[str, np.ndarray]], np.ndarray] = (
            (lambda said, tensors: saying.progress(tensors, self.answer, self.wanted))
            if saying
            else (lambda said, tensors: other(kind, said, self.answer, self.wanted))
        )
        if self.wanted is not None and self.near([self.answer], part(tensors, what.column.name))[0] > 0:
            raise BadValue(f"the answer is {self.answer!r} already", "Want another answer, or say none.")

    def progress(self, rows: Sequence[Sequence[Any]]) -> np.ndarray:
        """How near rows are to the answer wanted; above 0 exactly where they get it."""
        self.tried += len(rows)
        answers, tensors = self.what.program.batch(rows)
        return self.near(answers[self.what.place], part(tensors, self.what.column.name))

    @cached_property
    def grids(self) -> dict[int, tuple[list[Any], np.ndarray]]:
        """Of each input that may change the values to try, and how far each is from its own."""
        found = {}
        for place, asking in self.asking.items():
            values = [value for value in asking.grid(VALUES) if value is not None]  # to know less is no way to change
            found[place] = (values, asking.distances(self.row[place], values))
        return found

    def changed(self, row: Sequence[Any]) -> frozenset[int]:
        """The places of the inputs that differ from those of the row to change."""
        contents = [column.kind.content for column in self.columns]
        return frozenset(
            place for place in self.asking if contents[place](row[place]) != contents[place](self.row[place])
        )

    def size(self, row: Sequence[Any]) -> float:
        """How much is changed in a row, in all."""
        return float(sum(self.moved(row, place) for place in self.changed(row)))

    def moved(self, row: Sequence[Any], place: int) -> float:
        """How far one input of a row has moved."""
        return float(self.asking[place].distances(self.row[place], [row[place]])[0])

    def outwards(self) -> list[list[Any]]:
        """Rows that get the answer wanted, found from the row by changing one input after the other."""
        found: list[tuple[float, list[Any]]] = []
        frontier: list[tuple[list[Any], float, frozenset[int]]] = [(self.row, 0.0, frozenset())]
        for _ in range(min(DEEPEST, len(self.asking))):
            least = min((size for size, _ in found), default=np.inf)
            rows, sizes, places = self.steps(frontier, least)
            if not rows:
                break
            near = self.progress(rows)
            found += [(sizes[at], rows[at]) for at in np.flatnonzero(near > 0)]
            open_ = np.flatnonzero(near <= 0)
            # Half of those that go on are the nearest to the answer, half those that came nearest for their size.
            start = float(self.progress([self.row])[0])
            by_near = open_[np.argsort(-near[open_], kind="stable")][: BEAM // 2]
            gain = (near[open_] - start) / np.maximum(np.array(sizes)[open_], 1e-3)
            by_gain = open_[np.argsort(-gain, kind="stable")][: BEAM // 2]
            chosen = dict.fromkeys([*by_near.tolist(), *by_gain.tolist()])
            frontier = [(rows[at], sizes[at], places[at]) for at in chosen]
        found.sort(key=lambda pair: pair[0])
        return [row for _, row in found[: 4 * BEAM]]

    def steps(
        self, frontier: Sequence[tuple[list[Any], float, frozenset[int]]], least: float
    ) -> tuple[list[list[Any]], list[float], list[frozenset[int]]]:
        """(rows, their sizes, the inputs changed in them) one change on from some, none larger than the least found."""
        rows, sizes, places, seen = [], [], [], set()
        for row, size, changed in frontier:
            for place, (values, distances) in self.grids.items():
                if place in changed:
                    continue
                for number, (value, distance) in enumerate(zip(values, distances.tolist(), strict=True)):
                    key = (id(row), place, number)
                    if distance > 0 and size + distance < least and key not in seen:
                        seen.add(key)
                        rows.append([*row[:place], value, *row[place + 1 :]])
                        sizes.append(size + distance)
                        places.append(changed | {place})
        return rows, sizes, places

    def back(self) -> list[list[Any]]:
        """Rows that get the answer wanted: this one with all that may change taken from an example that gets it."""
        answers, tensors = self.what.program.whole(self.learning.columns())
        near = self.near(answers[self.what.place], part(tensors, self.what.column.name))
        there = np.flatnonzero(near > 0)
        if not len(there):
            return []
        inputs = self.learning.columns()
        total = np.zeros(len(there))
        for place, asking in self.asking.items():
            total += asking.distances(self.row[place], [inputs[place][int(at)] for at in there])
        rows = [
            [inputs[place][at] if place in self.asking else own for place, own in enumerate(self.row)]
            for at in there[np.argsort(total, kind="stable")[:EXAMPLES]].tolist()
        ]
        known = [row for row in rows if not self.unknown(row)]
        near = self.progress(known) if known else np.zeros(0)
        return [row for row, each in zip(known, near, strict=True) if each > 0]

    def unknown(self, row: Sequence[Any]) -> bool:
        """Whether anything is missing in a row that was known: to know less is no way to change."""
        return any(row[place] is None and self.row[place] is not None for place in self.asking)

    def smaller(self, row: list[Any]) -> list[Any]:
        """The row with every change taken back as far as it still gets the answer wanted."""
        for _ in range(len(self.asking)):
            before = self.size(row)
            for place in sorted(self.changed(row), key=lambda place: -self.moved(row, place)):
                undone = [*row[:place], self.row[place], *row[place + 1 :]]
                row = undone if self.progress([undone])[0] > 0 else self.nearer(row, place)
            if self.size(row) >= before - 1e-12:
                break
        return row

    def nearer(self, row: list[Any], place: int) -> list[Any]:
        """The row with one input as near to its old value as halving the way between finds, among known values."""
        path = self.path(row, place)
        low, high = 0, len(path)  # the answer is turned at `high`, which is the row's own value
        while low < high:
            middle = (low + high) // 2
            tried = [*row[:place], path[middle], *row[place + 1 :]]
            low, high = (low, middle) if self.progress([tried])[0] > 0 else (middle + 1, high)
        return row if high == len(path) else [*row[:place], path[high], *row[place + 1 :]]

    def path(self, row: Sequence[Any], place: int) -> list[Any]:
        """The known values of an input between its old value and that of a row, from the old one on."""
        asking = self.asking[place]
        ranks, ends = asking.ranks(asking.values), asking.ranks([self.row[place], row[place]])
        if ranks is None or ends is None or np.isnan(ends).any():
            return []
        start, end = ends
        inside = np.flatnonzero((ranks > min(start, end)) & (ranks < max(start, end)))
        first = np.unique(ranks[inside], return_index=True)[1]
        order = first if end > start else first[::-1]
        return [asking.values[int(inside[at])] for at in order]

    def told(self, row: Sequence[Any], answer: Any) -> Counterfactual:
        """A row that was found, as a person is told of it."""
        write = [column.kind.write for column in self.columns]
        changes = {
            self.columns[place].name: (write[place](self.row[place]), write[place](row[place]))
            for place in sorted(self.changed(row))
        }
        return Counterfactual(changes, answer, self.size(row), tuple(row))


def other(kind: Any, said: Sequence[Any], answer: Any, wanted: Any) -> np.ndarray:
    """1 where answers are another than this one, or the one wanted where there is one, else -1."""
    write = kind.write
    right = [write(each) == write(wanted) if wanted is not None else write(each) != write(answer) for each in said]
    return np.where(right, 1.0, -1.0)
