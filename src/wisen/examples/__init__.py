"""2. What is known: any source of examples, matched to the signature, read, checked and split."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from wisen.examples.check import checked
from wisen.examples.memory import Bad, Rows
from wisen.examples.places import extents, targets
from wisen.examples.sources import rows
from wisen.examples.split import FOLDS, Parts, Rule, brought, column, split, touching
from wisen.examples.table import Examples, match, read
from wisen.examples.together import together
from wisen.examples.windows import cut, listed
from wisen.kinds import Input
from wisen.signature import Column, Signature

__all__ = [
    "FOLDS",
    "Bad",
    "Examples",
    "Parts",
    "Rows",
    "Rule",
    "brought",
    "column",
    "extents",
    "fitted",
    "known",
    "match",
    "read",
    "rows",
    "split",
    "targets",
    "touching",
]


def known(
    source: Any,
    signature: Signature,
    *,
    returns: str | None = None,
    columns: Mapping[str, str] | None = None,
    encoding: str = "utf-8",
    time: str | None = None,
    key: str | None = None,
) -> Examples:
    """The good examples of a source; raises BadExamples where it cannot be used, and says why.

    Where the signature looks at other steps of time than now, the rows are put in the order of the column `time`,
    those of each value of the column `key` by themselves, and cut into windows.
    """
    found = together(rows(source, signature, encoding), signature)
    matched = match(signature, found, returns, columns)
    if not signature.windowed or listed(found, signature, matched):
        return checked(read(found, signature, matched))
    made = cut(found, signature, matched, time, key)
    return checked(read(made.rows, signature, made.matched, made.times))


def fitted(parts: Parts, metric: str | None = None) -> tuple[tuple[Column, ...], tuple[Column, ...]]:
    """(inputs, outputs) of the signature with their kinds fitted to what is not held out.

    Twins are fitted to the values of all of them, and so to the same. `metric` is what decides about the
    answers, where it is not the usual one; raises BadSignature.
    Only the labels of an open category are looked up in all parts: a label is a name, and knowing it
    helps nobody to guess.
    """
    signature, learning = parts.learning.signature.aimed(metric), parts.learning
    needs = sorted({each.kind.needs for each in signature.outputs if each.kind.by_place})
    inputs = []
    for each in signature.inputs:
        columns = twins(each, learning)
        for form in needs:
            each = replace(each, kind=each.kind.needed(form))
        fit = each.fit(columns[0] if len(columns) == 1 else Together(columns))
        inputs.append(fit if learning.times is None else replace(fit, kind=fit.kind.onward()))
    outputs = []
    for each in signature.outputs:
        every = [v for part in (learning, parts.held_out) for v in part.outputs[each.name]]
        named = replace(each, kind=each.kind.with_labels(every))
        outputs.append(named.fit(learning.outputs[each.name]))
    return tuple(inputs), tuple(outputs)


def twins(column: Column, examples: Examples) -> list[Sequence[Any]]:
    """The values of an input column and of its twins."""
    assert isinstance(column.kind, Input)
    key = column.kind.twin()
    alike = [each for each in examples.signature.inputs if type(each.kind) is type(column.kind)]
    names = [each.name for each in alike if each.kind.twin() == key] if key is not None else [column.name]
    return [examples.inputs[name] for name in names]


class Together(Sequence[Any]):
    """The values of columns of one length, row by row."""

    def __init__(self, columns: Sequence[Sequence[Any]]) -> None:
        self.columns = columns

    def __len__(self) -> int:
        return len(self.columns) * len(self.columns[0])

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return [self[at] for at in range(*place.indices(len(self)))]
        row, column = divmod(place, len(self.columns))
        return self.columns[column][row]

    def __iter__(self) -> Iterator[Any]:
        for row in zip(*self.columns, strict=True):
            yield from row
