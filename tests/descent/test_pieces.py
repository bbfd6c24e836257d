"""Where memory runs out, the same work is done in pieces half as large, and comes to the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.descent.test_descent import inside, learned, same, weights
from wisen.descent import Event, Halved
from wisen.descent.adamw import AdamW
from wisen.descent.batches import Tensors, feature
from wisen.descent.pieces import Pieces, cut, within_memory
from wisen.descent.step import guesses, mean_loss, step
from wisen.errors import WisenError, short_of_memory
from wisen.examples import fitted, known, split
from wisen.kinds.number import Number
from wisen.signature import Column, feeds, signature_of

ROOM = [10**9]
"""How many examples the network below has memory for."""


@pytest.fixture(autouse=True)
def room() -> Iterator[list[int]]:
    yield ROOM
    ROOM[0] = 10**9


class Hungry(torch.nn.Module):
    """A trunk that has memory for so many examples only, and raises what torch raises on a GPU."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = torch.nn.LazyLinear(8)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if len(x) > ROOM[0]:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return torch.tanh(self.inner(x))


class Line(torch.nn.Module):
    """Says a number for each example; `most` examples fit."""

    def __init__(self, most: int) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.inner, self.most = torch.nn.Linear(3, 1), most
        self.seen: list[int] = []

    def forward(self, features: Any) -> dict[str, torch.Tensor]:
        if len(features["x"]) > self.most:
            raise MemoryError
        self.seen.append(len(features["x"]))
        return {"y": self.inner(features["x"])}


COLUMNS = [Column("y", Number())]


def batch(count: int) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
    chance = torch.Generator().manual_seed(1)
    return {"x": torch.randn(count, 3, generator=chance)}, {"y": torch.randn(count, generator=chance)}


# ---- pieces ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "most", "sizes"), [(10, 10, [10]), (10, 4, [3, 3, 4]), (7, 1, [1] * 7), (0, 4, [])])
def test_pieces_are_few_equal_and_everything(count: int, most: int, sizes: list[int]) -> None:
    found = list(Pieces(most).of(count))
    assert [piece.stop - piece.start for piece in found] == sizes
    assert [place for piece in found for place in range(piece.start, piece.stop)] == list(range(count))
    x = torch.arange(count)
    assert all(torch.equal(cut({"x": x}, piece, count)["x"], x[piece]) for piece in found)


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory: you tried to"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        Exception("[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : Failed to allocate memory for requested buffer"),
        RuntimeError("std::bad_alloc"),
    ],
)
def test_what_says_that_memory_ran_out(error: Exception) -> None:
    assert short_of_memory(error) and not short_of_memory(RuntimeError("shapes cannot be multiplied (3x4 and 5x6)"))


def test_other_errors_are_not_tried_again() -> None:
    tried = []

    def work(pieces: Pieces) -> None:
        tried.append(pieces.most)
        raise ValueError("of another sort")

    with pytest.raises(ValueError, match="of another sort"):
        Pieces(64).fit(work)
    assert tried == [64]


# ---- a step ------------------------------------------------------------------------------------


@pytest.mark.parametrize("most", [1, 5, 16])
def test_a_step_in_pieces_is_the_step_of_the_whole_batch(most: int) -> None:
    features, targets = batch(32)
    moved = []
    for fits in (10**9, most):
        network = Line(fits)
        optimizer = AdamW(network.parameters(), 0.0, 0.1)
        pieces = Pieces(32)
        losses = [step(network, optimizer, features, targets, COLUMNS, pieces) for _ in range(3)]
        moved.append((network.inner.weight.detach(), torch.stack(losses)))
    assert pieces.most <= most and max(network.seen) <= most
    for one, other in zip(*moved, strict=True):
        torch.testing.assert_close(one, other)


def test_answers_and_losses_in_pieces_are_those_of_the_whole() -> None:
    features, targets = batch(50)
    whole, small = Line(10**9), Line(7)
    one, other = (guesses(each, Tensors(dict(features), {})) for each in (whole, small))
    torch.testing.assert_close(one["y"], other["y"])
    assert len(one["y"]) == 50
    assert mean_loss(one, targets, COLUMNS) == pytest.approx(mean_loss(other, targets, COLUMNS), rel=1e-5)


# ---- a training --------------------------------------------------------------------------------


