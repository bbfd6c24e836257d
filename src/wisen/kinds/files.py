"""What kinds whose values come in files have in common: paths in cells, and files as the text of a data URL."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wisen.errors import BadValue
from wisen.kinds.kind import MISSING_WORDS

SURELY = 0.95
"""How surely cells are files of a kind that all end like its files."""


def names_files(raws: Sequence[Any], suffixes: tuple[str, ...]) -> bool:
    """Whether all cells are names that end like the files of a kind."""
    return all(isinstance(raw, str) and raw.strip().lower().endswith(suffixes) for raw in raws)


def located(folder: Path, raw: Any, url: str) -> Any:
    """A cell of a table in a folder: where its file is, if it names one; `url` is how data URLs begin."""
    if not isinstance(raw, str) or raw.startswith(url) or raw.strip().casefold() in MISSING_WORDS:
        return raw
    return folder / raw.strip()


def decoded(url: str) -> bytes:
    """The bytes in a data URL; raises BadValue."""
    _, _, text = url.partition(";base64,")
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise BadValue(f"is a damaged data URL: {url[:40]!r}...") from None
