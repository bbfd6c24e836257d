"""Operators that make one number of one or more others, as C expressions. One operator = one row of EXPRESSIONS."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from wisen.bake.graph import Node
from wisen.bake.words import c_type, number

Said = Sequence[str]
"""The expressions of what is read; "" where an optional input is left out."""


def joined(sign: str) -> Callable[[Node, Said, np.dtype[Any]], str]:
    """Numbers with a sign between them; whole numbers of 64 bits wrap, as those of ONNX Runtime do."""

    def write(node: Node, said: Said, dtype: np.dtype[Any]) -> str:
        if dtype.kind == "i":
            return f"(int64_t)({f' {sign} '.join(f'(uint64_t){each}' for each in said)})"
        return f" {sign} ".join(said)

    return write


def divided(node: Node, said: Said, dtype: np.dtype[Any]) -> str:
    """A quotient."""
    return f"{said[0]} / {said[1]}"


def called(name: str) -> Callable[[Node, Said, np.dtype[Any]], str]:
    """What a function of math.h says."""

    def write(node: Node, said: Said, dtype: np.dtype[Any]) -> str:
        return f"{function(name, dtype)}({', '.join(said)})"

    return write


def function(name: str, dtype: np.dtype[Any]) -> str:
    """The function of math.h for a type."""
    return f"{name}f" if dtype == np.float32 else name


def plainly(text: str) -> Callable[[Node, Said, np.dtype[Any]], str]:
    """An expression with {0}, {1} for what is read, {one}, {zero}, and {f} at the end of a function of math.h."""

    def write(node: Node, said: Said, dtype: np.dtype[Any]) -> str:
        short = dtype == np.float32
        return text.format(
            *said, one="1.0f" if short else "1.0", zero="0.0f" if short else "0.0", f="f" if short else ""
        )

    return write


def clipped(node: Node, said: Said, dtype: np.dtype[Any]) -> str:
    """A number between two others."""
    low, high = (said[place] if len(said) > place else "" for place in (1, 2))
    upper = f"{said[0]} > {high} ? {high} : {said[0]}" if high else said[0]
    return f"{said[0]} < {low} ? {low} : {upper}" if low else upper


def cast(node: Node, said: Said, dtype: np.dtype[Any]) -> str:
    """A number as another type has it; where a whole one has no room for it, the least of its type, as on x86."""
    plain = f"({c_type(dtype)}){said[0]}"
    if dtype.kind in "iu" and node.attributes.get("from") == "f":
        low, high = int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)
        return f"{said[0]} > {low - 1}.0 && {said[0]} < {high + 1}.0 ? {plain} : {number(low, dtype)}"
    return f"{said[0]} != 0" if dtype.kind == "b" else plain


def turned(node: Node, said: Said, dtype: np.dtype[Any]) -> str:
    """A number with the other sign; the least whole one stays what it is."""
    return f"(int64_t)(0 - (uint64_t){said[0]})" if dtype.kind == "i" else f"-{said[0]}"


def positive(node: Node, said: Said, dtype: np.dtype[Any]) -> str:
    """A number without its sign."""
    return f"{said[0]} < 0 ? {turned(node, said, dtype)} : {said[0]}"


def remainder(node: Node, said: Said, dtype: np.dtype[Any]) -> str:
    """What is left after a division: with the sign of the divisor, or with `fmod` that of the dividend."""
    if dtype.kind == "f":
        return f"{function('fmod', dtype)}({said[0]}, {said[1]})"
    plain = f"{said[0]} % {said[1]}"
    return plain if node.attributes.get("fmod") else f"({plain} + {said[1]}) % {said[1]}"


def infinite(node: Node, said: Said, dtype: np.dtype[Any]) -> str:
    """Whether a number is infinite, upwards or downwards."""
    signs = {"detect_positive": "INFINITY", "detect_negative": "-INFINITY"}
    tests = [f"{said[0]} == {word}" for key, word in signs.items() if node.attributes.get(key, 1)]
    return " || ".join(tests) or "0"


def averaged(node: Node, said: Said, dtype: np.dtype[Any]) -> str:
    """The mean of several numbers."""
    count = f"{len(said)}.0{'f' if dtype == np.float32 else ''}"
    return f"({' + '.join(said)}) / {count}"


def bent(node: Node, said: Said, dtype: np.dtype[Any]) -> str:
    """A number, or where it is below zero a part of it."""
    share = np.float32(node.attributes.get("alpha", 0.01))
    return f"{said[0]} < 0 ? {said[0]} * {share}f : {said[0]}"


EXPRESSIONS: dict[str, Callable[[Node, Said, np.dtype[Any]], str]] = {
    "Add": joined("+"),
    "Sub": joined("-"),
    "Mul": joined("*"),
    "Sum": joined("+"),
    "Div": divided,
    "Mean": averaged,
    "Mod": remainder,
    "Neg": turned,
    "Abs": positive,
    "Reciprocal": plainly("{one} / {0}"),
    "Relu": plainly("{0} > 0 ? {0} : {zero}"),
    "LeakyRelu": bent,
    "Sigmoid": plainly("{one} / ({one} + exp{f}(-{0}))"),
    "Softplus": plainly("({0} > 0 ? {0} : {zero}) + log1p{f}(exp{f}({0} > 0 ? -{0} : {0}))"),
    "Sqrt": called("sqrt"),
    "Exp": called("exp"),
    "Log": called("log"),
    "Sin": called("sin"),
    "Cos": called("cos"),
    "Tanh": called("tanh"),
    "Erf": called("erf"),
    "Floor": called("floor"),
    "Ceil": called("ceil"),
    "Round": called("rint"),
    "Pow": called("pow"),
    "Min": plainly("{0} < {1} ? {0} : {1}"),
    "Max": plainly("{0} > {1} ? {0} : {1}"),
    "Clip": clipped,
    "Cast": cast,
    "IsNaN": plainly("{0} != {0}"),
    "IsInf": infinite,
    "Equal": plainly("{0} == {1}"),
    "Greater": plainly("{0} > {1}"),
    "GreaterOrEqual": plainly("{0} >= {1}"),
    "Less": plainly("{0} < {1}"),
    "LessOrEqual": plainly("{0} <= {1}"),
    "And": plainly("{0} && {1}"),
    "Or": plainly("{0} || {1}"),
    "Not": plainly("!{0}"),
    "Where": plainly("{0} ? {1} : {2}"),
}
"""How each operator makes a number; every expression stands in a statement of its own."""
