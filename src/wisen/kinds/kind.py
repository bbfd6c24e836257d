"""The contract of a kind: everything that wisen has to know about one sort of value.

A kind is a frozen value. What it learns from data before training comes with `fit`, as a new
frozen kind. It is either unfitted (made from an annotation) or fitted (goes into the program).
`read`, `arrays` and `answer` run in the shipped program: standard library, numpy and the value's
own decoder only. `encoder`, `graph`, `head` and `loss` import torch or spox when called.
"""

from __future__ import annotations

import dataclasses
import html
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from wisen.errors import BadValue, nearest
from wisen.kinds.packed import Cells, Coded, Packed, different, once

if TYPE_CHECKING:
    import torch
    from spox import Var

    from wisen.nn.form import Form, Layer

AT_ONCE, FEW_AT_ONCE = 256, 32
"""Values that enter a graph at once; and those where a large network reads them."""
MISSING_WORDS = frozenset({"", "na", "n/a", "nan", "none", "null", "nat", "?"})


@dataclass(frozen=True)
class Tensor:
    """One input of the program: its name, numpy dtype and dimensions (a word where it is free)."""

    name: str
    dtype: str
    dims: tuple[str | int, ...]


@dataclass(frozen=True)
class Metric:
    """A figure about many answers; `better` says whether higher or lower is better.

    A `share` is the mean of merits that are 1 where an answer is right and 0 where it is wrong.
    """

    name: str
    value: float
    better: str = "higher"
    share: bool = False


