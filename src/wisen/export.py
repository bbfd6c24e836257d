"""From weights to the body: joins the blocks' graphs into one program, and proves that it says the same."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from wisen.cost import cost
from wisen.descent import Learned
from wisen.descent.batches import argument
from wisen.errors import BadProgram, WisenError
from wisen.examples import Examples, Parts, extents
from wisen.kinds.packed import picked
from wisen.manifest import FORMAT, KEY, UNSEALED, sealed
from wisen.nn.session import session
from wisen.program import Program, parse, part, tensor_name
from wisen.signature import Column, feeds
from wisen.sure.beside import KEY as BESIDE
from wisen.sure.beside import taken_apart, written
from wisen.sure.promise import Promise, limits_of

if TYPE_CHECKING:
    import onnx
    import torch

FEATURES, UNLIKE = "features", "unlike"
"""The tensor of the program that the answers are said from, and how unlike its examples an input is."""
FARTHEST = 1e-4
"""Probabilities of program and framework that lie farther apart refuse the program."""


def model_of(learned: Learned) -> tuple[onnx.ModelProto, dict[str, Any]]:
    """(the whole program as an ONNX model: raw values in, answers out; what it tells beside its answers).

    That are its `features`, the tensor that the answers are said from, and how `unlike` its examples an input is.
    """
    import spox

    raw: dict[str, Any] = {}
    features: dict[str, Any] = {}
    reach: dict[str, Any] = {}
    read, placed = learned.architecture.reads, learned.architecture.places
    for feed in feeds(learned.inputs):
        given = {tensor.name: argument(tensor) for tensor in feed.raw}
        views = [feed.view(name) for name in feed.kind.views()]
        features |= {view.name: view.kind.graph(*given.values()) for view in views if view.name in read}
        raw |= given
        reach |= {view.name: view.kind.extents(*given.values()) for view in views if view.name in placed.values()}
    guesses, levels = learned.network.eval().seen_graph(features)
    said = {}
    for column in learned.outputs:
        for name, tensor in spoken(column, guesses[column.name], reach.get(placed.get(column.name, ""))).items():
            said[tensor_name(column.name, name)] = tensor
    name = free(FEATURES, [*raw, *said])
    said[name] = levels[0][1]
    told: dict[str, Any] = {"features": {"name": name, "form": levels[0][0]}}
    if learned.unlike is not None:
        name = free(UNLIKE, [*raw, *said])
        said[name] = learned.unlike.graph(levels)
        told["unlike"] = {"name": name, "often": learned.unlike.often}
    model = spox.build(raw, said)
    model.producer_name = "wisen"
    return model, told


def free(name: str, taken: Sequence[str]) -> str:
    """A name for a tensor that no column has: this one, or a longer one."""
    while name in taken:
        name += "_"
    return name


def spoken(column: Column, guess: Any, extents: Any = None) -> dict[str, Any]:
    """The answer's tensors from what the head says; where they tell of places, in the units of the input."""
    said: dict[str, Any] = column.kind.say(guess)
    return said if extents is None else column.kind.absolute(said, guess, extents)


def manifest_of(learned: Learned, name: str, doc: str, model: onnx.ModelProto, example: Examples) -> dict[str, Any]:
    """What the program says of itself; `example` is one call, on which the cost is counted."""
    row = example.rows()[0]
    given = {key: array for feed in feeds(learned.inputs) for key, array in feed.arrays([row]).items()}
    return {
        "format": FORMAT,
        "function": name,
        "doc": doc,
        "inputs": [column.to_json() for column in learned.inputs],
        "outputs": [column.to_json() for column in learned.outputs],
        "architecture": [list(row) for row in learned.architecture.rows()],
        "chosen": f"{learned.architecture.name}: {learned.why}",
        "history": [list(pair) for pair in learned.history],
        "cost": asdict(cost(model, given)),
    }


def file_of(model: onnx.ModelProto, manifest: Mapping[str, Any]) -> bytes:
    """The bytes of the program file: the model with the manifest in its metadata, before what else is there."""
    others = [each for each in model.metadata_props if each.key != KEY]
    del model.metadata_props[:]
    told = {**manifest, "seal": UNSEALED.decode()}
    model.metadata_props.add(key=KEY, value=json.dumps(told, ensure_ascii=False))
    model.metadata_props.extend(others)
    return sealed(model.SerializeToString(deterministic=True))


@dataclass(frozen=True)
class Exported:
    """A program that was exported and verified, and its model and manifest, to which facts can be added."""

    program: Program
    model: onnx.ModelProto
    manifest: dict[str, Any]

    def file(self, **facts: Any) -> bytes:
        """The bytes of the program file, with more facts in its manifest."""
        return file_of(self.model, {**self.manifest, **facts})


