"""Does it pay to fine-tune the last stages of EfficientNet-Lite0, beside reading it frozen and learning from nothing?

python -m bench.finetuned [--only composed,stamps,driving] [--seeds 0,1,2] [--data gallery]

The stages before stay as they are: what they say of each picture is computed once. Batch normalisation is folded into
the filters. A weight that is fine-tuned is the pretrained one plus a small factor times a number that is learned and
begins, and decays to, 0: a smaller rate for what knows something (Howard and Ruder, 2018, ULMFiT), and decay towards it
(Li et al., 2018, L2-SP). The head begins as the frozen solution (Kumar et al., 2022). Head, factor and epoch are chosen
by validation; the held-out pictures are looked at once, with what was chosen. `--data` holds the folders objects and
driving with what their examples.py fetch (`python -m gallery.objects.examples`, `python -m gallery.driving.examples`).
"""

from __future__ import annotations

import argparse
import copy
import csv
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gallery
import numpy as np
import torch
from gallery.objects import examples
from PIL import Image
from torch.nn import functional

from wisen import nn
from wisen.kinds.views.efficientnet import LEAST, STAGES, WIDTH, weights
from wisen.nn.form import Grid, Layer
from wisen.nn.stages import convolutions

SIDE, SMALL = 160, 64
"""Pixels at which EfficientNet sees pictures (those of driving have 96), and a network that begins with nothing."""
RATE, DECAY, BATCH = 1e-3, 3e-2, 32
LAST, ALL = 7, 9
"""The parts of it before its last stage and head, and all of them: the stem, seven stages, the head."""
TUNED = {"fine-tuned from stage 7": (LAST, 12, (0.1, 0.3)), "fine-tuned from stage 6": (LAST - 1, 8, (0.03, 0.1))}
"""The parts that stay, the epochs, and the factors to try."""
GROUPS = (
    ("animals/birds",), ("animals/mammals",), ("animals/fish",), ("food/fruit",), ("food/vegetables",),
    ("plants/flowers",), ("hobbies/music",), ("household/tools",), ("town/roadsigns",),
)  # fmt: skip
"""The folders of cut-outs that are told apart."""


@dataclass(frozen=True)
class Task:
    """Pictures [n, side, side, 3] and answers, by part; `labels` is how many there are, 0 where a number is said."""

    labels: int
    mirrored: bool
    learning: tuple[np.ndarray, np.ndarray]
    validation: tuple[np.ndarray, np.ndarray]
    held_out: tuple[np.ndarray, np.ndarray]


@dataclass
class Found:
    """The network with the lowest validation loss so far, what it reads by part, and the seconds of its training."""

    loss: float = math.inf
    network: Any = None
    said: dict[str, torch.Tensor] = field(default_factory=dict)
    how: str = ""
    seconds: float = 0.0


