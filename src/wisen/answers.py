"""Answers to many examples: a table in, the same table with the answers out, batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wisen import state
from wisen.errors import BadExamples, BadValue, NotTrained, listed, nearest
from wisen.examples import Bad, Rows, match, rows
from wisen.examples.check import MOST_BAD, bad_list
from wisen.examples.table import cell
from wisen.examples.writers import WRITERS, JsonLines, Plain, Writer
from wisen.function import Function
from wisen.program import BATCH, Program, part
from wisen.signature import Column, Signature


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
    program, hand = function.program, function.hand()
    if program is None and hand is None:
        raise NotTrained(
            f"{function.name}() cannot answer: it has no learned program and no body",
            f"{function.command('train')} --examples EXAMPLES",
        )
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


def answered(
    signature: Signature,
    program: Program | None,
    hand: Callable[[list[Any]], list[Any]] | None,
    batch: Sequence[tuple[str, list[Any] | Bad]],
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
            try:
                yield Answer(tuple(hand(values)), blank)
            except Exception as error:  # code of the user's: whatever it raises, it gave no answer
                yield Answer(blank, blank, Bad(name, f"the hand-written body raised {type(error).__name__}: {error}"))


def by_program(program: Program, values: Sequence[list[Any]]) -> Iterator[Answer]:
    """The program's answers to a batch."""
    if not values:
        return
    said, tensors = program.batch(values)
    for place in range(len(values)):
        chosen = tuple(column[place] for column in said)
        chances: list[float | None] = []
        for column, value in zip(program.outputs, chosen, strict=True):
            row = {name: array[place] for name, array in part(tensors, column.name).items()}
            chances.append(dict(column.kind.alternatives(row)).get(value))
        yield Answer(chosen, tuple(chances))


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
    lost = [column for column in signature.inputs if column.name not in found and not column.kind.optional]
    if lost:
        names = listed([column.name for column in lost])
        raise BadValue(f"{signature.name}() wants {names} too", usage(signature, lost))
    return [found.get(column.name) for column in signature.inputs]


def usage(signature: Signature, columns: Sequence[Column]) -> str:
    """How to write the inputs that are missing."""
    shown = " ".join(f"{column.name}={column.kind.write(column.kind.samples()[0])}"[:40] for column in columns[:3])
    return f"Write {shown}" + (" ..." if len(columns) > 3 else "") if columns else f"wanted: {signature}"


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
    watch: Callable[[Iterable[Answer], int], Iterable[Answer]] = lambda said, total: said,
) -> Done:
    """How many rows of the table `source` were answered; all its columns and the answers go to `to`.

    The suffix of `to` says how it is written; None is stdout: one answer a line, or a JSON object.
    `watch` passes the answers on. Raises BadExamples, and writes nothing, where over 5 % of the rows have no answer.
    """
    writer = writer_of(to, as_json)
    found = rows(source, function.signature, encoding)
    matched = match(function.signature, found, None, columns, answers=False)
    heads = heads_of(function, name or function.name, probability)
    taken = [head for head in heads if head in found.columns]
    if taken:
        raise BadExamples(
            f"{found.title} has a column {taken[0]!r} already", f"Name the answer otherwise: --as {taken[0]}_learned"
        )
    said = watch(answers(function, readers(function.signature, found, matched)), len(found))
    bad: list[Bad] = [*found.skipped]
    total = len(found) + len(found.skipped)
    place: AbstractContextManager[Path | None] = state.replacing(to) if to else nullcontext()
    with place as file:
        with writer(file, found, types_of(function, heads, probability)) as table:
            for start, batch in batches(said):
                bad += [answer.bad for answer in batch if answer.bad]
                table.write(start, cells_of(function, heads, batch, probability))
        done = Done(total, tuple(bad))
        if to and done.many:
            raise BadExamples(
                f"{len(bad)} of {total} rows have no answer:\n{bad_list(tuple(bad))}",
                next((f"{each.hint} " for each in bad if each.hint), "") + "Nothing was written.",
            )
    return done


def writer_of(to: Path | None, as_json: bool) -> type[Writer]:
    """What writes a table under that name; raises BadExamples where nothing does."""
    if to is None:
        return JsonLines if as_json else Plain
    if to.suffix.lower() not in WRITERS:
        raise BadExamples(f"{to.name!r} is no table that wisen writes", f"It writes {listed(WRITERS)}.")
    return WRITERS[to.suffix.lower()]


def readers(
    signature: Signature, found: Rows, matched: Mapping[str, str]
) -> Iterator[tuple[str, Callable[[], list[Any]]]]:
    """For each row its name and what reads its inputs."""
    columns = [(column, found.columns[matched[column.name]]) for column in signature.inputs]

    def read(place: int) -> list[Any]:
        return [cell(column, cells[place], found.folder) for column, cells in columns]

    for place, name in enumerate(found.names):
        yield name, lambda place=place: read(place)  # type: ignore[misc]


def heads_of(function: Function[Any, Any], name: str, probability: bool) -> list[str]:
    """The names of the columns that are added."""
    outputs = function.signature.outputs
    names = [name] if function.signature.single else [f"{name}.{column.name}" for column in outputs]
    return [head for each in names for head in ([each, f"{each}_probability"] if probability else [each])]


def cells_of(
    function: Function[Any, Any], heads: Sequence[str], batch: Sequence[Answer], probability: bool
) -> dict[str, list[Any]]:
    """The cells of the columns that are added, for a batch of answers."""
    cells: list[list[Any]] = []
    for place, column in enumerate(function.signature.outputs):
        cells.append([written(column, answer.values[place]) for answer in batch])
        if probability:
            cells.append([answer.probabilities[place] for answer in batch])
    return dict(zip(heads, cells, strict=True))


def written(column: Column, value: Any) -> Any:
    """An answer as a table can hold it."""
    return None if value is None else column.kind.write(value)


def types_of(function: Function[Any, Any], heads: Sequence[str], probability: bool) -> dict[str, list[Any]]:
    """Sample cells of the columns that are added, from which their types follow."""
    program = function.program
    samples: list[list[Any]] = []
    for column in program.outputs if program else function.signature.outputs:
        samples.append([written(column, value) for value in column.kind.samples()])
        if probability:
            samples.append([0.5])
    return dict(zip(heads, samples, strict=True))


def batches(said: Iterable[Answer]) -> Iterator[tuple[int, list[Answer]]]:
    """Answers in lists of a batch, and the place of the first of each."""
    start, batch = 0, []
    for answer in said:
        batch.append(answer)
        if len(batch) == BATCH:
            yield start, batch
            start, batch = start + len(batch), []
    if batch:
        yield start, batch
