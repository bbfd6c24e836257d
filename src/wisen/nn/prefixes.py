"""Prefix search: the likeliest texts that the steps of a track spell; in torch and as a loop inside the graph.

A text is as likely as all ways to spread its pieces over the steps together, with nothing (piece 0) between them. Of
each text that is kept, two sums are known: of the ways that end with its last piece, and of those that end with
nothing (Graves et al., 2006; Hannun et al., 2014, First-Pass Large Vocabulary Continuous Speech Recognition).
"""

from __future__ import annotations

import numpy as np
import torch
from spox import Var

from wisen.nn.beam import NEVER, column, ranked, ranked_graph
from wisen.nn.block import constant, op
from wisen.nn.form import Wording


def found(logs: torch.Tensor, flags: torch.Tensor, size: Wording) -> torch.Tensor:
    """The likeliest texts, [batch, beam, 2 + 2 * most], as `form.Texts` says, timed.

    `logs` are the logarithms of the probabilities of the pieces at each step, [batch, time, pieces]; `flags` say which
    steps are there.
    """
    (batch, time, pieces), beam, most, device = logs.shape, size.beam, size.most, logs.device
    logs = torch.where(flags[:, :, None] > 0, logs, torch.from_numpy(silent(pieces)).to(device))
    nothing = torch.full((batch, beam), NEVER, device=device)
    nothing[:, 0] = 0
    piece = torch.full((batch, beam), NEVER, device=device)
    said = torch.zeros(batch, beam, 2, most, dtype=torch.int64, device=device)  # the pieces, and when each begins
    count, last = (torch.zeros(batch, beam, dtype=torch.int64, device=device) for _ in range(2))
    lead, places = torch.full((batch,), -NEVER, device=device), torch.arange(most, device=device)
    for step in range(time):
        here = logs[:, step]
        whole = torch.logaddexp(nothing, piece)
        ends = piece + here.gather(1, last)
        silence = whole + here[:, :1]
        again = torch.arange(pieces, device=device) == last[:, :, None]
        more = torch.where(again, nothing[:, :, None], whole[:, :, None]) + here[:, None]
        more = more.masked_fill((count >= most)[:, :, None], NEVER)
        # A text that is kept may also come of a shorter one that is kept: then it is one text, and not two.
        shorter = said[:, :, 0].masked_fill(places == count[:, :, None] - 1, 0)
        child = (shorter[:, :, None] == said[:, None, :, 0]).all(3) & (count[:, :, None] == count[:, None] + 1)
        child &= (whole > NEVER / 2)[:, :, None]  # what cannot be is no text, though it may look like one that is kept
        grown = more.gather(2, last[:, None].expand(-1, beam, -1)).transpose(1, 2)
        ends = torch.logaddexp(ends, torch.where(child, grown, NEVER).amax(2))
        more = more.masked_fill((child[:, :, :, None] & again[:, :, None]).any(1), NEVER)
        every = torch.cat([torch.logaddexp(silence, ends)[:, :, None], more[:, :, 1:]], dim=2)
        best, place = every.flatten(1).topk(beam + 1)
        apart = torch.where(best[:, beam - 1] > NEVER / 2, best[:, beam - 1] - best[:, beam], -NEVER)
        lead = torch.minimum(lead, apart)
        source, new = place[:, :beam] // pieces, place[:, :beam] % pieces
        longer = new > 0
        nothing = silence.gather(1, source).masked_fill(longer, NEVER)
        piece = torch.where(longer, best[:, :beam], ends.gather(1, source))
        said = said.gather(1, source[:, :, None, None].expand(-1, -1, 2, most))
        count, last = count.gather(1, source), torch.where(longer, new, last.gather(1, source))
        both = torch.stack([new, torch.full_like(new, step)], dim=2)[:, :, :, None]
        said = torch.where((longer[:, :, None] & (places == count[:, :, None]))[:, :, None], both, said)
        count = count + longer
    return timed(torch.logaddexp(nothing, piece), lead, said.flatten(2), flags.sum(1))


