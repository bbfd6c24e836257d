"""THE SPINE. The file to read first: from examples to a program, one call a stage.

divided        what is known: examples, matched to the signature, read and checked; some are held out
fitted         what the kinds have to know: labels, means, sizes
plans          define the architecture: which networks to try, within the limits that a person set
learn          learn: forward and backward passes, until the weights are good
exported       one ONNX file that says the same, proved on the validation examples
head_to_head   is it better than the hand-written body? only then is it installed
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wisen import state
from wisen.descent import Event, Learned, Planned, device_of, learn, own_chance, within_memory
from wisen.descent.schedule import seconds
from wisen.drafts import Drafts
from wisen.errors import BadProgram, BadSignature, NotTrained
from wisen.evidence import BETTER
from wisen.examples import Examples, Parts, Rule, brought, column, fitted, known, split
from wisen.export import Exported
from wisen.headtohead import Report, head_to_head
from wisen.kept import keep, sweep
from wisen.limits import held
from wisen.names import exists
from wisen.plans import plans
from wisen.program import Program, load
from wisen.progress import shown
from wisen.signature import pretrained as borrowing
from wisen.within import Fits, exported, within

if TYPE_CHECKING:
    from wisen.function import Function


def train(
    function: Function[Any, Any],
    examples: Any,
    *,
    held_out: Any = None,
    budget: float | str = 60.0,
    seed: int = 0,
    group: str | None = None,
    time: str | None = None,
    key: str | None = None,
    device: str = "auto",
    returns: str | None = None,
    columns: Mapping[str, str] | None = None,
    encoding: str = "utf-8",
    metric: str | None = None,
    network: Any = None,
    pretrained: bool = False,
    accept: bool = False,
    fresh: bool = False,
    listen: Callable[[Event], None] = shown,
) -> Outcome:
    """What learning the body of a function from examples came to; a better program is installed.

    Three in ten examples are held out to judge by, or else those in `held_out`, a source of its own, or where they
    stand in time a moment: those from it on. `budget` is seconds, or a text such as "5min". Rows with one value of
    the column `group` stay on one side of the split; "who_a,who_b" names two of a pair. `time` names the column that
    says when, where the signature looks at other steps than now, and `key` the one that tells several series apart.
    `returns` names the column of the answer, `columns` maps parameters to columns. `metric` decides in place of the
    usual one: "balanced accuracy", "mean squared error". `network` is your own; see `wisen.function`. With
    `pretrained`, networks that were trained on other data may read texts, pictures and sounds, if validation likes them
    better. `accept` installs a program that is not better, `fresh` leaves a checkpoint aside, `listen` hears the
    events; without it they are shown.
    Raises BadSignature, BadExamples, BadNetwork, BadProgram, Busy, NotInstalled, and Stopped on Ctrl-C.
    """
    decorated(function)
    limit, place, _ = seconds(budget), device_of(device), function.signature.aimed(metric)
    with state.alone(function.path, function.name), own_chance(place), within_memory():
        cut = moment(function, held_out)
        source = state.Source(examples, returns, columns, encoding, group, None if cut else held_out)
        parts = divided(function, source, Rule(group, time=time, key=key, cut=cut or last_cut(function, fresh)))
        inputs, outputs = fitted(parts, metric)
        inputs = borrowing(inputs, function.name) if pretrained else inputs
        own = function.network if network is None else network
        sure, doc = function.below is not None, function.signature.doc
        fits = Fits(function.limits, Drafts(inputs, outputs, function.name, doc, sure, parts.learning))
        tried, fits = within(fits, plans(inputs, outputs, own), own)
        listen(Planned(parts, tried, inputs, outputs, fits.left))

        checkpoint = state.checkpoint(function.path, tried, parts, inputs, outputs, (seed, place), fresh)
        learned = learn(tried, parts, inputs, outputs, limit, seed, place, checkpoint, listen, fits)
        body = exported(learned, fits, parts)
        report = compared(function, body.program, parts, written=partial(written, function, body, parts))
        return install(function, body, report, parts, source, accept, learned)


def test(
    function: Function[Any, Any],
    examples: Any = None,
    *,
    by: str | tuple[str, ...] = (),
    returns: str | None = None,
    columns: Mapping[str, str] | None = None,
    encoding: str = "utf-8",
) -> Report:
    """The head-to-head on held-out examples, those of the last training where none are given.

    Of examples that are given, those are held out that the last training would have held out; all of
    them, where it was brought held-out examples by themselves. `by` names columns whose values cut
    the held-out examples into slices. Raises NotTrained.
    """
    program, _, parts = recalled(function, examples, returns, columns, encoding)
    return compared(function, program, parts, cut(parts, by))


def recalled(
    function: Function[Any, Any], examples: Any, returns: str | None, columns: Mapping[str, str] | None, encoding: str
) -> tuple[Program, Path, Parts]:
    """(a function's program, the file that it stands in, the examples, divided as for its training: those of that
    training where none are given). Raises NotTrained, BadExamples."""
    decorated(function)
    program, path = standing(function)
    function.adopt(program)
    source = state.Source(examples, returns, columns, encoding).or_last(function.path)
    return program, path, divided(function, source, Rule.of(program.manifest))


def cut(parts: Parts, by: str | tuple[str, ...]) -> dict[str, Sequence[Any]]:
    """The columns by whose values the held-out examples are to be cut, by their names."""
    return {name: column(parts.held_out, name) for name in ([by] if isinstance(by, str) else by)}


def divided(function: Function[Any, Any], source: state.Source, rule: Rule) -> Parts:
    """The examples of a source, divided by a rule; or as the source brings them."""

    def read(examples: Any) -> Examples:
        return known(
            examples, function.signature, returns=source.returns, columns=source.columns, encoding=source.encoding,
            time=rule.time, key=rule.key,
        )  # fmt: skip

    if source.held_out is not None:
        return brought(read(source.examples), read(source.held_out), rule)
    return split(read(source.examples), rule)


def moment(function: Function[Any, Any], held_out: Any) -> str | None:
    """The moment that `held_out` names, where it is none of a source of examples."""
    text = str(held_out)
    named = isinstance(held_out, dt.date) or (isinstance(held_out, str | Path) and not exists(Path(text)))
    if not function.signature.windowed or not named:
        return None
    try:
        return dt.datetime.fromisoformat(text).isoformat()
    except ValueError:
        return None


def last_cut(function: Function[Any, Any], fresh: bool) -> str | None:
    """The moment from which on the last training held out: newer rows shall not move it, unless all begins anew."""
    if fresh or not function.signature.windowed:
        return None
    try:
        return Rule.of(trained(function).manifest).cut
    except (BadProgram, NotTrained):
        return None


def decorated(function: Any) -> None:
    """Raises BadSignature where a function is not decorated."""
    if not hasattr(function, "signature") or not hasattr(function, "path"):
        name = getattr(function, "__name__", repr(function))
        raise BadSignature(f"{name} is no decorated function", "Write @wisen.function above its def.")


def compared(
    function: Function[Any, Any], program: Program, parts: Parts, by: Any = None,
    written: Callable[[Report], bytes] | None = None,
) -> Report:  # fmt: skip
    """The report on a program of a function; `written` gives its file with the report in it, where it has none yet."""
    function.adopt(program)
    learning = {name: values[:] for name, values in parts.learning.outputs.items()}
    report = head_to_head(function.name, program, function.hand(), learning, parts.held_out, by, function.below)
    if function.limits is None:
        return report
    first = replace(report, limits=held(function.limits, program, parts.held_out.rows(), program.size))
    if written is None:
        return first
    return replace(report, limits=tuple(each.sized(len(written(first))) for each in first.limits))


def written(function: Function[Any, Any], body: Exported, parts: Parts, report: Report) -> bytes:
    """The program's file, with the report in its manifest."""
    return body.file(report=report.to_json(), **state.facts(function.path, parts))


