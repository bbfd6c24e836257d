"""A Python file with a typed function, written from a look at the examples and ready to train."""

from __future__ import annotations

import ast
import builtins
import datetime
import keyword
import re
import sys
import textwrap
import typing
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import wisen
from wisen import state
from wisen.errors import BadExamples, WisenError
from wisen.examples import Rows, rows
from wisen.examples.guess import Guess, guess, guessed
from wisen.examples.rhythm import Rhythm, rhythm_of
from wisen.examples.table import fold
from wisen.kinds import Input, Kind, Output
from wisen.names import exists

CLASSES = "folder"
"""The column of the answer where each class has a folder."""
WIDTH = 88
"""Columns of a line; what ruff and black take where nobody says otherwise."""


@dataclass(frozen=True)
class Draft:
    """A file to be: where, its source, the function, and the command that trains it."""

    path: Path
    source: str
    function: str
    command: str
    unsure: tuple[str, ...]
    """What a person should look at, one line a column."""

    def write(self, force: bool = False) -> None:
        """Writes the file; raises WisenError where there is one already, unless forced."""
        if exists(self.path) and not force:
            raise WisenError(f"{self.path} is there already", "Choose another: --to FILE.py, or replace it: --force")
        state.write(self.path, self.source.encode())


@dataclass(frozen=True)
class Parameter:
    """A parameter to be: its name, type, column and what is unsure about it."""

    name: str
    annotation: str
    column: str
    doubts: tuple[str, ...] = ()


def draft(
    source: Path, returns: str | None = None, to: Path | None = None, name: str = "", encoding: str = "utf-8"
) -> Draft:
    """The draft of a function that tells the column `returns` of a table from the others, or the class of a file.

    Raises BadExamples where the examples cannot be read or have no answer.
    """
    if to is not None and to.suffix != ".py":
        raise BadExamples(f"{to.name!r} is no name for a Python file", f"Write --to {typed(to.with_suffix('.py'))}")
    found = rows(source, None, encoding)
    inputs, output = guessed(found, returns)
    rhythm = steps_of(found, inputs, output)
    to = to or Path(module_name(source) + ".py")
    assert output.kind is not None
    function = name or function_name(found, source, output)
    if keyword.iskeyword(function):
        raise BadExamples(f"{function!r} is a word of Python", f"Name the function otherwise: --name {function}_")
    if not function.isidentifier():
        raise BadExamples(f"{function!r} is no name for a function", "Write letters, digits and underscores.")
    if rhythm is not None:
        inputs = [each for each in inputs if each.column != rhythm.key]
        inputs.append(guess(output.column, found.columns[output.column], Input))
    parameters = parameters_of(found, inputs, rhythm)
    options = [
        *options_of(found, parameters, output, function, rhythm),
        *([f"--encoding {encoding}"] if encoding != "utf-8" else []),
    ]
    command = " ".join([f"wisen train {typed(to)}:{function} --examples {typed(source)}", *options])
    left = [f"{each.column} {each.doubts[0]}" for each in inputs if each.kind is None]
    answer = Parameter("", spelled(output.kind), output.column, output.doubts)
    if rhythm is not None:
        answer = foretold(output, rhythm)
    text = source_of(found, function, parameters, answer, left, command, counts(found, output))
    ast.parse(text)
    unsure = [f"{each.name or 'the answer'}: {doubt}" for each in (*parameters, answer) for doubt in each.doubts]
    return Draft(to, text, function, command, (*unsure, *(f"left out: {line}" for line in left)))


# ---- steps of time -----------------------------------------------------------------------------


def steps_of(found: Rows, inputs: Sequence[Guess], output: Guess) -> Rhythm | None:
    """The rhythm of a table in order of time, of which the next steps can be asked; None where it is in no such."""
    if found.output or output.kind is None or found.inputs:
        return None
    kinds = [(each.column, each.kind) for each in inputs if each.kind is not None]
    labels = [name for name, kind in kinds if isinstance(kind, Output) and not kind.several and not kind.in_time]
    return rhythm_of(found, [(name, kind) for name, kind in kinds if kind.in_time], labels)


def foretold(output: Guess, rhythm: Rhythm) -> Parameter:
    """The answer as what comes next."""
    kind = output.kind
    assert kind is not None
    what, steps = (kind.several, rhythm.ahead) if kind.several else (spelled(kind), 1)
    next_ones = f"the next {steps} steps are" if steps > 1 else "the next step is"
    doubt = f"in order of {rhythm.time}: {next_ones} asked for; for that of the same row, write `{spelled(kind)}`"
    annotation = f"Annotated[{what}, Next({steps}, {quoted(output.column)})]"
    return Parameter("", annotation, output.column, (doubt, *output.doubts))


