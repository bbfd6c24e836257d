"""The parts of a C file that are the same in every one, and the command that it can be."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from wisen.bake.interface import Cell

HEAD = """#ifndef @GUARD@
#define @GUARD@

#include <math.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

@DECLARED@

#ifdef __cplusplus
}
#endif

#endif

#ifndef WISEN_THREAD
#define WISEN_THREAD
#endif"""

HELPERS = {
    "look_up": """/* The number of a text in a table that is sorted by labels; `other` where it is not there. */
static int64_t look_up(const char *text, const char *const *labels, const int64_t *ids, int count, int64_t other)
{
    int low = 0, high = count;
    if (!text) text = "";
    while (low < high) {
        const int middle = (low + high) / 2;
        const int order = strcmp(text, labels[middle]);
        if (order == 0) return ids[middle];
        if (order < 0) high = middle;
        else low = middle + 1;
    }
    return other;
}""",
}
"""Functions that steps may need."""

MAIN = """#ifdef WISEN_MAIN
/* A command: rows of values with commas between them, on stdin; an answer for each, in the same way, on stdout. */

#include <stdio.h>
#include <stdlib.h>

static char line[@LENGTH@];

static char *next_cell(char **rest)
{
    char *cell = *rest, *end = strpbrk(cell, ",\\r\\n");
    *rest = end && *end == ',' ? end + 1 : cell + strlen(cell);
    if (end) *end = 0;
    return cell;
}

int main(void)
{
    static struct @NAME@_input input;
    static struct @NAME@_answer answer;
@BUFFERS@    while (fgets(line, sizeof line, stdin)) {
        char *rest = line;
@READ@
        if (@NAME@(&input, &answer)) return 1;
@PRINT@
        putchar('\\n');
    }
    return 0;
}
#endif"""

READING = {
    "float": "const char *cell = next_cell(&rest); {to} = *cell ? strtof(cell, NULL) : NAN;",
    "int64_t": "const char *cell = next_cell(&rest); {to} = *cell ? strtoll(cell, NULL, 10) : INT64_MIN;",
    "uint8_t": "{to} = (uint8_t)atoi(next_cell(&rest));",
    "const char *": "{to} = next_cell(&rest);",
}
"""How a cell is read, by its C type."""
PRINTING = {
    "float": 'printf("@COMMA@%.9g", (double){value});',
    "int": 'printf("@COMMA@%d", {value});',
    "int64_t": 'printf("@COMMA@%lld", (long long){value});',
    "const char *": 'printf("@COMMA@%s", {value});',
}
"""How a value is printed, by its C type."""


def main_of(name: str, into: Sequence[Cell], out: Sequence[Cell]) -> str:
    """The command."""
    buffers = [f"    static {cell.type} {cell.name}[{cell.count}];" for cell in into if cell.pointer]
    buffers += [f"    input.{cell.name} = {cell.name};" for cell in into if cell.pointer]
    read = [each(cell, READING, f"{'' if cell.pointer else 'input.'}{cell.name}", "to", cell.pointer) for cell in into]
    printed = [
        each(cell, PRINTING, f"answer.{cell.name}", "value").replace("@COMMA@", "," if place else "")
        for place, cell in enumerate(out)
    ]
    words = {
        "LENGTH": str(32 * sum(cell.count for cell in into) + 4096),
        "NAME": name,
        "BUFFERS": "".join(f"{line}\n" for line in buffers),
        "READ": "\n".join(read),
        "PRINT": "\n".join(printed),
    }
    return filled(MAIN, words)


def filled(text: str, words: Mapping[str, str]) -> str:
    """A text with words in place of @THEIR NAMES@."""
    return re.sub("@([A-Z]+)@", lambda found: words[found[1]], text)


def each(cell: Cell, how: dict[str, str], value: str, word: str, pointer: bool = False) -> str:
    """The statements that read or print a field."""
    many = cell.count > 1 or pointer
    inner = how[cell.type].replace(f"{{{word}}}", f"{value}[i]" if many else value)
    if not many:
        return f"        {{ {inner} }}"
    return f"        for (int i = 0; i < {cell.count}; i++) {{ {inner} }}"