def main() -> None:
    """Prints for each task, seed and way the loss on validation and the quality on held-out pictures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", default=",".join(TASKS))
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--data", type=Path, default=Path(gallery.__path__[0]))
    typed = parser.parse_args()
    torch.set_num_threads(1)
    examples.SOURCES = typed.data / "objects" / "data" / "sources"
    for name in typed.only.split(","):
        for seed in map(int, typed.seeds.split(",")):
            for way, found, task in ways(TASKS[name](seed, typed.data), seed):
                told = f"{name:9} seed {seed}  {way:24} validation loss {found.loss:.4f}  {score(found, task)}"
                print(f"{told}  ({found.how}; {found.seconds:.0f} s)", flush=True)


# ---- the tasks ---------------------------------------------------------------------------------


def composed(seed: int, data: Path) -> Task:
    """Which of four things was pasted on a photograph; cut-outs and photographs divided by file, the held-out ones as
    in gallery/objects, a third of the others for validation."""
    learned, held = examples.stocks()
    chance = np.random.default_rng([7, seed])
    fit: dict[str, list[Path]] = {}
    own: dict[str, list[Path]] = {}
    for label, files in learned.cutouts.items():
        order, cut = chance.permutation(len(files)), len(files) // 3
        own[label], fit[label] = ([files[place] for place in part] for part in (order[:cut], order[cut:]))
    photos = [learned.photographs[place] for place in chance.permutation(len(learned.photographs))]
    stocks = (
        (examples.Stock(fit, photos[8:]), 320), (examples.Stock(own, photos[:8]), 160), (held, 240),
    )  # fmt: skip
    return Task(4, True, *(pasted(stock, count, chance) for stock, count in stocks))


def pasted(stock: examples.Stock, count: int, chance: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Pictures of one thing each, and which it is."""
    loaded = {path: examples.opened(path, "RGBA", 320) for files in stock.cutouts.values() for path in files}
    behind = [examples.opened(path, "RGB", 1000) for path in stock.photographs]
    answers = chance.integers(len(stock.cutouts), size=count)
    pictures = []
    for answer in answers:
        width, height = examples.SIZES[chance.integers(len(examples.SIZES))]
        picture = examples.piece(behind[chance.integers(len(behind))], width, height, chance)
        files = list(stock.cutouts.values())[answer]
        thing = examples.varied(loaded[files[chance.integers(len(files))]], min(width, height), chance)
        corner = [int(chance.integers(0, max(1, most))) for most in (width - thing.width, height - thing.height)]
        picture.paste(thing, (corner[0], corner[1]), thing)
        pictures.append(square(picture, SIDE))
    return np.stack(pictures), answers


