"""Windows inside a graph: their missing steps filled, numbers far from all others bent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from spox import Var


def filled(x: Var, missing: Var, mean: float, steps: int) -> Var:
    """The windows with the value of the step before in place of each missing one; of the step after it where there is
    none before, and the mean where all are missing."""
    from wisen.nn.block import constant, op

    def mended() -> list[Var]:
        found = op.where(missing, constant(np.float32(np.nan)), x)
        for back in (True, False):
            shift = 1
            while shift < steps:  # each round looks twice as far as the one before
                found = op.where(op.isnan(found), shifted(found, shift, back), found)
                shift *= 2
        return [op.where(op.isnan(found), constant(np.float32(mean)), found)]

    some = op.cast(op.reduce_max(op.cast(missing, to=np.float32), keepdims=0), to=np.bool_)
    # One value a graph is asked for: most windows have no gap, and cost nothing more.
    (known,) = op.if_(some, then_branch=mended, else_branch=lambda: [op.identity(x)])
    return known


def shifted(x: Var, by: int, back: bool) -> Var:
    """The windows, each step that of so many steps before it, or after it; NaN where there is none."""
    from wisen.nn.block import constant, op

    pads, axis = [0, by, 0, 0] if back else [0, 0, 0, by], constant([1])
    wide = op.pad(x, constant(np.array(pads, np.int64)), constant(np.float32(np.nan)))
    if back:
        return op.slice(wide, constant([0]), constant([-by]), axis)
    return op.slice(wide, constant([by]), constant([np.iinfo(np.int64).max]), axis)


def bent(x: Var, straight: float, cut: float) -> Var:
    """Numbers as they are up to `straight`, beyond it bent towards twice as many."""
    from wisen.nn.block import constant, op

    kept = op.clip(x, constant(np.float32(-cut)), constant(np.float32(cut)))
    inside = op.clip(kept, constant(np.float32(-straight)), constant(np.float32(straight)))
    over = op.sub(kept, inside)
    part = op.mul(over, constant(np.float32(1 / straight)))
    return op.add(inside, op.div(over, op.sqrt(op.add(op.mul(part, part), constant(np.float32(1))))))
