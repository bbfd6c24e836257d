"""Whether examples can be learned from: what is left out, what is odd, what stops."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from wisen.errors import BadExamples, listed
from wisen.examples.memory import Bad
from wisen.examples.table import Examples
from wisen.examples.values import Values
from wisen.kinds import Output

MOST_BAD = 0.05
FEWEST = 10


def checked(examples: Examples) -> Examples:
    """The examples with the answers' spellings tidied and notes about what is odd.

    Raises BadExamples where over 5 % are bad, there are too few, or nothing can be told apart.
    """
    total = len(examples) + len(examples.bad)
    if len(examples.bad) > MOST_BAD * total:
        raise BadExamples(
            f"{len(examples.bad)} of {total} examples are bad:\n{bad_list(examples.bad)}", remedy(examples)
        )
    if total == 0:
        raise BadExamples("there are no examples")
    if len(examples) < FEWEST:
        count = "is only 1 example" if len(examples) == 1 else f"are only {len(examples)} examples"
        raise BadExamples(f"there {count}", "Bring more of them: 50 are a start, a few hundred are better.")
    examples = tidied(examples)
    notes = [*examples.notes, *oddities(examples), *contradictions(examples)]
    if examples.bad:
        notes.append(f"{len(examples.bad)} of {total} examples are left out:\n{bad_list(examples.bad)}")
    return replace(examples, notes=tuple(notes))


def bad_list(bad: tuple[Bad, ...], most: int = 5) -> str:
    """The first bad rows, one a line."""
    lines = [f"  {item}" for item in bad[:most]]
    return "\n".join(lines + ([f"  and {len(bad) - most} more"] if len(bad) > most else []))


def remedy(examples: Examples) -> str:
    """What to type instead, where most rows are bad in the same way."""
    missing = Counter(bad.why.split(" ")[0] for bad in examples.bad if bad.why.endswith("is missing"))
    if not missing:
        return next((bad.hint for bad in examples.bad if bad.hint), "Mend them, or leave them out.")
    name = missing.most_common(1)[0][0]
    column = next((c for c in examples.signature.inputs if c.name == name), None)
    if column is None:
        return "An example without its answer teaches nothing: leave it out."
    return f"Write `{column} | None` in the signature if it may be missing."


def tidied(examples: Examples) -> Examples:
    """The examples with notes about accidental differences of spelling, and without them in the answers.

    Inputs keep their spellings: the program has to know all of them.
    """
    notes = list(examples.notes)
    outputs: dict[str, Values] = {}
    for name, values in (*examples.inputs.items(), *examples.outputs.items()):
        kept, said = values.kind.tidy(values.kept)
        notes += [f"{name}: {line}" for line in said]
        if name in examples.outputs:
            outputs[name] = Values(values.kind, kept, values.raws)
    return replace(examples, outputs=outputs, notes=tuple(notes))


def oddities(examples: Examples) -> list[str]:
    """What is odd about single columns; raises BadExamples where an answer never changes."""
    notes = []
    for name, values in examples.inputs.items():
        notes += [f"{name} {doubt}" for doubt in values.kind.doubts(values.in_memory())]
    for column in examples.signature.outputs:
        notes += outcomes(column.name, column.kind, examples.outputs[column.name])
    return notes


def outcomes(name: str, kind: Output, values: Values) -> list[str]:
    """What is odd about the answers; raises BadExamples where they are all the same."""
    counts = Counter(str(kind.write(value)) for value in values)
    if len(counts) == 1:
        raise BadExamples(
            f"the {name} is {next(iter(counts))} in all {len(values)} examples: there is nothing to tell apart",
            "Bring examples of the other answers too.",
        )
    found = Counter(kind.groups(values))
    single = sorted(text for text, count in found.items() if count == 1)
    unseen = sorted(text for text in kind.labels() if text not in found)
    notes = [f"only one example of {listed(single)}: it can be learned or tested, not both"] if single else []
    return notes + ([f"no example of {listed(unseen)}: it will never be the answer"] if unseen else [])


def contradictions(examples: Examples) -> list[str]:
    """A note about examples with the same inputs and different answers."""
    answers = examples.answers()
    same = [sorted(places.tolist()) for places in examples.digests.runs(examples.digests.order())]
    torn = sorted(places for places in same if len({str(answers[place]) for place in places}) > 1)
    if not torn:
        return []
    first = listed([examples.names[place] for place in torn[0]], 3)
    return [f"{sum(map(len, torn))} examples have the inputs of another but a different answer, such as {first}"]
