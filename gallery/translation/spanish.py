"""What is that in Spanish? Word by word with a dictionary, until there is a program that is better."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import wisen

WORDS = Path(__file__).parent / "data" / "words_spanish.tsv"
COMMON = {
    "the": "el", "of": "de", "and": "y", "to": "á", "in": "en", "a": "un", "is": "es", "was": "era", "his": "su",
    "their": "su", "her": "su", "my": "mi", "your": "tu", "our": "nuestro", "he": "él", "they": "ellos", "i": "yo",
    "you": "tú", "that": "que", "who": "que", "which": "que", "for": "por", "with": "con", "not": "no", "from": "de",
    "him": "él", "them": "ellos", "me": "me", "all": "todo", "this": "este", "these": "estos", "on": "sobre",
    "be": "ser", "will": "", "shall": "", "have": "haber", "has": "ha", "had": "había", "are": "son", "were": "eran",
    "said": "dijo", "says": "dice", "yahweh": "Jehová", "god’s": "de Dios", "but": "mas", "as": "como", "by": "por",
}  # fmt: skip
"""The words that stand most often, for which a dictionary has too many meanings."""


@lru_cache(maxsize=1)
def dictionary() -> dict[str, str]:
    """The words of FreeDict, and the commonest ones."""
    lines = WORDS.read_text(encoding="utf-8").splitlines() if WORDS.exists() else []
    return dict(line.split("\t") for line in lines) | COMMON


def looked_up(word: str) -> str:
    """The Spanish word, found also without an ending; a name stays as it is."""
    known, small = dictionary(), word.lower()
    for stem in (small, small.removesuffix("s"), small.removesuffix("es"), small.removesuffix("ed"), small[:-3]):
        if stem in known:
            return known[stem].capitalize() if word[0].isupper() else known[stem]
    return word


@wisen.function
def to_spanish(english: str) -> str:
    """A verse of the Bible in the Spanish of 1909."""
    said = re.sub(r"[\w’]+", lambda word: looked_up(word.group()), re.sub(r"[“”‘]", "", english))
    return re.sub(r" +", " ", said).strip()
