"""How well a program tells inputs that are unlike its training examples from those that are held out of them.

python -m bench.unlike [--write] [--budget 60] [--choose]

Measured are a program that reads digits, shown letters, clothes and noise, and one that hears digits said by eSpeak's
voices, told them by others. `--choose` shows instead by what the distance was chosen: a program that tells clothes
apart, shown digits, noise, and clothes that are spoiled or lie on their side.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from bench import tasks
from bench.table import Row, finish
from gallery.package import unpacked
from gallery.speech.examples import WORDS, espeaks, flites, people

SOURCE = """
from typing import Literal
import wisen
from wisen import Audio, Image

@wisen.function
def digit(photo: Image) -> Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]:
    "The digit on a picture of 28 x 28 pixels."
    raise NotImplementedError

@wisen.function
def clothes(photo: Image) -> Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]:
    "The sort of clothes on a picture of 28 x 28 pixels."
    raise NotImplementedError

@wisen.function
def said(clip: Audio) -> Literal["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]:
    "The digit that is said."
    raise NotImplementedError
"""
REACH = 0.95
FONTS = ("breip", "dkg-handwriting", "femkeklaver", "humor-sans", "comic-neue", "dancingscript", "kristi", "bwht")
"""Packages of Debian with fonts that look written by hand."""
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
DIGITLIKE = set("BDGILOQSTUYZbgijlopqsyz")
"""Letters that somebody writes like a digit."""
HOW = (
    "The area under the ROC curve of `program.unlike`: how often an unlike input is farther from the training examples "
    "than one that was held out of them; and the share of both that is taken for unlike (above 1). Digits: 5,000 of MNIST, three in ten held out. "
    "Letters are written by 23 fonts that look like handwriting, drawn as MNIST's digits are: 20 pixels, centred by mass; "
    "noise is made of random pixels, and of digits whose pixels change places. Voices: the digits of eSpeak NG's; others are those of Flite and of two people."
)
Pictures = dict[str, np.ndarray]


def main() -> None:
    """Measures both programs; or shows what the distance was chosen by."""
    budget = float(sys.argv[sys.argv.index("--budget") + 1]) if "--budget" in sys.argv else 60.0
    with tempfile.TemporaryDirectory() as folder:
        made = functions(Path(folder))
        if "--choose" in sys.argv:
            choose(made.clothes, budget)
        else:
            finish("unlike", [*digits(made.digit, budget), *voices(made.said, budget)], HOW)


def functions(folder: Path) -> Any:
    """A module with the functions."""
    import importlib

    (folder / "unlike_made.py").write_text(SOURCE)
    sys.path.insert(0, str(folder))
    return importlib.import_module("unlike_made")


def rows_of(title: str, program: Any, own: Any, others: dict[str, Any], must: Callable[[str], bool]) -> list[Row]:
    """A row for each sort of other inputs."""
    from sklearn.metrics import roc_auc_score

    (column,) = program.inputs
    near = program.unlike([own])
    found = []
    for name, values in others.items():
        far = program.unlike([[column.kind.read(value) for value in values]])
        area = float(roc_auc_score(np.repeat([0, 1], [len(near), len(far)]), np.concatenate([near, far])))
        peer = f"unlike {(far > 1).mean():.1%}, held out {(near > 1).mean():.1%}"
        reach = (f"{REACH}", area >= REACH) if must(name) else ("", None)
        found.append(Row(f"{title}: {name}", f"{area:.3f}", peer, *reach))
    return found


# ---- pictures ----------------------------------------------------------------------------------


def digits(function: Any, budget: float) -> list[Row]:
    """A program that reads digits."""
    training, rest = tasks.mnist(0)
    photos, answers = (np.concatenate([training[key], rest[key]]) for key in ("photo", "answer"))
    done = function.train(list(zip(photos, answers.tolist(), strict=True)), budget=budget, accept=True)
    own = done.parts.held_out.inputs["photo"][:]
    chance = np.random.default_rng(0)
    shapes, names = letters(chance)
    clear = np.array([name not in DIGITLIKE for name in names])
    others = {
        "letters": list(shapes),
        "letters that look like no digit": list(shapes[clear]),
        "clothes": list(tasks.fashion(0)[1]["photo"][:2000]),
        **{name: list(pictures) for name, pictures in noise(pixels(own)[:1000], chance).items()},
    }
    return rows_of("digits", done.program, own, others, lambda name: True)


def pixels(pictures: Any) -> np.ndarray:
    """Pictures as one array, [pictures, 28, 28]."""
    return np.stack([np.asarray(each).reshape(28, 28) for each in pictures]).astype(np.uint8)


def noise(own: np.ndarray, chance: np.random.Generator) -> Pictures:
    """Pictures of noise, as many as there are."""
    mixed = chance.permuted(own.reshape(len(own), -1), axis=1).reshape(own.shape)
    return {"random pixels": chance.integers(0, 256, own.shape).astype(np.uint8), "pixels that change places": mixed}


def letters(chance: np.random.Generator) -> tuple[np.ndarray, list[str]]:
    """(pictures of letters, which they are)."""
    from PIL import ImageFont

    shapes, names = [], []
    with unpacked(*(f"fonts-{name}" for name in FONTS)) as folder:
        files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".ttf", ".otf"))
        for file in files:
            font = ImageFont.truetype(str(file), 80)
            for letter in LETTERS:
                drawn = picture(letter, font, chance)
                if drawn is not None:
                    shapes.append(drawn)
                    names.append(letter)
    return np.array(shapes), names


def picture(letter: str, font: Any, chance: np.random.Generator) -> np.ndarray | None:
    """A letter, drawn as MNIST's digits are: 20 pixels in its longer side, its mass in the middle of 28."""
    from PIL import Image, ImageDraw

    large = Image.new("L", (240, 240))
    ImageDraw.Draw(large).text((120, 120), letter, 255, font, "mm", stroke_width=int(chance.integers(0, 4)))
    large = large.rotate(chance.normal() * 8, Image.Resampling.BICUBIC)
    box = large.getbbox()
    if box is None:
        return None
    cut = large.crop(box)
    scale = 20 / max(cut.size)
    small = cut.resize([max(1, round(side * scale)) for side in cut.size], Image.Resampling.LANCZOS)  # type: ignore[arg-type]
    shape = np.asarray(small, float)
    places = np.indices(shape.shape)
    start = [
        int(np.clip(round(13.5 - (place * shape).sum() / shape.sum()), 0, 28 - side))
        for place, side in zip(places, shape.shape, strict=True)
    ]
    found = np.zeros((28, 28), np.uint8)
    found[start[0] : start[0] + shape.shape[0], start[1] : start[1] + shape.shape[1]] = shape
    return found


# ---- voices ------------------------------------------------------------------------------------


def voices(function: Any, budget: float) -> list[Row]:
    """A program that hears digits by the voices of one synthesiser."""
    done = function.train(list(spoken(espeaks())), budget=budget, accept=True)
    own = done.parts.held_out.inputs["clip"][:]
    others = {"Flite's voices": flites(), "people": people()}
    heard = {name: [clip for clip, _ in spoken(clips)] for name, clips in others.items()}
    return rows_of("voices", done.program, own, heard, lambda name: True)


def spoken(clips: Iterator[Any]) -> Iterator[tuple[Any, str]]:
    """Clips as a function takes them, and what is said."""
    from wisen import Audio

    assert len(WORDS) == 10
    for samples, rate, word, _ in clips:
        yield Audio(np.asarray(samples, np.float32), rate), word


# ---- what it was chosen by ---------------------------------------------------------------------


def choose(function: Any, budget: float) -> None:
    """Prints the areas of several distances for a program that tells clothes apart."""
    from sklearn.metrics import roc_auc_score

    training, rest = tasks.fashion(0)
    photos, answers = training["photo"][:5000], training["answer"][:5000]
    look = watched(function, list(zip(photos, answers.tolist(), strict=True)), budget)
    chance = np.random.default_rng(1)
    own = rest["photo"][:1000]
    spoiled = np.clip(own[:500].astype(int) + chance.normal(0, 80, own[:500].shape), 0, 255).astype(np.uint8)
    others = {
        "digits": tasks.mnist(0)[1]["photo"][:1000], **noise(own[:500], chance), "spoiled": spoiled,
        "inverted": 255 - own[:500], "on their side": np.rot90(own[:500], axes=(1, 2)), "on their head": own[:500, ::-1],
    }  # fmt: skip
    known, new = look(photos[:1500]), look(own)
    seen = {name: look(pictures) for name, pictures in others.items()}
    print(f"{'distance':44}", *(f"{name[:12]:>13}" for name in others))
    for title, distance in distances().items():
        for levels in ("last level", "all levels"):
            part = slice(None, look.width) if levels == "last level" else slice(None)
            near, *far = distance(known[:, part], [new[:, part], *(each[:, part] for each in seen.values())])
            areas = [
                roc_auc_score(np.repeat([0, 1], [len(near), len(each)]), np.concatenate([near, each])) for each in far
            ]
            print(f"{title + ', ' + levels:44}", *(f"{area:13.3f}" for area in areas), flush=True)


class Look:
    """What a network makes of pictures: the vectors of its levels, the last one first, `width` numbers of it."""

    def __init__(self, network: Any, feed: Any, name: str) -> None:
        self.network, self.feed, self.name, self.width = network, feed, name, 0

    def __call__(self, pictures: np.ndarray) -> np.ndarray:
        import torch
        from spox import Tensor, argument

        from wisen.descent.batches import Tensors
        from wisen.descent.levels import vectors
        from wisen.nn.session import session

        raw = {tensor.name: argument(Tensor(np.uint8, tensor.dims)) for tensor in self.feed.raw}
        run = session(raw, {"features": self.feed.kind.graph(*raw.values())}).run
        values = list(pictures)
        read = [run(None, self.feed.tensors([values[start : start + 250]]))[0] for start in range(0, len(values), 250)]
        examples = Tensors({self.name: torch.from_numpy(np.concatenate(read))}, {})
        with torch.no_grad():
            self.width = self.network.seen(examples.take(slice(0, 2)).features)[0][1].shape[-1]
            return vectors(self.network, examples)


def watched(function: Any, pairs: Any, budget: float) -> Look:
    """What trains a function, and looks into the network that comes of it."""
    from wisen import descent

    caught: list[Any] = []
    before = descent.unlike_of
    try:
        descent.unlike_of = lambda network, plan, *rest: caught.extend((network, plan)) or before(network, plan, *rest)
        done = function.train(pairs, budget=budget, accept=True)
    finally:
        descent.unlike_of = before
    network, plan = caught
    (feed,) = done.program.feeds
    (name,) = plan.reads
    view = name.removeprefix(feed.name).strip()
    return Look(network, feed.view(view), name)


def distances() -> dict[str, Callable[[np.ndarray, list[np.ndarray]], list[np.ndarray]]]:
    """Distances from known vectors by name, each of several sets of others."""
    from wisen.sure.unlike import Unlike

    def nearest(known: np.ndarray, sets: list[np.ndarray], unit: bool = False, few: int | None = None) -> Any:
        def one(x: np.ndarray) -> np.ndarray:
            return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-9) if unit else x

        points = one(known.astype(float))[:few]
        return [np.sqrt(((one(x.astype(float))[:, None] ** 2).sum(2) + (points**2).sum(1) - 2 * one(x) @ points.T).clip(0).min(1)) for x in sets]  # fmt: skip

    def mahalanobis(known: np.ndarray, sets: list[np.ndarray]) -> Any:
        mean, apart = known.mean(0), known - known.mean(0)
        sizes, axes = np.linalg.eigh(apart.T @ apart / len(known))
        sizes = np.maximum(sizes, 1e-2 * sizes.mean())
        return [np.sqrt((((x - mean) @ axes) ** 2 / sizes).sum(1)) for x in sets]

    return {
        "nearest of 1500 (Sun et al.)": nearest,
        "nearest of 1500, of length 1": lambda known, sets: nearest(known, sets, unit=True),
        "nearest of 256": lambda known, sets: nearest(known, sets, few=256),
        "Mahalanobis (Lee et al.)": mahalanobis,
        "half whitened, nearest of 256 (taken)": lambda known, sets: [Unlike.fit(known).distances(x) for x in sets],
    }


if __name__ == "__main__":
    main()
