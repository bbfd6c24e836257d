"""Numbers: wild ones, skewed answers, and the metric that decides."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import onnxruntime
import pytest
import spox
import torch

from wisen.descent.batches import reader
from wisen.errors import BadProgram
from wisen.kinds import Output, from_json, kind_of
from wisen.signature import Column, feeds

NUMBER: Any = kind_of(float, Output)


def features(kind: Any, values: list[Any]) -> np.ndarray:
    (feed,) = feeds([Column("x", kind)])
    found: np.ndarray = reader(feed).run(None, feed.tensors([values]))[0]
    return found


def test_numbers_near_the_mean_are_taken_as_they_are_and_wild_ones_are_bent() -> None:
    kind: Any = kind_of(float).fit([-1.0, 1.0] * 50)
    usual = [-2.0, -0.5, 0.0, 1.0, 2.0]
    assert features(kind, usual)[:, 0].tolist() == usual
    wild = features(kind, [3.0, 10.0, 1e9, math.inf, -math.inf, 1e38])[:, 0]
    assert wild[0] == pytest.approx(2 + 1 / math.sqrt(1.25)) and wild[0] < wild[1] < wild[2]
    assert wild.tolist()[2:] == pytest.approx([4, 4, -4, 4], abs=1e-3)


def prices(count: int = 400) -> list[float]:
    return [float(price) for price in np.exp(np.random.default_rng(0).normal(3, 1, count))]


def test_skewed_answers_may_be_learned_as_logarithms() -> None:
    kind: Any = NUMBER.fit(prices())
    plain, logs = kind.versions()
    assert plain is kind and not plain.version and logs.version == "answers as logarithms"
    for values in ([-1.0, *prices()], np.random.default_rng(0).normal(5, 1, 400).tolist(), [3.0] * 9, [1.0, 2.0]):
        assert len(NUMBER.fit(values).versions()) == 1


def test_answers_that_are_learned_as_logarithms_are_lifted_to_the_mean_where_a_squared_error_decides() -> None:
    values = prices()
    kind: Any = replace(NUMBER, metric="mean squared error").fit(values).versions()[1]
    guess = np.zeros((len(values), 1), np.float32)  # the mean of the logarithms, whatever the example
    target = torch.from_numpy(kind.target(values))
    lifted = kind.calibrate(guess, target.numpy())
    regrets = [float(each.regret(torch.from_numpy(guess), target).mean()) for each in (kind, lifted)]
    assert lifted.lift > 1.2 and regrets[1] < regrets[0] and regrets[1] == pytest.approx(1.0, abs=0.01)
    raw = spox.argument(spox.Tensor(np.float32, ("batch", 1)))
    session = onnxruntime.InferenceSession(spox.build({"x": raw}, {"y": lifted.say(raw)[""]}).SerializeToString())
    assert session.run(None, {"x": guess[:1]})[0][0] == pytest.approx(np.mean(values), rel=1e-3)
    absolute: Any = NUMBER.fit(values).versions()[1]
    assert absolute.calibrate(guess, target.numpy()).lift < 1.0 < lifted.lift  # there the median is right
    assert from_json(lifted.to_json()) == lifted
    old = {name: value for name, value in lifted.to_json().items() if name != "lift"}
    before: Any = from_json(old)  # of a program of before
    assert before.lift == 1.0
    with pytest.raises(BadProgram, match="lift"):
        from_json({**old, "lift": 0.0})


def test_what_is_learned_as_logarithms_is_said_as_numbers() -> None:
    kind: Any = NUMBER.fit(prices()).versions()[1]
    values = prices()[:20]
    target = torch.from_numpy(kind.target(values))
    guess = torch.tensor([[(math.log1p(value / kind.curve[0]) - kind.curve[1]) / kind.curve[2]] for value in values])
    assert float(kind.loss(guess, target).max()) < 1e-6 and float(kind.regret(guess, target).max()) < 1e-4
    raw = spox.argument(spox.Tensor(np.float32, ("batch", 1)))
    session = onnxruntime.InferenceSession(spox.build({"x": raw}, {"y": kind.say(raw)[""]}).SerializeToString())
    np.testing.assert_allclose(session.run(None, {"x": guess.numpy()})[0], values, rtol=1e-3)
    (far,) = session.run(None, {"x": np.array([[1e9]], np.float32)})
    assert max(prices()) < far[0] < 2 * max(prices())  # and not infinite


@pytest.mark.parametrize(("metric", "naive"), [("mean absolute error", 2.0), ("mean squared error", 4.0)])
def test_the_metric_decides_what_is_naive_and_what_is_good(metric: str, naive: float) -> None:
    kind: Any = replace(NUMBER, metric=metric)
    assert kind.naive([1.0, 2.0, 9.0]) == naive
    found = kind.metrics([1.0, 2.0, 5.0], [1.0, 4.0, 6.0])
    assert found[0].name == metric and found[0].value == pytest.approx(-kind.merits([1.0, 2.0, 5.0], [1, 4, 6]).mean())
    assert [each.name for each in found if each.name == "R2"] == ["R2"]


def test_answers_that_are_learned_as_logarithms_are_lifted_to_the_median_where_an_absolute_error_decides() -> None:
    truth = np.abs(np.random.default_rng(0).normal(size=4000))  # whose logarithms are skewed the other way
    curve = (0.05, 2.0, 1.0, 6.0)
    kind = replace(NUMBER.fit(truth.tolist()), curve=curve)
    logs = (np.log1p(truth / curve[0]).mean() - curve[1]) / curve[2]
    guess, target = np.full((4000, 1), logs, np.float32), kind.target(truth.tolist())
    lifted = kind.calibrate(guess, target)
    said = np.expm1(logs * curve[2] + curve[1]) * curve[0]
    assert said < 0.6 and said * lifted.lift == pytest.approx(np.median(truth), abs=0.01)
    assert lifted.regret(torch.from_numpy(guess), torch.from_numpy(target)).mean() < (
        kind.regret(torch.from_numpy(guess), torch.from_numpy(target)).mean()
    )
