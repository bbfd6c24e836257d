"""Trials that answer together: which, how much each counts, and one program of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import spox
import torch

from tests.descent.test_descent import learned, speeds_of, straight
from wisen.architecture import Architecture
from wisen.descent.judging import preferred
from wisen.descent.mixture import counted, mixed
from wisen.descent.requests import Facts, Finished, Task, Trial
from wisen.descent.schedule import Dials, dials
from wisen.descent.search import agreed, search
from wisen.kinds import Output, kind_of
from wisen.plans import plans
from wisen.signature import Column, feeds

INPUTS = tuple(Column(name, kind_of(float).fit([-1.0, 0.0, 1.0, 2.0])) for name in "ab")
PRICE: Any = kind_of(float, Output)
TRUTH = np.random.default_rng(0).lognormal(0, 1, 400)
OUTPUT = Column("answer", replace(PRICE, metric="mean squared error").fit(TRUTH.tolist()))
PLANS = plans(INPUTS, (OUTPUT,))
FACTS = Facts(
    PLANS, (), np.zeros(400, np.uint8), {"answer": torch.from_numpy(OUTPUT.kind.target(TRUTH))}, (OUTPUT,), 60.0
)


def trial(index: int, wrong: float, seed: int, versions: tuple[int, ...] = ()) -> Trial:
    """A trial whose guesses are wrong by so much, by a chance of its own."""
    noise = torch.randn(400, 1, generator=torch.Generator().manual_seed(seed))
    guess = FACTS.targets["answer"][:, None] + wrong * noise
    losses = ((guess[:, 0] - FACTS.targets["answer"]) ** 2).double().numpy()
    folds = {0: Finished({"answer": guess}, {"w": torch.zeros(10**index)}, [(1.0, 1.0)], 1, False)}
    task = Task(index, Dials(versions=versions), 0, 1, 1)
    return Trial(PLANS[index], task, folds, np.arange(400), losses, {"answer": guess}, 1)


def test_trials_that_err_differently_are_better_together() -> None:
    one, other = trial(0, 0.5, 1), trial(2, 0.6, 2, versions=(0,))  # () and (0,) are the same way to learn
    mix = mixed(FACTS, [one, other])
    assert mix is not None and mix.loss < 0.8 * one.loss < other.loss
    assert [share.architecture.name for share, _ in mix.shares] == ["linear", "width 256, piecewise"]
    assert 0.5 <= mix.shares[0][1] < 0.8 and sum(share for _, share in mix.shares) == pytest.approx(1)
    found, why = preferred(one, "", mix)
    assert found is mix and "is clearly below that of linear alone" in why
    assert mix.architecture.name == "linear and width 256, piecewise" and not mix.architecture.linear


def test_what_brings_nothing_does_not_answer() -> None:
    good = trial(0, 0.5, 1)
    assert mixed(FACTS, [good]) is None and mixed(FACTS, [good, trial(2, 30.0, 2)]) is None
    assert mixed(FACTS, [good, trial(2, 0.5, 2, versions=(1,))]) is None  # logarithms and numbers have no average
    assert counted(lambda counts: float(-counts[1]), 3) == [0, 8, 0]


def test_a_little_gain_is_not_worth_a_larger_program() -> None:
    one, other = trial(0, 0.5, 1), trial(2, 0.6, 2)
    mix = mixed(FACTS, [one, other])
    assert mix is not None
    noise = np.random.default_rng(0).normal(0, 0.1, 400)
    assert preferred(one, "why", replace(mix, losses=one.losses - 1e-3 + noise - noise.mean())) == (one, "why")
    assert preferred(one, "why", None) == (one, "why")


def test_networks_of_several_plans_say_the_same_in_torch_and_in_the_graph() -> None:
    plan = replace(PLANS[2], together=2, beside=((PLANS[0], 0.25), (PLANS[3], 0.25)))
    assert plan.light and plan.reads == ("numbers",) and plan.beside[0][0].linear
    assert len(plan.rows()) == sum(len(PLANS[place].rows()) for place in (0, 2, 3))
    network: Any = plan.build().eval()
    with torch.no_grad():
        for weight in network.parameters():
            weight.add_(torch.randn_like(weight) * 0.1)
    features = torch.randn(7, 2)
    raw = spox.argument(spox.Tensor(np.float32, ("batch", 2)))
    session = onnxruntime.InferenceSession(
        spox.build({"x": raw}, {"y": network.graph({"numbers": raw})["answer"]}).SerializeToString()
    )
    said = network({"numbers": features})["answer"].detach().numpy()
    np.testing.assert_allclose(session.run(None, {"x": features.numpy()})[0], said, atol=1e-5)
    alone = [member({"numbers": features})["answer"].detach().numpy() for member in network.members]
    np.testing.assert_allclose(said, (alone[0] + alone[1] + alone[2] + alone[3]) / 4, atol=1e-5)


def test_a_linear_program_and_the_networks_of_all_folds_answer_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wisen.descent.mixture.counted", lambda loss, trials: [1] + [3] * (trials - 1))
    monkeypatch.setattr("wisen.descent.search.preferred", lambda trial, why, mix: (mix, "told"))
    monkeypatch.setattr("wisen.descent.search.behind", lambda one, other: False)
    found = learned(straight, tmp_path, sizes=((0, 1), (8, 1)))
    plan: Architecture = found.architecture
    assert plan.name == "width 8, 5 together and linear" and plan.beside[0][1] == 0.25
    assert found.why == "told" and len(found.network.members) == 6
    assert found.network.shares == pytest.approx([0.15] * 5 + [0.25])
    again = learned(straight, tmp_path, sizes=((0, 1), (8, 1)))  # from the checkpoint
    assert all(torch.equal(a, b) for a, b in zip(found.network.parameters(), again.network.parameters(), strict=True))


@pytest.mark.parametrize(("count", "budget", "epochs"), [(5000, 300.0, 32), (5000, 60.0, 0), (20_000, 300.0, 0)])
def test_a_short_budget_gives_rows_five_folds_where_each_gets_enough_epochs(
    count: int, budget: float, epochs: int
) -> None:
    folds = (np.arange(count) % 5).astype(np.uint8)
    target = {"answer": torch.ones(count, dtype=torch.int64)}
    yes = (Column("answer", kind_of(bool, Output).fit([False, True])),)
    tried = plans(INPUTS, yes)
    facts = Facts(tried, dials(feeds(INPUTS)), folds, target, yes, budget, feeds(INPUTS))
    seconds = dict(zip((plan.name for plan in tried), (0.1, 0.2, 0.4, 1.0), strict=True))
    tasks, chosen = speeds_of(search(facts), seconds)
    judged = [task for task in tasks if task.stage.startswith("fold")]
    assert [task.epochs for task in judged] == [epochs] * (5 if epochs else 0)
    assert not epochs or chosen.plan.together == len(chosen.members) == 5


def test_networks_learn_answers_in_the_way_that_linear_programs_find_clearly_better() -> None:
    good, bad = trial(0, 0.1, 1, versions=(1,)), trial(0, 0.5, 2, versions=(0,))
    facts = replace(FACTS, dials=dials(feeds(INPUTS), (OUTPUT,)))
    assert {each.versions for each in facts.dials} == {(), (1,)}
    found = agreed(facts, [bad, good])
    assert {each.versions for each in found} == {(1,)} and len(found) == len(facts.dials) - 1
    assert agreed(facts, [good]) == agreed(facts, []) == facts.dials
    level = replace(bad, losses=good.losses)
    assert agreed(facts, [level, good]) == facts.dials
