"""Samples a second of skorch's fit.

PYTHON -m bench.peers.speed_skorch NET BATCH
"""

from __future__ import annotations

import json
import sys
from statistics import median

import torch
from bench.peers.nets import EPOCHS, VALIDATION, examples, net, scaled
from skorch import NeuralNetClassifier
from skorch.dataset import ValidSplit


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
        train_split=ValidSplit(VALIDATION),
        verbose=0,
    )
    learned = len(inputs) - len(inputs) // VALIDATION
    model.fit(scaled(inputs), torch.from_numpy(classes))
    print(json.dumps({"speed": median(learned / seconds for seconds in model.history[:, "dur"])}))


if __name__ == "__main__":
    main()
