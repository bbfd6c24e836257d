"""What a program of before brings to a training: lessons beside the truth, and weights to begin with."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from wisen.descent.batches import Tensors
from wisen.descent.loop import Descent
from wisen.descent.parent import Parent
from wisen.descent.requests import Facts, Finished, Remaining, Task
from wisen.descent.schedule import TAUGHT, Dials
from wisen.descent.search import committee, heirs, in_half, judges, team
from wisen.plans import plans
from wisen.signature import signature_of


def near(x: float) -> bool:
    return x > 1


INPUTS = tuple(column.fit([0.0, 1.0, 2.0]) for column in signature_of(near).inputs)
OUTPUTS = tuple(column.fit([False, True]) for column in signature_of(near).outputs)
FOLDS = (np.arange(20) % 5).astype(np.uint8)
TARGETS = {"answer": (torch.arange(20) > 9).long()}
LESSONS = {"answer": torch.tensor([[0.75, 0.25]]).repeat(20, 1)}
TASK = Task(1, Dials(), 0, 10, 10)


def facts(parent: Parent) -> Facts:
    return Facts(plans(INPUTS, OUTPUTS), (Dials(),), FOLDS, TARGETS, OUTPUTS, 10.0, (), parent=parent)


def test_lessons_are_for_the_examples_to_learn_from_and_not_for_those_to_judge_by() -> None:
    examples = Tensors({"x": torch.zeros(20, 1)}, TARGETS)
    descent = Descent(examples, FOLDS, (), OUTPUTS, 1.0, 0, None, parent=Parent(LESSONS))  # type: ignore[arg-type]  # it saves nothing
    learn, judge = descent.without(0, TAUGHT)
    assert judge is not None and judge.truths()["answer"].dtype == torch.int64 and len(judge) == 4
    mixed = learn.truths()["answer"]
    assert mixed.shape == (16, 2) and torch.allclose(mixed.sum(1), torch.ones(16))
    assert torch.allclose(mixed[0], torch.tensor([0.875, 0.125]))  # half of it the truth, half the lesson
    plain, _ = descent.without(0)
    assert plain.truths()["answer"].dtype == torch.int64


def test_the_best_candidate_learns_again_taught_and_grown() -> None:
    assert heirs(facts(Parent()), [TASK]) == [TASK] and heirs(facts(Parent(LESSONS)), []) == []
    plain, taught, grown = heirs(facts(Parent(LESSONS, {1: {}})), [TASK])
    assert plain == TASK  # the first: it is taken where validation cannot tell them apart
    assert (taught.dials.taught, taught.dials.grown, taught.epochs) == (TAUGHT, False, 10)
    assert (grown.dials.taught, grown.dials.grown) == (0.0, True)
    assert len(heirs(facts(Parent(LESSONS, {0: {}})), [TASK])) == 2  # the weights are those of another plan
    assert "taught by the program of before" in str(taught.dials) and "grown" in str(grown.dials)


def test_what_grows_takes_half_of_the_epochs_that_the_same_network_took() -> None:
    from wisen.descent.judging import judged

    told, guess = facts(Parent(LESSONS, {1: {}})), {"answer": torch.tensor([[0.0, 1.0]]).repeat(4, 1)}
    plain, taught, grown = heirs(told, [TASK])
    stopped = judged(told, plain, {0: Finished(guess, {}, [(1.0, 1.0)] * 6, 2, False)})  # before its 10 epochs
    longer = judged(told, taught, {0: Finished(guess, {}, [(1.0, 1.0)] * 10, 2, False)})
    halved = in_half(grown, [stopped, longer])
    assert (halved.epochs, halved.until) == (3, 3) and in_half(taught, [stopped]) == taught
    assert in_half(grown, []).epochs == 5  # the same one fell behind on the way


def asked(search: Any) -> Any:
    """What a search comes to where everything that it asks for is there."""
    answer = None
    while True:
        try:
            request = search.send(answer)
        except StopIteration as end:
            return end.value
        answer = 10.0 if isinstance(request, Remaining) else None


def test_what_grew_is_judged_by_the_examples_that_its_parent_did_not_see() -> None:
    told = facts(Parent(LESSONS, {1: {}}))
    assert asked(judges(told, heirs(told, [TASK]), {})) == (0,)
    assert facts(Parent(LESSONS)).ends == 2 and told.ends == 2.5 and facts(Parent()).ends == 1


def test_a_last_training_that_was_cut_short_is_not_what_answers() -> None:
    from wisen.descent.judging import judged
    from wisen.descent.requests import Speed

    told, guess = facts(Parent()), {"answer": torch.tensor([[0.0, 1.0]]).repeat(4, 1)}
    before = Finished(guess, {"w": torch.zeros(1)}, [(1.0, 1.0)] * 10, 10, False)
    trial = judged(told, TASK, {0: before})
    for epochs, weights in ((10, 1.0), (3, 0.0)):  # on a busy machine the time may be gone after a few of them
        search = committee(told, trial, Speed(0.1, 1), 1)
        assert isinstance(next(search), Remaining) and isinstance(search.send(10.0), Task)
        again = Finished({}, {"w": torch.ones(1)}, [(1.0, 0.0)] * epochs, epochs, False)
        with pytest.raises(StopIteration) as end:
            search.send(again)
        assert end.value.value[0][0]["w"].item() == weights


def test_what_grew_answers_alone() -> None:
    from wisen.descent.judging import judged
    from wisen.descent.requests import Speed

    told = facts(Parent({}, {1: {}}))
    task = replace(TASK, dials=replace(TASK.dials, grown=True))
    done = Finished({"answer": torch.tensor([[0.0, 1.0]]).repeat(4, 1)}, {"w": torch.zeros(1)}, [(1.0, 1.0)], 1, False)
    trial = judged(told, task, {0: done})
    assert team(told, trial) == 1
    search = committee(told, trial, Speed(0.1, 1), team(told, trial))
    assert isinstance(next(search), Remaining)
    again = search.send(10.0)
    assert isinstance(again, Task) and again.fold is None and again.dials.grown  # once more, from all examples
