"""text: `str`, as input and as output (generated text)."""

from __future__ import annotations

import os
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from wisen.errors import BadValue
from wisen.kinds import generated, subtitles
from wisen.kinds.corruption import OfTexts, Outside
from wisen.kinds.entries import entry_text, readout_text
from wisen.kinds.input import FEW_AT_ONCE, Input
from wisen.kinds.kind import Metric, Tensor
from wisen.kinds.output import Output
from wisen.kinds.views.bytes import Bytes, worth
from wisen.kinds.views.minilm import MiniLM
from wisen.kinds.views.runs import Runs
from wisen.kinds.views.spelled import SHORT as SPELLED_SHORT
from wisen.kinds.views.spelled import Spelled
from wisen.kinds.views.view import View
from wisen.kinds.views.words import Words, power_of_2, rarity
from wisen.kinds.wording import MOST_KEPT, Beam, Wording, joined, padded

if TYPE_CHECKING:
    import torch
    from spox import Var

    from wisen.kinds.aims.aim import Aim
    from wisen.kinds.sights.sight import Sight
    from wisen.nn.form import Form, Layer

LONGEST = 8192
"""Bytes of a text beyond which nothing is read."""
MOST_TOKENS = 2**15
"""Rows of the table of tokens."""
MOST_WORDS, MOST_RUNS = 2**17, 2**17
"""Numbers of the sparse vector of words: for words and pairs, and for runs."""
SHORT = 512
"""Bytes up to which texts are short: their runs of bytes are counted too."""
WIDTH, WIDE = 128, 256
"""The widths of what says answers."""
MANY_TEXTS = 10_000
"""Texts from which on a wide network may learn to say more than it knows by heart."""
CERTAIN = 1e3
"""Numbers of trust that are not above it make sense."""
LOOKED_AT = 20_000
"""Texts in which the words are counted to know how rare each one is."""
WORDS, BYTES, SPELLED, PRETRAINED = "words", "bytes", "spelled", "pretrained"
VIEWS: dict[str, View] = {"": Runs(), WORDS: Words(), BYTES: Bytes(), SPELLED: Spelled(), PRETRAINED: MiniLM()}
"""What the program can make of a text, by name."""


