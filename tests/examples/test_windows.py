"""One table in order of time, cut into windows by the signature."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pandas
import pytest

import wisen
from wisen import BadExamples, Next, Past
from wisen.examples import FOLDS, Examples, Rule, brought, known, split, touching
from wisen.examples.forward import blocks_of, folds_in, second_of, told
from wisen.examples.timeline import Times


@wisen.function
def ahead(temp: Annotated[list[float], Past(4)], sky: str) -> Annotated[list[float], Next(2, "temp")]: ...


@wisen.function
def tomorrow(temp: Annotated[list[float], Past(3)]) -> Annotated[Literal["dry", "wet"], Next(1, "sky")]: ...


def table(count: int = 40, step: str = "D", start: str = "2024-01-01") -> pandas.DataFrame:
    days = pandas.date_range(start, periods=count, freq=step)
    return pandas.DataFrame({"day": days, "temp": np.arange(float(count)), "sky": ["dry", "wet"] * (count // 2)})


def cut(rows: Any, function: Any = ahead, **options: Any) -> Examples:
    return known(rows, function.signature, **options)


def noted(examples: Examples, text: str) -> bool:
    return any(text in note for note in examples.notes)


def test_each_row_with_all_its_steps_is_now_once() -> None:
    found = cut(table())
    assert len(found) == 40 - 3 - 2
    assert found.inputs["temp"][0] == [0.0, 1.0, 2.0, 3.0] and found.outputs["answer"][0] == [4.0, 5.0]
    assert found.inputs["sky"][0] == "wet"  # that of now
    assert found.names[0].endswith("row 4")
    other = cut(table(), tomorrow)
    assert other.inputs["temp"][0] == [0.0, 1.0, 2.0] and other.outputs["answer"][0] == "wet"


def test_order_and_doubled_moments_make_no_difference_but_are_told() -> None:
    rows = table()
    found = cut(pandas.concat([rows, rows.iloc[[7, 9]]]).sample(frac=1, random_state=1))
    assert list(found.inputs["temp"]) == list(cut(rows).inputs["temp"])
    assert noted(found, "put in order by day") and noted(found, "2 rows have the day of another")
    twice = cut(pandas.concat([rows, rows.iloc[[7]].assign(temp=99.0)]))
    assert twice.inputs["temp"][4][-1] == 99.0, "the last is kept"


def test_missing_steps_are_put_in_and_no_answer_is_made_up() -> None:
    found = cut(table().drop(index=[10, 11, 25]))
    assert noted(found, "3 missing steps were put in; a step is 1 day") and noted(found, "their answer is missing")
    gaps = [value for value in found.inputs["temp"] if np.isnan(value).any()]
    assert gaps and all(np.isfinite(value).all() for value in found.outputs["answer"])
    assert not any(np.isnan(value[-1]) for value in gaps), "now is always a row"
    for value in found.inputs["temp"]:
        known_steps = [each for each in value if each == each]
        assert len({each - place for place, each in enumerate(value) if each == each}) == 1 and known_steps


def test_gaps_of_a_calendar_are_no_missing_steps() -> None:
    days = pandas.bdate_range("2024-01-01", periods=60)
    rows = pandas.DataFrame({"day": days, "temp": np.arange(60.0), "sky": "dry"}).drop(index=[17])
    found = cut(rows)
    assert noted(found, "gaps belong to their calendar") and len(found) == 59 - 5
    months = pandas.DataFrame(
        {"day": pandas.date_range("2010-01-01", periods=60, freq="MS"), "temp": np.arange(60.0), "sky": "dry"}
    )
    assert len(cut(months)) == 60 - 5


def test_daylight_saving_jumps_break_nothing() -> None:
    aware = pandas.date_range("2024-03-29", periods=96, freq="h", tz="Europe/Berlin")
    rows = pandas.DataFrame({"day": aware, "temp": np.arange(96.0), "sky": "dry"})
    assert len(cut(rows)) == 96 - 5 and not noted(cut(rows), "missing")
    local = rows.assign(day=aware.tz_localize(None))  # 02:00 is not there in spring
    assert noted(cut(local), "1 missing steps were put in")
    autumn = pandas.date_range("2024-10-25", periods=96, freq="h", tz="Europe/Berlin")
    assert noted(cut(rows.assign(day=autumn.tz_localize(None))), "1 rows have the day of another")


def test_windows_never_cross_from_one_series_to_another() -> None:
    both = pandas.concat([table().assign(place="a"), table().assign(place="b", temp=lambda t: t["temp"] + 1000)])
    found = cut(both.sample(frac=1, random_state=0), key="place")
    assert len(found) == 2 * 35
    assert all(max(value) - min(value) == 3.0 for value in found.inputs["temp"])
    with pytest.raises(BadExamples, match="no column 'town'"):
        cut(both, key="town")


def test_the_time_column_is_found_or_asked_for(tmp_path: Path) -> None:
    rows = table()
    rows.to_csv(tmp_path / "table.csv", index=False)
    assert len(cut(tmp_path / "table.csv")) == 35
    with pytest.raises(BadExamples, match=r"no column says when(.|\n)*--time COLUMN"):
        cut(rows.drop(columns="day"))
    two = rows.assign(other=rows["day"] + pandas.Timedelta(days=1))
    with pytest.raises(BadExamples, match="day, other could all say when"):
        cut(two)
    assert len(cut(two, time="other")) == 35
    assert len(cut(rows.assign(day=range(100, 140)).astype({"day": str}), time="day")) == 35
    with pytest.raises(BadExamples, match="has no column 'hour'"):
        cut(rows, time="hour")

    @wisen.function
    def dated(day: dt.date, temp: Annotated[list[float], Past(4)]) -> Annotated[float, Next(1, "temp")]: ...

    assert len(cut(two, dated)) == 36, "a parameter that is a point in time says when"


def test_a_moment_that_is_none_is_told_with_its_row() -> None:
    rows = table().astype({"day": str})
    rows.loc[20, "day"] = "yesterday"
    assert noted(cut(rows, time="day"), "row 21: day is 'yesterday', which is no date")
    rows.loc[20:26, "day"] = "yesterday"
    with pytest.raises(BadExamples, match=r"are bad:\n  the data frame row 21: day is 'yesterday', which is no date"):
        cut(rows, time="day")
    rows["day"] = "yesterday"
    with pytest.raises(BadExamples, match=r"row 1: day is 'yesterday'(.|\n)*--time COLUMN"):
        cut(rows, time="day")


@pytest.mark.parametrize("nothing", [None, "", "NA", " n/a "])
def test_a_row_without_its_moment_is_left_out(nothing: Any) -> None:
    rows = table().astype({"day": str})
    rows.loc[3, "day"] = nothing
    assert noted(cut(rows), "1 rows are left out: day is missing")


def test_steps_may_be_numbered_in_any_source() -> None:
    rows = {"step": list(range(40)), "temp": [float(n % 9) for n in range(40)], "sky": ["dry"] * 40}
    assert len(cut(rows, time="step")) == len(cut(table()))


def test_steps_shorter_than_a_second_are_told_and_not_lost() -> None:
    rows = table(step="100ms")
    with pytest.raises(BadExamples, match=r"row 2: day is less than a second after another(.|\n)*Number the rows"):
        cut(rows)
    rows["day"] = [0.5 * n for n in range(len(rows))]
    with pytest.raises(BadExamples, match="is less than a second after another"):
        cut(rows, time="day")


def test_a_time_that_is_a_list_is_a_bad_row() -> None:
    rows = {"day": [[1]] + [f"2024-01-{n:02}" for n in range(1, 32)], "temp": [1.0, 2.0] * 16, "sky": ["dry"] * 32}
    assert noted(cut(rows, time="day"), "row 1: day is [1]")


@pytest.mark.parametrize("wild", [1e300, -1e39, float("inf")])
def test_a_number_that_no_program_can_hold_is_listed(wild: float) -> None:
    rows = table()
    rows["temp"] = rows["temp"].astype(float)
    rows.loc[12, "temp"] = wild
    assert noted(cut(rows), "row 13: temp has the step")


def test_text_among_numbers_is_listed_with_its_row(tmp_path: Path) -> None:
    rows = table().astype({"temp": str})
    rows.loc[12, "temp"] = "warm"
    rows.to_csv(tmp_path / "table.csv", index=False)
    found = cut(tmp_path / "table.csv")
    assert noted(found, "1 of 34 examples are left out") and noted(found, "row 13: temp has the step 'warm'")
    rows.loc[12:20, "temp"] = "warm"
    rows.to_csv(tmp_path / "table.csv", index=False)
    with pytest.raises(BadExamples, match="has the step 'warm', which is no number"):
        cut(tmp_path / "table.csv")


def test_too_short_a_series_is_refused_in_a_sentence() -> None:
    for count in (2, 4):
        with pytest.raises(
            BadExamples, match=rf"has {count} steps, too few for one example of ahead\(\): it looks at 4"
        ):
            cut(table(count))


def test_cells_that_hold_windows_already_are_not_cut() -> None:
    past = [[float(n), n + 1.0, n + 2.0, n + 3.0] for n in range(30)]
    lists = {"temp": past, "sky": ["dry"] * 30, "answer": [[n + 4.0, n + 5.0] for n in range(30)]}
    found = known(lists, ahead.signature, returns="answer")
    assert len(found) == 30 and found.times is None and found.inputs["temp"][3] == past[3]
    pairs = [((each, "dry"), [each[-1] + 1, each[-1] + 2]) for each in past]
    assert len(known(pairs, ahead.signature)) == 30
    short = {**lists, "temp": [*past[:-1], [1.0]]}
    assert any("has 1 steps, not 4" in note for note in known(short, ahead.signature, returns="answer").notes)


def test_what_is_known_ahead_is_read_ahead() -> None:
    @wisen.function
    def priced(
        sold: Annotated[list[float], Past(3)],
        price: Annotated[list[float], Next(2)],
        holiday: Annotated[bool, Next(1)],
    ) -> Annotated[float, Next(2, "sold")]: ...

    count = 30
    rows = pandas.DataFrame(
        {
            "day": pandas.date_range("2024-01-01", periods=count),
            "sold": np.arange(float(count)),
            "price": np.arange(100.0, 100 + count),
            "holiday": [n % 7 == 0 for n in range(count)],
        }
    )
    found = cut(rows, priced)
    assert found.inputs["price"][0] == [103.0, 104.0] and found.outputs["answer"][0] == 4.0
    assert found.inputs["holiday"][4] is True and found.inputs["holiday"][5] is False


# ---- the split ---------------------------------------------------------------------------------


def test_the_last_part_is_held_out_and_nothing_looks_into_it() -> None:
    examples = cut(table(200))
    parts = split(examples, Rule())
    assert parts.rule.cut and parts.rule.to_json()["by"] == "time"
    newest = max(max(value) for value in parts.learning.outputs["answer"])
    oldest = min(value[-1] for value in parts.held_out.inputs["temp"])
    assert newest < oldest and len(parts.held_out) == pytest.approx(0.3 * len(examples), abs=1)
    assert len(parts.learning) + len(parts.held_out) == len(examples) - 2
    assert Rule.of({"split": parts.rule.to_json()}) == parts.rule


def test_newer_rows_move_none_across() -> None:
    parts = split(cut(table(200)), Rule())
    more = split(cut(table(300)), parts.rule)
    assert set(more.learning.names) == set(parts.learning.names)
    assert set(more.held_out.names) > set(parts.held_out.names)


def test_a_moment_that_leaves_nothing_to_a_part_is_refused() -> None:
    for cut_at in ("2020-01-01", "2030-01-01"):
        with pytest.raises(BadExamples, match=rf"too few examples before or after {cut_at}(.|\n)*--fresh"):
            split(cut(table(100)), Rule(cut=cut_at))


def test_folds_are_stretches_of_time_and_the_first_is_the_latest() -> None:
    parts = split(cut(table(400)), Rule())
    now = {
        fold: [v[-1] for v, f in zip(parts.learning.inputs["temp"], parts.folds) if f == fold] for fold in range(FOLDS)
    }
    for fold in range(FOLDS - 1):
        assert min(now[fold]) > max(now[fold + 1])
    for fold in range(FOLDS):
        learned = parts.learning.take(np.flatnonzero(~touching(parts.folds, fold)))
        judged = parts.learning.take(np.flatnonzero(parts.folds == fold))
        answers = {step for value in learned.outputs["answer"] for step in value}
        assert answers.isdisjoint(step for value in judged.outputs["answer"] for step in value)


def test_the_nearest_fold_holds_no_more_than_is_enough() -> None:
    now = np.arange(1000)
    folds = folds_in(Times(now, now + 1), FOLDS, 50)
    assert (folds == 0).sum() == 50 and set(np.flatnonzero(folds == 0)) == set(range(950, 1000))
    assert (folds == 1).sum() > 300


def test_examples_of_one_moment_lie_in_one_block() -> None:
    now = np.repeat(np.arange(300), 4)
    blocks = blocks_of(Times(now, now + 5))
    assert all(len(set(blocks[now == moment])) == 1 for moment in range(300))
    assert len(set(blocks)) == 30, "twice as long as an answer reaches ahead"
    assert len(set(blocks_of(Times(now * 25, now * 25 + 24)))) == 43, "or the third root of all moments"


def test_a_group_cannot_divide_what_time_divides() -> None:
    with pytest.raises(BadExamples, match=r"key= \(--key\)"):
        split(cut(table(100)), Rule("sky"))


def test_held_out_windows_may_be_brought_by_themselves() -> None:
    parts = brought(cut(table(200)), cut(table(60, start="2025-01-01").assign(temp=lambda t: t["temp"] + 0.5)))
    assert len(parts.learning) == 195 and len(parts.held_out) == 55 and parts.held_out.blocks is not None
    assert (parts.folds >= FOLDS).any()


def test_a_second_is_told_and_read_again() -> None:
    for second in (0, -5, 1_700_000_000):
        assert second_of(told(second)) == second
    assert second_of("2024-01-01T01:00:00+01:00") == second_of("2024-01-01")
    assert second_of(told(10**15)) == 10**15
