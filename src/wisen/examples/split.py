"""Examples to learn from, cut into folds to choose by, and held-out examples.

An example's part and fold follow from a hash of its inputs alone (or of its group). So adding
examples never moves one across, and exact duplicates never straddle. Only where groups share an
example with equal inputs they are taken as one, and a new example of that sort may move a group.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np

from wisen.errors import BadExamples, BadProgram, nearest
from wisen.examples.forward import folds_in, parts_of, second_of, told
from wisen.examples.table import Examples, fold
from wisen.kinds.kind import nothing

HELD_OUT = 0.30
"""So many because a verdict needs them: of 200 examples 60 show that a body which is right on 87 % was
beaten by one that is always right with a power of 83 %; 40 would do so with half of it."""
FOLDS = 5
"""Parts of what is not held out. The first is the validation examples; where examples are few, each in turn."""
ENOUGH = 5000
"""Validation examples that tell an error of 7.5 % from one of 8.5 %: what would be more is learned from."""


@dataclass(frozen=True)
class Rule:
    """How examples are divided: by which hash, and which share of them is held out. It stands in the
    manifest, so that whoever tests a program later holds out what was held out from it. A share of 0
    says that held-out examples were brought by themselves. Examples that were cut from a table in order of
    `time`, for each value of `key`, are held out from the moment `cut` on."""

    group: str | None = None
    held_out: float = HELD_OUT
    time: str | None = None
    key: str | None = None
    cut: str | None = None

    @classmethod
    def of(cls, manifest: Mapping[str, Any]) -> Self:
        """The rule of a program; raises BadProgram where its manifest tells none."""
        told = manifest.get("split", {})
        group, held_out = told.get("group"), told.get("held_out", HELD_OUT)
        texts = [group, *(told.get(name) for name in ("time", "key", "cut"))]
        plain = type(held_out) in (int, float) and 0 <= held_out < 1 and timely(told.get("cut"))
        if not plain or not all(text is None or isinstance(text, str) for text in texts):
            raise BadProgram(f"the program's manifest tells of no split of examples: {told!r:.80}", "Train it again.")
        return cls(group, held_out, *texts[1:])

    def to_json(self) -> dict[str, Any]:
        """The rule for a manifest."""
        by = f"sha256 of the {'inputs' if self.group is None else 'group'}" if self.held_out else "brought apart"
        by = "time" if self.cut else by
        return {
            "by": by,
            **{name: value for name, value in asdict(self).items() if value is not None or name == "group"},
        }


def timely(cut: Any) -> bool:
    """Whether a manifest tells of a moment, or of none."""
    try:
        return cut is None or second_of(cut) is not None
    except (ValueError, TypeError):
        return False


EVERY_ROW = Rule()


@dataclass(frozen=True)
class Parts:
    """The examples divided: to learn from, with the fold of each, and to judge by; and how that was done."""

    learning: Examples
    folds: np.ndarray
    """Below FOLDS; or, of a row whose groups lie in several folds, FOLDS and a bit for each of these."""
    held_out: Examples
    rule: Rule

    @cached_property
    def validation(self) -> Examples:
        """The first fold of the examples to learn from: what a choice is made by where there are many."""
        return self.learning.take(np.flatnonzero(self.folds == 0))

    @cached_property
    def training(self) -> Examples:
        """The examples of the other folds."""
        return self.learning.take(np.flatnonzero(~touching(self.folds, 0)))

    def __str__(self) -> str:
        return f"{len(self.learning)} to learn from and to choose by, {len(self.held_out)} held out"


def split(examples: Examples, rule: Rule = EVERY_ROW) -> Parts:
    """The parts of the examples; rows with one value of the rule's group stay together. Where a row has several
    groups, such as the two people of a pair, it is left out if they lie on both sides.

    Each part is in the order of its rows' hashes, so that the order in which examples are brought
    makes no difference to the weights. By a rule that holds out nothing, all of them are held-out
    examples. Those with times are divided by them. Raises BadExamples where a part would be empty.
    """
    examples = in_order(examples)
    if not rule.held_out:  # all of them are
        return Parts(examples, np.zeros(len(examples), np.uint8), examples, rule)
    if examples.times is not None:
        return forward(examples, rule)
    shares = shares_of(examples, rule.group)
    left, held = (shares >= rule.held_out).all(axis=1), (shares < rule.held_out).all(axis=1)
    folds = folds_of((shares[left] - rule.held_out) / (1 - rule.held_out))
    if not held.any() or not divided(folds):
        raise too_few(len(np.unique(shares)), rule)
    if between := int((~left & ~held).sum()):
        note = f"{between} examples are left out: one of their groups is held out, and another is not"
        examples = replace(examples, notes=(*examples.notes, note))
    held_out = examples.take(np.flatnonzero(held))
    return Parts(examples.take(np.flatnonzero(left)), folds, held_out, rule)


def forward(examples: Examples, rule: Rule) -> Parts:
    """The parts of examples that stand in time: the last of them are held out. Raises BadExamples."""
    assert examples.times is not None
    if rule.group is not None:
        raise BadExamples(
            f"group={rule.group!r} divides by a column, and windows of one table are divided by time",
            "Leave it out; key= (--key) names the column that tells several series apart.",
        )
    cut = None if rule.cut is None else second_of(rule.cut)
    left, held, cut = parts_of(examples.times, rule.held_out, cut)
    learning = examples.take(np.flatnonzero(left))
    assert learning.times is not None
    folds = folds_in(learning.times, FOLDS, ENOUGH)
    if not held.any() or not divided(folds):
        raise not_there(cut) if rule.cut else too_few(len(np.unique(examples.times.now)), rule)
    between = int((~left & ~held).sum())
    note = f"held out: the {int(held.sum()):,} windows from {told(cut)} on; {between} before look into it"
    learning = replace(learning, notes=(*learning.notes, note))
    return Parts(learning, folds, examples.take(np.flatnonzero(held)), replace(rule, cut=told(cut)))


def brought(examples: Examples, held_out: Examples, rule: Rule = EVERY_ROW) -> Parts:
    """The parts where held-out examples are brought by themselves: all others are to learn from.

    Examples whose inputs equal those of a held-out one are left out, and a note says how many.
    Raises BadExamples where the others cannot be cut into folds.
    """
    rule, group, taken = replace(rule, held_out=0.0), rule.group, set(held_out.digests)
    own = [place for place, digest in enumerate(examples.digests) if digest not in taken]
    if twice := len(examples) - len(own):
        note = f"{twice} examples are left out: their inputs are also among the held-out examples"
        examples = replace(examples.take(own), notes=(*examples.notes, note))
    examples = in_order(examples)
    shares = shares_of(examples, group)
    folds = folds_of(shares) if examples.times is None else folds_in(examples.times, FOLDS, ENOUGH)
    if not divided(folds):
        raise too_few(len(np.unique(shares)), rule)
    return Parts(examples, folds, in_order(held_out), rule)


def shares_of(examples: Examples, group: str | None) -> np.ndarray:
    """Where each row lies from 0 to 1, by the hash of its inputs or of each of its groups, [rows, groups]."""
    names = [] if group is None else several(examples, group)
    if len(names) < 2:
        return np.array([[share(key)] for key in keys(examples, group)])
    cells = [zip(column(examples, name), examples.digests, strict=True) for name in names]
    found = [[share(named(cell) or digest) for cell, digest in rows] for rows in cells]
    return np.array(found).transpose()


def several(examples: Examples, group: str) -> list[str]:
    """The names of the columns of a row's groups: one, or several with commas between."""
    if "," not in group or group in {*examples.others, *examples.inputs, *examples.outputs, *examples.sources.values()}:
        return [group]
    return [name.strip() for name in group.split(",")]


