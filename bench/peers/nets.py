"""The nets whose training is timed, and what they are trained on: the same for wisen and its peers."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

ROWS, PICTURES = "small row net", "small picture net"
COUNT = {ROWS: 20_000, PICTURES: 4_000}
VALIDATION = 5
"""One in so many examples is not learned from, but looked at after each epoch: as wisen does."""
EPOCHS = {ROWS: 12, PICTURES: 6}


def net(name: str) -> nn.Module:
    """The net: two classes of 30 numbers, or of 28 x 28 pixels."""
    if name == ROWS:
        return nn.Sequential(nn.Linear(30, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2))
    convolutions = [
        *(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
    ]
    return nn.Sequential(*convolutions, nn.Flatten(), nn.Linear(32 * 49, 2))


def examples(name: str) -> tuple[np.ndarray, np.ndarray]:
    """(inputs, classes) that are made up and hard enough that no training ends early."""
    random = np.random.default_rng(0)
    classes = random.integers(0, 2, COUNT[name])
    if name == ROWS:
        return (random.normal(size=(COUNT[name], 30)) + 0.3 * classes[:, None]).astype(np.float32), classes
    pixels = random.integers(0, 236, (COUNT[name], 28, 28)) + 20 * classes[:, None, None]
    return pixels.astype(np.uint8), classes


def scaled(inputs: np.ndarray) -> torch.Tensor:
    """The inputs as a net reads them."""
    x = torch.from_numpy(inputs)
    return x if inputs.ndim == 2 else x[:, None].float() / 255
