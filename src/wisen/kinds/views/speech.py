"""Sounds as Google's speech embedding, a network that was trained on 200,000 hours of speech, inside the graph.

(Lin et al., 2020, Training Keyword Spotters with Limited and Synthesized Speech Data.) It has no padding in time, so
that it reads a sound of any length at once, and says 96 numbers each 80 ms of the 0.78 s around. Training and
program read the same weights.
"""

from __future__ import annotations

import importlib.util
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wisen.errors import NotInstalled

if TYPE_CHECKING:
    from spox import Var

PACKAGE, FILES = "openwakeword", ("melspectrogram", "embedding_model")
RATE = 16_000
WIDTH = 96
SCALE = 16.0
"""About the standard deviation of its numbers."""
WINDOW, STEP, SEEN, EVERY = 512, 160, 76, 8
"""Samples of a spectrum, and from one to the next; spectra that one vector sees, and from one vector to the next."""
MARGIN = 4800
"""Samples of silence before and after a sound, so that its ends stand inside what a vector sees."""
LOUD, QUIET = 0.6 * 32767, 1e-3
"""The peak that a sound is given, as in 16 bits, and the peak below which it is taken for silence."""
FLOOR, DEEPEST = 1e-10, 80.0
"""The least energy of a band; how many decibels below the loudest band nothing is told apart."""
LEAK, LEAST, EPSILON = 0.2, -0.4, 1e-3
"""What the network leaves of numbers below 0, the least that it lets through, and what keeps it from dividing by 0."""
FROZEN = 330_000
"""About how many weights it has."""

Named = dict[str, Any]


def folder() -> Path:
    """The folder of the package that brings the network; raises NotInstalled."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise NotInstalled("the pretrained network of speech is not installed", "pip install 'wisen[pretrained]'")
    return Path(found.origin).parent / "resources" / "models"


@lru_cache(maxsize=2)
def layers(name: str) -> tuple[Any, Named]:
    """(the nodes, the weights by name) of one of the package's two files."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(folder() / f"{name}.onnx").graph
    return graph.node, {each.name: numpy_helper.to_array(each) for each in graph.initializer}


def steps(samples: int) -> int:
    """How many vectors a sound of so many samples comes to."""
    spectra = (samples + 2 * MARGIN - WINDOW) // STEP + 1
    return max(1, (spectra - SEEN) // EVERY + 1)


def said(rate: int, most: int, samples: Var, lengths: Var) -> Var:
    """What it says of sounds of at most so many samples at a rate: a track of 96 channels, [batch, 97, steps]."""
    from wisen.nn.block import constant, op

    here = op.range(
        constant(np.int64(0)),
        op.squeeze(op.slice(op.shape(samples), constant([1]), constant([2]))),
        constant(np.int64(1)),
    )
    inside = op.less(op.unsqueeze(here, constant([0])), op.unsqueeze(lengths, constant([1])))
    samples = op.where(inside, samples, constant(np.float32(0)))
    most = round(most * RATE / rate)
    lengths = op.div(op.mul(lengths, constant(np.int64(RATE))), constant(np.int64(rate)))
    total = (steps(most) - 1) * EVERY * STEP + (SEEN - 1) * STEP + WINDOW
    vectors = op.div(embedded(spectra(placed(rate, total, samples))), constant(np.float32(SCALE)))
    starts = np.arange(steps(most), dtype=np.int64)[None] * EVERY * STEP
    there = op.less(constant(starts), op.add(op.unsqueeze(lengths, constant([1])), constant(np.int64(MARGIN))))
    flags = op.unsqueeze(op.cast(there, to=np.float32), constant([1]))
    return op.concat([flags, op.mul(vectors, flags)], axis=1)


def placed(rate: int, total: int, samples: Var) -> Var:
    """The samples [batch, 1, total] at the network's rate and loudness, after a margin of silence."""
    from wisen.nn.block import constant, op

    x = op.unsqueeze(samples, constant([1]))
    if rate != RATE:
        x = op.pad(x, constant(np.array([0, 0, 0, 0, 0, 1], np.int64)))  # its end looks alike whatever stands beside it
        x = op.resize(x, scales=constant(np.array([1, 1, RATE / rate], np.float32)), mode="linear")
    x = op.pad(x, constant(np.array([0, 0, MARGIN, 0, 0, total], np.int64)))
    x = op.slice(x, constant([0]), constant([total]), constant([2]))
    peak = op.reduce_max(op.abs(x), constant([2]), keepdims=1)
    return op.mul(x, op.div(constant(np.float32(LOUD)), op.max([peak, constant(np.float32(QUIET))])))


def spectra(x: Var) -> Var:
    """The energy of 32 bands as decibels / 10 + 2, [batch, 1, time, 32], as the network was trained."""
    from wisen.nn.block import constant, op

    _, found = layers(FILES[0])
    power = None
    for part in ("real", "imag"):
        wave = op.conv(x, constant(found[f"0.stft.conv_{part}.weight"]), strides=[STEP])
        square = op.mul(wave, wave)
        power = square if power is None else op.add(power, square)
    assert power is not None
    energy = op.matmul(op.transpose(power, perm=[0, 2, 1]), constant(found["1.melW"]))
    bells = op.log(op.max([energy, constant(np.float32(FLOOR))]))
    decibels = op.mul(bells, constant(np.float32(10 / np.log(10))))
    loudest = op.reduce_max(decibels, constant([1, 2]), keepdims=1)
    heard = op.max([decibels, op.sub(loudest, constant(np.float32(DEEPEST)))])
    scaled = op.add(op.div(heard, constant(np.float32(10))), constant(np.float32(2)))
    return op.unsqueeze(scaled, constant([1]))


def embedded(x: Var) -> Var:
    """The vectors [batch, 96, steps] of spectra."""
    from wisen.nn.block import constant, op

    nodes, found = layers(FILES[1])
    x = op.pad(x, constant(np.array([0, 0, 0, 1, 0, 0, 0, 1], np.int64)))
    for node in nodes:
        weights = [found[name] for name in node.input if name in found]
        sizes = {each.name: list(each.ints) for each in node.attribute}
        match node.op_type:
            case "Conv":
                x = op.conv(x, *map(constant, weights), pads=sizes.get("pads", [0, 0, 0, 0]))
            case "MaxPool":
                x, _ = op.max_pool(x, kernel_shape=sizes["kernel_shape"], strides=sizes["strides"])
            case "Relu":
                x = op.relu(x)
            case "BatchNormalization":
                x = normal(x, *weights)
            case "LeakyRelu":
                x = op.max([op.leaky_relu(x, alpha=LEAK), constant(np.float32(LEAST))])
    return op.squeeze(x, constant([3]))


def normal(x: Var, gain: np.ndarray, bias: np.ndarray, mean: np.ndarray, variance: np.ndarray) -> Var:
    """Batch normalisation, its statistics those of the training."""
    from wisen.nn.block import constant, op

    scale = (gain / np.sqrt(variance + EPSILON)).astype(np.float32)
    shift = (bias - mean * scale).astype(np.float32)
    return op.add(op.mul(x, constant(scale[:, None, None])), constant(shift[:, None, None]))
