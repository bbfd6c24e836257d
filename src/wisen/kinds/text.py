"""text: `str`, as input."""

from __future__ import annotations

import os
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from wisen.errors import BadValue
from wisen.kinds.input import FEW_AT_ONCE, Input
from wisen.kinds.kind import Tensor
from wisen.kinds.views.words import distinct, framed, lowered, power_of_2, rarity, weighed, words_and_pairs

if TYPE_CHECKING:
    from spox import Var

    from wisen.nn.form import Layer, Sparse, Tokens, Vector

LONGEST = 8192
"""Bytes of a text beyond which nothing is read."""
LONGEST_RUNS = 2048
"""The same for runs of bytes, of which there are five to a byte."""
MOST_TOKENS = 2**15
"""Rows of the table of tokens."""
ORDERS = 5
"""The longest run of bytes that is one token."""
MULTIPLIER = 263
"""Of the rolling hash; a prime above the 257 values that a byte or its absence has."""
WORDS = "words"
"""The view that counts words, pairs of words and, in short texts, runs of bytes."""
MOST_WORDS, MOST_RUNS = 2**17, 2**17
"""Numbers of its sparse vector: for words and pairs, and for runs."""
FROZEN = 22_700_000
"""About how many weights MiniLM has."""
PRETRAINED = "pretrained"
"""The view by MiniLM."""
SHORT = 512
"""Bytes up to which texts are short: their runs of bytes are counted too."""
LOOKED_AT = 20_000
"""Texts in which the words are counted to know how rare each one is."""


@dataclass(frozen=True)
class Text(Input):
    """A text, read as its UTF-8 bytes, with the capitals of the Latin alphabet made small.

    Runs of 1 to 5 bytes are hashed to `vocabulary` tokens inside the program
    (Bojanowski et al., 2017, Enriching Word Vectors with Subword Information). In the view `words`,
    words and pairs of words are hashed too, counted, and weighed by how rare they are.
    """

    word: ClassVar[str] = "text"
    suffixes: ClassVar[tuple[str, ...]] = (".txt",)

    limit: int = 256
    vocabulary: int = 4096
    borrowed: bool = False
    """Whether a network that was trained on other data may read it."""
    reading: str = field(default="", repr=False, compare=False)
    """The view; it is written into the program's graph, not into its manifest."""
    sizes: tuple[int, int] = field(default=(0, 0), repr=False, compare=False)
    """Numbers of the sparse vector for words and pairs, and for runs."""
    rarity: bytes = field(default=b"", repr=False, compare=False)
    """How rare each of them is, as float32."""

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
        total = sum(min(size, limit) for size in sizes)
        vocabulary = power_of_2(min(total, MOST_TOKENS))
        words = min(power_of_2(total // 2), MOST_WORDS)
        runs = min(power_of_2(total * 2), MOST_RUNS) if limit <= SHORT else 0
        kind = replace(self, limit=limit, vocabulary=vocabulary, sizes=(words, runs))
        known = [value for value in values[:LOOKED_AT] if value]
        return replace(kind, rarity=rarity(kind, kind.hashed, known, sum(kind.sizes)))

    def batch_key(self, value: Any) -> Hashable:
        return max(8, len(value or "").bit_length())  # a short text beside a long one would be mostly padding

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
        if self.reading == PRETRAINED:
            return self.borrow(*raw)
        if self.reading == WORDS:
            return weighed(*distinct(self.hashed(*raw)), self.sizes[0], self.rarity)
        return self.runs(self.codes(min(self.limit, LONGEST_RUNS), *raw), self.vocabulary)

    def borrow(self, *raw: Var) -> Var:
        """What MiniLM says of texts, scaled so that its numbers are about 1."""
        from wisen.kinds.views.minilm import WIDTH, embedding
        from wisen.nn.block import constant, op

        return op.mul(embedding(min(self.limit, LONGEST_RUNS), *raw), constant(np.float32(WIDTH**0.5)))

    def codes(self, most: int, *raw: Var) -> Var:
        """Small letters, counted from 1, of at most so many bytes, between two spaces."""
        from wisen.nn.block import constant, op

        codes, lengths = raw
        limit = constant(np.array([most], np.int64))
        codes = op.cast(op.slice(codes, constant([0]), limit, constant([1])), to=np.int64)
        return framed(lowered(codes), op.unsqueeze(op.min([lengths, limit]), constant([1])))

    def hashed(self, *raw: Var) -> Var:
        """The tokens of the view `words`: words, pairs of words, and runs of bytes where texts are short."""
        from wisen.nn.block import constant, op

        words, runs = self.sizes
        codes = self.codes(self.limit, *raw)
        tokens = [*words_and_pairs(codes, self.limit + 3, words)]
        if runs:
            found = self.runs(codes, runs)
            some = op.greater(found, constant(np.int64(0)))
            tokens.append(op.where(some, op.add(found, constant(np.int64(words))), constant(np.int64(0))))
        return op.concat(tokens, axis=1)

    def runs(self, codes: Var, vocabulary: int) -> Var:
        """The runs of 1 to 5 bytes of each text, hashed to so many tokens."""
        from wisen.nn.block import constant, op

        steps = op.slice(op.shape(codes), constant([1]), constant([2]))
        padded = op.pad(codes, constant(np.array([0, 0, 0, ORDERS - 1], np.int64)))
        tokens, hashed = [], constant(np.int64(0))
        for order in range(ORDERS):
            end = op.add(steps, constant(np.array([order], np.int64)))
            ahead = op.slice(padded, constant([order]), end, constant([1]))
            hashed = op.add(op.mul(hashed, constant(np.int64(MULTIPLIER))), ahead)
            token = op.add(op.mod(hashed, constant(np.int64(vocabulary - 1))), constant(np.int64(1)))
            whole = op.cast(ahead, to=np.bool_)  # the run ends within the text
            tokens.append(op.where(whole, token, constant(np.int64(0))))
        return op.concat(tokens, axis=1)

    def views(self) -> dict[str, Self]:
        names = (WORDS, PRETRAINED) if self.borrowed else (WORDS,)
        return {"": self, **{name: replace(self, reading=name) for name in names}}

    def ways(self, width: int) -> tuple[tuple[str, ...], ...]:
        if not self.borrowed:
            return ((WORDS,),)
        both = (WORDS, PRETRAINED)
        return (both,) if width else ((WORDS,), (PRETRAINED,), both)

    def at_once(self) -> int:
        return FEW_AT_ONCE if self.borrowed else super().at_once()

    def pretrained(self) -> Self | None:
        from wisen.kinds.views.minilm import folder

        folder()  # raises where it is not installed
        return replace(self, borrowed=True)

    def frozen(self) -> int:
        return FROZEN if self.reading == PRETRAINED else 0

    def plain(self) -> tuple[Layer, ...] | None:
        return () if self.reading == PRETRAINED else None

    def form(self) -> Tokens | Sparse | Vector:
        from wisen.nn.form import Sparse, Tokens, Vector

        if self.reading == PRETRAINED:
            from wisen.kinds.views.minilm import WIDTH

            return Vector(WIDTH)
        return Sparse(sum(self.sizes)) if self.reading == WORDS else Tokens(self.vocabulary)

    def encoder(self, width: int) -> tuple[Layer, ...]:
        from wisen.nn.form import Layer

        if self.reading == PRETRAINED or (self.reading == WORDS and not width):
            return ()  # its weighted sums are all that a linear program needs
        return (Layer("bag", max(16, width // 2)),)


def encoded(value: str | None) -> bytes:
    """The UTF-8 bytes of a text."""
    return (value or "").encode("utf-8", "replace")
