"""The network of a program, kept beside it: by it gradients can be followed, which a program has none of.

The file holds numbers and names, and no code: the plan as plain data, its weights, and the graphs that make features
of raw values. It belongs to the program whose hash it has.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from wisen import state
from wisen.architecture import Architecture, Part
from wisen.errors import BadNetwork, BadProgram, WisenError
from wisen.nn import form
from wisen.own import WHOLE, own_parts
from wisen.signature import Feed, feeds

if TYPE_CHECKING:
    from wisen.descent import Learned

FORMAT = 1
CLASSES: dict[str, Any] = {
    each.__name__: each
    for each in (
        *(Architecture, Part, form.Layer, form.Bins, form.Wording),
        *(form.Vector, form.Team, form.Ids, form.Tokens, form.Sparse, form.Sequence, form.Track, form.Grid, form.Texts),
    )
}
"""What a plan is made of."""


@dataclass(frozen=True)
class Kept:
    """The plan of a program's network, the network with its weights, the graph of each feed that it reads, and the
    pieces in which it says texts, by the name of the answer."""

    architecture: Architecture
    network: torch.nn.Module
    graphs: Mapping[str, bytes]
    pieces: Mapping[str, tuple[str, ...]]
    alone: Mapping[str, torch.Tensor] | None = None
    """The weights of a network of this plan that did not learn from the first fold, where one answers alone."""


def place(program: Path, data: bytes) -> Path:
    """Where the network of a program is kept whose file holds `data`: each in a file of its own, so that one that is
    about to be replaced still has its network."""
    beside = {state.candidate(program).name, state.before(program).name}
    folder = program.parent if program.name in beside else state.folder(program)
    return folder / f"network.{hashlib.sha256(data).hexdigest()[:16]}.pt"


def sweep(program: Path) -> None:
    """Removes the networks of programs that are no more."""
    before = state.before(program)
    files = [path for path in (program, state.candidate(program), before, state.aside(before)) if path.is_file()]
    living = {place(program, path.read_bytes()) for path in files}
    for path in state.folder(program).glob("network.*.pt"):
        if path not in living:
            path.unlink(missing_ok=True)


def keep(program: Path, data: bytes, learned: Learned) -> None:
    """Keeps the network of the program whose file holds `data`, or will hold it."""
    file = io.BytesIO()
    told = {
        "format": FORMAT,
        "program": hashlib.sha256(data).hexdigest(),
        "plan": plain(learned.architecture),
        "weights": {name: weight.detach().cpu().clone() for name, weight in learned.network.state_dict().items()},
        "graphs": graphs(learned),
        "alone": learned.alone,
        "pieces": {column.name: tuple(column.kind.said_in()) for column in learned.outputs},
    }
    torch.save(told, file)
    state.write(place(program, data), file.getvalue())


def graphs(learned: Learned) -> dict[str, bytes]:
    """The graphs of the feeds that a network reads, each a whole ONNX file."""
    import spox

    from wisen.descent.batches import argument

    found = {}
    for feed in feeds(learned.inputs):
        for view in (feed.view(name) for name in feed.kind.views()):
            if view.name in learned.architecture.reads:
                raw = {tensor.name: argument(tensor) for tensor in feed.raw}
                model = spox.build(raw, {"features": view.kind.graph(*raw.values())})
                found[view.name] = model.SerializeToString()
    return found


def kept(program: Path, own: Any, read: Sequence[Feed]) -> Kept:
    """The network of a program, which reads these feeds; `own` are the user's modules. Raises WisenError where there is
    none."""
    try:
        data = program.read_bytes()
        told = torch.load(place(program, data), map_location="cpu", weights_only=True)
        if told["format"] != FORMAT:
            raise WisenError(f"the network beside {program.name} was kept by another version of wisen")
        if told["program"] != hashlib.sha256(data).hexdigest():
            raise WisenError(f"the network beside {program.name} is that of another training")
        modules = own_parts(own, read)
        architecture = made(told["plan"], modules)
        network = architecture.build()
        network.load_state_dict(told["weights"])
        network.eval()
        return Kept(architecture, network, dict(told["graphs"]), dict(told["pieces"]), told.get("alone"))
    except (WisenError, BadNetwork):
        raise
    except FileNotFoundError:
        raise WisenError(f"there is no network beside {program.name}: it was trained elsewhere") from None
    except Exception as error:  # whatever stands there, it is no network
        raise WisenError(f"the network beside {program.name} cannot be read ({str(error)[:100]})") from None


def plain(value: Any) -> Any:
    """A plan as dicts, tuples, numbers and texts; in place of a module of the user's stands the part it is for."""
    if isinstance(value, Architecture) and value.whole is not None:
        return {"": "Architecture", **{each.name: plain(getattr(value, each.name)) for each in fields(value)}} | {
            "whole": {"": "own", "part": WHOLE}
        }
    if isinstance(value, Part):
        layers = tuple(
            {"": "Layer", "block": layer.block, "size": {"": "own", "part": value.name}}
            if isinstance(layer.size, torch.nn.Module)
            else plain(layer)
            for layer in value.layers
        )
        return {"": "Part", **{each.name: plain(getattr(value, each.name)) for each in fields(value)}} | {
            "layers": layers
        }
    if is_dataclass(value) and not isinstance(value, type):
        if type(value).__name__ not in CLASSES:
            raise BadProgram(f"a plan holds a {type(value).__name__}, which cannot be kept")
        return {"": type(value).__name__, **{each.name: plain(getattr(value, each.name)) for each in fields(value)}}
    if isinstance(value, tuple | list):
        return tuple(plain(each) for each in value)
    if isinstance(value, torch.nn.Module):
        return {"": "own", "part": ""}
    return value


def made(told: Any, modules: Mapping[str, torch.nn.Module]) -> Any:
    """The plan that `plain` told of, with the user's modules in their places."""
    if isinstance(told, tuple | list):
        return tuple(made(each, modules) for each in told)
    if not isinstance(told, Mapping):
        return told
    name = told[""]
    if name == "own":
        if told["part"] not in modules:
            raise BadNetwork("it has a network of your own, which the function names no more", "Write `network=`.")
        return modules[told["part"]]
    return CLASSES[name](**{key: made(value, modules) for key, value in told.items() if key})
