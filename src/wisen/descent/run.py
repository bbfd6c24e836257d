"""One network on its way down: epoch after epoch, or with all examples at once where it is linear."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import torch

from wisen.architecture import Architecture
from wisen.descent.adamw import AdamW
from wisen.descent.batches import Tensors
from wisen.descent.lowest import AT_ONCE as ALL_AT_ONCE
from wisen.descent.lowest import Slope, descended
from wisen.descent.pieces import Pieces
from wisen.descent.schedule import Schedule
from wisen.descent.step import AT_ONCE, Named, guesses, mean_loss, step
from wisen.nn.dropout import Dropout
from wisen.signature import Column, Feed

AVERAGED = 0.75
"""The share of the epochs after which weights are added up for their average."""
INNER = 50
"""Steps of an epoch of a linear network."""
BY_HEART, RISEN = 4, 0.25
"""Epochs in which the validation loss stays above its lowest by more than this share of the first one."""
STILL = 1e-6
"""A gain of loss in an epoch, as a share, below which a linear network has arrived."""


class Run:
    """One network on its way down; `state` is all that is needed to go on from there.

    `training` are the examples to learn from, `validation` those to look at after each epoch (None:
    none). The network keeps its weights of the epoch with the lowest validation loss, or the average
    of those of the last quarter of the epochs (Izmailov et al., 2018, Averaging Weights Leads to
    Wider Optima) where that is lower still. Where it is one of several `folds`, it keeps what it said
    after each epoch instead: the best epoch is that of all folds together.
    """

    def __init__(
        self, plan: Architecture, schedule: Schedule, until: int, feeds: Sequence[Feed], outputs: Sequence[Column],
        training: Tensors, validation: Tensors | None, seed: int, folds: bool = False,
    ) -> None:  # fmt: skip
        torch.manual_seed(seed)
        self.schedule, self.until, self.outputs = schedule, until, outputs
        ways = schedule.dials.vary or ("",) * len(feeds)
        self.ways = [(feed, how) for feed, how in zip(feeds, ways, strict=True) if feed.name in plan.reads]
        self.training = training.only(plan.reads)
        self.validation = validation.only(plan.reads) if validation is not None else None
        told = [training.truths()[column.name] for column in outputs if column.kind.told]
        self.lengths = torch.stack([(truth != 0).sum(1) for truth in told]).sum(0).cpu() if told else None
        """Pieces of the answers of each example."""
        self.network = plan.build().to(training.device)
        for module in self.network.modules():
            if isinstance(module, Dropout):
                module.rate = schedule.dials.dropout
        self.linear = plan.linear
        self.pieces = Pieces(min(len(training), ALL_AT_ONCE) if plan.linear else schedule.batch)
        """How much of a batch there is memory for at once."""
        self.looks = Pieces(AT_ONCE)
        self.optimizer = AdamW(self.network.parameters(), schedule.dials.decay)
        self.generator = torch.Generator().manual_seed(seed)
        self.epoch, self.best_epoch = 0, 0
        self.history: list[tuple[float, float]] = []
        self.best: dict[str, torch.Tensor] = {}
        self.lowest = float("inf")
        self.total: dict[str, torch.Tensor] = {}
        self.averaged = False
        self.folds = folds and not self.linear
        self.said: list[dict[str, torch.Tensor]] = []
        self.lost = False
        """Whether the loss became infinite: from there no step leads back."""
        self.lowest_point = False
        """Whether a linear network arrived there."""
        torch.manual_seed(seed)

    # ---- epochs ----------------------------------------------------------------------------

    def one_epoch(self) -> tuple[float, float, bool]:
        """Looks at all training examples once; (training loss, validation loss, whether it is the lowest)."""
        training = self.all_at_once() if self.linear else self.in_batches()
        self.epoch += 1
        if not self.linear and not self.folds and self.epoch > AVERAGED * self.schedule.epochs:
            self.add_up()
        found = training if self.validation is None else self.judged()
        best = found < self.lowest or not self.best
        if best or self.validation is None:
            self.best, self.best_epoch, self.lowest = self.weights(), self.epoch, found
        self.lost |= not found < float("inf")
        self.history.append((training, found))
        return training, found, best

    def in_batches(self) -> float:
        """The mean loss of the batches, each with its step of gradient descent."""
        steps = max(1, len(self.training) // self.schedule.batch)
        total = []
        for number, batch in enumerate(self.training.shuffled(self.schedule.batch, self.generator, self.lengths)):
            share = min(1.0, (self.epoch + number / steps) / self.schedule.epochs)
            self.optimizer.rate = self.schedule.at(share)
            varied = self.varied(batch)
            total.append(step(self.network, self.optimizer, *varied, self.outputs, self.pieces))
        return float(torch.stack(total).mean())

    def all_at_once(self) -> float:
        """The loss after some steps of L-BFGS with all examples at once."""
        slope = Slope(self.network, self.training, self.outputs, self.schedule.dials.decay, self.pieces)
        loss, self.lowest_point = descended(slope, INNER)
        return loss

    def varied(self, batch: Tensors) -> tuple[Named, Named]:
        """(the features of a batch, each varied as the dials say; its targets, which follow where places went)."""
        features, targets = {}, dict(batch.targets)
        for feed, how in self.ways:
            features[feed.name], where = feed.kind.varied(batch.features[feed.name], how)
            for column in self.outputs if where is not None else ():
                targets[column.name] = column.kind.moved(targets[column.name], where)
        return features, targets

    def judged(self) -> float:
        """The mean loss on the validation examples."""
        assert self.validation is not None
        said = guesses(self.network, self.validation, self.looks)
        if self.folds:
            self.said.append({name: guess.cpu() for name, guess in said.items()})
        return mean_loss(said, self.validation.truths(), self.outputs)

    # ---- weights ---------------------------------------------------------------------------

    def weights(self) -> dict[str, torch.Tensor]:
        """The weights as they are now, on the CPU."""
        return {name: weight.detach().cpu().clone() for name, weight in self.network.state_dict().items()}

    def add_up(self) -> None:
        """Adds the weights to the sum of those of the epochs before."""
        for name, weight in self.network.state_dict().items():
            if weight.is_floating_point():
                self.total[name] = self.total[name] + weight if name in self.total else weight.clone()

    def average(self) -> dict[str, torch.Tensor]:
        """The average of the weights that were added up."""
        count = self.epoch - int(AVERAGED * self.schedule.epochs)
        found = {name: (total / count).cpu() for name, total in self.total.items()}
        return {**self.weights(), **found}

    def settle(self, averaged: bool | None = None) -> None:
        """Takes the average of the last weights where it is lower; or as `averaged` says."""
        if not self.total or self.epoch < self.schedule.epochs:
            return
        average = self.average()
        if averaged is None and self.validation is not None:
            self.network.load_state_dict(average)
            averaged = self.judged() < self.lowest
        if averaged:
            self.best, self.averaged = average, True

    # ---- the end ---------------------------------------------------------------------------

    def ended(self) -> bool:
        """Whether more epochs would bring nothing."""
        return self.lost or self.epoch >= self.until or (self.arrived() if self.linear else self.settled())

    def arrived(self) -> bool:
        """Whether a linear network is at its lowest point, or gained next to nothing in the last epoch."""
        if self.lowest_point or len(self.history) < 2:
            return self.lowest_point
        before, now = self.history[-2][0], self.history[-1][0]
        return abs(before - now) < STILL * max(abs(now), 1e-9)

    def settled(self) -> bool:
        """Whether a quarter of the epochs brought no gain worth a thousandth of the first validation loss; or some
        few epochs, in which it rose far above its lowest: then examples are learned by heart."""
        if not self.history or self.validation is None:
            return False
        found = [validation for _, validation in self.history]
        worth, low, last = found[0] / 1000, found[0], 0
        for epoch, loss in enumerate(found):
            if loss < low - worth:
                low, last = loss, epoch
        by_heart = len(found) - last > BY_HEART and min(found[-BY_HEART:]) > low + RISEN * found[0]
        return by_heart or len(found) - last > max(16, self.schedule.epochs // 4)

    # ---- checkpoints -----------------------------------------------------------------------

    KEPT = ("epoch", "best_epoch", "history", "best", "lowest", "total", "said", "lost", "lowest_point")

    def state(self) -> dict[str, Any]:
        """All that is needed to go on from here."""
        return {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "generator": self.generator.get_state(),
            "random": torch.random.get_rng_state(),
            "cuda": torch.cuda.get_rng_state(self.training.device) if self.training.device.type == "cuda" else None,
            "pieces": self.pieces.most,
            **{name: getattr(self, name) for name in self.KEPT},
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Goes back to where `state` was taken."""
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.generator.set_state(state["generator"])
        torch.random.set_rng_state(state["random"])
        if state["cuda"] is not None:
            torch.cuda.set_rng_state(state["cuda"], self.training.device)
        self.pieces.most = state["pieces"]
        for name in self.KEPT:
            setattr(self, name, state[name])
        self.history = [(training, validation) for training, validation in self.history]
        self.total = {name: total.to(self.training.device) for name, total in self.total.items()}


def clock(device: torch.device) -> float:
    """Seconds on a clock, after all that the device was asked to do is done."""
    if device.type == "cuda":
        torch.cuda.synchronize()  # a launch is not yet a step
    return time.perf_counter()
