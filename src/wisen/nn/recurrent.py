"""Recurrent: a memory that reads the steps of a track one after the other, in both directions."""

from __future__ import annotations

import numpy as np
import torch
from spox import Var
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from wisen.nn.block import Block, constant, op
from wisen.nn.dropout import Dropout
from wisen.nn.form import Sequence, Track


class Recurrent(Block):
    """`channels` numbers at each step, half of them of what comes before it and half of what comes after: gated
    recurrent units (Cho et al., 2014), added to what came in where that has as many channels."""

    sized = True

    def __init__(self, form: Track | Sequence, channels: int) -> None:
        super().__init__()
        self.form, inside = form, width_of(form)
        self.gives: Track = Track(channels, getattr(form, "timed", False))
        self.added = inside == channels
        self.dropout = Dropout(form, 0.1)
        self.units = torch.nn.GRU(inside, channels // 2, batch_first=True, bidirectional=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        flags, steps = steps_of(x, self.form)
        lengths = flags.sum(1).clamp(1, steps.shape[1]).to("cpu", torch.int64)  # noise may be put on flags, too
        packed = pack_padded_sequence(self.dropout(steps), lengths, batch_first=True, enforce_sorted=False)
        said, _ = pad_packed_sequence(self.units(packed)[0], batch_first=True, total_length=steps.shape[1])
        said = (steps + said if self.added else said) * flags[:, :, None]
        found = torch.cat([flags[:, :, None], said], dim=2).transpose(1, 2)
        if self.training or isinstance(self.form, Sequence):
            return found
        return torch.nn.functional.pad(found, (0, x.shape[2] - found.shape[2]))

    def graph(self, x: Var) -> Var:
        flags, steps = steps_graph(x, self.form)
        lengths = op.reduce_sum(flags, constant([1]), keepdims=0)
        lengths = op.cast(op.max([lengths, constant(np.float32(1))]), to=np.int32)
        first = op.transpose(steps, perm=[1, 0, 2])
        said = units_graph(self.units, first, None, lengths)[0]  # [time, 2, batch, half]
        said = op.reshape(op.transpose(said, perm=[2, 0, 1, 3]), constant([0, 0, self.gives.channels]))
        flags = op.unsqueeze(flags, constant([2]))
        said = op.mul(op.add(steps, said) if self.added else said, flags)
        return op.transpose(op.concat([flags, said], axis=2), perm=[0, 2, 1])


def width_of(form: Track | Sequence) -> int:
    """The numbers at each step."""
    return form.channels if isinstance(form, Track) else form.width


def steps_of(x: torch.Tensor, form: Track | Sequence) -> tuple[torch.Tensor, torch.Tensor]:
    """(which steps are there, [batch, time]; their numbers, [batch, time, width]); without those that nobody has."""
    if isinstance(form, Sequence):
        return torch.ones(x.shape[:2], device=x.device), x
    flags = x[:, 0]
    longest = max(1, int(flags.sum(1).max()))
    return flags[:, :longest], x[:, 1:, :longest].transpose(1, 2)


def steps_graph(x: Var, form: Track | Sequence) -> tuple[Var, Var]:
    """The graph of `steps_of`."""
    if isinstance(form, Sequence):
        zeros = op.reduce_sum(op.mul(x, constant(np.float32(0))), constant([2]), keepdims=0)
        return op.add(zeros, constant(np.float32(1))), x
    flags = op.squeeze(op.slice(x, constant([0]), constant([1]), constant([1])), constant([1]))
    numbers = op.slice(x, constant([1]), constant([form.channels + 1]), constant([1]))
    return flags, op.transpose(numbers, perm=[0, 2, 1])


def units_graph(units: torch.nn.GRU, x: Var, state: Var | None, lengths: Var | None = None) -> tuple[Var, Var]:
    """(what gated units say at each step, [time, directions, batch, width]; their last state) of x, [time, batch, ...].

    torch has the gates in the order reset, update, new; ONNX has update, reset, new.
    """
    sides = ["", "_reverse"] if units.bidirectional else [""]

    def gates(name: str) -> torch.Tensor:
        found = [getattr(units, f"{name}_l0{side}").detach() for side in sides]
        return torch.stack([torch.cat([each.chunk(3)[place] for place in (1, 0, 2)]) for each in found])

    bias = torch.cat([gates("bias_ih"), gates("bias_hh")], dim=1)
    return op.gru(
        x, constant(gates("weight_ih")), constant(gates("weight_hh")), constant(bias), lengths, state,
        direction="bidirectional" if units.bidirectional else "forward", hidden_size=units.hidden_size,
        linear_before_reset=1,
    )  # fmt: skip
