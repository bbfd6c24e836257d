"""Where memory runs out, the same work is done in pieces half as large."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

import torch

from wisen.errors import WisenError

T = TypeVar("T")

WORDS = ("out of memory", "allocate memory", "failed to allocate", "bad_alloc", "bad allocation", "alloc_failed")
"""What torch, CUDA and ONNX Runtime say where they do not raise an error of its own class."""


class Pieces:
    """How many examples go through a network at once: `most`, until memory runs out; from then on half as many."""

    def __init__(self, most: int) -> None:
        self.most = most

    def fit(self, work: Callable[[Pieces], T]) -> T:
        """What `work` gives; where memory runs out it begins again, with pieces half as large.

        Raises WisenError where there is no memory for a single example.
        """
        while True:
            try:
                return work(self)
            except Exception as error:
                if not short_of_memory(error):
                    raise
                if self.most <= 1:
                    raise no_memory("even for one example at a time") from error
                self.most = (self.most + 1) // 2
            # Only here, where the error holds its tensors no more, there is something to give back.
            if torch.cuda.is_available() and torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
                torch.cuda.empty_cache()

    def of(self, count: int) -> Iterator[slice]:
        """The places of so many examples, piece by piece, in as few and as equal pieces as there can be."""
        number = -(-count // self.most)
        for piece in range(number):
            yield slice(piece * count // number, (piece + 1) * count // number)


def cut(tensors: Mapping[str, torch.Tensor], piece: slice, count: int) -> Mapping[str, torch.Tensor]:
    """The examples of one piece of each tensor; the tensors themselves where it is all of them."""
    if piece.stop - piece.start == count:
        return tensors
    return {name: x[piece] for name, x in tensors.items()}


def short_of_memory(error: BaseException) -> bool:
    """Whether an error says that there is not enough memory."""
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    return not isinstance(error, WisenError) and any(word in str(error).lower() for word in WORDS)


def no_memory(what: str) -> WisenError:
    """What to say where nothing can be made smaller any more."""
    return WisenError(
        f"there is not enough memory {what}",
        "Make the inputs or the network smaller, end other programs, or take a machine with more memory.",
    )
