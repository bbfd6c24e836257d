"""What explanations have to know of answers: numbers that tell how far they go, and how Python writes them."""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from wisen.kinds.asking import text, whole

if TYPE_CHECKING:
    from wisen.kinds.category import Category
    from wisen.kinds.number import Number
    from wisen.kinds.series import Series

DIGITS = 4
"""Digits of a number that is written as an answer."""


class Saying(ABC):
    """What can be told of the answers of a kind."""

    @abstractmethod
    def levels(self, tensors: Mapping[str, np.ndarray]) -> np.ndarray:
        """Numbers that say how far answers go, [examples, levels]: the probability of each label, a number itself."""

    @abstractmethod
    def titles(self) -> list[str]:
        """What each of the levels is about."""

    @abstractmethod
    def code(self, answer: Any) -> str:
        """An answer as a Python expression, numbers to a few digits."""

    @abstractmethod
    def progress(self, tensors: Mapping[str, np.ndarray], answer: Any, target: Any) -> np.ndarray:
        """How near answers are to being another than `answer`: `target`, or any other where that is None. Above 0
        exactly where they are."""


class Named(Saying):
    """Answers that are labels; `worth` is what a right answer of each counts."""

    def __init__(self, known: Mapping[str, Any], worth: Sequence[float]) -> None:
        self.known, self.worth = known, np.array(worth or [1.0] * len(known))

    def levels(self, tensors: Mapping[str, np.ndarray]) -> np.ndarray:
        """The probabilities of the labels."""
        return np.asarray(tensors["probabilities"], dtype=np.float64)

    def titles(self) -> list[str]:
        """The labels."""
        return list(self.known)

    def code(self, answer: Any) -> str:
        """The label; a member of an Enum by its class and name."""
        return f"{type(answer).__name__}.{answer.name}" if isinstance(answer, enum.Enum) else text(answer)

    def progress(self, tensors: Mapping[str, np.ndarray], answer: Any, target: Any) -> np.ndarray:
        """By how much the target is worth more than every other label, or any other more than the answer."""
        worth: np.ndarray = self.levels(tensors) * self.worth
        wanted = np.array([same(value, answer if target is None else target) for value in self.known.values()])
        lead = worth[:, wanted].max(axis=1, initial=0.0) - worth[:, ~wanted].max(axis=1, initial=0.0)
        lead = -lead if target is None else lead
        said = np.array(
            [same(self.known.get(str(label)), answer if target is None else target) for label in tensors[""]]
        )
        turned = ~said if target is None else said
        # What it says decides, in ties, too.
        return np.asarray(np.where(turned, np.maximum(lead, 1e-9), np.minimum(lead, 0.0)), np.float64)


def same(one: Any, other: Any) -> bool:
    """Whether two answers are one; 1 and True are not."""
    return type(one) is type(other) and bool(one == other)


class Amount(Saying):
    """Answers that are numbers; `typical` is the one to pass where none is named, `scale` how far they lie apart."""

    def __init__(self, typical: float, scale: float, integer: bool) -> None:
        self.typical, self.scale, self.integer = typical, scale, integer

    def levels(self, tensors: Mapping[str, np.ndarray]) -> np.ndarray:
        """The numbers."""
        return np.asarray(tensors[""], dtype=np.float64).reshape(-1, 1)

    def titles(self) -> list[str]:
        """One: the answer."""
        return ["answer"]

    def code(self, answer: Any) -> str:
        """The number to a few digits."""
        return repr(int(answer)) if self.integer else written(answer)

    def progress(self, tensors: Mapping[str, np.ndarray], answer: Any, target: Any) -> np.ndarray:
        """By how many standard deviations they have passed the target, seen from the answer."""
        wanted = self.typical if target is None else float(target)
        sign = 1.0 if answer < wanted else -1.0
        found = sign * (self.levels(tensors)[:, 0] - wanted) / self.scale
        return np.asarray(np.where(found >= 0, np.maximum(found, 1e-9), found), np.float64)  # to reach it is enough


class Course(Saying):
    """Answers that are a number for each of several steps; it is their mean that passes a target."""

    def __init__(self, typical: float, scale: float, steps: int) -> None:
        self.amount, self.steps = Amount(typical, scale, False), steps

    def levels(self, tensors: Mapping[str, np.ndarray]) -> np.ndarray:
        """The number of each step."""
        return np.asarray(tensors[""], dtype=np.float64).reshape(len(tensors[""]), -1)

    def titles(self) -> list[str]:
        """The steps, from the nearest."""
        return [f"step {place}" for place in range(1, self.steps + 1)]

    def code(self, answer: Any) -> str:
        """The numbers in brackets."""
        return f"[{', '.join(map(written, answer))}]"

    def progress(self, tensors: Mapping[str, np.ndarray], answer: Any, target: Any) -> np.ndarray:
        """By how far the mean of the steps has passed the target."""
        return self.amount.progress({"": self.levels(tensors).mean(axis=1)}, float(np.mean(answer)), target)


# ---- what each kind takes as its method `saying` ------------------------------------------------


def saying_label(kind: Category) -> Saying:
    """What can be told of labels."""
    return Named(kind.known, kind.weights)


def saying_number(kind: Number) -> Saying:
    """What can be told of numbers."""
    return Amount(kind.mean[0], kind.scale[0], kind.integer)


def saying_steps(kind: Series) -> Saying:
    """What can be told of forecasts."""
    return Course(kind.mean[0], kind.scale[0], kind.lengths[0])


def written(value: float) -> str:
    """A number to a few digits."""
    return repr(whole(float(f"{value:.{DIGITS}g}")))
