"""How well a program tells inputs that are unlike its training examples from those that are held out of them.

python -m bench.unlike [--write] [--budget 60]

Measured are a program that reads digits, shown letters, clothes and noise, and one that hears digits said by eSpeak's
voices, told them by others. What the distance was chosen by is in unlike_choice.py.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from bench import tasks
from bench.table import Row, finish
from gallery.package import unpacked
from gallery.speech.examples import WORDS, espeaks, flites, people

from wisen.find import from_file

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
    "than one that was held out of them; and the share of both that is taken for unlike (above 1). Digits: 5,000 of "
    "MNIST, three in ten held out. Letters are written by 23 fonts that look like handwriting, drawn as MNIST's digits "
    "are: 20 pixels, centred by mass; noise is random pixels, and digits whose pixels change places. Voices: "
    "the digits of eSpeak NG's; others are those of Flite and of two people."
)
Pictures = dict[str, np.ndarray]


def main() -> None:
    """Measures both programs."""
    budget = float(sys.argv[sys.argv.index("--budget") + 1]) if "--budget" in sys.argv else 60.0
    with tempfile.TemporaryDirectory() as folder:
        made = functions(Path(folder))
        finish("unlike", [*digits(made.digit, budget), *voices(made.said, budget)], HOW)


def functions(folder: Path) -> Any:
    """A module with the functions."""
    path = folder / "unlike_made.py"
    path.write_text(SOURCE)
    return from_file(path)


def rows_of(title: str, program: Any, own: Any, others: dict[str, Any]) -> list[Row]:
    """A row for each sort of other inputs."""
    from sklearn.metrics import roc_auc_score

    (column,) = program.inputs
    near = program.unlike([own])
    found = []
    for name, values in others.items():
        far = program.unlike([[column.kind.read(value) for value in values]])
        area = float(roc_auc_score(np.repeat([0, 1], [len(near), len(far)]), np.concatenate([near, far])))
        peer = f"unlike {(far > 1).mean():.1%}, held out {(near > 1).mean():.1%}"
        found.append(Row(f"{title}: {name}", f"{area:.3f}", peer, f"{REACH}", area >= REACH))
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
    return rows_of("digits", done.program, own, others)


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
    small = cut.resize([max(1, round(side * scale)) for side in cut.size], Image.Resampling.LANCZOS)
    shape = np.asarray(small, float)
    middles = [(place * shape).sum() / shape.sum() for place in np.indices(shape.shape)]
    top, left = (int(np.clip(round(13.5 - m), 0, 28 - side)) for m, side in zip(middles, shape.shape, strict=True))
    found = np.zeros((28, 28), np.uint8)
    found[top : top + shape.shape[0], left : left + shape.shape[1]] = shape
    return found


# ---- voices ------------------------------------------------------------------------------------


def voices(function: Any, budget: float) -> list[Row]:
    """A program that hears digits by the voices of one synthesiser."""
    done = function.train(list(spoken(espeaks())), budget=budget, accept=True)
    own = done.parts.held_out.inputs["clip"][:]
    others = {"Flite's voices": flites(), "people": people()}
    heard = {name: [clip for clip, _ in spoken(clips)] for name, clips in others.items()}
    return rows_of("voices", done.program, own, heard)


def spoken(clips: Iterator[Any]) -> Iterator[tuple[Any, str]]:
    """Clips as a function takes them, and what is said."""
    from wisen import Audio

    assert len(WORDS) == 10
    for samples, rate, word, _ in clips:
        yield Audio(np.asarray(samples, np.float32), rate), word


if __name__ == "__main__":
    main()
