"""The report: one page that shows whether the program is better, how sure it is, and where it fails.

One section is one file and one row in SECTIONS: `found` looks at the subject and gives figures as plain data,
`drawn` makes HTML of these figures alone. So every number on the page is in `report --json` too.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wisen.errors import WisenError
from wisen.report import (
    attack,
    confusion,
    corruption,
    cost,
    coverage,
    groups,
    learning,
    mistakes,
    reliability,
    rivals,
    slices,
    suspects,
)
from wisen.report.page import Page, page
from wisen.report.subject import Show, Subject
from wisen.train import compared, cut, recalled

if TYPE_CHECKING:
    from wisen.function import Function

__all__ = ["SECTIONS", "Page", "Section", "report"]


@dataclass(frozen=True)
class Section:
    """A section of the page: its title, the question that it answers, what finds its figures and what draws them.

    `found` gives None where the section makes no sense for a function; "headline" among the figures says in a
    sentence what they come to.
    """

    title: str
    question: str
    found: Callable[[Subject], dict[str, Any] | None]
    drawn: Callable[[Mapping[str, Any], Show], str]
    early: bool = True
    """Whether what it comes to is said on the first screen, too."""


# In the order of the page.
SECTIONS: dict[str, Section] = {
    "head-to-head": Section("Head-to-head", "Is it better?", rivals.found, rivals.drawn, early=False),
    "reliability": Section("Reliability", "Can its probabilities be believed?", reliability.found, reliability.drawn),
    "coverage": Section("Coverage", "How good are its surest answers?", coverage.found, coverage.drawn),
    "confusion": Section("Confusion", "What is it wrong about?", confusion.found, confusion.drawn),
    "mistakes": Section("Mistakes", "Which examples does it get wrong?", mistakes.found, mistakes.drawn),
    "slices": Section("Weak parts", "Is it worse on some sort of example?", slices.found, slices.drawn),
    "groups": Section("Groups", "Does it treat groups alike?", groups.found, groups.drawn),
    "corruption": Section("Corruption", "What if inputs get worse?", corruption.found, corruption.drawn),
    "attack": Section("Attack", "What if somebody wants it to fail?", attack.found, attack.drawn),
    "suspects": Section("Suspect labels", "Are the examples right?", suspects.found, suspects.drawn),
    "learning": Section("Learning curves", "How was it learned?", learning.found, learning.drawn, early=False),
    "cost": Section("Size and speed", "What does it cost?", cost.found, cost.drawn, early=False),
}


def report(
    function: Function[Any, Any],
    examples: Any = None,
    *,
    by: str | tuple[str, ...] = (),
    returns: str | None = None,
    columns: Mapping[str, str] | None = None,
    encoding: str = "utf-8",
) -> Page:
    """The page about a function's program, on the examples of the last training where none are given.

    `by` names columns whose groups are compared. Other words are those of `wisen.test`. Raises NotTrained.
    """
    begin = time.perf_counter()
    subject = subject_of(function, examples, by, returns, columns, encoding)
    figures: dict[str, Any] = {}
    left: dict[str, str] = {}
    seconds: dict[str, float] = {}
    for name, section in SECTIONS.items():
        started = time.perf_counter()
        try:
            found = section.found(subject)
        except WisenError as error:  # such as a package that is not installed; the other sections stand
            left[name] = str(error)
            continue
        if found is not None:
            figures[name] = found
        seconds[name] = time.perf_counter() - started
    seconds["in all"] = time.perf_counter() - begin
    return page(subject, figures, left, seconds)


def subject_of(
    function: Function[Any, Any],
    examples: Any,
    by: str | tuple[str, ...],
    returns: str | None,
    columns: Mapping[str, str] | None,
    encoding: str,
) -> Subject:
    """What the report is about: the program, and the examples divided as in its last training."""
    program, path, parts = recalled(function, examples, returns, columns, encoding)
    head = compared(function, program, parts)
    return Subject(function, program, path, parts, head, cut(parts, by))
