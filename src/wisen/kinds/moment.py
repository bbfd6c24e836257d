"""moment: `datetime` and `date`, as input."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from wisen.errors import BadValue
from wisen.kinds.asking import asking_moment
from wisen.kinds.corruption import OfMoments, Outside
from wisen.kinds.entries import entry_moment
from wisen.kinds.input import Input
from wisen.kinds.kind import Tensor, plain_scale

if TYPE_CHECKING:
    from spox import Var

    from wisen.kinds.sights.sight import Sight
    from wisen.nn.form import Layer, Vector

NEVER = np.iinfo(np.int64).min
"""The second that stands for a missing moment."""
FOREVER = 1e30
"""Seconds in whose measure all moments are equally far from the mean."""
DAY = 86_400
PERIODS = {"year": (365.2425 * DAY, 2), "week": (7.0 * DAY, 3), "day": (1.0 * DAY, 2)}
"""Seconds of a period and how many waves describe a place in it."""
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Moment(Input):
    """A point in time, or after `join` a row of them; without a time zone it is taken as UTC.

    It is learned as its distance from the examples' mean and as its place in the year, the week
    and the day (sine and cosine waves); hours are left out where all examples are dates.
    """

    word: ClassVar[str] = "moment"
    plural: ClassVar[str] = "moments"
    in_time: ClassVar[bool] = True

    date: bool = False
    mean: tuple[float, ...] = (0.0,)
    scale: tuple[float, ...] = (1.0,)

    @classmethod
    def of(cls, annotation: Any, extras: tuple[Any, ...]) -> Self | None:
        return cls(date=annotation is dt.date) if annotation in (dt.datetime, dt.date) else None

    @classmethod
    def annotations(cls) -> str:
        return "datetime, date"

    @classmethod
    def guess(cls, raws: Sequence[Any]) -> tuple[Self, float, str] | None:
        if not all(isinstance(raw, (str, dt.date)) for raw in raws):
            return None
        if any(isinstance(raw, str) and (raw.strip().isdigit() or len(raw.strip()) < 8) for raw in raws):
            return None
        try:
            moments = [cls().parse(raw) for raw in raws]
        except BadValue:
            return None
        return cls(date=all(seconds(moment) % DAY == 0 for moment in moments)), 0.95, ""

    @property
    def annotation(self) -> str:
        return "date" if self.date else "datetime"

    def parse(self, raw: Any) -> dt.datetime | dt.date:
        if isinstance(raw, np.datetime64):
            year = 1970 + int(raw.astype("datetime64[Y]").astype(np.int64))
            if not dt.MINYEAR <= year <= dt.MAXYEAR:
                raise BadValue(f"is {raw!r:.60}, which lies outside of the years {dt.MINYEAR} to {dt.MAXYEAR}")
            raw = raw.astype("datetime64[us]").item()
        if isinstance(raw, str):
            try:
                raw = dt.datetime.fromisoformat(raw.strip())
            except ValueError:
                raise BadValue(
                    f"is {raw!r:.60}, which is no date", "Write dates as 2026-11-22 or 2026-11-22T08:30."
                ) from None
        if isinstance(raw, dt.datetime):
            return raw.date() if self.date else raw
        if isinstance(raw, dt.date):
            return raw if self.date else dt.datetime.combine(raw, dt.time())
        raise BadValue(f"is {raw!r:.60} of type {type(raw).__name__}, which is no date")

    def when(self, value: Any) -> int:
        return seconds(value)

    def write(self, value: Any) -> Any:
        return None if value is None else value.isoformat()

    def blank(self) -> None:
        return None

    def samples(self) -> list[Any]:
        days = [dt.datetime(1969, 7, 20, 20, 17), dt.datetime(2000, 2, 29), dt.datetime(2026, 11, 22, 8, 30)]
        return [day.date() for day in days] if self.date else list(days)

    def content(self, value: Any) -> bytes:
        # In whole seconds of UTC, which is all that the program sees of it.
        return repr(None if value is None else seconds(value)).encode()

    def fault(self) -> str:
        return plain_scale(self.mean, self.scale, 1)

    def fit(self, values: Sequence[Any]) -> Self:
        known = np.array([seconds(value) for value in values if value is not None], dtype=np.float64)
        mean = float(np.round(known.mean())) if known.size else 0.0
        scale = float(known.std()) if known.size else 1.0
        return type(self)(self.optional, self.date, (mean,), (max(scale, 1.0),))

    def onward(self) -> Self:
        # Every moment to come lies farther from the mean than all that were learned from.
        return replace(self, scale=(FOREVER,) * len(self.scale))

    @classmethod
    def join(cls, kinds: Sequence[Self]) -> Self:
        mean = tuple(kind.mean[0] for kind in kinds)
        scale = tuple(kind.scale[0] for kind in kinds)
        return cls(any(kind.optional for kind in kinds), all(kind.date for kind in kinds), mean, scale)

    def tensors(self, name: str) -> tuple[Tensor, ...]:
        return (Tensor(name, "int64", ("batch", len(self.mean))),)

    def arrays(self, values: Sequence[Any]) -> tuple[np.ndarray, ...]:
        rows = [[NEVER if value is None else seconds(value) for value in row] for row in values]
        return (np.array(rows, dtype=np.int64).reshape(len(rows), -1),)

    def waves(self) -> list[tuple[float, int]]:
        """(seconds of the period, number of the wave) of each place-in-a-period feature."""
        used = [PERIODS["year"], PERIODS["week"], *([] if self.date else [PERIODS["day"]])]
        return [(period, wave) for period, count in used for wave in range(1, count + 1)]

    def graph(self, *raw: Var) -> Var:
        from wisen.nn.block import constant, op

        x = raw[0]
        missing = op.equal(x, constant(np.int64(NEVER)))
        mean = constant(np.array(self.mean, np.int64))
        x = op.where(missing, mean, x)
        # Whole seconds are subtracted and divided before anything becomes a float32 of 7 digits.
        distance = op.div(op.cast(op.sub(x, mean), to=np.float32), constant(np.array(self.scale, np.float32)))
        features = [op.clip(distance, constant(np.float32(-10)), constant(np.float32(10)))]
        for period, wave in self.waves():
            place = op.mod(x, constant(np.int64(round(period))))
            turn = op.mul(op.cast(place, to=np.float32), constant(np.float32(2 * np.pi * wave / round(period))))
            features += [op.sin(turn), op.cos(turn)]
        features.append(op.cast(missing, to=np.float32))
        return op.concat(features, axis=1)

    def form(self) -> Vector:
        from wisen.nn.form import Vector

        return Vector(len(self.mean) * (2 + 2 * len(self.waves())))

    def encoder(self, width: int) -> tuple[Layer, ...]:
        return ()

    def plain(self) -> tuple[Layer, ...]:
        return ()

    asking = asking_moment
    entry = entry_moment

    def outside(self) -> Outside:
        return OfMoments(self.date)

    def sight(self) -> Sight:
        from wisen.kinds.sights.sight import Columns

        return Columns(None, tuple(range(len(self.mean))) * (2 + 2 * len(self.waves())))


def seconds(value: dt.datetime | dt.date) -> int:
    """Whole seconds since 1970 UTC."""
    if not isinstance(value, dt.datetime):
        return (value - EPOCH.date()).days * DAY
    aware = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
    return (aware - EPOCH) // dt.timedelta(seconds=1)
