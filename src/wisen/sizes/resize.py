"""From an installed program and a target to a program of another size; it reads like `train.py`.

chosen         which plan meets the target, measured before anything is learned
parent_of      what the program of before brings: its answers as a teacher, its weights to grow from
learn          as for a training; validation says whether the teacher helps
judged         old and new side by side: time, size, memory, held-out quality
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from wisen import state
from wisen.architecture import Architecture
from wisen.descent import Chosen, Event, Learned, Parent, Planned, device_of, learn, own_chance, within_memory
from wisen.descent.requests import always
from wisen.descent.schedule import seconds
from wisen.drafts import Drafts
from wisen.errors import BadExamples, BadNetwork, NotTrained, WisenError
from wisen.evidence import BETTER
from wisen.examples import Parts, Rule, fitted
from wisen.export import Exported
from wisen.kept import Kept, kept
from wisen.names import exists
from wisen.nn.committee import Committee
from wisen.nn.network import Network
from wisen.nn.widened import begun, widened
from wisen.program import Program, load, part
from wisen.progress import shown
from wisen.signature import Column
from wisen.signature import pretrained as borrowing
from wisen.sizes.choice import Choice, chosen
from wisen.sizes.eightbits import rounded_of, said
from wisen.sizes.measures import BEFORE, against, in_turns, measures
from wisen.sizes.resized import Resized, Tried
from wisen.sizes.scaled import alone, single
from wisen.sizes.seen import fitted_anew
from wisen.sizes.target import Target
from wisen.train import compared, decorated, divided, placed, written
from wisen.within import Fits, exported

if TYPE_CHECKING:
    from wisen.function import Function


def resize(
    function: Function[Any, Any],
    examples: Any = None,
    *,
    time_per_call: float | str | None = None,
    faster: float | str | None = None,
    size: float | str | None = None,
    width: float | str | None = None,
    better: bool = False,
    budget: float | str = 60.0,
    seed: int = 0,
    device: str = "auto",
    accept: bool = False,
    fresh: bool = False,
    listen: Callable[[Event], None] = shown,
) -> Resized:
    """What a program of another size came to, beside the installed one; it takes its place where it is good enough.

    One target is given: `time_per_call` ("20us"), `faster` ("2x"), `size` on disk ("50kB"), `width` in that of the
    present program (0.5), or `better`. The plans are the widest that meet it, measured here, one for each size at which
    pictures are seen; they learn from the examples of the last training, or from those given, with the present program
    as a teacher where validation says that this helps. A wider one is also grown from the present weights. It is
    installed where it is better than the body, meets the target and is not significantly worse than the program of
    before; or with `accept`. `back` undoes it.
    Raises WisenError where the target cannot be met, NotTrained, BadExamples, BadProgram, Busy, and Stopped on Ctrl-C.
    """
    decorated(function)
    wanted = Target.of(time_per_call=time_per_call, faster=faster, size=size, width=width, better=better)
    limit, place = seconds(budget), device_of(device)
    with state.alone(function.path, function.name), own_chance(place), within_memory():
        old = installed(function)
        source = sourced(function, examples)
        parts = divided(function, source, Rule.of(old.manifest))
        before = network_of(function, old)
        inputs, outputs = columns_of(function, old, parts, before.architecture)
        present = fitted_anew(before.architecture, inputs, outputs)
        inside = function.below is not None
        drafts = Drafts(inputs, outputs, function.name, function.signature.doc, inside, parts.learning)
        choice = chosen(function, wanted, present, drafts, old)
        parent = parent_of(old, before, choice, parts, outputs)
        listen(Planned(parts, choice.plans, inputs, outputs))

        heard: list[Chosen] = []
        dials = (seed, place, choice.alone, hashlib.sha256(function.path.read_bytes()).hexdigest())

        def again(plans: tuple[Architecture, ...]) -> Learned:
            checkpoint = state.checkpoint(function.path, plans, parts, inputs, outputs, dials, fresh)
            return learn(
                plans, parts, inputs, outputs, limit, seed, place, checkpoint, hearing(listen, heard),
                single if choice.alone else always, parent,
            )  # fmt: skip

        learned = again(choice.plans)
        fits = Fits(wanted.within(function.limits), drafts)
        if choice.eight is None or learned.architecture != choice.eight.plan:
            body = exported(learned, fits, parts)
        else:
            body, lost = rounded_of(function, learned, choice.eight.way, fits, parts)
            if lost and choice.others:
                learned = again(choice.others)
                body = said(exported(learned, fits, parts), f"a wider one in eight bits lost by them: {lost}")
        return judged(function, wanted, old, body, learned, parts, source, choice, accept, heard)


# ---- what there is -----------------------------------------------------------------------------


def installed(function: Function[Any, Any]) -> Program:
    """The installed program; raises NotTrained where there is none to resize."""
    program = function.program
    if program is None:
        one = exists(state.candidate(function.path))
        why = "only a candidate" if one else "no program"
        again = "--examples EXAMPLES --accept" if one else "--examples EXAMPLES"
        raise NotTrained(f"{function.name}() has {why} to resize", f"Train it: {function.command('train', again)}")
    return program


def sourced(function: Function[Any, Any], examples: Any) -> state.Source:
    """Where the examples come from: as for the last training, or other ones that are read in the same way."""
    try:
        last = state.Source(None).or_last(function.path)
    except BadExamples:
        if examples is None:
            raise
        return state.Source(examples)
    return last if examples is None else replace(last, examples=examples)


def network_of(function: Function[Any, Any], program: Program) -> Kept:
    """The network of an installed program; raises WisenError where it was not kept."""
    try:
        return kept(function.path, function.network, program.feeds)
    except BadNetwork:
        raise
    except WisenError as error:
        again = function.command("train", "--examples EXAMPLES")
        raise WisenError(f"{function.name}() cannot be resized: {error.message}", f"Train it here: {again}") from error


def columns_of(
    function: Function[Any, Any], old: Program, parts: Parts, present: Architecture
) -> tuple[tuple[Column, ...], tuple[Column, ...]]:
    """The fitted columns: judged by the metric of before, and read by networks that were trained on other data where
    they were before."""
    metric = next((column.kind.metric for column in old.outputs if column.kind.metric), None)
    inputs, outputs = fitted(parts, metric)
    return (borrowing(inputs, function.name) if present.frozen else inputs), outputs


# ---- teacher and weights -----------------------------------------------------------------------


def parent_of(old: Program, before: Kept, choice: Choice, parts: Parts, outputs: Sequence[Column]) -> Parent:
    """What the program of before brings: what it says of the examples to learn from, and for wider plans its weights.

    Of the held-out examples it says nothing here.
    """
    tensors = old.tensors(parts.learning.columns())
    lessons = {}
    for column, own in zip(outputs, old.outputs, strict=True):
        lesson = column.kind.lesson(own.kind, part(tensors, column.name))
        if lesson is not None:
            lessons[column.name] = torch.from_numpy(lesson)
    weights = None if choice.alone else grown(before, choice.plans[0])  # what is found by a limit is narrower
    return Parent(lessons, {} if weights is None else {0: weights})


def grown(before: Kept, plan: Architecture) -> Mapping[str, torch.Tensor] | None:
    """Weights of a wider plan, made of those of the network of before; None where that cannot be.

    They are those of the network that did not learn from the first fold: the others know what they would be judged by.
    """
    network = before.network
    if isinstance(network, Committee):
        narrow: Any = network.members[0]
    elif before.alone is not None:
        narrow = alone(before.architecture).build()
        narrow.load_state_dict(before.alone)
    else:
        return None
    wide = plan.build()
    if not isinstance(narrow, Network) or not isinstance(wide, Network):
        return None
    try:
        return begun(widened(narrow, wide), plan.build())  # type: ignore[arg-type]  # it is what `wide` is
    except BadNetwork:
        return None


# ---- old and new -------------------------------------------------------------------------------


def hearing(listen: Callable[[Event], None], heard: list[Chosen]) -> Callable[[Event], None]:
    """What hears the events of a training, and remembers what was chosen."""

    def both(event: Event) -> None:
        heard.extend([event] if isinstance(event, Chosen) else [])
        listen(event)

    return both


def judged(
    function: Function[Any, Any], wanted: Target, old: Program, body: Exported, learned: Learned, parts: Parts,
    source: state.Source, choice: Choice, accept: bool, heard: Sequence[Chosen],
) -> Resized:  # fmt: skip
    """Sets the new program beside the old one, and installs it where it is good enough."""
    new_report = compared(function, body.program, parts, written=partial(written, function, body, parts))
    reports = {"new": new_report, "old": compared(function, old, parts)}
    taken = in_turns({"new": body.program, "old": old}, parts.held_out)
    past = measures(old, function.path, taken["old"], reports["old"], parts.held_out)
    gains = against(reports["new"], reports["old"], parts.held_out)
    before = function.path.read_bytes()
    trial = Resized(
        function.name, wanted, past, past, reports["new"], gains, choice.empty, tried(heard), learned.why, False,
        function.path,
    )  # fmt: skip
    there = replace(past, median=taken["new"].median, bytes=len(written(function, body, parts, new_report)))
    trial = replace(trial, new=there)
    good = accept or (trial.verdict == BETTER and not trial.worse and trial.met)
    if good:
        state.write(state.before(function.path), before)
    done = placed(function, body, reports["new"], parts, source, good, learned)
    new = measures(body.program, done.path, taken["new"], reports["new"], parts.held_out)
    command = function.command("resize", "--back")
    return replace(
        trial, new=new, installed=good, path=done.path,
        back=f"{BEFORE.capitalize()} is kept, and comes back with: {command}" if good else "",
    )  # fmt: skip


def tried(heard: Sequence[Chosen]) -> tuple[Tried, ...]:
    """The ways to learn that validation chose among, by their losses."""
    found = []
    for event in heard:
        for trial in event.trials:
            how = ", ".join([trial.architecture.name, *(trial.task.dials.inherited or ["from the examples alone"])])
            found.append(Tried(how, trial.loss))
    return tuple(found)


def same(path: Path, before: Path) -> bool:
    """Whether the program of before is that which answers now: a resizing was cut off before it had another one."""
    return exists(path) and not exists(state.aside(before)) and path.read_bytes() == before.read_bytes()


def back(function: Function[Any, Any]) -> Path:
    """The file of the program of before, which answers again; what answered meanwhile is kept in its place.

    Raises NotTrained where none is kept, BadProgram where it fits the function no more.
    """
    decorated(function)
    with state.alone(function.path, function.name):
        place = state.before(function.path)
        if not exists(place) or same(function.path, place):
            raise NotTrained(
                f"{function.name}() has no program of before a resizing", f"Resize it: {function.command('resize')}"
            )
        function.adopt(load(place))
        state.swap(function.path, place)
        function.reload()
    return function.path
