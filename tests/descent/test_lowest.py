"""The lowest point of a linear network: that of logistic regression with the same penalty."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from wisen.descent import lowest
from wisen.descent.batches import Tensors
from wisen.descent.lowest import Slope, descended
from wisen.signature import signature_of


class Sums(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(4, 2))
        self.bias = torch.nn.Parameter(torch.zeros(2))

    def forward(self, features: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        return {"answer": features["numbers"] @ self.weight + self.bias}


def sign(x: float) -> bool: ...


@pytest.mark.parametrize("at_once", [1 << 17, 50])
def test_it_is_that_of_logistic_regression(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(lowest, "AT_ONCE", at_once)
    random = np.random.default_rng(0)
    x = random.normal(size=(220, 4)).astype(np.float32)
    y = (x @ [1.0, -2.0, 0.5, 0.0] + random.normal(size=220) > 0).astype(np.int64)
    network = Sums()
    training = Tensors({"numbers": torch.from_numpy(x)}, {"answer": torch.from_numpy(y)})
    outputs = [column.fit([False, True]) for column in signature_of(sign).outputs]
    slope = Slope(network, training, outputs, penalty=3.0)
    _, early = descended(slope, 2)
    loss, there = descended(slope, 50)
    assert there and not early
    assert loss == pytest.approx(slope(slope.place())[0], abs=1e-6)
    # Two rows of weights with opposite signs: their squares cost half of what one row's do.
    peer = LogisticRegression(C=2 / 3.0, tol=1e-8).fit(x, y)
    mine = (network.weight[:, 1] - network.weight[:, 0]).detach().numpy()
    np.testing.assert_allclose(mine, peer.coef_[0], atol=2e-3)
