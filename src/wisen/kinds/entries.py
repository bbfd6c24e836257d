"""What a page in a browser has to know of a kind: to ask for a value and make tensors of it, and to show an answer.

An Entry and a Readout name a row of the tables in bake/page/entries.js and bake/page/readouts.js, which do in
JavaScript what `read`, `arrays`, `answer` and `region` do in Python. Their facts are all that these rows know of the
fitted kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wisen.kinds.audio import Audio
    from wisen.kinds.boxes import Boxes
    from wisen.kinds.category import Category
    from wisen.kinds.image import Image
    from wisen.kinds.moment import Moment
    from wisen.kinds.number import Number
    from wisen.kinds.series import Series
    from wisen.kinds.text import Text


@dataclass(frozen=True)
class Entry:
    """How a page asks for a value: the row of its table, and what that has to know."""

    type: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The entry for the page."""
        return {"type": self.type, **self.facts}


@dataclass(frozen=True)
class Readout:
    """How a page shows an answer: the row of its table, and what that has to know."""

    type: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The readout for the page."""
        return {"type": self.type, **self.facts}


def spelled(kind: Category) -> list[list[Any]]:
    """The labels of a kind: the text under which the program knows each, and the label as it is written."""
    return [[text, kind.write(value)] for text, value in kind.known.items()]


# ---- inputs ------------------------------------------------------------------------------------


def entry_number(kind: Number) -> Entry:
    """A line for a number; its mean is what an empty line shows."""
    return Entry("number", {"whole": kind.integer, "mean": kind.mean[0], "scale": kind.scale[0]})


def entry_label(kind: Category) -> Entry:
    """A choice among labels; where there may be others, a line that offers those that are known."""
    labels = [[text, text] for text in kind.columns[0]] if kind.open and kind.columns else spelled(kind)
    return Entry("choice", {"labels": labels, "open": kind.open, "yes_no": kind.yes_no})


def entry_text(kind: Text) -> Entry:
    """Lines of text, of which the program reads so many bytes."""
    return Entry("text", {"limit": kind.limit})


def entry_moment(kind: Moment) -> Entry:
    """A day, or a day and a time."""
    return Entry("date", {"day": kind.date})


def entry_picture(kind: Image) -> Entry:
    """A place to drop a picture, which becomes grey or RGB; and the size of a black one."""
    return Entry("picture", {"channels": kind.channels, "height": kind.height or 8, "width": kind.width or 8})


def entry_sound(kind: Audio) -> Entry:
    """A place to drop a sound, of which the program hears so many samples at its rate; silence is one step long."""
    frames = kind.frames
    return Entry("sound", {"rate": frames.rate, "samples": frames.samples, "silence": frames.step})


def entry_steps(kind: Series) -> Entry:
    """Lines for so many numbers, of the past or of what is known ahead."""
    return Entry("numbers", {"steps": kind.lengths[0], "ahead": kind.ahead[0]})


# ---- outputs -----------------------------------------------------------------------------------


def readout_number(kind: Number) -> Readout:
    """A number and the interval around it, which is told on the scale of `curve` where there is one."""
    return Readout("amount", {"whole": kind.integer, "curve": list(kind.curve)})


def readout_label(kind: Category) -> Readout:
    """A label, and a bar for the probability of each."""
    return Readout("label", {"labels": spelled(kind)})


def readout_text(kind: Text) -> Readout:
    """A text, and those that are less likely."""
    return Readout("wording")


def readout_steps(kind: Series) -> Readout:
    """A line that goes on from the past, in the band of its quantiles; `least` is the least width of that."""
    return Readout("forecast", {"steps": kind.lengths[0], "least": 1e-6 * kind.scale[0]})


def readout_boxes(kind: Boxes) -> Readout:
    """Frames on the picture that they are in, each label in its colour."""
    return Readout("boxes", {"labels": list(kind.choices)})
