"""text: `str`, as input."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from wisen.errors import BadValue
from wisen.kinds.kind import Input, Tensor

if TYPE_CHECKING:
    from spox import Var

    from wisen.nn.form import Layer, Tokens

LONGEST = 2048
"""Bytes of a text beyond which nothing is read."""
MOST_TOKENS = 2**15
"""Rows of the table of tokens."""
ORDERS = 5
"""The longest run of bytes that is one token."""
MULTIPLIER = 263
"""Of the rolling hash; a prime above the 257 values that a byte or its absence has."""


@dataclass(frozen=True)
class Text(Input):
    """A text, read as its UTF-8 bytes, with the capitals of the Latin alphabet made small.

    Runs of 1 to 5 bytes are hashed to `vocabulary` tokens inside the program
    (Bojanowski et al., 2017, Enriching Word Vectors with Subword Information).
    """

    word: ClassVar[str] = "text"
    suffixes: ClassVar[tuple[str, ...]] = (".txt",)

    limit: int = 256
    vocabulary: int = 4096

    @classmethod
    def of(cls, annotation: Any, extras: tuple[Any, ...]) -> Self | None:
        return cls() if annotation is str else None

    @classmethod
    def annotations(cls) -> str:
        return "str"

    @classmethod
    def guess(cls, raws: Sequence[Any]) -> tuple[Self, float, str] | None:
        if not all(isinstance(raw, str) for raw in raws):
            return None
        long = sum(len(raw.split()) > 2 for raw in raws) > len(raws) / 2
        doubt = "" if long else "many different short texts: text or a category?"
        if len(set(raws)) == len(raws) and not long:
            doubt = "different in every row: a name or number of the row, from which nothing can be learned?"
        return cls(), 0.6 if long else 0.5, doubt

    def blanks(self, raw: str) -> bool:
        return not raw.strip()  # "none" and "?" are texts

    def read(self, raw: Any) -> Any:
        if not isinstance(raw, str) and isinstance(raw, (bytes, os.PathLike)):
            raw = self.parse(raw)
        if isinstance(raw, str) and not raw.strip() and not self.optional:
            return ""
        return super().read(raw)

    def at(self, folder: Path, raw: Any) -> Any:
        # A cell may also be a text that ends like a file's name: it is a path where there is such a file.
        if isinstance(raw, str) and raw.strip().lower().endswith(self.suffixes):
            path = folder / raw.strip()
            return path if os.path.isfile(path) else raw  # noqa: PTH113 - Path.is_file raises for long texts
        return raw

    def parse(self, raw: Any) -> str:
        if isinstance(raw, os.PathLike):
            try:
                raw = Path(raw).read_bytes()
            except OSError as error:
                raise BadValue(f"{os.fspath(raw)!r} cannot be read: {error.strerror}") from None
        if isinstance(raw, bytes):
            try:
                raw = raw.decode("utf-8")
            except UnicodeDecodeError as error:
                raise BadValue(f"is not UTF-8: {error.reason} at byte {error.start}") from None
        if isinstance(raw, np.generic):
            raw = raw.item()
        if not isinstance(raw, str):
            raise BadValue(f"is {raw!r:.60} of type {type(raw).__name__}, which is not text")
        return raw

    def write(self, value: Any) -> Any:
        return value

    def blank(self) -> str:
        return ""

    def samples(self) -> list[Any]:
        return ["a short text", "Größe, señor: 12 €", "x", ""]

    def content(self, value: Any) -> bytes:
        return (value or "").encode("utf-8", "surrogatepass")  # no text says as much as an empty one

    def fault(self) -> str:
        if not 0 < self.limit <= LONGEST:
            return f"has the limit {self.limit}"
        return "" if 1 < self.vocabulary <= MOST_TOKENS else f"has a vocabulary of {self.vocabulary}"

    def fit(self, values: Sequence[Any]) -> Self:
        sizes = [len(encoded(value)) for value in values if value] or [1]
        limit = int(min(LONGEST, max(16, np.quantile(sizes, 0.98))))
        # About a token of the table for every second token of the examples, within reason.
        wanted = min(sum(min(size, limit) for size in sizes), MOST_TOKENS)
        vocabulary = 2 ** int(np.clip(np.ceil(np.log2(max(wanted, 1))), 10, 15))
        return replace(self, limit=limit, vocabulary=vocabulary)

    def tensors(self, name: str) -> tuple[Tensor, ...]:
        return (
            Tensor(name, "uint8", ("batch", f"{name}.length")),
            Tensor(f"{name}.lengths", "int64", ("batch",)),
        )

    def arrays(self, values: Sequence[Any]) -> tuple[np.ndarray, ...]:
        texts = [encoded(value)[: self.limit] for value in values]
        lengths = np.array([len(text) for text in texts], dtype=np.int64)
        width = max(1, int(lengths.max(initial=1)))
        joined = b"".join(text.ljust(width, b"\0") for text in texts)
        return np.frombuffer(joined, np.uint8).reshape(len(texts), width), lengths

    def graph(self, *raw: Var) -> Var:
        from wisen.nn.block import constant, op

        codes, lengths = raw
        limit = constant(np.array([self.limit], np.int64))
        codes = op.cast(op.slice(codes, constant([0]), limit, constant([1])), to=np.int64)
        codes = framed(lowered(codes), op.unsqueeze(op.min([lengths, limit]), constant([1])))
        steps = op.slice(op.shape(codes), constant([1]), constant([2]))
        padded = op.pad(codes, constant(np.array([0, 0, 0, ORDERS - 1], np.int64)))
        tokens, hashed = [], constant(np.int64(0))
        for order in range(ORDERS):
            end = op.add(steps, constant(np.array([order], np.int64)))
            ahead = op.slice(padded, constant([order]), end, constant([1]))
            hashed = op.add(op.mul(hashed, constant(np.int64(MULTIPLIER))), ahead)
            token = op.add(op.mod(hashed, constant(np.int64(self.vocabulary - 1))), constant(np.int64(1)))
            whole = op.cast(ahead, to=np.bool_)  # the run ends within the text
            tokens.append(op.where(whole, token, constant(np.int64(0))))
        return op.concat(tokens, axis=1)

    def form(self) -> Tokens:
        from wisen.nn.form import Tokens

        return Tokens(self.vocabulary)

    def encoder(self, width: int) -> tuple[Layer, ...]:
        from wisen.nn.form import Layer

        return (Layer("bag", max(16, width // 2)),)


def encoded(value: str | None) -> bytes:
    """The UTF-8 bytes of a text."""
    return (value or "").encode("utf-8", "replace")


def lowered(codes: Var) -> Var:
    """Bytes of UTF-8 with the capitals of ASCII and Latin-1 (A to Z, À to Þ) made small."""
    from wisen.nn.block import constant, op

    def between(low: int, high: int) -> Var:
        above = op.greater_or_equal(codes, constant(np.int64(low)))
        return op.and_(above, op.less_or_equal(codes, constant(np.int64(high))))

    steps = op.slice(op.shape(codes), constant([1]), constant([2]))
    before = op.slice(op.pad(codes, constant(np.array([0, 1, 0, 0], np.int64))), constant([0]), steps, constant([1]))
    times = op.not_(op.equal(codes, constant(np.int64(0x97))))  # the sign × stands among the letters
    latin = op.and_(op.equal(before, constant(np.int64(0xC3))), op.and_(between(0x80, 0x9E), times))
    capital = op.or_(between(ord("A"), ord("Z")), latin)
    return op.where(capital, op.add(codes, constant(np.int64(32))), codes)


def framed(codes: Var, lengths: Var) -> Var:
    """Bytes counted from 1, a space at either end of each text, and 0 beyond it.

    The spaces let the first and the last run of a word look like those inside a text.
    """
    from wisen.nn.block import constant, op

    one, space = constant(np.int64(1)), constant(np.int64(ord(" ")))
    codes = op.pad(codes, constant(np.array([0, 1, 0, 1], np.int64)))
    steps = op.slice(op.shape(codes), constant([1]), constant([2]))
    places = op.range(constant(np.int64(0)), op.squeeze(steps, constant([0])), one)
    last = op.add(lengths, one)
    ends = op.or_(op.equal(places, constant(np.int64(0))), op.equal(places, last))
    inside = op.and_(op.less_or_equal(places, last), op.greater(lengths, constant(np.int64(0))))
    return op.where(inside, op.add(op.where(ends, space, codes), one), constant(np.int64(0)))
