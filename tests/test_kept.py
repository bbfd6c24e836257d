"""The network of a program is kept as plain data, and belongs to that program alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from tests.explain.conftest import judge
from tests.explain.made import chance, learned
from wisen import kept, state
from wisen.architecture import Architecture, Part
from wisen.errors import WisenError
from wisen.nn.form import Bins, Layer, Vector, Wording

SOURCE = """
    import wisen

    @wisen.function
    def high(x: float, y: float | None) -> bool: ...
"""


@pytest.fixture
def high(module: Any) -> Any:
    rows = [((float(x), float(y)), bool(x > 0.2)) for x, y in chance().normal(size=(120, 2))]
    function = module(SOURCE).high
    assert function.train(rows, budget=2, accept=True, listen=lambda event: None).installed
    return function


def test_a_plan_is_told_as_plain_data_and_made_again() -> None:
    part = Part("x", Vector(3), (Layer("piecewise", Bins(((0.0, 1.0),) * 3, 8)), Layer("decoder", Wording(9, 5, 4))))
    plan = Architecture(8, (part,), Part("trunk", Vector(3), ()), (part,), direct=(("a", part),))
    assert kept.made(kept.plain(plan), {}) == plan
    assert kept.made(kept.plain(Architecture(8, (part,), part, (), beside=((plan, 0.5),))), {}).beside[0][0] == plan


def test_a_module_of_the_users_is_named_and_not_kept() -> None:
    own = torch.nn.Linear(3, 4)
    plan = Architecture(8, (), Part("trunk", Vector(3), (Layer("own", own),)), ())
    told = kept.plain(plan)
    assert "Linear" not in repr(told)
    assert kept.made(told, {"trunk": own}).trunk.layers[0].size is own
    with pytest.raises(WisenError, match="network of your own"):
        kept.made(told, {})


def test_the_network_says_what_it_said(high: Any) -> None:
    found = kept.kept(high.path, None, high.program.feeds)
    assert found.graphs.keys() == set(found.architecture.reads)
    assert not found.network.training
    explanation = high.explain(1.0, None, method="inputs")
    assert explanation.amount > 0 and explanation.verdict.checks


def test_another_program_does_not_have_it(high: Any) -> None:
    data = high.path.read_bytes()
    place = kept.place(high.path, data)
    assert place.parent == state.folder(high.path) and kept.place(state.candidate(high.path), data) == place
    told = torch.load(place, weights_only=True)
    torch.save({**told, "program": "0" * 64}, place)
    with pytest.raises(WisenError, match="of another training"):
        kept.kept(high.path, None, high.program.feeds)
    torch.save({**told, "format": 99}, place)
    with pytest.raises(WisenError, match="another version"):
        kept.kept(high.path, None, high.program.feeds)
    torch.save({name: each for name, each in told.items() if name != "graphs"}, place)
    with pytest.raises(WisenError, match="cannot be read"):
        kept.kept(high.path, None, high.program.feeds)
    place.write_bytes(b"nothing")
    with pytest.raises(WisenError, match="cannot be read"):
        kept.kept(high.path, None, high.program.feeds)
    place.unlink()
    with pytest.raises(WisenError, match="trained elsewhere"):
        kept.kept(high.path, None, high.program.feeds)
    assert high.path.read_bytes() == data
    found = high.explain(1.0, None)
    assert found.method in ("occlusion", "shapley") and any("trained elsewhere" in why for _, why in found.others)


def test_code_in_the_file_is_not_run(high: Any, tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> Any:
            return (Path.touch, (tmp_path / "gone off",))

    torch.save({"format": 1, "program": Bomb()}, kept.place(high.path, high.path.read_bytes()))
    with pytest.raises(WisenError, match="cannot be read"):
        kept.kept(high.path, None, high.program.feeds)
    assert not (tmp_path / "gone off").exists()


def test_what_is_not_installed_can_be_explained_too(module: Any) -> None:
    function = module(SOURCE.replace("...", "return x > 0.2")).high
    rows = [((float(x), float(y)), bool(x > 0.2)) for x, y in chance().normal(size=(120, 2))]
    assert not function.train(rows, budget=2, listen=lambda event: None).installed
    assert function.explain(1.0, 0.0, method="gradients").ranked()[0][0] == "x"


def test_networks_of_programs_that_are_no_more_are_removed(high: Any) -> None:
    left = state.folder(high.path) / "network.0123456789abcdef.pt"
    left.write_bytes(b"left by a training that was killed")
    kept.sweep(high.path)
    assert list(left.parent.glob("network.*.pt")) == [kept.place(high.path, high.path.read_bytes())]


def test_forms_of_all_layers_are_known() -> None:
    found, _ = learned(judge, [((float(n), "red", 1.0), n > 5) for n in range(40)])
    assert kept.made(kept.plain(found.architecture), {}) == found.architecture
