"""Texts as sparse vectors: words, pairs of words and runs of bytes, hashed, counted and weighed inside the graph.

The features of a good linear program over texts (Wang and Manning, 2012, Baselines and Bigrams).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from wisen.kinds.views.framed import codes
from wisen.kinds.views.runs import runs
from wisen.kinds.views.view import View

if TYPE_CHECKING:
    from spox import Var

    from wisen.kinds.text import Text
    from wisen.nn.form import Layer, Sparse

GAIN = 4.0
"""The length of a text's vector: with it, the penalties of a linear program span those that texts want."""
PRIME = 2**31 - 1
"""Hashes are taken modulo a prime first, because their lowest bits are alike."""
ODD = 6364136223846793005
"""The multiplier of the hash of a word; odd, so that it has an inverse modulo 2 ** 64."""
PAIR = 1442695040888963407
"""The multiplier of the first word of a pair."""
NONE, LETTER, SIGN = 0, 1, 2
"""What a byte is: white space or nothing, a part of a word, a word by itself."""


class Words(View):
    """Words, pairs of words and, in short texts, runs of bytes, counted and weighed."""

    def graph(self, kind: Text, *raw: Var) -> Var:
        return weighed(*distinct(hashed(kind, *raw)), kind.sizes[0], kind.rarity)

    def form(self, kind: Text) -> Sparse:
        from wisen.nn.form import Sparse

        return Sparse(sum(kind.sizes))

    def encoder(self, kind: Text, width: int) -> tuple[Layer, ...]:
        from wisen.nn.form import Layer

        # Its weighted sums are all that a linear program needs.
        return (Layer("bag", max(16, width // 2)),) if width else ()


def hashed(kind: Text, *raw: Var) -> Var:
    """The tokens of texts: words, pairs of words, and runs of bytes where texts are short."""
    from wisen.nn.block import constant, op

    words, short = kind.sizes
    framed = codes(kind.limit, *raw)
    tokens = [*words_and_pairs(framed, kind.limit + 3, words)]
    if short:
        found = runs(framed, short)
        some = op.greater(found, constant(np.int64(0)))
        tokens.append(op.where(some, op.add(found, constant(np.int64(words))), constant(np.int64(0))))
    return op.concat(tokens, axis=1)


def sorts() -> np.ndarray:
    """What each code is, [257]: codes are bytes counted from 1, and 0 beyond the text."""
    found = np.full(257, SIGN, np.int64)
    found[0] = NONE
    for byte in range(256):
        text = chr(byte)
        if byte >= 128 or text.isalnum() or text == "_":
            found[byte + 1] = LETTER
        elif text.isspace() or not text.isprintable():
            found[byte + 1] = NONE
    return found


def powers_of(base: int, count: int) -> np.ndarray:
    """The powers of a number modulo 2 ** 64, from 0 on."""
    with np.errstate(over="ignore"):
        return np.cumprod(np.array([1] + [base] * (count - 1), np.uint64)).view(np.int64)


def rarity(kind: Text, texts: Sequence[str]) -> bytes:
    """How rare each token is among texts, float32 for each place of the sparse vector: the inverse document frequency
    (Sparck Jones, 1972) as scikit-learn smooths it; 0 for what is in none of them, of which nothing can be learned."""
    import spox

    from wisen.nn.session import session

    raw = {
        tensor.name: spox.argument(spox.Tensor(np.dtype(tensor.dtype), tensor.dims)) for tensor in kind.tensors("text")
    }
    run = session(raw, {"tokens": distinct(hashed(kind, *raw.values()))[0]}, threads=0).run
    found = np.zeros(sum(kind.sizes), np.int64)
    ordered = sorted(texts, key=len)  # those of one length together: less padding
    for start in range(0, len(ordered), 256):
        given = dict(zip(raw, kind.arrays(ordered[start : start + 256]), strict=True))
        found += np.bincount(run(None, given)[0].ravel(), minlength=len(found))
    known = np.where(found > 0, np.log((1 + len(texts)) / (1 + found)) + 1, 0.0)
    known[0] = 0.0  # padding
    return known.astype(np.float32).tobytes()


def power_of_2(count: int) -> int:
    """The power of 2, from 1024 on, that is not below a count."""
    return int(2 ** max(10, math.ceil(math.log2(max(count, 1)))))


def words_and_pairs(framed: Var, steps: int, vocabulary: int) -> tuple[Var, Var]:
    """The words of framed texts of at most so many steps, hashed to tokens, and each with the word after it.

    A word is a run of letters, digits and bytes beyond ASCII, or one sign. Its hash is a difference of two
    prefix sums, scaled back to the word's start: so words of any length are hashed at once.
    """
    from wisen.nn.block import constant, op

    zero, one = constant(np.int64(0)), constant(np.int64(1))
    sort = op.gather(constant(sorts()), framed)
    letter, sign = op.equal(sort, constant(np.int64(LETTER))), op.equal(sort, constant(np.int64(SIGN)))
    ends = op.or_(sign, op.and_(letter, op.not_(moved(letter, 1))))
    starts = op.or_(sign, op.and_(letter, op.not_(moved(letter, -1))))
    powers, inverses = powers_of(ODD, steps), powers_of(pow(ODD, -1, 2**64), steps)
    length = op.slice(op.shape(framed), constant([1]), constant([2]))
    scale = op.slice(constant(powers), constant([0]), length, constant([0]))
    sums = op.cumsum(op.mul(framed, scale), one, exclusive=1)
    places = op.range(zero, op.squeeze(length, constant([0])), one)
    order = op.cumsum(op.cast(starts, to=np.int64), one)
    first = compact(places, starts, order)
    last = op.sub(op.squeeze(length, constant([0])), one)
    after = compact(op.min([op.add(places, one), last]), ends, order)
    spans = op.sub(op.gather_elements(sums, after, axis=1), op.gather_elements(sums, first, axis=1))
    hashed = op.mul(spans, op.gather(constant(inverses), first))  # 0 beyond the last word
    words = op.mul(hashed, op.min([op.range(zero, op.gather(op.shape(first), one), one), one]))  # and in column 0
    following = shifted(words, 1)
    pairs = op.add(op.mul(words, constant(np.int64(PAIR))), following)
    there = op.not_(op.equal(words, zero))
    both = op.and_(there, op.not_(op.equal(following, zero)))
    return token_of(words, there, vocabulary), token_of(pairs, both, vocabulary)


def token_of(hashed: Var, there: Var, vocabulary: int) -> Var:
    """Tokens from 1 on of hashes; 0 where there is none."""
    from wisen.nn.block import constant, op

    spread = op.mod(hashed, constant(np.int64(PRIME)))
    token = op.add(op.mod(spread, constant(np.int64(vocabulary - 1))), constant(np.int64(1)))
    return op.where(there, token, constant(np.int64(0)))


def moved(flags: Var, by: int) -> Var:
    """The flags one place further on (1) or before (-1) in each row."""
    from wisen.nn.block import op

    return op.cast(shifted(op.cast(flags, to=np.int64), by), to=np.bool_)


def shifted(x: Var, by: int) -> Var:
    """What stands one place further on (1) or before (-1) in each row; nothing at the end."""
    from wisen.nn.block import constant, op

    length = op.slice(op.shape(x), constant([1]), constant([2]))
    padded = op.pad(x, constant(np.array([0, max(-by, 0), 0, max(by, 0)], np.int64)))
    start, end = (constant([1]), op.add(length, constant([1]))) if by > 0 else (constant([0]), length)
    return op.slice(padded, start, end, constant([1]))


def compact(values: Var, which: Var, order: Var) -> Var:
    """The values at some places of each row, one after the other from column 1 on; `order` counts them, and
    column 0 holds any of the others."""
    from wisen.nn.block import constant, op

    index = op.where(which, order, constant(np.int64(0)))
    return op.scatter_elements(empty(order), index, op.expand(values, op.shape(order)), axis=1)


def empty(order: Var) -> Var:
    """Zeros for each row: one column more than the most that a row counts."""
    from wisen.nn.block import constant, op

    most = op.reduce_max(order, keepdims=0)
    wide = op.unsqueeze(op.add(most, constant(np.int64(1))), constant([0]))
    batch = op.slice(op.shape(order), constant([0]), constant([1]))
    return op.constant_of_shape(op.concat([batch, wide], axis=0), value=np.zeros(1, np.int64))


def distinct(tokens: Var) -> tuple[Var, Var]:
    """(each token of a row once, how often it is there): 0 is padding in both."""
    from wisen.nn.block import constant, op

    length = op.slice(op.shape(tokens), constant([1]), constant([2]))
    ordered, _ = op.top_k(tokens, length, axis=1)
    before = shifted(ordered, -1)
    there = op.greater(ordered, constant(np.int64(0)))
    new = op.and_(there, op.not_(op.equal(ordered, before)))
    order = op.cumsum(op.cast(new, to=np.int64), constant(np.int64(1)))
    index = op.where(there, order, constant(np.int64(0)))
    once = op.scatter_elements(empty(order), index, ordered, axis=1)
    many = op.scatter_elements(empty(order), index, op.cast(there, to=np.int64), axis=1, reduction="add")
    return once, many


def weighed(tokens: Var, counts: Var, words: int, rarity: bytes) -> Var:
    """A sparse vector [batch, time, 2] of tokens: 1 + log(count), times how rare it is; those below `words`
    (words and pairs) have one length together, and the others (runs of bytes) too."""
    from wisen.nn.block import constant, op

    often = op.log(op.cast(op.max([counts, constant(np.int64(1))]), to=np.float32))
    rare = op.gather(constant(np.frombuffer(rarity, np.float32)), tokens)
    weight = op.mul(op.add(often, constant(np.float32(1))), rare)
    few = op.cast(op.less(tokens, constant(np.int64(words))), to=np.float32)
    both = [op.mul(weight, few), op.mul(weight, op.sub(constant(np.float32(1)), few))]
    lengths = [op.reduce_l2(part, constant([1]), keepdims=1) for part in both]
    least = constant(np.float32(1e-6))
    scaled = [op.div(part, op.max([length, least])) for part, length in zip(both, lengths, strict=True)]
    weight = op.mul(op.add(*scaled), constant(np.float32(GAIN)))
    pair = [op.unsqueeze(op.cast(tokens, to=np.float32), constant([2])), op.unsqueeze(weight, constant([2]))]
    return op.concat(pair, axis=2)
