"""The networks of a user's own: which part of an architecture each stands for."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from wisen.errors import BadNetwork, nearest
from wisen.signature import Feed

TRUNK, WHOLE = "trunk", "whole"
"""The names of the parts that are no input."""


def own_parts(network: Any, inputs: Sequence[Feed]) -> dict[str, torch.nn.Module]:
    """The user's modules by the part that they stand for; raises BadNetwork."""
    if network is None:
        return {}
    given: Mapping[str, Any] = network if isinstance(network, Mapping) else {TRUNK: network}
    places = [feed.name for feed in inputs] + [TRUNK, WHOLE]
    found = {}
    for place, value in given.items():
        if place not in places:
            raise BadNetwork(f"network= names {place!r}, which is no part", f"{nearest(place, places)}")
        found[place] = module_of(value)
    if WHOLE in found and len(found) > 1:
        raise BadNetwork("network= gives the whole and a part of it", "Give one of the two.")
    return found


def module_of(value: Any) -> torch.nn.Module:
    """A module, or what a class or function without arguments makes of one."""
    made: Callable[[], Any] | None = None if isinstance(value, torch.nn.Module) or not callable(value) else value
    with torch.random.fork_rng(devices=[]):  # the same first weights in every run
        torch.manual_seed(0)
        module = made() if made else value
    if not isinstance(module, torch.nn.Module):
        raise BadNetwork(f"network= is {value!r:.60}; wanted a torch.nn.Module, or what makes one without arguments")
    return module


def described(module: torch.nn.Module) -> str:
    """The structure, source and weights of a module as a text."""
    total = hashlib.sha256(repr(module).encode())
    for inner in module.modules():
        try:
            total.update(inspect.getsource(type(inner)).encode())
        except (OSError, TypeError):  # typed at a prompt: its structure and weights have to do
            continue
    for name, weight in module.state_dict().items():
        total.update(name.encode())
        if not torch.nn.parameter.is_lazy(weight):
            total.update(weight.detach().cpu().flatten().view(torch.uint8).numpy().tobytes())
    return total.hexdigest()
