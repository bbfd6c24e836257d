"""wisen with its pretrained encoder of texts."""

from __future__ import annotations

from bench.peers.part import Answers, Split, run
from bench.peers.wisen import fit


def pretrained(split: Split, seed: int, budget: float) -> Answers:
    """What answers after the training."""
    return fit(split, seed, budget, pretrained=True)


if __name__ == "__main__":
    run(pretrained, "wisen", "torch")
