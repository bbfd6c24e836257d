"""A few of the faults that scripts/faults makes by the dozen: old or new is whole, and the same command finishes."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests import faults


def test_killed_at_any_moment_a_training_leaves_a_whole_program(tmp_path: Path) -> None:
    case = faults.undisturbed(tmp_path)
    chance = random.Random(5)
    for _ in range(3):
        faults.killed(case, chance)


@pytest.mark.parametrize("accept", [True, False], ids=["program", "candidate"])
def test_a_disk_that_is_full_at_any_write_does_no_harm(accept: bool, tmp_path: Path) -> None:
    train, whole, again = faults.trainings(tmp_path, accept)
    writes = faults.filled(tmp_path, train, whole, again, every=5)
    named = " ".join(writes)
    assert all(word in named for word in ("lock", "checkpoint.pt", "source.json", ".onnx")), writes
