"""Own: a module of the user's, as it is."""

from __future__ import annotations

import copy
import inspect
import logging
import warnings
from typing import Any

import onnx
import spox
import torch
from spox import Var

from wisen.errors import BadNetwork
from wisen.nn.block import Block
from wisen.nn.form import Form, Grid, Sequence, Sparse, Vector


class Own(Block):
    """Any torch.nn.Module that reads one tensor and says one tensor.

    What it says is found by trying it on zeros. Its graph comes from `torch.onnx.export` and is
    joined to the program with `spox.inline`.
    """

    def __init__(self, form: Form, module: torch.nn.Module) -> None:
        super().__init__()
        self.module = copy.deepcopy(module)  # the user's own stays as it is
        self.example = sample(form)
        self.gives = form_of(tried(self.module, self.example, form), module)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        answer: torch.Tensor = self.module(x)
        return answer

    def graph(self, x: Var) -> Var:
        model = exported(self.module, self.example)
        return next(iter(spox.inline(model)(x).values()))


def sample(form: Form, batch: int = 3) -> torch.Tensor:
    """Zeros of the form."""
    if isinstance(form, Grid):
        return torch.zeros(batch, form.channels, form.height, form.width)
    if isinstance(form, Vector):
        return torch.zeros(batch, form.width)
    if isinstance(form, Sequence):
        return torch.zeros(batch, 16, form.width)
    if isinstance(form, Sparse):
        return torch.zeros(batch, 16, 2)
    columns = 16 if not hasattr(form, "sizes") else len(form.sizes)
    return torch.zeros(batch, columns, dtype=torch.int64)


def tried(module: torch.nn.Module, example: torch.Tensor, form: Form) -> Any:
    """What the module says of an example; a failure is told with the shapes."""
    name = type(module).__name__
    training = module.training
    module.eval()
    try:
        with torch.no_grad():
            return module(example)
    except Exception as error:
        raise BadNetwork(
            f"network {name} was given {form}, a tensor of shape {tuple(example.shape)}, and failed: {error}",
            "Make its first layer take that shape, or use a Lazy layer of torch.nn.",
        ) from error
    finally:
        module.train(training)


def form_of(answer: Any, module: torch.nn.Module) -> Form:
    """The form of a tensor that a module said."""
    shape = tuple(answer.shape) if isinstance(answer, torch.Tensor) else ()
    if len(shape) == 2:
        return Vector(shape[1])
    if len(shape) == 3:
        return Sequence(shape[2])
    if len(shape) == 4:
        return Grid(shape[1], shape[2], shape[3])
    raise BadNetwork(
        f"network {type(module).__name__} gave {type(answer).__name__} {shape or ''}; wanted a tensor "
        "[batch, width], [batch, time, width] or [batch, channels, height, width]",
    )


def exported(module: torch.nn.Module, *examples: torch.Tensor) -> onnx.ModelProto:
    """The module as an ONNX model with a free batch size."""
    copied = copy.deepcopy(module).cpu().eval()
    batch = torch.export.Dim("batch")
    shapes: tuple[Any, ...] = tuple({0: batch} for _ in examples)
    if any(each.kind is each.VAR_POSITIONAL for each in inspect.signature(copied.forward).parameters.values()):
        shapes = (shapes,)  # what *features take is one argument to torch's exporter
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it warns about every package that is not installed
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # torch's exporter warns about itself
        try:
            exported = torch.onnx.export(
                copied, examples, dynamo=True, opset_version=20, dynamic_shapes=shapes, verbose=False
            )
        except Exception as error:
            name, line = type(module).__name__, str(error).strip().splitlines()[0]
            raise BadNetwork(f"network {name} cannot be exported to ONNX: {line[:200]}") from error
    assert exported is not None
    return exported.model_proto
