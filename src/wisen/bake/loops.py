"""Fixed loops: how many, how long, and where each value lies in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

VARIABLES = "ijklmnopq"
"""Names of loop variables, from the outermost."""


def nest(loops: Sequence[tuple[str, int]], body: Iterable[str]) -> list[str]:
    """Lines of C: a body inside of loops, each a variable and how often it runs."""
    body, lines, depth = list(body), [], 0
    whole = "\n".join(body)
    for variable, count in loops:
        if count == 1 and not re.search(rf"\b{variable}\b", whole):
            continue
        lines.append(f"{'    ' * depth}for (int {variable} = 0; {variable} < {count}; {variable}++) {{")
        depth += 1
    lines += [f"{'    ' * depth}{line}" for line in body]
    return [*lines, *(f"{'    ' * level}}}" for level in reversed(range(depth)))]


def at(variables: Sequence[str], strides: Sequence[int], begin: int = 0) -> str:
    """The index of a number, from loop variables and strides."""
    pairs = [
        (variable, stride) for variable, stride in zip(variables, strides, strict=True) if stride and variable != "0"
    ]
    words = [plain(variable) if stride == 1 else f"{variable} * {stride}" for variable, stride in pairs]
    words += [str(begin)] if begin or not words else []
    return " + ".join(words).replace("+ -", "- ")


def plain(variable: str) -> str:
    """The sum of two variables without the brackets that it needs only where it is multiplied."""
    found = re.fullmatch(r"\((\w+ \+ \w+)\)", variable)
    return found[1] if found else variable


def merged(shape: Sequence[int], every: Sequence[Sequence[int]]) -> tuple[list[int], list[list[int]]]:
    """(how often each loop runs, the strides of each value in these loops): as few loops as visit all numbers, those
    of the first value in the order in which they lie."""
    first = every[0]
    axes = [axis for axis in sorted(range(len(shape)), key=lambda axis: -abs(first[axis])) if shape[axis] > 1]
    counts: list[int] = []
    found: list[list[int]] = [[] for _ in every]
    for axis in axes:
        inner = [strides[axis] for strides in every]
        if counts and all(f[-1] == i * shape[axis] for f, i in zip(found, inner, strict=True)):
            counts[-1] *= shape[axis]
            for f, i in zip(found, inner, strict=True):
                f[-1] = i
        else:
            counts.append(shape[axis])
            for f, i in zip(found, inner, strict=True):
                f.append(i)
    return counts, found
