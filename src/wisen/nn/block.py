"""The contract of a block: the same layer twice, forward in torch and in ONNX, side by side."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
import spox.opset.ai.onnx.ml.v4 as ml
import spox.opset.ai.onnx.v20 as op
import torch
from spox import Var

from wisen.nn.form import Form

__all__ = ["Block", "constant", "ml", "op"]


class Block(torch.nn.Module, ABC):
    """One layer. `Block(form, size)` is built for the form that it reads; `gives` is what it says.

    `forward` and `graph` compute the same numbers; the contract test holds them together.
    """

    gives: Form
    sized: ClassVar[bool] = False
    """Whether its size is a width, which may be any: a wider one knows more, and takes longer."""

    @abstractmethod
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """What the layer says of a batch, in torch."""

    def told(self, x: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
        """What the layer says where it may know the true answers: other than `forward` where it says an answer piece
        by piece, and each piece depends on those before."""
        said: torch.Tensor = self(x)
        return said

    @abstractmethod
    def graph(self, x: Var) -> Var:
        """The same as `forward`, as nodes of an ONNX graph, with the weights as they are now."""


def constant(value: Any) -> Var:
    """A constant of the graph from a tensor, an array or a number."""
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu().numpy()
    return op.constant(value=np.ascontiguousarray(value) if np.ndim(value) else np.asarray(value))
