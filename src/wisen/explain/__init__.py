"""7. Why? How much each part of what went in counted for an answer, and whether that can be believed.

One method is one file and one row in METHODS. Each is given a `Case` and says how much each part counted; `trust.py`
puts it to the test.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wisen.errors import BadValue, NotInstalled, WisenError, listed, nearest
from wisen.explain.activations import Activations
from wisen.explain.attention import Attention
from wisen.explain.case import Case, case
from wisen.explain.explanation import Check, Explanation, Share, Verdict
from wisen.explain.gradcam import GradCam
from wisen.explain.gradients import Gradients
from wisen.explain.integrated import Integrated
from wisen.explain.method import Found, Method
from wisen.explain.network import rebuilt
from wisen.explain.occlusion import Occlusion
from wisen.explain.shapley import Shapley
from wisen.explain.smoothgrad import SmoothGrad
from wisen.explain.times_inputs import TimesInputs
from wisen.explain.trust import Trial, verdict

if TYPE_CHECKING:
    from wisen.function import Function

__all__ = [
    "METHODS",
    "Case",
    "Check",
    "Explanation",
    "Method",
    "Share",
    "Verdict",
    "asked",
    "best",
    "explain",
    "explained",
]

METHODS: dict[str, Method] = {
    "occlusion": Occlusion(),
    "shapley": Shapley(),
    "integrated": Integrated(),
    "inputs": TimesInputs(),
    "gradients": Gradients(),
    "smoothgrad": SmoothGrad(),
    "gradcam": GradCam(),
    "attention": Attention(),
    "activations": Activations(),
}
AUTO = "auto"
SLOW = 0.005
"""Seconds of an answer above which "auto" tries no method that asks for a thousand of them: its tests ask again."""


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
    values = function.signature.read(function.signature.raw(args, kwargs))
    what = asked(function, values, output, target, layer)
    return best(what, scored) if method == AUTO else explained(what, method, scored)


def asked(
    function: Function[Any, Any], values: Sequence[Any], output: str | None = None, target: str | None = None,
    layer: str | None = None,
) -> Case:  # fmt: skip
    """What is to be explained of a function's answer to read values; raises NotTrained, BadValue."""
    from wisen.train import standing

    program, path = standing(function)
    try:
        network, why_not = rebuilt(function, program, path), ""
    except WisenError as error:
        network, why_not = None, error.message
    return case(function.name, program, values, output, target, layer, network, why_not)


def explained(what: Case, method: str, scored: bool = True) -> Explanation:
    """The explanation of a case by a method; raises BadValue where it cannot be."""
    row = row_of(method)
    if what.layer and not row.layered:
        able = [name for name, each in METHODS.items() if each.layered]
        raise BadValue(f"{method} looks at no layer", f"These do: {', '.join(able)}.")
    if reason := row.refuses(what):
        able = [name for name, each in METHODS.items() if not each.refuses(what)]
        raise BadValue(f"{what.function}() cannot be explained by {method}: {reason}", f"These can: {listed(able)}.")
    begin = time.perf_counter()
    found = row.found(what)
    seconds = time.perf_counter() - begin
    tested = verdict(what, row, found, Trial(what)) if scored and row.of_answer else Verdict()
    return told(what, method, found, tested, seconds)


def best(what: Case, scored: bool = True) -> Explanation:
    """The explanation of a case that does best in the tests, and what came of the others."""
    if what.layer:
        return explained(what, next(name for name, row in METHODS.items() if row.layered), scored)
    if not scored:
        return explained(what, "occlusion", scored=False)
    slow = seconds_of(what) > SLOW
    trial, tried, others = Trial(what), [], []
    for name, row in METHODS.items():
        if not row.of_answer or (slow and name == "shapley"):
            continue
        if reason := row.refuses(what):
            others.append((name, reason))
            continue
        begin = time.perf_counter()
        try:
            found = row.found(what)
        except (BadValue, NotInstalled) as error:
            others.append((name, error.message))
            continue
        tried.append((trial.check(found.shares)[1], name, found, time.perf_counter() - begin))
    tried.sort(key=lambda each: -each[0])
    seen: list[Explanation] = []
    for score, name, found, seconds in tried:
        if seen and seen[-1].verdict.trusted:
            others.append((name, f"score {score:+.2f}"))
            continue
        seen.append(told(what, name, found, verdict(what, METHODS[name], found, trial, len(tried)), seconds))
    chosen = seen[-1] if seen[-1].verdict.trusted else seen[0]
    others += [(each.method, f"untrustworthy, score {each.verdict.score:+.2f}") for each in seen if each is not chosen]
    return replace(chosen, others=tuple(others))


def seconds_of(what: Case) -> float:
    """The seconds that an answer takes, by the program or by its network, whichever takes longer."""
    taken = []
    for each in [what, *([replace(what, by_network=True)] if what.rebuilt else [])]:
        each.nothing()  # the first one opens files
        begin = time.perf_counter()
        each.nothing()
        taken.append(time.perf_counter() - begin)
    return max(taken)


def row_of(method: str) -> Method:
    """The row of METHODS with a name; raises BadValue."""
    if method not in METHODS:
        raise BadValue(f"{method!r} is no method of explaining", nearest(method, [*METHODS, AUTO]))
    return METHODS[method]


def told(what: Case, method: str, found: Found, tested: Verdict, seconds: float) -> Explanation:
    """The explanation that a method gave of a case."""
    aim = what.aim
    return Explanation(
        what.function, method, what.column.name, what.answer, aim.said, what.amount, aim.unit, found.shares, tested,
        found.layer, (), seconds, found.maps,
    )  # fmt: skip
