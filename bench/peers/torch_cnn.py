"""A convolutional network written by hand in PyTorch, in thirty lines, as somebody who knows how would write it."""

from __future__ import annotations

import time
from typing import Any

import torch
from bench.peers.part import Answers, Split, run
from torch import nn

EPOCHS, BATCH = 30, 64


def network_of(classes: int) -> nn.Sequential:
    """The network: 3 convolutions, about 150,000 weights."""

    def block(inside: int, outside: int) -> list[nn.Module]:
        return [nn.Conv2d(inside, outside, 3, padding=1, bias=False), nn.BatchNorm2d(outside), nn.ReLU()]

    convolutions = [*block(1, 32), *block(32, 64), nn.MaxPool2d(2), *block(64, 128), nn.AdaptiveAvgPool2d(2)]
    head = [nn.Flatten(), nn.Dropout(0.3), nn.Linear(512, 128), nn.ReLU(), nn.Linear(128, classes)]
    return nn.Sequential(*convolutions, *head)


def fit(split: Split, seed: int, budget: float) -> Answers:
    """What answers after the fit."""
    torch.manual_seed(seed)
    begin = time.perf_counter()
    x, y = torch.from_numpy(split.inputs)[:, None].float() / 255, torch.from_numpy(split.answers)
    network = network_of(len(split.classes))
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=0.01)

    def epoch(number: int, epochs: int, steps: int | None = None) -> None:
        places = torch.randperm(len(x)).split(BATCH)[:steps]
        for step, rows in enumerate(places):
            share = (number + step / len(places)) / epochs
            for group in optimizer.param_groups:
                group["lr"] = 3e-3 * min(1.0, share * 10) * (1 - share)
            optimizer.zero_grad()
            nn.functional.cross_entropy(network(x[rows]), y[rows], label_smoothing=0.05).backward()
            optimizer.step()

    epoch(0, 1000, steps=10)  # a start at a rate of almost 0, to know what an epoch costs
    cost = (time.perf_counter() - begin) / 10 * len(x) / BATCH
    epochs = max(1, min(EPOCHS, int(0.9 * budget / cost))) if budget else EPOCHS
    for number in range(epochs):
        epoch(number, epochs)
    network.eval()

    @torch.no_grad()
    def answer(inputs: Any) -> Any:
        said = [network(part[:, None].float() / 255).softmax(dim=1) for part in torch.from_numpy(inputs).split(256)]
        return torch.cat(said).numpy()

    return answer


if __name__ == "__main__":
    run(fit, "torch")
