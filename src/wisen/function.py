"""The decorator: a typed function that runs its learned program, and its hand-written body until then."""

from __future__ import annotations

import functools
import os
import sys
import threading
import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar, overload

from wisen.batching import BATCH
from wisen.body import has_body, program_path, refuse
from wisen.errors import BadProgram, BadSignature, BadValue, NotInstalled, NotTrained, Unsure
from wisen.looks import EVERY, Looks
from wisen.names import exists
from wisen.program import Prediction, Program, load
from wisen.progress import shown
from wisen.signature import Signature, signature_of
from wisen.sure.mixed import doubt, doubted

if TYPE_CHECKING:
    from wisen.descent import Event
    from wisen.explain import Explanation
    from wisen.explain.inside import Inside
    from wisen.headtohead import Report
    from wisen.report import Page
    from wisen.train import Outcome

P = ParamSpec("P")
R = TypeVar("R")

EXAMPLES = "--examples EXAMPLES"


class Unknown:
    """What stands for a program that nobody has looked for yet: there may be one, or none."""


UNKNOWN = Unknown()


class Function(Generic[P, R]):
    """A decorated function: still the function, with a body that can be learned."""

    def __init__(
        self,
        body: Callable[P, R],
        network: Any = None,
        names: dict[str, Any] | None = None,
        below: float | None = None,
    ) -> None:
        refuse(body)
        functools.update_wrapper(self, body)
        self.signature: Signature = signature_of(body, names)
        self.__signature__ = self.signature.parameters
        self.network = network
        self.below = below if below is None else probability(below)
        """The probability below which the program does not answer; None: it always does."""
        self.path = program_path(body)
        """Where its program stands, or will stand."""
        self._body = body
        self._written = has_body(body)
        self._found: Program | Unknown | None = UNKNOWN
        self._looks = Looks(self.signature.name)
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """The function's name."""
        return self.signature.name

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """The answer: from the learned program where there is one, else from the hand-written body.

        Where the program is less sure than `below`, or has seen nothing like the input, the body answers, too.
        Raises NotTrained where there is neither, Unsure where there would have to be a body, BadValue for an
        argument that cannot be read.
        """
        program = self._found
        if isinstance(program, Unknown):
            program = self.program
        values = self.signature.read(self.signature.raw(args, kwargs))
        if program is None:
            return self._by_hand(values)
        if self.below is not None:
            return self._surely(program, values)
        self._looks.calls += 1
        if not self._looks.calls % EVERY:
            self._looks.look(program, values)
        answer: R = self.signature.answer(program(values))
        return answer

    def _surely(self, program: Program, values: Sequence[Any]) -> R:
        """The program's answer where it is sure enough, else that of the hand-written body; raises Unsure."""
        assert self.below is not None
        said, chances, unlike = program.sure(values)
        if unlike is not None:
            self._looks.count(program, unlike)
        return self._mixed(values, said, doubt(self.below, chances, unlike))

    def _mixed(self, values: Sequence[Any], said: Sequence[Any], why: str) -> R:
        """What the program said, unless there is a reason to doubt it: then the body's answer; raises Unsure."""
        if not why:
            answer: R = self.signature.answer(said)
            return answer
        if self._written:
            return self._by_hand(values)
        raise Unsure(
            f"{self.name}(): the program {why}; there is no hand-written body to answer instead",
            f"Write one, or ask {self.name}.predict(...) what the program says all the same.",
        )

    def by_hand(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """The answer of the hand-written body; raises NotTrained where there is none."""
        return self._by_hand(self.signature.read(self.signature.raw(args, kwargs)))

    def predict(self, *args: P.args, **kwargs: P.kwargs) -> Prediction[R]:
        """The answer as a Prediction: its value, calibrated probability and alternatives.

        Raises NotTrained where there is no program.
        """
        program = self.program
        if program is None:
            raise self._not_trained("has no learned program to predict with")
        parts = program.predict(self.signature.read(self.signature.raw(args, kwargs)))
        if self.signature.single:
            return parts[0]
        named = {column.name: part for column, part in zip(self.signature.outputs, parts, strict=True)}
        return Prediction(self.signature.answer([part.value for part in parts]), parts=named)

    def map(self, examples: Iterable[Any], *, progress: bool | None = None) -> list[R]:
        """The answers to many inputs, in batches.

        An input is the value, or where there are several parameters a tuple or a mapping of them.
        A bar shows the progress on a terminal unless `progress` is False. Raises BadValue that names
        the input, and Unsure as a call does.
        """
        return list(self._answers(examples, progress))

    def _answers(self, examples: Iterable[Any], progress: bool | None) -> Iterator[R]:
        program = self.program
        rows: list[Sequence[Any]] = []
        for number, example in enumerate(with_progress(examples, self.name, progress)):
            try:
                rows.append(self.signature.read(self.signature.row(example)))
            except BadValue as error:
                raise BadValue(f"input {number}: {error.message}", error.hint) from error
            except TypeError as error:
                raise BadValue(f"input {number}: {error}", f"It is called so: {self.signature.call}") from error
            if len(rows) == BATCH:
                yield from self._answer_rows(program, rows)
                rows = []
        if rows:
            yield from self._answer_rows(program, rows)

    def _answer_rows(self, program: Program | None, rows: Sequence[Sequence[Any]]) -> Iterator[R]:
        if program is None:
            yield from (self._by_hand(values) for values in rows)
            return
        if self.below is None:
            self._looks.look(program, *rows[self._looks.due(len(rows))])
            yield from map(self.signature.answer, zip(*program.batch(rows)[0], strict=True))
            return
        said, tensors, unlike = program.assured(list(zip(*rows, strict=True)))
        chances = program.chances(tensors, said)
        far = [None] * len(rows) if unlike is None else unlike.tolist()
        for each in [] if unlike is None else unlike[self._looks.due(len(rows))].tolist():
            self._looks.count(program, each)
        unsure = doubted(self.below, chances, unlike, len(rows)).tolist()
        every = zip(rows, zip(*said, strict=True), zip(*chances, strict=True), far, unsure, strict=True)
        for values, parts, sure, distance, doubts in every:
            yield self._mixed(values, parts, doubt(self.below, sure, distance) if doubts else "")

    # ---- the verbs, as objects -------------------------------------------------------------

    # Their options are those of `wisen.train` and `wisen.test`, written out for type checkers and for
    # who asks for help; a test holds the two together.

    def train(
        self,
        examples: Any,
        *,
        held_out: Any = None,
        budget: float | str = 60.0,
        seed: int = 0,
        group: str | None = None,
        time: str | None = None,
        key: str | None = None,
        device: str = "auto",
        returns: str | None = None,
        columns: Mapping[str, str] | None = None,
        encoding: str = "utf-8",
        metric: str | None = None,
        network: Any = None,
        pretrained: bool = False,
        accept: bool = False,
        fresh: bool = False,
        listen: Callable[[Event], None] = shown,
    ) -> Outcome:
        """What learning the body from examples came to; a better program is installed. See `wisen.train`."""
        import wisen  # the door to the spine, which is below this room: opened when asked

        return wisen.train(
            self,
            examples,
            held_out=held_out,
            budget=budget,
            seed=seed,
            group=group,
            time=time,
            key=key,
            device=device,
            returns=returns,
            columns=columns,
            encoding=encoding,
            metric=metric,
            network=network,
            pretrained=pretrained,
            accept=accept,
            fresh=fresh,
            listen=listen,
        )

    def test(
        self,
        examples: Any = None,
        *,
        by: str | tuple[str, ...] = (),
        returns: str | None = None,
        columns: Mapping[str, str] | None = None,
        encoding: str = "utf-8",
    ) -> Report:
        """The head-to-head of the program with the hand-written body, on held-out examples. See `wisen.test`."""
        import wisen  # the door to the spine, which is below this room: opened when asked

        return wisen.test(self, examples, by=by, returns=returns, columns=columns, encoding=encoding)

    def report(
        self,
        examples: Any = None,
        *,
        by: str | tuple[str, ...] = (),
        returns: str | None = None,
        columns: Mapping[str, str] | None = None,
        encoding: str = "utf-8",
    ) -> Page:
        """The page that shows where the program fails. See `wisen.report`."""
        import wisen  # the door to the report, which is below this room: opened when asked

        return wisen.report(self, examples, by=by, returns=returns, columns=columns, encoding=encoding)

    def explain(
        self,
        *args: Any,
        method: str = "auto",
        output: str | None = None,
        target: str | None = None,
        layer: str | None = None,
        scored: bool = True,
        **kwargs: Any,
    ) -> Explanation:
        """How much each part of a call's arguments counted for its answer. See `wisen.explain.explain`."""
        try:
            from wisen.explain import explain  # a door to a room below this one: opened when asked
        except ModuleNotFoundError as error:
            told = f"{self.name}.explain() needs {error.name}, which is not installed"
            raise NotInstalled(told, "pip install 'wisen[explain]'") from error

        return explain(self, *args, method=method, output=output, target=target, layer=layer, scored=scored, **kwargs)

    @property
    def inside(self) -> Inside:
        """Ways to look into the program: as code, what it needs, what would turn an answer. See `wisen.Inside`."""
        from wisen.explain.inside import Inside  # a door to a room below this one: opened when asked

        return Inside(self)

    def bake(self, to: str, output: str | os.PathLike[str] | None = None, **options: Any) -> Path:
        """The file that the program was exported to: "c" for one C file, "html" for a page. See `wisen export`."""
        if self.program is None:
            raise self._not_trained("has no learned program to write")
        from wisen.bake import bake

        return bake(self.path, to, output, **options)

    # ---- program and body ------------------------------------------------------------------

    @property
    def program(self) -> Program | None:
        """The learned program; None where there is none. Raises BadProgram where it is not one."""
        with self._lock:
            if isinstance(self._found, Unknown):
                self._found = self._load()
            return self._found

    @property
    def written(self) -> bool:
        """Whether there is a hand-written body."""
        return self._written

    def reload(self) -> None:
        """Looks for the program anew at the next call."""
        with self._lock:
            self._found = UNKNOWN

    def _load(self) -> Program | None:
        if not exists(self.path):
            return None
        program = load(self.path)
        self.adopt(program)
        return program

    def adopt(self, program: Program) -> None:
        """Gives a program this function's own labels; raises BadProgram where it belongs to another signature."""
        mine = (self.signature.inputs, self.signature.outputs)
        its = (program.inputs, program.outputs)
        if [column.key() for columns in mine for column in columns] != [c.key() for columns in its for c in columns]:
            inside, outside = (", ".join(map(str, columns)) for columns in its)
            raise BadProgram(
                f"{program.title} was trained for ({inside}) -> {outside}; the function is now {self.signature}",
                f"Train it again, or take the change back; or delete {program.title}: the body answers then.",
            )
        program.outputs = tuple(c.adopt(own) for c, own in zip(program.outputs, mine[1], strict=True))

    def hand(self) -> Callable[[Sequence[Any]], list[Any]] | None:
        """The hand-written body from the inputs' values to the outputs' values; None where there is none."""
        if not self._written:
            return None
        kinds = [column.kind for column in self.signature.outputs]

        def parts(values: Sequence[Any]) -> list[Any]:
            said = self.signature.parts(self._by_hand(values))
            return [kind.read(part) for kind, part in zip(kinds, said, strict=True)]

        return parts

    def command(self, verb: str, rest: str = "") -> str:
        """The command to type; where the function is in no file, the call."""
        module = Path(self._body.__code__.co_filename)
        if not module.is_file():
            return f"{self.name}.{verb}({'examples' if rest else ''})"
        return f"wisen {verb} {module.name}:{self.name} {rest}".rstrip()

    def _by_hand(self, values: Sequence[Any]) -> R:
        if not self._written:
            raise self._not_trained("has no hand-written body, and no learned program yet")
        args, kwargs = self.signature.arguments(values)
        return self._body(*args, **kwargs)

    def _not_trained(self, why: str) -> NotTrained:
        return NotTrained(f"{self.name}() cannot answer: it {why}", f"Train it: {self.command('train', EXAMPLES)}")

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """What a plain function is as an attribute of a class; so pydoc and inspect know a routine."""
        return self if instance is None else types.MethodType(self, instance)

    def __repr__(self) -> str:
        return f"<function {self.signature}>"

    def __reduce__(self) -> str:
        return self.__qualname__  # pickled by name, as functions are

    if TYPE_CHECKING:
        __name__: str
        __qualname__: str
        __wrapped__: Callable[P, R]


@overload
def function(body: Callable[P, R], /) -> Function[P, R]: ...
@overload
def function(*, network: Any = None, below: float | None = None) -> Callable[[Callable[P, R]], Function[P, R]]: ...
def function(body: Any = None, /, *, network: Any = None, below: float | None = None) -> Any:
    """The function with a body that can be learned: `@wisen.function`, or with options in brackets.

    `network` is a torch.nn.Module of your own, or what makes one without arguments: alone it is the
    trunk, which reads the encoders' features; a mapping names an input, "trunk" or "whole".
    Where the program is sure of its answer with a probability `below` that, or the input is unlike all
    that it was trained on, the hand-written body answers; where there is none, Unsure is raised.
    Raises BadSignature where a type is none that wisen can take.
    """
    names = sys._getframe(1).f_locals  # so that an annotation may name something local
    if body is None:
        return lambda body: Function(body, network, names, below)
    return Function(body, network, names, below)


def probability(below: object) -> float:
    """The least probability that a person named; raises BadSignature where it is none."""
    if isinstance(below, bool) or not isinstance(below, (int, float)) or not 0 <= below <= 1:
        raise BadSignature(f"below={below!r} is no probability", "Write one, such as @wisen.function(below=0.8).")
    return float(below)


def with_progress(items: Iterable[Any], name: str, wanted: bool | None) -> Iterable[Any]:
    """The items, with a bar on a terminal; only where rich is installed."""
    if wanted is False or (wanted is None and not sys.stderr.isatty()):
        return items
    try:
        from rich.console import Console
        from rich.progress import track
    except ImportError:
        return items
    return track(items, description=name, console=Console(stderr=True), transient=wanted is None)
