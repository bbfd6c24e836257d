"""What networks make of examples on their way to an answer: of some that they learned from, and of some that not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from wisen.architecture import Architecture
from wisen.descent.batches import Tensors
from wisen.descent.pieces import Pieces
from wisen.nn.committee import Committee
from wisen.nn.network import Network
from wisen.nn.whole import Whole
from wisen.sure.unlike import Unlike
from wisen.sure.vectors import pooled

KNOWN = 1000
"""Examples that are looked at of each sort."""
AT_ONCE = 128
"""Of them so many at once: the levels of a large picture take room."""
FEWEST = 8
"""Examples of each sort without which nothing is said."""


@torch.no_grad()
def unlike_of(
    network: Network | Whole | Committee,
    plan: Architecture,
    alone: dict[str, torch.Tensor],
    learned: Tensors,
    new: Tensors,
) -> Unlike | None:
    """How unlike its examples the finished network finds others; None where there are too few of them to say.

    How far away new examples lie is told by a network of the same plan that did not learn from them, with the weights
    `alone`: the finished one may have learned from all. Distances are in standard deviations, so that those of one
    mean the same to the other.
    """
    learned, new = few(learned), few(new)
    if min(len(learned), len(new)) < FEWEST:
        return None
    first = network
    if not isinstance(network, Committee):
        first = replace(plan, together=1, beside=()).build()
        first.load_state_dict(alone)
        first.eval()
    known = Unlike.fit(vectors(first, learned))
    found = known.distances(vectors(first, new))
    if not np.isfinite(found).all():
        return None
    own = known if first is network else Unlike.fit(vectors(network, learned))
    return own.set_by(found)


def few(examples: Tensors) -> Tensors:
    """The first ones: examples stand in the order of their hashes."""
    return examples.some(torch.arange(min(KNOWN, len(examples)))).on("cpu")


def vectors(network: Network | Whole | Committee, examples: Tensors) -> np.ndarray:
    """What a network makes of examples: the vectors of its levels side by side."""

    def look(pieces: Pieces) -> list[np.ndarray]:
        seen = (network.seen(examples.take(piece).features) for piece in pieces.of(len(examples)))
        return [np.hstack([pooled(level.numpy(), form) for form, level in levels]) for levels in seen]

    return np.vstack(Pieces(AT_ONCE).fit(look))
