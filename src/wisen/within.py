"""Which plans can keep the limits of a program: a draft of each says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from wisen.architecture import Architecture
from wisen.descent import Learned
from wisen.drafts import Drafts
from wisen.errors import BadSignature
from wisen.examples import Parts
from wisen.export import Exported, export
from wisen.limits import SIZE, Held, Limits, held
from wisen.plans import plans
from wisen.program import parse
from wisen.spoken import size as bytes_said

REPORT = 4000
"""About the bytes by which the head-to-head makes a file grow."""
FEW = 256
"""Examples on which a call of a program that has learned nothing is timed."""
QUICK = 0.3
"""Seconds in which it is timed."""
NARROWEST = 8
"""The width below which no narrower network is looked for in place of one that is too large."""


@dataclass(frozen=True)
class Fits:
    """Says of a plan whether its program keeps the limits, by a draft of it."""

    limits: Limits | None
    drafts: Drafts
    left: tuple[tuple[Architecture, str], ...] = ()
    """The plans that are not tried, and why."""

    def __call__(self, plan: Architecture) -> bool:
        """Whether the program of a plan keeps every limit."""
        return kept(self.held(plan))

    def held(self, plan: Architecture) -> tuple[Held, ...]:
        """The limits, beside what is measured of the untrained program of a plan."""
        if self.limits is None:
            return ()
        drafts, most = self.drafts, min(FEW, len(self.drafts.examples))
        data = drafts.of(plan, unlike=drafts.inside)
        rows = drafts.examples.take(list(range(most))).rows()
        return held(self.limits, parse(data, plan.name), rows, len(data) + REPORT, QUICK)


def within(fits: Fits, tried: tuple[Architecture, ...], own: Any = None) -> tuple[tuple[Architecture, ...], Fits]:
    """(the plans that can keep the limits; what says of others whether they do, and which are left out).

    In place of one that is too large or too slow, a narrower one is tried. Raises BadSignature where the file of none
    would be small enough. Where none is fast enough, the fastest one is tried: the head-to-head has the last word.
    """
    if fits.limits is None:
        return tried, fits
    found = [(plan, fits.held(plan)) for plan in tried]
    good = [plan for plan, each in found if kept(each)]
    bad = [(plan, each) for plan, each in found if not kept(each)]
    if bad and own is None:
        good = among(good, narrower(fits, max([plan.width for plan in good], default=0), [plan for plan, _ in bad]))
    if not good:
        good = [fastest(bad)]
    left = [(plan, broken(each)) for plan, each in bad if plan not in good]
    return tuple(good), replace(fits, left=tuple(left))


def exported(learned: Learned, fits: Fits, parts: Parts) -> Exported:
    """The program of what was learned. Where its file would be too large, it does not tell how unlike its examples an
    input is, unless each call asks that."""
    drafts, most = fits.drafts, fits.limits.size if fits.limits else None
    body = export(learned, drafts.name, drafts.doc, parts, inside=drafts.inside)
    if most is None or drafts.inside or learned.unlike is None or len(body.file()) + REPORT <= most:
        return body
    why = f"{learned.why}; for its size it does not tell how unlike its examples an input is"
    return export(replace(learned, unlike=None, why=why), drafts.name, drafts.doc, parts)


def kept(each: Sequence[Held]) -> bool:
    """Whether every limit is kept."""
    return all(one.kept for one in each)


def broken(each: Sequence[Held]) -> str:
    """The limits that an untrained program breaks, in words."""
    return f"built, untrained: {', '.join(one.short for one in each if not one.kept)}"


def narrower(fits: Fits, floor: int, bad: Sequence[Architecture]) -> Architecture | None:
    """The widest single network that keeps the limits and is wider than `floor`, in place of those that do not."""
    names, width = {plan.name for plan in bad}, max(plan.width for plan in bad)
    while width > floor and width >= NARROWEST:
        for plan in plans(fits.drafts.inputs, fits.drafts.outputs, sizes=((width, 1),)):
            if plan.name not in names and fits(plan):
                return plan
        width //= 2
    return None


def among(good: Sequence[Architecture], more: Architecture | None) -> list[Architecture]:
    """The plans with another one where it stands by its width, the smallest first."""
    if more is None:
        return list(good)
    return sorted([*good, more], key=lambda plan: plan.width)


def fastest(bad: Sequence[tuple[Architecture, Sequence[Held]]]) -> Architecture:
    """Of plans that break limits the fastest one whose file is small enough; raises BadSignature without one."""
    sizes = [one for _, each in bad for one in each if one.name == SIZE]
    small = [(plan, each) for plan, each in bad if all(one.kept for one in each if one.name == SIZE)]
    if not small:
        least = min(sizes, key=lambda one: one.found)
        raise BadSignature(
            f"size={least.limit:,.0f} bytes: the smallest network for these examples makes a file of "
            f"{bytes_said(least.found)}",
            f"Allow it more, @wisen.function(size={bytes_said(1.1 * least.found)!r}), or ask with fewer inputs.",
        )
    return min(small, key=lambda pair: pair[1][0].found)[0]
