"""category: `bool`, `Literal[...]`, an `Enum` and `Annotated[str, Category]`; as output, classification."""

from __future__ import annotations

import datetime as dt
import enum
import numbers
import typing
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from wisen.errors import BadProgram, BadSignature, BadValue, listed
from wisen.kinds.asking import asking_labels
from wisen.kinds.chances import class_mean, class_weights, uncertain
from wisen.kinds.corruption import OfLabels, Outside
from wisen.kinds.entries import entry_label, readout_label
from wisen.kinds.input import Input
from wisen.kinds.kind import Metric, Tensor
from wisen.kinds.labels import commonest, folded, forgiving, label, likely, literal, positive, repeated, rising
from wisen.kinds.lookup import Lookup
from wisen.kinds.output import Output
from wisen.kinds.packed import Coded, different, mapped
from wisen.kinds.saying import saying_label

if TYPE_CHECKING:
    import torch
    from spox import Var

    from wisen.kinds.aims.aim import Aim
    from wisen.kinds.sights.sight import Sight
    from wisen.nn.form import Ids, Layer

LABELS = (str, numbers.Number, np.generic, enum.Enum, dt.date)
"""What a label may be; it is known by its text."""
BALANCED = "balanced accuracy"
MOST_ONEHOT = 512
"""Classes of all columns together up to which a one-hot row is cheaper than a learned vector."""


