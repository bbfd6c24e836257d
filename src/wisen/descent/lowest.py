"""The lowest point of a linear network: L-BFGS with all examples at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from wisen.descent.batches import Tensors
from wisen.descent.pieces import Pieces
from wisen.descent.step import losses
from wisen.signature import Column

AT_ONCE = 1 << 17
"""Examples whose losses are added up at once: what lies between features and loss takes room too."""
MEMORY, MOST_REMEMBERED = 20, 10**7
"""Steps whose gradients L-BFGS remembers: so many, or fewer where these are so many numbers; 10 in any case."""


class Slope:
    """How wrong a linear network is with some weights, and which way each of them made it so.

    The squared weights cost `penalty`, as a share of one example's loss; so the lowest point is that of
    ridge or logistic regression.
    """

    def __init__(
        self, network: torch.nn.Module, training: Tensors, outputs: Sequence[Column], penalty: float,
        pieces: Pieces | None = None,
    ) -> None:  # fmt: skip
        # All of them are looked at again and again: so they are gathered once, unless they lie on disk.
        self.training = training if training.disk else training.take(slice(0, len(training)))
        self.network, self.outputs = network, outputs
        self.pieces = pieces or Pieces(AT_ONCE)
        self.share = penalty / 2 / len(training)
        self.weights = list(network.parameters())
        self.costly = [weight for name, weight in network.named_parameters() if name.endswith("weight")]

    def place(self) -> np.ndarray:
        """The weights as one row of numbers."""
        return np.concatenate([weight.detach().cpu().numpy().ravel() for weight in self.weights]).astype(np.float64)

    @torch.no_grad()
    def move(self, place: np.ndarray) -> None:
        """Sets the weights."""
        start = 0
        for weight in self.weights:
            some = torch.from_numpy(place[start : start + weight.numel()])
            weight.copy_(some.view(weight.shape))
            start += weight.numel()

    def __call__(self, place: np.ndarray) -> tuple[float, np.ndarray]:
        """(the loss, its gradient) at a place."""
        self.move(place)
        return self.pieces.fit(self.slope)

    def slope(self, pieces: Pieces) -> tuple[float, np.ndarray]:
        """(the loss, its gradient) where the weights are."""
        for weight in self.weights:
            weight.grad = None
        total = self.share * torch.stack([(weight**2).sum() for weight in self.costly]).sum()
        total.backward()  # type: ignore[no-untyped-call]  # torch's gap
        count, found = len(self.training), [total.detach()]
        for piece in pieces.of(count):
            some = self.training.take(piece)
            wrong = losses(self.network, some.features, some.targets, self.outputs).sum() / count
            wrong.backward()  # type: ignore[no-untyped-call]  # the same
            found.append(wrong.detach())
        gradient = torch.cat([torch.zeros_like(w).ravel() if w.grad is None else w.grad.ravel() for w in self.weights])
        return float(torch.stack(found).sum()), gradient.cpu().numpy().astype(np.float64)


def descended(slope: Slope, most: int) -> tuple[float, bool]:
    """(the loss, whether it is the lowest) after so many steps of L-BFGS (Liu and Nocedal, 1989)."""
    from scipy.optimize import minimize

    slope.network.eval()  # no chance in it: one function has one lowest point
    place = slope.place()
    memory = max(10, min(MEMORY, MOST_REMEMBERED // max(len(place), 1)))
    options: dict[str, Any] = {"maxiter": most, "maxfun": 2 * most, "maxcor": memory, "ftol": 1e-9, "gtol": 1e-6}
    found = minimize(slope, place, jac=True, method="L-BFGS-B", options=options)
    slope.move(found.x)
    return float(found.fun), found.status != 1  # 1: the steps were used up
