"""Inside: the ways to look into a function's program that are about more than one answer, or that compare answers.

`f.inside` has one method for each; each stands in a file of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from wisen.explain.as_code import LEAVES, AsCode, as_code
from wisen.explain.counterfactual import MOST, Counterfactuals, counterfactuals
from wisen.explain.dependence import Dependence, dependence
from wisen.explain.importance import Importance, importance
from wisen.explain.neighbours import COUNT, Neighbours, neighbours
from wisen.explain.pixels import Pixels, pixels

if TYPE_CHECKING:
    from wisen.function import Function


class Inside:
    """Ways to look into the program of a function. Where they look at examples, and none are given, those of the last
    training are read again; `output` is the field of the answer, the first where none is named."""

    def __init__(self, function: Function[Any, Any]) -> None:
        self.function = function

    def as_code(self, *, examples: Any = None, output: str | None = None, leaves: int = LEAVES) -> AsCode:
        """The program as a readable Python function, and how much of it that is."""
        return as_code(self.function, examples, output=output, leaves=leaves)

    def importance(self, *, examples: Any = None, output: str | None = None, seed: int = 0) -> Importance:
        """How much the program needs each of its inputs."""
        return importance(self.function, examples, output=output, seed=seed)

    def dependence(self, input: str, *, examples: Any = None, output: str | None = None) -> Dependence:
        """What the program says on average, by the values of one input."""
        return dependence(self.function, input, examples, output=output)

    def counterfactuals(
        self, *args: Any, wanted: Any = None, keep: Sequence[str] = (), most: int = MOST, examples: Any = None,
        output: str | None = None, **kwargs: Any,
    ) -> Counterfactuals:  # fmt: skip
        """The smallest changes of a call's arguments that turn the answer; `keep` names inputs that stay."""
        return counterfactuals(
            self.function, *args, wanted=wanted, keep=keep, most=most, examples=examples, output=output, **kwargs
        )

    def neighbours(
        self, *args: Any, count: int = COUNT, examples: Any = None, output: str | None = None, **kwargs: Any
    ) -> Neighbours:
        """The examples that the program takes for the most like a call's arguments, with their true answers."""
        return neighbours(self.function, *args, count=count, examples=examples, output=output, **kwargs)

    def pixels(self, *args: Any, layer: str | None = None, **kwargs: Any) -> Pixels:
        """A page that shows the arithmetic of the program's filters on a call's picture."""
        return pixels(self.function, *args, layer=layer, **kwargs)
