"""What the program makes of texts: the views of the kind, each held against the same thing done with Python."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from wisen.descent.batches import reader
from wisen.kinds.text import BYTES, SHORT, WORDS, Text
from wisen.signature import Feed

TEXTS = ["Hello  world, hello!", "", "x", "a b a b a b", "größe SEÑOR 12 € don't_stop\n\tnow", "!", "so so", "never"]


def seen(kind: Text, texts: list[str], view: str) -> np.ndarray:
    feed = Feed("text", (0,), kind).view(view)
    said: np.ndarray = reader(feed).run(None, feed.tensors([texts]))[0]
    return said


def roomy(kind: Text) -> Text:
    """The kind with so much room that no two tokens have one place."""
    sizes = (2**22, 2**22)
    rarity = np.ones(sum(sizes), np.float32)
    rarity[0] = 0  # padding
    return replace(kind, limit=100, sizes=sizes, rarity=rarity.tobytes())


def words_of(text: str) -> list[str]:
    return re.findall(r"[a-z0-9_À-ÿ€]+|[!-/:-@\[-`{-~]", text.lower())


def test_words_and_pairs_are_told_apart_and_counted() -> None:
    kind = roomy(Text().fit(TEXTS))
    places: dict[Any, float] = {}
    for text, row in zip(TEXTS, seen(kind, TEXTS, WORDS), strict=True):
        words = words_of(text)
        wanted = Counter([*words, *pairwise(words)])
        weight = {token: 1 + math.log(count) for token, count in wanted.items()}
        length = math.sqrt(sum(each**2 for each in weight.values())) or 1.0
        found = {place: number for place, number in row.tolist() if 0 < place < kind.sizes[0]}
        np.testing.assert_allclose(
            sorted(found.values()), sorted(4 * each / length for each in weight.values()), rtol=1e-5
        )
        for token, place in alone(kind, words).items():
            assert place in found and places.setdefault(token, place) == place
    assert len(set(places.values())) == len(places) > 10


def alone(kind: Text, words: list[str]) -> dict[str, float]:
    """The place of each word, found where it stands by itself."""
    rows = seen(kind, words, WORDS) if words else np.zeros((0, 1, 2))
    return {word: next(p for p in row[:, 0] if 0 < p < kind.sizes[0]) for word, row in zip(words, rows, strict=True)}


def test_what_is_rare_weighs_more_and_what_was_never_seen_nothing() -> None:
    texts = [f"the {word}" for word in ("cat", "dog", "cow", "hen")] * 2
    kind = Text().fit(texts)
    (row,) = seen(kind, ["the cat unheard-of"], WORDS)
    numbers = sorted(number for place, number in row.tolist() if 0 < place < kind.sizes[0] and number > 0)
    the, cat, pair = 1 + math.log(9 / 9), 1 + math.log(9 / 3), 1 + math.log(9 / 3)
    length = math.sqrt(the**2 + cat**2 + pair**2)
    np.testing.assert_allclose(numbers, [4 * the / length, 4 * cat / length, 4 * pair / length], rtol=1e-4)


def test_runs_of_bytes_are_counted_in_short_texts_only() -> None:
    short, long = Text().fit(["some words"] * 9), Text().fit(["some words " * SHORT] * 9)
    assert short.sizes[1] and not long.sizes[1]
    assert long.views()[WORDS].form().width == long.sizes[0]  # type: ignore[union-attr]
    row = seen(short, ["some words"], WORDS)[0]
    runs = row[row[:, 0] >= short.sizes[0]]
    assert len(runs) > 30 and abs(np.linalg.norm(runs[:, 1]) - 4) < 1e-4


def test_bytes_stand_in_order_between_two_spaces_with_their_capitals() -> None:
    kind = roomy(Text().fit(TEXTS))
    for text, row in zip(TEXTS, seen(kind, TEXTS, BYTES), strict=True):
        wanted = [code + 1 for code in f" {text} ".encode()] if text else []
        assert row[row > 0].tolist() == row[: len(wanted)].tolist() == wanted


def test_no_more_than_2048_bytes_are_read_in_order() -> None:
    long = "x" * 5000
    assert seen(Text().fit([long] * 9), [long], BYTES).shape == (1, 2050)


def test_a_text_is_read_alike_alone_and_beside_longer_ones() -> None:
    kind = Text().fit(TEXTS)
    for view in kind.views():
        together = seen(kind, TEXTS, view)
        for text, row in zip(TEXTS, together, strict=True):
            (single,) = seen(kind, [text], view)
            assert sorted(map(str, single[single.any(-1)] if single.ndim > 1 else single[single > 0])) == sorted(
                map(str, row[row.any(-1)] if row.ndim > 1 else row[row > 0])
            )
