"""What is in the gallery: one entry is one folder and one row here."""

from __future__ import annotations

import importlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wisen import Function

GALLERY = Path(__file__).parent


@dataclass(frozen=True)
class Entry:
    """One function on real data, in `gallery/<name>/`."""

    name: str
    function: str
    examples: str
    """What one example is, in the plural."""
    budget: str

    @property
    def folder(self) -> Path:
        """Where it stands."""
        return GALLERY / self.name

    @property
    def file(self) -> Path:
        """The function's file."""
        return self.folder / f"{self.name}.py"

    @property
    def data(self) -> Path:
        """Where its examples lie once they were got."""
        return self.folder / "data"

    def command(self, root: Path = GALLERY.parent) -> list[str]:
        """The command that trains it, typed in `root`."""
        file, data = (path.relative_to(root).as_posix() for path in (self.file, self.data))
        return ["wisen", "train", f"{file}:{self.function}", "--examples", data, "--budget", self.budget]

    def load(self) -> Function[..., Any]:
        """The decorated function."""
        found: Function[..., Any] = getattr(importlib.import_module(f"gallery.{self.name}.{self.name}"), self.function)
        return found

    def measured(self) -> dict[str, Any] | None:
        """What was measured last; None where nothing was."""
        path = self.folder / "measured.json"
        found: dict[str, Any] | None = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
        return found


ENTRIES = {
    "faces": Entry("faces", "is_face", "pictures", "40s"),
    "cancer": Entry("cancer", "diagnosis", "patients", "15s"),
    "churn": Entry("churn", "will_leave", "customers", "30s"),
}
