"""Checkpoints: what a stopped training needs to go on."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

Buffer = bytes | memoryview


def saved(what: dict[str, Any]) -> memoryview:
    """The bytes of what torch can save; raises MemoryError."""
    file = io.BytesIO()
    try:
        torch.save(what, file)
    except RuntimeError as error:  # torch says "unexpected pos": nothing but memory can run out here
        raise MemoryError from error
    return file.getbuffer()


class Checkpoint:
    """The state of a training that may be stopped at any time.

    `key` says what is being trained; a checkpoint of something else is not taken up. `write` puts
    bytes into a file whole or not at all.
    """

    def __init__(self, path: Path, key: str, write: Callable[[Path, Buffer], None]) -> None:
        self.path, self.key, self.write = path, key, write

    def save(self, state: dict[str, Any]) -> None:
        """Writes the state."""
        self.write(self.path, saved({"key": self.key, "state": state}))

    def load(self) -> dict[str, Any] | None:
        """The state that was saved for the same key; None where there is none, or it is damaged."""
        try:
            found = torch.load(self.path, map_location="cpu", weights_only=True)
            state = found["state"] if found["key"] == self.key else None
        except Exception:  # whatever is wrong with it, a checkpoint that cannot be read is no checkpoint
            return None
        return state if isinstance(state, dict) else None
