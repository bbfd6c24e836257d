"""7. Why? How much each part of what went in counted for an answer, and whether that can be believed.

One method is one file and one row in METHODS. Each is given a `Case` and says how much each part counted; `trust.py`
puts it to the test.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from wisen.errors import BadValue, NotTrained, nearest
from wisen.explain.case import Case, case
from wisen.explain.explanation import Check, Explanation, Share, Verdict
from wisen.explain.method import Method
from wisen.explain.occlusion import Occlusion
from wisen.program import Program

if TYPE_CHECKING:
    from wisen.function import Function

__all__ = ["METHODS", "Case", "Check", "Explanation", "Method", "Share", "Verdict", "explain", "explained"]

METHODS: dict[str, Method] = {
    "occlusion": Occlusion(),
}
AUTO = "auto"


def explain(
    function: Function[Any, Any],
    *args: Any,
    method: str = AUTO,
    output: str | None = None,
    target: str | None = None,
    layer: str | None = None,
    scored: bool = True,
    **kwargs: Any,
) -> Explanation:
    """How much each part of a call's arguments counted for its answer, and whether that can be believed.

    `method` is a row of METHODS; "auto" takes the one that does best in the tests that each explanation is put to.
    `output` is the field of the answer where there are several, `target` what of it is asked about: a label, the step
    of a forecast, a box by its label or number, a word of a text. `layer` is the layer of the network that is looked
    at by methods that look at one. Without `scored` it is not tested. Raises NotTrained, BadValue.
    """
    program = function.program
    if program is None:
        raise NotTrained(
            f"{function.name}() has no learned program to explain", f"Train it: {function.command('train')}"
        )
    values = function.signature.read(function.signature.raw(args, kwargs))
    return explained(function.name, program, values, method, output, target, layer, scored=scored)


def explained(
    name: str, program: Program, values: Sequence[Any], method: str = AUTO, output: str | None = None,
    target: str | None = None, layer: str | None = None, *, scored: bool = True,
) -> Explanation:  # fmt: skip
    """The same for a program and read values."""
    begin = time.perf_counter()
    if method not in (*METHODS, AUTO):
        raise BadValue(f"{method!r} is no method of explaining", nearest(method, [*METHODS, AUTO]))
    what = case(name, program, values, output, target, layer)
    chosen = next(iter(METHODS)) if method == AUTO else method
    shares = METHODS[chosen].shares(what)
    return told(what, chosen, shares, Verdict(), time.perf_counter() - begin)


def told(what: Case, method: str, shares: tuple[Share, ...], verdict: Verdict, seconds: float) -> Explanation:
    """The explanation that a method gave of a case."""
    aim = what.aim
    return Explanation(
        what.function, method, what.column.name, what.answer, aim.said, what.amount, aim.unit, shares, verdict,
        what.layer, (), seconds,
    )  # fmt: skip
