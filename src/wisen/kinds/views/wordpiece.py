"""WordPiece inside the graph: from the bytes of texts to the pieces that BERT's kind of network reads.

The steps of BERT's tokenizer (Devlin et al., 2019): clean, small letters without accents, split at white space
and signs, then the longest known piece again and again. No loop: what the longest piece is at each place is found
for all places at once, and which places a reader gets to by leaps of twice the length (pointer jumping).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from wisen.kinds.views.words import LETTER, NONE, ODD, SIGN, compact, empty, moved, powers_of, shifted

if TYPE_CHECKING:
    from spox import Var

PLANE = 1 << 16
"""Characters that are looked up; those above are letters as they are."""
MOST_LETTERS = 100
"""Letters of a word above which it is unknown."""
JUMPS = 7
"""Leaps that reach the end of such a word: 2 ** 7 pieces."""
PADDING, UNKNOWN, FIRST, LAST = "[PAD]", "[UNK]", "[CLS]", "[SEP]"
INSIDE = "##"
"""What stands before a piece that begins inside a word."""


def pieces(codes: Var, lengths: Var, vocabulary: Sequence[str], limit: int, most: int) -> tuple[Var, Var]:
    """(the pieces of each text, int64 [batch, time], which of them count): at most `most` with first and last."""
    from wisen.nn.block import constant, op

    letters = normal(characters(codes, lengths, limit))
    steps = 3 * limit + 4
    sort = op.gather(constant(normal_forms()[1]), op.min([letters, constant(np.int64(PLANE - 1))]))
    letter, sign = op.equal(sort, constant(np.int64(LETTER))), op.equal(sort, constant(np.int64(SIGN)))
    starts = op.or_(sign, op.and_(letter, op.not_(moved(letter, -1))))
    inner = op.and_(letter, op.not_(starts))
    size, piece = longest(letters, starts, inner, vocabulary, steps)
    reached = op.and_(reach(starts, inner, size), op.or_(starts, inner))
    word = op.cumsum(op.cast(starts, to=np.int64), constant(np.int64(1)))
    lost = unknown(word, op.and_(reached, op.equal(size, constant(np.int64(0)))), op.or_(starts, inner))
    piece = op.where(lost, constant(np.int64(vocabulary.index(UNKNOWN))), piece)
    return framed(piece, op.or_(op.and_(lost, starts), op.and_(reached, op.not_(lost))), vocabulary, most)


def characters(codes: Var, lengths: Var, limit: int) -> Var:
    """The characters of UTF-8 bytes, one after the other, 0 beyond the text."""
    from wisen.nn.block import constant, op

    cut = constant(np.array([limit], np.int64))
    codes = op.cast(op.slice(codes, constant([0]), cut, constant([1])), to=np.int64)
    length = op.gather(op.shape(codes), constant(np.int64(1)))
    places = op.range(constant(np.int64(0)), length, constant(np.int64(1)))
    inside = op.less(places, op.unsqueeze(lengths, constant([1])))
    codes = op.pad(op.where(inside, codes, constant(np.int64(0))), constant(np.array([0, 0, 0, 1], np.int64)))

    def least(low: int) -> Var:
        return op.greater_or_equal(codes, constant(np.int64(low)))

    def join(first: int, count: int) -> Var:
        found, ahead = op.sub(codes, constant(np.int64(first))), codes
        for _ in range(count):
            ahead = shifted(ahead, 1)
            rest = op.sub(ahead, constant(np.int64(0x80)))
            found = op.add(op.mul(found, constant(np.int64(64))), rest)
        return found

    wide = op.where(least(0xF0), join(0xF0, 3), op.where(least(0xE0), join(0xE0, 2), join(0xC0, 1)))
    found = op.clip(op.where(least(0xC0), wide, codes), constant(np.int64(0)), constant(np.int64(0x10FFFF)))
    leads = op.and_(op.greater(codes, constant(np.int64(0))), op.or_(least(0xC0), op.not_(least(0x80))))
    return kept(found, leads)


def kept(values: Var, which: Var) -> Var:
    """The values at some places of each row, one after the other, and 0 beyond them."""
    from wisen.nn.block import constant, op

    order = op.cumsum(op.cast(which, to=np.int64), constant(np.int64(1)))
    found = compact(values, which, order)
    wide = op.shape(found)
    return op.pad(
        op.slice(found, constant([1]), op.slice(wide, constant([1]), constant([2])), constant([1])),
        constant(np.array([0, 0, 0, 1], np.int64)),
    )


def normal(characters: Var) -> Var:
    """Small letters without accents, white space as a space; what BERT leaves out is left out."""
    from wisen.nn.block import constant, op

    last = constant(np.int64(PLANE - 1))
    found = op.gather(constant(normal_forms()[0]), op.min([characters, last]))  # [batch, time, 3]
    beyond = op.unsqueeze(op.greater(characters, last), constant([2]))
    own = op.mul(op.unsqueeze(characters, constant([2])), constant(np.array([1, 0, 0], np.int64)))
    letters = op.reshape(op.where(beyond, own, found), constant(np.array([0, -1], np.int64)))
    return kept(letters, op.greater(letters, constant(np.int64(0))))


@lru_cache(maxsize=1)
def normal_forms() -> tuple[np.ndarray, np.ndarray]:
    """(what each character becomes, up to three characters or none, [65536, 3]; what each is then, [65536])."""
    forms, sorts = np.zeros((PLANE, 3), np.int64), np.full(PLANE, LETTER, np.int64)
    for code in range(1, PLANE):
        text = chr(code)
        category = unicodedata.category(text)
        if category == "Zs" or text in "\t\n\r":
            forms[code, 0] = ord(" ")
        elif category not in ("Cc", "Cf", "Co", "Cs") and code != 0xFFFD:
            plain = "".join(each for each in unicodedata.normalize("NFD", text) if unicodedata.category(each) != "Mn")
            small = [ord(each) for each in plain.lower()][:3]
            forms[code, : len(small)] = small if max(small, default=0) < PLANE else [code]
        chinese = 0x3400 <= code <= 0x4DBF or 0x4E00 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF
        if chinese or category[0] == "P" or (code < 128 and text.isprintable() and not text.isalnum()):
            sorts[code] = SIGN
    sorts[[0, ord(" ")]] = NONE
    return forms, sorts


def longest(letters: Var, starts: Var, inner: Var, vocabulary: Sequence[str], steps: int) -> tuple[Var, Var]:
    """(the letters of the longest known piece that begins at each place, 0 where none does; its number)."""
    from wisen.nn.block import constant, ml, op

    length = op.slice(op.shape(letters), constant([1]), constant([2]))
    powers = op.slice(constant(powers_of(ODD, steps)), constant([0]), length, constant([0]))
    back = op.slice(constant(powers_of(pow(ODD, -1, 2**64), steps)), constant([0]), length, constant([0]))
    terms = op.mul(letters, powers)
    known = keys(vocabulary)
    salt = op.where(starts, constant(np.int64(1)), constant(np.int64(2)))
    size = piece = op.mul(letters, constant(np.int64(0)))
    total, fits = size, op.or_(starts, inner)
    for count in range(1, max(known) + 1):
        total = op.add(total, terms)
        key = op.add(op.mul(op.mul(total, back), constant(np.int64(4))), salt)
        table = known.get(count, {0: -1})
        found = ml.label_encoder(key, keys_int64s=[*table], values_int64s=[*table.values()], default_int64=-1)
        here = op.and_(fits, op.greater_or_equal(found, constant(np.int64(0))))
        size, piece = op.where(here, constant(np.int64(count)), size), op.where(here, found, piece)
        terms, inner = shifted(terms, 1), moved(inner, 1)
        fits = op.and_(fits, inner)
    return size, piece


def keys(vocabulary: Sequence[str]) -> dict[int, dict[int, int]]:
    """By its letters, the hash of each piece as the graph takes it, and its number."""
    powers = [pow(ODD, place, 2**64) for place in range(max(map(len, vocabulary)))]
    found: dict[int, dict[int, int]] = {}
    for number, piece in enumerate(vocabulary):
        inside = piece.startswith(INSIDE) and len(piece) > len(INSIDE)
        text = piece[len(INSIDE) :] if inside else piece
        total = sum(ord(letter) * power for letter, power in zip(text, powers, strict=False))
        key = (total * 4 + (2 if inside else 1)) % 2**64
        found.setdefault(len(text), {})[key - 2**64 if key >= 2**63 else key] = number
    assert sum(map(len, found.values())) == len(vocabulary)  # no two hashes are alike
    return found


def reach(starts: Var, inner: Var, size: Var) -> Var:
    """Which places are the first of a piece, where each word is read from its start, piece after piece."""
    from wisen.nn.block import constant, op

    length = op.gather(op.shape(size), constant(np.int64(1)))
    places = op.add(op.mul(size, constant(np.int64(0))), op.range(constant(np.int64(0)), length, constant(np.int64(1))))
    ahead = op.min([op.add(places, size), op.sub(length, constant(np.int64(1)))])
    on = op.gather_elements(op.cast(inner, to=np.int64), ahead, axis=1)
    following = op.where(op.cast(on, to=np.bool_), ahead, places)
    reached = op.cast(starts, to=np.int64)
    for _ in range(JUMPS):
        reached = op.scatter_elements(reached, following, reached, axis=1, reduction="max")
        following = op.gather_elements(following, following, axis=1)
    return op.cast(reached, to=np.bool_)


def unknown(word: Var, stuck: Var, inside: Var) -> Var:
    """Which places lie in words that are too long, or cannot be made of known pieces."""
    from wisen.nn.block import constant, op

    number = op.where(inside, word, constant(np.int64(0)))
    none = op.scatter_elements(empty(word), number, op.cast(stuck, to=np.int64), axis=1, reduction="max")
    letters = op.scatter_elements(empty(word), number, op.cast(inside, to=np.int64), axis=1, reduction="add")
    lost = op.or_(op.cast(none, to=np.bool_), op.greater(letters, constant(np.int64(MOST_LETTERS))))
    found = op.gather_elements(op.cast(lost, to=np.int64), number, axis=1)
    return op.and_(op.cast(found, to=np.bool_), inside)


def framed(piece: Var, which: Var, vocabulary: Sequence[str], most: int) -> tuple[Var, Var]:
    """(the pieces between the first and the last one, which of them count)."""
    from wisen.nn.block import constant, op

    order = op.cumsum(op.cast(which, to=np.int64), constant(np.int64(1)))
    found = op.slice(compact(piece, which, order), constant([0]), constant([most - 1]), constant([1]))
    found = op.pad(found, constant(np.array([0, 0, 0, 1], np.int64)))
    count = op.min([op.reduce_max(order, constant([1]), keepdims=1), constant(np.int64(most - 2))])
    columns = op.range(constant(np.int64(0)), op.gather(op.shape(found), constant(np.int64(1))), constant(np.int64(1)))
    end = op.add(count, constant(np.int64(1)))
    first, last, blank = (constant(np.int64(vocabulary.index(word))) for word in (FIRST, LAST, PADDING))
    found = op.where(op.equal(columns, constant(np.int64(0))), first, found)
    found = op.where(op.equal(columns, end), last, found)
    counts = op.less_or_equal(columns, end)
    return op.where(counts, found, blank), counts
