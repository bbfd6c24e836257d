"""Programs of another size: twice as fast, what that costs, and what growing from the weights that there are brings.

python -m bench.resized [--only digits,churn,faces,objects] [--budget 40] [--write]
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from bench.table import ROOT, Row, finish
from PIL import Image

from wisen import state
from wisen.architecture import Architecture
from wisen.descent import learn
from wisen.descent.batches import Tensors, tensors
from wisen.descent.judging import wide
from wisen.descent.loop import Descent
from wisen.descent.run import Run
from wisen.descent.schedule import Schedule, batch_size, dials, epochs_of
from wisen.descent.step import guesses
from wisen.errors import WisenError
from wisen.evidence import WORSE, difference
from wisen.examples import Rule
from wisen.export import export
from wisen.find import find
from wisen.headtohead import LEARNED
from wisen.kept import Kept, kept
from wisen.plans import read_by
from wisen.sizes.resize import columns_of, grown
from wisen.sizes.scaled import alone, scaled, single
from wisen.spoken import duration, figure, signed
from wisen.train import compared, divided

DIGITS = """
from typing import Literal
import wisen
from wisen import Image

@wisen.function
def digit(photo: Image) -> Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]:
    "The digit on a picture of 8 x 8 pixels."
"""
HOW = (
    "Each program learns for the seconds of --budget (40 if not said; objects for three times as many), and its "
    "resized one for as many. A call is "
    "timed in turns with the one of before, batch 1, one thread; the bound is a program with the same inputs and "
    "answers and nothing in between. `From scratch` is a network of the same plan that learns for as long without a "
    "teacher, judged on the same held-out examples. Growing: a network twice as wide as the program that there is "
    "then, from new weights, and in half of the epochs that this took from those of that program, on the same four "
    "fifths of the examples, with three seeds; their losses on the last fifth are compared as the search does it, by "
    "one standard error, and the median of their times is shown."
)
SPEED, HALF = 1.8, 0.5
SEEDS = (0, 1, 2)


@dataclass(frozen=True)
class Task:
    """A function in a folder of its own, where its examples are, and how it learns."""

    function: Any
    examples: Path
    held_out: Path | None = None
    pretrained: bool = False
    grows: bool = True
    """Whether growing is measured."""
    longer: int = 1
    """How many times the seconds of --budget it learns for."""

    @property
    def source(self) -> state.Source:
        """The same, as a training remembers it."""
        return state.Source(self.examples, held_out=self.held_out)


def digits(folder: Path) -> Task:
    """scikit-learn's 1797 digits, 8 x 8."""
    from sklearn.datasets import load_digits

    found = load_digits()
    for number, (pixels, label) in enumerate(zip(found.images, found.target, strict=True)):
        path = folder / "data" / str(label) / f"{number:04}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.round(pixels * 255 / 16).astype(np.uint8)).save(path)
    (folder / "digits.py").write_text(DIGITS)
    return Task(find(f"{folder / 'digits.py'}:digit"), folder / "data")


def churn(folder: Path) -> Task:
    """The gallery's customers of a telephone company."""
    from gallery.customers import examples

    examples.main()
    shutil.copy(ROOT / "gallery" / "customers" / "churn.py", folder / "churn.py")
    return Task(find(f"{folder / 'churn.py'}:will_leave"), examples.CHURN)


def faces(folder: Path) -> Task:
    """The gallery's faces."""
    from gallery.faces import examples

    examples.main()
    shutil.copy(ROOT / "gallery" / "faces" / "faces.py", folder / "faces.py")
    return Task(find(f"{folder / 'faces.py'}:is_face"), examples.CROPS)


def objects(folder: Path) -> Task:
    """The gallery's things on photographs, found by a network that was trained on other data: growing leaves it as it
    is, and so it is not measured."""
    from gallery.objects import examples

    examples.main()
    shutil.copy(ROOT / "gallery" / "objects" / "objects.py", folder / "objects.py")
    learning, held_out = (examples.DATA / f"{name}.json" for name in ("learning", "held_out"))
    return Task(find(f"{folder / 'objects.py'}:find"), learning, held_out, pretrained=True, grows=False, longer=3)


TASKS: dict[str, Callable[[Path], Task]] = {"digits": digits, "churn": churn, "faces": faces, "objects": objects}


def main() -> None:
    """Measures resizing on each task."""
    words = sys.argv[1:]
    only = words[words.index("--only") + 1].split(",") if "--only" in words else list(TASKS)
    budget = float(words[words.index("--budget") + 1]) if "--budget" in words else 40.0
    rows: list[Row] = []
    for name in only:
        with tempfile.TemporaryDirectory() as folder:
            task = TASKS[name](Path(folder))
            rows += measured(name, task, task.longer * budget)
    finish("resized", rows, HOW)


def measured(name: str, task: Task, budget: float) -> Iterator[Row]:
    """The rows of a task."""
    more = {"held_out": task.held_out, "pretrained": task.pretrained}
    task.function.train(task.examples, budget=budget, accept=True, **more)
    try:
        yield from twice_as_fast(name, task, budget)
    except WisenError as error:
        yield Row(f"{name}: `--faster 2x`", "refused", error.message, f"{SPEED}, or the bound")
    if task.grows:
        yield from growing(name, task)