# ---- names -------------------------------------------------------------------------------------


def identifier(text: str, otherwise: str) -> str:
    """A Python name that differs from the text in case, spaces and punctuation only; else `otherwise`."""
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", text)
    word = re.sub(r"_+", "_", re.sub(r"\W+", "_", text)).strip("_").lower()
    if not word:
        return otherwise
    word = f"_{word}" if word[0].isdigit() else word
    if not word.isidentifier():
        return otherwise
    return f"{word}_" if keyword.iskeyword(word) or word in ("self", "cls") else word


def module_name(source: Path) -> str:
    """The name of the module for a source, which hides none of Python's own."""
    name = identifier(source.stem if source.is_file() else source.resolve().name, "learned")
    return f"{name}_function" if name in sys.stdlib_module_names or name == "wisen" else name


def function_name(found: Rows, source: Path, output: Guess) -> str:
    """The name of the function: that of the answer's column, or of the folder."""
    if not found.output:
        name = identifier(output.column, "answer")
        return f"{name}_" if hasattr(builtins, name) else name
    folder = identifier(source.resolve().name, "file")
    return f"is_{folder}" if isinstance(output.kind, Output) and output.kind.yes_no else f"which_{folder}"


def parameters_of(found: Rows, inputs: Sequence[Guess], rhythm: Rhythm | None = None) -> list[Parameter]:
    """The parameters of the columns that are not left out, each with a name of its own; numbers of a table in order
    of time as their past."""
    taken: set[str] = set()
    parameters = []
    exact = set(found.columns)
    for place, each in enumerate(inputs, start=1):
        if each.kind is None:
            continue
        name = identifier(each.column, f"column_{place}")
        if each.column in found.inputs:
            name = each.kind.word
        number = 2
        base = name
        while name in taken or (name in exact and name != each.column):
            name, number = f"{base}_{number}", number + 1
        taken.add(name)
        annotation = spelled(each.kind)
        if rhythm is not None and each.kind.several:
            annotation = f"Annotated[{each.kind.several}, Past({rhythm.past})]"
        parameters.append(Parameter(name, annotation, each.column, each.doubts))
    return parameters


def options_of(
    found: Rows, parameters: Sequence[Parameter], output: Guess, function: str, rhythm: Rhythm | None = None
) -> list[str]:
    """The options that training needs to find the columns."""
    options = [f"--key {typed(rhythm.key)}"] if rhythm is not None and rhythm.key else []
    folded = Counter(fold(name) for name in found.columns)
    if not found.output and rhythm is None and (fold(function) != fold(output.column) or folded[fold(function)] > 1):
        options.append(f"--returns {typed(output.column)}")
    for each in parameters:
        plain = fold(each.name) == fold(each.column) and (folded[fold(each.column)] == 1 or each.name == each.column)
        if not plain and each.column not in found.inputs:
            options.append(f"--columns {typed(f'{each.name}={each.column}')}")
    return options


def typed(value: object) -> str:
    """A word as it has to be typed in a shell."""
    import shlex

    return shlex.quote(str(value))


# ---- source ------------------------------------------------------------------------------------


def spelled(kind: Kind) -> str:
    """The annotation of a kind, its strings in double quotes."""
    text = re.sub(STRING, lambda match: quoted(ast.literal_eval(match[0])), kind.annotation)
    return f"{text} | None" if kind.optional else text


STRING = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""


def quoted(text: str) -> str:
    """A string in Python, in double quotes where that needs no escapes."""
    plain = repr(text)
    if plain.startswith("'") and '"' not in text:
        return '"' + plain[1:-1].replace("\\'", "'") + '"'
    return plain


