"""Shapley values: what each part adds, in the mean of all orders in which parts can be put together (Shapley, 1953)."""

from __future__ import annotations

import math

import numpy as np
import torch

from wisen.explain.case import Case
from wisen.explain.method import Found, Method, captum

EXACTLY = 10
"""Parts up to which every set of them is looked at."""
GROUPS = 64
"""The most groups of parts that are shuffled: neighbours of finer ones go together."""
ORDERS = 20
"""Orders that are tried where there are more."""


class Shapley(Method):
    """All sets of parts where there are few of them, else some orders of them by chance. A linear program adds the same
    in every order."""

    network = False

    def found(self, case: Case) -> Found:
        nothing = case.nothing()
        groups, count = grouped(case)
        worth = exactly(case, groups, count) if count <= EXACTLY else by_chance(case, groups, count)
        sizes = np.bincount(groups, minlength=count)
        amounts = worth[groups] / sizes[groups]
        return Found(case.shared(amounts), float(amounts.sum()), case.amount - nothing)


def grouped(case: Case) -> tuple[np.ndarray, int]:
    """(the group that each part belongs to, how many there are)."""
    found, start, each = [], 0, max(1, GROUPS // len(case.parts))
    for parts in case.parts:
        sides = list(parts.shape)
        while math.prod(sides) > each:
            longest = int(np.argmax(sides))
            sides[longest] = -(-sides[longest] // 2)
        places = np.indices(parts.shape)
        numbers = np.zeros(parts.shape, int)
        for axis, (side, length) in enumerate(zip(sides, parts.shape, strict=True)):
            numbers = numbers * side + places[axis] * side // length
        found.append(numbers.ravel() + start)
        start += math.prod(sides)
    return np.concatenate(found), start


def exactly(case: Case, groups: np.ndarray, count: int) -> np.ndarray:
    """The Shapley value of each group, by all sets of them."""
    there = np.array([[place >> bit & 1 for bit in range(count)] for place in range(2**count)], bool)
    worth = case.amounts(~there[:, groups])
    sizes = there.sum(axis=1)
    found = np.zeros(count)
    for group in range(count):
        without = np.flatnonzero(~there[:, group])
        size = sizes[without]
        weight = np.array([1 / (count * math.comb(count - 1, int(each))) for each in size])
        found[group] = (weight * (worth[without | 1 << group] - worth[without])).sum()
    return found


def by_chance(case: Case, groups: np.ndarray, count: int) -> np.ndarray:
    """About the Shapley value of each group, by orders of them (Castro et al., 2009), as captum samples them."""

    def forward(there: torch.Tensor) -> torch.Tensor:
        masks = there.numpy() < 0.5
        return torch.from_numpy(case.amounts(masks[:, groups]))

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(case.seed)
        found = (
            captum()
            .ShapleyValueSampling(forward)
            .attribute(
                torch.ones(1, count), baselines=torch.zeros(1, count), n_samples=ORDERS, perturbations_per_eval=64
            )
        )
    array: np.ndarray = found[0].double().numpy()
    return array
