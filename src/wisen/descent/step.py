"""One step of gradient descent: the forward pass, and the backward pass beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from wisen.descent.adamw import AdamW
from wisen.descent.batches import Tensors
from wisen.descent.pieces import Pieces, cut
from wisen.signature import Column

Named = Mapping[str, torch.Tensor]
AT_ONCE = 1024
"""Examples that are looked at together where nothing is learned from them."""


def losses(network: torch.nn.Module, features: Named, targets: Named, outputs: Sequence[Column]) -> torch.Tensor:
    """How wrong the network is on each example, [batch], all answers added up."""
    guesses = said(network, features, targets)
    each = [wrong(column, guesses[column.name], targets[column.name]) for column in outputs]
    return each[0] if len(each) == 1 else torch.stack(each).sum(dim=0)


def said(network: torch.nn.Module, features: Named, truths: Named) -> dict[str, torch.Tensor]:
    """What a network says while it is learned and judged: told the truth, where it says answers piece by piece."""
    told = getattr(network, "told", None)
    found: dict[str, torch.Tensor] = network(features) if told is None else told(features, truths)
    return found


def wrong(column: Column, guess: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """How wrong each guess is, [batch]: where a team guesses, each member by itself, on average."""
    if guess.ndim < 3 or column.kind.by_place:
        return column.kind.loss(guess, target)  # type: ignore[no-any-return]
    batch, members = guess.shape[:2]
    each = column.kind.loss(guess.flatten(0, 1), target.repeat_interleave(members, dim=0))
    return each.view(batch, members).mean(dim=1)  # type: ignore[no-any-return]


def step(
    network: torch.nn.Module,
    optimizer: AdamW,
    features: Named,
    targets: Named,
    outputs: Sequence[Column],
    pieces: Pieces,
) -> torch.Tensor:
    """The loss of one batch, after the weights have moved a little against it.

    Where there is no memory for the whole batch, the gradients of its pieces add up to that of the batch.
    """
    count = len(next(iter(targets.values())))

    def slope(pieces: Pieces) -> torch.Tensor:
        optimizer.zero_grad()
        total = []
        for piece in pieces.of(count):
            here, there = cut(features, piece, count), cut(targets, piece, count)
            loss = losses(network, here, there, outputs).sum() / count  # forward: guess, and see how wrong it is
            loss.backward()  # type: ignore[no-untyped-call]  # backward: which way each weight made it so (torch's gap)
            total.append(loss.detach())
        return total[0] if len(total) == 1 else torch.stack(total).sum()

    loss = pieces.fit(slope)
    optimizer.step()  # and a small step the other way
    return loss


@torch.no_grad()
def guesses(
    network: torch.nn.Module, examples: Tensors, pieces: Pieces | None = None, told: bool = True
) -> dict[str, torch.Tensor]:
    """What the network says of many examples, where the training is; `told` the truth, where that is how it is
    judged, or as a call will do it."""
    network.eval()

    def look(pieces: Pieces) -> list[dict[str, torch.Tensor]]:
        some = (examples.take(piece) for piece in pieces.of(len(examples)))
        return [said(network, each.features, each.targets) if told else network(each.features) for each in some]

    parts = (pieces or Pieces(AT_ONCE)).fit(look)
    network.train()
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}


def mean_loss(said: Named, targets: Named, outputs: Sequence[Column]) -> float:
    """How wrong guesses are on average, all answers added up."""
    return float(sum(wrong(column, said[column.name], targets[column.name]).mean() for column in outputs))