def twice_as_fast(name: str, task: Task, budget: float) -> Iterator[Row]:
    """What a program that is to be twice as fast takes and reaches; raises WisenError where none can be."""
    done = task.function.resize(faster="2x", budget=budget, accept=True)
    old, new = done.old, done.new
    told = f"{old.plan}, {duration(old.median)} ({duration(old.p99)} at 99 %)"
    yield Row(f"{name}: `--faster 2x`, times as fast", f"{done.faster:.2f}", told, f"{SPEED}", done.faster >= SPEED)
    bound = f"bound {duration(done.empty)}: at most {old.median / done.empty:.1f} times as fast"
    yield Row(f"{name}: a call of {new.plan}", f"{duration(new.median)} ({duration(new.p99)} at 99 %)", bound)
    lost = done.differences["answer"]
    before, now = (next(iter(each.scores.values())).first for each in (old, new))
    yield Row(f"{name}: {now.name}", figure(now.value), f"before {figure(before.value)}, {lost.verdict}")
    gain = from_scratch(task, budget)
    interval = f"95 % interval {signed(gain.low)} to {signed(gain.high)}"
    yield Row(
        f"{name}: gain over the same from scratch", signed(gain.value), interval, "not worse", gain.verdict != WORSE
    )


def from_scratch(task: Task, budget: float) -> Any:
    """How much better the resized program is than one of its plan that learned without a teacher."""
    function, program = task.function, task.function.program
    parts = divided(function, task.source, Rule.of(program.manifest))
    plan = kept(function.path, function.network, program.feeds).architecture
    inputs, outputs = columns_of(function, program, parts, plan)
    checkpoint = state.checkpoint(function.path, (plan,), parts, inputs, outputs, ("scratch",), True)
    learned = learn((alone(plan),), parts, inputs, outputs, budget, 0, "cpu", checkpoint, lambda event: None, single)
    body = export(learned, function.name, "", parts)
    here, there = (compared(function, each, parts).results[0] for each in (program, body.program))
    return difference("from scratch", here.merits[LEARNED] - there.merits[LEARNED], here.scores[0].first.share)


# ---- growing -----------------------------------------------------------------------------------


def growing(name: str, task: Task) -> Iterator[Row]:
    """What a network of twice the width reaches from new weights, and in half the epochs from those that there are."""
    function, program = task.function, task.function.program
    parts = divided(function, task.source, Rule.of(program.manifest))
    before: Kept = kept(function.path, function.network, program.feeds)
    inputs, outputs = columns_of(function, program, parts, before.architecture)
    plan = scaled(alone(before.architecture), 2.0)
    read = read_by([plan], inputs)
    examples = tensors(parts.learning, read, outputs, "cpu", state.folder(function.path))
    descent = Descent(examples, parts.folds, read, outputs, 0.0, 0, None)  # type: ignore[arg-type]  # it saves nothing
    weights = grown(before, plan)
    most = epochs_of(len(parts.learning), read, outputs)
    news = [run(plan, descent, most, None, seed) for seed in SEEDS]
    if weights is None:
        yield Row(f"{name}: `--width 2`", "cannot be grown", f"from new weights in {middle(news):.1f} s")
        return
    olds = [run(plan, descent, max(1, new.epochs // 2), weights, seed) for seed, new in zip(SEEDS, news, strict=True)]
    pairs = list(zip(olds, news, strict=True))
    behind = [old.loss > new.loss and wide(old.losses - new.losses) for old, new in pairs]
    share = median(old.seconds / new.seconds for old, new in pairs)
    one, other = ("/".join(figure(each.loss) for each in runs) for runs in (olds, news))
    reached = len(SEEDS) - sum(behind)
    yield Row(
        f"{name}: `--width 2` grown, its time", f"{share:.2f}", f"new weights: {middle(news):.1f} s", f"{HALF}",
        share <= HALF,
    )  # fmt: skip
    yield Row(
        f"{name}: `--width 2` grown, loss", one, f"new weights: {other}", "not behind, most",
        2 * reached > len(SEEDS),
    )  # fmt: skip


@dataclass(frozen=True)
class Grown:
    """What became of a network: its losses on the first fold, the seconds of the processor, and its epochs."""

    losses: np.ndarray
    seconds: float
    epochs: int

    @property
    def loss(self) -> float:
        """The mean of its losses."""
        return float(self.losses.mean())


def middle(runs: list[Grown]) -> float:
    """The median of their seconds."""
    return median(each.seconds for each in runs)


def run(plan: Architecture, descent: Descent, epochs: int, weights: Any, seed: int) -> Grown:
    """A network that learns from all folds but the first."""
    torch.set_num_threads(1)
    training, validation = descent.without(0)
    assert validation is not None
    schedule = Schedule(
        epochs, batch_size(len(training), descent.feeds, descent.outputs), dials(descent.feeds, descent.outputs)[0]
    )
    found = Run(plan, schedule, epochs, descent.feeds, descent.outputs, training, validation, seed)
    if weights is not None:
        found.network.load_state_dict(weights)
    begin = time.process_time()
    while not found.ended():
        found.one_epoch()
    found.settle()
    seconds = time.process_time() - begin
    found.network.load_state_dict(found.best)
    return Grown(losses(found.network, validation, descent), seconds, found.epoch)


def losses(network: Any, validation: Tensors, descent: Descent) -> np.ndarray:
    """How wrong a network is on each example, set right as a program is."""
    said, truths = guesses(network, validation), validation.truths()
    total = np.zeros(len(validation))
    for column in descent.outputs:
        guess, target = said[column.name], truths[column.name]
        total += column.kind.calibrate(guess.numpy(), target.numpy()).regret(guess, target).numpy()
    return total


if __name__ == "__main__":
    main()
