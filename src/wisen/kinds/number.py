"""number: `float` and `int`, as input and as output (regression)."""

from __future__ import annotations

import math
import numbers
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from wisen.errors import BadValue
from wisen.kinds.asking import asking_number
from wisen.kinds.corruption import OfNumbers, Outside
from wisen.kinds.entries import entry_number, readout_number
from wisen.kinds.figures import float64, floats, likely, number, packer
from wisen.kinds.input import Input
from wisen.kinds.kind import Metric, Tensor, plain_scale
from wisen.kinds.output import Interval, Output
from wisen.kinds.packed import Cells, Numbers, Packed
from wisen.kinds.saying import saying_number
from wisen.kinds.scales import (
    BLANK,
    CUT,
    HIGHEST,
    STRAIGHT,
    bins,
    bowed,
    curve_of,
    inwards,
    least_lift,
    soft,
    straightened,
)

if TYPE_CHECKING:
    import torch
    from spox import Var

    from wisen.kinds.aims.aim import Aim
    from wisen.kinds.sights.sight import Sight
    from wisen.nn.form import Layer, Vector

EXACT = 2**53
"""Whole numbers below it are exact as floats."""
ANSWERS = 10.0
"""About how many standard deviations an answer may lie from the mean."""
SQUARED = "mean squared error"
LIFTS = (0.5, 2.0)
"""Between which the lift of answers that are learned as logarithms lies."""


