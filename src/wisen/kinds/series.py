"""series: `Annotated[list[float], Past(30)]` as input, `Annotated[list[float], Next(7, "temp")]` as a forecast."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from wisen.errors import BadSignature, BadValue
from wisen.kinds import windowed
from wisen.kinds.asking import asking_steps
from wisen.kinds.corruption import OfSteps, Outside
from wisen.kinds.entries import entry_steps, readout_steps
from wisen.kinds.input import Input
from wisen.kinds.kind import Metric, Tensor, missing, plain_scale, shortened
from wisen.kinds.output import Interval, Output
from wisen.kinds.quantiles import HIGH, LOW, WIDEST, covering, pinball, widths
from wisen.kinds.saying import saying_steps
from wisen.kinds.scales import HIGHEST, curve_of
from wisen.kinds.steps import MOST_STEPS, Window, apart_in, listed, logs_fault, matrix

if TYPE_CHECKING:
    import torch
    from spox import Var

    from wisen.kinds.aims.aim import Aim
    from wisen.kinds.sights.sight import Sight
    from wisen.nn.form import Layer, Vector

STRAIGHT = 4.0
"""Standard deviations up to which numbers enter as they are; beyond, they are bent towards twice as many."""
FAR = 1e-3
"""The part of a standard deviation by which two runs of one program may differ in a forecast."""


@dataclass(frozen=True)
class Series(Input, Output):
    """Numbers at steps of time: a window of the past, or of what is known ahead; after `join` several, side by side.

    Of the past the program sees the mean of the window, and how far from that each step is: so that a level never seen
    before changes nothing else (after Kim et al., 2022, Reversible Instance Normalization). That the last value stays,
    is a sum of two of these. Of skewed numbers it sees the logarithms of their means over the last 1, 2, 4, ... steps,
    too (after Corsi, 2009, A Simple Approximate Long-Memory Model of Realized Volatility). Missing steps take the value
    of the one before, and features say that there are some.
    As an answer it is a median and two quantiles for every step, learned by their pinball losses.
    """

    word: ClassVar[str] = "series"
    plural: ClassVar[str] = "windows"
    gathers: ClassVar[bool] = True
    goals: ClassVar[tuple[str, ...]] = ("mean absolute error",)
    asking = asking_steps
    saying = saying_steps
    entry = entry_steps
    readout = readout_steps
    sides: ClassVar[int] = 2

    lengths: tuple[int, ...] = (1,)
    ahead: tuple[bool, ...] = (False,)
    mean: tuple[float, ...] = (0.0,)
    scale: tuple[float, ...] = (1.0,)
    spread: tuple[float, ...] = (1.0,)
    """The standard deviation of steps from the mean of their window."""
    logs: tuple[tuple[float, ...], ...] = ((),)
    """Of skewed numbers the unit, and the mean and scale of the logarithms of 1 + number / unit."""
    gaps: tuple[int, ...] = ()
    """The columns in which steps may be missing; each gets features that say so."""
    factors: tuple[float, ...] = ()
    """Of an answer, by how much its quantiles are wider than they were learned: below, then above, for each step."""

    @classmethod
    def of(cls, annotation: Any, extras: tuple[Any, ...]) -> Self | None:
        if annotation != list[float]:
            return None
        window = Window.of(extras, many=True)
        if window is None:
            raise BadSignature(
                "list[float] does not say which steps of time it holds",
                'Write Annotated[list[float], Past(30)], or for a forecast Annotated[list[float], Next(7, "column")].',
            )
        return cls(lengths=(window.last - window.first + 1,), ahead=(window.last > 0,))

    @classmethod
    def annotations(cls) -> str:
        return f"Annotated[list[float], Past(30)], {cls.answers_written()}"

    @classmethod
    def answers_written(cls) -> str:
        return "Annotated[list[float], Next(7, 'column')]"

    @property
    def annotation(self) -> str:
        return f"Annotated[list[float], {'Next' if self.ahead[0] else 'Past'}({self.lengths[0]})]"

    def parse(self, raw: Any) -> list[float]:
        if isinstance(raw, str):
            raw = listed(raw)
        if isinstance(raw, bytes | bytearray | Mapping) or not isinstance(raw, Iterable):
            raise BadValue(f"is {raw!r:.60}, which is no list of numbers", self.hint())
        try:
            cells = list(getattr(raw, "to_pylist", lambda: raw)())  # Arrow's numbers are none of Python's
        except TypeError:  # an array without an axis
            raise BadValue(f"is {raw!r:.60}, which is no list of numbers", self.hint()) from None
        if len(cells) != self.lengths[0]:
            raise BadValue(f"has {len(cells)} steps, not {self.lengths[0]}", self.hint())
        return [self.step(cell) for cell in cells]

    def hint(self) -> str:
        """How many numbers to pass."""
        order = "the nearest first" if self.ahead[0] else "the oldest first"
        return f"Pass {self.lengths[0]} numbers, {order}; None where one is missing."

    def step(self, raw: Any) -> float:
        """The number at one step, NaN where it is missing; raises BadValue."""
        if type(raw) is float and -HIGHEST <= raw <= HIGHEST:
            return raw
        if missing(raw):
            return math.nan
        try:
            found = float(raw.strip() if isinstance(raw, str) else raw)
        except (TypeError, ValueError, OverflowError):
            found = math.inf
        if math.isnan(found) or abs(found) > HIGHEST:
            raise BadValue(f"has the step {raw!r:.60}, which is no number")
        return found

    def truth(self, raw: Any) -> Any:
        value = self.read(raw)
        if value is None or any(map(math.isnan, value)):
            raise BadValue("has missing steps: no forecast can be judged by them", "Leave such examples out.")
        return value

    def write(self, value: Any) -> Any:
        return None if value is None else [None if number != number else number for number in value]

    def brief(self, value: Any) -> str:
        return "-" if value is None else shortened(" ".join(f"{number:.4g}" for number in value))

    def blank(self) -> list[float]:
        return [math.nan] * self.lengths[0]

    def samples(self) -> list[Any]:
        place = np.arange(self.lengths[0])
        return [list(map(float, each)) for each in (np.sin(place), 20.0 - place, np.full(len(place), 3.5), place**2)]

    def content(self, value: Any) -> bytes:
        return (np.array(self.blank() if value is None else value) + 0.0).tobytes()

    def contents(self, values: Sequence[Any]) -> list[bytes] | np.ndarray:
        return np.ascontiguousarray(matrix(values, self.lengths[0]) + 0.0).view(np.uint8)

    def fault(self) -> str:
        if not all(type(count) is int and 1 <= count <= MOST_STEPS for count in self.lengths):
            return f"has {self.lengths!r:.60} steps"
        if len(self.ahead) != len(self.lengths) or not all(type(each) is bool for each in self.ahead):
            return f"lies ahead: {self.ahead!r:.60}"
        if self.metric and self.metric not in self.goals:
            return f"is judged by {self.metric!r:.60}"
        if not all(type(place) is int and 0 <= place < len(self.lengths) for place in self.gaps):
            return f"has the gaps {self.gaps!r:.60}"
        right = all(type(each) in (int, float) and 0 <= each <= WIDEST for each in self.factors)
        if not right or len(self.factors) not in (0, 2 * self.lengths[0]):
            return f"has the factors {self.factors!r:.60}"
        count = len(self.lengths)
        if len(self.logs) != count or any(each and (len(each) != 3 or logs_fault(each)) for each in self.logs):
            return f"has the logarithms {self.logs!r:.60}"
        return plain_scale(self.mean, self.scale, count) or plain_scale(self.mean, self.spread, count)

    def fit(self, values: Sequence[Any]) -> Self:
        every = matrix(values, self.lengths[0])
        known = every[np.isfinite(every)]
        mean, scale = (float(known.mean()), float(known.std())) if known.size else (0.0, 1.0)
        scale = scale if scale > 1e-9 * max(1.0, abs(mean)) else 1.0
        gaps = (0,) if self.optional or not np.isfinite(every).all() else ()
        spread, logs = apart_in(every, scale), curve_of(known)[:3]
        return replace(self, mean=(mean,), scale=(scale,), spread=(spread,), gaps=gaps, logs=(logs,))

    # ---- input -----------------------------------------------------------------------------

    @classmethod
    def join(cls, kinds: Sequence[Self]) -> Self:
        def each(name: str) -> tuple[Any, ...]:
            return tuple(getattr(kind, name)[0] for kind in kinds)

        gaps = tuple(place for place, kind in enumerate(kinds) if kind.gaps)
        return cls(
            any(kind.optional for kind in kinds), lengths=each("lengths"), ahead=each("ahead"),
            mean=each("mean"), scale=each("scale"), spread=each("spread"), logs=each("logs"), gaps=gaps,
        )  # fmt: skip

    def tensors(self, name: str) -> tuple[Tensor, ...]:
        return (Tensor(name, "float32", ("batch", sum(self.lengths))),)

    def arrays(self, values: Sequence[Any]) -> tuple[np.ndarray, ...]:
        return self.gathered(list(zip(*values, strict=True)) if values else [()] * len(self.lengths))

    def gathered(self, columns: Sequence[Sequence[Any]]) -> tuple[np.ndarray, ...]:
        every = [matrix(column, steps) for column, steps in zip(columns, self.lengths, strict=True)]
        with np.errstate(over="ignore"):
            return (np.hstack(every).astype(np.float32),)

    def graph(self, *raw: Var) -> Var:
        from wisen.nn.block import constant, op

        found, start = [], 0
        for place, steps in enumerate(self.lengths):
            x = op.slice(raw[0], constant([start]), constant([start + steps]), constant([1]))
            found += windowed.features(self, x, place)
            start += steps
        return op.concat(found, axis=1) if len(found) > 1 else found[0]

    def form(self) -> Vector:
        from wisen.nn.form import Vector

        return Vector(sum(windowed.width(self, place) for place in range(len(self.lengths))))

    def encoder(self, width: int) -> tuple[Layer, ...]:
        return ()

    def plain(self) -> tuple[Layer, ...]:
        return ()

    def outside(self) -> Outside:
        return OfSteps(self.lengths[0], self.spread[0])

    def sight(self) -> Sight:
        from wisen.kinds.sights.steps import Steps

        return Steps(
            self.blank(), self.ahead[0], tuple(windowed.owners(self, place) for place in range(len(self.lengths)))
        )

    # ---- output ----------------------------------------------------------------------------

    def head(self) -> tuple[Layer, ...]:
        from wisen.nn.form import Layer

        return (Layer("linear", 3 * self.lengths[0]),)  # the medians, and how far below and above the quantiles lie

    def target(self, values: Sequence[Any]) -> np.ndarray:
        found: np.ndarray = ((matrix(values, self.lengths[0]) - self.mean[0]) / self.scale[0]).astype(np.float32)
        return found

    def loss(self, guess: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        import torch

        middle, below, above = torch.split(guess, self.lengths[0], dim=1)
        below, above = torch.nn.functional.softplus(below), torch.nn.functional.softplus(above)
        error = target - middle
        each = pinball(error, 0.5) + pinball(error + below, LOW) + pinball(error - above, HIGH)
        return each.mean(dim=1)

    def regret(self, guess: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return (guess[:, : self.lengths[0]] - target).abs().mean(dim=1)

    def calibrate(self, guess: np.ndarray, target: np.ndarray) -> Self:
        """With quantiles that cover what they say, each step by itself."""
        middle, below, above = np.split(guess.astype(np.float64), 3, axis=1)
        error = target - middle
        found = [covering(-error / widths(below)), covering(error / widths(above))]
        return replace(self, factors=tuple(round(float(each), 5) for side in found for each in side))

    def say(self, guess: Var) -> dict[str, Var]:
        from wisen.nn.block import constant, op

        steps, scale = self.lengths[0], np.float32(self.scale[0])
        middle, below, above = (
            op.slice(guess, constant([place * steps]), constant([(place + 1) * steps]), constant([1]))
            for place in range(3)
        )
        middle = op.add(op.mul(middle, constant(scale)), constant(np.float32(self.mean[0])))
        factors = np.array(self.factors or (1.0,) * (2 * steps), np.float32) * scale
        low = op.sub(middle, op.mul(op.softplus(below), constant(factors[:steps])))
        high = op.add(middle, op.mul(op.softplus(above), constant(factors[steps:])))
        every = [op.unsqueeze(each, constant([2])) for each in (low, middle, high)]
        return {"": middle, "quantiles": op.concat(every, axis=2)}

    def answer(self, tensors: Mapping[str, Any]) -> Any:
        return tensors[""].tolist()

    def answers(self, tensors: Mapping[str, np.ndarray]) -> list[Any]:
        return list(tensors[""].tolist())

    def quantiles(self, tensors: Mapping[str, Any]) -> list[tuple[float, Any]]:
        return [(share, tensors["quantiles"][:, place].tolist()) for place, share in enumerate((LOW, 0.5, HIGH))]

    def limits(self) -> int:
        return self.sides * self.lengths[0]

    def strange(self, tensors: Mapping[str, np.ndarray], truths: Sequence[Any]) -> np.ndarray:
        """How far each step lies below and above the median, in distances of the quantiles that were learned (Romano et
        al., 2019, Conformalized Quantile Regression)."""
        middle, below, above = self.distances(tensors)
        ahead = matrix(truths, self.lengths[0]) - middle
        return np.hstack([-ahead / below, ahead / above])

    def region(self, tensors: Mapping[str, Any], limits: Sequence[float]) -> Interval:
        middle, below, above = self.distances(tensors)
        low, high = np.split(np.asarray(limits, np.float64), 2)
        return Interval((middle - low * below).tolist(), (middle + high * above).tolist())

    def distances(self, tensors: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The medians, and how far below and above them the quantiles lie: never nothing."""
        low, middle, high = (tensors["quantiles"][..., place].astype(np.float64) for place in range(3))
        least = 1e-6 * self.scale[0]
        return middle, np.maximum(middle - low, least), np.maximum(high - middle, least)

    def forecast(self, answer: Any, past: Sequence[float], quantiles: Sequence[tuple[float, Any]]) -> bytes | None:
        from wisen.kinds.plotting import plotted

        every = [steps for _, steps in quantiles]
        return plotted(past, answer, every[0] if every else answer, every[-1] if every else answer)

    def chances(self, tensors: Mapping[str, np.ndarray], answers: Sequence[Any]) -> Sequence[float | None]:
        return [None] * len(answers)

    def flat(self, name: str, written: Any) -> dict[str, Any]:
        steps = written or [None] * self.lengths[0]
        return {f"{name}+{place}": number for place, number in enumerate(steps, start=1)}

    def tolerance(self) -> float:
        return FAR * self.scale[0] + 4 * float(np.spacing(np.float32(abs(self.mean[0]) + 10 * self.scale[0])))

    def tolerances(self) -> dict[str, float]:
        return {"": self.tolerance(), "quantiles": max((1.0, *self.factors)) * self.tolerance()}

    def amounts(self, values: Sequence[Any]) -> np.ndarray | None:
        return matrix(values, self.lengths[0])

    def aim(self, word: str, tensors: Mapping[str, Any]) -> Aim:
        from wisen.kinds.aims.numbers import ahead

        return ahead(word, self.lengths[0], self.mean[0], self.scale[0])

    def naive(self, values: Sequence[Any]) -> Any:
        return np.median(matrix(values, self.lengths[0]), axis=0).tolist()

    def merits(self, answers: Sequence[Any], truths: Sequence[Any]) -> np.ndarray:
        guessed, true = matrix(answers, self.lengths[0]), matrix(truths, self.lengths[0])
        known = guessed[np.isfinite(guessed)]
        # No answer at all is as bad as the two farthest numbers are apart.
        worst = float(np.ptp(np.concatenate([true.ravel(), known]))) or 1.0
        wrong = np.where(np.isfinite(guessed), np.abs(guessed - true), worst)
        found: np.ndarray = -wrong.mean(axis=1)
        return found

    def metrics(
        self, answers: Sequence[Any], truths: Sequence[Any], tensors: Mapping[str, np.ndarray] | None = None
    ) -> list[Metric]:
        found = [Metric(self.goal, float(-self.merits(answers, truths).mean()), "lower")]
        guessed, true = matrix(answers, self.lengths[0]), matrix(truths, self.lengths[0])
        if not np.isfinite(guessed).all():
            return found
        found.append(Metric("root mean squared error", math.sqrt(float(((guessed - true) ** 2).mean())), "lower"))
        if tensors is None or "quantiles" not in tensors:
            return found
        low, high = tensors["quantiles"][:, :, 0], tensors["quantiles"][:, :, 2]
        inside = float(((low <= true) & (true <= high)).mean())
        below = float((true < low).mean())
        return [
            *found,
            Metric(f"coverage of the {HIGH - LOW:.0%} interval", inside, aside=True),
            Metric("below it", below, "lower", aside=True),
            Metric("its width", float((high - low).mean()), "lower", aside=True),
        ]
