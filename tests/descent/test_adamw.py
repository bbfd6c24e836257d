"""AdamW: the very steps of torch.optim.AdamW, without its wrappers."""

from __future__ import annotations

import subprocess
import sys

import torch

from wisen.descent.adamw import AdamW


def net() -> torch.nn.Module:
    torch.manual_seed(0)
    found = torch.nn.Sequential(torch.nn.Linear(5, 7), torch.nn.ReLU(), torch.nn.Linear(7, 3), torch.nn.Linear(2, 2))
    found[0].bias.requires_grad_(False)  # frozen; and the last one is never used
    return found


def moved(network: torch.nn.Module, optimizer: object, steps: int) -> None:
    torch.manual_seed(1)
    for number in range(steps):
        rate = 1e-2 / (1 + number)
        if isinstance(optimizer, AdamW):
            optimizer.rate = rate
        else:
            optimizer.param_groups[0]["lr"] = rate  # type: ignore[attr-defined]
        loss = (network[:3](torch.randn(16, 5)) ** 2).mean()  # type: ignore[index]
        optimizer.zero_grad()  # type: ignore[attr-defined]
        loss.backward()
        optimizer.step()  # type: ignore[attr-defined]


def same(one: torch.nn.Module, other: torch.nn.Module) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


def test_its_steps_are_those_of_torch() -> None:
    mine, its = net(), net()
    moved(mine, AdamW(mine.parameters(), 0.03), 20)
    moved(its, torch.optim.AdamW(its.parameters(), weight_decay=0.03, fused=True), 20)
    assert same(mine, its) and not same(mine, net())


def test_it_goes_on_from_its_state() -> None:
    one, other = net(), net()
    first = AdamW(one.parameters(), 0.03)
    moved(one, first, 5)
    other.load_state_dict(one.state_dict())
    second = AdamW(other.parameters(), 0.03)
    second.load_state_dict(first.state_dict())
    moved(one, first, 5)
    moved(other, second, 5)
    assert same(one, other)
    cold = net()
    cold.load_state_dict(one.state_dict())
    moved(one, first, 5)
    moved(cold, AdamW(cold.parameters(), 0.03), 5)
    assert not same(one, cold)


def test_torchs_compiler_is_not_loaded_for_it() -> None:
    code = (
        "import sys, torch; from wisen.descent.adamw import AdamW; w = torch.nn.Parameter(torch.ones(2));"
        "o = AdamW([w], 0.1, 0.1); o.zero_grad(); w.sum().backward(); o.step(); print('torch._dynamo' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "False"
