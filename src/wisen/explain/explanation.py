"""Explanation: how much each part of the inputs counted for an answer, and whether that can be believed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from wisen.kinds import Input
from wisen.kinds.sights.sight import Parts

SHOWN = 10
"""Parts that are named in a text."""


@dataclass(frozen=True)
class Share:
    """How much each part of one input counted: `amounts` has the shape of its `parts`. For methods that see more than
    the parts, `fine` is what they see, in the form that the network reads."""

    name: str
    kind: Input = field(repr=False)
    value: Any = field(repr=False)
    parts: Parts
    amounts: np.ndarray
    fine: np.ndarray | None = field(default=None, repr=False)

    def named(self) -> list[tuple[str, float]]:
        """The name of each part, that of the input before it, and how much it counted."""
        amounts = self.amounts.ravel().tolist()
        return [(f"{self.name} {part}".strip(), amount) for part, amount in zip(self.parts.names, amounts, strict=True)]


@dataclass(frozen=True)
class Check:
    """One test of an explanation that could have failed, and what came of it in a sentence."""

    name: str
    passed: bool
    value: float
    said: str


@dataclass(frozen=True)
class Verdict:
    """Whether an explanation can be believed. `score` is how much more of the aim there is while parts are shown in the
    order in which it ranks them than while they are hidden so, beyond what orders by chance come to, as a share of how
    far the aim moves: 0 is chance."""

    checks: tuple[Check, ...] = ()
    score: float = float("nan")

    @property
    def trusted(self) -> bool:
        """Whether it was tested, and passed every test."""
        return bool(self.checks) and all(check.passed for check in self.checks)

    @property
    def word(self) -> str:
        """trusted, untrustworthy or untested."""
        return "untested" if not self.checks else "trusted" if self.trusted else "untrustworthy"

    def __str__(self) -> str:
        return "\n".join([self.word, *(f"  {'+' if each.passed else '-'} {each.said}" for each in self.checks)])


@dataclass(frozen=True)
class Explanation:
    """How much each part of the inputs counted for an answer: `aim` is what of it is explained, `amount` how much the
    program said of it. `others` are the other methods that were tried, and what came of each."""

    function: str
    method: str
    output: str
    answer: Any
    aim: str
    amount: float
    unit: str
    shares: tuple[Share, ...]
    verdict: Verdict = Verdict()
    layer: str = ""
    others: tuple[tuple[str, str], ...] = ()
    seconds: float = 0.0
    maps: np.ndarray | None = field(default=None, repr=False, compare=False)
    """What a layer says, channel by channel, where one was looked into."""

    def ranked(self) -> list[tuple[str, float]]:
        """The names of all parts and how much each counted, those that counted most first."""
        every = [each for share in self.shares for each in share.named()]
        return sorted(every, key=lambda each: -abs(each[1]))

    def to_json(self) -> dict[str, Any]:
        """The explanation as plain data."""
        return {
            "function": self.function,
            "method": self.method,
            "layer": self.layer,
            "output": self.output,
            "aim": self.aim,
            "amount": self.amount,
            "unit": self.unit,
            "inputs": [
                {
                    "name": share.name,
                    "parts": list(share.parts.names),
                    "shape": list(share.parts.shape),
                    "amounts": share.amounts.ravel().tolist(),
                }
                for share in self.shares
            ],
            "verdict": self.verdict.word,
            "score": self.verdict.score,
            "checks": [
                {"name": each.name, "passed": each.passed, "value": each.value, "said": each.said}
                for each in self.verdict.checks
            ],
            "others": [{"method": method, "said": said} for method, said in self.others],
            "seconds": self.seconds,
        }

    def lines(self, most: int = SHOWN) -> list[str]:
        """The explanation as lines of text."""
        return [
            f"{self.function}() -> {self.aim}: {self.amount:.4g} {self.unit}".rstrip(),
            f"by {self.method}{f' of {self.layer}' if self.layer else ''}; {self.verdict}",
            *(f"{amount:+12.4g}  {name}" for name, amount in self.ranked()[:most]),
        ]

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def png(self) -> bytes:
        """A PNG file of it: what counted, drawn onto the inputs."""
        from wisen.explain.picture import picture

        return picture(self)

    def _repr_html_(self) -> str:
        import base64
        import html

        drawn = base64.b64encode(self.png()).decode()
        return f'<img src="data:image/png;base64,{drawn}"><pre>{html.escape(str(self.verdict))}</pre>'