def silent(pieces: int) -> np.ndarray:
    """The logarithms of the probabilities of the pieces at a step that is not there: it changes no text."""
    found = np.full(pieces, NEVER, np.float32)
    found[0] = 0
    return found


def timed(scores: torch.Tensor, lead: torch.Tensor, said: torch.Tensor, steps: torch.Tensor) -> torch.Tensor:
    """The texts with the best first, and when their pieces begin as a share of the steps that are there."""
    said = said.masked_fill((scores < NEVER / 2)[:, :, None], 0)
    best = ranked(scores, lead, said)
    numbers, when = best[:, :, : 2 + said.shape[2] // 2], best[:, :, 2 + said.shape[2] // 2 :]
    return torch.cat([numbers, when / steps.clamp(min=1)[:, None, None]], dim=2)


# ---- the same as a graph -----------------------------------------------------------------------


def found_graph(logs: Var, flags: Var, size: Wording) -> Var:
    """The graph of `found`."""
    pieces, beam, most = size.pieces, size.beam, size.most
    never, zero, first = constant(np.float32(NEVER)), constant(np.int64(0)), constant([1])
    there = op.greater(wide(flags), constant(np.float32(0)))
    logs = op.transpose(op.where(there, logs, constant(silent(pieces))), perm=[1, 0, 2])
    batch = op.slice(op.shape(flags), constant([0]), constant([1]))
    numbers = op.cumsum(op.constant_of_shape(batch, value=np.ones(1, np.int64)), zero)
    rows = op.unsqueeze(op.mul(op.sub(numbers, constant(np.int64(1))), constant(np.int64(beam))), first)
    places = constant(np.arange(most))

    def body(
        step: Var, going: Var, nothing: Var, piece: Var, said: Var, when: Var, count: Var, last: Var, lead: Var
    ) -> list[Var]:
        here = op.squeeze(op.gather(logs, step, axis=0), constant([0]))
        whole = added(nothing, piece)
        ends, silence = op.add(piece, op.gather_elements(here, last, axis=1)), op.add(whole, column(here, 0, 1))
        again = op.equal(constant(np.arange(pieces)), wide(last))
        more = op.add(op.where(again, wide(nothing), wide(whole)), op.unsqueeze(here, first))
        more = op.where(op.less(wide(count), constant(np.int64(most))), more, never)
        ends, more = merged_graph(ends, more, child_graph(said, count, whole, most), last, again)
        more = op.slice(more, constant([1]), constant([pieces]), constant([2]))
        best, place, apart = kept_graph(op.concat([wide(added(silence, ends)), more], axis=2), size)
        source, new = op.div(place, constant(np.int64(pieces))), op.mod(place, constant(np.int64(pieces)))
        where, longer = op.reshape(op.add(rows, source), constant([-1])), op.greater(new, zero)

        def taken(x: Var, *shape: int) -> Var:
            flat = op.reshape(x, constant([-1, *shape]))
            return op.reshape(op.gather(flat, where, axis=0), constant([-1, beam, *shape]))

        count = taken(count)
        here = op.and_(wide(longer), op.equal(places, wide(count)))
        return [
            going,
            op.where(longer, never, taken(silence)),
            op.where(longer, best, taken(ends)),
            op.where(here, wide(new), taken(said, most)),
            op.where(here, step, taken(when, most)),
            op.add(count, op.cast(longer, to=np.int64)),
            op.where(longer, new, taken(last)),
            op.min([lead, apart]),
        ]

    length = op.slice(op.shape(logs), constant([0]), constant([1]))
    nothing, piece, said, when, _, _, lead = op.loop(length, constant([True]), begin_graph(batch, size), body=body)
    return timed_graph(added(nothing, piece), lead, said, when, op.reduce_sum(flags, first, keepdims=0), size)


def child_graph(said: Var, count: Var, whole: Var, most: int) -> Var:
    """Which kept text is which other one with one more piece, [batch, beam, beam]; not those that cannot be."""
    one, first = constant(np.int64(1)), constant([1])
    shorter = op.where(op.equal(constant(np.arange(most)), wide(op.sub(count, one))), constant(np.int64(0)), said)
    same = op.cast(op.equal(wide(shorter), op.unsqueeze(said, first)), to=np.int64)
    alike = op.equal(op.reduce_sum(same, constant([3]), keepdims=0), constant(np.int64(most)))
    longer = op.equal(wide(count), op.unsqueeze(op.add(count, one), first))
    return op.and_(op.and_(alike, longer), wide(op.greater(whole, constant(np.float32(NEVER / 2)))))


def merged_graph(ends: Var, more: Var, child: Var, last: Var, again: Var) -> tuple[Var, Var]:
    """(the sums of kept texts with what the shorter ones of them add; those of longer texts without it)."""
    never = constant(np.float32(NEVER))
    index = op.add(op.unsqueeze(last, constant([1])), op.mul(op.cast(child, to=np.int64), constant(np.int64(0))))
    grown = op.transpose(op.gather_elements(more, index, axis=2), perm=[0, 2, 1])
    ends = added(ends, op.reduce_max(op.where(child, grown, never), constant([2]), keepdims=0))
    both = op.and_(op.unsqueeze(child, constant([3])), wide(again))
    both = op.reduce_max(op.cast(both, to=np.int32), constant([1]), keepdims=0)
    return ends, op.where(op.cast(both, to=np.bool_), never, more)


def kept_graph(total: Var, size: Wording) -> tuple[Var, Var, Var]:
    """(the best sums, their places, how far they are from what is dropped)."""
    beam = size.beam
    best, place = op.top_k(op.reshape(total, constant([0, beam * size.pieces])), constant([beam + 1]), axis=1)
    lowest, dropped = column(best, beam - 1, beam), column(best, beam, beam + 1)
    sure = op.greater(lowest, constant(np.float32(NEVER / 2)))
    apart = op.where(sure, op.sub(lowest, dropped), constant(np.float32(-NEVER)))
    return column(best, 0, beam), column(place, 0, beam), op.squeeze(apart, constant([1]))


def begin_graph(batch: Var, size: Wording) -> list[Var]:
    """What the search begins with: both sums, the pieces, when they begin, their counts, the last ones, the lead."""
    first = np.full((1, size.beam), NEVER, np.float32)
    first[0, 0] = 0
    never, zero = np.full((1, size.beam), NEVER, np.float32), np.zeros((1, size.beam), np.int64)
    texts = np.zeros((1, size.beam, size.most), np.int64)
    two, three = (op.concat([batch, constant([1] * axes)], axis=0) for axes in (1, 2))
    sums = [op.expand(constant(each), two) for each in (first, never)]
    said = [op.expand(constant(texts), three) for _ in range(2)]
    numbers = [op.expand(constant(zero), two) for _ in range(2)]
    return [*sums, *said, *numbers, op.expand(constant(np.float32(-NEVER)), batch)]


def timed_graph(scores: Var, lead: Var, said: Var, when: Var, steps: Var, size: Wording) -> Var:
    """The graph of `timed`."""
    both = op.concat([said, when], axis=2)
    gone = wide(op.less(scores, constant(np.float32(NEVER / 2))))
    best = ranked_graph(scores, lead, op.where(gone, constant(np.int64(0)), both), size.beam, 2 * size.most)
    cut, axis = constant([2 + size.most]), constant([2])
    numbers = op.slice(best, constant([0]), cut, axis)
    share = op.slice(best, cut, constant([2 + 2 * size.most]), axis)
    steps = op.unsqueeze(op.max([steps, constant(np.float32(1))]), constant([1, 2]))
    return op.concat([numbers, op.div(share, steps)], axis=2)


def added(a: Var, b: Var) -> Var:
    """The logarithm of the sum of two numbers that are told as logarithms."""
    return op.add(op.max([a, b]), op.softplus(op.neg(op.abs(op.sub(a, b)))))


def wide(x: Var) -> Var:
    """A table with one more axis."""
    return op.unsqueeze(x, constant([2]))
