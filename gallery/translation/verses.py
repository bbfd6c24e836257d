"""Writes the verses of the Bible that the World English Bible and the Reina-Valera of 1909 have both: data/verses.csv,
and the words of FreeDict's English-Spanish dictionary: data/words_spanish.tsv.

Both come out of packages of Debian, by `apt-get download`; `pysword` reads them.
"""

from __future__ import annotations

import csv
import functools
import gzip
import itertools
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
VERSES, WORDS = DATA / "verses.csv", DATA / "words_spanish.tsv"
PACKAGES = ("sword-text-web", "sword-text-sparv", "dict-freedict-eng-spa")
LONGEST = 1000
"""Letters of a verse; the one that is longer is several, which a module counts as one."""
ENGLISH, SPANISH = "engWEB2015eb", "spaRV1909eb"


def main() -> None:
    """Writes both tables, unless they are there."""
    if VERSES.exists() and WORDS.exists():
        return
    DATA.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["apt-get", "download", *PACKAGES], cwd=folder, check=True)
        for package in Path(folder).glob("*.deb"):
            subprocess.run(["dpkg", "-x", package, folder], check=True)
        print(f"{write_words(Path(folder))} words in {WORDS}")
        print(f"{write_verses(Path(folder) / 'usr/share/sword')} verses in {VERSES}")


def write_verses(sword: Path) -> int:
    """How many verses there are in both languages; writes them."""
    from pysword.modules import SwordModules

    modules = SwordModules(str(sword))
    modules.parse_modules()
    english, spanish = (opened(modules, name) for name in (ENGLISH, SPANISH))
    known = {book.osis_name for books in spanish.get_structure().get_books().values() for book in books}
    count = 0
    with VERSES.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["book", "english", "answer"])
        for books in english.get_structure().get_books().values():
            for book in (book for book in books if book.osis_name in known):
                for chapter, verse in places(book):
                    pair = [tidy(each, book.name, chapter, verse) for each in (english, spanish)]
                    if all(0 < len(each) <= LONGEST for each in pair):
                        table.writerow([book.name, *pair])
                        count += 1
    return count


def opened(modules, name: str):
    """A Bible; each book is unpacked once, and not for every verse."""
    bible = modules.get_bible_from_module(name)
    bible._decompressed_text = functools.lru_cache(bible._decompressed_text)
    return bible


def places(book: Any) -> list[tuple[int, int]]:
    """(chapter, verse) of all verses of a book."""
    return [(c, v) for c, count in enumerate(book.chapter_lengths, start=1) for v in range(1, count + 1)]


def tidy(bible, book: str, chapter: int, verse: int) -> str:
    """A verse without notes and markup, on one line; empty where there is none."""
    try:
        raw = bible.get(books=[book], chapters=[chapter], verses=[verse], clean=True)
    except Exception:  # pysword's own, for each way not to have a verse
        return ""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", raw)).strip().removeprefix("¶").strip()


def write_words(folder: Path) -> int:
    """How many English words have a Spanish one; writes the first of each."""
    packed = (folder / "usr/share/dictd/freedict-eng-spa.dict.dz").read_bytes()
    lines = gzip.decompress(packed).decode("utf-8").splitlines()
    found: dict[str, str] = {}
    for word, said in itertools.pairwise(lines):
        if re.search(r" /.*/$", word) and said and not re.search(r"/$", said):
            first = re.split(r"[,;(]", re.sub(r"^\d+\. *", "", said))[0].strip()
            found.setdefault(word.split(" /")[0].lower(), first)
    WORDS.write_text("".join(f"{a}\t{b}\n" for a, b in found.items() if b), encoding="utf-8")
    return len(found)


if __name__ == "__main__":
    main()
