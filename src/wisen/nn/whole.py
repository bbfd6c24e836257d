"""Whole: a module of the user's in place of encoders, trunk and heads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import spox
import torch
from spox import Var

from wisen.errors import BadNetwork
from wisen.nn.form import Form
from wisen.nn.network import SAID, Seen
from wisen.nn.own import exported, sample


class Whole(torch.nn.Module):
    """A module that reads all feeds, in their order, and says what all heads would say.

    It gives one tensor [batch, width] where there is one answer, else a tuple or a dict of them.
    `forms` are what each feed gives, `widths` how many numbers each answer needs.
    """

    def __init__(self, module: torch.nn.Module, forms: Mapping[str, Form], widths: Mapping[str, int]) -> None:
        super().__init__()
        self.module, self.feeds, self.widths = module, list(forms), dict(widths)
        self.example = tuple(sample(form) for form in forms.values())
        module.eval()
        with torch.no_grad():
            try:
                said = self.named(module(*self.example))
            except BadNetwork:
                raise
            except Exception as error:
                given = ", ".join(f"{name}: {tuple(x.shape)}" for name, x in zip(forms, self.example, strict=True))
                raise BadNetwork(f"network {type(module).__name__} was given {given} and failed: {error}") from error
        module.train()
        for name, width in widths.items():
            if tuple(said[name].shape[1:]) != (width,):
                raise BadNetwork(
                    f"network {type(module).__name__} says {tuple(said[name].shape)} for {name!r}",
                    f"Its last layer must give [batch, {width}].",
                )

    def named(self, said: Any) -> dict[str, Any]:
        """What the module said, by the name of the answer."""
        if isinstance(said, Mapping):
            if set(said) != set(self.widths):
                raise BadNetwork(f"the network says {list(said)}; wanted {list(self.widths)}")
            return {name: said[name] for name in self.widths}
        several = said if isinstance(said, (tuple, list)) else (said,)
        if len(several) != len(self.widths):
            raise BadNetwork(f"the network says {len(several)} tensors; wanted {len(self.widths)}: {list(self.widths)}")
        return dict(zip(self.widths, several, strict=True))

    def forward(self, features: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        return self.named(self.module(*(features[name] for name in self.feeds)))

    def graph(self, features: Mapping[str, Var]) -> dict[str, Var]:
        model = exported(Ordered(self), *self.example)
        said = spox.inline(model)(*(features[name] for name in self.feeds))
        return dict(zip(self.widths, said.values(), strict=True))

    def seen(self, features: Mapping[str, torch.Tensor]) -> Seen[torch.Tensor]:
        """What it says of the first answer: nothing is known of its inside."""
        return [(SAID, next(iter(self(features).values())))]

    def seen_graph(self, features: Mapping[str, Var]) -> tuple[dict[str, Var], Seen[Var]]:
        """The graph of what it says, and of its first answer."""
        said = self.graph(features)
        return said, [(SAID, next(iter(said.values())))]


class Ordered(torch.nn.Module):
    """A whole whose answers come as a tuple, in the order of its widths, as its graph's do."""

    def __init__(self, whole: Whole) -> None:
        super().__init__()
        self.whole = whole

    def forward(self, *features: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return tuple(self.whole(dict(zip(self.whole.feeds, features, strict=True))).values())