def source_of(
    found: Rows,
    function: str,
    parameters: Sequence[Parameter],
    answer: Parameter,
    left: Sequence[str],
    command: str,
    counted: str,
) -> str:
    """The source of the file."""
    taken: dict[str, str] = {}
    signature = [line for each in parameters for line in parameter_lines(each, taken)]
    room = WIDTH - len(") -> :")
    returned = (
        answer.annotation if len(answer.annotation) <= room else alias(f"{function}_answer", answer.annotation, taken)
    )
    names = ", ".join(each.annotation for each in (*parameters, answer))
    lines = [f'"""{escaped(function)}: a function that is learned from {escaped(found.title)}.', ""]
    lines += ["Train it, and again when you have more examples:", "", f"    {escaped(command)}", '"""', ""]
    lines += [*imports(names), ""]
    for name, annotation in taken.items():
        lines += [f"{name} = {exploded(annotation)}", ""]
    lines += [""]
    lines += ["# Left out:"] if left else []
    lines += [line for each in left for line in comment(f"  {each}", "", "    ")]
    lines += ["@wisen.function", f"def {function}(", *signature, f") -> {returned}:"]
    lines += [f'    """{described(found, answer)}', "", *wrapped(counted)]
    lines += ['    """']
    lines += [line for doubt in answer.doubts for line in comment(f"the answer: {doubt}", "    ")]
    lines += comment("If you know a rule, write it here: it answers until there is a better program,", "    ")
    lines += comment("and training sets the two against each other.", "    ")
    lines += ["    raise NotImplementedError", ""]
    return "\n".join(lines)


def wrapped(text: str) -> list[str]:
    """Lines of a docstring."""
    return textwrap.wrap(escaped(text), WIDTH, initial_indent="    ", subsequent_indent="    ")


def escaped(text: str) -> str:
    """Text that may stand in a docstring."""
    return "".join(c if c.isprintable() else " " for c in text).replace("\\", "\\\\").replace('"""', "'''").rstrip('"')


def described(found: Rows, answer: Parameter) -> str:
    """What the answer is, in a sentence."""
    if found.output:
        word = "class" if found.output == CLASSES else found.output
        return f"The {escaped(word)} of a file, as {escaped(found.title)} has it."
    told = "what comes next, told from what came before" if "Next(" in answer.annotation else "told from the others"
    return f"The column {escaped(answer.column)!r} of {escaped(found.title)}, {told}."


def counts(found: Rows, output: Guess) -> str:
    """What the answers of the examples are, in a sentence."""
    cells = [str(cell) for cell in found.columns[output.column] if cell not in (None, "")]
    common = Counter(cells).most_common(6)
    if output.kind is None or len(common) == 6 or not common:
        return f"Looked at: {len(found):,} examples."
    return f"Looked at: {len(found):,} examples, " + ", ".join(f"{text} in {count:,}" for text, count in common) + "."


def parameter_lines(each: Parameter, taken: dict[str, str]) -> list[str]:
    """The lines of a parameter: what is unsure about it, then its name and type."""
    annotation, none, _ = each.annotation.partition(" | None")
    line = f"    {each.name}: {annotation}{none},"
    if len(line) > WIDTH:
        line = f"    {each.name}: {alias(each.name, annotation, taken)}{none},"
    return [*(text for doubt in each.doubts for text in comment(doubt, "    ")), line]


def alias(name: str, annotation: str, taken: dict[str, str]) -> str:
    """The name under which a long annotation stands above the function."""
    word = "".join(part.capitalize() for part in name.split("_")) or "Answer"
    known = {*dir(typing), *dir(builtins), *wisen.__all__, *taken}
    while word in known or not word.isidentifier():
        word = f"{word}Type" if word.isidentifier() else f"Type{word}"
    taken[word] = annotation
    return word


def exploded(annotation: str) -> str:
    """A long annotation with one label a line."""
    depth = len(annotation) - len(annotation.rstrip("]"))
    *heads, inside = annotation.split("[", depth)
    head = "[".join(heads)
    tree = ast.parse(inside.removesuffix("]" * depth), mode="eval").body
    parts = tree.elts if isinstance(tree, ast.Tuple) else [tree]
    labels = [quoted(value) if isinstance(value, str) else repr(value) for value in map(ast.literal_eval, parts)]
    return f"{head}[\n" + "".join(f"    {label},\n" for label in labels) + "]" * depth


def comment(text: str, indent: str, hang: str = "") -> list[str]:
    """The lines of a comment; all but the first are set in by `hang`."""
    text = "".join(c if c.isprintable() else " " for c in text)
    return textwrap.wrap(text, WIDTH, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}# {hang}")


def imports(annotations: str) -> list[str]:
    """The lines that import what the annotations name."""
    words = set(re.findall(r"[A-Za-z_]\w*", re.sub(STRING, "", annotations)))
    lines = []
    for module in (datetime, typing):
        names = sorted(word for word in words if word in dir(module) and not hasattr(builtins, word))
        if names:
            lines.append(f"from {module.__name__} import {', '.join(names)}")
    lines += [""] if lines else []
    lines.append("import wisen")
    own = sorted(words & set(wisen.__all__))
    return [*lines, *([f"from wisen import {', '.join(own)}"] if own else [])]