@dataclass(frozen=True)
class Kind(ABC):
    """What a value is. Subclasses are final and frozen; a table in __init__.py lists them."""

    word: ClassVar[str]
    suffixes: ClassVar[tuple[str, ...]] = ()
    """File names that end so hold one value of this kind."""

    optional: bool = False
    """Whether a value may be missing (`T | None`)."""

    @property
    def ready(self) -> type | None:
        """The type whose values need no reading: so a call with plain values costs nothing more."""
        return None

    # ---- a person's side -------------------------------------------------------------------

    @classmethod
    @abstractmethod
    def of(cls, annotation: Any, extras: tuple[Any, ...]) -> Self | None:
        """The kind of an annotation and of what stands beside it in `Annotated`; None: not mine."""

    @classmethod
    @abstractmethod
    def annotations(cls) -> str:
        """What a person may write for it, for error messages."""

    @classmethod
    def guess(cls, raws: Sequence[Any]) -> tuple[Self, float, str] | None:
        """(the kind these raw cells are probably of, how surely from 0 to 1, a doubt in words)."""
        return None

    @property
    def annotation(self) -> str:
        """The kind as a person would write it in a signature."""
        return self.annotations().split(",")[0]

    @abstractmethod
    def parse(self, raw: Any) -> Any:
        """The value that a raw cell, file or argument means; raises BadValue."""

    def read(self, raw: Any) -> Any:
        """The value that a raw cell, file or argument means; None where it is missing.

        Raises BadValue where it means nothing of this kind, or is missing and must not be.
        """
        if isinstance(raw, str):
            return self.lacking() if raw.strip().casefold() in MISSING_WORDS and self.blanks(raw) else self.parse(raw)
        return self.lacking() if nothing(raw) else self.parse(raw)

    def lacking(self) -> Any:
        """The value of a missing cell; raises BadValue where it must not be missing."""
        if self.optional:
            return None
        raise BadValue("is missing", f"Write `{self.annotation} | None` if it may be missing.")

    def pack(self, cells: Cells, rest: Callable[[np.ndarray], Sequence[Any]]) -> Packed | None:
        """The values of a whole column of cells at once; None where they are to be read one by one.

        `rest` reads the cells at some places one by one, for those that the kind does not take at
        once: so the values are those of `read`, and what is bad is known by its row.
        """
        return None

    def at(self, folder: Path, raw: Any) -> Any:
        """A raw cell of a table in a folder; a path in it is relative to that folder."""
        return raw

    def blanks(self, raw: str) -> bool:
        """Whether a cell with one of MISSING_WORDS is a missing value of this kind."""
        return True

    @abstractmethod
    def write(self, value: Any) -> Any:
        """The value as JSON or CSV can hold it; `read` gives it back."""

    def show(self, value: Any) -> str:
        """The value as HTML, escaped."""
        return html.escape("" if value is None else str(self.write(value)))

    def brief(self, value: Any) -> str:
        """The value as a few words on one line, for tables."""
        return "-" if value is None else shortened(str(self.write(value)))

    # ---- everybody's side ------------------------------------------------------------------

    @abstractmethod
    def blank(self) -> Any:
        """The value that says nothing: for missing cells, padding and baselines."""

    @abstractmethod
    def samples(self) -> list[Any]:
        """Some values, for tests, documents and empty forms."""

    def fit(self, values: Sequence[Any]) -> Self:
        """This kind with what it has to know from data; `values` are read, None is missing."""
        return self

    def outline(self, value: Any) -> Any:
        """The little that `fit` has to know of every value, for kinds whose values come in files: so that
        none is read a second time for it."""
        return None

    def content(self, value: Any) -> bytes:
        """Bytes that are equal exactly where values are: what the split and the hash look at."""
        return repr(self.write(value)).encode()

    def contents(self, values: Sequence[Any]) -> list[bytes] | np.ndarray:
        """The content of many values; where all have one length also as uint8 [values, length]."""
        return values.each(self.content) if isinstance(values, Coded) else [self.content(value) for value in values]

    def tidy(self, values: Sequence[Any]) -> tuple[Sequence[Any], list[str]]:
        """The values with accidental differences of spelling removed, and notes about it.

        Answers are tidied so; inputs keep their spellings, which `content` and `graph` take as one.
        Kinds whose values come in files leave them as they are: those may be read again.
        """
        return values, []

    def doubts(self, values: Sequence[Any]) -> list[str]:
        """What is odd about a column of values, in words that follow its name."""
        if len(values) < 2:
            return []
        first = self.content(values[0])
        if any(self.content(value) != first for value in different(values)):
            return []
        if values[0] is None:
            return ["is empty in every example"]
        return [f"is {self.write(values[0])!r:.60} in every example: nothing can be learned from it"]

    def fault(self) -> str:
        """What cannot be true of this fitted kind, which was read from a file; empty where nothing."""
        return ""

    def key(self) -> str:
        """Equal for two kinds, fitted or not, exactly where values of one are values of the other."""
        return f"{self.annotation}{' | None' if self.optional else ''}"

    def adopt(self, own: Self) -> Self:
        """This fitted kind, read from a file, with what only the code knows of the same kind."""
        return self

    def to_json(self) -> dict[str, Any]:
        """The fitted kind for the program's manifest; `from_json` of the table gives it back."""
        fields = {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.repr}
        return {"kind": self.word, **fields}