@dataclass(frozen=True)
class Number(Input, Output):
    """A number, or after `join` a row of them. It is learned as standard deviations from the mean.

    As an answer that is skewed it may be learned as the logarithm of 1 + answer / unit: `curve` is that
    unit, the logarithms' mean and scale, and the largest one; `skew` is such a curve that could be taken.
    `lift` is what such an answer is then multiplied by.
    """

    word: ClassVar[str] = "number"
    plural: ClassVar[str] = "numbers"
    several: ClassVar[str] = "list[float]"
    goals: ClassVar[tuple[str, ...]] = ("mean absolute error", SQUARED)
    sides: ClassVar[int] = 2

    integer: bool = False
    mean: tuple[float, ...] = (0.0,)
    scale: tuple[float, ...] = (1.0,)
    gaps: tuple[int, ...] = ()
    """The columns that may be missing; each gets a feature that says so."""
    curve: tuple[float, ...] = ()
    lift: float = 1.0
    skew: tuple[float, ...] = field(default=(), repr=False, compare=False)
    edges: tuple[tuple[float, ...], ...] = field(default=(), repr=False, compare=False)
    """Of each column's bins, for piecewise-linear embeddings; only training has to know them."""

    @classmethod
    def of(cls, annotation: Any, extras: tuple[Any, ...]) -> Self | None:
        return cls(integer=annotation is int) if annotation in (float, int) else None

    @classmethod
    def annotations(cls) -> str:
        return "float, int"

    @classmethod
    def guess(cls, raws: Sequence[Any]) -> tuple[Self, float, str] | None:
        found = likely(raws)
        return None if found is None else (cls(integer=found[0]), *found[1:])

    @property
    def annotation(self) -> str:
        return "int" if self.integer else "float"

    @property
    def ready(self) -> type | None:
        return None if self.optional else int if self.integer else float

    def parse(self, raw: Any) -> float | int:
        try:
            value = number(raw)
        except (TypeError, ValueError, OverflowError):
            raise BadValue(f"is {raw!r:.60}, which is not a number") from None
        if not self.integer or math.isnan(value):
            return value
        if not value.is_integer():
            raise BadValue(f"is {raw!r:.60}, which is not a whole number", "Write `float` in the signature.")
        try:  # a float holds no more than 15 digits
            return int(raw) if isinstance(raw, (str, numbers.Integral)) else int(value)
        except ValueError:
            return int(value)

    def read(self, raw: Any) -> float | int | None:
        if type(raw) is int and abs(raw) < EXACT:  # the commonest call, and a float holds it
            return raw if self.integer else float(raw)
        value: float | int | None = super().read(raw)
        return self.lacking() if value != value else value

    def pack(self, cells: Cells, rest: Callable[[np.ndarray], Sequence[Any]]) -> Packed | None:
        array = cells.floats()
        if array is None:
            return None
        sizes = np.abs(array)
        plain = sizes <= HIGHEST
        if self.integer:
            plain &= (sizes < EXACT) & (array == np.floor(array))
        others = np.flatnonzero(~plain)
        for place, value in zip(others, rest(others), strict=True):
            array[place] = math.nan if value is None else value
            if value is not None and float(array[place]) != value:
                return None  # a whole number that no float holds
        return Numbers(array, self.integer)

    def truth(self, raw: Any) -> Any:
        value = self.read(raw)
        if value is None or abs(value) > HIGHEST:
            raise BadValue(f"is {raw!r:.60}: no answer is infinite", "Leave such examples out, or give them a number.")
        return value

    def write(self, value: Any) -> Any:
        return value

    def brief(self, value: Any) -> str:
        return f"{value:.6g}" if isinstance(value, float) else super().brief(value)

    def blank(self) -> float:
        return math.nan

    def samples(self) -> list[Any]:
        return [0, 1, -7, 1000] if self.integer else [0.0, 1.5, -2.25, 1e6]

    def content(self, value: Any) -> bytes:
        return np.float64(math.nan if value is None else value + 0.0).tobytes()

    def contents(self, values: Sequence[Any]) -> list[bytes] | np.ndarray:
        # No number but a missing one is NaN; and 0.0 is -0.0.
        return (floats(values) + 0.0).reshape(-1, 1).view(np.uint8)

    def fault(self) -> str:
        if self.metric and self.metric not in self.goals:
            return f"is judged by {self.metric!r:.60}"
        if self.curve and (len(self.curve) != 4 or plain_scale(self.curve[1::2], self.curve[::2], 2)):
            return f"has the curve {self.curve!r:.60}"
        if plain_scale((0.0,), (self.lift,), 1):
            return f"has the lift {self.lift!r:.60}"
        return plain_scale(self.mean, self.scale, 1) or ("" if self.gaps in ((), (0,)) else f"has the gaps {self.gaps}")

    def doubts(self, values: Sequence[Any]) -> list[str]:
        array = floats(values)
        infinite = int(np.isinf(array).sum())
        found = [f"is infinite in {infinite} examples (taken as very large)"] if infinite else []
        constant = len(array) > 0 and bool((array == array[0]).all() or np.isnan(array).all())
        return found + (super().doubts(values[:2]) if constant else [])

    def fit(self, values: Sequence[Any]) -> Self:
        known = floats(values)
        known = known[np.abs(known) <= HIGHEST]
        mean = float(known.mean()) if known.size else 0.0
        scale = float(known.std()) if known.size else 1.0
        # A constant column has a standard deviation of rounding errors: leave it unscaled.
        scale = scale if scale > 1e-9 * max(1.0, abs(mean)) else 1.0
        gaps, edges = (0,) if self.optional else (), (bins(soft((known - mean) / scale)),)
        return replace(self, mean=(mean,), scale=(scale,), gaps=gaps, edges=edges, skew=curve_of(known))

    # ---- input -----------------------------------------------------------------------------

    @classmethod
    def join(cls, kinds: Sequence[Self]) -> Self:
        mean = tuple(kind.mean[0] for kind in kinds)
        scale = tuple(kind.scale[0] for kind in kinds)
        gaps = tuple(place for place, kind in enumerate(kinds) if kind.gaps)
        edges = tuple(kind.edges[0] if kind.edges else BLANK for kind in kinds)
        return cls(bool(gaps), mean=mean, scale=scale, gaps=gaps, edges=edges)

    def tensors(self, name: str) -> tuple[Tensor, ...]:
        return (Tensor(name, "float32", ("batch", len(self.mean))),)

    def arrays(self, values: Sequence[Any]) -> tuple[np.ndarray, ...]:
        if len(values) == 1:  # one call: packing is several times faster than np.array
            try:
                row = values[0]
                return (np.frombuffer(packer(len(row)).pack(*row), np.float32).reshape(1, -1),)
            except (struct.error, OverflowError):
                pass  # None, infinities and the like: numpy knows what to do
        try:
            wide = np.array(values, dtype=np.float64)
        except OverflowError:  # a whole number of more than 308 digits
            wide = np.array([[float64(value) for value in row] for row in values])
        with np.errstate(over="ignore"):
            return (wide.astype(np.float32).reshape(len(values), -1),)

    def gathered(self, columns: Sequence[Sequence[Any]]) -> tuple[np.ndarray, ...]:
        found = np.empty((len(columns[0]), len(columns)), np.float32)
        with np.errstate(over="ignore"):
            for place, values in enumerate(columns):
                found[:, place] = floats(values)
        return (found,)

    def graph(self, *raw: Var) -> Var:
        from wisen.nn.block import constant, op

        x = raw[0]
        mean, scale = np.array(self.mean, np.float32), np.array(self.scale, np.float32)
        missing = op.isnan(x)
        scaled = op.div(op.sub(op.where(missing, constant(mean), x), constant(mean)), constant(scale))
        cut = op.clip(scaled, constant(np.float32(-CUT)), constant(np.float32(CUT)))
        inside = op.clip(cut, constant(np.float32(-STRAIGHT)), constant(np.float32(STRAIGHT)))
        over = op.sub(cut, inside)
        part = op.mul(over, constant(np.float32(1 / STRAIGHT)))
        bent = op.div(over, op.sqrt(op.add(op.mul(part, part), constant(np.float32(1)))))
        kept = op.add(inside, bent)
        if not self.gaps:
            return kept
        flags = op.cast(op.gather(missing, constant(np.array(self.gaps, np.int64)), axis=1), to=np.float32)
        return op.concat([kept, flags], axis=1)

    def form(self) -> Vector:
        from wisen.nn.form import Vector

        return Vector(len(self.mean) + len(self.gaps))

    def encoder(self, width: int) -> tuple[Layer, ...]:
        return ()

    def encoders(self, width: int) -> tuple[tuple[Layer, ...], ...]:
        from wisen.nn.form import Bins, Layer

        edges = self.edges + (BLANK,) * len(self.gaps)
        if len(self.edges) != len(self.mean) or all(len(each) < 3 for each in edges):
            return ((),)
        return (), (Layer("piecewise", Bins(edges, 8)),)

    def plain(self) -> tuple[Layer, ...]:
        return ()

    asking = asking_number
    entry = entry_number

    def outside(self) -> Outside:
        return OfNumbers(self.scale[0], self.integer, len(self.mean), len(self.gaps))

    def sight(self) -> Sight:
        from wisen.kinds.sights.sight import Columns

        return Columns(self.blank(), (*range(len(self.mean)), *self.gaps))

    # ---- output ----------------------------------------------------------------------------

    def head(self) -> tuple[Layer, ...]:
        from wisen.nn.form import Layer

        return (Layer("linear", 1),)

    def target(self, values: Sequence[Any]) -> np.ndarray:
        return ((np.array(values, dtype=np.float64) - self.mean[0]) / self.scale[0]).astype(np.float32)

    def versions(self) -> tuple[Self, ...]:
        return (self, replace(self, curve=self.skew)) if self.skew else (self,)

    @property
    def version(self) -> str:
        return "answers as logarithms" if self.curve else ""

    def loss(self, guess: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        if not self.curve:
            return (guess[:, 0] - target) ** 2
        unit, mean, scale, _ = self.curve
        answer = (target * self.scale[0] + self.mean[0]).clamp_min(0.0)
        return (guess[:, 0] - ((answer / unit).log1p() - mean) / scale) ** 2

    def lesson(self, teacher: Self, tensors: Mapping[str, np.ndarray]) -> np.ndarray | None:
        return self.target(tensors[""].tolist())

    def mixed(self, truth: torch.Tensor, lesson: torch.Tensor, share: float) -> torch.Tensor:
        return truth + share * (lesson - truth)

    def calibrate(self, guess: np.ndarray, target: np.ndarray) -> Self:
        """With the lift that makes the mean of the answers right where a squared error decides, else their median.

        The mean of logarithms is that of neither: a squared error wants the mean (Duan, 1983, Smearing Estimate); an
        absolute one the median, from which it lies apart where the logarithms are skewed themselves.
        """
        if not self.curve:
            return self
        unit, mean, scale, most = self.curve
        said = np.expm1(np.clip(guess[:, 0].astype(np.float64) * scale + mean, 0.0, most)) * unit
        wanted = target.astype(np.float64) * self.scale[0] + self.mean[0]
        lift = wanted.mean() / max(said.mean(), 1e-12) if self.goal == SQUARED else least_lift(said, wanted)
        return replace(self, lift=float(np.clip(lift, *LIFTS)) if (said > 0).any() else 1.0)

    def regret(self, guess: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        said = guess[:, 0]
        if self.curve:
            unit, mean, scale, most = self.curve
            answer = (said * scale + mean).clamp(0.0, most).expm1() * (unit * self.lift)
            said = (answer - self.mean[0]) / self.scale[0]
        return (said - target) ** 2 if self.goal == SQUARED else (said - target).abs()

    def say(self, guess: Var) -> dict[str, Var]:
        from wisen.nn.block import constant, op

        mean, scale = np.float32(self.mean[0]), np.float32(self.scale[0])
        if self.curve:
            unit, mean, scale, most = map(np.float32, self.curve)
        value = op.squeeze(op.add(op.mul(guess, constant(scale)), constant(mean)), constant(np.array([1], np.int64)))
        if self.curve:
            kept = op.clip(value, constant(np.float32(0)), constant(most))
            value = op.mul(op.sub(op.exp(kept), constant(np.float32(1))), constant(np.float32(unit * self.lift)))
        return {"": op.round(value) if self.integer else value}

    def answer(self, tensors: Mapping[str, Any]) -> Any:
        return int(tensors[""]) if self.integer else float(tensors[""])

    def answers(self, tensors: Mapping[str, np.ndarray]) -> list[Any]:
        return list(map(int if self.integer else float, tensors[""].tolist()))

    def chances(self, tensors: Mapping[str, np.ndarray], answers: Sequence[Any]) -> Sequence[float | None]:
        return [None] * len(answers)

    saying = saying_number
    readout = readout_number

    def strange(self, tensors: Mapping[str, np.ndarray], truths: Sequence[Any]) -> np.ndarray:
        """How far below and above the answer the truth lies; where logarithms were learned, in these."""
        ahead = bowed(truths, self.curve) - bowed(tensors[""], self.curve)
        return np.stack([-ahead, ahead], axis=1)

    def region(self, tensors: Mapping[str, Any], limits: Sequence[float]) -> Interval:
        middle = float(bowed(tensors[""], self.curve))
        low, high = straightened(middle - limits[0], self.curve), straightened(middle + limits[1], self.curve)
        return Interval(*inwards(low, high)) if self.integer else Interval(low, high)

    def tolerance(self) -> float:
        # Beside the part of a standard deviation, what float32 cannot tell apart around the mean.
        rounding = float(np.spacing(np.float32(abs(self.mean[0]) + ANSWERS * self.scale[0])))
        far = 1e-4 * self.scale[0] + 4 * rounding
        return 1.0 + far if self.integer else far

    def aim(self, word: str, tensors: Mapping[str, Any]) -> Aim:
        from wisen.kinds.aims.numbers import amount

        return amount(word, self.mean[0], self.scale[0], self.curve, self.lift)

    def naive(self, values: Sequence[Any]) -> Any:
        # The number of the least absolute error is the median, that of the least squared error the mean.
        middle = float(np.mean(values) if self.goal == SQUARED else np.median(values))
        return self.parse(round(middle)) if self.integer else middle

    def amounts(self, values: Sequence[Any]) -> np.ndarray | None:
        return floats(values)[:, None]

    def merits(self, answers: Sequence[Any], truths: Sequence[Any]) -> np.ndarray:
        guessed = np.array([math.nan if answer is None else answer for answer in answers], dtype=np.float64)
        true = np.array(truths, dtype=np.float64)
        # No answer at all is as bad as the two farthest numbers are apart.
        spread = float(np.ptp(np.concatenate([true, guessed[np.isfinite(guessed)]]))) or 1.0
        wrong = np.where(np.isfinite(guessed), np.abs(guessed - true), spread)
        return -(wrong**2) if self.goal == SQUARED else -wrong

    def metrics(
        self, answers: Sequence[Any], truths: Sequence[Any], tensors: Mapping[str, np.ndarray] | None = None
    ) -> list[Metric]:
        from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score

        deciding = Metric(self.goal, float(-self.merits(answers, truths).mean()), "lower")
        pairs = [(a, t) for a, t in zip(answers, truths, strict=True) if a is not None and math.isfinite(a)]
        if len(pairs) < 2 or len(pairs) < len(truths):
            return [deciding]
        guessed, true = zip(*pairs, strict=True)
        squared = float(mean_squared_error(true, guessed))
        absolute = Metric(self.goals[0], float(mean_absolute_error(true, guessed)), "lower")
        root = Metric("root mean squared error", math.sqrt(squared), "lower")
        found = [deciding, absolute, root] if self.goal == SQUARED else [absolute, root]
        return [*found, Metric("R2", float(r2_score(true, guessed)))]