def stamps(seed: int, data: Path) -> Task:
    """Of which of nine sorts a cut-out on white is."""
    pictures, answers = [], []
    for answer, folders in enumerate(GROUPS):
        for path in examples.cutouts(folders):
            thing = examples.opened(path, "RGBA", 300)
            picture = Image.new("RGB", thing.size, "white")
            picture.paste(thing, (0, 0), thing)
            pictures.append(square(picture, SIDE))
            answers.append(answer)
    order = np.random.default_rng([8, seed]).permutation(len(answers))
    parts = np.split(order, [len(order) // 2, 2 * len(order) // 3])
    every = np.stack(pictures), np.array(answers)
    return Task(len(GROUPS), True, *((every[0][part], every[1][part]) for part in parts))


def driving(seed: int, data: Path) -> Task:
    """How to steer, from 400 views of the simulator; divided by track."""
    views = data / "driving" / "data" / "views"
    rows = list(csv.DictReader((views / "views.csv").open(encoding="utf-8")))
    chance = np.random.default_rng([9, seed])
    tracks = chance.permutation(sorted({row["track"] for row in rows}))
    parts = []
    for chosen, count in ((tracks[12:], 400), (tracks[:6], 200), (tracks[6:12], 400)):
        some = [rows[place] for place in chance.permutation(len(rows)) if rows[place]["track"] in chosen][:count]
        pictures = np.stack([square(Image.open(views / row["view"]), 96) for row in some])
        parts.append((pictures, np.array([float(row["steer"]) for row in some], np.float32)))
    return Task(0, False, *parts)


def square(picture: Image.Image, side: int) -> np.ndarray:
    """The pixels of a picture, made a square."""
    return np.asarray(picture.convert("RGB").resize((side, side), Image.Resampling.BILINEAR))


TASKS: dict[str, Callable[[int, Path], Task]] = {"composed": composed, "stamps": stamps, "driving": driving}


# ---- EfficientNet-Lite0 in torch ---------------------------------------------------------------


class Filters(torch.nn.Module):
    """Filters with their normalisation folded in, each weight at first as it was pretrained."""

    def __init__(self, filters: str, norm: str, factor: float, stride: int = 1) -> None:
        super().__init__()
        known = weights()
        gain = known[f"{norm}.weight"] / np.sqrt(known[f"{norm}.running_var"] + LEAST)
        weight = (known[f"{filters}.weight"] * gain[:, None, None, None]).astype(np.float16).astype(np.float32)
        bias = (known[f"{norm}.bias"] - known[f"{norm}.running_mean"] * gain).astype(np.float32)
        self.weight, self.bias = torch.from_numpy(weight), torch.from_numpy(bias)
        self.more = torch.nn.Parameter(torch.zeros_like(self.weight))
        self.above = torch.nn.Parameter(torch.zeros_like(self.bias))
        self.factor, self.stride = factor, stride
        self.groups = len(weight) if "depthwise" in filters else 1

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        (top, bottom), (left, right) = map(self.beside, x.shape[2:])
        x = functional.pad(x, (left, right, top, bottom))
        weight, bias = self.weight + self.factor * self.more, self.bias + self.factor * self.above
        return functional.conv2d(x, weight, bias, self.stride, groups=self.groups)

    def beside(self, side: int) -> tuple[int, int]:
        """How many zeros stand before and after a side of the grid."""
        more = max(0, (-(-side // self.stride) - 1) * self.stride + self.weight.shape[2] - side)
        return more // 2, more - more // 2


class Inverted(torch.nn.Module):
    """A block: more channels, a filter for each, fewer channels; what came in is added where the grid stays."""

    def __init__(self, name: str, factor: float, stride: int, added: bool) -> None:
        super().__init__()
        wide = f"{name}_expand_conv.weight" in weights()
        self.wide = Filters(f"{name}_expand_conv", f"{name}_bn0", factor) if wide else None
        self.each = Filters(f"{name}_depthwise_conv", f"{name}_bn1", factor, stride)
        self.few = Filters(f"{name}_project_conv", f"{name}_bn2", factor)
        self.added = added

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = x if self.wide is None else self.wide(x).clamp(0, 6)
        found = self.few(self.each(found).clamp(0, 6))
        return torch.add(x, found) if self.added else found


def parts(factor: float) -> list[torch.nn.Sequential]:
    """The stem, the seven stages, and the head up to its 1280 numbers."""
    bent = torch.nn.Hardtanh(0, 6)
    found: list[list[torch.nn.Module]] = [[Filters("_conv_stem", "_bn0", factor, 2), bent]]
    number = 0
    for blocks, stride in STAGES:
        found.append([])
        for place in range(blocks):
            found[-1].append(Inverted(f"_blocks.{number}.", factor, stride if place == 0 else 1, place > 0))
            number += 1
    head = (Filters("_conv_head", "_bn1", factor), bent, torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten())
    return [torch.nn.Sequential(*each) for each in [*found, head]]


@torch.no_grad()
def before(task: Task, count: int) -> dict[str, torch.Tensor]:
    """What the first parts say of all pictures."""
    early = torch.nn.Sequential(*parts(0.0)[:count])
    found = {}
    for name in ("learning", "validation", "held_out"):
        pixels = torch.from_numpy(getattr(task, name)[0]).permute(0, 3, 1, 2)
        found[name] = torch.cat([early((some.float() - 127) / 128) for some in torch.split(pixels, BATCH)])
    return found


# ---- the ways to learn -------------------------------------------------------------------------


def ways(task: Task, seed: int) -> list[tuple[str, Found, Task]]:
    """(the name, what was found, the task) of each way."""
    torch.manual_seed(seed)
    scratch, frozen = Found(), Found()
    pixels = {name: smaller(getattr(task, name)[0]) for name in ("learning", "validation", "held_out")}
    grid = Grid(3, SMALL, SMALL)
    for width in (32, 128):
        encoder = nn.build((*convolutions(grid, width, 2), Layer("flatten")), grid)
        gives: Any = encoder.gives
        learn(torch.nn.Sequential(encoder, said(task, gives.width, 32)), pixels, task, 30, f"width {width}", scratch, 2)
    features = before(task, ALL)
    for width in (0, 32):
        learn(said(task, WIDTH, width), features, task, 30, f"width {width}" if width else "linear", frozen)
    found = [("from nothing", scratch, task), ("frozen", frozen, task)]
    for name, (count, epochs, factors) in TUNED.items():
        tuned, features = Found(), before(task, count)
        for factor in factors:
            network = torch.nn.Sequential(*parts(factor)[count:], copy.deepcopy(frozen.network))
            learn(network, features, task, epochs, f"{frozen.how}, factor {factor:g}", tuned)
        found.append((name, tuned, task))
    return found


def smaller(pictures: np.ndarray) -> torch.Tensor:
    """Pictures as a network of its own sees them."""
    pixels = (torch.from_numpy(pictures).permute(0, 3, 1, 2).float() - 127) / 64
    return functional.interpolate(pixels, (SMALL, SMALL), mode="bilinear", antialias=True)


def said(task: Task, width: int, hidden: int) -> torch.nn.Module:
    """What says the answer: a weighted sum, or one behind a hidden layer."""
    dropout, last = torch.nn.Dropout(0.1), torch.nn.Linear(hidden or width, task.labels or 1)
    if not hidden:
        return torch.nn.Sequential(dropout, last)
    return torch.nn.Sequential(torch.nn.Linear(width, hidden), torch.nn.ReLU(), dropout, last)


def learn(
    network: torch.nn.Module, features: dict[str, torch.Tensor], task: Task, epochs: int, how: str, best: Found,
    faster: float = 1.0,
) -> None:  # fmt: skip
    """Trains a network; what it is after its best epoch is kept in `best`, where that is better than what is there."""
    begin = time.perf_counter()
    x, answers = features["learning"], torch.from_numpy(task.learning[1])
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    steps, step = epochs * math.ceil(len(x) / BATCH), 0
    for epoch in range(epochs):
        network.train()
        for some in torch.split(torch.randperm(len(x)), BATCH):
            share, step = step / steps, step + 1
            rise = share / 0.05 if share < 0.05 else (1 + math.cos(math.pi * (share - 0.05) / 0.95)) / 2
            optimizer.param_groups[0]["lr"] = RATE * faster * rise
            optimizer.zero_grad()
            loss(network(varied(x[some], task)), answers[some]).backward()  # type: ignore[no-untyped-call]  # torch's gap
            optimizer.step()
        found = loss(look(network, features["validation"]), torch.from_numpy(task.validation[1])).item()
        if found < best.loss:
            best.loss, best.how, best.said = found, f"{how}, {epoch + 1} of {epochs} epochs", features
            best.network = copy.deepcopy(network)
    best.seconds += time.perf_counter() - begin


def varied(x: torch.Tensor, task: Task) -> torch.Tensor:
    """Half of the grids, by chance, mirrored, where that changes no meaning."""
    if x.ndim != 4 or not task.mirrored:
        return x
    return torch.where(torch.rand(len(x), 1, 1, 1) < 0.5, x.flip(3), x)


def loss(guess: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """How wrong guesses are: cross-entropy, or the mean squared error of a number."""
    if truth.is_floating_point():
        return functional.mse_loss(guess[:, 0], truth)
    return functional.cross_entropy(guess, truth)


@torch.no_grad()
def look(network: torch.nn.Module, features: torch.Tensor) -> torch.Tensor:
    """What a network says of many examples."""
    network.eval()
    return torch.cat([network(some) for some in torch.split(features, BATCH)])


def score(found: Found, task: Task) -> str:
    """The quality on held-out pictures, in words."""
    guess, truth = look(found.network, found.said["held_out"]), torch.from_numpy(task.held_out[1])
    wrong = loss(guess, truth).item()
    if task.labels:
        return f"held out: loss {wrong:.4f}, accuracy {(guess.argmax(1) == truth).float().mean().item():.3f}"
    return f"held out: loss {wrong:.4f}, mean absolute error {(guess[:, 0] - truth).abs().mean().item():.3f}"


if __name__ == "__main__":
    main()
