"""The peers of large tables and of many pictures: scikit-learn's boosting, and Pillow alone.

PYTHON -m bench.peers.large fit TRAINING HELD_OUT MODEL | predict TABLE MODEL TO | decode FOLDER
"""

from __future__ import annotations

import json
import os
import pickle
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ANSWER = "answer"


def table(path: Path) -> Any:
    """A data frame."""
    import pandas

    return pandas.read_parquet(path) if path.suffix == ".parquet" else pandas.read_csv(path)


def fit(training: Path, held_out: Path, model: Path) -> dict[str, float]:
    """The accuracy of HistGradientBoostingClassifier as it comes, which is kept in `model`."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    rows, others = table(training), table(held_out)
    found = HistGradientBoostingClassifier(random_state=0).fit(rows.drop(columns=ANSWER), rows[ANSWER])
    model.write_bytes(pickle.dumps(found))
    return {"accuracy": float(found.score(others.drop(columns=ANSWER), others[ANSWER]))}


def predict(source: Path, model: Path, to: Path) -> dict[str, float]:
    """Nothing; the table with the model's answers is written."""
    found, rows = pickle.loads(model.read_bytes()), table(source)
    rows["said"] = found.predict(rows.drop(columns=ANSWER))
    rows.to_parquet(to) if to.suffix == ".parquet" else rows.to_csv(to, index=False)
    return {}


def decode(folder: Path) -> dict[str, float]:
    """The seconds that Pillow takes for all pictures of a folder, with a thread for each processor."""
    import PIL.Image

    def one(path: Path) -> None:
        with PIL.Image.open(path) as image:
            image.load()

    files = sorted(folder.rglob("*.jpg"))
    begin = time.perf_counter()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(one, files))
    return {"seconds": time.perf_counter() - begin}


def read(folder: Path) -> dict[str, float]:
    """The seconds that wisen takes to read the same pictures as examples."""
    from bench.peers.wisen import load

    from wisen.examples import known

    text = "import wisen\nfrom wisen import Image\n\n\n@wisen.function\ndef guess(photo: Image) -> bool: ...\n"
    guess = load(str(folder.parent), text)
    begin = time.perf_counter()
    known(folder, guess.signature)
    return {"seconds": time.perf_counter() - begin}


def main() -> None:
    """Does one thing and says its figures."""
    verb, *words = sys.argv[1:]
    todo: dict[str, Any] = {"fit": fit, "predict": predict, "decode": decode, "read": read}
    print(json.dumps(todo[verb](*map(Path, words))))


if __name__ == "__main__":
    main()
