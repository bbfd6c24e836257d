"""Answers to many examples: a table in, the same table with the answers out, batch by batch."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from wisen import state
from wisen.errors import BadExamples, BadValue, NotTrained, listed, nearest
from wisen.examples import Bad, Rows, Rule, match, rows
from wisen.examples.ahead import beforehand, behind
from wisen.examples.check import MOST_BAD, bad_list
from wisen.examples.pieces import pieces
from wisen.examples.table import Reading, cell, fold
from wisen.examples.windows import cut
from wisen.examples.windows import listed as listed_already
from wisen.examples.writers import WRITERS, JsonLines, Plain, Writer
from wisen.function import Function
from wisen.kinds.packed import picked
from wisen.names import exists
from wisen.program import BATCH, LONG_BATCH, Program, part
from wisen.signature import Column, Signature, take

ByHand = Callable[[Sequence[Any]], list[Any]]


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
            yield from answered(function.signature, program, hand, batch)
            batch = []
    yield from answered(function.signature, program, hand, batch)


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
    signature: Signature, program: Program | None, hand: ByHand | None, batch: Sequence[tuple[str, list[Any] | Bad]]
) -> Iterator[Answer]:
    """The answers to one batch of read examples."""
    blank = (None,) * len(signature.outputs)
    good = [values for _, values in batch if not isinstance(values, Bad)]
    said = iter(by_program(program, good) if program else ())
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


def by_program(program: Program, values: Sequence[list[Any]]) -> Iterator[Answer]:
    """The program's answers to a batch."""
    if not values:
        return
    said, tensors = program.batch(values)
    chances = [
        column.kind.chances(part(tensors, column.name), answers)
        for column, answers in zip(program.outputs, said, strict=True)
    ]
    yield from map(Answer, zip(*said, strict=True), zip(*chances, strict=True))


# ---- words of a command line -------------------------------------------------------------------


def examples_of(signature: Signature, words: Sequence[str]) -> list[tuple[str, Callable[[], list[Any]]]]:
    """The examples that words mean: one each for a single input, else the values of one, `name=value` or in order.

    Raises BadValue where they do not fit.
    """
    columns = signature.inputs
    if len(columns) > 1:
        raws = one_example(signature, words)
        return [("the example", lambda: [cell(c, raw, None) for c, raw in zip(columns, raws, strict=True)])]
    column = columns[0]
    mark = f"{column.name}="
    return [(word, reader(column, word.removeprefix(mark))) for word in words]


def reader(column: Column, word: str) -> Callable[[], list[Any]]:
    """What reads the only input of an example."""
    return lambda: [cell(column, file_or_text(column, word), None)]


def file_or_text(column: Column, word: str) -> Any:
    """A file's path where the word names a file that holds such a value, else the word."""
    return Path(word) if word.lower().endswith(column.kind.suffixes) and Path(word).is_file() else word


def draw(signature: Signature, name: str, values: Sequence[Any], answer: Sequence[Any], folder: Path) -> list[Path]:
    """The files in a folder that show the answer to an example on its inputs; raises BadValue where there are none."""
    found = []
    for column, value in zip(signature.outputs, answer, strict=True):
        picture = column.kind.drawn(value, values)
        if picture is not None:
            folder.mkdir(parents=True, exist_ok=True)
            end = "" if signature.single else f".{column.name}"
            found.append(free(folder / f"{Path(name).stem or 'example'}{end}.png"))
            state.write(found[-1], picture)
    if not found:
        raise BadValue(f"{signature.name}() says nothing that can be drawn", "Leave --draw out.")
    return found


def free(path: Path) -> Path:
    """The path, or the first with a number where there is a file already."""
    tried, number = path, 2
    while exists(tried):
        tried, number = path.with_stem(f"{path.stem}-{number}"), number + 1
    return tried


def one_example(signature: Signature, words: Sequence[str]) -> list[Any]:
    """The raw values of one example, in the order of the columns."""
    named: dict[str, Column] = {}
    for column in signature.inputs:
        named |= {column.name: column}
        named.setdefault(column.name.rpartition(".")[2], column)
    found: dict[str, Any] = {}
    plain = []
    for word in words:
        name, equals, value = word.partition("=")
        if equals and name in named:
            found[named[name].name] = file_or_text(named[name], value)
        elif equals and name.isidentifier():
            raise BadValue(f"{signature.name}() has no input {name!r}", nearest(name, named))
        else:
            plain.append(word)
    free = [column for column in signature.inputs if column.name not in found]
    if len(plain) > len(free):
        raise BadValue(
            f"{signature.name}() takes {len(signature.inputs)} inputs, given {len(words)}", usage(signature, free)
        )
    found |= {column.name: file_or_text(column, word) for column, word in zip(free, plain)}
    found = {**defaults(signature), **found}
    lost = [column for column in signature.inputs if column.name not in found and not column.kind.optional]
    if lost:
        names = listed([column.name for column in lost])
        raise BadValue(f"{signature.name}() wants {names} too", usage(signature, lost))
    return [found.get(column.name) for column in signature.inputs]


def defaults(signature: Signature) -> dict[str, Any]:
    """The raw values of the columns whose parameters have a default in Python."""
    found: dict[str, Any] = {}
    for parameter, shape in zip(signature.parameters.parameters.values(), signature.shapes, strict=True):
        if parameter.default is not parameter.empty:
            own = [column.name for column in signature.inputs if column.name.partition(".")[0] == parameter.name]
            found |= dict(zip(own, take(shape, parameter.default), strict=True))
    return found


def usage(signature: Signature, columns: Sequence[Column]) -> str:
    """How to write the inputs that are missing, ready to be pasted into a shell."""
    shown = " ".join(typed(f"{column.name}={sample(column)}") for column in columns)
    return f"Write {shown}" if columns else f"wanted: {signature}"


def sample(column: Column) -> str:
    """A value of a column as it may be typed: the name of a file where a value is too long for that."""
    text = str(column.kind.write(column.kind.samples()[0]))
    return text if len(text) <= LONGEST_TYPED or not column.kind.suffixes else f"FILE{column.kind.suffixes[0]}"


LONGEST_TYPED = 40
"""Characters of a value that a person would type."""


def typed(word: str) -> str:
    """A word as it has to be typed in a shell."""
    return shlex.quote(word)


# ---- tables ------------------------------------------------------------------------------------


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
            yield here, said_to(function.signature, program, hand, here, matched)


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
    signature: Signature, program: Program | None, hand: ByHand | None, rows: Rows, matched: Mapping[str, str]
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
        values, tensors = program.whole(kept)
        every = zip(program.outputs, values, strict=True)
        chances = [column.kind.chances(part(tensors, column.name), answers) for column, answers in every]
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
