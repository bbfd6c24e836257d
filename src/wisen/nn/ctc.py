"""Ctc: says a text in the order of the steps of a track, at each step a piece or nothing."""

from __future__ import annotations

import numpy as np
import torch
from spox import Var

from wisen.nn import prefixes
from wisen.nn.block import Block, constant, op
from wisen.nn.form import Sequence, Texts, Track, Wording
from wisen.nn.recurrent import steps_graph, steps_of, width_of

WORST = 1e3
"""Minus the logarithm of the probability of a text that has more pieces than there are steps."""
FAR = 1e9
"""How far the next piece is behind at a step that is not there."""


class Ctc(Block):
    """Connectionist temporal classification (Graves et al., 2006): the probability of a text is that of all ways to
    spread its pieces over the steps, with nothing (piece 0) between them.

    Told the truth, it says the logarithm of that probability, in the first column of [batch, pieces]. Else it says
    the likeliest texts that a search finds, as `form.Texts`, timed; where it is to keep one only, that of the
    likeliest piece at each step, where a piece that goes on is said once.
    """

    def __init__(self, form: Track | Sequence, size: Wording) -> None:
        super().__init__()
        self.form, self.size = form, size
        self.gives = Texts(size.beam, size.most, timed=True)
        self.sums = torch.nn.Linear(width_of(form), size.pieces)

    def told(self, x: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
        flags, steps = steps_of(x, self.form)
        logs = self.sums(steps).log_softmax(2).transpose(0, 1)
        lengths, counts = flags.sum(1).clamp(min=1).long(), (truth != 0).sum(1)
        wrong = torch.nn.functional.ctc_loss(
            logs, truth.long(), lengths, counts, reduction="none", zero_infinity=self.training
        )
        said = -wrong.clamp(max=WORST)
        return torch.nn.functional.pad(said[:, None], (0, truth.shape[1] - 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        flags, steps = steps_of(x, self.form)
        logs = self.sums(steps).log_softmax(2)
        if self.size.beam > 1:
            return prefixes.found(logs, flags, self.size)
        best, place = logs.topk(2, dim=2)
        piece = place[:, :, 0] * flags.long()
        before = torch.nn.functional.pad(piece, (1, 0))[:, :-1]
        new = (piece != 0) & (piece != before)
        order = new.long().cumsum(1)
        index = torch.where(new & (order <= self.size.most), order, 0)
        said, when = (torch.zeros(len(x), self.size.most + 1, dtype=torch.int64, device=x.device) for _ in range(2))
        said.scatter_(1, index, torch.where(index > 0, piece, 0))
        when.scatter_(1, index, torch.arange(steps.shape[1], device=x.device).expand_as(index))
        share = when / flags.sum(1, keepdim=True).clamp(min=1)
        score = (best[:, :, 0] * flags).sum(1, keepdim=True)
        lead = (best[:, :, 0] - best[:, :, 1] + (1 - flags) * FAR).amin(1, keepdim=True)
        return torch.cat([score, lead, said[:, 1:].to(score.dtype), share[:, 1:]], dim=1)[:, None]

    def graph(self, x: Var) -> Var:
        flags, steps = steps_graph(x, self.form)
        one, zero, axis = constant(np.float32(1)), constant(np.int64(0)), constant([1])
        sums = op.add(op.matmul(steps, constant(self.sums.weight.t())), constant(self.sums.bias))
        logs = op.log_softmax(sums, axis=2)
        if self.size.beam > 1:
            return prefixes.found_graph(logs, flags, self.size)
        best, place = op.top_k(logs, constant([2]), axis=2)

        def ranked(found: Var, rank: int) -> Var:
            return op.gather(found, constant(np.int64(rank)), axis=2)

        piece = op.mul(ranked(place, 0), op.cast(flags, to=np.int64))
        length = op.slice(op.shape(piece), constant([1]), constant([2]))
        before = op.slice(op.pad(piece, constant([0, 1, 0, 0])), constant([0]), length, axis)
        new = op.and_(op.not_(op.equal(piece, zero)), op.not_(op.equal(piece, before)))
        order = op.cumsum(op.cast(new, to=np.int64), constant(np.int64(1)))
        index = op.where(op.and_(new, op.less_or_equal(order, constant(np.int64(self.size.most)))), order, zero)
        piece = op.where(op.greater(index, zero), piece, zero)
        batch = op.slice(op.shape(piece), constant([0]), constant([1]))
        empty = op.expand(
            constant(np.zeros((1, 1), np.int64)), op.concat([batch, constant([self.size.most + 1])], axis=0)
        )

        def placed(numbers: Var) -> Var:
            put = op.scatter_elements(empty, index, numbers, axis=1, reduction="add")
            return op.cast(op.slice(put, constant([1]), constant([self.size.most + 1]), axis), to=np.float32)

        begins = op.where(op.greater(index, zero), numbered(piece), zero)
        said, share = placed(piece), op.div(placed(begins), op.max([op.reduce_sum(flags, axis), one]))
        score = op.reduce_sum(op.mul(ranked(best, 0), flags), axis)
        apart = op.add(op.sub(ranked(best, 0), ranked(best, 1)), op.mul(op.sub(one, flags), constant(np.float32(FAR))))
        return op.unsqueeze(op.concat([score, op.reduce_min(apart, axis), said, share], axis=1), axis)


def numbered(x: Var) -> Var:
    """The number of each step, from 0 on, of a table of int64 [batch, time]."""
    one = constant(np.int64(1))
    ones = op.add(op.mul(x, constant(np.int64(0))), one)
    return op.sub(op.cumsum(ones, one), one)
