"""Gradient descent: what it learns, chooses, keeps and repeats."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
import torch

from wisen import Image, state
from wisen.descent import (
    Chosen,
    Epoch,
    Event,
    Learned,
    Skipped,
    Started,
    device_of,
    learn,
    loop,
    own_chance,
    repeatable,
)
from wisen.descent.batches import Tensors
from wisen.descent.judging import apart, choose
from wisen.descent.loop import Descent, unpacked
from wisen.descent.pace import paced
from wisen.descent.requests import Facts, Finished, Measure, Remaining, Speed, Task, Trial
from wisen.descent.run import Run
from wisen.descent.schedule import Dials, Schedule, batch_size, dials, epochs_of, rounded
from wisen.descent.search import finalists, search
from wisen.descent.step import guesses
from wisen.errors import BadExamples, Stopped, WisenError
from wisen.examples import fitted, known, split
from wisen.plans import ROWS, plans
from wisen.signature import feeds, signature_of


def inside(x: float, y: float) -> bool:
    return x * x + y * y < 0.5


def straight(x: float, y: float) -> bool:
    noise = x * 1e4 % 1 - 0.5
    return x + y + noise > 0


def learned(function: Any, folder: Path, listen: Any = lambda event: None, **options: Any) -> Learned:
    rng = np.random.default_rng(0)
    points = rng.uniform(-1, 1, (400, 2)).tolist()
    found = known([((x, y), function(x, y)) for x, y in points], signature_of(function))
    parts = split(found)
    inputs, outputs = fitted(parts)
    tried = plans(inputs, outputs, options.get("network"), options.get("sizes"))
    seed = options.get("seed", 0)
    checkpoint = state.checkpoint(folder / "f.onnx", tried, parts, inputs, outputs, (seed,), False)
    budget, device = options.get("budget", 60.0), options.get("device", "cpu")
    return learn(tried, parts, inputs, outputs, budget, seed, device, checkpoint, listen)


def weights(result: Learned) -> dict[str, torch.Tensor]:
    return dict(result.network.state_dict())


def same(one: Learned, other: Learned) -> bool:
    a, b = weights(one), weights(other)
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def test_a_straight_line_gets_a_linear_program_and_a_circle_does_not(tmp_path: Path) -> None:
    assert learned(straight, tmp_path / "a").architecture.name == "linear"
    circle = learned(inside, tmp_path / "b")
    assert circle.architecture.width > 0
    said = circle.validation["answer"].argmax(dim=1)
    assert len(said) > 50 and 0.1 < said.float().mean() < 0.9


def test_same_examples_and_seed_give_the_same_weights(tmp_path: Path) -> None:
    one, other = (learned(inside, tmp_path / name, sizes=((8, 1),)) for name in "ab")
    assert same(one, other)
    assert not same(one, learned(inside, tmp_path / "c", sizes=((8, 1),), seed=1))


@pytest.mark.parametrize(("reading", "learning"), [(0.1, 10.0), (4.0, 6.0), (100.0, 5.0)])
def test_what_the_features_took_counts_but_leaves_half_of_the_budget(
    measured: None, monkeypatch: pytest.MonkeyPatch, reading: float, learning: float
) -> None:
    monkeypatch.setattr(loop, "dials", lambda *_: ())  # nothing is read
    descent = Descent(Tensors({}, {}), np.zeros(0), (), (), 10.0, 0, None, reading)  # type: ignore[arg-type]  # it saves nothing
    assert descent.learning() == learning and learning - 1 < descent.left() <= learning
    assert descent.facts(()).budget == learning


def test_a_network_that_learns_by_heart_ends_early() -> None:
    run = Run.__new__(Run)
    run.validation, run.schedule = object(), Schedule(100, 32, Dials())  # type: ignore[assignment]  # only looked at
    falling = [0.6, 0.5, 0.52, 0.51, 0.53, 0.52, 0.51]
    for losses, ended in ((falling, False), ([0.6, 0.5, 0.7, 0.8, 0.9], False), ([0.6, 0.5, 0.7, 0.8, 0.9, 1.0], True)):
        run.history = [(0.1, loss) for loss in losses]
        assert run.settled() is ended, losses


def test_events_tell_the_story_in_order(tmp_path: Path) -> None:
    events: list[Event] = []
    result = learned(straight, tmp_path, events.append)
    assert isinstance(events[0], Started) and isinstance(events[-1], Chosen)
    stages = [event.stage for event in events if isinstance(event, Started)]
    order = ["penalties", "candidates", "the best third", "fold 1 of 5", "all examples"]
    assert [stage for stage in dict.fromkeys(stages) if stage in order] == order
    last = [event for event in events if isinstance(event, Epoch)][-1]
    assert last.architecture == result.architecture and np.isfinite(last.training)


@pytest.mark.parametrize("stop", [1, 25, 60])
def test_a_stopped_training_goes_on_to_the_very_same_weights(
    tmp_path: Path, stop: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wisen.descent.loop.SAVE_EVERY", 0.0)
    monkeypatch.setattr("wisen.descent.loop.SELDOM", 0)
    sizes = ((0, 1), (8, 1))
    whole = learned(inside, tmp_path / "whole", sizes=sizes)
    seen = 0

    def interrupt(event: Event) -> None:
        nonlocal seen
        seen += isinstance(event, Epoch)
        if seen == stop:
            raise KeyboardInterrupt

    with pytest.raises((Stopped, KeyboardInterrupt)):
        learned(inside, tmp_path / "stopped", interrupt, sizes=sizes)
    resumed: list[Event] = []
    result = learned(inside, tmp_path / "stopped", resumed.append, sizes=sizes)
    epochs = sum(isinstance(event, Epoch) for event in resumed)
    every: list[Event] = []
    learned(inside, tmp_path / "again", every.append, sizes=sizes)
    assert epochs <= sum(isinstance(event, Epoch) for event in every) - (stop - 1)
    assert same(whole, result)


def test_a_finished_training_is_not_done_again(tmp_path: Path) -> None:
    first = learned(inside, tmp_path, sizes=((8, 1),))
    events: list[Event] = []
    assert same(first, learned(inside, tmp_path, events.append, sizes=((8, 1),)))
    assert [type(event) for event in events] == [Chosen]


def test_more_budget_is_used_where_less_cut_it_short(tmp_path: Path) -> None:
    short = learned(inside, tmp_path, sizes=((8, 1),), budget=0.0)
    assert len(short.history) == 1
    again: list[Event] = []
    assert same(short, learned(inside, tmp_path, again.append, sizes=((8, 1),), budget=0.0))
    assert [type(event) for event in again] == [Chosen]
    longer = learned(inside, tmp_path, sizes=((8, 1),), budget=60.0)
    assert same(longer, learned(inside, tmp_path / "fresh", sizes=((8, 1),), budget=60.0))
    assert len(longer.history) > 10


def test_a_damaged_checkpoint_is_no_checkpoint(tmp_path: Path) -> None:
    first = learned(inside, tmp_path, sizes=((8, 1),))
    (file,) = tmp_path.rglob("checkpoint.pt")
    file.write_bytes(file.read_bytes()[:1000])
    assert same(first, learned(inside, tmp_path, sizes=((8, 1),)))


@pytest.mark.usefixtures("measured")
def test_the_speed_of_this_machine_is_measured_and_a_short_budget_cuts_short(tmp_path: Path) -> None:
    events: list[Event] = []
    learned(inside, tmp_path, events.append, budget=0.001)
    chosen = events[-1]
    assert isinstance(chosen, Chosen) and chosen.bound and any(isinstance(event, Skipped) for event in events)
    kept = torch.load(next(tmp_path.rglob("checkpoint.pt")), weights_only=True)["state"]["done"]
    speeds = [answer for _, answer in map(unpacked, kept) if isinstance(answer, Speed)]
    assert len(speeds) == len(ROWS) and all(speed.seconds > 1e-6 for speed in speeds)
    assert speeds[-1].seconds > speeds[1].seconds  # a team with embeddings takes longer than a small network


def test_examples_on_disk_are_learned_from_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wisen.descent.batches.most_in_memory", lambda: 1000)
    circle = learned(inside, tmp_path)
    assert circle.architecture.width > 0 and not circle.architecture.linear
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["checkpoint.pt"]


@pytest.mark.usefixtures("measured")
def test_where_the_budget_is_long_gone_each_training_ends_with_its_epoch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wisen.descent.loop.GRACE", -1e9)
    events: list[Event] = []
    first = learned(inside, tmp_path, events.append, sizes=((8, 1),), budget=30.0)
    epochs = [event for event in events if isinstance(event, Epoch)]
    assert len(epochs) == len([event for event in events if isinstance(event, Started)]) and len(first.history) == 1
    monkeypatch.undo()
    assert len(learned(inside, tmp_path, sizes=((8, 1),), budget=31.0).history) > 1  # more budget begins anew


def test_stopped_early_it_still_gives_its_best(tmp_path: Path) -> None:
    result = learned(straight, tmp_path, budget=0.0)
    assert result.architecture.name == "linear" and len(result.history) >= 1


def test_a_device_that_is_not_there_is_refused() -> None:
    with pytest.raises(WisenError, match=r"device 'warp' cannot be used here\nThere is: cpu"):
        device_of("warp")
    assert device_of("cpu") == "cpu" and device_of("auto") in ("cpu", "cuda")


def test_a_gpu_takes_ways_that_give_the_same_each_time_and_a_cpu_is_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    for device, wanted in (("cpu", False), ("cuda", True), ("cuda:1", True)):
        with repeatable(device):
            assert torch.are_deterministic_algorithms_enabled() is wanted
            assert ("CUBLAS_WORKSPACE_CONFIG" in os.environ) is wanted
        assert not torch.are_deterministic_algorithms_enabled()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")
@pytest.mark.parametrize("sizes", [((0, 1),), ((8, 1),), ((16, 8),)], ids=["linear", "network", "team"])
def test_a_gpu_learns_the_same_twice_and_says_what_the_cpu_says(sizes: Any, tmp_path: Path) -> None:
    with own_chance("cuda"):
        one, other = (learned(inside, tmp_path / name, sizes=sizes, device="cuda") for name in "ab")
    assert same(one, other)
    with own_chance():
        points = torch.rand(500, 2) * 2 - 1
    cpu = guesses(one.network, Tensors({"numbers": points}, {}))["answer"]
    gpu = guesses(one.network.to("cuda"), Tensors({"numbers": points.to("cuda")}, {}))["answer"]
    torch.testing.assert_close(cpu, gpu, rtol=1e-3, atol=1e-4)


def trial(width: int, losses: Any) -> Trial:
    from wisen.architecture import Architecture, Part
    from wisen.nn.form import Vector

    plan = Architecture(width, (), Part("trunk", Vector(1), ()), ())
    folds = {0: Finished({}, {"w": torch.zeros(width + 1)}, [(0.0, 0.0)], 1, False)}
    return Trial(plan, Task(0, Dials(), 0, 1, 1), folds, np.arange(len(losses)), losses, {}, 1)


def test_the_smallest_that_validation_cannot_tell_apart_wins() -> None:
    rng = np.random.default_rng(0)
    base = rng.uniform(0.2, 0.4, 200)
    noise = rng.normal(0, 0.1, 200)
    small, equal, better = trial(1, base), trial(50, base + noise - noise.mean()), trial(99, base - 0.1)
    assert choose([small, equal])[0] is small and not apart(small, equal)
    assert choose([small, better])[0] is better and apart(small, better)


def test_only_what_all_were_judged_by_is_compared() -> None:
    hard, easy = np.full(100, 0.9), np.random.default_rng(0).uniform(0.2, 0.3, 100)
    small, large = trial(1, np.concatenate([easy, hard])), trial(99, easy + 0.1)
    assert large.loss < small.loss and choose([small, large])[0] is small
    assert "0.25" in choose([small, large])[1]


class Broken(torch.nn.Module):
    """Says nothing but NaN from a moment on."""

    steps: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.linear = torch.nn.LazyLinear(4)
        self.register_buffer("steps", torch.zeros(()))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.steps += self.training
        said: torch.Tensor = torch.where(self.steps < BREAK, self.linear(x), torch.nan)
        return said


BREAK = 60


def test_an_infinite_loss_does_not_take_the_place_of_good_weights(tmp_path: Path) -> None:
    events: list[Event] = []
    result = learned(straight, tmp_path, events.append, network=Broken)
    epochs = [event for event in events if isinstance(event, Epoch)]
    assert any(not np.isfinite(epoch.validation) for epoch in epochs)
    assert all(bool(weight.isfinite().all()) for weight in weights(result).values())


def test_a_loss_that_is_infinite_from_the_start_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.descent.test_descent.BREAK", 0)
    with pytest.raises(BadExamples, match="did not converge"):
        learned(straight, tmp_path, network=Broken)


def test_the_schedule_rises_falls_and_fits_the_budget() -> None:
    planned = Schedule(40, 32, Dials())
    rates = [planned.at(share / 100) for share in range(101)]
    assert max(rates) == pytest.approx(Dials().rate, rel=0.01) and rates[-1] == pytest.approx(0, abs=1e-9)
    assert rates[0] < rates[4] and sorted(rates[10:], reverse=True) == rates[10:]
    assert [rounded(fit, 100) for fit in (1e9, 99.0, 50.0, 3.1, 0.2)] == [100, 96, 48, 3, 1]
    assert batch_size(100) <= batch_size(100_000) and epochs_of(100) >= epochs_of(100_000)


def test_pictures_have_smaller_steps_and_more_of_them() -> None:
    image = signature_of(looks).inputs
    assert batch_size(50_000, feeds(image)) == image[0].kind.batch < batch_size(50_000)
    assert batch_size(50_000, feeds((*signature_of(inside).inputs, *image))) == image[0].kind.batch
    assert epochs_of(50_000, feeds(image)) * 50_000 / image[0].kind.batch > epochs_of(50_000) * 50_000 / 512


def looks(picture: Image) -> bool: ...
def near(x: float, y: float) -> bool: ...


def speeds_of(search: Any, seconds: dict[str, float], slower: float = 1.0) -> tuple[list[Task], Chosen]:
    """What a search asks for where networks have these speeds, and what it chooses: the later the better. In truth
    linear ones take so many times longer."""
    tasks: list[Task] = []
    answer: Any = None
    spent = 0.0
    facts = search.gi_frame.f_locals["facts"]
    while True:
        try:
            request = search.send(answer)
        except StopIteration as end:
            return tasks, end.value
        answer = None
        if isinstance(request, Measure):
            answer = Speed(seconds[facts.plans[request.plan].name], 1)
        elif isinstance(request, Remaining):
            answer = max(0.0, request.budget - spent)
        elif isinstance(request, Task):
            tasks.append(request)
            count = int((facts.folds == request.fold).sum()) if request.fold is not None else 0
            wrong = 0.3 - 0.05 * (request.plan + ("mirrored" in str(request.dials)))
            guess = torch.tensor([[0.0, 3.0]]).repeat(count, 1)
            guess[: int(count * wrong)] *= -1
            share = (request.sample or facts.count) / facts.count
            took = seconds[facts.plans[request.plan].name] * request.until * share
            took *= slower if facts.plans[request.plan].linear else 1.0
            spent += took
            answer = Finished({"answer": guess}, {"w": torch.zeros(3)}, [(1.0, 1.0)] * request.until, 1, False)


@pytest.mark.parametrize(("slower", "trainings"), [(1.0, 15), (200.0, 2)])
def test_linear_programs_get_no_more_than_twice_their_share(slower: float, trainings: int) -> None:
    inputs = tuple(column.fit([0.0, 1.0, 2.0]) for column in signature_of(near).inputs)
    outputs = tuple(column.fit([False, True]) for column in signature_of(near).outputs)
    folds = (np.arange(500) % 5).astype(np.uint8)
    target, tried = {"answer": torch.ones(500, dtype=torch.int64)}, plans(inputs, outputs)
    facts = Facts(tried, dials(feeds(inputs)), folds, target, outputs, 100.0, feeds(inputs))
    tasks, _ = speeds_of(search(facts), {plan.name: 0.01 for plan in tried}, slower)
    assert sum(task.stage == "penalties" for task in tasks) == trainings


def many_pictures(count: int, budget: float) -> tuple[list[Task], Chosen]:
    signature = signature_of(looks)
    greys = [PIL.Image.new("L", (24, 32), level) for level in (3, 90, 200)]
    inputs = tuple(replace(column, kind=column.kind.fit(greys)) for column in signature.inputs)
    outputs = tuple(column.fit([False, True]) for column in signature.outputs)
    folds = (np.arange(count) % 5).astype(np.uint8)
    target = {"answer": torch.ones(count, dtype=torch.int64)}
    tried = plans(inputs, outputs)
    facts = Facts(tried, dials(feeds(inputs)), folds, target, outputs, budget, feeds(inputs))
    names = [plan.name for plan in tried]
    return speeds_of(search(facts), dict(zip(names, (1.0, 9.0, 7.0, 5.0), strict=True)))


def test_of_many_pictures_a_sample_says_which_network_and_variation_are_worth_the_time() -> None:
    tasks, chosen = many_pictures(20_000, 400.0)
    sampled = [task for task in tasks if task.sample]
    assert [task.plan for task in sampled[:3]] == [1, 2, 3] and {task.plan for task in sampled[3:]} == {3}
    (last,) = [task for task in tasks if not task.sample and task.stage != "penalties"][:1]
    assert last.plan == 3 and "mirrored" in str(last.dials) and chosen.trial.task == last and chosen.bound
    assert 5.0 * last.epochs > 0.4 * 400  # the good network gets most of the time
    spent = sum(task.sample / 16_000 * task.epochs * (9.0, 9.0, 7.0, 5.0)[task.plan] for task in sampled if task.sample)
    assert spent < 0.25 * 400


def test_few_pictures_are_all_learned_from_in_the_end_also_where_time_is_short() -> None:
    tasks, chosen = many_pictures(1000, 500.0)
    assert chosen.bound and tasks[-1].fold is None and tasks[-1].epochs >= 20
    assert not any(task.sample for task in tasks)
    tasks, chosen = many_pictures(1000, 100.0)
    assert chosen.bound and tasks[-1].fold is not None  # no time for it


def answered(question: str) -> str: ...


@pytest.mark.parametrize(("budget", "width", "dropout"), [(600.0, 128, 0.1), (6000.0, 256, 0.3)])
def test_texts_are_said_by_a_wide_network_where_it_sees_them_often(budget: float, width: int, dropout: float) -> None:
    texts = [f"number {number}" for number in range(10_000)]
    signature = signature_of(answered)
    inputs = tuple(column.fit(texts) for column in signature.inputs)
    outputs = tuple(replace(c, kind=c.kind.with_labels(texts).fit(texts)) for c in signature.outputs)
    folds, tried = (np.arange(len(texts)) % 5).astype(np.uint8), plans(inputs, outputs)
    facts = Facts(tried, dials(feeds(inputs), outputs), folds, {}, outputs, budget, feeds(inputs))
    speeds = {place: Speed(100.0 * (1 + place), 1) for place in range(len(tried))}
    asking = finalists(facts, list(speeds), speeds, paced(facts, speeds))
    with pytest.raises(StopIteration) as ended:
        next(asking)  # nothing is tried
    (best,) = ended.value.value
    assert (tried[best.plan].width, best.dials.dropout) == (width, dropout)
    assert 0.5 * budget < best.epochs * speeds[best.plan].seconds < budget
