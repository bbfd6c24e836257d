"""What a training leaves on disk: the program, and beside it `.wisen/<module>.<function>/` with its state.

Files are written beside their place and moved into it, so that each is old or new, never half.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from wisen.errors import BadExamples, Busy, Stopped, WisenError
from wisen.examples import Parts
from wisen.names import exists, fitting
from wisen.signature import Column

if TYPE_CHECKING:
    from wisen.architecture import Architecture
    from wisen.descent.checkpoint import Checkpoint


WRITING = ".writing."
"""How the name of a file begins that is not whole yet; a killed process leaves such files."""


def folder(program: Path) -> Path:
    """The folder in which the training of a program keeps its state."""
    return program.parent / ".wisen" / program.stem


def candidate(program: Path) -> Path:
    """Where a program stands that was not better than the hand-written body."""
    return folder(program) / "candidate.onnx"


def before(program: Path) -> Path:
    """Where the program is kept whose place one of another size took."""
    return folder(program) / "before.onnx"


def aside(path: Path) -> Path:
    """Where a file stands while it changes places with the one in `path`."""
    return path.with_name(f"aside.{path.name}")


def contract(program: Path) -> Path:
    """Where the last contract of the program in this file is kept, be it installed or a candidate."""
    return (program.parent if program.name == "candidate.onnx" else folder(program)) / "contract.json"


def last_contract(program: Path, seal: str) -> dict[str, Any]:
    """The last contract of the program in this file, as plain data; empty where it is that of another one."""
    try:
        found = json.loads(contract(program).read_text())
        sound = found["seal"] == seal and all(isinstance(each["kept"], bool) for each in found["checks"].values())
        return dict(found) if sound and all("said" in each for each in found["checks"].values()) else {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # whatever stands there, it is none
        return {}


def half(path: Path) -> str:
    """How the name begins under which a file is being written."""
    return f"{WRITING}{fitting(path.name)}."


def write(path: Path, data: bytes | memoryview) -> None:
    """Writes a file whole or not at all; raises WisenError where that cannot be."""
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def swap(one: Path, other: Path) -> None:
    """Lets two files change places; the second moves where there is no first. Where that is cut off on the way,
    nothing is lost, and the same call ends what was begun."""
    between = aside(other)
    if not exists(one):
        other.replace(one)
        return
    if not exists(between) or one.read_bytes() != other.read_bytes():
        write(between, one.read_bytes())
        write(one, other.read_bytes())
    between.replace(other)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Gives an empty file that takes the place of `path` when all went well; raises WisenError where that cannot be."""
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=half(path), dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as error:
        raise WisenError(
            f"{path} could not be written: {why(error)}",
            "What stood there is untouched. Make room, or choose another folder, and type the same again.",
        ) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink()


def why(error: OSError) -> str:
    """Why something cannot be written, in words."""
    return WHY.get(error.errno or 0) or error.strerror or str(error)


WHY = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk is full",
    errno.ENAMETOOLONG: "the path is longer than this system takes",
}


@contextlib.contextmanager
def alone(program: Path, name: str) -> Iterator[None]:
    """Lets one training of a function run at a time; raises Busy, and Stopped on Ctrl-C.

    A killed process holds nothing; what it left half-written is swept away here.
    """
    import filelock

    try:
        folder(program).mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(folder(program) / "lock", timeout=0)
        lock.acquire()
    except filelock.Timeout:
        raise Busy(f"another training of {name}() is running", "Wait for it, or stop it.") from None
    except OSError as error:
        raise WisenError(
            f"{folder(program)} cannot be written: {why(error)}",
            "A training keeps its state there: make room, or make it writable, and type the same again.",
        ) from error
    try:
        sweep(program)
        yield
    except KeyboardInterrupt:
        raise Stopped("training was stopped", "The same command goes on from the checkpoint.") from None
    finally:
        lock.release()


