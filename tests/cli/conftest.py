"""The command line as a person types it, and a small trained function to type it for."""

from __future__ import annotations

import contextlib
import io
import itertools
import random
import signal
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from wisen.cli import main

numbers = itertools.count()


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


def typed(*words: object) -> Said:
    """Runs a command in this process."""
    out, err = io.StringIO(), io.StringIO()
    ctrl_c = signal.getsignal(signal.SIGINT)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as end:
        main([str(word) for word in words])
    signal.signal(signal.SIGINT, ctrl_c)
    return Said(int(end.value.code or 0), out.getvalue(), err.getvalue())


@pytest.fixture
def wisen() -> Callable[..., Said]:
    return typed


@pytest.fixture
def source(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a module with a name that no other test uses."""
    return lambda text: written(tmp_path, text)


def written(folder: Path, text: str) -> Path:
    path = folder / f"typed_{next(numbers)}.py"
    path.write_text(textwrap.dedent(text))
    return path


FLAVOUR = """
    from typing import Literal
    import wisen

    print("imported")

    @wisen.function
    def ripe(weight: float, colour: Literal["red", "green"], origin: str | None) -> bool:
        "Whether a fruit is ripe."
        return weight > 95
"""


def fruit(count: int, seed: int = 0) -> list[str]:
    rng = random.Random(seed)
    lines = []
    for _ in range(count):
        weight, colour = rng.uniform(0, 100), rng.choice(["red", "green"])
        origin = rng.choice(["Spain", "Peru", ""])
        lines.append(f"{weight:.1f},{colour},{origin},{'yes' if colour == 'red' and weight > 30 else 'no'}")
    return ["weight,colour,origin,ripe", *lines]


@dataclass(frozen=True)
class Trained:
    """A function with an installed program, its examples, and what training printed."""

    file: Path
    examples: Path
    said: Said

    @property
    def function(self) -> str:
        return f"{self.file}:ripe"


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trained]:
    folder = tmp_path_factory.mktemp("fruit")
    file, examples = written(folder, FLAVOUR), folder / "fruit.csv"
    examples.write_text("\n".join(fruit(400)) + "\n")
    yield Trained(file, examples, typed("train", f"{file}:ripe", "--examples", examples, "--budget", "6"))
