"""A tree of questions written as a Python function that a person would have written: guards first, no needless else."""

from __future__ import annotations

import ast
import builtins
import datetime
import typing
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from wisen.function import Function
    from wisen.signature import Column

INDENT = "    "
Condition = Callable[[int, float, float, bool, bool], str]
"""(the number that is asked for, the highest below, the lowest above, whether what is missing is below, for which side
the condition is to be true) -> the condition."""


@dataclass(frozen=True)
class Leaf:
    """An answer, how Python writes it, behind how many examples it stands, and how like their own answers it is."""

    answer: Any
    code: str
    count: int
    likeness: float
    leaves: int = 1

    def used(self) -> Iterator[int]:
        """The numbers that are asked for: none."""
        return iter(())


@dataclass(frozen=True)
class Split:
    """A question: those whose number is at most `low` go left, those from `high` on right."""

    number: int
    low: float
    high: float
    missing: bool
    """Whether what is missing goes left."""
    left: Leaf | Split
    right: Leaf | Split

    @property
    def leaves(self) -> int:
        """How many answers stand below it."""
        return self.left.leaves + self.right.leaves

    def used(self) -> Iterator[int]:
        """The numbers that are asked for, from the top."""
        yield self.number
        yield from self.left.used()
        yield from self.right.used()


Tree = Leaf | Split


def runs(tree: Tree, sides: np.ndarray) -> list[Any]:
    """The tree's answers to examples that are known by their numbers."""
    found: list[Any] = [None] * len(sides)

    def down(tree: Tree, here: np.ndarray) -> None:
        if isinstance(tree, Leaf):
            for place in here:
                found[place] = tree.answer
            return
        values = sides[here, tree.number]
        limit = tree.low if np.isinf(tree.high) else (tree.low + tree.high) / 2
        under = np.where(np.isnan(values), tree.missing, (values <= limit) | np.isinf(tree.high))
        down(tree.left, here[under])
        down(tree.right, here[~under])

    down(tree, np.arange(len(sides)))
    return found


def lines(tree: Tree, condition: Condition, kind: Any, depth: int = 1) -> list[str]:
    """The lines of the function's body: the smaller side of each question first, as a guard."""
    space = INDENT * depth
    if isinstance(tree, Leaf):
        how = f", {tree.likeness:.0%} as the program" if 0 <= tree.likeness <= 1 and kind.labels() else ""
        return [f"{space}return {tree.code}  # {tree.count:,} examples{how}"]

    def cost(under: bool) -> tuple[int, bool, bool]:
        side = tree.left if under else tree.right
        words = condition(tree.number, tree.low, tree.high, tree.missing, under)
        return side.leaves, "!=" in words or "not " in words, not under

    under = min((True, False), key=cost)
    first, second = (tree.left, tree.right) if under else (tree.right, tree.left)
    words = condition(tree.number, tree.low, tree.high, tree.missing, under)
    return [f"{space}if {words}:", *lines(first, condition, kind, depth + 1), *lines(second, condition, kind, depth)]


def signature_line(function: Function[Any, Any], name: str, column: Column) -> str:
    """The line with `def`: the function's own parameters and annotations."""
    parameters = list(function.signature.parameters.parameters.values())
    plain = all(p.default is p.empty or type(p.default) in (int, float, str, bool, type(None)) for p in parameters)
    words: list[str] = []
    for place, each in enumerate(parameters):
        if each.kind is each.KEYWORD_ONLY and "*" not in words:
            words.append("*")
        default = f" = {each.default!r}" if plain and each.default is not each.empty else ""
        words.append(f"{each.name}: {annotation(each.name, each.annotation, function)}{default}")
        last = place + 1 == len(parameters) or parameters[place + 1].kind is not each.POSITIONAL_ONLY
        if each.kind is each.POSITIONAL_ONLY and last:
            words.append("/")
    returned = function.signature.parameters.return_annotation
    written = isinstance(returned, str) and function.signature.single
    own = written and all(map(known, words_of(returned)))
    answer = plainly(returned if own else column.kind.annotation)
    line = f"def {name}({', '.join(words)}) -> {answer}:"
    if len(line) <= 120:
        return line
    return "\n".join([f"def {name}(", *(f"{INDENT}{word}," for word in words if word), f") -> {answer}:"])


def annotation(name: str, meant: Any, function: Function[Any, Any]) -> str:
    """A parameter's annotation as it was written, where that needs no name of the person's own; else what it means."""
    if isinstance(meant, str) and all(known(word) for word in words_of(meant)):
        return plainly(meant)
    column = next((column for column in function.signature.inputs if column.name == name), None)
    if column is not None:
        return plainly(str(column).removeprefix(f"{name}: "))
    return meant if isinstance(meant, str) else str(meant.__name__)


def plainly(written: str) -> str:
    """An annotation with double quotes, where that is as easy."""
    return written if '"' in written or "\\" in written else written.replace("'", '"')


def words_of(code: str) -> list[str]:
    """The names that a piece of Python uses."""
    return sorted({node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)})


def known(name: str) -> bool:
    """Whether a name is one of Python's own."""
    return any(hasattr(module, name) for module in (builtins, typing, datetime))


def header(function: Function[Any, Any], code: str) -> list[str]:
    """The lines above the function: what the file is, and the imports of what its annotations and answers name."""
    space = getattr(function.__wrapped__, "__globals__", {})
    own = set(function.signature.names) | {function.name}
    names = [name for name in words_of(code) if name not in own and not hasattr(builtins, name)]
    imports = [imported(name, space, function.__module__) for name in names]
    return [
        f'"""What the learned program of {function.name}() does, as far as a few lines of code can say it."""',
        "",
        "from __future__ import annotations",
        *([""] if any(imports) else []),
        *together(filter(None, imports)),
        "",
        "",
    ]


def together(imports: Iterable[str]) -> list[str]:
    """Lines of imports, one for each module."""
    found: dict[str, list[str]] = {}
    for line in sorted(imports):
        module, _, name = line.partition(" import ")
        found.setdefault(module, []).append(name)
    return [f"{module} import {', '.join(names)}" if names[0] else module for module, names in found.items()]


def imported(name: str, space: dict[str, Any], home: str) -> str:
    """The line that imports what a name means where the function stands, in the module `home`; empty where that is
    not known."""
    import wisen

    meant = space.get(name)
    if isinstance(meant, ModuleType):
        return f"import {meant.__name__}" if meant.__name__ == name else f"import {meant.__name__} as {name}"
    for module in (wisen, typing, datetime):
        if hasattr(module, name) and (meant is None or meant is getattr(module, name)):
            return f"from {module.__name__} import {name}"
    return "" if meant is None else f"from {home} import {name}"
