"""A program as one page that runs it in a browser: opened from disk, without a network.

What the page has to know of each column its kind says (kinds/entries.py); the page itself is in the folder page/.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from wisen.about import signature
from wisen.bake.runtime import PACKAGE, VERSION, runtime_of
from wisen.plain import finite
from wisen.program import Program
from wisen.signature import ANSWER, Column, past_of
from wisen.spoken import figure, size
from wisen.sure.beside import piece_of

SCRIPTS = ("entries.js", "fields.js", "picture.js", "sound.js", "readouts.js", "page.js")
VERDICTS: dict[str, tuple[str, str, str]] = {
    "better": ("good", "Better.", "On held-out examples the program is better than its rivals."),
    "worse": ("bad", "Worse.", "On held-out examples the program is worse than a rival: do not rely on it."),
    "no better": ("fair", "No better.", "It is not shown that the program is better than its rivals."),
    "": ("fair", "Not tested.", "Nothing is known of how good the program is."),
}
"""The tone of a verdict, its word and what it says."""


def written(data: bytes, program: Program, runtime: str | os.PathLike[str] | None = None) -> bytes:
    """The bytes of the page that runs a program, with the runtime of browsers in a folder, or else that of npm.

    Raises NotInstalled where that is not at hand.
    """
    engine = runtime_of(runtime)
    piece = piece_of(program.session.get_modelmeta().custom_metadata_map)
    parts = {
        "STYLE": part("page.css"),
        "LICENCE": part("licence.txt"),
        "DATA": in_json(told(program, data)),
        "PROGRAM": packed(data + piece),
        "RUNTIME": packed(engine.wasm),
        "ENGINE": engine.script,
        "SCRIPT": "\n".join(part(name) for name in SCRIPTS),
    }
    return filled(part("page.html"), parts).encode("utf-8")


def in_json(told: Any) -> str:
    """The JSON of what a page knows, in ASCII: halves of characters that UTF-8 has not are written as escapes."""
    return json.dumps(finite(told), allow_nan=False).replace("<", "\\u003c")


def filled(page: str, parts: Mapping[str, str]) -> str:
    """A page with its parts in their places; what a part holds is no place for another."""
    found = []
    for name, text in parts.items():
        before, _, page = page.partition(f"/*{name}*/")
        found += [before, text]
    return "".join([*found, page])


def part(name: str) -> str:
    """The text of a file of the page."""
    return files("wisen.bake").joinpath("page", name).read_text(encoding="utf-8")


def packed(data: bytes) -> str:
    """Bytes as gzip in base64."""
    return base64.b64encode(gzip.compress(data, 9, mtime=0)).decode("ascii")


# ---- what the page knows -----------------------------------------------------------------------


def told(program: Program, data: bytes) -> dict[str, Any]:
    """All that a page knows of a program."""
    manifest = program.manifest
    name = str(manifest.get("function") or program.title.partition(".")[0])
    report = manifest.get("report", {})
    tone, word, said = VERDICTS.get(str(report.get("verdict", "")), VERDICTS[""])
    return {
        "name": name,
        "doc": manifest.get("doc", ""),
        "verdict": {"tone": tone, "word": word, "said": said},
        "measured": measured(report),
        "facts": facts(program, name, data),
        "inputs": [entry(column) for column in program.inputs],
        "feeds": [{"places": feed.places, "tensors": feed.tensor_names} for feed in program.feeds],
        "outputs": [readout(program, column) for column in program.outputs],
        "single": [column.name for column in program.outputs] == [ANSWER],
        "asked": [*program.names, *([program.distance] if program.knows else [])],
        "unlike": program.distance if program.knows else None,
        "coverage": program.promise.coverage if program.promise.limits else None,
    }


def entry(column: Column) -> dict[str, Any]:
    """How the page asks for a column."""
    return {"name": column.name, "optional": column.kind.optional, "entry": column.kind.entry().to_json()}


def readout(program: Program, column: Column) -> dict[str, Any]:
    """How the page shows a column of the answer: with the limits of what is promised, and the past that it goes on
    from."""
    limits = finite(program.promise.limits.get(column.name))
    past = past_of(program.inputs, column)
    return {"name": column.name, "readout": column.kind.readout().to_json(), "limits": limits, "past": past}


def measured(report: Mapping[str, Any]) -> list[str]:
    """What was measured on held-out examples: a line for each output."""
    lines = []
    for name, found in report.get("outputs", {}).items():
        scores = found["scores"]
        if "learned" not in scores:
            continue
        metric, value = next(iter(scores["learned"]["metrics"].items()))
        low, high = scores["learned"]["interval"]
        rivals = [
            f"{rival} {figure(scores[rival]['metrics'][metric])}"
            for rival in ("by hand", "naive")
            if metric in scores.get(rival, {}).get("metrics", {})
        ]
        own = "" if name == ANSWER else f"{name}: "
        many = f"{report['held_out']:,} held-out examples"
        spread = f"95 % interval {figure(low)} to {figure(high)}"
        lines.append(f"{own}{metric} {figure(value)} on {many} ({spread}); {', '.join(rivals)}")
    return lines


def facts(program: Program, name: str, data: bytes) -> list[str]:
    """What a person may want to know about the page."""
    manifest = program.manifest
    learning, version = manifest.get("examples", {}).get("learning"), manifest.get("versions", {}).get("wisen")
    origin = f"learned from {learning:,} examples by wisen {version}" if learning and version else "written by wisen"
    return [
        signature(program, name),
        f"The program: one ONNX file of {size(len(data))}, {origin}.",
        f"The runtime: ONNX Runtime Web {VERSION} (npm: {PACKAGE}), © Microsoft Corporation, under the MIT License "
        "below; what it is made of itself is listed in ThirdPartyNotices.txt of github.com/microsoft/onnxruntime.",
        "The page: from wisen, under the Apache License 2.0.",
    ]
