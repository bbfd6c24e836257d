"""A wider network says exactly what the narrower one says, for the blocks that can be widened; others are refused."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from wisen import nn
from wisen.errors import BadNetwork
from wisen.nn.form import Bins, Form, Grid, Ids, Layer, Sparse, Tokens, Track, Vector
from wisen.nn.network import Network
from wisen.nn.twins import Twins
from wisen.nn.widened import WIDENED, Copies, widened

EDGES = ((-1.0, 0.0, 0.5, 1.0), (-2.0, 0.0, 1.0, 2.0), (0.0, 1.0, 2.0, 3.0))
HIDDEN = (Layer("linear", 6), Layer("relu"), Layer("dropout", 0.1), Layer("linear", 4), Layer("relu"))


def wide(layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """The layers with their widths times 1.5 and a little more, so that some numbers are copied and others are not."""

    def one(layer: Layer) -> Layer:
        size: Any = layer.size
        if not nn.BLOCKS[layer.block].sized:
            return layer
        return Layer(layer.block, Bins(size.edges, size.width + 3) if isinstance(size, Bins) else size + size // 2 + 1)

    return tuple(map(one, layers))


def network(layers: tuple[Layer, ...], form: Form, trunk: tuple[Layer, ...], straight: bool = False) -> Network:
    encoder = nn.build(layers, form)
    middle = nn.build(trunk, encoder.gives)
    heads = {"a": nn.build((Layer("linear", 3),), middle.gives), "b": nn.build((Layer("linear", 1),), middle.gives)}
    if not straight:
        return Network({("x",): encoder}, middle, heads)
    paths = {name: nn.build((Layer("linear", size),), form) for name, size in (("a", 3), ("b", 1))}
    return Network({("x",): encoder}, middle, heads, {("x",): nn.build((), form)}, paths)


def moved(network: Network) -> Network:
    """The network with any weights and statistics, as if it had learned."""
    for name, weight in [*network.named_parameters(), *network.named_buffers()]:
        if isinstance(weight, torch.nn.Parameter) or "running" in name:
            weight.data.copy_(torch.rand_like(weight) + 0.5 if "var" in name else torch.randn_like(weight) * 0.5)
    return network.eval().requires_grad_(False)


def example(form: Form) -> torch.Tensor:
    match form:
        case Vector():
            return torch.randn(5, form.width)
        case Grid():
            return torch.randn(5, form.channels, form.height, form.width)
        case Ids():
            return torch.stack([torch.randint(0, size, (5,)) for size in form.sizes], dim=1)
        case Tokens():
            return torch.randint(1, form.vocabulary, (5, 7))
        case Track():
            return torch.cat([torch.ones(5, 1, 6), torch.randn(5, form.channels, 6)], dim=1)
        case Sparse():
            return torch.stack([torch.randint(1, form.width, (5, 4)).float(), torch.randn(5, 4)], dim=2)
    raise AssertionError(form)


GRID = Grid(2, 8, 8)
NETS: dict[str, tuple[tuple[Layer, ...], Form, tuple[Layer, ...]]] = {
    "linear": ((), Vector(5), HIDDEN),
    "shared": ((), Vector(5), (Layer("members", 3), Layer("shared", 6), Layer("relu"), Layer("shared", 6))),
    "team": ((), Vector(5), (Layer("members", 3), Layer("linear", 6), Layer("relu"), Layer("dropout", 0.1))),
    "piecewise": ((Layer("piecewise", Bins(EDGES, 4)),), Vector(3), HIDDEN),
    "conv": ((Layer("conv", 4), Layer("pool"), Layer("conv", 6), Layer("flatten")), GRID, HIDDEN),
    "residual": (
        (Layer("conv", 4), Layer("residual", 4), Layer("halve", 6), Layer("residual", 6), Layer("mean")), GRID, HIDDEN,
    ),
    "across": ((Layer("residual", 4), Layer("average"), Layer("point", 6), Layer("flatten")), GRID, HIDDEN),
    "embed": ((Layer("embed", 4),), Ids((4, 6)), HIDDEN),
    "onehot": ((Layer("onehot"),), Ids((4, 6)), HIDDEN),
    "bag": ((Layer("bag", 4),), Tokens(9), HIDDEN),
    "nothing": ((Layer("nothing"),), Sparse(9), HIDDEN),
    "ordered": (
        (Layer("ordered", 4), Layer("slide", 4), Layer("pool"), Layer("slide", 6), Layer("peaks")), Tokens(9), HIDDEN,
    ),
    "slide": ((Layer("slide", 4), Layer("peaks")), Track(3), HIDDEN),
}  # fmt: skip


@pytest.mark.parametrize("name", NETS)
def test_a_wider_network_says_the_same(name: str) -> None:
    torch.manual_seed(0)
    layers, form, trunk = NETS[name]
    straight = not layers
    small = moved(network(layers, form, trunk, straight))
    large = moved(network(wide(layers), form, wide(trunk), straight))
    given = {"x": example(form)}
    before = large(given)
    assert not all(torch.allclose(before[key], said, atol=1e-2) for key, said in small(given).items())

    said = widened(small, large)(given)

    for key, wanted in small(given).items():
        assert torch.allclose(said[key], wanted, atol=1e-4 * float(wanted.abs().max())), name


def test_networks_with_twins_say_the_same() -> None:
    torch.manual_seed(0)

    def made(width: int) -> Network:
        encoder = Twins(nn.build((Layer("linear", width), Layer("relu")), Vector(3)), 2, beside=True)
        return Network({("x", "y"): encoder}, nn.build((Layer("linear", width),), encoder.gives), {
            "a": nn.build((Layer("linear", 2),), Vector(width))
        })  # fmt: skip

    small, given = moved(made(4)), {"x": torch.randn(5, 3), "y": torch.randn(5, 3)}
    said = widened(small, moved(made(7)))(given)["a"]
    assert torch.allclose(said, small(given)["a"], atol=1e-4)


def test_the_tests_reach_every_block_that_can_be_widened() -> None:
    used = {layer.block for layers, _, trunk in NETS.values() for layer in (*layers, *trunk)}
    known = {name for name, block in nn.BLOCKS.items() if block in WIDENED}
    assert known - used == {"steps", "weighed"}  # these two have tests of their own below


def test_columns_as_steps_and_weighted_words_say_the_same() -> None:
    torch.manual_seed(0)
    layers = (Layer("embed", 4), Layer("steps", 2), Layer("slide", 4), Layer("peaks"))
    small, large = (moved(network(each, Ids((4, 6)), HIDDEN)) for each in (layers, wide(layers)))
    given = {"x": example(Ids((4, 6)))}
    assert torch.allclose(widened(small, large)(given)["a"], small(given)["a"], atol=1e-4)

    def counted(width: int) -> Network:
        trunk = nn.build((Layer("linear", width),), Vector(0))
        head = nn.build((Layer("linear", 2),), Vector(width))
        words = {("x", "a"): nn.build((Layer("weighed", 2),), Sparse(9))}
        return Network({("x",): nn.build((Layer("nothing"),), Sparse(9))}, trunk, {"a": head}, direct=words)

    small, given = moved(counted(2)), {"x": example(Sparse(9))}
    assert torch.allclose(widened(small, moved(counted(5)))(given)["a"], small(given)["a"], atol=1e-4)


def test_copies_learn_different_things() -> None:
    copies = Copies.made(3, 7, torch.Generator().manual_seed(0))
    totals = torch.zeros(3).index_add(0, copies.of, copies.shares)
    assert torch.allclose(totals, torch.ones(3)) and set(copies.of.tolist()) == {0, 1, 2}
    assert len(set(copies.shares.tolist())) == 7


def test_what_cannot_be_widened_is_refused() -> None:
    layers = (Layer("slide", 4), Layer("recurrent", 4), Layer("peaks"))
    small, large = (network(each, Track(3), HIDDEN) for each in (layers, wide(layers)))
    with pytest.raises(BadNetwork, match="recurrent"):
        widened(small, large)
    with pytest.raises(BadNetwork, match="5 layers cannot be widened to 2"):
        widened(network((), Vector(5), HIDDEN), network((), Vector(5), HIDDEN[:2]))
    with pytest.raises(BadNetwork, match="cannot become"):
        widened(network((), Vector(5), wide(HIDDEN)), network((), Vector(5), HIDDEN))
    across, direct = ((Layer("conv", first), Layer("residual", 6), Layer("mean")) for first in (4, 6))
    with pytest.raises(BadNetwork, match="residual"):
        widened(network(across, GRID, HIDDEN), network(direct, GRID, HIDDEN))
