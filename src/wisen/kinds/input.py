"""The contract of a kind that can go into a function; see kind.py for what both sides have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from wisen.kinds.corruption import Outside
from wisen.kinds.kind import Kind, Tensor
from wisen.kinds.sights.sight import Sight

if TYPE_CHECKING:
    import torch
    from spox import Var

    from wisen.kinds.asking import Asking
    from wisen.kinds.entries import Entry
    from wisen.nn.form import Form, Layer

AT_ONCE, FEW_AT_ONCE = 256, 32
"""Values that enter a graph at once; and those where a large network reads them."""


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
    def entry(self) -> Entry:
        """How a page in a browser asks for a value and makes these tensors of it."""

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

    def varied(self, features: torch.Tensor, how: str) -> tuple[torch.Tensor, torch.Tensor | None]:
        """(what `vary` gives, where its places went); None: they stay where they are.

        Places are shares of each of its axes, and where they went is [batch, axes, axes + 1]: what stood at p stands
        at m[:, :axes] p + m[:, axes] now. True answers that tell places follow them.
        """
        return self.vary(features, how), None

    @abstractmethod
    def form(self) -> Form:
        """The form of what `graph` gives."""

    def fixed(self, name: str) -> dict[str, int] | None:
        """The free dimensions of its tensors but for the batch, as the network sees a value; None: it sees as much as
        there is, from value to value."""
        free = [dim for tensor in self.tensors(name) for dim in tensor.dims[1:] if isinstance(dim, str)]
        return None if free else {}

    @abstractmethod
    def encoder(self, width: int) -> tuple[Layer, ...]:
        """The layers that read it; width 0 asks for the plainest, which a linear program needs."""

    def encoders(self, width: int) -> tuple[tuple[Layer, ...], ...]:
        """The ways to read it that are worth trying, the cheapest first; validation chooses."""
        return (self.encoder(width),)

    @property
    def places(self) -> str:
        """The view in which it keeps what stands where."""
        return ""

    def placed(self, width: int) -> tuple[Layer, ...] | None:
        """The layers that read it and keep what stands where, up to a grid or a sequence; None: it has no places."""
        return None

    def needed(self, form: str) -> Self:
        """This kind, to be fitted for an answer that needs its places: a "grid" or a "sequence" of them."""
        return self

    def extent(self, outline: Any) -> tuple[float, ...] | None:
        """How far a value with such an outline reaches along each axis of its places, in the units in which a person
        tells places; None: it has no places."""
        return None

    def extents(self, *raw: Var) -> Var | None:
        """The same inside the program, of a batch: float32 [batch, axes] from the raw tensors."""
        return None

    def onward(self) -> Self:
        """This fitted kind for examples in order of time, after which later ones come: without what says only when."""
        return self

    def twin(self) -> Hashable:
        """Columns whose keys are equal, fitted or not, are twins: they are fitted to the values of all of them,
        and one encoder reads them, so that what it says of them can be compared. None: it has no twins."""
        return None

    def views(self) -> dict[str, Self]:
        """What the program can make of its raw tensors, by name: kinds that differ in `graph`, `form` and
        encoders. The one without a name is what a network of the user's reads."""
        return {"": self}

    def smaller(self) -> tuple[str, ...]:
        """The names of the views that see less of the same than this view does, the largest first: a program that is
        to be faster may read them. None of them is among the `ways`."""
        return ()

    def ways(self, width: int) -> tuple[tuple[str, ...], ...]:
        """The views to read, alone or together, that are worth trying; validation chooses."""
        return (("",),)

    def pretrained(self) -> Self | None:
        """This kind with a view by a network that was trained on other data; None where there is none for it.

        Raises NotInstalled where the package that brings it is missing.
        """
        return None

    def frozen(self) -> int:
        """How many weights of a network that was trained on other data its graph holds."""
        return 0

    def outside(self) -> Outside:
        """What becomes of its values in the world outside, and what can be said of each in a word."""
        return Outside()

    def plain(self) -> tuple[Layer, ...] | None:
        """The layers by which it enters a linear path beside the network, without weights; None: not at all."""
        return None

    def asking(self, values: Sequence[Any]) -> Asking | None:
        """What can be asked about values by a simple question, where examples have these; None: nothing can."""
        return None

    def numbers_of(self, value: Any) -> np.ndarray | None:
        """The value as a grid of numbers from 0 to 255 that a person can look at, uint8 [height, width], as large as
        the network sees it; None: it is none."""
        return None

    def sight(self) -> Sight:
        """What a person can see of its values: for explanations."""
        return Sight(self.blank())
