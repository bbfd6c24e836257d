"""The bytes of texts as the views of texts read them: counted from 1, between two spaces, with small letters or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from spox import Var


def codes(most: int, *raw: Var, small: bool = True) -> Var:
    """Bytes counted from 1, of at most so many bytes of each text, between two spaces; with small letters, where
    wanted."""
    from wisen.nn.block import constant, op

    found, lengths = raw
    limit = constant(np.array([most], np.int64))
    found = op.cast(op.slice(found, constant([0]), limit, constant([1])), to=np.int64)
    lengths = op.unsqueeze(op.min([lengths, limit]), constant([1]))
    return framed(lowered(found) if small else found, lengths)


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
