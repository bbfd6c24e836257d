"""Networks with weights by chance and the programs that say the same: no training, and every number known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from wisen.architecture import Architecture
from wisen.descent import Learned
from wisen.examples import fitted, known, split
from wisen.explain import Case
from wisen.explain.case import case
from wisen.explain.network import Rebuilt
from wisen.export import file_of, manifest_of, model_of
from wisen.kept import graphs
from wisen.plans import plans
from wisen.program import parse
from wisen.signature import signature_of


def learned(
    body: Callable[..., Any],
    rows: Sequence[Any],
    wanted: Callable[[Architecture], bool] = lambda plan: bool(plan.width),
    scale: float = 1.0,
) -> tuple[Learned, Any]:
    """What training could have come to, and the examples."""
    parts = split(known(rows, signature_of(body)))
    inputs, outputs = fitted(parts)
    plan = next(plan for plan in plans(inputs, outputs) if wanted(plan))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network: Any = plan.build()
        for weight in network.parameters():
            if weight.ndim > 1 and weight.numel():
                torch.nn.init.normal_(weight, std=scale * weight[0].numel() ** -0.5)
    return Learned(plan, network.eval(), inputs, outputs, {}, (), ""), parts


def rebuilt(found: Learned, parts: Any, name: str = "f") -> Rebuilt:
    """The network, and the program that says the same."""
    model, _ = model_of(found)
    program = parse(file_of(model, manifest_of(found, name, "", model, parts.learning.take([0]))), name)
    pieces = {column.name: tuple(column.kind.said_in()) for column in found.outputs}
    return Rebuilt(program, found.architecture, found.network, graphs(found), pieces)


def a_case(whole: Rebuilt, values: Sequence[Any], **asked: Any) -> Case:
    """What of the answer to some values is to be explained."""
    return case("f", whole.program, values, rebuilt=whole, **asked)


def chance(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)
