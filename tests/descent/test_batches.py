"""Examples as tensors: every row is what the program's own graph makes of it, in little room."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import wisen
from wisen.descent import batches
from wisen.descent.batches import CHUNK, Prepared, Tensors, feature, reader, tensors
from wisen.errors import WisenError
from wisen.examples import fitted, known, split
from wisen.nn.bag import Bag
from wisen.signature import feeds


@wisen.function
def kind(note: str) -> bool: ...


@wisen.function
def near(x: float, y: float) -> bool: ...


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


def test_features_that_take_long_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "SELDOM", -1.0)
    notes, told = [f"note {place}" for place in range(3 * CHUNK)], list[Prepared]()
    parts = split(known({"note": notes, "kind": [place % 2 for place in range(len(notes))]}, kind.signature))
    (feed,) = feeds(fitted(parts)[0])
    feature(feed, parts.training, listen=told.append)
    count = len(parts.training)
    assert len(told) > 1 and [each.done for each in told] == sorted(each.done for each in told)
    assert told[-1].done == told[-1].examples == count
    assert str(told[-1]) == f"features of note: {count:,} of {count:,} examples"


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


def numbered(count: int, **options: object) -> Tensors:
    rows = torch.arange(count, dtype=torch.float32)
    return Tensors({"x": rows[:, None].repeat(1, 8)}, {"y": rows.clone()}, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("disk", [False, True])
@pytest.mark.parametrize("part", [False, True])
@pytest.mark.parametrize("count", [1, 7, 64, 65, 1000])
def test_every_example_comes_once_an_epoch_in_a_new_order(
    monkeypatch: pytest.MonkeyPatch, count: int, part: bool, disk: bool
) -> None:
    monkeypatch.setattr(batches, "GATHERED", 32 * 200)
    monkeypatch.setattr(batches, "RUN", 32 * 10)
    monkeypatch.setattr(batches, "COPIED", 0)
    examples = numbered(count, disk=disk)
    if part:
        examples = numbered(2 * count, disk=disk).some(torch.arange(0, 2 * count, 2))
        assert examples.places is not None and len(examples) == count
    generator, seen = torch.Generator().manual_seed(0), []
    for _ in range(2):
        found = list(examples.shuffled(64, generator))
        assert all(torch.equal(batch.features["x"][:, 0], batch.targets["y"]) for batch in found)
        assert all(1 < len(batch) <= 64 for batch in found) or count == 1
        seen.append([int(y) for batch in found for y in batch.targets["y"]])
    left = 1 if count == 65 else 0  # never a batch of one
    every = set(range(0, 2 * count, 2) if part else range(count))
    assert len(seen[0]) == len(set(seen[0])) == count - left and set(seen[0]) <= every
    assert count < 7 or (seen[0] != seen[1] and seen[0] != sorted(seen[0]))
    if disk and count == 1000:  # runs of ten stay near each other: they are read together
        assert seen[0][0] // 20 in {each // 20 for each in seen[0][1:192]}


def test_features_that_do_not_fit_go_to_a_file_that_has_no_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [((place / 400, 1 - place / 400), place % 3 == 0) for place in range(400)]
    parts = split(known(rows, near.signature))
    inputs, outputs = fitted(parts)
    there = tensors(parts.learning, feeds(inputs), outputs, "cpu", tmp_path)
    assert not there.disk
    monkeypatch.setattr(batches, "most_in_memory", lambda: 100)
    away = tensors(parts.learning, feeds(inputs), outputs, "cpu", tmp_path)
    assert away.disk and list(tmp_path.iterdir()) == []
    assert all(torch.equal(there.features[name], away.features[name]) for name in there.features)
    learn, _ = (away.some(torch.arange(0, len(away), 2)) for _ in range(2))
    assert learn.places is not None and torch.equal(
        learn.take(slice(3, 5)).targets["answer"], there.targets["answer"][6:10:2]
    )


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(batches, "most_in_memory", lambda: 100)
    monkeypatch.setattr("os.posix_fallocate", full)
    with pytest.raises(WisenError, match=r"400 examples .* do not fit on the disk .*No space left"):
        batches.zeros((400, 2), np.dtype(np.float32), tmp_path)