@dataclass(frozen=True)
class Category(Input, Output):
    """One of a number of labels, or after `join` a row of them.

    `choices` are the labels that a person named, or for an open category (`Annotated[str,
    Category]`) as an output those of the examples. `columns` are the labels by which each column
    enters the program. `known` finds the value of a label.

    Spellings of an open category that differ in case and spaces only are one label. The program
    knows those of its training examples; a spelling that none of them has is unknown to it.
    """

    word: ClassVar[str] = "category"
    plural: ClassVar[str] = "categories"
    goals: ClassVar[tuple[str, ...]] = ("accuracy", BALANCED)
    asking = asking_labels
    saying = saying_label
    entry = entry_label
    readout = readout_label
    sides: ClassVar[int] = 1

    choices: tuple[Any, ...] = ()
    open: bool = False
    columns: tuple[tuple[str, ...], ...] = ()
    temperature: float = 1.0
    weights: tuple[float, ...] = ()
    """What a right answer of each class counts, where the metric says that they count differently."""
    folds: tuple[bool, ...] = field(default=(), repr=False, compare=False)
    """After `join`, which columns are open."""
    orders: tuple[bool, ...] = field(default=(), repr=False, compare=False)
    """After `join`, the labels of which columns stand in an order."""
    members: type[enum.Enum] | None = field(default=None, repr=False, compare=False)
    known: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        labels = {label(choice): choice for choice in self.choices}
        if self.members is not None:
            labels |= {name: self.members[name] for name in labels}
        object.__setattr__(self, "known", labels)

    @classmethod
    def of(cls, annotation: Any, extras: tuple[Any, ...]) -> Self | None:
        if annotation is bool:
            return cls(choices=(False, True))
        if typing.get_origin(annotation) is typing.Literal:
            return cls(choices=literal(typing.get_args(annotation)))
        if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
            if len(annotation) < 2:
                raise BadSignature(f"the Enum {annotation.__name__} needs two or more members", "Add the others.")
            return cls(choices=tuple(member.name for member in annotation), members=annotation)
        if annotation is str and any(extra is cls or isinstance(extra, cls) for extra in extras):
            return cls(open=True)
        return None

    @classmethod
    def annotations(cls) -> str:
        return "bool, Literal[...], an Enum, Annotated[str, Category]"

    @classmethod
    def guess(cls, raws: Sequence[Any]) -> tuple[Self, float, str] | None:
        found = likely(raws)
        if found is None:
            return None
        choices, sureness, doubt = found
        return cls(choices=choices, open=not choices), sureness, doubt

    @property
    def annotation(self) -> str:
        if self.members is not None:
            return self.members.__name__
        if self.open:
            return "Annotated[str, Category]"
        return "bool" if self.yes_no else f"Literal[{', '.join(map(repr, self.choices))}]"

    @property
    def yes_no(self) -> bool:
        return bool(self.choices) and all(type(choice) is bool for choice in self.choices)

    def spellings(self) -> Mapping[str, Any]:
        """The texts that mean a label: the label, and for a member of an Enum its other names and its value."""
        if self.members is None:
            return self.known
        others = {str(member.value): member for member in reversed(self.members)} | {**self.members.__members__}
        return {**self.known, **{text: member for text, member in others.items() if text not in self.known}}

    def key(self) -> str:
        labels = "any label" if self.open else repr([label(choice) for choice in self.choices])
        return f"{labels}{' | None' if self.optional else ''}"

    def adopt(self, own: Self) -> Self:
        # Keys are texts: the 1 of one kind and the "1" of another are alike in them.
        return self if self.open else replace(self, choices=own.choices, members=own.members)

    def fault(self) -> str:
        texts = [text for column in self.columns for text in column]
        if not all(isinstance(text, str) for text in texts) or len(self.columns) != 1:
            return f"enters by the labels {self.columns!r:.60}"
        if not all(isinstance(choice, (str, int)) for choice in self.choices) or len(self.known) != len(self.choices):
            return f"has the labels {self.choices!r:.60}"
        if self.metric and self.metric not in self.goals:
            return f"is judged by {self.metric!r:.60}"
        if self.weights and (len(self.weights) != len(self.choices) or not all(map(positive, self.weights))):
            return f"has the weights {self.weights!r:.60}"
        return "" if positive(self.temperature) else f"has the temperature {self.temperature}"

    def blanks(self, raw: str) -> bool:
        # "none" or "?" may well be one of the labels.
        return raw.strip() not in self.spellings()

    def read(self, raw: Any) -> Any:
        if type(raw) is str and raw in self.known and not self.open:  # what nearly all calls pass
            return self.known[raw]
        return super().read(raw)

    def parse(self, raw: Any) -> Any:
        if isinstance(raw, enum.Enum) and self.members is not None and isinstance(raw, self.members):
            return raw
        text = label(raw)
        if text in self.known and not self.open:
            return self.known[text]
        text = text.strip()
        if self.open:
            written = text.encode("utf-8", "ignore").decode()  # half of a surrogate pair cannot be
            if not text or not isinstance(raw, LABELS) or written != text:
                raise BadValue(f"is {raw!r:.60}, which is no label")
            return text
        return forgiving(text, raw, self.known, self.spellings(), self.yes_no)

    def write(self, value: Any) -> Any:
        if value is None:
            return None
        return value.name if isinstance(value, enum.Enum) else value

    def content(self, value: Any) -> bytes:
        return repr(folded(value)).encode() if self.open and value is not None else super().content(value)

    def blank(self) -> str:
        return ""

    def samples(self) -> list[Any]:
        return list(self.known.values()) or (list(self.columns[0]) if self.columns else ["red", "green"])

    def tidy(self, values: Sequence[Any]) -> tuple[Sequence[Any], list[str]]:
        if not self.open:
            return values, []
        counts = Counter(value for value in values if value is not None)
        chosen = commonest(counts)
        notes = [f"{a!r} ({counts[a]} times) is taken as {b!r}" for a, b in chosen.items() if a != b]
        return mapped(values, chosen.get), notes

    def fit(self, values: Sequence[Any]) -> Self:
        seen = tuple(sorted({label(value) for value in different(values) if value is not None}))
        if self.open and not self.choices and len(seen) > MOST_ONEHOT // 2:
            seen = repeated(values) or seen
        found = replace(self, columns=(seen if self.open and not self.choices else tuple(self.known),))
        return replace(found, weights=found.weighted(values)) if self.goal == BALANCED else found

    def weighted(self, values: Sequence[Any]) -> tuple[float, ...]:
        """What a right answer of each class counts, so that all classes count alike: the mean is 1."""
        counts = Counter(self.named(values))
        most = len(values) / max(len(self.known), 1)
        return tuple(most / max(counts[text], 1) for text in self.known)

    # ---- input -----------------------------------------------------------------------------

    @classmethod
    def join(cls, kinds: Sequence[Self]) -> Self:
        columns, folds = tuple(kind.columns[0] for kind in kinds), tuple(kind.open for kind in kinds)
        orders = tuple(kind.ordered for kind in kinds)
        return cls(any(kind.optional for kind in kinds), columns=columns, folds=folds, orders=orders)

    @property
    def ordered(self) -> bool:
        """Whether the labels stand in an order: three or more numbers, or members of an Enum of such, that rise."""
        return rising([self.members[name].value for name in self.known] if self.members else self.choices)

    @property
    def lookup(self) -> Lookup:
        """The numbers by which the labels of each column enter."""
        return Lookup(self.columns, self.folds or (self.open,) * len(self.columns))

    def tensors(self, name: str) -> tuple[Tensor, ...]:
        return (Tensor(name, "str", ("batch", len(self.columns))),)

    def arrays(self, values: Sequence[Any]) -> tuple[np.ndarray, ...]:
        rows = [[label(value) for value in row] for row in values]
        return (np.array(rows, dtype=object).reshape(len(rows), -1),)

    def gathered(self, columns: Sequence[Sequence[Any]]) -> tuple[np.ndarray, ...]:
        found = np.empty((len(columns[0]), len(columns)), dtype=object)
        for place, values in enumerate(columns):
            found[:, place] = values.each(label) if isinstance(values, Coded) else list(map(label, values))
        return (found,)

    def graph(self, *raw: Var) -> Var:
        return self.lookup.graph(raw[0])

    def form(self) -> Ids:
        from wisen.nn.form import Ids

        return Ids(self.lookup.sizes, self.orders)

    def encoder(self, width: int) -> tuple[Layer, ...]:
        from wisen.nn.form import Layer

        return (Layer("onehot"),) if self.few() else (Layer("embed", max(4, width // 8)),)

    def plain(self) -> tuple[Layer, ...] | None:
        from wisen.nn.form import Layer

        return (Layer("onehot"),) if self.few() else None

    def placed(self, width: int) -> tuple[Layer, ...] | None:
        from wisen.nn.form import Layer

        return Layer("embed", max(4, width)), Layer("steps", len(self.columns))  # a step for each column

    def few(self) -> bool:
        """Whether there are so few labels in all columns that each can be a feature of its own."""
        return sum(self.form().sizes) <= MOST_ONEHOT

    def outside(self) -> Outside:
        return OfLabels(tuple(self.samples()))

    def sight(self) -> Sight:
        from wisen.kinds.sights.sight import Columns

        return Columns(self.blank(), tuple(range(len(self.columns))))

    # ---- output ----------------------------------------------------------------------------

    def with_labels(self, values: Sequence[Any]) -> Self:
        return replace(self, choices=tuple(sorted(set(commonest(Counter(values)).values())))) if self.open else self

    def named(self, values: Sequence[Any]) -> list[str]:
        """The label that each value is a spelling of; its own text where it is none that the program knows."""
        own = {folded(text): text for text in self.known} if self.open else {}
        texts = [label(value) for value in values]
        return [text if text in self.known else own.get(folded(text), text) for text in texts]

    def head(self) -> tuple[Layer, ...]:
        from wisen.nn.form import Layer

        return (Layer("linear", len(self.choices)),)

    def target(self, values: Sequence[Any]) -> np.ndarray:
        place = {text: index for index, text in enumerate(self.known)}
        return np.array([place[text] for text in self.named(values)], dtype=np.int64)

    def loss(self, guess: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        import torch

        return torch.nn.functional.cross_entropy(guess / self.temperature, target, reduction="none")

    def regret(self, guess: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        import torch

        found = self.loss(guess, target)
        return found * torch.tensor(self.weights, dtype=found.dtype)[target] if self.weights else found

    def lesson(self, teacher: Self, tensors: Mapping[str, np.ndarray]) -> np.ndarray | None:
        return tensors["probabilities"] if teacher.labels() == self.labels() else None

    def mixed(self, truth: torch.Tensor, lesson: torch.Tensor, share: float) -> torch.Tensor:
        from torch.nn.functional import one_hot

        return (1 - share) * one_hot(truth, len(self.choices)).to(lesson.dtype) + share * lesson

    def calibrate(self, guess: np.ndarray, target: np.ndarray) -> Self:
        from wisen.kinds.chances import temperature

        return replace(self, temperature=temperature(guess, target))

    def say(self, guess: Var) -> dict[str, Var]:
        from wisen.nn.block import constant, op

        probabilities = op.softmax(op.div(guess, constant(np.float32(self.temperature))), axis=-1)
        # The answer that is worth most on average: the weights decide, and leave the probabilities true (Elkan, 2001).
        worth = op.mul(probabilities, constant(np.array(self.weights, np.float32))) if self.weights else guess
        place = op.arg_max(worth, axis=1, keepdims=0)
        return {"": op.gather(constant(np.array(list(self.known))), place), "probabilities": probabilities}

    def answer(self, tensors: Mapping[str, Any]) -> Any:
        try:
            return self.known[str(tensors[""])]
        except KeyError as error:
            raise BadProgram(f"the program says {error}, which is none of {listed(self.known)}") from None

    def chances(self, tensors: Mapping[str, np.ndarray], answers: Sequence[Any]) -> Sequence[float | None]:
        if self.weights:
            return super().chances(tensors, answers)
        return list(tensors["probabilities"].max(axis=1).tolist())  # the answer is the likeliest

    def alternatives(self, tensors: Mapping[str, Any]) -> list[tuple[Any, float]]:
        chances = [float(chance) for chance in tensors["probabilities"]]
        return sorted(zip(self.known.values(), chances, strict=True), key=lambda pair: -pair[1])

    def worths(self, tensors: Mapping[str, Any]) -> list[tuple[Any, float]]:
        if not self.weights:
            return self.alternatives(tensors)
        worths = [float(worth) for worth in tensors["probabilities"] * np.array(self.weights)]
        return sorted(zip(self.known.values(), worths, strict=True), key=lambda pair: -pair[1])

    def strange(self, tensors: Mapping[str, np.ndarray], truths: Sequence[Any]) -> np.ndarray:
        return uncertain(tensors["probabilities"], tensors[""], self.named(truths), list(self.known))[:, None]

    def region(self, tensors: Mapping[str, Any], limits: Sequence[float]) -> tuple[Any, ...]:
        answer = self.answer(tensors)
        ranked = self.alternatives(tensors)
        return (answer, *(value for value, chance in ranked if value != answer and 1.0 - chance <= limits[0]))

    def aim(self, word: str, tensors: Mapping[str, Any]) -> Aim:
        from wisen.kinds.aims.labels import label as asked

        return asked(word, list(self.known), self.named([tensors[""]])[0], self.temperature)

    def naive(self, values: Sequence[Any]) -> Any:
        counts = Counter(text for text in self.named(values) if text in self.known) or Counter(self.known.keys())
        return self.known[min(counts, key=lambda text: (-counts[text], text))]

    def merits(self, answers: Sequence[Any], truths: Sequence[Any]) -> np.ndarray:
        true = self.named(truths)
        said = zip(answers, self.named(answers), true, strict=True)
        right = np.array([answer is not None and a == t for answer, a, t in said], dtype=np.float64)
        if self.goal == BALANCED:
            right *= class_weights(true)  # so that the mean is that of the classes' own means
        return right

    def overall(self, merits: np.ndarray, truths: Sequence[Any]) -> float:
        return class_mean(merits > 0, self.named(truths)) if self.goal == BALANCED else float(merits.mean())

    def metrics(
        self, answers: Sequence[Any], truths: Sequence[Any], tensors: Mapping[str, np.ndarray] | None = None
    ) -> list[Metric]:
        from wisen.kinds.chances import about, balanced

        decided = self.goal == BALANCED
        found = [Metric(self.goal, float(self.merits(answers, truths).mean()), share=not decided)]
        said, true = self.named(answers), self.named(truths)
        if None in answers or not self.known.keys() >= set(said):
            return found
        right = np.array(said) == np.array(true)
        other = float(right.mean()) if decided else balanced(true, said)
        found.append(Metric(self.goals[0] if decided else BALANCED, other))
        if tensors is None or "probabilities" not in tensors or not self.known.keys() >= set(true):
            return found  # of an answer that the program does not know there is no probability
        return found + about(tensors["probabilities"], self.target(truths), self.temperature)

    def labels(self) -> list[str]:
        return list(self.known)

    def probabilities(self, tensors: Mapping[str, np.ndarray]) -> np.ndarray | None:
        return tensors.get("probabilities")

    def groups(self, truths: Sequence[Any]) -> list[str]:
        return self.named(truths)
