"""Values that stand in several rows of a table, a part in each: the rows of one input become one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from wisen.errors import BadExamples
from wisen.examples.memory import Rows
from wisen.examples.table import fold
from wisen.kinds.kind import missing
from wisen.kinds.packed import picked
from wisen.signature import ANSWER, Signature


def together(rows: Rows, signature: Signature) -> Rows:
    """The rows, those with the same input as one whose answer is the list of what the parts' columns say in them.

    As they are where the answer has no parts, or where the table has no column for each of them.
    """
    known = {fold(name): name for name in rows.columns}
    if not signature.single or fold(signature.name) in known or ANSWER in known or rows.output:
        return rows
    parts = next((names for names in signature.outputs[0].kind.parts if all(name in known for name in names)), None)
    if parts is None:
        return rows
    apart = [known[name] for name in parts]
    others = [name for name in rows.columns if name not in apart]
    if not others:
        raise BadExamples(f"{rows.title} has no column beside {', '.join(apart)}", "Name the input of each row.")
    wanted = fold(signature.inputs[0].name)
    own = known[wanted] if wanted in known else others[0]
    key = rows.columns[own]
    groups: dict[Any, list[int]] = {}
    for place, cell in enumerate(key):
        groups.setdefault(cell if isinstance(cell, str) else f"row {place}", []).append(place)
    every = list(zip(*(list(rows.columns[name]) for name in apart), strict=True))
    said = [None if all(map(missing, cells)) else list(cells) for cells in every]
    values = [[said[place] for place in places if said[place] is not None] for places in groups.values()]
    first = [places[0] for places in groups.values()]
    kept = {name: picked(rows.columns[name], first) for name in others}
    columns = {**kept, ANSWER: values}
    return replace(rows, columns=columns, names=picked(rows.names, first), inputs=(own,), output=ANSWER)
