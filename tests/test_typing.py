"""What a type checker says about a decorated function is what typing_tests/ says that it must."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "typing_tests"


def checked(*paths: Path) -> tuple[str, int]:
    """(what mypy says about files, its exit code)."""
    from mypy import api

    arguments = ["--config-file", str(ROOT / "pyproject.toml"), *map(str, paths)]
    said, trouble, code = api.run(arguments)
    assert not trouble, trouble
    return said, code


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch) -> None:
    monkeypatch.chdir(ROOT)  # the configuration's paths are relative to it


def test_every_line_is_accepted_or_refused_as_it_must_be() -> None:
    said, code = checked(FOLDER)
    assert code == 0, said


def test_a_line_that_should_be_refused_and_is_not_fails(tmp_path) -> None:
    source = (FOLDER / "functions.py").read_text()
    places = [found.start() for found in re.finditer(r"  # type: ignore", source)]
    assert len(places) > 25, "each refusal carries its mark"
    stray = source.replace(
        "assert_type(place(1.0), ", "place(1.0)  # type: ignore[arg-type]\n    assert_type(place(1.0), ", 1
    )
    bare = stray.replace("is_face.predict()  # type: ignore[call-arg]", "is_face.predict()")
    path = tmp_path / "changed.py"
    path.write_text(bare)
    said, code = checked(path)
    assert code == 1 and 'Unused "type: ignore" comment' in said and "[call-arg]" in said
    assert len([line for line in said.splitlines() if ": error:" in line]) == 2
