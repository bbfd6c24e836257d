"""Which plans meet a target: a draft of each is measured here, before anything is learned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wisen.architecture import Architecture
from wisen.drafts import Drafts
from wisen.errors import WisenError
from wisen.program import Program
from wisen.sizes.eightbits import FOR_SIZE, FOR_TIME
from wisen.sizes.rungs import Rung, drafted, in_eight_bits, measured, narrower, seen_smaller, widest
from wisen.sizes.scaled import each, scaled, sizeable
from wisen.sizes.target import SLACK, Target
from wisen.spoken import duration, size

if TYPE_CHECKING:
    from wisen.function import Function


@dataclass(frozen=True)
class Choice:
    """The plans to learn, whether one network has to answer alone, and the seconds of a call of an empty program."""

    plans: tuple[Architecture, ...]
    alone: bool
    empty: float
    eight: Rung | None = None
    """The one of the plans that meets the target in eight bits only."""

    @property
    def others(self) -> tuple[Architecture, ...]:
        """The plans that meet it without."""
        return tuple(plan for plan in self.plans if self.eight is None or plan != self.eight.plan)


def chosen(function: Function[Any, Any], wanted: Target, present: Architecture, drafts: Drafts, old: Program) -> Choice:
    """The plans that meet a target; raises WisenError where there are none, and says which target can be met."""
    factor = wanted.factor()
    if factor is not None:
        if not sizeable(present):
            raise WisenError(*unsizeable(function, present))
        plans = tuple(scaled(one, factor) for one in each(present))
        return Choice(plans, False, measured(plans[:1], drafts, old)[2])
    # What tells how unlike its examples an input is, is left out where there is no room for it: see `within.exported`.
    whole = drafts.inside or not wanted.size
    less = seen_smaller(present, drafts.inputs)
    rungs, now, empty = measured([*narrower(present), *less], drafts, old, whole)
    there = function.path.stat().st_size
    if wanted.met(now, now, there):
        told = f"a call takes {duration(now)} here, its file {size(there)}"
        raise WisenError(
            f"{function.name}() needs no resizing ({wanted}): {told}",
            f"Ask for more: {function.command('resize', '--faster 2x')}",
        )
    if not sizeable(present) and not less:
        what, hint = unsizeable(function, present)
        bound = f"a call takes {duration(now)} here, one of an empty program with the same inputs and answers"
        raise WisenError(f"{what}; {bound} {duration(empty)}", hint)
    most, bytes_ = wanted.limits(now)
    # The report of the head-to-head, which a draft has not, takes room, too.
    more = max(0, there - len(drafted(drafts, present, way=str(old.manifest.get("rounded", "")))))

    def meeting(rungs: Sequence[Rung]) -> list[Rung]:
        return [rung for rung in rungs if rung.seconds <= most / SLACK and rung.bytes + more <= bytes_]

    fine = meeting(rungs)
    way = FOR_SIZE if wanted.size else FOR_TIME
    rounded = in_eight_bits(present, max([rung.weights for rung in fine], default=0), drafts, old, whole, way)
    eight = max(meeting(rounded), key=lambda rung: rung.weights, default=None)
    plans = (*widest(fine), *([eight.plan] if eight else []))
    if not plans:
        raise WisenError(*unmet(function, wanted, [*rungs, *rounded], now, empty, more))
    return Choice(plans, True, empty, eight)


def unsizeable(function: Function[Any, Any], present: Architecture) -> tuple[str, str]:
    """What to say where nothing has a width."""
    what = "linear: weighted sums of its inputs, which have no width" if present.linear else "a network of your own"
    return (
        f"the program of {function.name}() is {what}",
        f"Let a training try others: {function.command('train', '--examples EXAMPLES')}",
    )


def unmet(
    function: Function[Any, Any], wanted: Target, rungs: Sequence[Rung], now: float, empty: float, more: int
) -> tuple[str, str]:
    """What to say where no plan meets the target: what there is, and the nearest target that can be met."""
    if wanted.size:
        least = min(rungs, key=lambda rung: rung.bytes)
        found = f"the smallest of its plans, {least.name}, takes {size(least.bytes + more)}"
        nearest = f"--size {-(-(least.bytes + more) // 1000)}kB"
    else:
        least = min(rungs, key=lambda rung: rung.seconds)
        found = (
            f"a call takes {duration(now)} here, one of the fastest of its plans, {least.name}, "
            f"{duration(least.seconds)}, and one of an empty program with the same inputs and answers {duration(empty)}"
        )
        nearest = f"--time-per-call {1e6 * SLACK * SLACK * least.seconds:.1f}us"
    return (
        f"{function.name}() cannot be resized ({wanted}): {found}",
        f"The nearest that can be met: {function.command('resize', nearest)}",
    )
