"""Samples a second of Keras's fit, on its torch backend.

PYTHON -m bench.peers.speed_keras NET BATCH
"""

from __future__ import annotations

import json
import os
import sys
import time
from statistics import median
from typing import Any

os.environ["KERAS_BACKEND"] = "torch"

import keras
import torch
from bench.peers.nets import EPOCHS, ROWS, VALIDATION, examples
from keras import layers


class Clock(keras.callbacks.Callback):  # type: ignore[misc]  # keras has no types
    """Notes the seconds of each epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Starts the clock."""
        self.begin = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Stops it."""
        self.seconds.append(time.perf_counter() - self.begin)


def main() -> None:
    """Says the speed."""
    torch.set_num_threads(1)
    name, batch = sys.argv[1], int(sys.argv[2])
    inputs, classes = examples(name)
    if name == ROWS:
        hidden = [keras.Input((30,)), layers.Dense(64, activation="relu"), layers.Dense(64, activation="relu")]
    else:
        inputs = inputs[..., None].astype("float32") / 255
        hidden = [keras.Input((28, 28, 1))]
        for channels in (16, 32):
            hidden += [layers.Conv2D(channels, 3, padding="same", activation="relu"), layers.MaxPooling2D(2)]
        hidden.append(layers.Flatten())
    network, clock = keras.Sequential([*hidden, layers.Dense(2)]), Clock()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(optimizer=keras.optimizers.AdamW(1e-3), loss=loss)
    held = len(inputs) // VALIDATION
    judged = {"validation_data": (inputs[:held], classes[:held]), "validation_batch_size": 1024}
    inputs, classes = inputs[held:], classes[held:]
    network.fit(inputs, classes, epochs=EPOCHS[name], batch_size=batch, verbose=0, callbacks=[clock], **judged)
    print(json.dumps({"speed": median(len(inputs) / each for each in clock.seconds)}))


if __name__ == "__main__":
    main()
