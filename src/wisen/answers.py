"""Answers to many examples: a table in, the same table with the answers out, batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from wisen import state
from wisen.asked import typed
from wisen.batching import BATCH, LONG_BATCH
from wisen.errors import BadExamples, BadValue, NotTrained, listed
from wisen.examples import Bad, Rows, Rule, match, rows
from wisen.examples.ahead import beforehand, behind
from wisen.examples.check import MOST_BAD, bad_list
from wisen.examples.pieces import pieces
from wisen.examples.table import Reading, fold
from wisen.examples.windows import cut
from wisen.examples.windows import listed as listed_already
from wisen.examples.writers import WRITERS, JsonLines, Plain, Writer
from wisen.function import Function
from wisen.kinds.packed import picked
from wisen.names import exists
from wisen.program import Program
from wisen.signature import Column, Signature
from wisen.sure.mixed import doubted

ByHand = Callable[[Sequence[Any]], list[Any]]
Mixed = tuple[float | None, ByHand | None]
"""The probability below which the hand-written body answers, where there is one, and that body."""


@dataclass(frozen=True)
class Answer:
    """What a function says to one example: a value and probability for each output, or why there is none."""

    values: tuple[Any, ...]
    probabilities: tuple[float | None, ...]
    bad: Bad | None = None


@dataclass(frozen=True)
class Done:
    """How many rows were answered, and those that could not be."""

    count: int
    bad: tuple[Bad, ...]

    @property
    def many(self) -> bool:
        """Whether so many are bad that it is an error."""
        return len(self.bad) > MOST_BAD * self.count


def answers(function: Function[Any, Any], examples: Iterable[tuple[str, Callable[[], list[Any]]]]) -> Iterator[Answer]:
    """An Answer to each example, in their order: from the program where there is one, else by hand.

    An example is its name and what reads its input values. Raises NotTrained where nothing can answer.
    """
    program, hand = answering(function)
    batch: list[tuple[str, list[Any] | Bad]] = []
    for name, read in examples:
        try:
            batch.append((name, read()))
        except BadValue as error:
            batch.append((name, Bad(name, error.message, error.hint)))
        if len(batch) == BATCH:
            yield from answered(function.signature, program, (function.below, hand), batch)
            batch = []
    yield from answered(function.signature, program, (function.below, hand), batch)


def answering(function: Function[Any, Any]) -> tuple[Program | None, ByHand | None]:
    """(the program, the hand-written body) of a function; raises NotTrained where it has neither."""
    program, hand = function.program, function.hand()
    if program is None and hand is None:
        raise NotTrained(
            f"{function.name}() cannot answer: it has no learned program and no body",
            f"{function.command('train')} --examples EXAMPLES",
        )
    return program, hand


def answered(
    signature: Signature, program: Program | None, mixed: Mixed, batch: Sequence[tuple[str, list[Any] | Bad]]
) -> Iterator[Answer]:
    """The answers to one batch of read examples."""
    blank, hand = (None,) * len(signature.outputs), mixed[1]
    good = [values for _, values in batch if not isinstance(values, Bad)]
    names = [name for name, values in batch if not isinstance(values, Bad)]
    said = iter(by_program(program, good, mixed, names) if program else ())
    for name, values in batch:
        if isinstance(values, Bad):
            yield Answer(blank, blank, values)
        elif program is not None:
            yield next(said)
        elif hand is not None:
            yield by_hand(hand, name, values, len(blank))


def by_hand(hand: ByHand, name: str, values: Sequence[Any], outputs: int) -> Answer:
    """The hand-written body's answer to an example."""
    blank = (None,) * outputs
    try:
        return Answer(tuple(hand(values)), blank)
    except Exception as error:  # code of the user's: whatever it raises, it gave no answer
        return Answer(blank, blank, Bad(name, f"the hand-written body raised {type(error).__name__}: {error}"))


def by_program(program: Program, values: Sequence[list[Any]], mixed: Mixed, names: Sequence[str]) -> Iterator[Answer]:
    """The program's answers to a batch; or where it is not sure enough those of the body."""
    if not values:
        return
    said, chances, failed = said_by(program, list(zip(*values, strict=True)), mixed, names)
    every = zip(zip(*said, strict=True), zip(*chances, strict=True), strict=True)
    for place, (answers, probabilities) in enumerate(every):
        yield Answer(answers, probabilities, failed.get(place))


