"""Decoder: says a text piece by piece, and at each piece looks at the steps of a track (Bahdanau et al., 2015)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from spox import Var

from wisen.nn import beam
from wisen.nn.block import Block, constant, op
from wisen.nn.dropout import Dropout
from wisen.nn.form import Sequence, Texts, Track, Wording
from wisen.nn.recurrent import steps_graph, steps_of, units_graph, width_of

SMOOTHED = 0.1
"""The share of its belief that training has it spread over all pieces (Szegedy et al., 2016, label smoothing)."""
AT_ONCE = 1 << 24
"""Numbers that are held for the pieces of texts at once where nothing is learned from them."""
FAR = -1e9
"""What attention gives to a step that is not there."""


class Decoder(Block):
    """Gated units read the pieces that were said; what they come to asks the steps of the track by attention; more
    units read both; and they say the next piece, whose vector is also what is read of it (Press and Wolf, 2017).

    Told the truth, it says the logarithm of the probability of each true piece, [batch, pieces]: all at once, for
    no layer needs what the layers above said before. Else it says the likeliest texts, as `form.Texts`.
    """

    sized = True

    def __init__(self, form: Track | Sequence, size: Wording) -> None:
        super().__init__()
        self.form, self.size, inside, width = form, size, width_of(form), size.width
        self.gives = Texts(size.beam, size.most)
        self.table = torch.nn.Parameter(torch.randn(size.pieces + 1, width) * width**-0.5)  # the last one begins a text
        self.bias = torch.nn.Parameter(torch.zeros(size.pieces))
        self.begin = torch.nn.Linear(inside, width)
        self.lower = torch.nn.GRU(width, width, batch_first=True)
        self.asks = torch.nn.Linear(width, inside)
        self.upper = torch.nn.GRU(width + inside, width, batch_first=True)
        self.mix = torch.nn.Linear(width + inside, width)
        self.dropout = Dropout(form, 0.1)

    # ---- told the truth --------------------------------------------------------------------

    def told(self, x: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
        flags, steps = steps_of(x, self.form)
        longest = min(truth.shape[1], int((truth != 0).sum(1).max()) + 1)
        pieces = truth[:, :longest].long()
        size = len(x) if self.training else max(1, AT_ONCE // (longest * self.size.pieces))
        cuts = [slice(start, start + size) for start in range(0, len(x), size)]
        said = torch.cat([self.judged(flags[cut], steps[cut], pieces[cut]) for cut in cuts])
        return torch.nn.functional.pad(said, (0, truth.shape[1] - longest))

    def judged(self, flags: torch.Tensor, steps: torch.Tensor, pieces: torch.Tensor) -> torch.Tensor:
        """The logarithm of the probability of each piece, those after the end 0."""
        there = torch.nn.functional.pad(pieces != 0, (1, 0), value=True)[:, :-1]
        read = torch.nn.functional.pad(pieces, (1, 0), value=self.size.pieces)[:, :-1]
        state = self.first(flags, steps)
        said, _ = self.after(read, state, flags, steps)
        logs = self.logits(said[there]).log_softmax(1)
        true = logs.gather(1, pieces[there][:, None])[:, 0]
        if self.training:
            true = (1 - SMOOTHED) * true + SMOOTHED * logs.mean(1)
        return torch.zeros(pieces.shape, device=true.device).masked_scatter(there, true)

    def first(self, flags: torch.Tensor, steps: torch.Tensor) -> list[torch.Tensor]:
        """The states before the first piece."""
        mean = steps.sum(1) / flags.sum(1, keepdim=True).clamp(min=1)
        begin = torch.tanh(self.begin(mean))
        return [begin, torch.zeros_like(begin)]

    def after(
        self, read: torch.Tensor, state: list[torch.Tensor], flags: torch.Tensor, steps: torch.Tensor
    ) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """(what is known after each piece, [rows, time, width]; the last states); rows are so many to an example."""
        below, lower = self.lower(self.dropout(torch.nn.functional.embedding(read, self.table)), state[0][None])
        seen = self.attention(below, flags, steps) @ steps
        seen = seen.reshape(*below.shape[:2], -1)
        above, upper = self.upper(self.dropout(torch.cat([below, seen], dim=2)), state[1][None])
        known = torch.tanh(self.mix(torch.cat([above, seen], dim=2)))
        return self.dropout(known), [lower[0], upper[0]]

    def attention(self, below: torch.Tensor, flags: torch.Tensor, steps: torch.Tensor) -> torch.Tensor:
        """How much of its look falls on each step, [examples, pieces, steps]."""
        asked = self.asks(below).reshape(len(steps), -1, steps.shape[2]) / math.sqrt(steps.shape[2])
        far = (1 - flags)[:, None] * FAR
        return torch.softmax(torch.baddbmm(far, asked, steps.transpose(1, 2)), dim=2)

    def looks(self, x: torch.Tensor, pieces: torch.Tensor) -> torch.Tensor:
        """How much of its look falls on each step of a track as it says each of some pieces."""
        flags, steps = steps_of(x, self.form)
        read = torch.nn.functional.pad(pieces, (1, 0), value=self.size.pieces)[:, :-1]
        below, _ = self.lower(torch.nn.functional.embedding(read, self.table), self.first(flags, steps)[0][None])
        return self.attention(below, flags, steps)

    def logits(self, known: torch.Tensor) -> torch.Tensor:
        """How likely each piece is to be next."""
        return torch.addmm(self.bias, known, self.table[: self.size.pieces].t())

    # ---- by itself -------------------------------------------------------------------------

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        flags, steps = steps_of(x, self.form)

        def advance(last: torch.Tensor, state: list[torch.Tensor]) -> tuple[torch.Tensor, list[torch.Tensor]]:
            known, state = self.after(last[:, None], state, flags, steps)
            return self.logits(known[:, 0]).log_softmax(1), state

        state = [each.repeat_interleave(self.size.beam, dim=0) for each in self.first(flags, steps)]
        return beam.found(advance, state, len(x), self.size)

    def graph(self, x: Var) -> Var:
        flags, steps = steps_graph(x, self.form)
        inside, width, kept = width_of(self.form), self.size.width, self.size.beam
        far = op.unsqueeze(op.mul(op.sub(constant(np.float32(1)), flags), constant(np.float32(FAR))), constant([1]))
        across = op.mul(op.transpose(steps, perm=[0, 2, 1]), constant(np.float32(1 / math.sqrt(inside))))
        table, names = constant(self.table), dict(self.weights())

        def summed(name: str, given: Var) -> Var:
            return op.gemm(given, names[f"{name}.weight"], names[f"{name}.bias"], transB=1)

        def advance(last: Var, state: list[Var]) -> tuple[Var, list[Var]]:
            read = op.unsqueeze(op.gather(table, last, axis=0), constant([0]))
            _, lower = units_graph(self.lower, read, state_of(state[0]))
            below = op.squeeze(lower, constant([0]))
            asked = op.reshape(summed("asks", below), constant([-1, kept, inside]))
            looked = op.softmax(op.add(op.matmul(asked, across), far), axis=2)
            seen = op.reshape(op.matmul(looked, steps), constant([-1, inside]))
            both = op.unsqueeze(op.concat([below, seen], axis=1), constant([0]))
            _, upper = units_graph(self.upper, both, state_of(state[1]))
            above = op.squeeze(upper, constant([0]))
            known = op.tanh(summed("mix", op.concat([above, seen], axis=1)))
            logits = op.gemm(known, names["pieces"], names["bias"])
            return op.log_softmax(logits, axis=1), [below, above]

        mean = op.reduce_sum(steps, constant([1]), keepdims=0)
        count = op.max([op.reduce_sum(flags, constant([1]), keepdims=1), constant(np.float32(1))])
        begin = op.tanh(summed("begin", op.div(mean, count)))
        begin = op.reshape(op.tile(begin, constant([1, kept])), constant([-1, width]))
        batch = op.slice(op.shape(steps), constant([0]), constant([1]))
        return beam.found_graph(advance, [begin, op.mul(begin, constant(np.float32(0)))], batch, self.size)

    def weights(self) -> Mapping[str, Any]:
        """The weights of the sums as constants of the graph: outside of the loop, so that they are taken once."""
        found = {
            name: constant(weight) for name, weight in self.named_parameters() if name[:4] in ("asks", "mix.", "begi")
        }
        return found | {"bias": constant(self.bias), "pieces": constant(self.table[: self.size.pieces].t())}


def state_of(state: Var) -> Var:
    """A state as ONNX's gated units take it."""
    return op.unsqueeze(state, constant([0]))
