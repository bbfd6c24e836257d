"""5. The body: a program is one ONNX file with a manifest. Loading and calling it takes numpy and onnxruntime.

The manifest is JSON in the model's metadata. A program is data: it holds no code and no pickle,
and everything that its manifest says is checked against the graph before it is believed.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np

from wisen.batching import said_of
from wisen.errors import BadProgram, WisenError
from wisen.kinds import Input, Output
from wisen.manifest import SEAL, TYPES, limited, listed, manifest_of, sealed, session_of
from wisen.signature import Column, feeds
from wisen.sure.beside import piece_of
from wisen.sure.promise import Promise
from wisen.sure.unlike import unlike_told
from wisen.sure.vectors import pooled, told

Made = Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]]
R = TypeVar("R")

LARGEST, LIGHT = 1 << 31, 1 << 24
"""Bytes of the largest file that is read; and of one of which a second session may be opened unasked."""


@dataclass(frozen=True)
class Prediction(Generic[R]):
    """An answer and how sure the program is of it.

    `probability` is calibrated on examples that were not learned from; None where the kind of
    answer has none. `alternatives` are all answers with their probabilities, the likeliest first.
    `quantiles` are shares, and the value below which the truth lies in that share of cases, where the kind has
    them. `within` holds the truth in a share of `coverage` of cases: a tuple of answers, or an `Interval` of numbers.
    `unlike` says how far the input is from the training examples: one in a hundred examples like these exceeds 1.
    `parts` holds the predictions of the single fields where the answer is a record.
    """

    value: R
    probability: float | None = None
    alternatives: tuple[tuple[R, float], ...] = ()
    parts: Mapping[str, Prediction[Any]] | None = None
    quantiles: tuple[tuple[float, R], ...] = ()
    within: Any = None
    coverage: float | None = None
    unlike: float | None = None


class Program:
    """A learned body: `program(values)` answers one example, `batch` many.

    Values are in the order of the columns, read by their kinds.
    """

    def __init__(
        self,
        session: Any,
        manifest: Mapping[str, Any],
        title: str = "the program",
        beside: Callable[[], Any] | None = None,
    ) -> None:
        self.session, self.manifest, self.title = session, manifest, title
        self.inputs = tuple(Column.from_json(data, Input) for data in listed(manifest, "inputs"))
        self.outputs = tuple(Column.from_json(data, Output) for data in listed(manifest, "outputs"))
        self.feeds = feeds(self.inputs)
        self.every = [tensor.name for tensor in session.get_outputs()]
        self.run = session.run
        self.beside, self.opened, self.lock, self.size = beside, None, threading.Lock(), 0
        # What a plain call asks for: the answers without their probabilities.
        self.plain = [column.name for column in self.outputs]
        self.check()
        limits = {column.name: column.kind.limits() for column in self.outputs if column.kind.sides}
        self.promise = Promise.from_json(manifest.get("promise"), limits)
        self.seen, self.form = told(manifest.get("features"), self.every)
        self.distance, self.often = unlike_told(manifest.get("unlike"), self.every, beside is not None)
        self.names = [name for name in self.every if name not in (self.seen, self.distance)]
        """Its tensors but for those that only say how sure it is, which may be large."""
        self.trial()

    def __repr__(self) -> str:
        inside, outside = (", ".join(map(str, columns)) for columns in (self.inputs, self.outputs))
        return f"<program {self.title}: ({inside}) -> ({outside})>"

    def check(self) -> None:
        """Raises BadProgram where manifest and graph do not belong together."""
        names = [column.name for columns in (self.inputs, self.outputs) for column in columns]
        if len(set(names)) < len(names):
            raise BadProgram(f"its manifest names two columns alike: {sorted(names)}")
        wanted = {t.name: t for feed in self.feeds for t in feed.kind.tensors(feed.name)}
        found = {tensor.name: tensor for tensor in self.session.get_inputs()}
        if set(wanted) != set(found):
            raise BadProgram(f"its manifest says that it reads {sorted(wanted)}, its graph reads {sorted(found)}")
        for name, tensor in wanted.items():
            dtype, dims = TYPES[tensor.dtype], found[name].shape
            fixed = [(a, b) for a, b in zip(tensor.dims, dims, strict=False) if isinstance(a, int)]
            if found[name].type != dtype or len(dims) != len(tensor.dims) or any(a != b for a, b in fixed):
                raise BadProgram(f"its manifest says that {name} is {dtype} {tensor.dims}, its graph says {dims}")
        if not {column.name for column in self.outputs} <= set(self.every):
            raise BadProgram(f"its manifest promises {[c.name for c in self.outputs]}, its graph gives {self.every}")

    def trial(self) -> None:
        """Raises BadProgram where the program cannot answer even a blank example, or not in any sensible time."""
        try:
            with limited() as options:
                tensors = self.tensors([[column.kind.blank()] for column in self.inputs], options)
            for column, answers in zip(self.outputs, self.answers(tensors), strict=True):
                ranked = dict(column.kind.worths(self.row(tensors, column, 0)))
                if ranked and ranked[answers[0]] < max(ranked.values()) - 1e-3:
                    raise ValueError(f"it says {answers[0]!r}, and finds others better")
        except Exception as error:  # whatever a hostile or damaged graph does, it is not a program
            raise BadProgram(f"its graph does not answer: {str(error).splitlines()[0][:200]}") from error

    # ---- answers ---------------------------------------------------------------------------

    def __call__(self, values: Sequence[Any]) -> list[Any]:
        """The outputs' values for the inputs' values of one example."""
        given = self.given(values)
        try:  # and no context, which would take a microsecond
            said = self.run(self.plain, given)
            return [column.kind.answer({"": answer[0]}) for column, answer in zip(self.outputs, said, strict=True)]
        except WisenError:
            raise
        except Exception as error:  # the trial says nothing of all the other examples
            raise self.silent(error) from error

    def given(self, values: Sequence[Any]) -> dict[str, np.ndarray]:
        """The raw tensors of one example."""
        found: dict[str, np.ndarray] = {}
        rows = (values,)
        for feed in self.feeds:
            found |= feed.arrays(rows)
        return found

    def predict(self, values: Sequence[Any]) -> list[Prediction[Any]]:
        """The outputs' predictions for one example."""
        found = []
        with self.speaking():
            tensors, unlike = self.looked(values)
            for column in self.outputs:
                row = self.row(tensors, column, 0)
                value, ranked = column.kind.answer(row), tuple(column.kind.alternatives(row))
                chance, quantiles = column.kind.chance(value, ranked), tuple(column.kind.quantiles(row))
                within, coverage = self.region(column, row)
                found.append(Prediction(value, chance, ranked, None, quantiles, within, coverage, unlike))
        return found

    def sure(self, values: Sequence[Any]) -> tuple[list[Any], list[float | None], float | None]:
        """(the outputs' values for one example, the probability of each where it has one, how unlike the training
        examples it is where that is known)."""
        with self.speaking():
            tensors, unlike = self.looked(values)
            rows = [self.row(tensors, column, 0) for column in self.outputs]
            pairs = list(zip([column.kind for column in self.outputs], rows, strict=True))
            said = [kind.answer(row) for kind, row in pairs]
            chances = [kind.chance(each, kind.alternatives(row)) for each, (kind, row) in zip(said, pairs, strict=True)]
        return said, chances, unlike

    def looked(self, values: Sequence[Any]) -> tuple[dict[str, np.ndarray], float | None]:
        """(the tensors that tell of answers, how unlike the training examples it is) for one example."""
        given = self.given(values)
        if not self.knows:
            return dict(zip(self.names, self.run(self.names, given), strict=True)), None
        *said, unlike = self.looking()([*self.names, self.distance], given)
        return dict(zip(self.names, said, strict=True)), float(unlike[0])

    @property
    def light(self) -> bool:
        """Whether its file is so small that a second session may be opened unasked."""
        return self.size <= LIGHT

    @property
    def knows(self) -> bool:
        """Whether it can say how unlike its training examples an input is."""
        return bool(self.distance)

    def looking(self) -> Any:
        """What runs the graph with the tensor that says how unlike an input is: of every call, or else of a session
        of its own, which is opened when somebody asks."""
        if self.beside is None:
            return self.run
        with self.lock:
            if self.opened is None:
                self.opened = self.beside().run
            return self.opened

    def far(self, values: Sequence[Any]) -> float:
        """How unlike the training examples one example is; only where it `knows`."""
        with self.speaking():
            return float(self.looking()([self.distance], self.given(values))[0][0])

    def unlike(self, columns: Sequence[Sequence[Any]]) -> np.ndarray:
        """How unlike the training examples each of many is, float32 [examples]: one in a hundred examples that are like
        them exceeds 1. Raises BadProgram where it cannot say."""
        return self.judged(columns, [])[1]

    def judged(
        self, columns: Sequence[Sequence[Any]], names: Sequence[str] | None = None
    ) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """(the tensors of these names, or else all that tell of answers; how unlike each is) of many examples."""
        if not self.knows:
            raise BadProgram(f"{self.title} cannot say how unlike an input is", "Train it again, with more examples.")
        asked = [*(self.names if names is None else names), self.distance]
        with self.speaking():
            tensors = self.gathered(columns, asked, lambda said: said, run=self.looking())
        distance = tensors.pop(self.distance)
        return tensors, distance

    def assured(
        self, columns: Sequence[Sequence[Any]]
    ) -> tuple[list[list[Any]], dict[str, np.ndarray], np.ndarray | None]:
        """(the values of each output, all raw answer tensors, how unlike each is where that is known) for many
        examples."""
        if not self.knows:
            return *self.whole(columns), None
        tensors, unlike = self.judged(columns)
        return self.answers(tensors), tensors, unlike

    def chances(self, tensors: Mapping[str, np.ndarray], answers: Sequence[Sequence[Any]]) -> list[Any]:
        """The probabilities of the answers to many examples, for each output; None where they have none."""
        every = zip(self.outputs, answers, strict=True)
        return [column.kind.chances(part(tensors, column.name), said) for column, said in every]

    def region(self, column: Column, row: Mapping[str, Any]) -> tuple[Any, float | None]:
        """(a set or an interval that holds the truth of one example, in which share of cases); None without one."""
        limits = self.promise.limits.get(column.name)
        return (None, None) if limits is None else (column.kind.region(row, limits), self.promise.coverage)

    def batch(self, rows: Sequence[Sequence[Any]]) -> tuple[list[list[Any]], dict[str, np.ndarray]]:
        """(the values of each output, all raw answer tensors) for many examples."""
        return self.whole(list(zip(*rows, strict=True)))

    def whole(self, columns: Sequence[Sequence[Any]]) -> tuple[list[list[Any]], dict[str, np.ndarray]]:
        """The same for examples that are given as whole columns of values."""
        with self.speaking():
            tensors = self.tensors(columns)
            return self.answers(tensors), tensors

    @contextlib.contextmanager
    def speaking(self) -> Iterator[None]:
        """Tells in a sentence where the graph does not answer."""
        try:
            yield
        except WisenError:
            raise
        except Exception as error:
            raise self.silent(error) from error

    def silent(self, error: Exception) -> BadProgram:
        """What to say where there is no answer: onnxruntime has an exception class for each way to stumble."""
        line = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        return BadProgram(f"{self.title} does not answer: {line}", "Train it again, or take it from a copy.")

    def tensors(self, columns: Sequence[Sequence[Any]], options: Any = None) -> dict[str, np.ndarray]:
        """All tensors that the program says of many examples, in their order."""
        return self.gathered(columns, self.names, lambda said: said, options)

    def features(self, columns: Sequence[Sequence[Any]]) -> np.ndarray:
        """What the program has made of many examples when only its last layers are left: float32 [examples, width].

        It is what the trunk says, the mean over the places of a picture or the steps of a sound where the answer
        reads these; of networks that answer together that of the first. Raises BadProgram where the program was
        written before there was such a tensor.
        """
        if not self.seen:
            raise BadProgram(f"{self.title} tells no features: an older wisen wrote it", "Train it again.")

        def vectors(said: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
            return {"": pooled(said[self.seen], self.form)}

        with self.speaking():
            return self.gathered(columns, [self.seen], vectors)[""]

    def gathered(
        self, columns: Sequence[Sequence[Any]], names: Sequence[str], make: Made, options: Any = None, run: Any = None
    ) -> dict[str, np.ndarray]:
        """What is made of some of the graph's tensors, of many examples in their order: batch by batch, so that only
        what is made is held in memory."""
        found: dict[str, np.ndarray] = {}
        count = len(columns[0])

        def ask(given: dict[str, np.ndarray]) -> list[np.ndarray]:
            said: list[np.ndarray] = (run or self.run)(list(names), given, options)
            return said

        for places, every in said_of(self.feeds, columns, ask):
            size = len(range(*places.indices(count))) if isinstance(places, slice) else len(places)
            for name, said in make(dict(zip(names, every, strict=True))).items():
                if len(said) != size:
                    raise BadProgram(f"its graph gives {len(said)} answers to {size} examples")
                if name not in found:
                    found[name] = np.empty((count, *said.shape[1:]), said.dtype)
                found[name][places] = said
        return found

    def answers(self, tensors: Mapping[str, np.ndarray]) -> list[list[Any]]:
        """The values of each output."""
        return [column.kind.answers(part(tensors, column.name)) for column in self.outputs]

    def row(self, tensors: Mapping[str, np.ndarray], column: Column, place: int) -> dict[str, Any]:
        """The tensors of one example and output, by the names that its kind gave them."""
        return {name: array[place] for name, array in part(tensors, column.name).items()}


def part(tensors: Mapping[str, np.ndarray], name: str) -> dict[str, np.ndarray]:
    """The tensors of one output, by the names that its kind gave them: "" is the answer itself."""
    long = f"{name}."
    inner = {key.removeprefix(long): array for key, array in tensors.items() if key.startswith(long)}
    return {"": tensors[name], **inner} if name in tensors else inner


def tensor_name(column: str, part: str) -> str:
    """The name in the program of a tensor of an output."""
    return f"{column}.{part}" if part else column


def load(path: str | os.PathLike[str]) -> Program:
    """The program in a file; raises BadProgram with a sentence where it is none."""
    path = Path(path)
    try:
        if path.stat().st_size > LARGEST:
            raise BadProgram(f"{path.name} is no program: it is larger than {LARGEST >> 30} GB")
        data = path.read_bytes()
    except OSError as error:
        raise BadProgram(f"{path} cannot be read: {error.strerror}") from error
    return parse(data, path.name)


def whole_session(data: bytes, piece: bytes, title: str) -> Any:
    """A session with the nodes that stand beside the graph of a program."""
    return session_of(data + piece, title)


def parse(data: bytes, title: str) -> Program:
    """The program in bytes; raises BadProgram."""
    broken = BadProgram(f"{title} is damaged: it is not as it was written", "Train it again, or take it from a copy.")
    if SEAL in data and sealed(data) != data:
        raise broken
    session = session_of(data, title)
    try:
        metadata = session.get_modelmeta().custom_metadata_map
    except UnicodeDecodeError:
        raise broken from None
    manifest = manifest_of(metadata, title)
    try:
        piece = piece_of(metadata)
        found = Program(session, manifest, title, partial(whole_session, data, piece, title) if piece else None)
        found.size = len(data)
        return found
    except BadProgram as error:
        raise BadProgram(f"{title} is no whole program: {error.message}", error.hint) from error
    except Exception as error:  # a manifest that lies in a way that nobody thought of
        raise BadProgram(f"{title} is no whole program: its manifest is damaged ({error!r:.100})") from error
