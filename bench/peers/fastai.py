"""fastai's quick starts: tabular_learner for rows, an xresnet18 from scratch for pictures."""

from __future__ import annotations

import contextlib
import time
from typing import Any

import numpy as np
import torch
from bench.peers.part import Answers, Split, columns, run
from fastai.tabular.all import (
    Categorify,
    CategoryBlock,
    FillMissing,
    Normalize,
    RegressionBlock,
    TabularDataLoaders,
    set_seed,
    tabular_learner,
)

# fastai's pictures want torchvision, of which there is no CPU build: its Python runs all the same once
# the operators are known by name that it would say the shapes of. None of them is ever called.
OPERATORS = torch.library.Library("torchvision", "FRAGMENT")
for name in ("nms", "qnms"):
    OPERATORS.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

from fastai.vision.all import DataLoaders, Learner, accuracy, xresnet18  # noqa: E402

ROW_EPOCHS, PICTURE_EPOCHS = 50, 20


def rows(split: Split, seed: int, budget: float) -> Answers:
    """What answers for rows."""
    numbers, labels = columns(split.inputs)
    frame = split.inputs.assign(answer=split.answers)
    made = TabularDataLoaders.from_df(
        frame,
        y_names="answer",
        cat_names=labels,
        cont_names=numbers,
        procs=[Categorify, FillMissing, Normalize],
        y_block=CategoryBlock() if split.classes else RegressionBlock(),
        valid_idx=validation(len(frame), seed),
        bs=64,
    )
    limits = {} if split.classes else {"y_range": (0, float(split.answers.max()) * 1.1)}
    learner = tabular_learner(made, layers=[200, 100], **limits)
    with learner.no_bar(), quiet():
        learner.fit_one_cycle(ROW_EPOCHS)

    def answer(inputs: Any) -> Any:
        with learner.no_bar(), quiet():
            said, _ = learner.get_preds(dl=learner.dls.test_dl(inputs.copy()))
        return said.numpy() if split.classes else said.numpy()[:, 0]

    return answer


def pictures(split: Split, seed: int, budget: float) -> Answers:
    """What answers for pictures, at 28 pixels or more, as an xresnet halves its input five times."""
    grow = max(1, 32 // split.inputs.shape[1])

    def tensor(pixels: np.ndarray) -> torch.Tensor:
        large = pixels.repeat(grow, axis=1).repeat(grow, axis=2)
        return (torch.from_numpy(large)[:, None].float() / 255 - 0.3) / 0.35

    x, y, held = tensor(split.inputs), torch.from_numpy(split.answers), validation(len(split.answers), seed)
    kept = np.setdiff1d(np.arange(len(x)), held)
    both = [list(zip(x[places], y[places], strict=True)) for places in (kept, held)]
    made = DataLoaders.from_dsets(*both, bs=64, num_workers=0, device="cpu")
    network = xresnet18(c_in=1, n_out=len(split.classes))
    learner = Learner(made, network, loss_func=torch.nn.CrossEntropyLoss(), metrics=accuracy)
    with learner.no_bar(), quiet():
        learner.fit_one_cycle(epochs_in(budget, network, x, y), 5e-3)
    network.eval()

    @torch.no_grad()
    def answer(inputs: Any) -> Any:
        parts = [network(part).softmax(dim=1) for part in tensor(inputs).split(256)]
        return torch.cat(parts).numpy()

    return answer


def epochs_in(budget: float, network: Any, x: torch.Tensor, y: torch.Tensor) -> int:
    """As many epochs as fit into the budget, by the time of a few steps, and no more than usual."""
    if not budget:
        return PICTURE_EPOCHS
    begin = time.perf_counter()
    for place in range(5):
        rows = slice(64 * place, 64 * place + 64)
        torch.nn.functional.cross_entropy(network(x[rows]), y[rows]).backward()
    network.zero_grad()
    epoch = (time.perf_counter() - begin) / 5 * len(x) / 64
    return max(1, min(PICTURE_EPOCHS, int(0.8 * budget / epoch)))


def validation(count: int, seed: int) -> list[int]:
    """The places of a tenth of the examples, which fastai wants to validate on."""
    return [int(place) for place in np.random.default_rng(seed).permutation(count)[: max(1, count // 10)]]


@contextlib.contextmanager
def quiet() -> Any:
    """Keeps the tables of epochs off stdout."""
    with contextlib.redirect_stdout(None):
        yield


def fit(split: Split, seed: int, budget: float) -> Answers:
    """What answers after the fit."""
    set_seed(seed, reproducible=True)
    return (rows if split.kind == "rows" else pictures)(split, seed, budget)


if __name__ == "__main__":
    run(fit, "fastai", "torch")
