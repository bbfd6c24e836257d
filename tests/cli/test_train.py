"""wisen train: what it prints, what it installs, what it exits with."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.cli.conftest import FLAVOUR, Trained


def test_it_shows_the_plan_the_training_and_the_head_to_head(trained: Trained) -> None:
    said = trained.said
    assert said.code == 0, said.err
    order = [
        "ripe(weight: float, colour: Literal['red', 'green'], origin: str | None) -> bool",
        "400 examples: ",
        "1  define the architecture",
        "parameters",
        "linear",
        "2  learn: forward and backward passes",
        "chosen: ",
        "3  head-to-head",
        "by hand",
        "naive",
        "learned",
        "against by hand: accuracy +",
        "Verdict: better",
        f"Installed: {trained.file.stem}.ripe.onnx".replace(str(trained.file.parent), ""),
    ]
    places = [said.out.find(text) for text in order[:-1]]
    assert -1 not in places and places == sorted(places), said.out
    assert "Installed: " in said.out and f"{trained.file.stem}.ripe.onnx" in said.out
    assert "imported" not in said.out  # what the module prints is no answer


def test_what_is_not_better_stays_a_candidate(tmp_path: Path, source: Callable[[str], Path], wisen: Any) -> None:
    rng = random.Random(1)
    file, examples = source(FLAVOUR), tmp_path / "noise.csv"
    rows = [f"{rng.uniform(0, 100):.1f},red,Peru,{rng.choice(['yes', 'no'])}" for _ in range(120)]
    examples.write_text("\n".join(["weight,colour,origin,ripe", *rows]))
    words = ["train", file, "--examples", examples, "--budget", "2", "--json"]

    said = wisen(*words)
    assert said.code == 1, said.err
    found = json.loads(said.out)  # one object and nothing else
    assert found["verdict"] != "better" and found["installed"] is False
    assert Path(found["program"]).name == "candidate.onnx"
    assert "1  define the architecture" in said.err

    said = wisen("test", file)
    assert said.code == 1 and "This is the candidate" in said.err

    said = wisen(*words[:-1], "--accept")
    assert said.code == 0 and "Installed all the same, as you asked" in said.out
    assert file.with_name(f"{file.stem}.ripe.onnx").exists()


OLDER = """
    import wisen

    @wisen.function
    def leaves(x: float) -> bool:
        return x > 95
"""


def test_a_program_of_before_is_named_with_the_way_out(tmp_path: Path, source: Any, wisen: Any) -> None:
    """Where the verdict is not better: what answers now, and which file to delete."""
    rng = random.Random(1)
    file, examples = source(OLDER), tmp_path / "noise.csv"
    rows = [f"{rng.random():.3f},{rng.random():.3f},{rng.choice(['yes', 'no'])}" for _ in range(120)]
    examples.write_text("\n".join(["x,z,leaves", *rows]))
    words = ["train", file, "--examples", examples, "--budget", "1"]
    assert wisen(*words, "--accept").code == 0
    program = f"{file.stem}.leaves.onnx"

    said = wisen(*words)
    assert said.code == 1, said.err
    told = " ".join(said.out.split())
    assert "Not better: leaves() goes on with the program of before, " in told
    assert f"{program}. Delete that file to run your code." in told

    changed = source(OLDER.replace("x: float", "x: float, z: float"))
    for path in (file.with_name(program), file.parent / ".wisen" / f"{file.stem}.leaves"):
        path.rename(str(path).replace(file.stem, changed.stem))
    program = f"{changed.stem}.leaves.onnx"
    said = wisen("train", changed, *words[2:])
    assert said.code == 1, said.err
    told = " ".join(said.out.split())
    assert "does not answer" in told, told
    assert "was trained for (x: float) -> " in told
    assert f"{program}: the body answers then." in told and "goes on with" not in told
    assert wisen("run", changed, "1", "2").code == 2
    for verb in ("test", "inspect"):  # they show what there is, and say what it is
        said = wisen(verb, changed, "--json")
        assert said.code in (0, 1), said.err
        assert "This is the candidate." in said.err and "was trained for (x: float)" in said.err
    assert "z" in json.loads(wisen("inspect", changed, "--json").out)["signature"]

    changed.with_name(program).unlink()
    assert wisen("run", changed, "99", "2").out == "True\n"


def test_columns_are_pairs(trained: Trained, wisen: Any) -> None:
    said = wisen("train", trained.function, "--examples", trained.examples, "--columns", "weight")
    assert said.code == 2 and "Write --columns parameter=column" in said.err


def test_a_wrong_budget_is_said_before_anything_is_read(trained: Trained, wisen: Any) -> None:
    said = wisen("train", trained.function, "--examples", "nowhere", "--budget", "soon")
    assert said.code == 2 and said.err == "wisen: a budget of 'soon' is no time\nWrite 60s, 5min or 2h.\n"
    assert said.out == ""


def test_a_missing_column_is_told_the_nearest(trained: Trained, wisen: Any) -> None:
    said = wisen("train", trained.function, "--examples", trained.examples, "--returns", "rype")
    assert said.code == 2 and "Did you mean 'ripe'?" in said.err
