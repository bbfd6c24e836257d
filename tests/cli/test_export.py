"""wisen export: a program as a file that needs no runtime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.bake.test_c import file_with
from wisen.examples import fitted, known, split
from wisen.find import find
from wisen.plans import plans

ROOT = Path(__file__).parents[2]


def test_it_writes_c(source: Any, wisen: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = source('import wisen\n@wisen.function\ndef ripe(weight: float) -> bool:\n    "Whether a fruit is ripe."\n')
    said = wisen("export", f"{file}:ripe", "--to", "c")
    assert said.code == 2 and "has no learned program yet" in said.err

    f = find(f"{file}:ripe")
    parts = split(known([(x / 10, x > 20) for x in range(60)], f.signature))
    inputs, outputs = fitted(parts)
    file_with(plans(inputs, outputs)[0], (inputs, outputs, parts), f.path, "ripe")
    f.reload()
    said = wisen("export", f"{file}:ripe", "--to", "c")
    assert said.code == 0, said.err
    assert said.out.startswith(f"{file.stem}.ripe.c: one C99 file that needs nothing else, ")
    text = (tmp_path / f"{file.stem}.ripe.c").read_text()
    assert "struct ripe_input {\n    float weight; " in text
    assert wisen("export", f.path, "--to", "c", "--output", "other.c").code == 0
    assert (tmp_path / "other.c").read_text() == text


def test_what_cannot_be_is_told(wisen: Any, tmp_path: Path) -> None:
    program = ROOT / "tests" / "fixtures" / "format_1.onnx"
    said = wisen("export", program, "--to", "c", "--output", tmp_path / "f.c")
    assert said.code == 2 and not (tmp_path / "f.c").exists()
    assert said.err.startswith("wisen: format_1.onnx cannot be written as C: note: str: a value of any length")
    said = wisen("export", program, "--to", "cc")
    assert said.code == 2 and "a program is exported to" in said.err
