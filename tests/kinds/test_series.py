"""series: what windows are read from, how they enter, and forecasts whose quantiles cover what they say."""

from __future__ import annotations

import json
import math
from typing import Annotated, Any, Literal

import numpy as np
import pandas
import pyarrow
import pytest

import wisen
from wisen import BadSignature, BadValue, Next, Past
from wisen.descent.batches import reader
from wisen.kinds import from_json, windowed
from wisen.kinds.series import Series
from wisen.kinds.steps import Window, Windows, matrix
from wisen.signature import Column, feeds, signature_of

WEEK = [1.0, 2.0, 3.0, 4.0, 5.0]


@wisen.function
def later(past: Annotated[list[float], Past(5)]) -> Annotated[list[float], Next(2, "past")]:
    """The last value, twice."""
    return [past[-1], past[-1]]


def test_any_sequence_of_numbers_is_a_window() -> None:
    same = [
        WEEK, tuple(WEEK), np.array(WEEK), np.array(WEEK, np.float32), pandas.Series(WEEK), pyarrow.array(WEEK),
        [1, 2, 3, 4, 5], "[1, 2, 3, 4, 5]", "1 2 3 4 5", "1.0, 2.0, 3, 4, 5", (float(n) for n in range(1, 6)),
    ]  # fmt: skip
    for raw in same:
        assert later(raw) == [5.0, 5.0]


def test_steps_may_be_missing() -> None:
    kind = Series(lengths=(5,))
    for gap in (None, math.nan, "", "NA", pandas.NA):
        value = kind.read([1.0, gap, 3.0, 4.0, 5.0])
        assert math.isnan(value[1]) and kind.write(value) == [1.0, None, 3.0, 4.0, 5.0]


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ([1.0, 2.0], "has 2 steps, not 5"),
        ([], "has 0 steps, not 5"),
        ([*WEEK, 6.0], "has 6 steps, not 5"),
        ([1, 2, "warm", 4, 5], "has the step 'warm', which is no number"),
        ([1, 2, math.inf, 4, 5], "has the step inf"),
        ([1, 2, [3], 4, 5], r"has the step \[3\]"),
        (7.0, "is 7.0, which is no list of numbers"),
        (b"12345", "which is no list of numbers"),
        ({1: 2}, "which is no list of numbers"),
    ],
)
def test_what_is_no_window_is_refused_in_a_sentence(raw: Any, told: str) -> None:
    with pytest.raises(BadValue, match=rf"later\(\): argument 'past' .*{told}"):
        later(raw)


def test_signatures_that_cannot_be_are_refused() -> None:
    for annotation, told in {
        list[float]: "does not say which steps",
        Annotated[list[float], Past]: "does not say how many steps",
        Annotated[float, Past(3)]: "stands beside a single value",
        Annotated[list[float], Past(3), Next(2)]: "stand beside one type",
    }.items():
        with pytest.raises(BadSignature, match=told):
            wisen.function(made(annotation, float))
    with pytest.raises(BadSignature, match="known already, and cannot be an answer"):
        wisen.function(made(float, Annotated[list[float], Past(3)]))
    for steps in (0, -1, 1.5, True, 10**6):
        with pytest.raises(BadSignature, match="no number of steps"):
            Past(steps)  # type: ignore[arg-type]
    with pytest.raises(BadSignature, match="names no column"):
        Next(3, 4)  # type: ignore[arg-type]


def made(inside: Any, outside: Any) -> Any:
    def asked(value):
        return value

    asked.__annotations__ = {"value": inside, "return": outside}
    return asked


def test_a_column_says_which_steps_it_looks_at() -> None:
    def weather(
        temp: Annotated[list[float], Past(30)],
        rain: Annotated[list[float], Past(7, "precipitation")],
        holiday: Annotated[list[float], Next(7)],
        month: int,
    ) -> Annotated[Literal["sun", "rain"], Next(1, "sky")]: ...

    found = signature_of(weather)
    windows = [column.window for column in (*found.inputs, *found.outputs)]
    assert windows == [Window(-29, 0), Window(-6, 0, "precipitation"), Window(1, 7), None, Window(1, 1, "sky")]
    assert "Next(1, 'sky')" in str(found) and found.windowed
    for column in (*found.inputs, *found.outputs):
        again = Column.from_json(json.loads(json.dumps(column.fit(column.kind.samples()).to_json())), type(column.kind))
        assert (again.window, again.key()) == (column.window, column.key())


