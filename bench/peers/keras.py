"""Keras's quick starts, on its torch backend: two dense layers for rows, the simple convnet for pictures."""

from __future__ import annotations

import os
import time
from typing import Any

os.environ["KERAS_BACKEND"] = "torch"  # the same library underneath as wisen's; Keras reads it when imported

import keras
import numpy as np
from bench.peers.part import Answers, Split, encoder, run
from keras import layers


def rows(split: Split, outputs: int) -> tuple[Any, Any, int, int]:
    """(network, what makes its numbers, epochs, batch) for rows."""
    made = encoder(split.inputs).fit(split.inputs)
    width = made.transform(split.inputs[:1]).shape[1]
    hidden = [layers.Dense(64, activation="relu"), layers.Dense(64, activation="relu")]
    network = keras.Sequential([keras.Input((width,)), *hidden, *head(split, outputs)])
    return network, lambda inputs: made.transform(inputs).astype("float32"), 100, 32


def pictures(split: Split, outputs: int) -> tuple[Any, Any, int, int]:
    """(network, what makes its numbers, epochs, batch) for pictures: keras.io's simple_mnist_convnet."""
    convolutions = [
        *(layers.Conv2D(32, 3, activation="relu", padding="same"), layers.MaxPooling2D(2)),
        *(layers.Conv2D(64, 3, activation="relu", padding="same"), layers.MaxPooling2D(2)),
        *(layers.Flatten(), layers.Dropout(0.5)),
    ]
    network = keras.Sequential([keras.Input((*split.inputs.shape[1:], 1)), *convolutions, *head(split, outputs)])
    return network, lambda inputs: inputs[..., None].astype("float32") / 255, 15, 128


def head(split: Split, outputs: int) -> list[Any]:
    """The last layer."""
    return [layers.Dense(outputs, activation="softmax" if split.classes else None)]


class Limit(keras.callbacks.Callback):  # type: ignore[misc]  # keras has no types
    """Stops after the epoch in which the time is up."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.end = time.perf_counter() + seconds if seconds else float("inf")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Stops where the time is up."""
        self.model.stop_training = self.model.stop_training or time.perf_counter() > self.end


def fit(split: Split, seed: int, budget: float) -> Answers:
    """What answers after the fit."""
    keras.utils.set_random_seed(seed)
    outputs = len(split.classes) or 1
    network, numbers, epochs, batch = (rows if split.kind == "rows" else pictures)(split, outputs)
    mean, scale = (0.0, 1.0) if split.classes else (split.answers.mean(), split.answers.std())
    truth = split.answers if split.classes else ((split.answers - mean) / scale).astype("float32")
    network.compile(optimizer="adam", loss="sparse_categorical_crossentropy" if split.classes else "mse")
    stop = keras.callbacks.EarlyStopping(patience=10, restore_best_weights=True)
    # fit() takes the last rows to validate on: in an order of its own
    order = np.random.default_rng(seed).permutation(len(truth))
    x, extra = numbers(split.inputs)[order], {"validation_split": 0.1, "callbacks": [stop, Limit(budget)]}
    network.fit(x, truth[order], epochs=epochs, batch_size=batch, verbose=0, **extra)

    def answer(inputs: Any) -> Any:
        said = network.predict(numbers(inputs), verbose=0, batch_size=512)
        return said if split.classes else said[:, 0] * scale + mean

    return answer


if __name__ == "__main__":
    run(fit, "keras", "torch")