def install(
    function: Function[Any, Any], body: Exported, report: Report, parts: Parts, source: state.Source, accept: bool,
    learned: Learned,
) -> Outcome:  # fmt: skip
    """Puts a better program beside its module; any other stays a candidate."""
    done = placed(function, body, report, parts, source, accept or report.verdict == BETTER, learned)
    if done.installed:  # what stood there before a resizing is not what stood there before this
        state.before(function.path).unlink(missing_ok=True)
        sweep(function.path)
    return done


def placed(
    function: Function[Any, Any], body: Exported, report: Report, parts: Parts, source: state.Source, installed: bool,
    learned: Learned,
) -> Outcome:  # fmt: skip
    """Puts a program beside its module, where it is to be installed; else it stays a candidate."""
    path = function.path if installed else state.candidate(function.path)
    state.remember(function.path, source)
    data = written(function, body, parts, report)
    keep(path, data, learned)
    state.write(path, data)
    if installed:
        state.candidate(function.path).unlink(missing_ok=True)
        function.reload()
    sweep(function.path)
    return Outcome(report, path, installed, parts, body.program)


def trained(function: Function[Any, Any]) -> Program:
    """The installed program, or else the one that was trained but not installed; raises NotTrained."""
    return standing(function)[0]


def standing(function: Function[Any, Any]) -> tuple[Program, Path]:
    """The same, and the file that it stands in."""
    program = installed(function)
    return (program, function.path) if program else (candidate(function), state.candidate(function.path))


def installed(function: Function[Any, Any]) -> Program | None:
    """The installed program; None where there is none, or one that fits no more while a candidate does."""
    try:
        return function.program
    except BadProgram:
        if not exists(state.candidate(function.path)):
            raise
        return None


def candidate(function: Function[Any, Any]) -> Program:
    """The program that was trained but not installed; raises NotTrained where there is none."""
    path = state.candidate(function.path)
    if not exists(path):
        raise NotTrained(
            f"{function.name}() has no program to test",
            f"Train it first: {function.command('train', '--examples EXAMPLES')}",
        )
    return load(path)


@dataclass(frozen=True)
class Outcome:
    """What training came to: the report, the program and its file, and whether it is installed."""

    report: Report
    path: Path
    installed: bool
    parts: Parts = field(repr=False)
    program: Program = field(repr=False)

    @property
    def verdict(self) -> str:
        """better, no better or worse."""
        return self.report.verdict

    def _repr_html_(self) -> str:
        import html

        notes = "".join(f"<li>{html.escape(note)}</li>" for note in self.parts.learning.notes)
        return self.report._repr_html_() + (f"<ul>{notes}</ul>" if notes else "")
