"""The runtime of browsers comes from a folder, from the cache or from npm, and is what it should be."""

from __future__ import annotations

import hashlib
import io
import json
import stat
import tarfile
from pathlib import Path

import pytest

from wisen.bake import runtime as room
from wisen.bake.runtime import ENGINE, PACKAGE, VERSION, WASM, inlined, runtime_of
from wisen.errors import NotInstalled

ROOT = Path(__file__).parent.parent.parent
MODULE = "var a=import.meta.url,b=2;export{a as InferenceSession,b as env};\n//# sourceMappingURL=x.map\n"
CONTENT = {ENGINE: MODULE.encode(), WASM: b"\0asm"}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder for a cache and an npm, where a runtime of a few bytes is the one that is pinned."""
    pinned = {name: hashlib.sha256(data).hexdigest() for name, data in CONTENT.items()}
    monkeypatch.setattr(room, "FILES", pinned)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return tmp_path


def laid(folder: Path, content: dict[str, bytes] = CONTENT) -> Path:
    folder.mkdir(parents=True)
    for name, data in content.items():
        (folder / name).write_bytes(data)
    return folder


def npm(folder: Path, content: dict[str, bytes] = CONTENT, says: str = "") -> None:
    """A command npm that packs some files, or says something and fails; it notes its words."""
    with tarfile.open(folder / "made.tgz", "w:gz") as file:
        for name, data in content.items():
            member = tarfile.TarInfo(f"package/dist/{name}")
            member.size = len(data)
            file.addfile(member, io.BytesIO(data))
    work = f"echo '{says}' >&2; exit 1" if says else f'cp {folder}/made.tgz "$4/made.tgz"'
    path = folder / "npm"
    path.write_text(f'#!/bin/sh\necho "$@" >> {folder}/calls\n{work}\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_it_is_fetched_once_and_kept(small: Path) -> None:
    npm(small)
    first = runtime_of()
    assert first.wasm == b"\0asm" and "globalThis.ort={InferenceSession:a,env:b};" in first.script
    assert runtime_of() == first
    assert (small / "calls").read_text().count(f"pack {PACKAGE}@{VERSION}") == 1
    (small / "cache" / "wisen" / f"{PACKAGE}-{VERSION}" / WASM).write_bytes(b"damaged")
    assert runtime_of() == first and (small / "calls").read_text().count("--pack-destination") == 2


def test_a_folder_needs_no_npm(small: Path) -> None:
    assert runtime_of(laid(small / "own")).wasm == b"\0asm"
    laid(small / "package" / "dist")
    assert runtime_of(small / "package").wasm == b"\0asm"
    assert not (small / "cache").exists()


def test_other_bytes_are_refused(small: Path) -> None:
    other = {**CONTENT, WASM: b"\0asn"}
    with pytest.raises(NotInstalled, match=rf"{WASM} of .*own is not that of {PACKAGE} {VERSION}"):
        runtime_of(laid(small / "own", other))
    npm(small, other)
    with pytest.raises(NotInstalled, match="of npm is not that"):
        runtime_of()
    assert not (small / "cache").exists()


def test_where_there_is_none_it_says_what_to_type(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotInstalled, match=r"no runtime in .*nowhere(.|\n)*npm pack onnxruntime-web@"):
        runtime_of(small / "nowhere")
    npm(small, says="npm error ENOTFOUND")
    with pytest.raises(NotInstalled, match=r"cannot be fetched: npm error ENOTFOUND(.|\n)*--runtime"):
        runtime_of()
    npm(small, {ENGINE: MODULE.encode()})
    with pytest.raises(NotInstalled, match=f"holds no {WASM}"):
        runtime_of()
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NotInstalled, match=r"there is no npm to fetch it(.|\n)*--runtime package/dist"):
        runtime_of()


def test_a_module_becomes_a_script_that_came_from_nowhere() -> None:
    script = inlined(MODULE.replace("b=2", "b='</script>'"))
    assert "import" not in script and "export" not in script and "</script" not in script
    assert '"https://page.invalid/ort.mjs"' in script


def test_the_version_is_the_one_that_programs_are_tested_with() -> None:
    told = json.loads((ROOT / "tests" / "javascript" / "package.json").read_text())
    assert told["dependencies"][PACKAGE] == VERSION