def export(learned: Learned, name: str, doc: str, parts: Parts, inside: bool = False) -> Exported:
    """The learned network as one program, which says the same on every validation example.

    How unlike its examples an input is, stands `inside` the graph where every call asks for it, else beside it.
    Raises BadProgram where the program does not say the same.
    """
    model, manifest = made(learned, name, doc, parts.validation, inside)
    manifest["promise"] = promised(learned, parts.learning).to_json()
    return Exported(verified(file_of(model, manifest), learned, parts.validation), model, manifest)


def made(
    learned: Learned, name: str, doc: str, examples: Examples, inside: bool
) -> tuple[onnx.ModelProto, dict[str, Any]]:
    """(the model of a network, its manifest); nobody has looked yet whether they say the same."""
    model, told = model_of(learned)
    if "unlike" in told and not inside:
        model, piece = taken_apart(model, told["unlike"]["name"])
        model.metadata_props.add(key=BESIDE, value=written(piece))
    return model, {**manifest_of(learned, name, doc, model, examples.take([0])), **told}


def promised(learned: Learned, examples: Examples) -> Promise:
    """What the answers promise, by what networks said of examples that they did not learn from."""
    judged = learned.judged
    columns = [column for column in learned.outputs if column.kind.sides] if judged else []
    limits = {}
    for column in columns:
        assert judged is not None
        truths = picked(examples.outputs[column.name], judged.places)
        strange = column.kind.strange(expected(column, judged.guesses[column.name]), truths)
        limits[column.name] = limits_of(strange, column.kind.sides)
    return Promise(limits, examples=len(judged.places) if judged and columns else 0)


def verified(data: bytes, learned: Learned, validation: Examples) -> Program:
    """The program in `data`, which says the same as the network on every validation example.

    Raises BadProgram where it does not: other answers, or numbers too far apart.
    """
    program = parse(data, "the exported program")
    validation = validation.take(list(range(min(map(len, learned.validation.values())))))
    try:
        said = program.tensors(validation.columns())
    except WisenError:
        raise
    except Exception as error:
        raise program.silent(error) from error
    where = extents(validation) if learned.architecture.placed else None
    for column in learned.outputs:
        reach = where if column.name in learned.architecture.places else None
        wanted = expected(column, learned.validation[column.name], reach)
        compare(column, part(said, column.name), wanted, validation)
    return program


def expected(column: Column, guess: torch.Tensor, reach: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """The answer's tensors that follow from what the framework's network says of inputs that reach so far."""
    import spox

    raw = spox.argument(spox.Tensor(np.float32, ("batch", *guess.shape[1:])))
    given = {"guess": raw}
    if reach is not None:
        given["reach"] = spox.argument(spox.Tensor(np.float32, ("batch", *reach.shape[1:])))
    said = spoken(column, raw, given.get("reach"))
    here = session(given, {tensor_name(column.name, name): tensor for name, tensor in said.items()})
    names = [output.name for output in here.get_outputs()]
    arrays = {"guess": guess.numpy()} | ({} if reach is None else {"reach": reach})
    return part(dict(zip(names, here.run(None, arrays), strict=True)), column.name)


def compare(
    column: Column, said: Mapping[str, np.ndarray], wanted: Mapping[str, np.ndarray], examples: Examples
) -> None:
    """Raises BadProgram where program and framework differ on an example."""
    kind = column.kind
    words = kind.differing(said, wanted)
    if words is not None:
        for row, how in zip(examples.names, words, strict=True):
            if how:
                raise unequal(column, row, how)
        return
    # An answer of many pieces goes another way where two of them are as likely: then all its tensors are others.
    tied = kind.ties(wanted, FARTHEST)
    for name, array in wanted.items():
        if array.dtype.kind != "f":
            continue
        far = kind.tolerances().get(name, FARTHEST)
        apart = np.abs(said[name].astype(np.float64) - array).reshape(len(array), -1).max(axis=1)
        apart[tied] = 0
        worst = int(apart.argmax())
        if not apart[worst] <= far:
            raise unequal(column, examples.names[worst], f"{name or 'answer'}: {apart[worst]:.2g} apart")
    if "" not in wanted or wanted[""].dtype.kind == "f":
        return
    for place in np.flatnonzero(said[""] != wanted[""]).tolist():
        here = {name: array[place] for name, array in said.items()}
        there = {name: array[place] for name, array in wanted.items()}
        tied = kind.lead(there) < FARTHEST
        if not tied and kind.answer(here) != kind.answer(there):
            raise unequal(column, examples.names[place], f"{kind.answer(here)!r} and {kind.answer(there)!r}")


def unequal(column: Column, row: str, how: str) -> BadProgram:
    """What to say of a program that does not do what was trained."""
    return BadProgram(
        f"the exported program and the trained network differ in {column.name!r} on {row} ({how})",
        "The program is refused. If a network= of yours was used, look for what its export leaves out.",
    )
