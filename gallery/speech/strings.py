"""Writes strings of spoken digits (data/strings): one to five clips of `digit` by one speaker, pauses between them."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
from gallery.speech.speech import RATE
from soundfile import write

from wisen import Audio
from wisen.kinds.sounds import from_file

CLIPS = Path(__file__).parent / "data" / "digit"
DATA = Path(__file__).parent / "data" / "strings"
LEARNED, JUDGED = 1500, 100
"""Strings of synthetic voices to learn from, and of people to judge by."""
LONGEST = 5
PAUSES = (0.05, 0.35)
"""Seconds of near silence between two digits."""

Spoken = dict[str, dict[str, list[np.ndarray]]]
"""By speaker and word, the samples of each clip."""


def main() -> None:
    """Writes the strings, unless they are there."""
    if (DATA / "held_out.csv").exists():
        return
    (DATA / "clips").mkdir(parents=True, exist_ok=True)
    for table, count, seed in (("learn.csv", LEARNED, 0), ("held_out.csv", JUDGED, 1)):
        print(f"{written(table, count, np.random.default_rng(seed))} strings in {DATA / table}")


def written(table: str, count: int, chance: np.random.Generator) -> int:
    """How many strings of the clips of a table were written."""
    spoken = clips(CLIPS / table)
    speakers = sorted(spoken)
    with (DATA / table).open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["clip", "answer", "speaker"])
        for number in range(count):
            speaker = speakers[number % len(speakers)]
            words = chance.choice(sorted(spoken[speaker]), chance.integers(1, LONGEST + 1)).tolist()
            path = f"clips/{Path(table).stem}-{number:05}.wav"
            write(DATA / path, joined([spoken[speaker][word] for word in words], chance), RATE)
            rows.writerow([path, " ".join(words), speaker])
    return count


def clips(table: Path) -> Spoken:
    """The clips of a table."""
    found: Spoken = defaultdict(lambda: defaultdict(list))
    with table.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            sound = from_file(table.parent / row["clip"], row["clip"])
            found[row["speaker"]][row["digit"]].append(Audio(sound.samples, sound.rate).at(RATE).samples)
    return found


def joined(ways: list[list[np.ndarray]], chance: np.random.Generator) -> np.ndarray:
    """One clip of each word, by chance, with pauses before, between and after them."""
    said = [each[chance.integers(len(each))] for each in ways]
    loudest = max(float(np.abs(samples).max()) for samples in said) or 1.0

    def pause() -> np.ndarray:
        return chance.normal(0, 0.0005 * loudest, int(RATE * chance.uniform(*PAUSES)))

    parts = [pause()]
    for samples in said:
        parts += [samples, pause()]
    return np.concatenate(parts).astype(np.float32) / loudest * 0.7
