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
    "fit": """/* A picture in another size: each number is the mean of those that it covers, the nearest counting most;
   beyond the edges are the numbers at the edge. One without a size has that of the network. 0 where it cannot be. */
static int wisen_fit(const uint8_t *from, int height, int width, float *to, int rows, int columns, int channels)
{
    if (!height && !width) {
        height = rows;
        width = columns;
    }
    if (!from || height <= 0 || width <= 0) return 0;
    if (height == rows && width == columns) {
        for (int i = 0; i < rows * columns * channels; i++) to[i] = from[i];
        return 1;
    }
    const float down = (float)height / (float)rows, along = (float)width / (float)columns;
    const float tall = down > 1 ? down : 1, wide = along > 1 ? along : 1;
    for (int r = 0; r < rows; r++) {
        const float y = ((float)r + 0.5f) * down;
        const int top = (int)floorf(y - tall + 0.5f), bottom = (int)floorf(y + tall + 0.5f);
        for (int c = 0; c < columns; c++, to += channels) {
            const float x = ((float)c + 0.5f) * along;
            const int left = (int)floorf(x - wide + 0.5f), right = (int)floorf(x + wide + 0.5f);
            float total = 0;
            for (int k = 0; k < channels; k++) to[k] = 0;
            for (int i = top; i < bottom; i++) {
                const float above = 1 - fabsf((float)i + 0.5f - y) / tall;
                const int row = i < 0 ? 0 : i < height ? i : height - 1;
                if (!(above > 0)) continue;
                for (int j = left; j < right; j++) {
                    const float share = above * (1 - fabsf((float)j + 0.5f - x) / wide);
                    const int column = j < 0 ? 0 : j < width ? j : width - 1;
                    if (!(share > 0)) continue;
                    const uint8_t *at = from + ((size_t)row * (size_t)width + (size_t)column) * (size_t)channels;
                    total += share;
                    for (int k = 0; k < channels; k++) to[k] += share * at[k];
                }
            }
            for (int k = 0; k < channels; k++) to[k] /= total;
        }
    }
    return 1;
}""",
    "look_up": """/* The number of a text in a table that is sorted by labels; `other` where it is not there. */
static int64_t wisen_look_up(const char *text, const char *const *labels, const int64_t *ids, int count, int64_t other)
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
    "wide": """/* Sums of products in the widest vectors of the machine, chosen when the file is loaded; in those that
   the compiler was told of with -DWISEN_PLAIN, or where it or the system cannot choose. All say the same. */
#if defined __GNUC__ && !defined __clang__ && !defined __INTEL_COMPILER && !defined WISEN_PLAIN
#if __GNUC__ >= 6 && defined __x86_64__ && defined __gnu_linux__ && defined __GLIBC__
#if defined __OPTIMIZE__ && !defined __OPTIMIZE_SIZE__ && !defined __AVX__
#define WISEN_WIDE __attribute__((noinline, optimize("O3"), target_clones("default", "avx2", "avx512f")))
#endif
#endif
#endif
#ifndef WISEN_WIDE
#define WISEN_WIDE
#endif""",
}
"""Functions and macros that steps may need."""

MAIN = """#ifdef WISEN_MAIN
/* A command: rows of values with commas between them, on stdin; an answer for each, in the same way, on stdout. */

#include <stdio.h>
#include <stdlib.h>

static char wisen_line[@LENGTH@];

static char *wisen_next(char **rest)
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
    long wisen_row = 0;
@BUFFERS@    while (fgets(wisen_line, sizeof wisen_line, stdin)) {
        char *wisen_rest = wisen_line;
        wisen_row++;
        if (strlen(wisen_line) + 1 == sizeof wisen_line && !strchr(wisen_line, '\\n') && !feof(stdin)) {
            fprintf(stderr, "row %ld is longer than %lu bytes\\n", wisen_row, (unsigned long)sizeof wisen_line - 2);
            return 1;
        }
@READ@
        if (@NAME@(&input, &answer)) {
            fprintf(stderr, "row %ld cannot be answered: the height or the width of a picture is none\\n", wisen_row);
            return 1;
        }
@PRINT@
        putchar('\\n');
    }
    return 0;
}
#endif"""

READING = {
    "float": "const char *cell = wisen_next(&wisen_rest); {to} = *cell ? strtof(cell, NULL) : NAN;",
    "int64_t": "const char *cell = wisen_next(&wisen_rest); {to} = *cell ? strtoll(cell, NULL, 10) : INT64_MIN;",
    "uint8_t": "{to} = (uint8_t)atoi(wisen_next(&wisen_rest));",
    "const char *": "{to} = wisen_next(&wisen_rest);",
}
"""How a cell is read, by its C type."""
PRINTING = {
    "float": 'printf("@COMMA@%.9g", (double){value});',
    "double": 'printf("@COMMA@%.17g", {value});',
    "int": 'printf("@COMMA@%d", {value});',
    "int32_t": 'printf("@COMMA@%d", (int){value});',
    "uint8_t": 'printf("@COMMA@%d", (int){value});',
    "int64_t": 'printf("@COMMA@%lld", (long long){value});',
    "const char *": 'printf("@COMMA@%s", {value});',
}
"""How a value is printed, by its C type."""


def main_of(name: str, into: Sequence[Cell], out: Sequence[Cell]) -> str:
    """The command."""
    buffers = [f"    static {cell.type} wisen_input_{cell.name}[{cell.count}];" for cell in into if cell.pointer]
    buffers += [f"    input.{cell.name} = wisen_input_{cell.name};" for cell in into if cell.pointer]
    read = [
        each(cell, READING, f"{'wisen_input_' if cell.pointer else 'input.'}{cell.name}", "to", cell.pointer)
        for cell in into
        if cell.value
    ]
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
