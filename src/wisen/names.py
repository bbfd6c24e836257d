"""Names of files that any file system takes, whatever a module and a function are called and wherever they stand."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

LONGEST = 200
"""Bytes of a name. File systems take 255; what is left is for the name under which the file is being written."""


def fitting(name: str, ending: str = "") -> str:
    """The name with its ending; where that is too long, its beginning and a hash of all of it."""
    whole = name + ending
    if len(os.fsencode(whole)) <= LONGEST:
        return whole
    told = f".{hashlib.sha256(os.fsencode(name)).hexdigest()[:12]}{ending}"
    beginning = os.fsencode(name)[: LONGEST - len(os.fsencode(told))]
    return beginning.decode(errors="ignore") + told


def exists(path: Path) -> bool:
    """Whether anything stands there; where a path is longer than the system takes, nothing can."""
    return os.path.exists(path)  # noqa: PTH110  # Path.exists() raises for it