def features(values: list[list[float]], kinds: list[Series]) -> np.ndarray:
    (feed,) = feeds([Column(str(number), kind) for number, kind in enumerate(kinds)])
    rows = [[value] * len(kinds) for value in values]
    found: np.ndarray = reader(feed).run(None, feed.arrays(rows))[0]
    assert found.shape == (len(values), feed.kind.form().width)  # type: ignore[union-attr]
    return found


def test_a_level_never_seen_changes_one_feature() -> None:
    kind = Series(lengths=(5,)).fit([WEEK, [2.0, 4.0, 1.0, 3.0, 2.0]])
    low, high = features([WEEK, [each + 3 for each in WEEK]], [kind])
    assert low[0] < high[0] and np.allclose(low[1:], high[1:])


def test_missing_steps_are_filled_with_the_one_before_and_flagged() -> None:
    nan = math.nan
    kind = Series(lengths=(5,)).fit([WEEK, [1.0, nan, 1.0, 3.0, 2.0]])
    assert kind.gaps == (0,)
    whole, gap, first, last, none = features(
        [[1, 2, 2, 2, 5], [1, 2, nan, nan, 5], [nan, nan, 2, 3, 4], [1, 2, 3, nan, nan], [nan] * 5], [kind]
    )
    assert np.allclose(whole[:-2], gap[:-2]) and gap[-2:].tolist() == pytest.approx([0.4, 0.0])
    assert np.allclose(first[:-2], features([[2, 2, 2, 3, 4]], [kind])[0][:-2])
    assert np.allclose(last[:-2], features([[1, 2, 3, 3, 3]], [kind])[0][:-2]) and last[-1] == 1.0
    assert np.isfinite(none).all() and none[0] == 0.0


def test_several_windows_of_different_lengths_enter_together() -> None:
    kinds = [Series(lengths=(5,)), Series(lengths=(5,), ahead=(True,)), Series(lengths=(5,))]
    found = features([WEEK], [kind.fit([WEEK, WEEK[::-1]]) for kind in kinds])
    assert found.shape == (1, 7 + 5 + 7) and np.isfinite(found).all()


def test_windows_take_little_room_and_are_lists_when_asked_for() -> None:
    line = np.arange(10.0)
    windows = Windows(line, np.arange(8), 3)
    assert windows[2] == [2.0, 3.0, 4.0] and windows[:2] == [[0.0, 1.0, 2.0], [1.0, 2.0, 3.0]] and len(windows) == 8
    assert windows.take([7, 0])[0] == [7.0, 8.0, 9.0]
    assert np.array_equal(matrix(windows, 3), matrix(list(windows), 3))
    assert [bytes(each) for each in Series(lengths=(3,)).contents(windows)] == [
        Series(lengths=(3,)).content(each) for each in windows
    ]


def test_quantiles_cover_what_they_say_and_do_not_cross() -> None:
    random = np.random.default_rng(0)
    truth = random.normal(10.0, 3.0, (2000, 4)) * np.array([1, 1, 2, 3])
    kind = Series(lengths=(4,), ahead=(True,)).fit(truth.tolist())
    guess = np.zeros((2000, 12), np.float32)  # nothing but the median is known: the same answer to all
    guess[:, :4] = np.median(kind.target(truth.tolist()), axis=0)
    calibrated = kind.calibrate(guess, kind.target(truth.tolist()))
    fresh = random.normal(10.0, 3.0, (2000, 4)) * np.array([1, 1, 2, 3])
    low, middle, high = said(calibrated, guess)
    assert (low <= middle).all() and (middle <= high).all()
    assert np.abs((fresh < low).mean(axis=0) - 0.1).max() < 0.02
    assert np.abs((fresh > high).mean(axis=0) - 0.1).max() < 0.02


def said(kind: Series, guess: np.ndarray) -> list[np.ndarray]:
    import onnxruntime
    import spox

    raw = spox.argument(spox.Tensor(np.float32, ("batch", guess.shape[1])))
    model = spox.build({"guess": raw}, {f"answer{name}": each for name, each in kind.say(raw).items()})
    middle, quantiles = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"guess": guess})
    assert np.array_equal(middle, quantiles[:, :, 1])
    return [quantiles[:, :, place] for place in range(3)]


def test_a_manifest_that_lies_is_refused() -> None:
    good = Series(lengths=(2,), ahead=(True,)).fit([[1.0, 2.0], [2.0, 5.0]]).to_json()
    assert from_json({**good, "factors": [1.0, 1.0, 2.0, 2.0]})
    lies = {"lengths": [0], "ahead": [], "factors": [1.0], "scale": [0.0], "gaps": [4], "logs": [[1.0]]}
    for wrong in ({name: lie} for name, lie in lies.items()):
        with pytest.raises(wisen.BadProgram):
            from_json({**good, **wrong})


