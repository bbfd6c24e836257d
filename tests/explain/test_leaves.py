"""Leaves: the numbers at which gradients end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal, NamedTuple

import numpy as np
import pytest
import torch

from tests.explain.made import a_case, chance, learned, rebuilt
from wisen.explain import Case, explained


class Told(NamedTuple):
    short: Literal["one", "two"]
    long: str


def late(x: float, day: dt.date) -> bool: ...


def tell(text: str) -> Told: ...


class Deaf(torch.nn.Module):
    """A network that does not look at all of its feeds, as one of a user's own may not."""

    def __init__(self, network: Any, feed: str) -> None:
        super().__init__()
        self.network, self.feed = network, feed

    def forward(self, features: Mapping[str, torch.Tensor]) -> Any:
        return self.network({**features, self.feed: torch.zeros_like(features[self.feed])})


@pytest.mark.parametrize("method", ["gradients", "inputs", "integrated", "smoothgrad"])
def test_what_a_network_does_not_look_at_counts_nothing(method: str) -> None:
    every = enumerate(chance().normal(size=60).tolist())
    rows = [((x, dt.date(2024, 1, 1) + dt.timedelta(n)), x > 0) for n, x in every]
    whole = rebuilt(*learned(late, rows, lambda plan: plan.width > 0 and plan.together == 1))
    feed = next(feed.name for feed in whole.program.feeds if feed.places == (1,))
    deaf = replace(whole, network=Deaf(whole.network, feed))
    found = explained(a_case(deaf, [0.5, dt.date(2024, 2, 1)]), method, scored=False)
    x, day = (float(share.amounts.sum()) for share in found.shares)
    assert day == 0 != x


def test_what_is_read_for_another_answer_counts_nothing_for_this_one() -> None:
    words: dict[str, Any] = {"1": "one", "2": "two"}
    every = [" ".join(chance(n).choice(list(words), 3)) for n in range(48)]
    rows = [((text,), Told(words[text[0]], " ".join(words[each] for each in text.split()))) for text in every]
    whole = rebuilt(*learned(tell, rows))
    assert len(whole.features(["1 2 1"])) > 1  # the text is read in one way for each answer
    for output in ("short", "long"):
        case = a_case(whole, ["1 2 1"], output=output)
        for method in ("gradients", "inputs", "integrated", "smoothgrad"):
            found = explained(case, method, scored=False)
            assert np.isfinite(found.shares[0].amounts).all() and np.ptp(found.shares[0].amounts) > 0, (output, method)
        alone_and_together(case)


def test_the_network_says_of_many_what_it_says_of_each(seen: Case, row: Case) -> None:
    for case in (seen, row):
        alone_and_together(case)


def alone_and_together(case: Case) -> None:
    """Asserts that a network that is asked of many at once says of each what it says of it alone."""
    asked = replace(case, by_network=True)
    masks = chance().random((20, case.count)) < 0.5
    alone = [float(asked.amounts(mask[None])[0]) for mask in masks]
    np.testing.assert_allclose(asked.amounts(masks), alone, atol=1e-4)
    assert np.ptp(alone) > 1e-3