@dataclass(frozen=True)
class Text(Input, Output):
    """A text, read as its UTF-8 bytes, in one of the VIEWS.

    Runs of 1 to 5 bytes, capitals made small, are hashed to `vocabulary` tokens inside the program
    (Bojanowski et al., 2017, Enriching Word Vectors with Subword Information). In the view `words`,
    words and pairs of words are hashed too, counted, and weighed by how rare they are. In the view
    `bytes`, filters slide over the bytes in order.

    As an answer it is said in pieces that are learned from the examples, at most `most` of them; `trust` sets right
    how probable the program finds whole texts.
    """

    word: ClassVar[str] = "text"
    suffixes: ClassVar[tuple[str, ...]] = (".txt",)
    goals: ClassVar[tuple[str, ...]] = tuple(generated.MEASURES)
    needs: ClassVar[str] = "sequence"
    told: ClassVar[bool] = True
    said_batch: ClassVar[int] = 32
    said_steps: ClassVar[int] = 30_000
    entry = entry_text
    readout = readout_text

    limit: int = 256
    vocabulary: int = 4096
    most: int = 0
    trust: tuple[float, float] = (1.0, 0.0)
    beam: int = 4
    """How many unfinished texts the search for an answer keeps."""
    borrowed: bool = False
    """Whether a network that was trained on other data may read it."""
    reading: str = field(default="", repr=False, compare=False)
    """The view; it is written into the program's graph, not into its manifest."""
    sizes: tuple[int, int] = field(default=(0, 0), repr=False, compare=False)
    """Numbers of the sparse vector for words and pairs, and for runs."""
    rarity: bytes = field(default=b"", repr=False, compare=False)
    """How rare each of them is, as float32."""
    count: int = field(default=0, repr=False, compare=False)
    """The texts that it is fitted to."""
    wording: Wording = field(default_factory=lambda: Wording(()), repr=False, compare=False)
    """The pieces of these texts."""
    said: bool = field(default=False, repr=False, compare=False)
    """Whether it is an answer."""

    @classmethod
    def of(cls, annotation: Any, extras: tuple[Any, ...]) -> Self | None:
        if annotation is not str:
            return None
        beam = next((extra for extra in extras if isinstance(extra, Beam)), None)
        return cls(beam=beam.kept) if beam else cls()

    @classmethod
    def annotations(cls) -> str:
        return "str"

    @classmethod
    def answers_written(cls) -> str:
        return "str, Annotated[str, Beam(8)]"

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
        if not 0 <= self.most <= LONGEST:
            return f"has at most {self.most} pieces"
        if self.metric and self.metric not in self.goals:
            return f"is judged by {self.metric!r:.60}"
        if type(self.beam) is not int or not 1 <= self.beam <= MOST_KEPT:
            return f"keeps {self.beam!r:.60} texts"
        if len(self.trust) != 2 or not all(type(each) is float and abs(each) < CERTAIN for each in self.trust):
            return f"is trusted by {self.trust!r:.60}"
        return "" if 1 < self.vocabulary <= MOST_TOKENS else f"has a vocabulary of {self.vocabulary}"

    def doubts(self, values: Sequence[Any]) -> list[str]:
        long = sum(len(encoded(value)) > LONGEST for value in values)
        found = [f"is longer than {LONGEST:,} bytes in {long} examples: the rest is not read"] if long else []
        return [*found, *super().doubts(values)]

    def fit(self, values: Sequence[Any]) -> Self:
        if self.said:
            wording = Wording([value for value in values[:LOOKED_AT] if value])
            return replace(self, most=wording.most, wording=wording, count=len(values))
        sizes = [len(encoded(value)) for value in values if value] or [1]
        limit = int(min(LONGEST, max(16, np.quantile(sizes, 0.98))))
        # About a token of the table for every second token of the examples, within reason.
        total = sum(min(size, limit) for size in sizes)
        vocabulary = power_of_2(min(total, MOST_TOKENS))
        words = min(power_of_2(total // 2), MOST_WORDS)
        runs = min(power_of_2(total * 2), MOST_RUNS) if limit <= SHORT else 0
        kind = replace(self, limit=limit, vocabulary=vocabulary, sizes=(words, runs), count=len(values))
        known = [value for value in values[:LOOKED_AT] if value]
        return replace(kind, rarity=rarity(kind, known), wording=Wording(known))

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
        return VIEWS[self.reading].graph(self, *raw)

    def views(self) -> dict[str, Self]:
        return {name: replace(self, reading=name) for name in VIEWS if name != PRETRAINED or self.borrowed}

    def ways(self, width: int) -> tuple[tuple[str, ...], ...]:
        both = (WORDS, PRETRAINED)
        by_words: tuple[tuple[str, ...], ...] = ((WORDS,),)
        if self.borrowed:
            by_words = (both,) if width else ((WORDS,), (PRETRAINED,), both)
        return (*by_words, (BYTES,)) if worth(self, width) else by_words

    def at_once(self) -> int:
        return FEW_AT_ONCE if self.borrowed else super().at_once()

    def pretrained(self) -> Self | None:
        from wisen.kinds.views.minilm import folder

        folder()  # raises where it is not installed
        return replace(self, borrowed=True)

    def frozen(self) -> int:
        return VIEWS[self.reading].frozen

    def plain(self) -> tuple[Layer, ...] | None:
        return VIEWS[self.reading].plain()

    def form(self) -> Form:
        return VIEWS[self.reading].form(self)

    def encoder(self, width: int) -> tuple[Layer, ...]:
        return VIEWS[self.reading].encoder(self, width)

    @property
    def places(self) -> str:
        return SPELLED

    def placed(self, width: int) -> tuple[Layer, ...] | None:
        return Spelled().placed(width) if self.reading == SPELLED else None

    @property
    def in_words(self) -> bool:
        """Whether it is read in the pieces of its words where places matter, and not byte by byte."""
        return self.limit > SPELLED_SHORT

    @property
    def read_pieces(self) -> tuple[str, ...]:
        """The pieces that it is then read in."""
        return self.wording.read

    def outside(self) -> Outside:
        return OfTexts()

    def sight(self) -> Sight:
        from wisen.kinds.sights.words import Words as Seen

        return Seen(self.blank(), ("", WORDS), (BYTES, SPELLED))

    # ---- output ----------------------------------------------------------------------------

    def with_labels(self, values: Sequence[Any]) -> Self:
        return replace(self, said=True)  # the texts of held-out examples are no names to look up

    @property
    def widths(self) -> tuple[int, ...]:
        return (WIDTH, WIDE) if self.count >= MANY_TEXTS else (WIDTH,)

    def head(self) -> tuple[Layer, ...]:
        from wisen.nn.form import Layer
        from wisen.nn.form import Wording as Size

        return (Layer("decoder", Size(len(self.wording.pieces), self.most, self.widths[0], self.beam)),)

    def placed_head(self, form: Form) -> tuple[Layer, ...]:
        from wisen.nn.form import Layer, Track
        from wisen.nn.form import Wording as Size

        timed = isinstance(form, Track) and form.timed
        width = form.channels if isinstance(form, Track) else self.widths[0]
        return (Layer("ctc" if timed else "decoder", Size(len(self.wording.pieces), self.most, width, self.beam)),)

    def target(self, values: Sequence[Any]) -> np.ndarray:
        return padded(self.wording.numbers(values), self.most)

    def loss(self, guess: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Minus the logarithm of the probability of the true text, by its pieces and its end."""
        return -guess.sum(1) / ((target != 0).sum(1) + 1)

    def sure(self, said: np.ndarray, target: np.ndarray) -> Self:
        same = (said[:, :, 2 : 2 + self.most] == target[:, None, : self.most]).all(axis=2)
        right = np.where(same.any(axis=1), same.argmax(axis=1), same.shape[1])
        return replace(self, trust=generated.trusted(said[:, :, 0], right))

    def say(self, guess: Var) -> dict[str, Var]:
        from wisen.nn.block import constant, op

        def part(start: int, end: int) -> Var:
            return op.slice(guess, constant([start]), constant([end]), constant([2]))

        texts = joined(op.cast(part(2, 2 + self.most), to=np.int64), self.wording.pieces)
        logs, lead = (op.squeeze(part(n, n + 1), constant([2])) for n in (0, 1))
        return {
            "": op.gather(texts, constant(np.int64(0)), axis=1),
            "texts": texts,
            "chances": generated.chances_graph(logs, self.trust),
            "lead": op.gather(lead, constant(np.int64(0)), axis=1),
        }

    def absolute(self, said: dict[str, Var], guess: Var, extents: Var) -> dict[str, Var]:
        """With the pieces of the likeliest text, and the seconds at which each of them begins."""
        from wisen.nn.block import constant, op

        def part(start: int, end: int) -> Var:
            return op.gather(op.slice(guess, constant([start]), constant([end]), constant([2])), constant(0), axis=1)

        numbers = op.cast(part(2, 2 + self.most), to=np.int64)
        when = op.mul(part(2 + self.most, 2 + 2 * self.most), extents)
        return said | {"pieces": op.gather(constant(np.array(self.wording.pieces)), numbers), "when": when}

    def subtitles(self, tensors: Mapping[str, Any]) -> str | None:
        if "when" not in tensors:
            return None
        return subtitles.written(tensors["pieces"].tolist(), tensors["when"].tolist())

    def answer(self, tensors: Mapping[str, Any]) -> str:
        text = tensors[""]
        if not isinstance(text, str):
            raise TypeError(f"the graph says {text!r:.60}, which is no text")
        return text

    def alternatives(self, tensors: Mapping[str, Any]) -> list[tuple[Any, float]]:
        if "texts" not in tensors:
            return []
        found: dict[str, float] = {}
        for text, chance in zip(tensors["texts"].tolist(), tensors["chances"].tolist(), strict=True):
            if chance or not found:  # others were given up on the way
                found.setdefault(text, chance)  # the same text in other pieces is less likely
        return sorted(found.items(), key=lambda each: -each[1])

    def worths(self, tensors: Mapping[str, Any]) -> list[tuple[Any, float]]:
        if "texts" not in tensors:
            raise ValueError("it says one text and no others, as no program of ours does")
        return self.alternatives(tensors)

    def lead(self, tensors: Mapping[str, Any]) -> float:
        return float(tensors["lead"]) if "lead" in tensors else 1.0

    def ties(self, tensors: Mapping[str, np.ndarray], least: float) -> np.ndarray:
        return np.flatnonzero(tensors["lead"] < least)

    def said_in(self) -> Sequence[str]:
        return self.wording.pieces if self.said else ()

    def aim(self, word: str, tensors: Mapping[str, Any]) -> Aim:
        from wisen.kinds.aims.texts import wording

        return wording(word, tensors[""])

    def aim_at(self, truth: Any) -> Aim:
        return self.aim("", {"": truth}).spelled(self.wording.numbers([truth])[0], self.wording.pieces)

    def naive(self, values: Sequence[Any]) -> Any:
        return generated.commonest(values)

    def merits(self, answers: Sequence[Any], truths: Sequence[Any]) -> np.ndarray:
        return generated.merits(self.goal, answers, truths)

    def metrics(
        self, answers: Sequence[Any], truths: Sequence[Any], tensors: Mapping[str, np.ndarray] | None = None
    ) -> list[Metric]:
        return generated.figures(self.goal, answers, truths)


def encoded(value: str | None) -> bytes:
    """The UTF-8 bytes of a text."""
    return (value or "").encode("utf-8", "replace")
