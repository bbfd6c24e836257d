"""How little has to be changed, on purpose, to turn an answer? Attacks that know the network (FGSM, PGD).

The fast gradient sign method takes one step (Goodfellow et al., 2015), projected gradient descent many (Madry et al.,
2018); captum takes them. Beside them stands chance: what as large a change does that knows nothing.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from wisen.errors import NotInstalled
from wisen.evidence import interval
from wisen.explain.network import Rebuilt, rebuilt
from wisen.kinds.corruption import Reach
from wisen.report.chart import Axis, Chart
from wisen.report.pieces import drawing, outputs, percent, share
from wisen.report.subject import Show, Subject, Target

if TYPE_CHECKING:
    import torch

SIZES = (0.005, 0.01, 0.02, 0.05, 0.1)
"""How large changes are, as shares of the range of a value."""
STEPS, EXAMPLES = 10, 200
CHANCE, FGSM, PGD = "by chance", "one step (FGSM)", f"{STEPS} steps (PGD)"
COLOURS = {CHANCE: 2, FGSM: 1, PGD: 0}


def found(subject: Subject) -> dict[str, Any] | None:
    """The share of right answers after every attack of every size; None where nothing that goes in can change a little.

    Raises WisenError where the program's network is not at hand.
    """
    targets = [target for target in subject.targets if target.kind.labels() and target.kind.groups(target.truths)]
    reaches = reaches_of(subject)
    if not targets or not reaches:
        return None
    network = rebuilt(subject.function, subject.program, subject.path)
    read = {name: reach for name, reach in reached(network).items() if reach is not None}
    if not read:
        return None
    every = {target.name: one(subject, target, network, read) for target in targets}
    return {"headline": next(iter(every.values()))["headline"], "outputs": every}


def reaches_of(subject: Subject) -> list[Reach]:
    """How the inputs change a little, of those that can."""
    every = [feed.kind.outside().reach() for feed in subject.program.feeds]
    return [reach for reach in every if reach is not None]


def reached(network: Rebuilt) -> dict[str, Reach | None]:
    """How what the network reads of each feed changes a little."""
    every = {name: network.feeds[name].kind.views()[network.view(name)] for name in network.graphs}
    return {name: kind.outside().reach() for name, kind in every.items()}


@dataclass(frozen=True)
class Attacked:
    """What is attacked: the network's answer as a function of what may change, from 0 to 1 of its range."""

    names: tuple[str, ...]
    reaches: tuple[Reach, ...]
    forward: Callable[..., torch.Tensor]
    clean: tuple[torch.Tensor, ...]
    truths: torch.Tensor


def attacked(subject: Subject, target: Target, network: Rebuilt, reaches: Mapping[str, Reach]) -> list[Attacked]:
    """Some held-out examples, ready for attacks; those of one shape together, since texts differ in theirs."""
    labels = target.kind.labels()
    named = target.kind.groups(target.truths)
    known = np.flatnonzero([label in labels for label in named])
    places = np.sort(np.random.default_rng(0).permutation(known)[:EXAMPLES])
    groups: dict[Any, list[tuple[Mapping[str, torch.Tensor], int]]] = {}
    for place, values in zip(places, zip(*subject.columns(places), strict=True), strict=True):
        features = network.features(values)
        shape = tuple(tuple(each.shape) for each in features.values())
        groups.setdefault(shape, []).append((features, labels.index(named[place])))
    return [grouped(target.name, group, network, reaches) for group in groups.values()]


def grouped(
    name: str, group: Sequence[tuple[Mapping[str, torch.Tensor], int]], network: Rebuilt, reaches: Mapping[str, Reach]
) -> Attacked:
    """Examples of one shape, each what the network reads of it and the place of its true label."""
    import torch

    whole = {each: torch.cat([features[each] for features, _ in group]) for each in network.graphs}
    scales = {each: (torch.from_numpy(reach.range), torch.from_numpy(reach.floor)) for each, reach in reaches.items()}

    def forward(*changed: torch.Tensor) -> torch.Tensor:
        inside = {}
        for each, moved in zip(reaches, changed, strict=True):
            span, floor = scales[each]
            moves = (span > 0).expand_as(moved)
            inside[each] = torch.where(moves, moved * span + floor, whole[each])
        said: torch.Tensor = network.network({**whole, **inside})[name]
        return said

    clean = []
    for each, (span, floor) in scales.items():
        clean.append((whole[each] - floor) / torch.where(span > 0, span, torch.ones_like(span)))
    truths = torch.tensor([truth for _, truth in group])
    return Attacked(tuple(reaches), tuple(reaches.values()), forward, tuple(clean), truths)


