"""Importing, decorating and calling bring in nothing heavy."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    "torch",
    "spox",
    "onnx",
    "onnxruntime",
    "PIL",
    "numpy",
    "pyarrow",
    "sklearn",
    "scipy",
    "pandas",
    "rich",
    "typer",
)
"""What takes time or space to import."""

MODULE = """
from typing import Literal
import wisen

@wisen.function
def side(x: float, y: float) -> Literal["left", "right"]:
    return "left"
"""


def loaded(code: str, folder: Path) -> set[str]:
    """The heavy packages that code has imported, in a process of its own."""
    tail = f"\nimport sys, json; print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))"
    done = subprocess.run(
        [sys.executable, "-c", code + tail], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_importing_wisen_imports_nothing_heavy(tmp_path) -> None:
    assert loaded("import wisen", tmp_path) == set()
    assert loaded("import wisen; dir(wisen); wisen.__version__", tmp_path) == set()


def test_the_public_words_are_there_and_only_those_that_train_import_torch(tmp_path) -> None:
    code = "import wisen\nfor word in {}: assert getattr(wisen, word) is not None, word"
    training = {"train", "test", "Outcome", "Explanation", "Inside", "Page", "report", "Contract", "contract"}
    training |= {"resize", "back", "frontier", "Resized", "Frontier"}
    words = set(loaded_words(tmp_path))
    assert training < words and words >= {"function", "Image", "load", "NotTrained", "Prediction"}
    assert loaded(code.format(sorted(words - training)), tmp_path) <= {"numpy", "PIL"}
    assert "torch" in loaded(code.format(sorted(training)), tmp_path)


def loaded_words(folder: Path) -> list[str]:
    """The public words, as a process of its own lists them."""
    code = "import wisen; print(*wisen.__all__)"
    return subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True).stdout.split()


def test_a_word_that_is_not_public_is_no_attribute() -> None:
    import wisen

    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = wisen.nothing  # type: ignore[attr-defined]  # so a type checker says too


def test_decorating_imports_neither_runtime_nor_decoders(tmp_path) -> None:
    (tmp_path / "sides.py").write_text(MODULE)
    assert loaded("import sides; sides.side.by_hand(1.0, 2.0)", tmp_path) <= {"numpy"}


def test_a_first_call_imports_onnxruntime_and_never_torch(module, tmp_path) -> None:
    made = module(MODULE, "sides")
    made.side.train([((n / 40, 0.0), "left" if n < 20 else "right") for n in range(80)], budget=1, accept=True)
    code = "import sides; assert sides.side(0.1, 0.0) == 'left'; sides.side.predict(0.1, 0); sides.side.map([(1, 1)])"
    assert loaded(code, tmp_path) == {"numpy", "onnxruntime"}


def test_a_first_call_with_a_picture_imports_only_its_decoder_too(module, tmp_path) -> None:
    import numpy as np

    made = module(
        """
        import wisen
        from wisen import Image

        @wisen.function
        def bright(photo: Image) -> bool: ...
        """,
        "pictures",
    )
    made.bright.train([(np.full((6, 6), shade, np.uint8), shade > 120) for shade in range(0, 240, 3)], budget=1)
    code = "import numpy, pictures; assert pictures.bright(numpy.full((9, 7), 250, 'uint8')) is True"
    assert loaded(code, tmp_path) == {"numpy", "onnxruntime", "PIL"}


def test_training_on_a_cpu_imports_no_compiler_of_torch(tmp_path: Path) -> None:
    made = tmp_path / "made.py"
    made.write_text("import wisen\n\n\n@wisen.function\ndef big(x: float) -> bool: ...\n")
    code = (
        "import sys; from made import big; "
        "big.train([(x / 99, x > 50) for x in range(200)], budget=0, listen=lambda event: None); "
        "print([name for name in sys.modules if name.startswith('torch._dynamo')])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
