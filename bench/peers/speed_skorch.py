"""Samples a second of skorch's fit.

PYTHON -m bench.peers.speed_skorch NET BATCH
"""

from __future__ import annotations

import json
import sys
from statistics import median

import torch
from bench.peers.nets import EPOCHS, examples, net, scaled
from skorch import NeuralNetClassifier


def main() -> None:
    """Says the speed."""
    torch.set_num_threads(1)
    name, batch = sys.argv[1], int(sys.argv[2])
    inputs, classes = examples(name)
    model = NeuralNetClassifier(
        net(name),
        criterion=torch.nn.CrossEntropyLoss,
        optimizer=torch.optim.AdamW,
        lr=1e-3,
        max_epochs=EPOCHS[name],
        batch_size=batch,
        train_split=None,
        verbose=0,
    )
    model.fit(scaled(inputs), torch.from_numpy(classes))
    print(json.dumps({"speed": median(len(inputs) / seconds for seconds in model.history[:, "dur"])}))


if __name__ == "__main__":
    main()
