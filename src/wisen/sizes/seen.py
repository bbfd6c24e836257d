"""Plans for inputs of other forms: seen smaller, as a picture of fewer pixels, or fitted to other examples."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from wisen import nn
from wisen.architecture import Architecture, Part, width_of
from wisen.nn.form import Form, Grid, Layer, Vector, Wording
from wisen.plans import read_by, to_vector
from wisen.signature import Column, Feed, feeds
from wisen.sizes.scaled import alone, scaled


def smaller(plan: Architecture, inputs: Sequence[Column]) -> list[Architecture]:
    """The plan of one network with all inputs that can be seen smaller, the largest first; none for a network of the
    user's own."""
    one = alone(plan)
    if one.whole is not None or any(layer.block == "own" for part in one.parts() for layer in part.layers):
        return []
    whole = {place: feed for feed in feeds(inputs) for place in feed.places}
    read = {feed.name: feed for feed in read_by([one], inputs)}
    names = {name: feed.kind.smaller() for name, feed in read.items()}
    found = []
    for step in range(max(map(len, names.values()), default=0)):
        views = {
            name: whole[feed.places[0]].view(names[name][min(step, len(names[name]) - 1)]) if names[name] else feed
            for name, feed in read.items()
        }
        found.append(seen(one, views))
    return found


def seen(plan: Architecture, views: Mapping[str, Feed]) -> Architecture:
    """The plan with its feeds in other views, by the names of those that it has."""
    plain = tuple(part_of(part, views) for part in plan.plain)
    total = Vector(sum(width_of(part.build().gives) for part in plain))
    other = replace(
        plan,
        encoders=tuple(part_of(part, views) for part in plan.encoders),
        plain=plain,
        straight=tuple(replace(part, form=total) for part in plan.straight),
        direct=tuple((answer, part_of(part, views)) for answer, part in plan.direct),
        placed=tuple((answer, part_of(part, views)) for answer, part in plan.placed),
    )
    return scaled(other, 1.0)  # which builds trunk and heads for what the encoders give


def fitted_anew(plan: Architecture, inputs: Sequence[Column], outputs: Sequence[Column]) -> Architecture:
    """The plan for columns that were fitted to other examples: with as many words as these have, pictures of their
    size, and answers of as many pieces; all its widths stay. A network of the user's own is left as it is."""
    if plan.whole is not None:
        return plan
    kinds = {column.name: column.kind for column in outputs}
    here = seen(plan, {feed.name: feed for feed in read_by([plan], inputs)})
    return replace(
        here,
        heads=tuple(replace(part, layers=worded(part.layers, kinds[part.name].head())) for part in here.heads),
        placed=tuple(
            (answer, replace(part, layers=worded(part.layers, kinds[answer].head()))) for answer, part in here.placed
        ),
        beside=tuple((fitted_anew(other, inputs, outputs), share) for other, share in plan.beside),
    )


def worded(layers: tuple[Layer, ...], head: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """The layers, of which those that say a text say it in the pieces of this head."""
    sizes = [layer.size for layer in head if isinstance(layer.size, Wording)]
    if not sizes:
        return layers
    return tuple(
        replace(layer, size=replace(sizes[0], width=layer.size.width)) if isinstance(layer.size, Wording) else layer
        for layer in layers
    )


def part_of(part: Part, views: Mapping[str, Feed]) -> Part:
    """A part that reads its feeds in other views; its layers are those that fit."""
    read = [views[name] for name in part.feeds]
    form = read[0].kind.form()
    layers = part.layers if form == part.form else fitting(part.layers, part.form, form)
    names = tuple(feed.name for feed in read)
    return replace(part, name=", ".join(names), form=form, layers=layers, twins=names if part.twins else ())


def fitting(layers: tuple[Layer, ...], before: Form, form: Form) -> tuple[Layer, ...]:
    """The layers for a smaller grid, without as many of the last that halve it as bring it nearest to the size that it
    had in the end: so there are as many places as before, and what reads them stays."""
    if not isinstance(form, Grid) or not isinstance(before, Grid):
        return layers
    ends, forms = layers[-1:] if layers and layers[-1].block in ("flatten", "mean") else (), grids(layers, before)
    inside = layers[: len(layers) - len(ends)]
    halving = [place for place in range(len(forms) - 1) if forms[place + 1].height < forms[place].height]
    tried = [
        tuple(layer for place, layer in enumerate(inside) if place not in halving[len(halving) - count :])
        for count in range(len(halving) + 1)
    ]
    wanted = math.log2(forms[-1].height)
    nearest = min(tried, key=lambda each: abs(math.log2(grids(each, form)[-1].height) - wanted))
    return to_vector(nearest, form) if ends else nearest


def grids(layers: Sequence[Layer], form: Grid) -> list[Grid]:
    """The grid that goes in, and that after each layer, as long as there is one."""
    found = [form]
    for layer in layers:
        gives = nn.build((layer,), found[-1]).gives
        if not isinstance(gives, Grid):
            break
        found.append(gives)
    return found