def folds_of(shares: np.ndarray) -> np.ndarray:
    """The fold of rows from their shares from 0 to 1. The first is smaller where a fifth of the examples is more
    than enough; those of one share, such as the rows of a group, stay together."""
    every = (shares * FOLDS).astype(np.uint8)
    folds = every[:, 0].copy()
    first = np.sort(shares[folds == 0, 0])
    if shares.shape[1] == 1 and len(first) > ENOUGH:
        folds[(folds == 0) & (shares[:, 0] > first[ENOUGH - 1])] = 1
    between = (every != every[:, :1]).any(axis=1)
    folds[between] = FOLDS + np.bitwise_or.reduce(1 << every[between], axis=1)
    return folds


def touching(folds: np.ndarray, fold: int) -> np.ndarray:
    """Whether rows must not be learned from where a fold is left out: they are of it, or one of their groups is."""
    bits = folds - np.minimum(folds, FOLDS)
    found: np.ndarray = (folds == fold) | (bits >> fold & 1 == 1)
    return found


def divided(folds: np.ndarray) -> bool:
    """Whether there are rows to choose by and others to learn from."""
    return bool((folds == 0).any() and not touching(folds, 0).all())


def too_few(distinct: int, rule: Rule) -> BadExamples:
    """What to say where a part would be empty."""
    what = "different examples"
    if rule.group:
        what = f"different values of {rule.group!r} (those with an example of equal inputs are taken as one)"
    held = " and some held out" if rule.held_out else ""
    return BadExamples(
        f"{distinct} {what} cannot be divided into some to learn from, some to choose by{held}",
        "Bring more of them: 50 are a start, a few hundred are better.",
    )