@dataclass(frozen=True)
class Input(Kind):
    """A kind that can go into a function."""

    plural: ClassVar[str] = ""
    """The tensor that all columns of this kind share; empty where each column has its own."""
    batch: ClassVar[int] = 512
    """The most examples that a step should look at."""
    steps: ClassVar[int] = 3000
    """Steps after which a network that reads it has learned what it can."""

    @classmethod
    def join(cls, kinds: Sequence[Self]) -> Self:
        """Kinds of several columns as one kind whose values are rows, for kinds with a `plural`."""
        raise TypeError(f"{cls.word} columns do not share a tensor")

    @abstractmethod
    def tensors(self, name: str) -> tuple[Tensor, ...]:
        """The raw tensors under which it enters the program."""

    @abstractmethod
    def arrays(self, values: Sequence[Any]) -> tuple[np.ndarray, ...]:
        """A batch of values as these tensors; kinds with a `plural` take a batch of rows."""

    def gathered(self, columns: Sequence[Sequence[Any]]) -> tuple[np.ndarray, ...]:
        """A batch of values as these tensors, from its columns: several for kinds with a `plural`, else one."""
        return self.arrays(list(zip(*columns, strict=True)) if self.plural else columns[0])

    def batch_key(self, value: Any) -> Hashable:
        """Values with equal keys can stand in one batch."""
        return None

    def at_once(self) -> int:
        """How many values enter its graph at once, at most; fewer where it needs much room for each."""
        return AT_ONCE

    @abstractmethod
    def graph(self, *raw: Var) -> Var:
        """From the raw tensors to what the encoder reads, as nodes of the program."""

    def variations(self) -> tuple[str, ...]:
        """The names of ways to vary it while training, the one to begin with first; validation chooses."""
        return ("as it is",)

    def vary(self, features: torch.Tensor, how: str) -> torch.Tensor:
        """A batch of what `graph` gives, changed by chance in one of its `variations`, which changes no
        meaning: so that training sees more than the examples it has."""
        return features

    @abstractmethod
    def form(self) -> Form:
        """The form of what `graph` gives."""

    @abstractmethod
    def encoder(self, width: int) -> tuple[Layer, ...]:
        """The layers that read it; width 0 asks for the plainest, which a linear program needs."""

    def encoders(self, width: int) -> tuple[tuple[Layer, ...], ...]:
        """The ways to read it that are worth trying, the cheapest first; validation chooses."""
        return (self.encoder(width),)

    def twin(self) -> Hashable:
        """Columns whose keys are equal, fitted or not, are twins: they are fitted to the values of all of them,
        and one encoder reads them, so that what it says of them can be compared. None: it has no twins."""
        return None

    def views(self) -> dict[str, Self]:
        """What the program can make of its raw tensors, by name: kinds that differ in `graph`, `form` and
        encoders. The one without a name is what a network of the user's reads."""
        return {"": self}

    def ways(self, width: int) -> tuple[tuple[str, ...], ...]:
        """The views to read, alone or together, that are worth trying; validation chooses."""
        return (("",),)

    def pretrained(self) -> Self | None:
        """This kind with a view by a network that was trained on other data; None where there is none for it.

        Raises NotInstalled where the package that brings it is missing.
        """
        return None

    def plain(self) -> tuple[Layer, ...] | None:
        """The layers by which it enters a linear path beside the network, without weights; None: not at all."""
        return None