def test_a_forecast_is_learned_from_a_table_and_its_quantiles_are_told(tmp_path: Any) -> None:
    random = np.random.default_rng(0)
    days = pandas.date_range("2020-01-01", periods=500)
    wave = 10 * np.sin(np.arange(500) / 7) + random.normal(0, 0.3, 500)
    table = pandas.DataFrame({"day": days, "level": wave})
    (tmp_path / "waves.py").write_text(
        "from typing import Annotated\nimport wisen\nfrom wisen import Next, Past\n\n"
        "@wisen.function\n"
        "def ahead(level: Annotated[list[float], Past(12)]) -> Annotated[list[float], Next(3, 'level')]:\n"
        '    """The last value."""\n    return [level[-1]] * 3\n'
    )
    from wisen.find import find

    ahead = find(f"{tmp_path}/waves.py:ahead")
    outcome = ahead.train(table, budget=3.0, listen=lambda event: None)
    (result,) = outcome.report.results
    assert outcome.verdict == "better" and result.score("learned").first.value < 1.0  # type: ignore[union-attr]
    assert outcome.parts.held_out.blocks is not None
    prediction = ahead.predict(wave[-12:])
    assert [share for share, _ in prediction.quantiles] == [0.1, 0.5, 0.9]
    (_, low), (_, middle), (_, high) = prediction.quantiles
    assert prediction.value == middle and all(a <= b <= c for a, b, c in zip(low, middle, high, strict=True))
    gap = [*wave[-12:-3], None, None, wave[-1]]
    assert np.allclose(ahead(gap), ahead(wave[-12:]), atol=6.0)
    # Newer rows are held out as well, and move none across.
    more = pandas.concat([table, table.assign(day=table["day"] + pandas.Timedelta(days=500))])
    report = ahead.test(more)
    assert report.held_out > outcome.report.held_out
    cut = outcome.parts.rule.cut
    again = ahead.train(more, budget=1.0, listen=lambda event: None)
    assert again.parts.rule.cut == cut and len(again.parts.learning) == len(outcome.parts.learning)


def test_skewed_numbers_enter_as_logarithms_of_their_means_too() -> None:
    random = np.random.default_rng(0)
    kind = Series(lengths=(5,)).fit(np.exp(random.normal(0, 1.5, (200, 5))).tolist())
    assert kind.logs[0] and not Series(lengths=(5,)).fit(random.normal(0, 1.5, (200, 5)).tolist()).logs[0]
    unit, mean, scale = kind.logs[0]
    found = features([[1.0, 2.0, 3.0, 4.0, 6.0]], [kind])[0, -4:]
    means = np.array([6.0, 5.0, 3.75, 3.2])  # over the last 1, 2, 4 and 5 steps
    means[2:] = (2 + 3 + 4 + 6) / 4, (1 + 2 + 3 + 4 + 6) / 5
    assert found == pytest.approx((np.log1p(means / unit) - mean) / scale, abs=1e-5)


@pytest.mark.parametrize("level", [0.0, 1.0, 1e17, -1e300, 5e-324])
def test_a_forecast_of_any_size_is_drawn(level: float) -> None:
    kind = Series(lengths=(3,), ahead=(True,))
    drawn = kind.forecast([level] * 3, [level, math.nan, level], [(0.1, [level] * 3), (0.9, [level] * 3)])
    assert drawn is not None and drawn.startswith(b"\x89PNG")
    assert kind.forecast([1e308] * 3, [-1e308], []) is None


def test_what_stands_beside_a_window_may_be_anything() -> None:
    annotation = Annotated[list[float], np.zeros(3), Past(3)]

    def guess(x: float) -> bool: ...

    guess.__annotations__ = {"x": annotation, "return": bool}
    assert signature_of(guess).inputs[0].window == Window(-2, 0)


def test_each_feature_of_a_window_comes_from_some_of_its_steps() -> None:
    chance = np.random.default_rng(0)
    skewed = [list(np.exp(3 * chance.normal(size=6))) for _ in range(80)]
    gappy = [[math.nan if chance.random() < 0.1 else each for each in row] for row in skewed]
    for plain in (Series(lengths=(6,)), Series(lengths=(6,), ahead=(True,)), Series()):
        for values in (skewed, gappy):
            kind = plain.fit([row[: plain.lengths[0]] for row in values])
            owners = windowed.owners(kind, 0)
            assert owners.shape == (windowed.width(kind, 0), kind.lengths[0]) and kind.form().width == len(owners)
            assert np.allclose(owners.sum(axis=1), 1)
