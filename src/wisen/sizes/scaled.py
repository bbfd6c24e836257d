"""Plans of another size from a plan: wider or narrower, with a layer less, alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from wisen import nn
from wisen.architecture import Architecture, Part, width_of
from wisen.nn.form import Bins, Layer, Vector, Wording


def scaled(plan: Architecture, factor: float) -> Architecture:
    """The plan with all of its widths times a factor; what it reads and says is the same, and so are its layers.

    What stands in a network of the user's own, or one that was trained on other data, stays as it is.
    """
    encoders = tuple(part_of(part, factor) for part in plan.encoders)
    total = sum(width_of(part.reader().gives) for part in encoders) if plan.whole is None else plan.trunk.form
    trunk = part_of(replace(plan.trunk, form=Vector(total) if isinstance(total, int) else total), factor)
    last = trunk.build().gives
    return replace(
        plan,
        width=times(plan.width, factor) if plan.width else 0,
        encoders=encoders,
        trunk=trunk,
        heads=tuple(replace(part, form=last) for part in plan.heads),
        placed=tuple((answer, part_of(part, factor)) for answer, part in plan.placed),
        beside=tuple((scaled(other, factor), share) for other, share in plan.beside),
    )


def alone(plan: Architecture) -> Architecture:
    """The plan of one network, the first of those that answer together."""
    return replace(plan, together=1, beside=())


def single(plan: Architecture) -> bool:
    """Whether one network answers alone."""
    return plan == alone(plan)


def each(plan: Architecture) -> tuple[Architecture, ...]:
    """The plans of those that answer together, each alone."""
    return (alone(plan), *(alone(other) for other, _ in plan.beside))


def shallower(plan: Architecture) -> Architecture | None:
    """The plan without the last hidden layer of its trunk; None where it has but one."""
    sums = [place for place, layer in enumerate(plan.trunk.layers) if nn.BLOCKS[layer.block].sized]
    if len(sums) < 2:
        return None
    trunk = replace(plan.trunk, layers=plan.trunk.layers[: sums[-1]])
    last = trunk.build().gives
    return replace(plan, trunk=trunk, heads=tuple(replace(part, form=last) for part in plan.heads))


def sizeable(plan: Architecture) -> bool:
    """Whether there is any layer whose width can be another one."""
    return scaled(plan, 2.0) != plan


def part_of(part: Part, factor: float) -> Part:
    """A part with its widths times a factor."""
    return replace(part, layers=tuple(layer_of(layer, factor) for layer in part.layers))


def layer_of(layer: Layer, factor: float) -> Layer:
    """A layer with its width times a factor, where it has one that may be any."""
    size: Any = layer.size
    if not nn.BLOCKS[layer.block].sized:
        return layer
    if isinstance(size, Bins | Wording):
        return replace(layer, size=replace(size, width=times(size.width, factor)))
    return replace(layer, size=times(size, factor))


def times(width: int, factor: float) -> int:
    """A width times a factor: an even number, because memories read half of it forwards and half backwards."""
    return max(2, 2 * round(width * factor / 2))
