"""The contract of a kind that can come out of a function; see kind.py for what both sides have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from wisen.kinds.kind import Kind, Metric
from wisen.kinds.packed import once

if TYPE_CHECKING:
    import torch
    from spox import Var

    from wisen.kinds.aims.aim import Aim
    from wisen.kinds.entries import Readout
    from wisen.kinds.saying import Saying
    from wisen.nn.form import Form, Layer


@dataclass(frozen=True)
class Interval:
    """All numbers from `low` to `high`; of a forecast a list of each, one number a step."""

    low: Any
    high: Any

    def __contains__(self, value: Any) -> bool:
        if isinstance(self.low, list):
            return all(low <= each <= high for low, each, high in zip(self.low, value, self.high, strict=True))
        return bool(self.low <= value <= self.high)


@dataclass(frozen=True)
class Output(Kind):
    """A kind that can come out of a function."""

    goals: ClassVar[tuple[str, ...]] = ()
    """The metrics that can decide, the usual one first; each is the mean of `merits`, whatever its sign."""

    needs: ClassVar[str] = "vector"
    """The form that its head reads: a "vector" of all that goes in, or the "grid" or "sequence" of one input."""
    told: ClassVar[bool] = False
    """Whether its head is told the truth while it is learned and judged: an answer of many pieces, each of which
    depends on those before. Then targets are [examples, pieces], and 0 stands after the last one."""
    said_batch: ClassVar[int] = 512
    """The most examples that a step should look at where it is said."""
    said_steps: ClassVar[int] = 0
    """Steps that its head takes to learn what it can, where they are more than those of what it reads."""

    parts: ClassVar[tuple[tuple[str, ...], ...]] = ()
    """Ways to name the columns of a table that hold a part of a value each, where one value may stand in several rows:
    small letters, without spaces and underscores."""

    sides: ClassVar[int] = 0
    """On how many sides of an answer the truth may lie: 1 for a set of answers, 2 for an interval; 0: it can promise
    neither."""

    metric: str = ""
    """The one of the `goals` that decides; empty: the first."""

    @property
    def by_place(self) -> bool:
        """Whether its head reads the places of one input, and no vector of all."""
        return self.needs != Output.needs

    @property
    def widths(self) -> tuple[int, ...]:
        """The widths to try, the cheapest first, where the head reads no vector."""
        return ()

    @property
    def goal(self) -> str:
        """The metric that decides."""
        return self.metric or self.goals[0]

    @classmethod
    def answers_written(cls) -> str:
        """What a person may write for it as an answer, for error messages."""
        return cls.annotations()

    def truth(self, raw: Any) -> Any:
        """The true answer that a raw cell means; raises BadValue where nothing can be learned from it."""
        return self.read(raw)

    def within(self, value: Any, extent: tuple[float, ...]) -> Any:
        """The true answer to an input that reaches so far along its axes; raises BadValue where it tells of places
        that lie beyond."""
        return value

    def with_labels(self, values: Sequence[Any]) -> Self:
        """This kind with the answers that there can be, where only the examples know them."""
        return self

    @abstractmethod
    def head(self) -> tuple[Layer, ...]:
        """The layers that say it; they read the form that it `needs`."""

    def placed_head(self, form: Form) -> tuple[Layer, ...]:
        """The layers that say it where it needs no vector; they read this form."""
        return self.head()

    @abstractmethod
    def target(self, values: Sequence[Any]) -> np.ndarray:
        """True values as the numbers that `loss` compares with."""

    def relative(self, target: np.ndarray, extents: np.ndarray) -> np.ndarray:
        """Targets that tell of places, in shares of how far each input reaches, [examples, axes]."""
        return target

    def moved(self, target: torch.Tensor, where: torch.Tensor) -> torch.Tensor:
        """A batch of targets after the places of its inputs went somewhere else, as `Input.varied` tells it."""
        return target

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

    def lesson(self, teacher: Self, tensors: Mapping[str, np.ndarray]) -> np.ndarray | None:
        """What a program whose answer is of the kind `teacher` says of many examples, as something to learn beside the
        truth; None where nothing can be."""
        return None

    def mixed(self, truth: torch.Tensor, lesson: torch.Tensor, share: float) -> torch.Tensor:
        """Targets with so large a share of a lesson in them; `loss` takes them as it takes those of `target`."""
        raise TypeError(f"a {self.word} learns from the truth only")

    def calibrate(self, guess: np.ndarray, target: np.ndarray) -> Self:
        """This kind with its confidence set right on validation examples."""
        return self

    def sure(self, said: np.ndarray, target: np.ndarray) -> Self:
        """This kind with its confidence set right by what the finished network says of validation examples where it
        is told no truth."""
        return self

    @abstractmethod
    def say(self, guess: Var) -> dict[str, Var]:
        """From what the head says to the answer's tensors; "" is the answer itself."""

    def absolute(self, said: dict[str, Var], guess: Var, extents: Var) -> dict[str, Var]:
        """The answer's tensors; those that tell of places in the units of the input, not in shares of its extents."""
        return said

    @abstractmethod
    def answer(self, tensors: Mapping[str, Any]) -> Any:
        """The value that the answer's tensors of one example mean."""

    @abstractmethod
    def readout(self) -> Readout:
        """How a page in a browser makes the answer of these tensors and shows it."""

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
        return [self.chance(answer, self.alternatives(row)) for row, answer in rows]

    def chance(self, answer: Any, ranked: Sequence[tuple[Any, float]]) -> float | None:
        """The calibrated probability of an answer among its `alternatives`; None where it has none."""
        return dict(ranked).get(answer) if ranked else None  # an answer without any may be one that no dict can hold

    def alternatives(self, tensors: Mapping[str, Any]) -> list[tuple[Any, float]]:
        """Values and their calibrated probabilities, the likeliest first; empty where it has none."""
        return []

    def quantiles(self, tensors: Mapping[str, Any]) -> list[tuple[float, Any]]:
        """Shares, and the value below which the truth lies in that share of cases; empty where it has none."""
        return []

    def limits(self) -> int:
        """How many limits of strangeness there are: one for each side, and of an answer of several steps for each."""
        return self.sides

    def strange(self, tensors: Mapping[str, np.ndarray], truths: Sequence[Any]) -> np.ndarray:
        """How strange each truth is beside what is said of it, [examples, limits]; the larger, the stranger.

        Limits of one side stand together. Only for kinds that have `sides`.
        """
        raise TypeError(f"a {self.word} promises nothing")

    def region(self, tensors: Mapping[str, Any], limits: Sequence[float]) -> Any:
        """All values that are no stranger than the limits beside what is said of one example: a tuple of them, or an
        Interval."""
        raise TypeError(f"a {self.word} promises nothing")

    def breadth(self, tensors: Mapping[str, np.ndarray], limits: Sequence[float]) -> float:
        """How large a region is on average: how many answers there are in it, or how wide it is."""
        rows = [self.region(row, limits) for row in apart(tensors)]
        sizes = [np.subtract(row.high, row.low).mean() if isinstance(row, Interval) else len(row) for row in rows]
        return float(np.mean(sizes))

    def flat(self, name: str, written: Any) -> dict[str, Any]:
        """An answer as it is written in the columns of a text table, by their names: several where it is a list."""
        return {name: written}

    def worths(self, tensors: Mapping[str, Any]) -> list[tuple[Any, float]]:
        """Values and what each is worth as the answer, the best first: their probabilities, unless the metric that
        decides weighs them."""
        return self.alternatives(tensors)

    def lead(self, tensors: Mapping[str, Any]) -> float:
        """How far the answer is ahead of the next one; two runs of one program may differ where it is not."""
        ranked = self.worths(tensors)
        return ranked[0][1] - ranked[1][1] if len(ranked) > 1 else 1.0

    def ties(self, tensors: Mapping[str, np.ndarray], least: float) -> np.ndarray:
        """The places of examples whose answer was so little ahead on the way there that two runs may tell of
        different ones."""
        return np.zeros(0, np.int64)

    def tolerance(self) -> float:
        """How far two runs of one program may lie apart in a number that it says."""
        return 1e-4

    def tolerances(self) -> Mapping[str, float]:
        """The same for each of its tensors that is not held to the tolerance of probabilities."""
        return {"": self.tolerance()}

    def differing(self, said: Mapping[str, np.ndarray], wanted: Mapping[str, np.ndarray]) -> list[str] | None:
        """How two runs of one program differ on each example, in words, empty where they do not; None: their
        tensors are to be compared number by number."""
        return None

    def drawn(self, answer: Any, values: Sequence[Any]) -> bytes | None:
        """A PNG file that shows the answer on the inputs that it was given to; None: there is nothing to see."""
        return None

    def subtitles(self, tensors: Mapping[str, Any]) -> str | None:
        """The answer as subtitles (SubRip, .srt), which say when each part of it is heard; None: it does not know."""
        return None

    def forecast(self, answer: Any, past: Sequence[float], quantiles: Sequence[tuple[float, Any]]) -> bytes | None:
        """A PNG file that shows the answer behind the past that it goes on from; None: there is nothing to see."""
        return None

    def said_in(self) -> Sequence[str]:
        """The pieces that its answers are said in, by their number; empty where they are said at once."""
        return ()

    @abstractmethod
    def aim(self, word: str, tensors: Mapping[str, Any]) -> Aim:
        """What a person asks about of the answer that one example's tensors mean: a label, a step, a thing, a word; the
        answer itself where `word` is empty. Raises BadValue where it is nothing of it."""

    def aim_at(self, truth: Any) -> Aim:
        """What is asked about where the true answer is known; raises BadValue where it is nothing that can be."""
        return self.aim("", {"": truth})

    @abstractmethod
    def naive(self, values: Sequence[Any]) -> Any:
        """The best answer that looks at no input."""

    @abstractmethod
    def merits(self, answers: Sequence[Any], truths: Sequence[Any]) -> np.ndarray:
        """How good each answer is, higher is better; their mean decides the head-to-head."""

    def overall(self, merits: np.ndarray, truths: Sequence[Any]) -> float:
        """How good some of many answers are together, from the `merits` that they have among all of them."""
        return float(merits.mean())

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

    def probabilities(self, tensors: Mapping[str, np.ndarray]) -> np.ndarray | None:
        """The calibrated probability of each of the `labels`, [examples, labels]; None where there are none."""
        return None

    def amounts(self, values: Sequence[Any]) -> np.ndarray | None:
        """Values that are amounts as numbers, [examples, steps], NaN where there is none; None where they are not."""
        return None

    def groups(self, truths: Sequence[Any]) -> list[str]:
        """The class of each example where results per class make sense; empty where not."""
        return []

    def saying(self) -> Saying | None:
        """What can be told of its answers in a few numbers or a line of code; None: nothing can."""
        return None


def apart(tensors: Mapping[str, np.ndarray]) -> list[dict[str, Any]]:
    """The tensors of many examples as those of each."""
    return [dict(zip(tensors, row, strict=True)) for row in zip(*tensors.values(), strict=True)]
