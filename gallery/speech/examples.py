"""Writes spoken digits: of some seventy synthetic voices to learn from, of two people to judge by (data/digit); and
strings of them (data/strings).

python -m gallery.speech.examples
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import get_args

import numpy as np
from gallery.package import unpacked
from gallery.speech import strings
from gallery.speech.speech import TEMPLATES, Digit, cepstra
from gallery.speech.voices import ACCENTS, FLITE, Voice, espeak, flite
from soundfile import read, write

from wisen import Audio

DATA = Path(__file__).parent / "data" / "digit"
WORDS: tuple[Digit, ...] = get_args(Digit)
ACCENTS_OF_ONE = 3
"""Accents that each of eSpeak's speakers takes on."""
STRETCHES = (0.8, 1.0, 1.3)
TEMPLATE_VOICES = ("adam", "linda", "slt")
"""The synthetic voices that the body by hand compares to."""

Clip = tuple[np.ndarray, int, Digit, str]
"""Samples, rate, what is said and by whom."""


def main() -> None:
    """Writes the clips and the templates, unless they are there."""
    if not (DATA / "held_out.csv").exists():
        digits()
    strings.main()


def digits() -> None:
    """Writes the clips and the templates."""
    (DATA / "clips").mkdir(parents=True, exist_ok=True)
    learned = list(kept("learn.csv", [*espeaks(), *flites()]))
    heard = list(kept("held_out.csv", people()))
    np.savez_compressed(TEMPLATES, allow_pickle=False, **templates(learned))
    print(f"{len(learned)} synthetic clips and {len(heard)} of people in {DATA}")


def kept(table: str, clips: Iterable[Clip]) -> Iterator[Clip]:
    """The clips, each written to a file and as a row of a table."""
    with (DATA / table).open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["clip", "digit", "speaker"])
        for number, clip in enumerate(clips):
            samples, rate, word, speaker = clip
            path = f"clips/{Path(table).stem}-{number:05}-{word}.wav"
            write(DATA / path, samples, rate)
            rows.writerow([path, word, speaker])
            yield clip


def espeaks() -> Iterator[Clip]:
    """Each digit by each of eSpeak's speakers, in several accents, by chance faster or slower, higher or lower."""
    chance = random.Random(0)
    with espeak() as machine:
        for variant in ["", *machine.variants()]:
            for accent in chance.sample(ACCENTS, ACCENTS_OF_ONE):
                for word in WORDS:
                    dials = chance.randint(110, 220), chance.randint(15, 85), chance.randint(20, 80)
                    said = machine.say(word, Voice(accent, variant), *dials)
                    if said is not None:
                        yield (*said, word, variant or "plain")


def flites() -> Iterator[Clip]:
    """Each digit by each of Flite's voices, slower and faster."""
    with flite() as machine:
        for voice in FLITE:
            for stretch in STRETCHES:
                for word in WORDS:
                    yield (*machine.say(word, voice, stretch), word, voice)


def people() -> Iterator[Clip]:
    """Each digit by the people whose recordings are in packages of Debian."""
    with unpacked("asterisk-core-sounds-en-wav", "saytime") as folder:
        (prompts,) = folder.glob("usr/share/asterisk/sounds/en*/digits")
        for number, word in enumerate(WORDS):
            yield (*read(prompts / f"{number}.wav"), word, "Allison")
            raw = folder / "usr" / "share" / "saytime" / f"{number}.au"  # a file without a head
            yield (*read(raw, samplerate=8000, channels=1, subtype="ULAW", format="RAW"), word, "saytime")


def templates(clips: Iterable[Clip]) -> dict[str, np.ndarray]:
    """How some of the voices say each digit, for the body by hand."""
    chosen = ((clip, clip[2], clip[3]) for clip in clips if clip[3] in TEMPLATE_VOICES)
    return {
        f"{word} {speaker}": cepstra(Audio(np.asarray(clip[0]), clip[1])).astype(np.float16)
        for clip, word, speaker in chosen
    }


if __name__ == "__main__":
    main()