def not_there(cut: int) -> BadExamples:
    """What to say where a moment leaves nothing to hold out, or nothing to learn from."""
    return BadExamples(
        f"there are too few examples before or after {told(cut)}, from which on they are held out",
        "Name another moment: --held-out 2024-01-01. Or --fresh, where it is that of the last training.",
    )


def in_order(examples: Examples) -> Examples:
    """The examples in the order of their hashes; those with equal inputs in that of their answers."""
    return examples.take(examples.order)


def keys(examples: Examples, group: str | None) -> Sequence[bytes]:
    """The bytes whose hash decides the part of each example."""
    if group is None:
        return examples.digests
    cells = column(examples, group)
    return united([named(cell) for cell in cells], examples.digests)


def named(cell: Any) -> bytes:
    """The bytes of a group's name; none where it is missing."""
    return b"" if nothing(cell) else str(cell).strip().encode("utf-8", "surrogatepass")


def united(groups: Sequence[bytes], digests: Sequence[bytes]) -> list[bytes]:
    """A key for each row, the same for rows of one group and for rows with one digest, and so on from row to row.

    It is the name of the first group by the alphabet; a row without a group stands alone.
    """
    above: dict[tuple[bool, bytes], tuple[bool, bytes]] = {}

    def top(node: tuple[bool, bytes]) -> tuple[bool, bytes]:
        while (parent := above.setdefault(node, node)) != node:
            above[node] = node = above[parent]
        return node

    own = [(not group, group or digest) for group, digest in zip(groups, digests, strict=True)]
    for node, digest in zip(own, digests, strict=True):
        one, other = sorted((top(node), top((True, digest))))  # groups come before digests
        above[other] = one
    return [top(node)[1] for node in own]


def column(examples: Examples, name: str) -> Sequence[Any]:
    """A column by name, whether the signature uses it or not; raises BadExamples.

    Its name is the parameter's or the one in the file; case, spaces and underscores do not count.
    """
    known: dict[str, Sequence[Any]] = {}
    for columns in (examples.others, examples.inputs, examples.outputs):
        known = {**columns, **known}
    for own, source in examples.sources.items():
        known.setdefault(source, known[own])
    if name in known:
        return known[name]
    hits = [columns for spelled, columns in known.items() if fold(spelled) == fold(name)]
    if hits and all(each is hits[0] for each in hits):
        return hits[0]
    raise BadExamples(f"there is no column {name!r}", nearest(name, known))


def share(key: bytes) -> float:
    """A number from 0 to 1 that follows from the key, evenly spread."""
    return int.from_bytes(hashlib.sha256(b"wisen" + key).digest()[:7], "big") / 2**56