def said_by(
    program: Program, columns: Sequence[Sequence[Any]], mixed: Mixed, names: Sequence[str]
) -> tuple[list[list[Any]], list[Sequence[float | None]], dict[int, Bad]]:
    """(the answers to whole columns of values, for each output, their probabilities, where the body failed): where the
    program is not sure enough those of the hand-written body, and None where there is no body or it failed; both
    without a probability."""
    below, hand = mixed
    if below is None:
        said, tensors = program.whole(columns)
        return said, program.chances(tensors, said), {}
    failed: dict[int, Bad] = {}
    said, tensors, unlike = program.assured(columns)
    chances = [list(each) for each in program.chances(tensors, said)]
    for place in np.flatnonzero(doubted(below, chances, unlike, len(columns[0]))).tolist():
        values = [column[place] for column in columns]
        other = by_hand(hand, names[place], values, len(said)) if hand else Answer((None,) * len(said), ())
        failed |= {place: other.bad} if other.bad else {}
        for answers, probabilities, value in zip(said, chances, other.values, strict=True):
            answers[place], probabilities[place] = value, None
    return said, [*chances], failed


def answer_table(
    function: Function[Any, Any],
    source: Path,
    to: Path | None,
    *,
    name: str = "",
    columns: Mapping[str, str] | None = None,
    encoding: str = "utf-8",
    probability: bool = False,
    as_json: bool = False,
    time: str | None = None,
    key: str | None = None,
    watch: Watch = lambda said: said,
) -> Done:
    """How many rows of the table `source` were answered; all its columns and the answers go to `to`.

    The suffix of `to` says how it is written; None is stdout: one answer a line, or a JSON object. `time` and `key`
    order rows that are answered by those before them, where the program does not know these columns.
    `watch` passes the answers on. Raises BadExamples, and writes nothing, where over 5 % of the rows have no answer.
    """
    writer = writer_of(to, as_json)
    if to is not None and exists(to) and exists(source) and to.samefile(source):
        raise BadExamples(f"--to {to.name} is the table of the examples itself", "Name another file, to keep them.")
    found = pieces(source, function.signature, encoding)
    first = next(found)
    matched = match(function.signature, first, None, columns, answers=False)
    said = said_of(function, beforehand(chain([first], found)), matched)
    if function.signature.windowed and not listed_already(first, function.signature, matched):
        said = said_in_time(function, rows(source, function.signature, encoding), matched, time, key)
    heads = heads_of(function, name or function.name, probability, writer.flat)
    not_taken(first, heads, name or function.name)
    bad: list[Bad] = []
    total = 0
    place: AbstractContextManager[Path | None] = state.replacing(to) if to else nullcontext()
    with place as file:
        with writer(file, first, types_of(function, name or function.name, probability, writer.flat)) as table:

            def answered() -> Iterator[tuple[Rows, dict[str, Any]]]:
                nonlocal total
                for piece, some in watch(said):
                    bad.extend((*some.bad, *piece.skipped))
                    total += len(piece) + len(piece.skipped)
                    yield piece, cells_of(function, name or function.name, some, probability, writer.flat)

            # Answers are made in this thread, as a body by hand may ask for it; others read and write meanwhile.
            behind(lambda each: table.write(*each), answered())
        done = Done(total, tuple(bad))
        if to and done.many:
            raise BadExamples(
                f"{len(bad)} of {total} rows have no answer:\n{bad_list(tuple(bad))}",
                next((f"{each.hint} " for each in bad if each.hint), "") + "Nothing was written.",
            )
    return done


@dataclass(frozen=True)
class Said:
    """What a function says to some rows: for each output the values and probabilities, None where it has none."""

    values: Sequence[Sequence[Any]]
    probabilities: Sequence[Sequence[float | None]]
    bad: tuple[Bad, ...]


Watch = Callable[[Iterable[tuple[Rows, Said]]], Iterable[tuple[Rows, Said]]]


def said_of(
    function: Function[Any, Any], found: Iterable[Rows], matched: Mapping[str, str]
) -> Iterator[tuple[Rows, Said]]:
    """Rows in batches and what the function says to each; raises NotTrained where nothing can answer."""
    program, hand = answering(function)
    long = program is not None and all(feed.kind.plural for feed in program.feeds)
    size = 4 * LONG_BATCH if long else BATCH
    for piece in found:
        for start in range(0, max(1, len(piece)), size):
            some = piece.some(start, size)
            here = some if start else replace(some, skipped=piece.skipped)
            yield here, said_to(function.signature, program, hand, here, matched, function.below)


def said_in_time(
    function: Function[Any, Any], table: Rows, matched: Mapping[str, str], time: str | None, key: str | None
) -> Iterator[tuple[Rows, Said]]:
    """A whole table in order of time, and what the function says to each row that has all the steps it looks at."""
    rule = Rule.of(function.program.manifest) if function.program else Rule()
    made = cut(table, function.signature, matched, time or rule.time, key or rule.key, answers=False)
    every = [said for _, said in said_of(function, [made.rows], made.matched)]

    def whole(name: str, place: int) -> Sequence[Any]:
        answers = [each for said in every for each in getattr(said, name)[place]]
        return spread(answers, made.now, len(table), always=True)

    outputs = range(len(function.signature.outputs))
    unread = made.rows.skipped[len(table.skipped) :]
    bad = tuple(each for said in every for each in said.bad)
    yield (
        table,
        Said([whole("values", n) for n in outputs], [whole("probabilities", n) for n in outputs], (*unread, *bad)),
    )


