"""What stands beside a program's graph: nodes that only some calls need, so that all others do not wait for them.

ONNX Runtime runs all of a graph, whatever is asked of it. So these nodes are kept as a piece of a model of their own
in the metadata. A model is a protobuf message, of which two that stand one behind the other are one, with the fields
of both: file and piece together are the whole graph, with one more output.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import TYPE_CHECKING

from wisen.errors import BadProgram

if TYPE_CHECKING:
    import onnx

KEY = "wisen.beside"
"""The entry of the model's metadata that holds the piece."""


def taken_apart(model: onnx.ModelProto, name: str) -> tuple[onnx.ModelProto, bytes]:
    """(the model without an output and all that only this output needs, the piece of a model that holds these)."""
    import onnx

    main, piece = onnx.ModelProto(), onnx.ModelProto()
    main.CopyFrom(model)
    outputs = {each.name: each for each in model.graph.output}
    needed = set(outputs) - {name}
    kept = []
    for node in reversed(model.graph.node):
        if needed & set(node.output):
            kept.append(node)
            needed |= read_by(node)
    whole = [node.SerializeToString(deterministic=True) for node in kept]
    del main.graph.node[:], main.graph.output[:]
    main.graph.node.extend(reversed(kept))
    main.graph.output.extend(each for each in model.graph.output if each.name != name)
    left = set(whole)
    piece.graph.node.extend(n for n in model.graph.node if n.SerializeToString(deterministic=True) not in left)
    piece.graph.output.append(outputs[name])
    return main, piece.SerializeToString(deterministic=True)


def read_by(node: onnx.NodeProto) -> set[str]:
    """The names of what a node reads, and the graphs inside it."""
    found = {name for name in node.input if name}
    for attribute in node.attribute:
        if attribute.HasField("g"):
            for inner in attribute.g.node:
                found |= read_by(inner)
            found |= {each.name for each in attribute.g.output}
    return found


def written(piece: bytes) -> str:
    """A piece as an entry of the metadata."""
    return base64.b64encode(piece).decode()


def piece_of(metadata: Mapping[str, str]) -> bytes:
    """The piece in a model's metadata; empty where there is none. Raises BadProgram."""
    try:
        return base64.b64decode(metadata.get(KEY, ""), validate=True)
    except (binascii.Error, ValueError):
        raise BadProgram("what stands beside its graph is damaged", "Train it again.") from None
