"""Training, validation and held-out examples.

An example's part follows from a hash of its inputs alone (or of its group). So adding examples
never moves one across, and exact duplicates never straddle. Only where groups share an example
with equal inputs they are taken as one, and a new example of that sort may move a group.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from wisen.errors import BadExamples, BadProgram, nearest
from wisen.examples.table import Examples, fold
from wisen.kinds.kind import nothing

HELD_OUT = 0.30
"""So many because a verdict needs them: of 200 examples 60 show that a body which is right on 87 % was
beaten by one that is always right with a power of 83 %; 40 would do so with half of it."""
VALIDATION = 0.15


@dataclass(frozen=True)
class Rule:
    """How examples are divided: by which hash, and into which shares. It stands in the manifest, so
    that whoever tests a program later holds out what was held out from it."""

    group: str | None = None
    held_out: float = HELD_OUT
    validation: float = VALIDATION

    @classmethod
    def of(cls, manifest: Mapping[str, Any]) -> Self:
        """The rule of a program; raises BadProgram where its manifest tells none."""
        told = manifest.get("split", {})
        group, shares = told.get("group"), (told.get("held_out", HELD_OUT), told.get("validation", VALIDATION))
        plain = all(type(share) in (int, float) and 0 < share < 1 for share in shares) and sum(shares) < 1
        if not plain or not (group is None or isinstance(group, str)):
            raise BadProgram(f"the program's manifest tells of no split of examples: {told!r:.80}", "Train it again.")
        return cls(group, *shares)

    def to_json(self) -> dict[str, Any]:
        """The rule for a manifest."""
        return {"by": f"sha256 of the {'inputs' if self.group is None else 'group'}", **asdict(self)}


EVERY_ROW = Rule()


@dataclass(frozen=True)
class Parts:
    """Three parts of the examples: to learn from, to choose by, to judge by; and how they were made."""

    training: Examples
    validation: Examples
    held_out: Examples
    rule: Rule

    def __str__(self) -> str:
        return f"{len(self.training)} to learn from, {len(self.validation)} to choose by, {len(self.held_out)} held out"


def split(examples: Examples, rule: Rule = EVERY_ROW) -> Parts:
    """The parts of the examples; rows with one value of the rule's group stay together.

    Each part is in the order of its rows' hashes, so that the order in which examples are brought
    makes no difference to the weights. Raises BadExamples where a part would be empty.
    """
    examples = in_order(examples)
    shares = [share(key) for key in keys(examples, rule.group)]
    learned = rule.held_out + rule.validation
    held = [place for place, at in enumerate(shares) if at < rule.held_out]
    validation = [place for place, at in enumerate(shares) if rule.held_out <= at < learned]
    training = [place for place, at in enumerate(shares) if at >= learned]
    if not held or not validation or not training:
        distinct = len(set(shares))
        what = "different examples"
        if rule.group:
            what = f"different values of {rule.group!r} (those with an example of equal inputs are taken as one)"
        raise BadExamples(
            f"{distinct} {what} cannot be divided into some to learn from, some to choose by and some held out",
            "Bring more of them: 50 are a start, a few hundred are better.",
        )
    return Parts(examples.take(training), examples.take(validation), examples.take(held), rule)


def in_order(examples: Examples) -> Examples:
    """The examples in the order of their hashes; those with equal inputs in that of their answers."""
    answers = list(zip(*examples.outputs.values(), strict=True))
    return examples.take(sorted(range(len(examples)), key=lambda at: (examples.digests[at], repr(answers[at]))))


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
