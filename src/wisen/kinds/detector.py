"""A one-stage detector without anchors: what the cells of a grid say of boxes, how wrong that is, and what is left of
it when of boxes that overlap only the surest is kept.

A guess is float32 [batch, 4 + labels, height, width]. Each cell says how far the box around it reaches to the left,
to the top, to the right and to the bottom, as logarithms of two cells (Tian et al., 2019, FCOS), and how surely
there is one of each label. Boxes are left, top, right, bottom in shares of the sides of the picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch
    from spox import Var

PRIOR = 4.0
"""How unlikely, as log odds, a cell finds a box at first: nearly all cells stand for none."""
FARTHEST = 5.0
"""The largest logarithm of a distance."""
UNIT = 2.0
"""Cells of a distance whose logarithm is 0."""
RADIUS = 1.5
"""Cells from the middle of a box within which cells are to find it."""
SHAPE = 2.0
"""How much the overlap of a box counts beside its label."""
SAME = 0.6
"""The overlap from which on two boxes of one label are taken for one, and the surer one is kept."""
MOST = 30
"""Boxes that are said of a picture at most."""
LEAST = 0.005
"""The probability below which nothing is said of a box."""
PIECE = 256
"""Examples whose guesses are said at once."""


# ---- how wrong it is ---------------------------------------------------------------------------


def decoded(guess: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """(the boxes of all cells, [batch, cells, 4]; the log odds of each label, [batch, cells, labels])."""
    import torch

    height, width = guess.shape[2:]
    across, down = middles(height, width, guess)
    flat = guess.flatten(2).transpose(1, 2)
    sides = torch.tensor([width, height, width, height], device=guess.device)
    reach = flat[:, :, :4].clamp(-FARTHEST, FARTHEST).exp() * UNIT / sides
    low = torch.stack([across, down], 1) - reach[:, :, :2]
    high = torch.stack([across, down], 1) + reach[:, :, 2:]
    return torch.cat([low, high], 2), flat[:, :, 4:] - PRIOR


def middles(height: int, width: int, like: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Where the middles of the cells lie, (from the left, from the top), [cells] each."""
    import torch

    down, across = torch.meshgrid(
        (torch.arange(height, device=like.device) + 0.5) / height,
        (torch.arange(width, device=like.device) + 0.5) / width,
        indexing="ij",
    )
    return across.flatten(), down.flatten()


def assigned(target: torch.Tensor, height: int, width: int) -> tuple[torch.Tensor, torch.Tensor]:
    """(whether each cell is to find a box, [batch, cells]; which of them, the smallest where there are several).

    A cell is to find a box if its middle lies in it and near its middle; and the one nearest to it is in any case.
    """
    import torch

    across, down = middles(height, width, target)
    label, left, top, right, bottom = (target[:, :, place, None] for place in range(5))
    far_across, far_down = (across - (left + right) / 2).abs() * width, (down - (top + bottom) / 2).abs() * height
    inside = (across > left) & (across < right) & (down > top) & (down < bottom)
    near = inside & (far_across <= RADIUS) & (far_down <= RADIUS)
    nearest = (far_across + far_down).argmin(2, keepdim=True)
    taken = near.scatter(2, nearest, True) & (label > 0)
    area = torch.where(taken, (right - left) * (bottom - top), torch.inf)
    if not area.shape[1]:
        return taken.any(1), torch.zeros(len(target), len(across), dtype=torch.int64)
    least, which = area.min(1)
    return least < torch.inf, which


