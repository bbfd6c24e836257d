"""Case: one answer to explain: the program, the values that went in and their parts, and what is asked about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from wisen.errors import BadValue, nearest
from wisen.explain.explanation import Share
from wisen.kinds.aims.aim import Aim
from wisen.kinds.sights.sight import Parts
from wisen.program import Program, part
from wisen.signature import Column

if TYPE_CHECKING:
    from wisen.explain.network import Rebuilt

ROOM = 1 << 24
"""Bytes of values with hidden parts that are held at once."""
AT_ONCE = 64
"""And how many of them at most."""


@dataclass(frozen=True)
class Case:
    """What a method is given. A mask says for each part of all inputs, one after the other, whether it is hidden."""

    function: str
    program: Program = field(repr=False)
    values: tuple[Any, ...] = field(repr=False)
    column: Column
    answer: Any
    aim: Aim
    amount: float
    layer: str = ""
    rebuilt: Rebuilt | None = field(default=None, repr=False)
    why_not: str = ""
    """Why there is no network, in a sentence."""
    seed: int = 0
    by_network: bool = False
    """Whether the network is asked in place of the program."""

    @cached_property
    def parts(self) -> tuple[Parts, ...]:
        """The parts of each input."""
        pairs = zip(self.program.inputs, self.values, strict=True)
        return tuple(column.kind.sight().seen(value) for column, value in pairs)

    @cached_property
    def starts(self) -> list[int]:
        """Where the parts of each input begin in a mask, and how many there are of all."""
        return [0, *np.cumsum([len(parts) for parts in self.parts]).tolist()]

    @property
    def count(self) -> int:
        """How many parts there are."""
        return self.starts[-1]

    def amounts(self, masks: np.ndarray) -> np.ndarray:
        """How much the program says of the aim where parts are hidden, float64 [masks], by bool [masks, parts]."""
        room = sum(column.kind.room(value) for column, value in zip(self.program.inputs, self.values, strict=True))
        size = int(min(AT_ONCE, max(1, ROOM // max(1, room))))
        pieces = [self.some(masks[start : start + size]) for start in range(0, len(masks), size)]
        return np.concatenate(pieces) if pieces else np.zeros(0)

    def some(self, masks: np.ndarray) -> np.ndarray:
        """The same of a few masks at once."""
        columns = []
        for place, (parts, value) in enumerate(zip(self.parts, self.values, strict=True)):
            mine = masks[:, self.starts[place] : self.starts[place + 1]]
            made: dict[bytes, Any] = {b"\0" * len(parts): value}
            for mask in mine:
                if mask.tobytes() not in made:
                    made[mask.tobytes()] = parts.without(mask)
            columns.append([made[mask.tobytes()] for mask in mine])
        if self.by_network:
            return self.of_network(columns)
        _, tensors = self.program.whole(columns)
        return self.aim.amounts(part(tensors, self.column.name))

    def of_network(self, columns: Sequence[Sequence[Any]]) -> np.ndarray:
        """How much the network says of the aim for some examples."""
        import torch

        assert self.rebuilt is not None
        rows = list(zip(*columns, strict=True))
        extent = self.rebuilt.extent(self.column, rows[0])  # what is hidden changes no size
        with torch.no_grad():
            found = self.rebuilt.amount(self.column, self.aim, self.rebuilt.features(*rows), extent)
        return found.numpy().astype(np.float64)

    def nothing(self) -> float:
        """How much the program says of the aim where every part is hidden."""
        return float(self.amounts(np.ones((1, self.count), bool))[0])

    def shared(self, amounts: np.ndarray, fine: Sequence[np.ndarray | None] = ()) -> tuple[Share, ...]:
        """The amounts of all parts, one after the other, as those of each input."""
        found = []
        for place, (column, value, parts) in enumerate(zip(self.program.inputs, self.values, self.parts, strict=True)):
            mine = np.asarray(amounts[self.starts[place] : self.starts[place + 1]], np.float64).reshape(parts.shape)
            found.append(Share(column.name, column.kind, value, parts, mine, fine[place] if fine else None))
        return tuple(found)


def case(
    function: str, program: Program, values: Sequence[Any], output: str | None = None, target: str | None = None,
    layer: str | None = None, rebuilt: Rebuilt | None = None, why_not: str = "", seed: int = 0,
) -> Case:  # fmt: skip
    """What of a program's answer to some values is to be explained; raises BadValue where there is no such thing."""
    names = [column.name for column in program.outputs]
    if output is not None and output not in names:
        raise BadValue(f"{function}() has no output {output!r}", nearest(output, names))
    column = program.outputs[names.index(output) if output else 0]
    pairs = zip(program.inputs, values, strict=True)
    seen = tuple(each.kind.sight().manageable(value) for each, value in pairs)
    answers, tensors = program.whole([[value] for value in seen])
    row = program.row(tensors, column, 0)
    try:
        aim = column.kind.aim("" if target is None else str(target), row)
    except BadValue as error:
        raise BadValue(f"{function}(): {error.message}", error.hint) from error
    amount = float(aim.amounts(part(tensors, column.name))[0])
    if rebuilt is not None:
        aim = rebuilt.spelled(column, aim, rebuilt.features(seen))
    answer = answers[program.outputs.index(column)][0]
    return Case(function, program, seen, column, answer, aim, amount, layer or "", rebuilt, why_not, seed)
