"""Watch: what some examples are explained by while a network learns, epoch after epoch, as a film strip."""

from __future__ import annotations

import copy
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from wisen import state
from wisen.errors import WisenError
from wisen.explain.case import Case
from wisen.explain.network import Rebuilt
from wisen.explain.times_inputs import TimesInputs
from wisen.names import fitting
from wisen.signature import Column, Feed, feeds

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

    from wisen.descent import Chosen, Epoch, Event, Planned, Started

EXAMPLES = 4
"""Examples that are watched, each with another answer where answers can be counted."""
FRAMES = 10
"""Frames of a strip: of more epochs every second one is left out, and so on."""
SIDE = 140
"""Pixels of a frame."""


@dataclass(frozen=True)
class Unfinished:
    """What stands for a program while its network is learned."""

    inputs: tuple[Column, ...]
    outputs: tuple[Column, ...]
    feeds: tuple[Feed, ...]


@dataclass
class Watch:
    """Listens to a training and passes on what it hears; what it draws goes into a folder, a strip for each network."""

    listen: Callable[[Event], None]
    folder: Path
    cases: list[Case] = field(default_factory=list)
    graphs: dict[str, bytes] = field(default_factory=dict)
    frames: list[tuple[int, list[Picture]]] = field(default_factory=list)
    every: int = 1
    runs: int = 0
    strips: dict[str, Path] = field(default_factory=dict)
    """The strip of each architecture, by its name."""

    def __call__(self, event: Event) -> None:
        """Hears an event."""
        self.listen(event)
        heard: dict[str, Callable[[Any], None]] = {
            "Planned": self.planned,
            "Started": self.started,
            "Epoch": self.epoch,
            "Chosen": self.chosen,
        }
        if type(event).__name__ in heard:
            heard[type(event).__name__](event)

    def planned(self, event: Planned) -> None:
        """Chooses the examples, of those that are learned from."""
        from wisen.descent.batches import argument

        program: Any = Unfinished(event.inputs, event.outputs, feeds(event.inputs))
        for feed in program.feeds:
            raw = {tensor.name: argument(tensor) for tensor in feed.raw}
            for view in (feed.view(name) for name in feed.kind.views()):
                if any(view.name in plan.reads for plan in event.plans):
                    self.graphs[view.name] = graph_of(raw, view)
        column, parts = event.outputs[0], event.parts
        truths = list(parts.learning.outputs[column.name][:])
        for place in chosen(column.kind.groups(truths) if column.kind.labels() else [], len(truths)):
            values = tuple(parts.learning.take([place]).rows()[0])
            seen = tuple(c.kind.sight().manageable(value) for c, value in zip(event.inputs, values, strict=True))
            try:
                aim = column.kind.aim_at(truths[place])
            except WisenError:  # an example without a box, or with an empty text
                continue
            self.cases.append(Case("", program, seen, column, truths[place], aim, 0.0))

    def started(self, event: Started) -> None:
        """Begins another strip."""
        self.frames, self.every, self.runs = [], 1, self.runs + 1

    def epoch(self, event: Epoch) -> None:
        """Draws a frame, and the strip anew."""
        if event.number % self.every or event.network is None:
            return
        network = copy.deepcopy(event.network).cpu().eval()  # the one that learns is left alone
        try:
            with torch.random.fork_rng(devices=[]):
                self.frames.append((event.number, [self.frame(event, network, case) for case in self.cases]))
        except WisenError:  # through this network no gradient can be followed
            return
        if len(self.frames) > FRAMES:
            self.frames, self.every = self.frames[1::2], 2 * self.every
        self.write(event)

    def frame(self, event: Epoch, network: Any, case: Case) -> Picture:
        """What an example is explained by now."""
        from wisen.explain.explanation import Explanation
        from wisen.explain.picture import drawings
        from wisen.kinds.sights import paint

        plan: Any = event.architecture
        graphs = {name: graph for name, graph in self.graphs.items() if name in plan.reads}
        here = replace(case, rebuilt=Rebuilt(case.program, plan, network, graphs))
        found = TimesInputs().found(here)
        told = Explanation("", "", "", None, "", 0.0, "", found.shares)
        drawn = paint.below(drawings(told, small=True))
        share = SIDE / max(drawn.height, min(drawn.width, 3 * drawn.height))
        return drawn.resize((max(1, round(drawn.width * share)), max(1, round(drawn.height * share))))

    def write(self, event: Epoch) -> None:
        """Writes the strip of the network that is learned."""
        from wisen.explain.picture import strip

        titles = [(f"epoch {number}", pictures) for number, pictures in self.frames]
        path = self.folder / fitting(f"{self.runs:02} {event.architecture.name}", ".png")
        file = io.BytesIO()
        strip(titles).save(file, "PNG")
        state.write(path, file.getvalue())
        self.strips[event.architecture.name] = path

    def chosen(self, event: Chosen) -> None:
        """Copies the strip of the network that was chosen."""
        found = self.strips.get(event.plan.name) or next(
            (path for name, path in self.strips.items() if event.plan.name.startswith(name)), None
        )
        if found is not None:
            state.write(self.folder / "chosen.png", found.read_bytes())


def graph_of(raw: dict[str, Any], view: Feed) -> bytes:
    """The graph of a feed as a whole ONNX file."""
    import spox

    data: bytes = spox.build(raw, {"features": view.kind.graph(*raw.values())}).SerializeToString()
    return data


def chosen(groups: Sequence[str], count: int) -> list[int]:
    """The places of examples: the first of each group, then others."""
    first = list(dict.fromkeys(groups)) if groups else []
    found = [groups.index(group) for group in first[:EXAMPLES]]
    found += [place for place in range(count) if place not in found][: EXAMPLES - len(found)]
    return found[:EXAMPLES]
