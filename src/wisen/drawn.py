"""Pictures of answers: drawn onto the inputs that they were given to, or behind the past that they go on from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wisen import state
from wisen.answers import answering
from wisen.errors import BadValue
from wisen.examples import Rule, match, rows
from wisen.examples.table import Reading
from wisen.examples.windows import cut
from wisen.function import Function
from wisen.names import exists
from wisen.signature import Column, Signature, past_of


def draw(
    function: Function[Any, Any], name: str, values: Sequence[Any], answer: Sequence[Any], folder: Path
) -> list[Path]:
    """The files in a folder that show the answer to an example on its inputs, or when it is heard; raises BadValue
    where there are none."""
    signature, program, stem = function.signature, function.program, Path(name).stem or "example"
    tensors = program.tensors([[value] for value in values]) if program else {}
    found = []
    for column, value in zip(signature.outputs, answer, strict=True):
        text = column.kind.subtitles(program.row(tensors, column, 0)) if program else None
        found += kept(signature, column, column.kind.drawn(value, values), stem, folder)
        found += kept(signature, column, None if text is None else text.encode(), stem, folder, ".srt")
    if not found:
        raise BadValue(f"{signature.name}() says nothing that can be drawn", "Leave --draw out.")
    return found


def kept(
    signature: Signature, column: Column, data: bytes | None, name: str, folder: Path, suffix: str = ".png"
) -> list[Path]:
    """The file in a folder to which a picture of an answer is written, or its subtitles; none where there is none."""
    if data is None:
        return []
    folder.mkdir(parents=True, exist_ok=True)
    end = "" if signature.single else f".{column.name}"
    path = free(folder / f"{name}{end}{suffix}")
    state.write(path, data)
    return [path]


def free(path: Path) -> Path:
    """The path, or the first with a number where there is a file already."""
    tried, number = path, 2
    while exists(tried):
        tried, number = path.with_stem(f"{path.stem}-{number}"), number + 1
    return tried


def draw_last(
    function: Function[Any, Any], source: Path, folder: Path, columns: Mapping[str, str], encoding: str,
    time: str | None = None, key: str | None = None,
) -> list[Path]:  # fmt: skip
    """The files in a folder that show what comes after the last row of each series of a table in order of time.

    Raises BadValue where there is nothing to see, BadExamples where the table cannot be used.
    """
    signature, (program, hand) = function.signature, answering(function)
    rule = Rule.of(program.manifest) if program else Rule()
    table = rows(source, signature, encoding)
    matched, key = match(signature, table, None, columns, answers=False), key or rule.key
    made = cut(table, signature, matched, time or rule.time, key, answers=False)
    last = {str(table.columns[key][row]) if key else source.stem: place for place, row in enumerate(made.now)}
    found = []
    for name, place in last.items():
        piece = made.rows.some(place, 1)
        reading = Reading(piece.folder, 1, ())
        values = [reading.column(each, piece.columns[made.matched[each.name]])[0] for each in signature.inputs]
        said = program.predict(values) if program else None
        answers = [each.value for each in said] if said else hand(values) if hand else []
        quantiles = [each.quantiles for each in said] if said else [()] * len(answers)
        for column, answer, spread in zip(signature.outputs, answers, quantiles, strict=True):
            told = past_of(signature.inputs, column)
            past = [] if told is None else [float(each) for each in values[told]]
            picture = column.kind.forecast(answer, past, spread)
            found += kept(signature, column, picture, re.sub(r"[^\w.-]+", "_", name), folder)
    if not found:
        raise BadValue(f"{signature.name}() says nothing that can be drawn", "Leave --draw out.")
    return found
