"""What texts are made of: the pieces that an answer is said in and a sentence is read in, learned from examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from wisen.errors import BadSignature, NotInstalled

if TYPE_CHECKING:
    from spox import Var

FEWEST, MOST_PIECES = 256, 4000
"""Pieces that answers of many words are made of, beside single characters."""
WORDS_A_PIECE = 200
"""About so many words of the examples to a piece: a rarer one would be learned by heart, or not at all."""
FEW_WORDS = 1.5
"""Words to a text up to which texts are names and the like, which are said letter by letter."""
READ = 4000
"""Pieces that sentences are read in."""
MOST_CHARACTERS = 1000
"""Different characters that are pieces; rarer ones are left out."""
LONGEST_READ = 16
"""Letters of a piece that is read, at most: the program looks for every length up to it."""
LONGEST = 160
"""Pieces of an answer beyond which nothing is said."""
MOST_KEPT = 64
"""Texts that a search may keep."""
SPACE = "▁"
"""What stands for a space in a piece of the library's."""
FIRST = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")


@dataclass(frozen=True)
class Beam:
    """How many unfinished texts the search for an answer keeps: `Annotated[str, Beam(8)]`; with 1 it is greedy, and
    takes the likeliest piece each time."""

    kept: int

    def __post_init__(self) -> None:
        if not isinstance(self.kept, int) or not 1 <= self.kept <= MOST_KEPT:
            raise BadSignature(f"Beam({self.kept!r}) keeps no number of texts", f"Write Beam(1) to Beam({MOST_KEPT}).")


class Wording:
    """The pieces of some texts; those of answers and those of what is read are learned when they are asked for."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = [whole(text) for text in texts]

    @cached_property
    def tokenizer(self) -> Any:
        """The library's byte-pair encoding (Sennrich et al., 2016) of the texts."""
        tokenizers = library()
        found = tokenizers.Tokenizer(tokenizers.models.BPE())
        found.pre_tokenizer = tokenizers.pre_tokenizers.Metaspace(replacement=SPACE, prepend_scheme="never")
        words = sum(len(text.split()) for text in self.texts)
        many = words > FEW_WORDS * len(self.texts)
        size = min(MOST_PIECES, max(FEWEST, words // WORDS_A_PIECE)) if many else 0
        trainer = tokenizers.trainers.BpeTrainer(
            vocab_size=size, limit_alphabet=MOST_CHARACTERS, min_frequency=2, show_progress=False
        )
        found.train_from_iterator(self.texts, trainer)
        return found

    @cached_property
    def pieces(self) -> tuple[str, ...]:
        """The pieces of answers by their number; 0 ends a text."""
        known = self.tokenizer.get_vocab()
        others = [piece.replace(SPACE, " ") for piece in sorted(known, key=lambda piece: known[piece])]
        return ("", *(others or [" "]))  # a search needs something beside the end

    def numbers(self, texts: Iterable[str]) -> list[list[int]]:
        """The numbers of the pieces of each text; characters that no piece has are left out."""
        return [
            [1 + number for number in each.ids] for each in self.tokenizer.encode_batch([whole(text) for text in texts])
        ]

    @cached_property
    def most(self) -> int:
        """How many pieces an answer may have: a little more than nearly all texts have."""
        counts = [len(each) for each in self.numbers(self.texts)] or [1]
        return int(min(LONGEST, 2 + 1.2 * np.quantile(counts, 0.998)))

    @cached_property
    def read(self) -> tuple[str, ...]:
        """The pieces that sentences are read in, as `views.wordpiece` finds them inside the program."""
        tokenizers = library()
        found = tokenizers.Tokenizer(tokenizers.models.WordPiece(unk_token=FIRST[1]))
        found.normalizer = tokenizers.normalizers.BertNormalizer()
        found.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
        counts = Counter(c for text in self.texts for c in found.normalizer.normalize_str(text) if not c.isspace())
        letters = sorted(sorted(counts, key=lambda c: (-counts[c], c))[:MOST_CHARACTERS])
        # Letters that the trainer finds by itself it numbers by chance, in another order in each process.
        first = [*FIRST, *letters, *(f"##{letter}" for letter in letters)]
        trainer = tokenizers.trainers.WordPieceTrainer(
            vocab_size=max(READ, len(first)), special_tokens=first, limit_alphabet=MOST_CHARACTERS, show_progress=False
        )
        found.train_from_iterator(self.texts, trainer)
        known = found.get_vocab()
        others = sorted((piece for piece in known if piece not in FIRST), key=lambda piece: known[piece])
        return (*FIRST, *(piece for piece in others if len(piece.removeprefix("##")) <= LONGEST_READ))


def whole(text: str) -> str:
    """The text with a question mark for each half of a character, which is in no encoding."""
    return text.encode("utf-8", "replace").decode()


def library() -> Any:
    """The tokenizers library, with the parts of it that are used; raises NotInstalled."""
    try:
        import tokenizers
        import tokenizers.models
        import tokenizers.normalizers
        import tokenizers.pre_tokenizers
        import tokenizers.trainers
    except ImportError:
        raise NotInstalled(
            "texts are learned piece by piece with tokenizers, which is not installed", "pip install 'wisen[train]'"
        ) from None
    return tokenizers


def padded(rows: Sequence[Sequence[int]], most: int) -> np.ndarray:
    """Numbers of pieces, int32 [texts, most + 1], cut where there are more than `most`, and 0 after the last one."""
    found = np.zeros((len(rows), most + 1), np.int32)
    for place, row in enumerate(rows):
        found[place, : min(len(row), most)] = row[:most]
    return found


def joined(numbers: Var, pieces: Sequence[str]) -> Var:
    """The texts of numbers of pieces [..., most], as nodes of the program: a loop that puts one piece after another."""
    from wisen.nn.block import constant, op

    words = constant(np.array(pieces))
    longest = op.reduce_max(op.reduce_sum(op.cast(op.cast(numbers, to=np.bool_), to=np.int64), constant([-1])))
    first = op.gather(numbers, constant(np.int64(0)), axis=-1)
    begin = op.gather(words, op.mul(first, constant(np.int64(0))))

    def body(step: Var, more: Var, text: Var) -> list[Var]:
        here = op.squeeze(op.gather(numbers, step, axis=-1), constant([-1]))
        return [more, op.string_concat(text, op.gather(words, here))]

    return op.loop(op.reshape(longest, constant([1])), constant([True]), [begin], body=body)[0]
