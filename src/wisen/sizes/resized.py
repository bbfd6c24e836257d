"""What resizing a program came to: old and new side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wisen.evidence import WORSE, Difference
from wisen.sizes.measures import BEFORE, Measures, as_html, as_text, side_by_side
from wisen.sizes.target import Target
from wisen.spoken import duration, figure, signed

if TYPE_CHECKING:
    from wisen.headtohead import Report


@dataclass(frozen=True)
class Tried:
    """One of the ways to learn that validation chose among, and its loss on the examples that it chose by."""

    how: str
    loss: float


@dataclass(frozen=True, repr=False)
class Resized:
    """A program of another size beside the one of before: what both take and reach, whether the target is met, and
    whether the new one is installed."""

    function: str
    target: Target
    old: Measures
    new: Measures
    report: Report
    differences: Mapping[str, Difference]
    empty: float
    """Seconds of a call of an empty program, with the same inputs and answers: no network can answer sooner."""
    tried: tuple[Tried, ...]
    why: str
    """How validation chose."""
    installed: bool
    path: Path
    """The file of the new program."""
    back: str = field(default="", compare=False)
    """What brings the program of before back."""

    @property
    def met(self) -> bool:
        """Whether the target is met: one that is to be better, is better on the held-out examples, if not
        significantly."""
        if self.target.better:
            return all(each.value > 0 for each in self.differences.values())
        return self.target.met(self.old.median, self.new.median, self.new.bytes)

    @property
    def faster(self) -> float:
        """How many times faster a call is, by medians."""
        return self.old.median / self.new.median

    @property
    def verdict(self) -> str:
        """better, no better or worse than the hand-written body and the naive answer."""
        return self.report.verdict

    @property
    def worse(self) -> bool:
        """Whether an answer of the new program is significantly worse than that of the one of before."""
        return any(each.verdict == WORSE for each in self.differences.values())

    def table(self) -> list[list[str]]:
        """A table of words: a head, and a row for each figure."""
        return side_by_side({BEFORE: self.old, "resized": self.new})

    def notes(self) -> list[str]:
        """What there is to say below the table, a line each."""
        missed = "met" if self.met else "missed"
        found = [
            f"target: {self.target}: {missed}; a call is {self.faster:.2f} times as fast. "
            f"An empty program with the same inputs and answers takes {duration(self.empty)} a call."
        ]
        for output, each in self.differences.items():
            found.append(
                f"{output} against {BEFORE}: {signed(each.value)} ({100 * each.confidence:.3g} % interval "
                f"{signed(each.low)} to {signed(each.high)}): {each.verdict}"
            )
        losses = ", ".join(f"{each.how} {figure(each.loss)}" for each in self.tried)
        found.append(f"validation: {losses}. Chosen: {self.why}")
        found.append(f"against the hand-written body and the naive answer: {self.verdict}")
        return found

    @property
    def title(self) -> str:
        """What it is, in a line."""
        return f"{self.function}, {self.target}: {'installed' if self.installed else 'not installed'}"

    def to_json(self) -> dict[str, Any]:
        """All of it as plain data."""
        return {
            "function": self.function,
            "target": {"name": self.target.name, "value": getattr(self.target, self.target.name)},
            "met": self.met,
            "faster": self.faster,
            "before": self.old.to_json(),
            "resized": self.new.to_json(),
            "gains": {
                output: {"value": each.value, "interval": [each.low, each.high], "verdict": each.verdict}
                for output, each in self.differences.items()
            },
            "empty": self.empty,
            "tried": [{"how": each.how, "loss": each.loss} for each in self.tried],
            "chosen": self.why,
            "verdict": self.verdict,
            "installed": self.installed,
            "program": str(self.path),
        }

    def __str__(self) -> str:
        return "\n".join([self.title, as_text(self.table()), *self.notes(), self.back]).rstrip()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return as_html(self.table(), self.title, [*self.notes(), self.back])
