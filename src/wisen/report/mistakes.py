"""Where is it wrong? The surest mistakes, what only the hand-written body has right, and what was hardest."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from wisen.errors import WisenError
from wisen.headtohead import BY_HAND, LEARNED
from wisen.plain import plain
from wisen.report.pieces import escaped, outputs, paragraph, share
from wisen.report.subject import HELD_OUT, Show, Subject, Target
from wisen.spoken import figure as number
from wisen.spoken import signed

MOST = 12
"""Examples of each list."""
EXPLAINED, SECONDS, TOP = 4, 12.0, 6
"""Examples that are explained, the seconds after which no other is begun, and the parts that are named."""


def found(subject: Subject) -> dict[str, Any] | None:
    """For every output the examples of three lists: their places among the held-out ones, and what was said."""
    every = subject.each(lambda target: one(subject, target))
    return every and {"headline": next(iter(every.values()))["headline"], "outputs": every}


def one(subject: Subject, target: Target) -> dict[str, Any]:
    """The lists of one output."""
    every = chosen(target)
    lists = {name: listed(subject, target, places) for name, places in every.items()}
    why = explained(subject, target, every["worst"])
    if target.right is None:
        worst = lists["worst"][0] if lists["worst"] else None
        told = (
            f"Its worst answer: {worst['said']} where {worst['wanted']} is true." if worst else "Every answer is exact."
        )
    else:
        wrong = int((~target.right).sum())
        told = f"It is wrong on {wrong:,} of {len(target.right):,} held-out examples"
        lost = int((target.merits[LEARNED] < target.merits[BY_HAND]).sum()) if BY_HAND in target.merits else 0
        told += f"; on {lost:,} of them the hand-written body does better." if lost else "."
    return {"headline": told, "lists": lists, "explained": why}


def explained(subject: Subject, target: Target, places: np.ndarray) -> list[dict[str, Any]]:
    """Why it said what it said of the worst examples, as many as there is time for: each by the method that does best
    in the tests of explanations, with what came of these."""
    from wisen.explain import asked, best

    found: list[dict[str, Any]] = []
    begin = time.perf_counter()
    for place in map(int, places[:EXPLAINED]):
        values = subject.held.rows()[place]
        try:
            why = best(asked(subject.function, values, target.name))
        except WisenError:
            continue  # of an answer such as an empty list nothing can be asked
        subject.pictures[target.name, place] = why.png()
        about = {"example": str(subject.held.names[place]), "place": place}
        told = why.to_json()
        kept = {key: told[key] for key in ("method", "aim", "amount", "unit", "verdict", "score", "checks", "inputs")}
        most = [{"part": name, "amount": amount} for name, amount in why.ranked()[:TOP]]
        found.append({**about, **kept, "most": most})
        if time.perf_counter() - begin > SECONDS:
            break
    return found


def chosen(target: Target) -> dict[str, np.ndarray]:
    """The places of the examples of each list."""
    merits = target.merits[LEARNED]
    bad = np.flatnonzero(merits < target.best)
    sure = target.chances if target.chances is not None else -merits
    lists = {"worst": bad[np.argsort(-sure[bad], kind="stable")][:MOST]}
    if BY_HAND in target.merits:
        lost = np.flatnonzero(target.merits[BY_HAND] > merits)
        gap = target.merits[BY_HAND][lost] - merits[lost]
        lists["better by hand"] = lost[np.lexsort((-sure[lost], -gap))][:MOST]
    if target.chances is not None and target.right is not None:
        good = np.flatnonzero(target.right)
        lists["hardly sure"] = good[np.argsort(target.chances[good], kind="stable")][:MOST]
    return lists


def listed(subject: Subject, target: Target, places: np.ndarray) -> list[dict[str, Any]]:
    """What was wanted and said of some examples."""

    def brief(value: Any) -> str:
        return target.kind.brief(value)

    found = []
    for place in map(int, places):
        hand = {"by_hand": brief(target.result.answers[BY_HAND][place])} if BY_HAND in target.rivals else {}
        inside = {name: plain(values.kind.write(values[place])) for name, values in short(subject).items()}
        about = {"example": str(subject.held.names[place]), "place": place, "inputs": inside}
        said = {"wanted": brief(target.truths[place]), "said": brief(target.answers[place]), **hand}
        chance = None if target.chances is None else float(target.chances[place])
        found.append({**about, **said, "probability": chance})
    return found


def short(subject: Subject) -> dict[str, Any]:
    """The inputs that a line of JSON can hold; pictures and sounds are named by their example."""
    return {name: values for name, values in subject.held.inputs.items() if not values.raws}


# ---- drawn -------------------------------------------------------------------------------------

TITLES = {
    "worst": "The surest mistakes",
    "better by hand": "Where the hand-written body does better",
    "hardly sure": "Right, but hardly sure",
}


def drawn(figures: Mapping[str, Any], show: Show) -> str:
    """Each list as cards with the inputs, and why the worst answers were given."""
    return outputs(figures, lambda name, each: lists(name, each, show))


def lists(output: str, figures: Mapping[str, Any], show: Show) -> str:
    """The lists of one output."""
    every = [cards(TITLES[key], examples, show) for key, examples in figures["lists"].items()]
    return every[0] + reasons(output, figures["explained"], show) + "".join(every[1:])


NOTE = (
    "Red counted for the answer, blue against it. Each explanation is put to tests that can fail: one that is called "
    "untrustworthy shows what a method says, and not why the program answered."
)


def reasons(output: str, explained: Sequence[Mapping[str, Any]], show: Show) -> str:
    """What counted for the worst answers, and whether that can be believed."""
    found = []
    for each in explained:
        passed = sum(check["passed"] for check in each["checks"])
        told = f"{each['aim']}: {number(each['amount'])} {each['unit']}"
        tests = f"{each['method']}, {each['verdict']}: {passed} of {len(each['checks'])} tests passed"
        most = ", ".join(f"{part['part']} {signed(part['amount'])}" for part in each["most"] if part["part"])
        words = f"<p>{escaped(told)}<br>{escaped(tests)}<br>"
        words += f'<span class="faint">{escaped(each["example"])}: {escaped(most)}</span></p>'
        found.append(f'<div class="card broad">{show(f"explained {output}", each["place"])}{words}</div>')
    title = paragraph("Why it said so", "head")
    return f'{title}<div class="cards">{"".join(found)}</div>{paragraph(NOTE, "faint")}' if found else ""


def cards(title: str, examples: Sequence[Mapping[str, Any]], show: Show) -> str:
    """Examples with their inputs, what was wanted, what was said and how sure."""
    found = []
    for each in examples:
        sure = "" if each["probability"] is None else f" ({share(each['probability'])} sure)"
        hand = f"<br>by hand: {escaped(each['by_hand'])}" if "by_hand" in each else ""
        said = f"wanted: <b>{escaped(each['wanted'])}</b><br>said: <b>{escaped(each['said'])}</b>{escaped(sure)}{hand}"
        name = f'<span class="faint">{escaped(each["example"])}</span>'
        found.append(f'<div class="card">{show(HELD_OUT, each["place"])}<p>{said}<br>{name}</p></div>')
    return f'{paragraph(title, "head")}<div class="cards">{"".join(found)}</div>' if found else ""
