"""What the program sees of a window of one column of a series, and which of its steps each feature comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wisen.kinds.scales import CUT, STRAIGHT

if TYPE_CHECKING:
    from spox import Var

    from wisen.kinds.series import Series


def features(kind: Series, x: Var, place: int) -> list[Var]:
    """The features of the window of the column at a place, as nodes of the program."""
    from wisen.kinds.filled import bent, filled
    from wisen.nn.block import constant, op

    missing = op.or_(op.isnan(x), op.isinf(x))
    known = filled(x, missing, kind.mean[place], kind.lengths[place])
    found = seen(kind, known, place)
    if kind.logs[place]:
        unit, mean, scale = (constant(np.float32(each)) for each in kind.logs[place])
        share = op.div(op.max([op.matmul(known, constant(means(kind, place))), constant(np.float32(0))]), unit)
        logs = op.log(op.add(share, constant(np.float32(1))))
        found.append(bent(op.div(op.sub(logs, mean), scale), STRAIGHT, CUT))
    if place in kind.gaps:
        flags = op.cast(missing, to=np.float32)
        nearest = 0 if kind.ahead[place] else kind.lengths[place] - 1
        found += [op.reduce_mean(flags, constant([1]), keepdims=1), op.gather(flags, constant([nearest]), axis=1)]
    return found


def seen(kind: Series, x: Var, place: int) -> list[Var]:
    """What is seen of a window without gaps: its mean, how far from it each step is, and how far they are as a
    rule; of what is known ahead each step as it is."""
    from wisen.kinds.filled import bent
    from wisen.nn.block import constant, op

    mean, scale, spread = (constant(np.float32(each[place])) for each in (kind.mean, kind.scale, kind.spread))

    def scaled(x: Var) -> Var:
        return bent(op.div(op.sub(x, mean), scale), STRAIGHT, CUT)

    if as_it_is(kind, place):
        return [scaled(x)]
    axis = constant([1])
    middle = op.reduce_mean(x, axis, keepdims=1)
    apart = bent(op.div(op.sub(x, middle), spread), STRAIGHT, CUT)
    return [scaled(middle), apart, op.sqrt(op.reduce_mean(op.mul(apart, apart), axis, keepdims=1))]


def as_it_is(kind: Series, place: int) -> bool:
    """Whether the steps of a column are seen as they are, and not beside the mean of their window."""
    return kind.ahead[place] or kind.lengths[place] == 1


def means(kind: Series, place: int) -> np.ndarray:
    """What a window is multiplied by for its means over the last 1, 2, 4, ... steps and over all, [steps, means];
    of what is known ahead each step is taken as it is."""
    steps = kind.lengths[place]
    if kind.ahead[place]:
        return np.eye(steps, dtype=np.float32)
    reaches = sorted({*(2**power for power in range(steps.bit_length())), steps})
    return np.array([[float(age <= reach) / reach for reach in reaches] for age in range(steps, 0, -1)], np.float32)


def owners(kind: Series, place: int) -> np.ndarray:
    """How much of each feature of a window comes from each of its steps, [features, steps]."""
    steps, ahead = kind.lengths[place], kind.ahead[place]
    each, every = np.eye(steps), np.full((1, steps), 1 / steps)
    found = [each] if as_it_is(kind, place) else [every, each, every]
    found += [means(kind, place).T.astype(np.float64)] if kind.logs[place] else []
    found += [every, np.eye(steps)[[0 if ahead else -1]]] if place in kind.gaps else []
    return np.vstack(found)


def width(kind: Series, place: int) -> int:
    """How many features there are of a window."""
    beside = 0 if as_it_is(kind, place) else 2
    gaps = 2 if place in kind.gaps else 0
    return kind.lengths[place] + beside + (means(kind, place).shape[1] if kind.logs[place] else 0) + gaps