def generous(one: torch.Tensor, other: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """(the overlap of each box with the other one at its place, the same less what lies between them: Rezatofighi et
    al., 2019, Generalized Intersection over Union, which has a slope also where boxes do not meet)."""
    import torch

    def area(low: torch.Tensor, high: torch.Tensor) -> torch.Tensor:
        return (high - low).clamp(min=0).prod(-1)

    shared = area(torch.maximum(one[..., :2], other[..., :2]), torch.minimum(one[..., 2:], other[..., 2:]))
    together = area(one[..., :2], one[..., 2:]) + area(other[..., :2], other[..., 2:]) - shared
    around = area(torch.minimum(one[..., :2], other[..., :2]), torch.maximum(one[..., 2:], other[..., 2:]))
    overlap = shared / together.clamp(min=1e-9)
    return overlap, overlap - (around - together) / around.clamp(min=1e-9)


def loss(guess: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """How wrong the guess of each example is, [batch]; target is [batch, boxes, 5]: a label's number from 1 on (0:
    no box), left, top, right, bottom.

    How surely a cell says a label is to be the overlap of its box with the true one (Li et al., 2020, Generalized
    Focal Loss): so that of two boxes the better one is kept.
    """
    import torch
    from torch.nn.functional import binary_cross_entropy_with_logits, one_hot

    boxes, odds = decoded(guess)
    if not target.shape[1]:
        target = target.new_zeros(len(target), 1, 5)
    found, which = assigned(target, *guess.shape[2:])
    truth = target.gather(1, which[:, :, None].expand(-1, -1, 5))
    overlap, shape = generous(boxes, truth[:, :, 1:])
    label = one_hot((truth[:, :, 0].long() - 1).clamp(min=0), odds.shape[2])
    wanted = label * (overlap.detach() * found)[:, :, None]
    each = binary_cross_entropy_with_logits(odds, wanted, reduction="none")
    unsure = (odds.sigmoid() - wanted).abs().square()
    count = found.sum(1).clamp(min=1)
    wrong = (each * unsure).sum((1, 2)) + SHAPE * (torch.where(found, 1 - shape, 0.0)).sum(1)
    return wrong / count


# ---- what is said ------------------------------------------------------------------------------


def said(guess: Var, slope: float, offset: float) -> Var:
    """The surest boxes of each guess that do not overlap, as nodes of a graph: float32 [batch, boxes, 6], the number
    of the label, left, top, right, bottom and the probability, which falls and is 0 where there are no more."""
    from wisen.nn.block import constant, op

    flat = op.reshape(guess, constant(np.array([0, 0, -1])))
    boxes = op.transpose(corners(guess, part(flat, 0, 4)), perm=[0, 2, 1])
    odds = op.sub(part(flat, 4, 2**31), constant(np.float32(PRIOR)))
    chances = op.sigmoid(op.add(op.mul(odds, constant(np.float32(slope))), constant(np.float32(offset))))
    kept = op.non_max_suppression(
        boxes,
        chances,
        constant(np.array([MOST], np.int64)),
        constant(np.array([SAME], np.float32)),
        constant(np.array([LEAST], np.float32)),
    )
    alone = op.scatter_nd(
        op.mul(chances, constant(np.float32(0))), kept, op.gather_nd(chances, kept)
    )  # 0 where a better one is near
    cells = op.slice(op.shape(flat), constant([2]), constant([3]))
    every = op.reshape(alone, constant(np.array([0, -1])))
    count = op.min([constant(np.array([MOST], np.int64)), op.slice(op.shape(every), constant([1]), constant([2]))])
    surest, place = op.top_k(every, count)
    chosen = op.gather_nd(boxes, op.unsqueeze(op.mod(place, cells), constant([2])), batch_dims=1)
    label = op.cast(op.div(place, cells), to=np.float32)
    last = constant([2])
    found = op.concat([op.unsqueeze(label, last), chosen, op.unsqueeze(surest, last)], axis=2)
    there = op.cast(op.greater(op.unsqueeze(surest, last), constant(np.float32(0))), to=np.float32)
    return op.mul(found, there)


def part(x: Var, start: int, end: int) -> Var:
    """Some of the channels."""
    from wisen.nn.block import constant, op

    return op.slice(x, constant([start]), constant([end]), constant([1]))


def first(x: Var) -> Var:
    """The first number of each box, [batch, boxes]."""
    from wisen.nn.block import constant, op

    return op.gather(x, constant(0), axis=2)


def last(x: Var) -> Var:
    """The last number of each box, [batch, boxes, 1]."""
    from wisen.nn.block import constant, op

    return op.gather(x, constant([5]), axis=2)


def corners(guess: Var, distances: Var) -> Var:
    """The boxes of all cells, [batch, 4, cells], from what each says of its distances; within the picture."""
    from wisen.nn.block import constant, op

    sides = [op.slice(op.shape(guess), constant([axis]), constant([axis + 1])) for axis in (2, 3)]
    both = op.concat(sides, axis=0)
    lengths = [op.cast(side, to=np.float32) for side in sides]
    steps = [middles_graph(side) for side in sides]
    down = op.reshape(op.expand(op.unsqueeze(steps[0], constant([1])), both), constant([-1]))
    across = op.reshape(op.expand(op.unsqueeze(steps[1], constant([0])), both), constant([-1]))
    per = op.reshape(op.concat([lengths[1], lengths[0]] * 2, axis=0), constant([1, 4, 1]))
    bounded = op.clip(distances, constant(np.float32(-FARTHEST)), constant(np.float32(FARTHEST)))
    reach = op.div(op.mul(op.exp(bounded), constant(np.float32(UNIT))), per)
    signs = constant(np.array([-1, -1, 1, 1], np.float32).reshape(1, 4, 1))
    rows = [op.unsqueeze(row, constant([0])) for row in (across, down, across, down)]
    centres = op.unsqueeze(op.concat(rows, axis=0), constant([0]))
    found = op.add(centres, op.mul(signs, reach))
    return op.clip(found, constant(np.float32(0)), constant(np.float32(1)))


def middles_graph(side: Var) -> Var:
    """Where the middles of so many cells lie, as shares, [cells]."""
    from wisen.nn.block import constant, op

    flat = op.squeeze(side, constant([0]))
    number = op.cast(op.range(constant(np.int64(0)), flat, constant(np.int64(1))), to=np.float32)
    return op.div(op.add(number, constant(np.float32(0.5))), op.cast(flat, to=np.float32))


def heard(guess: np.ndarray, slope: float = 1.0, offset: float = 0.0) -> np.ndarray:
    """What `said` says of guesses, by the same nodes that the program has: [examples, boxes, 6]."""
    import spox

    from wisen.nn.session import session

    raw = spox.argument(spox.Tensor(np.float32, ("batch", *guess.shape[1:])))
    run = session({"guess": raw}, {"said": said(raw, slope, offset)}).run
    pieces = [guess[start : start + PIECE].astype(np.float32) for start in range(0, len(guess), PIECE)]
    return np.concatenate([run(None, {"guess": piece})[0] for piece in pieces])
