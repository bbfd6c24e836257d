"""What is in the gallery: one function is one row here; those of one subject share a folder."""

from __future__ import annotations

import importlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wisen import Function

GALLERY = Path(__file__).parent


@dataclass(frozen=True)
class Reach:
    """What the program of an entry must reach on held-out examples, and the seconds that its training may take."""

    metric: str
    least: float
    """Or, where less of the metric is better, the most."""
    seconds: float
    verdict: str = ""


@dataclass(frozen=True)
class Entry:
    """One function on real data, in `gallery/<folder>/<file>.py`."""

    folder: str
    file: str
    function: str
    examples: str
    """What one example is, in the plural."""
    budget: str
    reach: Reach
    data: str = "data"
    options: tuple[str, ...] = ()
    """What `wisen train` is told beside examples and budget."""
    also: str = ""
    """The module in the folder that measures more: its `measured()` gives the rows of a table, titles first."""

    @property
    def place(self) -> Path:
        """The folder where it stands."""
        return GALLERY / self.folder

    @property
    def path(self) -> Path:
        """The function's file."""
        return self.place / f"{self.file}.py"

    @property
    def source(self) -> Path:
        """Where its examples lie once they were got."""
        return self.place / self.data

    @property
    def kept(self) -> Path:
        """What was measured, as data."""
        return self.place / "measured" / f"{self.function}.json"

    def command(self, root: Path = GALLERY.parent) -> list[str]:
        """The command that trains it, typed in `root`."""
        file, data = (path.relative_to(root).as_posix() for path in (self.path, self.source))
        words = ["wisen", "train", f"{file}:{self.function}", "--examples", data, "--budget", self.budget]
        return [*words, *self.options]

    def module(self, name: str) -> Any:
        """A module of its folder."""
        return importlib.import_module(f"gallery.{self.folder}.{name}")

    def load(self) -> Function[..., Any]:
        """The decorated function."""
        found: Function[..., Any] = getattr(self.module(self.file), self.function)
        return found

    def measured(self) -> dict[str, Any] | None:
        """What was measured last; None where nothing was."""
        found: dict[str, Any] | None = json.loads(self.kept.read_text(encoding="utf-8")) if self.kept.exists() else None
        return found


EVERY = (
    Entry("faces", "faces", "is_face", "pictures", "40s", Reach("accuracy", 0.95, 60, "better"), "data/crops"),
    Entry(
        "faces",
        "people",
        "same_person",
        "pairs of photographs",
        "3min",
        Reach("ROC AUC", 0.95, 300, "better"),
        "data/people/pairs.csv",
        ("--held-out", "gallery/faces/data/people/held_out.csv", "--group", "who_a,who_b"),
        "album",
    ),
    Entry("cancer", "cancer", "diagnosis", "patients", "15s", Reach("ROC AUC", 0.995, 30), "data/patients"),
    Entry(
        "cancer",
        "patches",
        "alike",
        "pairs of patches",
        "2min",
        Reach("ROC AUC", 0.995, 180),
        "data/patches",
        ("--group", "lesion_a,lesion_b"),
        "histogram",
    ),
    Entry("customers", "churn", "will_leave", "customers", "30s", Reach("ROC AUC", 0.845, 60), "data/churn"),
    Entry(
        "customers",
        "insurance",
        "will_insure",
        "customers",
        "60s",
        Reach("balanced accuracy", 0.66, 120),
        "data/insurance",
        ("--metric", "balanced accuracy"),
        "lift",
    ),
    Entry(
        "stocks",
        "stocks",
        "move_tomorrow",
        "days of stocks",
        "8min",
        Reach("mean absolute error", 0.916, 600),
        options=("--key", "stock", "--held-out", "2018-01-01"),
    ),
    Entry(
        "stocks",
        "stocks",
        "direction_tomorrow",
        "days of stocks",
        "60s",
        Reach("accuracy", 0.49, 180, "no better"),
        options=("--key", "stock", "--held-out", "2018-01-01"),
    ),
    Entry(
        "weather",
        "weather",
        "week_ahead",
        "days",
        "4min",
        Reach("mean absolute error", 3.0, 360, "better"),
        "data/seattle.csv",
    ),
    Entry(
        "weather",
        "weather",
        "next_24_hours",
        "hours",
        "6min",
        Reach("mean absolute error", 3.77, 480, "better"),
        "data/jfk.csv",
    ),
    Entry(
        "objects",
        "objects",
        "find",
        "pictures",
        "8min",
        Reach("AP50", 0.6, 600, "better"),
        "data/learning.json",
        ("--held-out", "gallery/objects/data/held_out.json", "--pretrained"),
    ),
    Entry(
        "translation",
        "pronounce",
        "pronounce",
        "words",
        "10min",
        Reach("exact match", 0.6, 700, "better"),
        "data/words.csv",
        ("--metric", "exact match"),
    ),
    Entry(
        "translation",
        "spanish",
        "to_spanish",
        "verses",
        "30min",
        Reach("chrF", 30, 3600, "better"),
        "data/verses.csv",
        ("--group", "book"),
    ),
    Entry(
        "driving",
        "driving",
        "drive",
        "views",
        "8min",
        Reach("mean absolute error", 0.2, 600, "better"),
        "data/views",
        ("--group", "track"),
        "race",
    ),
    Entry(
        "speech",
        "speech",
        "digit",
        "clips",
        "4min",
        Reach("accuracy", 0.85, 300, "better"),
        "data/digit/learn.csv",
        ("--held-out", "gallery/speech/data/digit/held_out.csv", "--group", "speaker", "--pretrained"),
    ),
    Entry(
        "speech",
        "transcribe",
        "transcribe",
        "strings",
        "5min",
        Reach("word error rate", 0.25, 600, "better"),
        "data/strings/learn.csv",
        (
            "--held-out",
            "gallery/speech/data/strings/held_out.csv",
            "--group",
            "speaker",
            "--metric",
            "word error rate",
            "--pretrained",
        ),
    ),
)
ENTRIES = {entry.function: entry for entry in EVERY}


def named(words: list[str]) -> list[Entry]:
    """The entries that words name, by function or by folder; all of them where there is no word."""
    unknown = [word for word in words if not any(word in (each.function, each.folder) for each in EVERY)]
    if unknown:
        raise SystemExit(f"there is no {unknown[0]!r} in the gallery; there is: {', '.join(ENTRIES)}")
    return [each for each in EVERY if not words or each.function in words or each.folder in words]
