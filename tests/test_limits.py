"""Limits that a person sets for a program: how they are written, what training makes of them, what breaks them."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import wisen
from wisen import limits
from wisen.cli.live import print_plan
from wisen.errors import BadSignature
from wisen.evidence import BETTER, WORSE
from wisen.limits import SIZE, TIME, Held, Limits, limits_of


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("50us", 5e-5), ("50 µs", 5e-5), ("2ms", 2e-3), ("0.5s", 0.5), (1e-4, 1e-4), ("800 NS", 8e-7), (2, 2.0)],
)
def test_a_time_may_be_written_so(written: Any, seconds: float) -> None:
    found = limits_of(written, None)
    assert found is not None and found.size is None and found.time_per_call == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("written", "count"),
    [("200kB", 200_000), ("1.5 MB", 1_500_000), (4000, 4000), ("64KiB", 65536), ("900 bytes", 900), ("1_000B", 1000)],
)
def test_a_size_may_be_written_so(written: Any, count: int) -> None:
    assert limits_of(None, written) == Limits(None, count)


@pytest.mark.parametrize("wrong", ["50", "-3us", True, "fast", 0, "nan s", float("inf"), "", [3], "50 kB", "1.2.3ms"])
def test_what_is_no_time_is_refused_when_the_function_is_decorated(wrong: Any) -> None:
    with pytest.raises(BadSignature, match="is no time") as error:
        wisen.function(time_per_call=wrong)
    assert error.value.message.startswith(f"time_per_call={wrong!r}") and "time_per_call='50us'" in error.value.hint


@pytest.mark.parametrize("wrong", ["200", "big", -1, False, 0, "3us", "kB"])
def test_what_is_no_size_is_refused_too(wrong: Any) -> None:
    with pytest.raises(BadSignature, match="is no size") as error:
        wisen.function(size=wrong)
    assert "@wisen.function(size='200kB')" in error.value.hint


def test_they_print_themselves() -> None:
    assert str(Limits(5e-5, 200_000)) == "50 µs a call, a file of 200 kB"
    assert str(Held(TIME, 5e-5, 7.2e-5, 1e-4)) == (
        "time per call 72 µs, at most 50 µs (99 in a hundred below 100 µs): broken"
    )
    assert str(Held(SIZE, 200_000, 139_000)) == "size 139 kB, at most 200 kB: kept"


def test_where_there_are_none_nothing_of_it_is_loaded() -> None:
    code = "import wisen, sys\n@wisen.function\ndef f(x: float) -> bool: return x > 1\nf(2.0)\n"
    code += "print(f.limits, [name for name in sys.modules if name in ('wisen.limits', 'wisen.measured')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "None []"


# ---- training ------------------------------------------------------------------------------------


@pytest.fixture
def f(module: Callable[[str], ModuleType]) -> Callable[[str], Any]:
    """Makes a function with these limits."""

    def make(limit: str) -> Any:
        source = f"""
            import wisen

            @wisen.function({limit})
            def inside(x: float, y: float, z: float) -> bool:
                "Whether a point lies inside."
                return x > 0.95
            """
        return module(source).inside

    return make


def examples() -> list[tuple[tuple[float, float, float], bool]]:
    chance = random.Random(0)
    rows = [(chance.random(), chance.random(), chance.random()) for _ in range(300)]
    return [(row, row[0] + row[1] > 1) for row in rows]


def planned(events: list[Any]) -> Any:
    return next(event for event in events if type(event).__name__ == "Planned")


def test_plans_that_cannot_be_small_enough_are_not_tried_and_a_narrower_one_is(f: Any, capsys: Any) -> None:
    events: list[Any] = []
    function = f("size='50kB'")
    outcome = function.train(examples(), budget=2, listen=events.append)
    plan = planned(events)
    left = {each.name: why for each, why in plan.left}
    assert set(left) == {"width 256, piecewise", "width 128 x 8, piecewise"}
    assert all("built, untrained: size" in why and "at most 50 kB" in why for why in left.values())
    assert [each.width for each in plan.plans] == sorted(each.width for each in plan.plans)
    assert 32 < plan.plans[-1].width < 256  # in place of those that are too large
    assert outcome.verdict == BETTER and outcome.installed and outcome.path.stat().st_size <= 50_000
    (size,) = outcome.report.limits
    assert size.name == SIZE and abs(size.found - outcome.path.stat().st_size) < 10
    from rich.console import Console

    print_plan(Console(width=200), plan, "inside")
    assert "not tried: width 256, piecewise: built, untrained: size " in capsys.readouterr().out


def test_a_size_that_no_network_keeps_is_refused_before_anything_is_learned(f: Any) -> None:
    events: list[Any] = []
    with pytest.raises(BadSignature, match="the smallest network for these examples makes a file of") as error:
        f("size='2kB'").train(examples(), budget=2, listen=events.append)
    assert not events and "@wisen.function(size=" in error.value.hint


def test_where_none_is_fast_enough_the_fastest_is_tried_and_fails_the_head_to_head(f: Any, tmp_path: Path) -> None:
    events: list[Any] = []
    function = f("time_per_call='1us'")
    lines = [json.dumps(dict(zip("xyz", row, strict=True)) | {"inside": good}) for row, good in examples()]
    (tmp_path / "points.jsonl").write_text("\n".join(lines))
    outcome = function.train(tmp_path / "points.jsonl", budget=2, listen=events.append)
    assert len(planned(events).plans) == 1 and len(planned(events).left) == 3
    assert outcome.verdict == WORSE and not outcome.installed and function.program is None
    assert all(difference.verdict == BETTER for difference in outcome.report.results[0].differences)
    assert "time per call " in outcome.report.title and "at most 1 µs" in outcome.report.title
    told = outcome.program, function.test()
    assert told[1].broken[0].name == TIME and told[1].to_json()["limits"][TIME]["kept"] is False
    found = function.contract(budget=0.1)
    assert not next(each for each in found.checks if each.name == "limits").kept
    assert function.train(tmp_path / "points.jsonl", budget=2, accept=True, listen=events.append).installed
    assert function(0.9, 0.9, 0.1) is True


def test_networks_answer_together_only_where_they_fit_together(f: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[Any] = []
    outcome = f("time_per_call='1s'").train(examples(), budget=2, listen=events.append)
    assert outcome.verdict == BETTER and not planned(events).left
    several = sum(row[3] for row in outcome.program.manifest["architecture"])

    def alone(found: Limits, program: Any, rows: Any, size: int, longest: float = 1.0) -> tuple[Held, ...]:
        many = "together" in program.title or " and " in program.title
        return (Held(TIME, 1.0, 2.0 if many else 0.5),)

    monkeypatch.setattr("wisen.within.held", alone)
    single = f("time_per_call='1s'").train(examples(), budget=2, listen=events.append)
    architecture = single.program.manifest["architecture"]
    assert sum(row[3] for row in architecture) <= several and " together" not in single.program.manifest["chosen"]
    assert not any(str(row[0]).startswith("2: ") for row in architecture)


def test_a_program_that_is_sure_or_not_is_planned_with_what_tells_it(f: Any) -> None:
    sure = f("size='250kB', below=0.8")
    outcome = sure.train(examples(), budget=2, listen=lambda event: None)
    assert outcome.path.stat().st_size <= 250_000 and outcome.program.knows
    small = f("size='9kB'").train(examples(), budget=2, listen=lambda event: None)
    assert small.installed and small.path.stat().st_size <= 9_000 and not small.program.knows
    assert "for its size it does not tell" in small.program.manifest["chosen"]


def test_of_a_time_that_breaks_its_limit_the_fastest_of_a_few_measurements_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import numpy as np

    from wisen import measured

    times = iter([9.0, 3.0, 5.0])

    def calls(program: Any, rows: Any, longest: float) -> measured.Calls:
        return measured.Calls(np.array([next(times)] * 3), np.zeros(3, int))

    monkeypatch.setattr(measured, "calls", calls)
    (found,) = limits.held(Limits(1.0, None), None, [], 0)  # type: ignore[arg-type]  # no program is called here
    assert found.found == 3.0 and not found.kept
    assert replace(found, limit=3.0).kept