def one(subject: Subject, target: Target, network: Rebuilt, reaches: Mapping[str, Reach]) -> dict[str, Any]:
    """The curves of one output."""
    every = attacked(subject, target, network, reaches)
    clean = right([(what, what.clean) for what in every])
    curves: dict[str, list[dict[str, Any]]] = {name: [] for name in ATTACKS}
    for size in SIZES:
        for name, attack in ATTACKS.items():
            curves[name].append({"size": size, **right([(what, attack(what, size)) for what in every])})
    half = next((each["size"] for each in curves[PGD] if each["right"] < 0.5 * clean["right"]), None)
    last = curves[PGD][-1]
    told = f"Changes of {percent(last['size'])} of the range, made by who knows the network, leave "
    told += f"{share(last['right'])} right of {share(clean['right'])}; as large ones by chance "
    told += f"{share(curves[CHANCE][-1]['right'])}."
    count = sum(len(what.truths) for what in every)
    return {"headline": told, "examples": count, "clean": clean, "curves": curves, "half_lost_at": half}


def right(every: Sequence[tuple[Attacked, tuple[torch.Tensor, ...]]]) -> dict[str, Any]:
    """The share of right answers to changed examples, with its interval."""
    import torch

    found = []
    with torch.no_grad():
        for what, changed in every:
            found.append((what.forward(*changed).argmax(dim=1) == what.truths).numpy())
    good = np.concatenate(found).astype(np.float64)
    low, high = interval(good, share=True)
    return {"right": float(good.mean()), "interval": [low, high]}


def by_chance(what: Attacked, size: float) -> tuple[torch.Tensor, ...]:
    """Each number as far up or down as an attack may move it, by chance."""
    import torch

    random = torch.Generator().manual_seed(0)
    moved = []
    for each, reach in zip(what.clean, what.reaches, strict=True):
        signs = torch.randint(0, 2, each.shape, generator=random) * 2 - 1
        moved.append((each + size * signs).clamp(reach.low, reach.high))
    return tuple(moved)


def stepped(what: Attacked, size: float, steps: int) -> tuple[torch.Tensor, ...]:
    """What one step (FGSM) or several (PGD) along the gradient make of the examples. Raises NotInstalled."""
    import torch

    try:
        from captum import robust
    except ImportError:
        told = "attacks are made by captum, which is not installed"
        raise NotInstalled(told, "pip install 'wisen[explain]'") from None
    loss = torch.nn.CrossEntropyLoss(reduction="none")
    method = robust.FGSM(what.forward, loss)
    method.zero_thresh = 0.0  # where the network is very sure, gradients are tiny
    moved, step = what.clean, size if steps == 1 else 2.5 * size / steps
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Input Tensor", UserWarning)  # captum takes gradients of copies of its own
        for _ in range(steps):
            every = zip(method.perturb(moved, step, what.truths), what.clean, what.reaches, strict=True)
            # Not captum's own PGD, which knows only one lowest and highest value for pictures and numbers together.
            moved = tuple(
                (clean + (each.detach() - clean).clamp(-size, size)).clamp(reach.low, reach.high)
                for each, clean, reach in every
            )
    return moved


ATTACKS: dict[str, Callable[[Attacked, float], tuple[torch.Tensor, ...]]] = {
    CHANCE: by_chance,
    FGSM: lambda what, size: stepped(what, size, 1),
    PGD: lambda what, size: stepped(what, size, STEPS),
}

# ---- drawn -------------------------------------------------------------------------------------


def drawn(figures: Mapping[str, Any], show: Show) -> str:
    """The share of right answers over the size of changes, for every attack."""
    return outputs(figures, lambda name, each: curves_of(each))


def curves_of(figures: Mapping[str, Any]) -> str:
    """The chart of one output."""
    x = Axis("largest change of each number, as a share of its range", 0.0, max(SIZES), share=True)
    canvas = Chart("attacks", x, Axis("right answers", 0.0, 1.0, share=True), 640, 300)
    for name, curve in figures["curves"].items():
        points = [{"size": 0.0, **figures["clean"]}, *curve]
        sizes = [each["size"] for each in points]
        lows, highs = ([each["interval"][end] for each in points] for end in (0, 1))
        line = [(each["size"], each["right"]) for each in points]
        canvas.band(sizes, lows, highs, COLOURS[name]).line(line, COLOURS[name]).dots(line, COLOURS[name])
    half = figures["half_lost_at"]
    lost = "never lost" if half is None else f"lost at {share(half)} of the range"
    caption = (
        f"{figures['examples']:,} held-out examples, changed in what the network reads of them; bands: Wilson's 95 % "
        f"interval. Under PGD half of the right answers are {lost}. The range of a number is four standard deviations."
    )
    return drawing(canvas, caption, COLOURS)
