"""2. What is known: any source of examples, matched to the signature, read, checked and split."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from wisen.examples.check import checked
from wisen.examples.memory import Bad, Rows
from wisen.examples.sources import rows
from wisen.examples.split import Parts, Rule, brought, column, split
from wisen.examples.table import Examples, match, read
from wisen.signature import Column, Signature

__all__ = [
    "Bad",
    "Examples",
    "Parts",
    "Rows",
    "Rule",
    "brought",
    "column",
    "fitted",
    "known",
    "match",
    "read",
    "rows",
    "split",
]


def known(
    source: Any,
    signature: Signature,
    *,
    returns: str | None = None,
    columns: Mapping[str, str] | None = None,
    encoding: str = "utf-8",
) -> Examples:
    """The good examples of a source; raises BadExamples where it cannot be used, and says why."""
    found = rows(source, signature, encoding)
    return checked(read(found, signature, match(signature, found, returns, columns)))


def fitted(parts: Parts, metric: str | None = None) -> tuple[tuple[Column, ...], tuple[Column, ...]]:
    """(inputs, outputs) of the signature with their kinds fitted to what is not held out.

    `metric` is what decides about the answers, where it is not the usual one; raises BadSignature.
    Only the labels of an open category are looked up in all parts: a label is a name, and knowing it
    helps nobody to guess.
    """
    signature, learning = parts.learning.signature.aimed(metric), parts.learning
    inputs = tuple(each.fit(learning.inputs[each.name]) for each in signature.inputs)
    outputs = []
    for each in signature.outputs:
        every = [v for part in (learning, parts.held_out) for v in part.outputs[each.name]]
        named = replace(each, kind=each.kind.with_labels(every))
        outputs.append(named.fit(learning.outputs[each.name]))
    return inputs, tuple(outputs)
