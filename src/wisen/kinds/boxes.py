"""boxes: `list[Box[Literal[...]]]`, things in a picture and where they stand; as output, detection."""

from __future__ import annotations

import html
import json
import math
import typing
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from wisen.errors import BadSignature, BadValue, listed, nearest
from wisen.kinds.box import RIGHT, Box, edges, hits, overlaps
from wisen.kinds.entries import readout_boxes
from wisen.kinds.files import SURELY
from wisen.kinds.kind import Brought, Metric, shortened
from wisen.kinds.output import Output

if TYPE_CHECKING:
    import torch
    from spox import Var

    from wisen.kinds.aims.aim import Aim
    from wisen.kinds.aims.things import Thing
    from wisen.nn.form import Layer

CANDIDATES = "candidates"
"""The tensor with all boxes, also those that are not sure enough to be said."""
BARELY = 0.02
"""The share of its side by which a box may reach out of a picture and is cut there: what rounding and a hand do."""
CLOSE = 5e-4
"""How far probabilities of two runs of one program may lie apart."""
EDGES = ("left", "top", "right", "bottom")
MOST = 1000
"""Boxes beyond which a picture is not learned from."""


@dataclass(frozen=True)
class Boxes(Output):
    """Boxes around things, each with one of some labels: a list of `Box`, or what can be read as one: mappings with
    label, left, top, right and bottom, rows of these five, or such a list as JSON."""

    word: ClassVar[str] = "boxes"
    goals: ClassVar[tuple[str, ...]] = ("F1",)
    needs: ClassVar[str] = "grid"
    widths: ClassVar[tuple[int, ...]] = (32, 96)

    nested: ClassVar[bool] = True
    readout = readout_boxes
    parts: ClassVar[tuple[tuple[str, ...], ...]] = tuple(
        (label, *names)
        for label in ("label", "class", "category", "name")
        for names in (EDGES, ("xmin", "ymin", "xmax", "ymax"), ("x1", "y1", "x2", "y2"))
    )

    choices: tuple[Any, ...] = ()
    slope: float = 1.0
    offset: float = 0.0
    """How log odds of the network become those of being right."""
    least: float = 0.5
    """The probability from which on a box is said."""
    known: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "known", {str(choice): choice for choice in self.choices})

    @classmethod
    def of(cls, annotation: Any, extras: tuple[Any, ...]) -> Self | None:
        inside = typing.get_args(annotation)[:1] if typing.get_origin(annotation) is list else (annotation,)
        if not inside or (inside[0] is not Box and typing.get_origin(inside[0]) is not Box):
            return None
        labels = typing.get_args(inside[0])
        choices = typing.get_args(labels[0]) if labels and typing.get_origin(labels[0]) is typing.Literal else ()
        if typing.get_origin(annotation) is not list or not choices:
            raise BadSignature(f"{annotation}: boxes are a list, and have labels", f"Write {cls.annotations()}.")
        if any(type(choice) not in (str, int) for choice in choices) or len({*map(str, choices)}) < len(choices):
            raise BadSignature(
                f"Literal{list(choices)} needs labels that differ as text", 'Write Literal["cat", "dog"].'
            )
        return cls(choices=choices)

    @classmethod
    def annotations(cls) -> str:
        return 'list[Box[Literal["cat", "dog"]]]'

    @classmethod
    def guess(cls, raws: Sequence[Any]) -> tuple[Self, float, str] | None:
        """That cells are boxes, and the labels found in them."""
        if not all(isinstance(raw, list) for raw in raws):
            return None
        every = [each for raw in raws for each in raw]
        if not all(isinstance(each, Mapping) or (isinstance(each, list) and len(each) in (5, 6)) for each in every):
            return None
        named = [each.get("label") if isinstance(each, Mapping) else each[0] for each in every]
        if not named or not all(isinstance(name, str) and name for name in named):
            return None
        return cls(choices=tuple(sorted(set(named)))), SURELY, ""

    @classmethod
    def brings(cls, path: Path, encoding: str) -> Brought | None:
        """What COCO, Pascal VOC or YOLO say of pictures."""
        from wisen.kinds.annotations import told

        return told(path, encoding)

    @property
    def annotation(self) -> str:
        return f"list[Box[Literal[{', '.join(map(repr, self.choices)) or '...'}]]]"

    def fault(self) -> str:
        if not all(isinstance(choice, (str, int)) for choice in self.choices) or len(self.known) < len(self.choices):
            return f"have the labels {self.choices!r:.60}"
        if not all(map(math.isfinite, (self.slope, self.offset, self.least))) or self.slope <= 0:
            return f"have the slope {self.slope}, the offset {self.offset} and the threshold {self.least}"
        return ""

    # ---- a person's side -------------------------------------------------------------------

    def parse(self, raw: Any) -> list[Box[Any]]:
        if isinstance(raw, (str, bytes)):
            try:
                raw = json.loads(raw)
            except (ValueError, RecursionError):
                raise BadValue(
                    f"is {raw!r:.60}, which is no JSON", 'Write [{"label": "cat", "left": 3, ...}].'
                ) from None
        if isinstance(raw, np.ndarray):
            raw = raw.tolist()
        if not isinstance(raw, (list, tuple)):
            raise BadValue(f"is {raw!r:.60}, which is no list of boxes", "Write [] where there is none.")
        if len(raw) > MOST:
            raise BadValue(f"holds {len(raw):,} boxes; more than {MOST:,} are refused")
        return [self.box(each) for each in raw]

    def box(self, raw: Any) -> Box[Any]:
        """One box; raises BadValue."""
        if isinstance(raw, Box):
            cells = [raw.label, *raw.edges, raw.probability]
        elif isinstance(raw, Mapping):
            cells = [raw.get(name) for name in ("label", *EDGES)] + [raw.get("probability", 1.0)]
        elif isinstance(raw, (list, tuple)) and len(raw) in (5, 6):
            cells = [*raw, 1.0][:6]
        else:
            raise BadValue(f"holds {raw!r:.60}, which is no box", f"A box has a label, {', '.join(EDGES)}.")
        label = str(cells[0]).strip()
        if label not in self.known:
            label = next((text for text in self.known if text.casefold() == label.casefold()), label)
        if label not in self.known:
            raise BadValue(
                f"has a box of {label!r:.60}, which is none of {listed(self.known)}", nearest(label, self.known)
            )
        try:
            numbers = [float(cell) for cell in cells[1:]]
        except (TypeError, ValueError, OverflowError):
            numbers = [math.nan]
        if not all(map(math.isfinite, numbers)):
            raise BadValue(
                f"has a {label} at {cells[1:5]!r:.60}, which are no four numbers", f"Say {', '.join(EDGES)}."
            )
        left, top, right, bottom, probability = numbers
        if right <= left or bottom <= top:
            where = f"from ({left:g}, {top:g}) to ({right:g}, {bottom:g})"
            raise BadValue(f"has a {label} {where}, which is a box of no size", "Right and bottom are the larger ones.")
        if not 0 <= probability <= 1:
            raise BadValue(f"has a {label} with the probability {probability:g}", "Leave it out, or write 0 to 1.")
        return Box(self.known[label], left, top, right, bottom, probability)

    def within(self, value: Any, extent: tuple[float, ...]) -> list[Box[Any]]:
        height, width = extent
        found = []
        for box in value:
            far = max(-box.left / width, -box.top / height, box.right / width - 1, box.bottom / height - 1)
            cut = Box(box.label, max(0.0, box.left), max(0.0, box.top), min(width, box.right), min(height, box.bottom))
            if far > BARELY or cut.width <= 0 or cut.height <= 0:
                where = f"from ({box.left:g}, {box.top:g}) to ({box.right:g}, {box.bottom:g})"
                hint = "Boxes are pixels of the picture as it is shown, from its left upper corner on."
                raise BadValue(f"has a {box.label} {where}, beyond a picture of {width:g} x {height:g}", hint)
            found.append(cut)
        return found

    def write(self, value: Any) -> Any:
        """The boxes as JSON."""
        if value is None:
            return None
        rows = []
        for box in value:
            row = {"label": box.label, **{name: float(getattr(box, name)) for name in EDGES}}
            rows.append(row if box.probability == 1 else {**row, "probability": box.probability})
        return json.dumps(rows, ensure_ascii=False)

    def show(self, value: Any) -> str:
        lines = [f"{box.label}: {', '.join(f'{edge:.0f}' for edge in box.edges)}" for box in value or ()]
        return "<br>".join(html.escape(line) for line in lines)

    def brief(self, value: Any) -> str:
        if value is None:
            return "-"
        counts = Counter(str(box.label) for box in value)
        return shortened(", ".join(f"{count} {label}" for label, count in counts.items()) or "nothing")

    def blank(self) -> list[Box[Any]]:
        return []

    def samples(self) -> list[Any]:
        labels = self.choices or ("cat", "dog")
        one, other = Box(labels[0], 1.0, 2.0, 7.0, 8.0), Box(labels[-1], 10.0, 4.0, 14.0, 15.0)
        return [[one], [one, other], []]

    def tidy(self, values: Sequence[Any]) -> tuple[Sequence[Any], list[str]]:
        seen = {str(box.label) for value in values for box in value or ()}
        unseen = [text for text in self.known if text not in seen]
        return values, [f"no example has {listed(unseen)}: it will never be found"] if unseen else []

    # ---- learning --------------------------------------------------------------------------

    def head(self) -> tuple[Layer, ...]:
        from wisen.nn.form import Layer

        return (Layer("cells", 4 + len(self.choices)),)

    def target(self, values: Sequence[Any]) -> np.ndarray:
        place = {choice: number for number, choice in enumerate(self.choices, 1)}
        found = np.zeros((len(values), max(map(len, values), default=0), 5), np.float32)
        for row, value in zip(found, values, strict=True):
            for number, box in enumerate(value):
                row[number] = place[box.label], *box.edges
        return found

    def relative(self, target: np.ndarray, extents: np.ndarray) -> np.ndarray:
        down, across = extents[:, 0], extents[:, 1]
        per = np.stack([np.ones_like(down), across, down, across, down], 1)
        found: np.ndarray = (target / per[:, None]).astype(np.float32)
        return found

    def moved(self, target: torch.Tensor, where: torch.Tensor) -> torch.Tensor:
        """Boxes around where the corners went; those of which less than a third is left in the picture are gone."""
        import torch

        corners = torch.stack([target[:, :, [down, across]] for down in (2, 4) for across in (1, 3)], 2)
        went = torch.einsum("bij,bnkj->bnki", where[:, :, :2], corners) + where[:, None, None, :, 2]
        low, high = went.amin(2), went.amax(2)
        kept = low.clamp(0, 1), high.clamp(0, 1)
        share = (kept[1] - kept[0]).prod(2) / (high - low).prod(2).clamp(min=1e-9)
        label = torch.where(share > 1 / 3, target[:, :, 0], 0.0)
        return torch.stack([label, kept[0][:, :, 1], kept[0][:, :, 0], kept[1][:, :, 1], kept[1][:, :, 0]], 2)

    def loss(self, guess: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        from wisen.kinds import detector

        return detector.loss(guess, target)

    def calibrate(self, guess: np.ndarray, target: np.ndarray) -> Self:
        """With probabilities of being right, and the one from which on a box is said: the highest mean F1."""
        from wisen.kinds import coco, detector

        chances, right = [], []
        for rows, truth in zip(detector.heard(guess), target, strict=True):
            rows, truth = rows[rows[:, 5] > 0], truth[truth[:, 0] > 0]
            chances.append(rows[:, 5].astype(np.float64))
            right.append(hits(rows[:, 1:5], rows[:, 0], truth[:, 1:], truth[:, 0] - 1))
        every = np.clip(np.concatenate(chances), 1e-7, 1 - 1e-7)
        slope, offset = coco.sureness(np.log(every / (1 - every)), np.concatenate(right))
        true = [1 / (1 + (1 / np.clip(each, 1e-7, 1 - 1e-7) - 1) ** slope * math.exp(-offset)) for each in chances]
        least = coco.threshold(true, right, [int((truth[:, 0] > 0).sum()) for truth in target])
        return replace(self, slope=slope, offset=offset, least=least)

    # ---- answers ---------------------------------------------------------------------------

    def say(self, guess: Var) -> dict[str, Var]:
        from wisen.kinds import detector
        from wisen.nn.block import constant, op

        found = detector.said(guess, self.slope, self.offset)
        sure = op.greater_or_equal(detector.last(found), constant(np.float32(self.least)))
        number = op.cast(detector.first(found), to=np.int64)
        label = op.gather(constant(np.array(list(self.known))), number)
        return {"": op.mul(found, op.cast(sure, to=np.float32)), CANDIDATES: found, "labels": label}

    def absolute(self, said: dict[str, Var], guess: Var, extents: Var) -> dict[str, Var]:
        from wisen.nn.block import constant, op

        sides = op.gather(extents, constant(np.array([1, 0, 1, 0])), axis=1)
        one = op.add(
            op.mul(op.gather(extents, constant([0]), axis=1), constant(np.float32(0))), constant(np.float32(1))
        )
        per = op.unsqueeze(op.concat([one, sides, one], axis=1), constant([1]))
        return {name: tensor if name == "labels" else op.mul(tensor, per) for name, tensor in said.items()}

    def boxes(self, rows: np.ndarray) -> list[Box[Any]]:
        """The boxes in rows of a label's number, edges and a probability, up to the first that is none."""
        return [
            Box(self.choices[int(label)], left, top, right, bottom, chance)
            for label, left, top, right, bottom, chance in rows.tolist()
            if chance > 0
        ]

    def answer(self, tensors: Mapping[str, Any]) -> list[Box[Any]]:
        return self.boxes(tensors[""])

    def alternatives(self, tensors: Mapping[str, Any]) -> list[tuple[Any, float]]:
        """Each box by itself and its probability, those too that are not sure enough to be said."""
        return [([box], box.probability) for box in self.boxes(tensors[CANDIDATES])]

    def chance(self, answer: Any, ranked: Sequence[tuple[Any, float]]) -> float | None:
        return None  # each box has its own

    def worths(self, tensors: Mapping[str, Any]) -> list[tuple[Any, float]]:
        return []

    def differing(self, said: Mapping[str, np.ndarray], wanted: Mapping[str, np.ndarray]) -> list[str] | None:
        pairs = [(self.boxes(a), self.boxes(b)) for a, b in zip(said[CANDIDATES], wanted[CANDIDATES], strict=True)]
        return [self.lost(a, b) or self.lost(b, a) for a, b in pairs]

    def lost(self, some: Sequence[Box[Any]], others: Sequence[Box[Any]]) -> str:
        """A box that is not among others, in words; of those that are hardly likely, others may stand in its place.

        Of two neighbours that are as sure as each other, rounding decides which is kept.
        """
        if not some:
            return ""
        same = np.array([[a.label == b.label for b in others] for a in some]).reshape(len(some), -1)
        apart = np.array([[abs(a.probability - b.probability) for b in others] for a in some]).reshape(len(some), -1)
        there = same & (apart < CLOSE) & (overlaps(edges(some), edges(others)) > RIGHT)
        missing = [box for box, row in zip(some, there, strict=True) if not row.any() and box.probability > 0.1]
        return f"only one of them has {missing[0]}" if missing else ""

    def drawn(self, answer: Any, values: Sequence[Any]) -> bytes | None:
        from wisen.kinds.drawing import drawn, png

        return (
            None if answer is None or values[0] is None else png(drawn(values[0], self.read(answer), list(self.known)))
        )

    def aim(self, word: str, tensors: Mapping[str, Any]) -> Aim:
        from wisen.kinds.aims.things import thing

        return thing(word, self.answer(tensors), self.boxes(tensors[CANDIDATES]), list(self.known), self.thing)

    def aim_at(self, truth: Any) -> Aim:
        from wisen.kinds.aims.things import thing

        return thing("", truth, [], list(self.known), self.thing)

    def thing(self, box: Box[Any]) -> Thing:
        """What is asked about a box."""
        from wisen.kinds.aims.things import Thing

        said = f"the {box.label} at {', '.join(f'{edge:.0f}' for edge in box.edges)}"
        return Thing(said, "", self.choices.index(box.label), box.edges, self.slope, self.offset)

    def naive(self, values: Sequence[Any]) -> Any:
        return []

    def merits(self, answers: Sequence[Any], truths: Sequence[Any]) -> np.ndarray:
        from wisen.kinds.coco import f1

        pairs = zip(answers, truths, strict=True)
        return np.array([0.0 if answer is None else f1(answer, truth) for answer, truth in pairs])

    def metrics(
        self, answers: Sequence[Any], truths: Sequence[Any], tensors: Mapping[str, np.ndarray] | None = None
    ) -> list[Metric]:
        from wisen.kinds.coco import precision

        found = [Metric(self.goal, float(self.merits(answers, truths).mean()))]
        every = answers if tensors is None else [self.boxes(rows) for rows in tensors[CANDIDATES]]
        both = precision(every, truths)
        return found if both is None else [*found, Metric("AP50", both[0]), Metric("AP", both[1])]
