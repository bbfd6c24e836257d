"""The runtime of browsers, ONNX Runtime Web, as the two files of it that a page holds: from a folder, or from npm once.

It is too large for this package (14 MB) and is not fetched unless a page is written. Which version, and which bytes, is
pinned here: whatever folder they come from, other ones are refused.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from wisen.errors import NotInstalled
from wisen.state import write

PACKAGE, VERSION = "onnxruntime-web", "1.30.0"
ENGINE, WASM = "ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm"
FILES: dict[str, str] = {
    ENGINE: "11e64bd8ffe11bd1a2a2f0d6275fdfbbba7262f0b76b99b53d228a8a22ef3d90",
    WASM: "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2",
}
"""The files of the package that a page holds, and their SHA-256."""
LONGEST = 600
"""Seconds after which npm is given up: the package is some 35 MB."""
BY_HAND = f"Type `npm pack {PACKAGE}@{VERSION}` where there is a network, unpack it, and say --runtime package/dist."
EXPORTS = re.compile(r"export\s*\{([^}]*)\};?\s*(//[^\n]*)?\s*$")
NOWHERE = "https://page.invalid/"
"""An address that is none, for a script that is in a page and asks where it came from."""


@dataclass(frozen=True)
class Runtime:
    """The runtime: a script that makes `globalThis.ort`, and the WebAssembly that it runs."""

    script: str
    wasm: bytes


def runtime_of(folder: str | os.PathLike[str] | None = None) -> Runtime:
    """The runtime in a folder, or else that of the cache, which npm fills where it is empty.

    Raises NotInstalled where it is in neither, with what to type.
    """
    found = read(Path(folder)) if folder is not None else kept()
    return Runtime(inlined(found[ENGINE].decode("utf-8")), found[WASM])


def cache() -> Path:
    """The folder in which the runtime is kept once it was fetched."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "wisen" / f"{PACKAGE}-{VERSION}"


def kept() -> dict[str, bytes]:
    """The files of the cache; fetched where one is missing or is not whole."""
    try:
        return read(cache())
    except NotInstalled:
        found = fetched()
    for name, data in found.items():
        write(cache() / name, data)
    return found


def read(folder: Path) -> dict[str, bytes]:
    """The files in a folder, or in dist/ in it; raises NotInstalled where they are not there, or other ones."""
    place = folder / "dist" if (folder / "dist" / WASM).is_file() else folder
    found = {}
    for name in FILES:
        try:
            found[name] = (place / name).read_bytes()
        except OSError as error:
            raise NotInstalled(f"there is no runtime in {folder}: {name}: {error.strerror}", BY_HAND) from error
    return checked(found, str(folder))


def checked(found: dict[str, bytes], where: str) -> dict[str, bytes]:
    """The files, if they are those that are pinned; raises NotInstalled."""
    for name, digest in FILES.items():
        if hashlib.sha256(found[name]).hexdigest() != digest:
            raise NotInstalled(f"{name} of {where} is not that of {PACKAGE} {VERSION}", BY_HAND)
    return found


def fetched() -> dict[str, bytes]:
    """The files out of npm; raises NotInstalled where there is no npm, or no network."""
    npm = shutil.which("npm")
    if npm is None:
        raise NotInstalled(f"a page holds {PACKAGE} {VERSION}, and there is no npm to fetch it", BY_HAND)
    with tempfile.TemporaryDirectory() as folder:
        words = [npm, "pack", f"{PACKAGE}@{VERSION}", "--pack-destination", folder, "--loglevel=error"]
        try:
            done = subprocess.run(words, capture_output=True, text=True, timeout=LONGEST, check=False, cwd=folder)
            why = "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["npm failed"])[0]
        except (OSError, subprocess.TimeoutExpired) as error:
            why = str(error)
        packed = next(Path(folder).glob("*.tgz"), None)
        if why or packed is None:
            raise NotInstalled(f"{PACKAGE} {VERSION} cannot be fetched: {why or 'npm gave no file'}"[:300], BY_HAND)
        return checked(taken_out(packed), "npm")


def taken_out(packed: Path) -> dict[str, bytes]:
    """The files in a package of npm's; raises NotInstalled where they are not in it."""
    found = {}
    with tarfile.open(packed) as file:
        for name in FILES:
            try:
                member = file.extractfile(f"package/dist/{name}")
            except KeyError:
                member = None
            if member is None:
                raise NotInstalled(f"{packed.name} holds no {name}", BY_HAND)
            found[name] = member.read()
    return found


def inlined(module: str) -> str:
    """A module as a script for the inside of a page: it exports to `globalThis.ort`, and came from nowhere."""
    end = EXPORTS.search(module)
    assert end is not None  # its bytes are pinned
    names = (each.split(" as ") for each in end[1].split(","))
    exported = ",".join(f"{public.strip()}:{own.strip()}" for own, public in names)
    script = f"{module[: end.start()]}globalThis.ort={{{exported}}};"
    return script.replace("import.meta.url", f'"{NOWHERE}ort.mjs"').replace("</script", "<\\/script")
