"""AdamW: what moves the weights of a network, a small step at a time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch


class AdamW:
    """Steps against the gradient, each weight with a rate of its own, and weights that decay by themselves
    (Loshchilov and Hutter, 2019, Decoupled Weight Decay Regularization).

    All weights move in one call of torch's fused kernel. `torch.optim.AdamW` calls the same one; around
    it, it does as much again in Python, and its first use imports torch's compiler, which takes a second.
    """

    def __init__(self, weights: Iterable[torch.nn.Parameter], decay: float, rate: float = 0.0) -> None:
        self.weights = [weight for weight in weights if weight.requires_grad]
        self.decay, self.rate = decay, rate
        self.means = [torch.zeros_like(weight) for weight in self.weights]
        """Of the gradients, and of their squares below, the newest with the greatest share."""
        self.squares = [torch.zeros_like(weight) for weight in self.weights]
        device = self.weights[0].device if self.weights else None
        self.steps = torch.zeros((), dtype=torch.float32, device=device)

    def zero_grad(self) -> None:
        """Forgets the gradients."""
        for weight in self.weights:
            weight.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Moves every weight that has a gradient."""
        every = zip(self.weights, self.means, self.squares, strict=True)
        moving = [(w, w.grad, mean, square) for w, mean, square in every if w.grad is not None]
        if not moving:
            return
        self.steps += 1
        weights, gradients, means, squares = map(list, zip(*moving, strict=True))
        torch._fused_adamw_(
            weights, gradients, means, squares, [], [self.steps] * len(weights), lr=self.rate, beta1=0.9, beta2=0.999,
            weight_decay=self.decay, eps=1e-8, amsgrad=False, maximize=False,
        )  # fmt: skip

    def state_dict(self) -> dict[str, Any]:
        """All that is needed to go on."""
        return {"steps": self.steps, "means": self.means, "squares": self.squares}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes back to where `state_dict` was taken."""
        self.steps.copy_(state["steps"])
        for own, kept in ((self.means, state["means"]), (self.squares, state["squares"])):
            for mine, its in zip(own, kept, strict=True):
                mine.copy_(its)