def test_a_training_goes_on_in_halves_to_the_same_weights(tmp_path: Path, room: list[int]) -> None:
    whole = learned(inside, tmp_path / "whole", network=Hungry)
    events: list[Event] = []
    room[0] = 5
    small = learned(inside, tmp_path / "small", events.append, network=Hungry)
    sizes = [event.examples for event in events if isinstance(event, Halved)]
    assert sizes and set(sizes) <= {4, 5}
    assert "goes through in pieces of" in str(next(event for event in events if isinstance(event, Halved)))
    said, wanted = small.validation["answer"], whole.validation["answer"]
    assert (said.argmax(1) == wanted.argmax(1)).float().mean() > 0.97
    for name, weight in weights(whole).items():
        torch.testing.assert_close(weight, weights(small)[name], rtol=0.05, atol=0.05)


def test_a_linear_program_goes_on_in_halves_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = learned(inside, tmp_path / "whole", sizes=((0, 1),))
    monkeypatch.setattr("wisen.descent.lowest.losses", fed(most=40))
    small = learned(inside, tmp_path / "small", sizes=((0, 1),))
    torch.testing.assert_close(whole.validation["answer"], small.validation["answer"], rtol=1e-3, atol=1e-3)


def fed(most: int) -> Any:
    """The losses of so many examples; of more, what torch says on a CPU."""
    from wisen.descent.step import losses

    def some(network: Any, features: Any, targets: Any, outputs: Any) -> torch.Tensor:
        if len(targets["answer"]) > most:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 4096 bytes.")
        return losses(network, features, targets, outputs)

    return some


def test_a_stopped_training_remembers_how_much_fits(tmp_path: Path, room: list[int]) -> None:
    room[0] = 5
    whole = learned(inside, tmp_path / "whole", network=Hungry)
    seen: list[Event] = []

    def stop(event: Event) -> None:
        seen.append(event)
        if len(seen) == 60:
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("wisen.descent.loop.SAVE_EVERY", 0.0)
        patch.setattr("wisen.descent.loop.SELDOM", 0)
        with pytest.raises(KeyboardInterrupt):
            learned(inside, tmp_path / "stopped", stop, network=Hungry)
    assert same(whole, learned(inside, tmp_path / "stopped", network=Hungry))


@pytest.mark.parametrize("width", [0, 8])
def test_where_not_one_example_fits_it_is_told(width: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in ("lowest", "step"):
        monkeypatch.setattr(f"wisen.descent.{place}.losses", fed(most=0))
    with pytest.raises(WisenError, match=r"not enough memory even for one example at a time\nMake the inputs or"):
        learned(inside, tmp_path, sizes=((width, 1),))


def test_memory_that_runs_out_at_a_checkpoint_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def save(state: Any, file: Any) -> None:
        raise RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 28819328 vs 28819216")

    monkeypatch.setattr(torch, "save", save)
    with pytest.raises(WisenError, match="not enough memory for this training"), within_memory():
        learned(inside, tmp_path, sizes=((8, 1),), budget=0.0)


def test_memory_that_runs_out_elsewhere_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def move(self: Any, closure: Any = None) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9.00 GiB.")

    monkeypatch.setattr(AdamW, "step", move)
    with pytest.raises(WisenError, match="not enough memory for this training"), within_memory():
        learned(inside, tmp_path, sizes=((8, 1),))


# ---- features ----------------------------------------------------------------------------------


class Reader:
    """A session that has memory for so many examples."""

    def __init__(self, session: Any, most: int) -> None:
        self.session, self.most = session, most

    def run(self, names: Any, given: Any) -> Any:
        if len(next(iter(given.values()))) > self.most:
            raise Exception("[ONNXRuntimeError] : 1 : FAIL : Failed to allocate memory for requested buffer of size 9")
        return self.session.run(names, given)


def test_features_are_made_in_smaller_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    from wisen.descent import batches

    points = np.random.default_rng(0).uniform(-1, 1, (300, 2)).tolist()
    parts = split(known([((x, y), x > y) for x, y in points], signature_of(inside)))
    (feed,) = feeds(fitted(parts)[0])
    whole, real = feature(feed, parts.learning), batches.reader
    monkeypatch.setattr(batches, "reader", lambda feed: Reader(real(feed), 9))
    assert torch.equal(whole, feature(feed, parts.learning))
    monkeypatch.setattr(batches, "reader", lambda feed: Reader(real(feed), 0))
    with pytest.raises(WisenError, match="even for one example"):
        feature(feed, parts.learning)
