"""The page: one HTML file without a network. Its first screen is for everybody, what follows for who wants to know."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wisen.evidence import BETTER, WORSE
from wisen.headtohead import BY_HAND, LEARNED, NAIVE
from wisen.report.chart import Axis, Chart
from wisen.report.pieces import COLOURS, Raw, amount, between, change, escaped, share, table
from wisen.report.style import STYLE
from wisen.spoken import duration, size

if TYPE_CHECKING:
    from wisen.report.subject import Subject

SAID = {
    BETTER: ("Better", "The learned program is better than the code that it replaces."),
    WORSE: ("Worse", "The learned program is worse. Keep your code."),
}
NOT_SHOWN = ("Not better", "It is not shown that the learned program is better. Keep your code.")


@dataclass(frozen=True)
class Page:
    """A report: its figures as plain data, and the page that is drawn of them."""

    figures: Mapping[str, Any]
    html: str = field(repr=False)

    @property
    def verdict(self) -> str:
        """better, no better or worse."""
        return str(self.figures["verdict"])

    def to_json(self) -> dict[str, Any]:
        """Every number of the page."""
        return dict(self.figures)

    def save(self, path: str | Path) -> Path:
        """Writes the page to a file, whole or not at all; raises WisenError where that cannot be."""
        from wisen.state import write

        write(Path(path), self.html.encode())
        return Path(path)

    def _repr_html_(self) -> str:
        inside = html.escape(self.html)
        return f'<iframe srcdoc="{inside}" style="width:100%;height:42em;border:1px solid #8888"></iframe>'


def page(subject: Subject, sections: Mapping[str, Any], left: Mapping[str, str], seconds: Mapping[str, float]) -> Page:
    """The page about a subject from the figures of its sections."""
    manifest = subject.program.manifest
    figures = {
        "function": subject.function.name,
        "signature": str(subject.function.signature),
        "doc": str(manifest.get("doc", "")),
        "verdict": subject.head.verdict,
        "examples": {
            "learning": len(subject.parts.learning),
            "held_out": len(subject.held),
            "left_out": [str(each) for each in subject.parts.learning.bad][:20],
            "notes": list(subject.parts.learning.notes),
            "hash": manifest.get("examples", {}).get("hash"),
            "split": manifest.get("split", {}),
        },
        "program": {"file": subject.path.name, "chosen": manifest.get("chosen"), "versions": manifest.get("versions")},
        "sections": dict(sections),
        "not_shown": dict(left),
        "seconds": dict(seconds),
    }
    return Page(figures, written(figures, subject.shown))


def written(figures: Mapping[str, Any], show: Any) -> str:
    """The whole page, drawn of the figures alone; `show` gives the inputs of an example."""
    from wisen.report import SECTIONS

    name, sections = figures["function"], figures["sections"]
    body = []
    for key, section in SECTIONS.items():
        if key in sections:
            headline = f'<p class="headline">{escaped(told(sections[key]))}</p>'
            title = f'<h2>{escaped(section.title)} <span class="faint">{escaped(section.question)}</span></h2>'
            body.append(f'<section id="{key}">{title}{headline}{section.drawn(sections[key], show)}</section>')
    head = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; media-src data:; '
        "style-src 'unsafe-inline'\">"
        f"<title>{escaped(name)}: report</title><style>{STYLE}</style></head>"
    )
    return f"{head}<body><main>{first(figures)}{''.join(body)}{foot(figures)}</main></body></html>\n"


# ---- the first screen --------------------------------------------------------------------------


def first(figures: Mapping[str, Any]) -> str:
    """What everybody should understand: the verdict, the two numbers, how sure, how large and how fast."""
    word, sentence = SAID.get(figures["verdict"], NOT_SHOWN)
    kind = {BETTER: "good", WORSE: "bad"}.get(figures["verdict"], "fair")
    doc = f'<p class="doc">{escaped(figures["doc"])}</p>' if figures["doc"] else ""
    verdict = f'<p class="verdict {kind}"><b>{word}</b> {sentence}</p>'
    lead = "".join(
        numbers(name, each, figures) for name, each in figures["sections"]["head-to-head"]["outputs"].items()
    )
    return (
        f"<header><h1>{escaped(figures['function'])}</h1>{doc}{verdict}{lead}{tiles(figures)}{where(figures)}</header>"
    )


def numbers(name: str, figures: Mapping[str, Any], whole: Mapping[str, Any]) -> str:
    """The rival's number beside the program's, with a bar and its interval for each."""
    metric, scores = figures["metric"], figures["scores"]
    rival = BY_HAND if BY_HAND in scores else NAIVE
    several = len(whole["sections"]["head-to-head"]["outputs"]) > 1
    words = {BY_HAND: "your code", NAIVE: "always the same answer", LEARNED: "learned program"}
    big = []
    for each in (rival, LEARNED):
        value = amount(scores[each]["metrics"][metric["name"]], metric["share"])
        big.append(f'<div class="big s{COLOURS[each]}"><span>{words[each]}</span><b>{escaped(value)}</b></div>')
    what = f"Share of right answers ({metric['name']})" if metric["share"] else capital(metric["name"])
    meaning = f"{what}: {metric['better']} is better"
    title = f"<h3>{escaped(name)}</h3>" if several else ""
    arrow = '<div class="arrow">→</div>'
    sure = f'<p class="faint">{escaped(meaning)}. {escaped(gain(figures, rival, whole))}</p>'
    return f'{title}<div class="numbers">{big[0]}{arrow}{big[1]}{strip(figures, rival)}</div>{sure}'


def gain(figures: Mapping[str, Any], rival: str, whole: Mapping[str, Any]) -> str:
    """How sure it is that the one is better, in words."""
    metric, found = figures["metric"], figures["gains"][rival]
    told = f"On {whole['examples']['held_out']:,} examples that it had never seen the gain is "
    span = between(*found["interval"], metric["share"])
    return f"{told}{change(found['value'], metric['share'])}; with 95 % confidence it lies between {span}."


def strip(figures: Mapping[str, Any], rival: str) -> str:
    """Both intervals on one line."""
    metric, scores = figures["metric"], figures["scores"]
    ends = [end for each in (rival, LEARNED) for end in scores[each]["interval"]]
    x = Axis.around(metric["name"], ends, share=metric["share"])
    canvas = Chart("both with their 95 % intervals", x, Axis.of_names("", [LEARNED, rival]), 360, 112)
    for place, each in enumerate((LEARNED, rival)):
        canvas.interval(place, *scores[each]["interval"], colour=COLOURS[each], across=True)
        canvas.dots([(scores[each]["metrics"][metric["name"]], place)], COLOURS[each], 4.5)
    return f"<div>{canvas}</div>"


def tiles(figures: Mapping[str, Any]) -> str:
    """Short facts: how far it can be believed, its size, its speed, what it was made of."""
    sections, examples = figures["sections"], figures["examples"]
    found = []
    for each in sections.get("reliability", {}).get("outputs", {}).values():
        if "sure" in each:
            found.append(("Can it be believed?", f"{share(each['sure'])} sure", f"and right in {share(each['right'])}"))
        elif "inside" in each:
            found.append(("Can it be believed?", share(each["inside"]), "of truths lie in its interval"))
        break
    cost = sections["cost"]
    calls = cost["calls"]
    hand = calls.get(BY_HAND)
    beside = f"your code: {duration(hand['quantiles']['0.5'])}" if hand else "on one core"
    found.append(("Speed", duration(calls[LEARNED]["quantiles"]["0.5"]), f"an answer; {beside}"))
    found.append(("Size", size(cost["bytes"]), f"one file, {cost['parameters']:,} parameters"))
    found.append(("Made of", f"{examples['learning']:,} examples", f"judged on {examples['held_out']:,} others"))
    cells = "".join(
        f"<div><span>{escaped(a)}</span><b>{escaped(b)}</b><span>{escaped(c)}</span></div>" for a, b, c in found
    )
    return f'<div class="tiles">{cells}</div>'


def where(figures: Mapping[str, Any]) -> str:
    """What every section comes to, in a line each that leads there."""
    from wisen.report import SECTIONS

    lines = [
        f'<li><a href="#{key}">{escaped(section.question)}</a> {escaped(told(figures["sections"][key]))}</li>'
        for key, section in SECTIONS.items()
        if key in figures["sections"] and section.early
    ]
    return f'<ul class="where">{"".join(lines)}</ul>'


def told(section: Mapping[str, Any]) -> str:
    """What a section comes to, as a sentence."""
    return capital(section["headline"])


def capital(text: str) -> str:
    """A sentence as it begins."""
    return text[:1].upper() + text[1:]


# ---- the foot ----------------------------------------------------------------------------------


def foot(figures: Mapping[str, Any]) -> str:
    """What the page was made of: signature, examples, versions, sections that could not be shown."""
    examples, program = figures["examples"], figures["program"]
    versions = ", ".join(f"{name} {version}" for name, version in (program["versions"] or {}).items())
    rows = [
        ["signature", Raw(f"<code>{escaped(figures['signature'])}</code>")],
        ["program", f"{program['file']}: {program['chosen']}"],
        ["examples", f"{examples['learning']:,} to learn from, {examples['held_out']:,} held out"],
        *([["their hash", Raw(f"<code>{escaped(str(examples['hash'])[:16])}</code>")]] if examples["hash"] else []),
        *(["note", note] for note in examples["notes"]),
        *([["rows left out", "; ".join(examples["left_out"])]] if examples["left_out"] else []),
        ["made with", versions],
        *([f"not shown: {name}", why] for name, why in figures["not_shown"].items()),
        ["this page", f"made in {duration(figures['seconds']['in all'])}"],
    ]
    return f"<footer><h2>What this was made of</h2>{table(['', ''], rows, words=2)}</footer>"
