"""Trust: each explanation is put to tests that it can fail.

order       parts in the order in which it ranks them: hidden one after the other they take the answer away sooner, and
            shown one after the other they bring it back sooner, than in orders by chance (Petsiuk et al., 2018, RISE;
            how many of them may do as well: Phipson and Smyth, 2010)
sum         where amounts have to add up to how far the answer is from that to nothing, they do
weights     a network that knows nothing is explained otherwise (Adebayo et al., 2018, Sanity Checks)
parts       what counts lies in parts that a person can see
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from wisen.errors import WisenError
from wisen.explain.case import Case
from wisen.explain.explanation import Check, Share, Verdict
from wisen.explain.method import Found, Method

STOPS = 12
"""How often the program is asked on the way from all to nothing, at most: after 1, 2, 3, 5, 8... parts, since it is
the first that an explanation is read for."""
LEVEL = 0.05
"""How many explanations that are worth nothing pass for a good one, at most."""
CHANCES = 19
"""Orders by chance, all of which an explanation has to beat at that level."""
LONGEST = 2.0
"""Seconds for more of them, where the explanation is the best of several."""
APART = 0.05
"""The share of how far an answer is from nothing that amounts may miss."""
ALIKE = 0.7
"""The correlation of ranks from which on two explanations are the same."""
FEWEST = 4
"""Parts below which ranks say nothing."""
NETWORKS = 2
"""Networks that know nothing."""


class Trial:
    """The orders by chance of a case, against which every method is held."""

    def __init__(self, case: Case) -> None:
        self.case = case
        begin = time.perf_counter()
        every = [self.way(order) for order in orders(case.count, case.seed)]
        self.seconds = (time.perf_counter() - begin) / len(every)
        self.chance = np.array([gap(*way) for way in every])
        self.room = float(np.ptp([*(said for way in every for side in way for said in side), case.amount]))

    def way(self, order: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        """How much there is of the aim while parts are hidden in an order, and while they are shown in it."""
        gone, shown = masks(order)
        said = self.case.amounts(np.concatenate([gone, shown]))
        return said[: len(gone)], said[len(gone) :]

    def check(self, shares: Sequence[Share], tried: int = 1) -> tuple[Check, float]:
        """(whether the parts stand in a better order than by chance, how much better); it is the best of so many that
        were `tried`, so chance would have had so many tries, too."""
        self.extend(tried)
        amounts = np.concatenate([share.amounts.ravel() for share in shares])
        found = gap(*self.way(np.argsort(-amounts, kind="stable").tolist()))
        mean, room = float(self.chance.mean()), self.room
        score = (found - mean) / room if room > 0 else 0.0
        ranks = self.case.count == 1 or np.ptp(amounts) > 1e-9 * np.abs(amounts).max()
        better = int((self.chance > found + 1e-6 * room).sum())
        passed = room > 0 and better <= max(0.0, self.luck(tried) * (len(self.chance) + 1) - 1) and ranks
        told = "a better" if passed else "no better"
        said = f"order: hides and shows what counts in {told} order than {len(self.chance)} by chance ({score:+.2f})"
        return Check("order", bool(passed), score, said), score

    def luck(self, tried: int) -> float:
        """The share of orders by chance that may be better than the best of so many that were tried: LEVEL of one try
        each, but no less than chance has of pointing at the one part that counts, which nothing can be better than."""
        return max(LEVEL / tried, min(LEVEL, 1 / self.case.count))

    def extend(self, tried: int) -> None:
        """Draws as many more orders by chance as the best of so many that were tried is to be held against, or as
        there is time for; none where all orders are known."""
        count = len(self.chance)
        if count < CHANCES:
            return
        most = min(CHANCES * tried, int(LONGEST / max(self.seconds, 1e-9)))
        numbers = np.random.default_rng([self.case.seed, 1])
        more = [gap(*self.way(numbers.permutation(self.case.count).tolist())) for _ in range(count, most)]
        self.chance = np.array([*self.chance, *more])


def gap(gone: np.ndarray, shown: np.ndarray) -> float:
    """How much more of the aim there is on the way where parts are shown than where they are hidden."""
    return float(shown.mean() - gone.mean())


def orders(count: int, seed: int) -> Iterator[list[int]]:
    """Orders of parts by chance; all there are, where they are few."""
    if math.factorial(min(count, FEWEST)) <= CHANCES and count < FEWEST:
        yield from map(list, itertools.permutations(range(count)))
        return
    chance = np.random.default_rng(seed)
    for _ in range(CHANCES):
        yield chance.permutation(count).tolist()


def masks(order: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """(what is hidden where parts are hidden one after the other, the same where they are shown so), each at some
    STOPS on the way."""
    count = len(order)
    stops = np.array([0, *np.unique(np.geomspace(1, count, min(count, STOPS)).round().astype(int))])
    rank = np.empty(count, int)
    rank[list(order)] = np.arange(count)
    gone = rank[None] < stops[:, None]
    return gone, ~gone


def verdict(case: Case, method: Method, found: Found, trial: Trial, tried: int = 1) -> Verdict:
    """What all tests say of an explanation, the best of so many that were `tried`; nothing where there is but one
    part, of which nothing can be wrong."""
    if case.count < 2:
        return Verdict()
    order, score = trial.check(found.shares, tried)
    checks = [order, *summed(found, trial.room), *visible(found), *weighed(case, method, found)]
    return Verdict(tuple(checks), score)


def summed(found: Found, moves: float) -> list[Check]:
    """Whether amounts add up, where they have to; less than a thousandth of how far the aim `moves` is rounding."""
    if math.isnan(found.wanted):
        return []
    room = max(abs(found.wanted), abs(found.total), 1e-9)
    apart = abs(found.total - found.wanted) / room
    said = f"sum: the parts add up to {found.total:.4g}, wanted {found.wanted:.4g}"
    return [Check("sum", apart <= APART or abs(found.total - found.wanted) < 1e-3 * moves, apart, said)]


def visible(found: Found) -> list[Check]:
    """Whether what counts lies in parts that a person can see, where some does not."""
    if not found.lost:
        return []
    every = abs(found.lost) + sum(float(np.abs(share.amounts).sum()) for share in found.shares)
    share = abs(found.lost) / every if every else 0.0
    said = f"parts: {share:.0%} of what counts is in no part of the input that can be pointed at"
    return [Check("parts", share <= 0.5, share, said)]


def weighed(case: Case, method: Method, found: Found) -> list[Check]:
    """Whether networks that know nothing are explained otherwise, where there is a network."""
    if case.rebuilt is None or case.count < FEWEST:
        return []
    from wisen.explain.network import forgetful

    mine = flat(found)
    alike = []
    for seed in range(1, NETWORKS + 1):
        other = asked_of(replace(case, rebuilt=forgetful(case.rebuilt, seed)), method)
        try:
            alike.append(correlation(mine, flat(method.found(other))))
        except WisenError:
            continue
    if not alike:
        return []
    value = float(np.mean(alike))
    told = "changes" if value < ALIKE else "hardly changes"
    said = f"weights: {told} where the network knows nothing (correlation of ranks {value:.2f})"
    return [Check("weights", value < ALIKE, value, said)]


def asked_of(case: Case, method: Method) -> Case:
    """The case, of which methods that ask the program ask the network."""
    if method.network:
        return case
    whole = np.zeros((1, case.count), bool)
    other = replace(case, by_network=True)
    return replace(other, amount=float(other.amounts(whole)[0]))


def flat(found: Found) -> np.ndarray:
    """The amounts of all parts."""
    return np.concatenate([share.amounts.ravel() for share in found.shares])


def correlation(one: np.ndarray, other: np.ndarray) -> float:
    """The correlation of the ranks of two explanations; 1 where one says the same of all parts."""
    from scipy.stats import spearmanr

    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return 1.0 if np.ptp(one) == np.ptp(other) else 0.0
    return float(spearmanr(one, other).statistic)
