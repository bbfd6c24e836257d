"""Beam search: the likeliest texts, found piece by piece; in torch and as a loop inside the graph, side by side.

At each step the `beam` likeliest unfinished texts are kept (Lowerre, 1976; Graves, 2012, Sequence Transduction with
Recurrent Neural Networks). A text that has ended stays as it is; one that has not, and is FAR less likely than the
best one that has, is given up. The search is over when nothing is left to go on with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from spox import Var

from wisen.nn.block import constant, op
from wisen.nn.form import Wording

NEVER = -1e9
"""The logarithm of the probability of what cannot be."""
FAR = 4.6
"""Texts that are a hundred times less likely than the best one are not waited for."""

Advance = Callable[[torch.Tensor, list[torch.Tensor]], tuple[torch.Tensor, list[torch.Tensor]]]
AdvanceGraph = Callable[[Var, list[Var]], tuple[Var, list[Var]]]


def found(advance: Advance, state: list[torch.Tensor], batch: int, size: Wording) -> torch.Tensor:
    """The likeliest texts, [batch, beam, 2 + most], as `form.Texts` says.

    `advance` takes the last piece of each unfinished text, [batch * beam], and states with as many rows, and gives
    the logarithms of the probabilities of the next piece, [batch * beam, pieces], and the states after it.
    """
    beam, pieces, most = size.beam, size.pieces, size.most
    device = state[0].device
    scores = torch.full((batch, beam), NEVER, device=device)
    scores[:, 0] = 0
    last = torch.full((batch * beam,), pieces, device=device)
    said = torch.zeros(batch, beam, most, dtype=torch.int64, device=device)
    ended = torch.zeros(batch, beam, dtype=torch.bool, device=device)
    lead = torch.full((batch,), -NEVER, device=device)
    rows = torch.arange(batch, device=device)[:, None] * beam
    only_end = torch.full((pieces,), 4 * NEVER, device=device)  # less than a text that was given up
    only_end[0] = 0
    for step in range(most):
        following, state = advance(last, state)
        following = torch.where(ended[:, :, None], only_end, following.view(batch, beam, pieces))
        best, place = (scores[:, :, None] + following).flatten(1).topk(beam + 1)
        apart = torch.where(best[:, beam - 1] > NEVER / 2, best[:, beam - 1] - best[:, beam], -NEVER)
        scores, lead = best[:, :beam], torch.minimum(lead, apart)
        source, piece = place[:, :beam] // pieces, place[:, :beam] % pieces
        said = said.gather(1, source[:, :, None].expand(-1, -1, most))
        said[:, :, step] = piece
        ended = ended.gather(1, source) | (piece == 0)
        gone = ~ended & ~waited_for(scores, ended)
        scores, said = scores.masked_fill(gone, NEVER), said.masked_fill(gone[:, :, None], 0)
        ended = ended | gone
        where = (rows + source).flatten()
        state, last = [each.index_select(0, where) for each in state], piece.flatten()
        if ended.all():
            break
    return ranked(scores, lead, said)


def waited_for(scores: torch.Tensor, ended: torch.Tensor) -> torch.Tensor:
    """Which texts have not ended and may still be worth something."""
    best = torch.where(ended, scores, NEVER).amax(1, keepdim=True)
    return ~ended & (scores > best - FAR)


def ranked(scores: torch.Tensor, lead: torch.Tensor, said: torch.Tensor) -> torch.Tensor:
    """The texts with the best first; those that were given up last."""
    scores, order = scores.sort(dim=1, descending=True, stable=True)
    said = said.gather(1, order[:, :, None].expand_as(said))
    if scores.shape[1] > 1:
        lead = torch.minimum(lead, scores[:, 0] - scores[:, 1])
    lead = lead[:, None, None].expand(-1, scores.shape[1], 1)
    return torch.cat([scores[:, :, None], lead, said.to(scores.dtype)], dim=2)


def found_graph(advance: AdvanceGraph, state: Sequence[Var], batch: Var, size: Wording) -> Var:
    """The graph of `found`; `batch` is an int64 [1], the states have batch * beam rows."""
    beam, pieces, most = size.beam, size.pieces, size.most
    never, zero = constant(np.float32(NEVER)), constant(np.int64(0))
    ones = op.constant_of_shape(batch, value=np.ones(1, np.int64))
    rows = op.mul(op.sub(op.cumsum(ones, zero), constant(np.int64(1))), constant(np.int64(beam)))
    rows = op.unsqueeze(rows, constant([1]))
    only_end = np.full(pieces, 4 * NEVER, np.float32)
    only_end[0] = 0
    steps, far = constant(np.arange(most, dtype=np.int64)), constant(np.float32(-NEVER))

    def likeliest(following: Var, scores: Var, ended: Var) -> tuple[Var, Var, Var]:
        following = op.reshape(following, constant([-1, beam, pieces]))
        following = op.where(op.unsqueeze(ended, constant([2])), constant(only_end), following)
        total = op.reshape(op.add(op.unsqueeze(scores, constant([2])), following), constant([-1, beam * pieces]))
        best, place = op.top_k(total, constant([beam + 1]), axis=1)
        lowest, dropped = column(best, beam - 1, beam), column(best, beam, beam + 1)
        apart = op.where(op.greater(lowest, constant(np.float32(NEVER / 2))), op.sub(lowest, dropped), far)
        return column(best, 0, beam), column(place, 0, beam), op.squeeze(apart, constant([1]))

    def body(step: Var, _: Var, scores: Var, last: Var, said: Var, ended: Var, lead: Var, *state: Var) -> list[Var]:
        following, after = advance(last, list(state))
        kept, place, apart = likeliest(following, scores, ended)
        lead = op.min([lead, apart])
        source, piece = op.div(place, constant(np.int64(pieces))), op.mod(place, constant(np.int64(pieces)))
        where = op.reshape(op.add(rows, source), constant([-1]))
        said = op.reshape(op.gather(op.reshape(said, constant([-1, most])), where, axis=0), constant([-1, beam, most]))
        said = op.where(op.equal(steps, step), op.unsqueeze(piece, constant([2])), said)
        ended = op.gather(op.reshape(ended, constant([-1])), where, axis=0)
        ended = op.or_(op.reshape(ended, constant([-1, beam])), op.equal(piece, zero))
        gone = op.and_(op.not_(ended), op.not_(waited_graph(kept, ended)))
        kept, said = op.where(gone, never, kept), op.where(op.unsqueeze(gone, constant([2])), zero, said)
        ended = op.or_(ended, gone)
        states = [op.gather(each, where, axis=0) for each in after]
        going = op.cast(op.not_(ended), to=np.int32)
        more = op.cast(op.reshape(op.reduce_max(going, keepdims=0), constant([1])), to=np.bool_)
        return [more, kept, op.reshape(piece, constant([-1])), said, ended, lead, *states]

    said = op.loop(constant([most]), constant([True]), [*begin_graph(batch, size), *state], body=body)
    return ranked_graph(said[0], said[4], said[2], beam, most)


def begin_graph(batch: Var, size: Wording) -> list[Var]:
    """What the search begins with: scores, last pieces, texts, whether they have ended, and the lead."""
    first = np.full((1, size.beam), NEVER, np.float32)
    first[0, 0] = 0
    wide = op.concat([batch, constant([1])], axis=0)
    return [
        op.expand(constant(first), wide),
        op.expand(constant(np.int64(size.pieces)), op.mul(batch, constant([size.beam]))),
        op.expand(
            constant(np.zeros((1, size.beam, size.most), np.int64)), op.concat([batch, constant([1, 1])], axis=0)
        ),
        op.expand(constant(np.zeros((1, size.beam), np.bool_)), wide),
        op.expand(constant(np.float32(-NEVER)), batch),
    ]


def column(x: Var, start: int, end: int) -> Var:
    """Some columns of a table."""
    return op.slice(x, constant([start]), constant([end]), constant([1]))


def waited_graph(scores: Var, ended: Var) -> Var:
    """The graph of `waited_for`."""
    best = op.reduce_max(op.where(ended, scores, constant(np.float32(NEVER))), constant([1]))
    return op.and_(op.not_(ended), op.greater(scores, op.sub(best, constant(np.float32(FAR)))))


def ranked_graph(scores: Var, lead: Var, said: Var, beam: int, most: int) -> Var:
    """The graph of `ranked`, of so many texts of so many numbers."""
    scores, order = op.top_k(scores, constant([beam]), axis=1)
    order = op.add(op.unsqueeze(order, constant([2])), op.mul(said, constant(np.int64(0))))
    said = op.cast(op.gather_elements(said, order, axis=1), to=np.float32)
    said = op.reshape(said, constant([-1, beam, most]))
    lead = op.reshape(lead, constant([-1, 1]))
    if beam > 1:
        lead = op.min([lead, op.sub(column(scores, 0, 1), column(scores, 1, 2))])
    scores = op.reshape(scores, constant([-1, beam, 1]))
    lead = op.add(op.unsqueeze(lead, constant([2])), op.mul(scores, constant(np.float32(0))))
    return op.concat([scores, lead, said], axis=2)
