"""Where is it wrong? The surest mistakes, what only the hand-written body has right, and what was hardest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from wisen.headtohead import BY_HAND, LEARNED
from wisen.report.pieces import escaped, outputs, paragraph, plain, share
from wisen.report.subject import HELD_OUT, Show, Subject, Target

MOST = 12
"""Examples of each list."""


def found(subject: Subject) -> dict[str, Any] | None:
    """For every output the examples of three lists: their places among the held-out ones, and what was said."""
    every = subject.each(lambda target: one(subject, target))
    return every and {"headline": next(iter(every.values()))["headline"], "outputs": every}


def one(subject: Subject, target: Target) -> dict[str, Any]:
    """The lists of one output."""
    lists = {name: listed(subject, target, places) for name, places in chosen(target).items()}
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
    return {"headline": told, "lists": lists}


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
    """Each list as cards with the inputs."""
    return outputs(
        figures, lambda name, each: "".join(cards(TITLES[key], every, show) for key, every in each["lists"].items())
    )


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
