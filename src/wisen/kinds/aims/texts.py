"""A text that is said, or a word of it: how probable."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np

from wisen.errors import BadValue, nearest
from wisen.kinds.aims.aim import Aim

if TYPE_CHECKING:
    import torch

WORD = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True)
class Wording(Aim):
    """Of the program: the probability of the texts that it finds, each times the share of the asked words that are in
    it. Of the network: the mean logarithm of the probability of the asked pieces."""

    words: tuple[str, ...]
    text: str = ""
    numbers: tuple[int, ...] = ()
    """The pieces of the text, and 0 after the last one."""
    asked: tuple[int, ...] = ()
    """The places of the pieces that are asked about."""

    def amounts(self, tensors: Mapping[str, np.ndarray]) -> np.ndarray:
        texts, chances = tensors["texts"], tensors["chances"].astype(np.float64)
        known = {text: self.share(text) for text in set(texts.ravel().tolist())}
        shares = np.array([[known[text] for text in row] for row in texts.tolist()]).reshape(chances.shape)
        # The same text may be found in other pieces: all ways to it count.
        found: np.ndarray = (shares * chances).sum(axis=1)
        return found

    def share(self, text: str) -> float:
        """The share of the asked words that are in a text; of several equal ones each counts once."""
        wanted, there = Counter(self.words), Counter(WORD.findall(text))
        return sum((wanted & there).values()) / len(self.words)

    def slope(self, guess: torch.Tensor, extent: np.ndarray | None) -> torch.Tensor:
        return guess[:, list(self.asked)].mean(dim=1)

    @property
    def asked_pieces(self) -> tuple[int, ...]:
        return self.asked

    def spelled(self, numbers: Sequence[int], pieces: Sequence[str]) -> Self:
        at, end = 0, len(self.text)
        if len(self.words) == 1:
            at, end = next(each.span() for each in WORD.finditer(self.text) if each.group() == self.words[0])
        ends = np.cumsum([len(pieces[number]) for number in numbers])
        starts = np.concatenate([[0], ends[:-1]])
        asked = np.flatnonzero((starts < end) & (ends > at)).tolist()
        return replace(self, numbers=(*numbers, 0), asked=tuple(asked))

    @property
    def pieces(self) -> np.ndarray | None:
        return np.array([self.numbers], np.int32) if self.numbers else None


def wording(word: str, text: str) -> Wording:
    """The text that was said, or where a word is given that word of it; raises BadValue."""
    words = WORD.findall(text)
    if not words:
        raise BadValue("the answer is an empty text: there is nothing to explain")
    if not word:
        return Wording("the text", "probability", tuple(words), text)
    if word not in words:
        raise BadValue(f"the target {word!r} is no word of the answer {text!r:.60}", nearest(word, words))
    return Wording(f"the word {word!r}", "probability", (word,), text)
