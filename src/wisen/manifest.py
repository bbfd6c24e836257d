"""What a program's file says of itself, and whether it can be believed; and the session that runs its graph."""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from wisen.errors import BadProgram, NotInstalled

FORMAT = 1
"""The newest version of the file's format that this wisen reads and the one that it writes."""
KEY = "wisen"
"""The entry of the model's metadata that holds the manifest."""
SEAL = b'"seal": "'
"""What stands in the manifest before the hash of the whole file, by which damage is seen."""
UNSEALED = b"0" * 64
"""What stands in place of the hash while it is taken."""
LONGEST_TRIAL = 20.0
"""Seconds after which a program that has not answered a blank example is given up; it takes microseconds."""


TYPES = {
    "float32": "tensor(float)",
    "int64": "tensor(int64)",
    "uint8": "tensor(uint8)",
    "str": "tensor(string)",
}


def sealed(data: bytes) -> bytes:
    """The bytes of a program file with the hash of all the others in their place."""
    start = data.rindex(SEAL) + len(SEAL)
    before, after = data[:start], data[start + len(UNSEALED) :]
    return before + hashlib.sha256(before + UNSEALED + after).hexdigest().encode() + after


def session_of(data: bytes, title: str, plain: bool = False) -> Any:
    """An onnxruntime session on one thread: small programs only lose by more. A `plain` one runs the nodes as they
    stand."""
    try:
        import onnxruntime
    except ImportError:
        raise NotInstalled("programs run on onnxruntime, which is not installed", "pip install onnxruntime") from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    if plain:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has an exception class for each way to be damaged
        line = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadProgram(f"{title} is damaged or no ONNX file ({line[:160]})", "Train it again.") from None


def manifest_of(metadata: Mapping[str, str], title: str) -> dict[str, Any]:
    """The manifest in a model's metadata; raises BadProgram."""
    if KEY not in metadata:
        raise BadProgram(f"{title} is an ONNX file, but was not written by wisen", "Programs come from `wisen train`.")
    damaged = BadProgram(f"{title} has a damaged manifest", "Train it again.")
    try:
        manifest = json.loads(metadata[KEY])
    except (ValueError, RecursionError):
        raise damaged from None
    if not isinstance(manifest, dict) or type(manifest.get("format")) is not int:
        raise damaged
    version = manifest["format"]
    if version > FORMAT:
        raise BadProgram(
            f"{title} has format {version}; this wisen reads formats up to {FORMAT}", "pip install -U wisen"
        )
    if version < 1:
        raise BadProgram(f"{title} has format {version}, which never was")
    wrong = [key for key, kind in FACTS.items() if not isinstance(manifest.get(key, kind()), kind)]
    wrong += [] if wrong else [key for key, sound in INSIDE.items() if not sound(manifest.get(key, FACTS[key]()))]
    if wrong or "seal" not in manifest:
        raise BadProgram(f"{title} has a damaged manifest: {wrong[0] if wrong else 'seal'}", "Train it again.")
    return manifest


FACTS: dict[str, type] = {
    "function": str,
    "doc": str,
    "seal": str,
    "chosen": str,
    "rounded": str,
    "architecture": list,
    "history": list,
    "cost": dict,
    "features": dict,
    "promise": dict,
    "unlike": dict,
    "report": dict,
    "examples": dict,
    "split": dict,
    "versions": dict,
}
"""What a manifest may say beside its columns, and as what."""


def amount(found: Any) -> bool:
    """Whether what a manifest says is a number."""
    return isinstance(found, (int, float)) and not isinstance(found, bool)


INSIDE: dict[str, Callable[[Any], bool]] = {
    "architecture": lambda rows: all(isinstance(row, list) and len(row) == 4 and type(row[3]) is int for row in rows),
    "history": lambda pairs: all(isinstance(pair, list) and all(map(amount, pair)) for pair in pairs),
    "cost": lambda cost: all(key == "operators" or amount(cost[key]) for key in cost),
}
"""What lists and mappings of the manifest hold, of which tables and pages are made."""


def listed(manifest: Mapping[str, Any], key: str) -> list[Any]:
    """A list in the manifest that holds something."""
    found = manifest.get(key)
    if not isinstance(found, list) or not found:
        raise BadProgram(f"its manifest has no {key}")
    return found


@contextlib.contextmanager
def limited() -> Iterator[Any]:
    """Options of a run that onnxruntime stops after LONGEST_TRIAL, between two nodes of the graph."""
    import onnxruntime

    options = onnxruntime.RunOptions()
    watch = threading.Timer(LONGEST_TRIAL, setattr, (options, "terminate", True))
    watch.daemon = True
    watch.start()
    try:
        yield options
    finally:
        watch.cancel()
