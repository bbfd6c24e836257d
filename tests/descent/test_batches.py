"""Examples as tensors: every row is what the program's own graph makes of it, in little room."""

from __future__ import annotations

import numpy as np
import torch

import wisen
from wisen.descent.batches import CHUNK, feature, reader
from wisen.examples import fitted, known, split
from wisen.nn.bag import Bag
from wisen.signature import feeds


@wisen.function
def kind(note: str) -> bool: ...


def test_texts_take_little_room_and_are_padded() -> None:
    # The longest stand last: the array has to grow.
    notes = [f"note {place} " + "word " * (place // 100) for place in range(2 * CHUNK + 30)]
    parts = split(known({"note": notes, "kind": [place % 2 for place in range(len(notes))]}, kind.signature))
    (feed,) = feeds(fitted(parts)[0])
    found = feature(feed, parts.training)
    assert found.dtype == torch.int32 and len(found) == len(parts.training) > CHUNK
    session = reader(feed)
    for place in (0, CHUNK - 1, CHUNK, len(found) - 1):
        alone = session.run(None, feed.arrays(parts.training.take([place]).rows()))[0][0]
        here = found[place].numpy()
        assert sorted(here[here > 0]) == sorted(alone[alone > 0])
    assert not found[0].all()  # padded


def test_tokens_of_either_width_give_the_same_average() -> None:
    @wisen.function
    def kind(note: str) -> bool: ...

    feed = feeds([column.fit(["some words", "others"]) for column in kind.signature.inputs])[0]
    bag = Bag(feed.kind.form(), 8)  # type: ignore[arg-type]
    tokens = torch.from_numpy(np.array([[3, 5, 0], [0, 0, 0]]))
    wide, narrow = bag(tokens), bag(tokens.int())
    assert torch.equal(wide, narrow)
    narrow.sum().backward()
    assert bag.table.grad is not None and bag.table.grad[3].abs().sum() > 0