def sweep(program: Path) -> None:
    """Removes the files of a program that a killed training left half-written."""
    left = [(program.parent, half(program)), (folder(program), WRITING)]
    for place, prefix in left:
        for path in place.iterdir():
            if path.name.startswith(prefix):
                with contextlib.suppress(OSError):
                    path.unlink()


def checkpoint(
    program: Path,
    plans: Sequence[Architecture],
    parts: Parts,
    inputs: Sequence[Column],
    outputs: Sequence[Column],
    dials: Sequence[Any],
    fresh: bool,
) -> Checkpoint:
    """The checkpoint of this training: it is taken up only where all that makes the weights is the same.

    `dials` are what else makes them: the seed, the device.
    """
    from wisen.descent.checkpoint import Checkpoint

    told = [[column.to_json() for column in columns] for columns in (inputs, outputs)]
    shapes = [plan.fingerprint() for plan in plans]
    folds = hashlib.sha256(parts.folds.tobytes()).hexdigest()
    text = json.dumps([told, shapes, parts.learning.hash, folds, list(dials), versions()], default=repr)
    found = Checkpoint(folder(program) / "checkpoint.pt", hashlib.sha256(text.encode()).hexdigest(), write)
    if fresh:
        found.path.unlink(missing_ok=True)
    return found


@dataclass(frozen=True)
class Source:
    """Where examples come from, as a person said it."""

    examples: Any
    returns: str | None = None
    columns: Mapping[str, str] | None = None
    encoding: str = "utf-8"
    group: str | None = None
    held_out: Any = None
    """Examples to judge by, where they are brought by themselves."""

    def or_last(self, program: Path) -> Self:
        """This source, or that of the program's last training where it names no examples."""
        if self.examples is not None:
            return self
        try:
            last = json.loads((folder(program) / "source.json").read_text())
            paths = {key: program.parent / last[key] for key in ("examples", "held_out") if last.get(key)}
            return type(self)(**{**last, **paths}).plain()
        except (OSError, ValueError, KeyError, TypeError, AttributeError):  # whatever stands there, it is no source
            raise BadExamples("no examples are named, and none are remembered", "Name them: --examples PATH") from None

    def plain(self) -> Self:
        """This source; raises ValueError where what was read from a file cannot be one."""
        names = [
            self.returns or "",
            self.encoding,
            self.group or "",
            *(self.columns or {}),
            *(self.columns or {}).values(),
        ]
        if not all(isinstance(name, str) for name in names):
            raise ValueError(self)
        return self


def remember(program: Path, source: Source) -> None:
    """Keeps the source for the next test, where it is a path; forgets the one before in any case."""
    paths = {"examples": source.examples, **({} if source.held_out is None else {"held_out": source.held_out})}
    if not all(isinstance(path, (str, os.PathLike)) for path in paths.values()):
        (folder(program) / "source.json").unlink(missing_ok=True)
        return
    relative = {key: os.path.relpath(path, program.parent) for key, path in paths.items()}
    columns = dict(source.columns) if source.columns else None
    told = {**asdict(replace(source, examples=None, held_out=None)), **relative, "columns": columns}
    write(folder(program) / "source.json", json.dumps(told).encode())


def facts(program: Path, parts: Parts) -> dict[str, Any]:
    """What a program's manifest says of its making."""
    every = [parts.learning, parts.held_out]
    total = hashlib.sha256("".join(sorted(part.hash for part in every)).encode()).hexdigest()
    counts = dict(zip(("learning", "held_out"), map(len, every), strict=True))
    return {
        "examples": {"hash": total, **counts},
        "split": parts.rule.to_json(),
        "parent": hashlib.sha256(program.read_bytes()).hexdigest() if exists(program) else None,
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    """The versions of what made the weights."""
    found = {}
    for name in ("wisen", "torch", "numpy", "onnxruntime"):
        with contextlib.suppress(PackageNotFoundError):
            found[name] = version(name)
    return found
