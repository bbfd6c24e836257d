"""What a person sees of a text: its words; of a single word its letters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from wisen.kinds.sights.sight import Parts, Sight, Trace, edges

WORD = re.compile(r"\S+")
MOST = 200
"""Words of a text; those of longer ones are taken together in runs."""


@dataclass(frozen=True)
class Words(Sight):
    """A text. A word that is hidden is left out. `bagged` are the views that read its tokens in no order, and
    `ordered` those that read them one after the other, between a first and a last one."""

    bagged: tuple[str, ...] = ()
    ordered: tuple[str, ...] = ()

    def seen(self, value: Any) -> Parts:
        text = value or ""
        spans = self.spans(text)
        if not spans:
            return super().seen(value)

        def without(hidden: np.ndarray) -> str:
            left = [text[: spans[0][0]]]
            for place, (start, _) in enumerate(spans):
                end = spans[place + 1][0] if place + 1 < len(spans) else len(text)
                left.append("" if hidden[place] else text[start:end])
            return "".join(left).strip()

        return Parts(tuple(text[start:end] for start, end in spans), (len(spans),), without)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where each word begins and ends; of a text of one word each letter."""
        found = [each.span() for each in WORD.finditer(text)]
        if len(found) == 1:
            found = [(place, place + 1) for place in range(*found[0])]
        cuts = edges(len(found), MOST)
        return [(found[low][0], found[high - 1][1]) for low, high in pairwise(cuts)]

    def traced(self, trace: Trace) -> np.ndarray | None:
        amounts = trace.amounts
        if trace.view in self.ordered:
            return self.in_order(trace, amounts)
        if trace.view in self.bagged:
            return self.in_bag(trace, amounts)
        return None

    def in_order(self, trace: Trace, amounts: np.ndarray) -> np.ndarray:
        """What counted of tokens in order: those of a word are those by which the text up to its end is longer than up
        to its beginning. The first and the last token belong to none."""
        text, spans = trace.value or "", self.spans(trace.value or "")
        if not spans:
            return np.array([amounts.sum()])
        read = trace.read([text[:end] for _, end in spans])
        ends = [max(1, int((tokens != 0).sum()) - 1) for tokens in read]
        starts = [1, *ends[:-1]]
        return np.array([amounts[start:end].sum() for start, end in zip(starts, ends, strict=True)])

    def in_bag(self, trace: Trace, amounts: np.ndarray) -> np.ndarray:
        """What counted of tokens in no order: those that a word has by itself are shared by the words that have them;
        others, such as pairs of words, by those without which they are not there."""
        text, spans = trace.value or "", self.spans(trace.value or "")
        if not spans:
            return np.array([amounts.sum()])
        ids = tokens_of(trace.features)
        alone = held(ids, trace.read([text[start:end] for start, end in spans]))
        gone = ~held(ids, trace.read([trace.parts.without(row) for row in np.eye(len(spans), dtype=bool)]))
        owned = np.where(alone.any(axis=0), alone, gone).astype(np.float64)
        found: np.ndarray = owned / np.maximum(owned.sum(axis=0), 1) @ amounts
        return found

    def lit(
        self, value: Any, parts: Parts, amounts: np.ndarray, fine: np.ndarray | None, small: bool = False
    ) -> bytes | None:
        from wisen.kinds.drawing import png
        from wisen.kinds.sights.paint import marked

        return png(marked(parts.names, amounts)) if value else None


def tokens_of(features: np.ndarray) -> np.ndarray:
    """The tokens of a text, with or without a number for each."""
    found: np.ndarray = (features[:, 0] if features.ndim == 2 else features).astype(np.int64)
    return found


def held(ids: np.ndarray, others: Sequence[np.ndarray]) -> np.ndarray:
    """Whether each of some texts has each token, bool [texts, tokens]; 0 is padding, which nothing has."""
    every = [np.isin(ids, tokens_of(other)) & (ids != 0) for other in others]
    return np.array(every)
