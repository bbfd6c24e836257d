"""Sets and intervals that hold the truth in a promised share of cases: split conformal prediction.

How strange a truth is beside an answer, the kind says. Of examples that were not learned from, so many truths are no
stranger than a limit as were promised; and so are those of new examples that come from where these came from (Vovk,
Gammerman and Shafer, 2005, Algorithmic Learning in a Random World; Lei et al., 2018, Distribution-Free Predictive
Inference). Each is judged by networks that did not learn from it, as in cross-validation (Vovk, 2015,
Cross-Conformal Predictors): so none is lost to learning, and networks that answer together keep a little more
than they promise.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from wisen.errors import BadProgram

COVERAGE = 0.9
"""The share of cases in which the truth is promised to lie within."""


@dataclass(frozen=True)
class Promise:
    """For each output that promises anything the limits of strangeness; and by how many examples they were set."""

    limits: Mapping[str, tuple[float, ...]]
    coverage: float = COVERAGE
    examples: int = 0

    def to_json(self) -> dict[str, Any]:
        """The promise for a manifest; a limit that nothing exceeds is null."""
        plain = {name: [None if math.isinf(x) else x for x in each] for name, each in self.limits.items()}
        return {"coverage": self.coverage, "examples": self.examples, "limits": plain}

    @classmethod
    def from_json(cls, data: Any, widths: Mapping[str, int]) -> Self:
        """The promise that `to_json` wrote, for outputs with so many limits each; none where nothing is promised.

        Raises BadProgram where it is none.
        """
        if data is None:
            return cls({})
        try:
            coverage, examples, limits = data["coverage"], data["examples"], dict(data["limits"])
            found = {name: tuple(math.inf if x is None else float(x) for x in each) for name, each in limits.items()}
            sound = 0 < coverage < 1 and type(examples) is int and not any(map(math.isnan, sum(found.values(), ())))
            if not sound or any(len(each) != widths.get(name) for name, each in found.items()):
                raise ValueError
        except (TypeError, ValueError, KeyError, AttributeError, OverflowError):
            raise BadProgram(f"its manifest promises {data!r:.80}", "Train it again.") from None
        return cls(found, float(coverage), examples)


def limits_of(strange: np.ndarray, sides: int, coverage: float = COVERAGE) -> tuple[float, ...]:
    """The limit of each column of how strange truths were, [examples, limits]: no new one exceeds it in more cases
    than its share of what was not promised, of which each of so many sides has a part."""
    count = len(strange)
    rank = math.ceil((count + 1) * (1 - (1 - coverage) / sides) - 1e-9)  # as if the new one were one of them
    if rank > count:
        return tuple([math.inf] * strange.shape[1])
    return tuple(np.sort(strange, axis=0)[rank - 1].astype(np.float64).tolist())


def kept(strange: np.ndarray, limits: Sequence[float], sides: int) -> np.ndarray:
    """Where a promise was kept, [examples, steps]: a truth is no stranger than the limit on any of its sides; one that
    is infinitely strange lies in no set, though there be no limit."""
    inside: np.ndarray = ((strange <= np.asarray(limits)) & (strange < np.inf)).reshape(len(strange), sides, -1)
    return np.asarray(inside.all(axis=1))
