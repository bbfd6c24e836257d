"""What a program is, as plain data: its manifest, its file and the tensors of its graph. No torch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from wisen import state
from wisen.program import Program
from wisen.signature import ANSWER

PLAIN = {"tensor(float)": "float32", "tensor(string)": "string"}


def about(program: Program, path: Path) -> dict[str, Any]:
    """All that is known of a program in a file, as JSON can hold it; what was not recorded is empty."""
    manifest = program.manifest
    name = manifest.get("function", path.stem)
    return {
        "function": name,
        "signature": signature(program, name),
        "doc": manifest.get("doc", ""),
        "architecture": manifest.get("architecture", []),
        "parameters": sum(int(row[3]) for row in manifest.get("architecture", [])),
        "chosen": manifest.get("chosen", ""),
        "graph_inputs": graph_inputs(program),
        "graph_outputs": graph_outputs(program),
        "cost": manifest.get("cost", {}),
        "varies": varies(program),
        "contract": state.last_contract(path, manifest["seal"]),
        "examples": manifest.get("examples", {}),
        "split": manifest.get("split", {}),
        "report": manifest.get("report", {}),
        "file": str(path),
        "bytes": path.stat().st_size,
        "format": manifest["format"],
        "parent": manifest.get("parent"),
        "versions": manifest.get("versions", {}),
        "inputs": json.loads(json.dumps(manifest["inputs"])),
        "outputs": json.loads(json.dumps(manifest["outputs"])),
    }


def varies(program: Program) -> dict[str, Any]:
    """What may make one call take other work than another: lengths that are free, and loops and branches."""
    tensors = [tensor for feed in program.feeds for tensor in feed.kind.tensors(feed.name)]
    operators = program.manifest.get("cost", {}).get("operators", {})
    return {
        "lengths": sorted({str(dim) for tensor in tensors for dim in tensor.dims[1:] if isinstance(dim, str)}),
        "loops": operators.get("Loop", 0),
        "branches": operators.get("If", 0),
    }


def signature(program: Program, name: str) -> str:
    """The signature that the program was trained for."""
    single = [column.name for column in program.outputs] == [ANSWER]
    outside = program.outputs[0].kind.annotation if single else f"({', '.join(map(str, program.outputs))})"
    return f"{name}({', '.join(map(str, program.inputs))}) -> {outside}"


def graph_inputs(program: Program) -> list[dict[str, Any]]:
    """The tensors that go into the graph, and the columns that each of them holds."""
    found = {tensor.name: tensor for tensor in program.session.get_inputs()}
    told = []
    for feed in program.feeds:
        for name in (each.name for each in feed.kind.tensors(feed.name)):
            columns = [program.inputs[place].name for place in feed.places]
            told.append({**tensor(found[name]), "columns": columns})
    return told


def graph_outputs(program: Program) -> list[dict[str, Any]]:
    """The tensors that come out of the graph, and the labels by which the columns of probabilities go."""
    told = []
    for found in program.session.get_outputs():
        name = found.name.partition(".")[0]
        column = next((c for c in program.outputs if found.name == c.name or found.name.startswith(f"{c.name}.")), None)
        wide = column is not None and len(found.shape) > 1
        told.append({**tensor(found), "columns": column.kind.labels() if wide and column else [name]})
    return told


def tensor(found: Any) -> dict[str, Any]:
    """A tensor of the graph: name, dtype and dimensions."""
    dtype = PLAIN.get(found.type, found.type.removeprefix("tensor(").removesuffix(")"))
    return {"name": found.name, "dtype": dtype, "dims": ["batch" if dim is None else dim for dim in found.shape]}