def said_to(
    signature: Signature,
    program: Program | None,
    hand: ByHand | None,
    rows: Rows,
    matched: Mapping[str, str],
    below: float | None = None,
) -> Said:
    """What the program, or else the hand-written body, says to some rows."""
    reading = Reading(rows.folder, len(rows), ())
    columns = [reading.column(column, rows.columns[matched[column.name]]) for column in signature.inputs]
    bad = {place: Bad(rows.names[place], error.message, error.hint) for place, error in reading.bad.items()}
    good = np.delete(np.arange(len(rows)), sorted(bad))
    kept = [picked(values, good) for values in columns] if bad else columns
    values: list[list[Any]] = [[] for _ in signature.outputs]
    chances: list[Sequence[float | None]] = [[None] * len(good)] * len(values)
    if program is not None and len(good):
        names = picked(rows.names, good) if bad else rows.names
        values, chances, failed = said_by(program, kept, (below, hand), names)
        bad |= {int(good[place]): why for place, why in failed.items()}
    elif hand is not None:
        for place, row in zip(good.tolist(), zip(*kept, strict=True), strict=True):
            answer = by_hand(hand, rows.names[place], row, len(values))
            bad |= {place: answer.bad} if answer.bad else {}
            for all_said, value in zip(values, answer.values, strict=True):
                all_said.append(value)
    told = tuple(bad[place] for place in sorted(bad))
    return Said([spread(each, good, len(rows)) for each in values], [spread(c, good, len(rows)) for c in chances], told)


def spread(values: Sequence[Any], places: np.ndarray, count: int, always: bool = False) -> Sequence[Any]:
    """Values at their places among so many, None at all others; where there are as many, they stand in order, unless
    it is `always` to be looked at."""
    if len(places) == count and not always:
        return values
    found: list[Any] = [None] * count
    for place, value in zip(places.tolist(), values, strict=True):
        found[place] = value
    return found


def not_taken(found: Rows, heads: Sequence[str], name: str) -> None:
    """Raises BadExamples where the table has a column of the answer's name, but for case, spaces and underscores."""
    known = {fold(column): column for column in found.columns}
    taken = next((known[fold(head)] for head in heads if fold(head) in known), None)
    if taken is None:
        return
    other = f"{name}_learned"
    while any(fold(head.replace(name, other, 1)) in known for head in heads):
        other += "_2"
    raise BadExamples(
        f"{found.title} has a column {taken!r} already", f"Name the answer otherwise: --as {typed(other)}"
    )


def writer_of(to: Path | None, as_json: bool) -> type[Writer]:
    """What writes a table under that name; raises BadExamples where nothing does."""
    if to is None:
        return JsonLines if as_json else Plain
    if to.suffix.lower() not in WRITERS:
        raise BadExamples(f"{to.name!r} is no table that wisen writes", f"It writes {listed(WRITERS)}.")
    return WRITERS[to.suffix.lower()]


def heads_of(function: Function[Any, Any], name: str, probability: bool, flat: bool) -> list[str]:
    """The names of the columns that are added; in a text table an answer may take several of them."""
    blank = [[None] for _ in function.signature.outputs]
    return list(cells_of(function, name, Said(blank, blank, ()), probability, flat))


def cells_of(function: Function[Any, Any], name: str, said: Said, probability: bool, flat: bool) -> dict[str, Any]:
    """The cells of the columns that are added, by name, for a batch of answers."""
    cells: dict[str, Sequence[Any]] = {}
    for place, column in enumerate(function.signature.outputs):
        head = name if function.signature.single else f"{name}.{column.name}"
        cells |= apart(column, head, column.kind.writes(said.values[place]), flat)
        if probability:
            cells[f"{head}_probability"] = said.probabilities[place]
    return cells


def apart(column: Column, head: str, written: Sequence[Any], flat: bool) -> dict[str, Sequence[Any]]:
    """The columns of one output's answers."""
    names = list(column.kind.flat(head, None))
    if not flat or names == [head]:
        return {head: written}
    rows = [column.kind.flat(head, each) for each in written]
    return {each: [row[each] for row in rows] for each in names}


def written(column: Column, value: Any) -> Any:
    """An answer as a table can hold it."""
    return None if value is None else column.kind.write(value)


def types_of(function: Function[Any, Any], name: str, probability: bool, flat: bool) -> dict[str, Any]:
    """Sample cells of the columns that are added, from which their types follow."""
    program = function.program
    outputs = program.outputs if program else function.signature.outputs
    samples = [list(column.kind.samples()) for column in outputs]
    chances = [[0.5] * len(each) for each in samples]
    return cells_of(function, name, Said(samples, chances, ()), probability, flat)
