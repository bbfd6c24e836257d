"""Numbers, texts and names as C has them."""

from __future__ import annotations

import math
import re
from collections.abc import Container, Sequence
from typing import Any

import numpy as np

TYPES = {
    "float32": "float",
    "float64": "double",
    "int64": "int64_t",
    "int32": "int32_t",
    "uint8": "uint8_t",
    "int8": "int8_t",
    "bool": "uint8_t",
    "object": "const char *",
    "str": "const char *",
}
"""The C type of each type of numpy."""
SIZES = {"float": 4, "double": 8, "int64_t": 8, "int32_t": 4, "uint8_t": 1, "int8_t": 1, "const char *": 8}
"""The bytes of each C type, on a machine of 64 bits."""
KEYWORDS = """
auto break case char const continue default do double else enum extern float for goto if inline int long register
restrict return short signed sizeof static struct switch typedef union unsigned void volatile while
alignas alignof and asm bool catch class compl const_cast constexpr decltype delete dynamic_cast explicit export false
friend mutable namespace new noexcept not nullptr operator or private protected public reinterpret_cast static_assert
static_cast template this thread_local throw true try typeid typename using virtual wchar_t xor
NAN INFINITY NULL EOF HUGE_VAL errno stdin stdout stderr input answer main
"""
FUNCTIONS = """
acos asin atan atan2 cos sin tan cosh sinh tanh exp frexp ldexp log log10 modf pow sqrt ceil fabs floor fmod erf erfc
gamma lgamma hypot isnan isinf isfinite signbit j0 j1 jn y0 y1 yn cbrt exp2 expm1 log1p log2 logb rint round trunc
remainder nan fdim fma fmax fmin scalb nearbyint memcpy memmove memset memcmp memchr strcmp strncmp strcpy strcat
strlen strchr strtok abs labs div atof atoi atol strtod strtol malloc free calloc realloc exit abort system getenv rand
srand qsort printf scanf fopen fclose fread fwrite fgets fputs getchar putchar gets puts remove rename index rindex
signal time clock floats doubles wholes ints bytes chars texts look_up line next_cell
"""
RESERVED = frozenset(KEYWORDS.split())
"""Words that are no names of anything."""
TAKEN = frozenset(FUNCTIONS.split())
"""Words that are no names of functions: those of the standard library, and of what every file has."""


def c_type(dtype: np.dtype[Any]) -> str:
    """The C type of a type of numpy; texts of any length are pointers."""
    return TYPES["str" if dtype.kind in "UO" else dtype.name]


def named(text: str, taken: Container[str] = ()) -> str:
    """A name in C that is like a text, and not taken."""
    plain = re.sub(r"[^A-Za-z0-9_]", "_", text)
    plain = f"_{plain}" if not plain or plain[0].isdigit() else plain
    plain = f"x{plain}" if plain.startswith("_") else plain
    while plain in RESERVED or plain in taken:
        plain += "_"
    return plain


def number(value: Any, dtype: np.dtype[Any]) -> str:
    """A number."""
    if dtype.kind == "f":
        if math.isnan(value):
            return "NAN"
        if math.isinf(value):
            return "INFINITY" if value > 0 else "-INFINITY"
        return str(value) + ("f" if dtype == np.float32 else "")
    if dtype.kind == "b":
        return str(int(value))
    value = int(value)
    if value == -(2**63):
        return "INT64_MIN"
    return f"{value}LL" if abs(value) >= 2**31 else str(value)


def quoted(text: str) -> str:
    """A text, as UTF-8."""
    plain = "".join(
        chr(byte) if 32 <= byte < 127 and chr(byte) not in '"\\?' else f"\\{byte:03o}"
        for byte in text.encode("utf-8", "surrogatepass")
    )
    return f'"{plain}"'


def comment(text: str) -> str:
    """A text that may stand in a comment."""
    return text.replace("*/", "* /").replace("/*", "/ *").replace("\\\n", "\n").rstrip("\\")


def table(type_: str, name: str, array: np.ndarray) -> str:
    """A constant array."""
    flat = array.ravel()
    if array.dtype.kind in "UO":
        words = [quoted(str(each)) for each in flat]
    else:
        words = [number(each, array.dtype) for each in flat]
    declared = f"static {type_}const {name}" if type_.endswith("*") else f"static const {type_} {name}"
    return f"{declared}[{len(words)}] = {{\n{wrapped(words)}\n}};"


def wrapped(words: Sequence[str], most: int = 116) -> str:
    """Words with commas between them, in lines."""
    lines, line = [], ""
    for word in words:
        if line and len(line) + len(word) + 2 > most:
            lines.append(line)
            line = ""
        line += f"{word}, " if line else f"    {word}, "
    return "\n".join(each.rstrip() for each in [*lines, line])
