"""Samples a second of a loop of thirty lines in PyTorch.

PYTHON -m bench.peers.speed_torch NET BATCH
"""

from __future__ import annotations

import json
import os
import sys
import time
from statistics import median

import torch
from bench.peers.nets import EPOCHS, VALIDATION, examples, net, scaled


def speed(name: str, batch: int) -> float:
    """The median over the epochs, each with a look at the validation examples."""
    inputs, classes = examples(name)
    x, y = scaled(inputs), torch.from_numpy(classes)
    held = len(x) // VALIDATION
    x, y, judged, truths = x[held:], y[held:], x[:held], y[:held]
    network = net(name)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3)
    loss = torch.nn.CrossEntropyLoss()
    found = []
    for _ in range(EPOCHS[name]):
        begin = time.perf_counter()
        for rows in torch.randperm(len(x)).split(batch):
            optimizer.zero_grad()
            loss(network(x[rows]), y[rows]).backward()
            optimizer.step()
        with torch.no_grad():
            said = torch.cat([network(some) for some in judged.split(1024)])
            loss(said, truths).item()
        found.append(len(x) / (time.perf_counter() - begin))
    return median(found)


def main() -> None:
    """Says the speed with each number of threads up to the machine's."""
    name, batch = sys.argv[1], int(sys.argv[2])
    found = {}
    for threads in range(1, (os.cpu_count() or 1) + 1):
        torch.set_num_threads(threads)
        found[f"{threads}"] = speed(name, batch)
    print(json.dumps({"speed": max(found.values()), "threads": found}))


if __name__ == "__main__":
    main()