@dataclass(frozen=True)
class Output(Kind):
    """A kind that can come out of a function."""

    goals: ClassVar[tuple[str, ...]] = ()
    """The metrics that can decide, the usual one first; each is the mean of `merits`, whatever its sign."""

    metric: str = ""
    """The one of the `goals` that decides; empty: the first."""

    @property
    def goal(self) -> str:
        """The metric that decides."""
        return self.metric or self.goals[0]

    def aimed(self, metric: str) -> Self:
        """This kind, in whose head-to-head another metric decides; raises BadValue."""
        if metric not in self.goals:
            raise BadValue(f"{metric!r} cannot decide about {self.annotation}", nearest(metric, self.goals))
        return dataclasses.replace(self, metric=metric)

    def truth(self, raw: Any) -> Any:
        """The true answer that a raw cell means; raises BadValue where nothing can be learned from it."""
        return self.read(raw)

    def with_labels(self, values: Sequence[Any]) -> Self:
        """This kind with the answers that there can be, where only the examples know them."""
        return self

    @abstractmethod
    def head(self) -> tuple[Layer, ...]:
        """The layers that say it; they read a vector."""

    @abstractmethod
    def target(self, values: Sequence[Any]) -> np.ndarray:
        """True values as the numbers that `loss` compares with."""

    @abstractmethod
    def loss(self, guess: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """How wrong each guess of a batch is, [batch]."""

    def versions(self) -> tuple[Self, ...]:
        """This fitted kind in the versions that can be learned, the one to begin with first; validation
        chooses. All of them take the same targets."""
        return (self,)

    @property
    def version(self) -> str:
        """What is special about this version; empty for the plain one."""
        return ""

    def regret(self, guess: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """How bad each guess is to the metric that decides, [batch], in numbers that can be compared between
        `versions`: what a choice is made by."""
        return self.loss(guess, target)

    def calibrate(self, guess: np.ndarray, target: np.ndarray) -> Self:
        """This kind with its confidence set right on validation examples."""
        return self

    @abstractmethod
    def say(self, guess: Var) -> dict[str, Var]:
        """From what the head says to the answer's tensors; "" is the answer itself."""

    @abstractmethod
    def answer(self, tensors: Mapping[str, Any]) -> Any:
        """The value that the answer's tensors of one example mean."""

    def answers(self, tensors: Mapping[str, np.ndarray]) -> list[Any]:
        """The values that the answer's tensors of many examples mean; for texts found once each."""
        if tensors.keys() >= {""} and tensors[""].dtype == object:
            known = {text: self.answer({"": text}) for text in set(tensors[""])}
            return [known[text] for text in tensors[""]]
        return [self.answer(row) for row in apart(tensors)]

    def writes(self, answers: Sequence[Any]) -> list[Any]:
        """`write` of many answers, of each label once; None where there is none."""
        if self.labels():
            return once(answers, self.write)
        return [None if answer is None else self.write(answer) for answer in answers]

    def chances(self, tensors: Mapping[str, np.ndarray], answers: Sequence[Any]) -> Sequence[float | None]:
        """The calibrated probability of the answer to each of many examples; None where it has none."""
        rows = zip(apart(tensors), answers, strict=True)
        return [dict(self.alternatives(row)).get(answer) for row, answer in rows]

    def alternatives(self, tensors: Mapping[str, Any]) -> list[tuple[Any, float]]:
        """Values and their calibrated probabilities, the likeliest first; empty where it has none."""
        return []

    def lead(self, tensors: Mapping[str, Any]) -> float:
        """How far the answer is ahead of the next one; two runs of one program may differ where it is not."""
        ranked = self.alternatives(tensors)
        return ranked[0][1] - ranked[1][1] if len(ranked) > 1 else 1.0

    def tolerance(self) -> float:
        """How far two runs of one program may lie apart in a number that it says."""
        return 1e-4

    @abstractmethod
    def naive(self, values: Sequence[Any]) -> Any:
        """The best answer that looks at no input."""

    @abstractmethod
    def merits(self, answers: Sequence[Any], truths: Sequence[Any]) -> np.ndarray:
        """How good each answer is, higher is better; their mean decides the head-to-head."""

    @abstractmethod
    def metrics(
        self, answers: Sequence[Any], truths: Sequence[Any], tensors: Mapping[str, np.ndarray] | None = None
    ) -> list[Metric]:
        """Figures about many answers, the deciding one first; more of them with the tensors."""

    @property
    def yes_no(self) -> bool:
        """Whether the answer is yes or no."""
        return False

    def labels(self) -> list[str]:
        """All answers that there can be, where they can be counted; empty where not."""
        return []

    def groups(self, truths: Sequence[Any]) -> list[str]:
        """The class of each example where results per class make sense; empty where not."""
        return []


def apart(tensors: Mapping[str, np.ndarray]) -> list[dict[str, Any]]:
    """The tensors of many examples as those of each."""
    return [dict(zip(tensors, row, strict=True)) for row in zip(*tensors.values(), strict=True)]


def shortened(text: str, most: int = 24) -> str:
    """A text on one line, cut where it is long."""
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"


def nothing(raw: Any) -> bool:
    """Whether a cell that is no text says that there is no value: None, NaN, NaT and pandas' NA."""
    if raw is None:
        return True
    if isinstance(raw, (float, np.floating, np.datetime64)):
        return bool(raw != raw)  # only NaN and NaT differ from themselves
    if isinstance(raw, Decimal):
        return raw.is_nan()
    return type(raw).__name__ in ("NAType", "NaTType")


def plain_scale(mean: Sequence[Any], scale: Sequence[Any], count: int) -> str:
    """The `fault` of a mean and scale that were read from a file: so many finite numbers, none divides by 0."""
    for name, values in (("mean", mean), ("scale", scale)):
        plain = all(type(value) in (int, float) and math.isfinite(value) for value in values)
        if len(values) != count or not plain:
            return f"has the {name} {values!r:.60}"
    return "" if all(value > 0 for value in scale) else f"has the scale {scale!r:.60}"
