"""Plans are frozen values that print themselves; they are tested without a tensor."""

from __future__ import annotations

import copy
from dataclasses import FrozenInstanceError, replace
from typing import Annotated, Any, Literal

import PIL.Image
import pytest
import torch

from wisen import Image, Size
from wisen.architecture import parameters, width_of
from wisen.errors import BadNetwork
from wisen.examples import fitted, known, split
from wisen.kinds import kind_of
from wisen.nn.form import Vector
from wisen.plans import ROWS, plans, read_by
from wisen.signature import Column, pretrained, signature_of


def columns(*annotations: Any) -> tuple[Column, ...]:
    made = [Column(f"x{n}", kind_of(annotation)) for n, annotation in enumerate(annotations)]
    return tuple(column.fit(column.kind.samples()) for column in made)


def grey(read: tuple[Column, ...]) -> tuple[Column, ...]:
    """The columns with their pictures in grey, in which no colours are counted."""
    found = []
    for column in read:
        kind: Any = column.kind
        plain = replace(kind, channels=1, mean=(127.5,), scale=(50.0,)) if hasattr(kind, "channels") else kind
        found.append(replace(column, kind=plain))
    return tuple(found)


def test_plans_grow_from_a_linear_program() -> None:
    tried = plans(columns(float, float), columns(bool))
    assert [plan.width for plan in tried] == [width for width, _, _ in ROWS]
    assert [plan.name for plan in tried] == ["linear", "width 32", "width 256, piecewise", "width 128 x 8, piecewise"]
    assert [plan.linear for plan in tried] == [True, False, False, False]
    assert tried[0].name == "linear" and tried[0].trunk.layers == ()
    sizes = [parameters(plan.build()) for plan in tried]
    assert sizes[:3] == sorted(sizes[:3]) and sizes[0] == 2 * 2 + 2  # two weights and a bias for each of two answers


def test_a_plan_is_frozen_equal_to_its_like_and_prints_itself() -> None:
    one, other = (plans(columns(float, bool), columns(bool))[1] for _ in range(2))
    assert one == other and hash(one) == hash(other)
    with pytest.raises(FrozenInstanceError):
        one.width = 3  # type: ignore[misc]  # that it is refused is what is tested
    text = str(one)
    assert "trunk        linear 32        vector 32" in text
    assert sum(count for *_, count in one.rows()) == parameters(one.build())


def test_kinds_meet_side_by_side() -> None:
    plan = plans(columns(float, bool, float | None, str), columns(bool, float))[1]
    assert [part.name for part in plan.encoders] == ["numbers", "categories", "x3 words"]
    assert [part.name for part in plan.heads] == ["x0", "x1"]
    widths = [width_of(part.build().gives) for part in plan.encoders]
    assert plan.trunk.form == Vector(sum(widths))


def test_a_network_of_ones_own_is_the_trunk_a_part_or_the_whole() -> None:
    inputs, outputs = columns(float, str), columns(bool)
    trunk = torch.nn.Sequential(torch.nn.LazyLinear(7), torch.nn.Tanh())
    (plan,) = plans(inputs, outputs, trunk)
    assert plan.trunk.build().gives == Vector(7) and "Sequential" in plan.name
    (plan,) = plans(inputs, outputs, {"numbers": torch.nn.Linear(1, 5)})
    assert plan.encoders[0].build().gives == Vector(5)

    class Both(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.words, self.last = torch.nn.EmbeddingBag(40000, 3), torch.nn.Linear(4, 2)

        def forward(self, numbers: torch.Tensor, words: torch.Tensor) -> Any:
            return self.last(torch.cat([numbers, self.words(words)], dim=1))

    (plan,) = plans(inputs, outputs, {"whole": Both})
    said = plan.build()({"numbers": torch.zeros(5, 1), "x1": torch.zeros(5, 9, dtype=torch.int64)})
    assert said["x0"].shape == (5, 2) and plan.rows()[0][1] == "Both"


class Tanh(torch.nn.Module):
    def __init__(self, gain: float = 1.0) -> None:
        super().__init__()
        self.linear, self.gain = torch.nn.LazyLinear(4), gain

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.tanh(self.linear(x))


class Relu(Tanh):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.linear(x))


def test_a_plan_with_another_network_has_another_fingerprint() -> None:
    def fingerprint(network: Any) -> str:
        return plans(columns(float), columns(bool), network)[0].fingerprint()

    first = torch.nn.Linear(1, 3)
    other = copy.deepcopy(first)
    with torch.no_grad():
        other.weight += 1
    assert fingerprint(first) == fingerprint(copy.deepcopy(first)) != fingerprint(other)
    assert fingerprint(Tanh) == fingerprint(Tanh) != fingerprint(Relu)


@pytest.mark.parametrize(
    ("network", "message"),
    [
        ({"nubmers": torch.nn.Linear(1, 5)}, "'nubmers', which is no part\nDid you mean 'numbers'"),
        ({"numbers": torch.nn.Linear(3, 5)}, r"Linear was given vector 1, a tensor of shape \(3, 1\)"),
        ({"whole": torch.nn.Linear(1, 3)}, r"says \(3, 3\) for 'x0'\nIts last layer must give \[batch, 2\]"),
        ({"whole": torch.nn.Linear(1, 2), "trunk": torch.nn.Tanh()}, "gives the whole and a part"),
        (3, "network= is 3; wanted a torch.nn.Module"),
    ],
)
def test_a_network_that_does_not_fit_is_refused_in_words(network: Any, message: str) -> None:
    with pytest.raises(BadNetwork, match=message):
        plans(columns(float), columns(bool), network)


def test_a_whole_may_name_its_answers_in_any_order() -> None:
    class Named(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one, self.other = torch.nn.Linear(1, 2), torch.nn.Linear(1, 3)

        def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
            return {"x1": self.other(x), "x0": self.one(x)}

    (plan,) = plans(columns(float), columns(bool, Literal["a", "b", "c"]), {"whole": Named})
    said = plan.build()({"numbers": torch.zeros(5, 1)})
    assert {name: tuple(x.shape) for name, x in said.items()} == {"x0": (5, 2), "x1": (5, 3)}
    with pytest.raises(BadNetwork, match=r"the network says \['x1', 'x0'\]; wanted \['x0'\]"):
        plans(columns(float), columns(bool), {"whole": Named})


def test_twins_share_an_encoder_and_are_compared() -> None:
    image = type(kind_of(Image))
    read = grey(columns(Image, Image, float))
    assert isinstance(read[0].kind, image) and read[0].kind == read[1].kind
    tried = plans(read, columns(bool))
    assert len({plan.name for plan in tried}) == len(tried)
    assert [plan.name for plan in tried[:2]] == ["linear, compared", "linear"] and tried[0].linear
    assert [plan.name for plan in tried if "compared" in plan.name][-1].endswith("residual, compared")
    for plan in tried:
        (twins, numbers) = plan.encoders
        assert twins.twins == twins.feeds == ("x0", "x1") and numbers.twins == ()
        grid = {name: torch.rand(3, 1, *x) for name, x in {"x0": (24, 32), "x1": (24, 32)}.items()}
        network = plan.build().eval()
        said = network({**grid, "numbers": torch.zeros(3, 1)})["x0"]
        other = network({"x0": grid["x1"], "x1": grid["x0"], "numbers": torch.zeros(3, 1)})["x0"]
        assert torch.allclose(said, other, atol=1e-5) is ("compared" in plan.name)
    (alone,) = plans(read, columns(bool), {"x1": torch.nn.Sequential(torch.nn.Flatten(), torch.nn.LazyLinear(5))})
    assert [part.feeds for part in alone.encoders] == [("x0",), ("x1",), ("numbers",)]


def test_colours_are_read_beside_pixels() -> None:
    tried = plans(columns(Image), columns(bool))
    assert [plan.name for plan in tried[:2]] == ["linear", "linear, reads colours"] and tried[1].linear
    assert all(plan.reads == ("x0", "x0 colours") for plan in tried[2:])
    assert not any("colours" in plan.name for plan in plans(grey(columns(Image)), columns(bool)))


def test_twins_are_read_in_one_view_at_a_time() -> None:
    read = tuple(replace(column, kind=replace(column.kind, borrowed=True)) for column in grey(columns(Image, Image)))
    tried = plans(read, columns(bool))
    assert {plan.encoders[0].feeds for plan in tried} == {("x0", "x1"), ("x0 pretrained", "x1 pretrained")}
    assert all(len(plan.encoders) == 1 for plan in tried) and len({plan.name for plan in tried}) == len(tried)
    views = list(read[0].kind.views().values())
    assert len({view.twin() for view in views}) == len(views)
    assert not {plan.name for plan in tried if "half" in plan.name}  # what sees less is for resizing


def test_twins_are_fitted_together() -> None:
    def same(a: Image, b: Image, c: Annotated[Image, Size(8)]) -> bool: ...

    dark, light = (PIL.Image.new("L", (20, 10), grey) for grey in (0, 200))
    rows = [((dark, light, dark), n % 2 == 0) for n in range(60)]
    varied = [((dark.resize((20 + n, 10)), light, dark), answer) for n, ((dark, light, _), answer) in enumerate(rows)]
    inputs, _ = fitted(split(known(varied, signature_of(same))))
    a, b, c = (column.kind for column in inputs)
    assert a == b and a.mean == pytest.approx((100.0,), abs=1) and c.mean == (0.0,)


def test_a_linear_program_over_words_is_weighted_sums_of_all_that_is_there() -> None:
    linear, *others = plans(columns(float, str), columns(bool, float))
    assert linear.linear and linear.name == "linear, reads words" and linear.reads == ("numbers", "x1 words")
    assert [(answer, part.name) for answer, part in linear.direct] == [("x0", "x1 words"), ("x1", "x1 words")]
    assert not any(plan.linear for plan in others)
    network = linear.build()
    words = torch.zeros(3, 5, 2)
    words[0, 0] = torch.tensor([7.0, 2.0])
    with torch.no_grad():
        before = network({"numbers": torch.zeros(3, 1), "x1 words": words})
        network.direct[0].blocks[0].weight[7] += 1  # type: ignore[union-attr, index]
        after = network({"numbers": torch.zeros(3, 1), "x1 words": words})
    assert torch.equal(after["x1"], before["x1"])
    assert (after["x0"] - before["x0"]).tolist() == [[2.0, 2.0], [0.0, 0.0], [0.0, 0.0]]


def test_plans_read_pretrained_views_alone_and_beside_words(monkeypatch: pytest.MonkeyPatch) -> None:
    from wisen.kinds.views import minilm

    monkeypatch.setattr(minilm, "folder", lambda: None)
    inputs = pretrained(columns(float, str), "f")
    read = [(plan.width, plan.views) for plan in plans(inputs, columns(bool))]
    words, both = ["reads words"], ["reads pretrained", "reads words"]
    assert read[:4] == [(0, words), (0, ["reads pretrained"]), (0, both), (32, both)]
    assert [plan.frozen > 0 for plan in plans(inputs, columns(bool))[:3]] == [False, True, True]  # so words are smaller
    assert {feed.name for feed in read_by(plans(inputs, columns(bool)), inputs)} == {
        "numbers", "x1 words", "x1 pretrained",
    }  # fmt: skip


def test_texts_are_read_in_order_where_they_are_short_and_many() -> None:
    def views(texts: list[str]) -> list[tuple[int, list[str]]]:
        column = Column("x", kind_of(str).fit(texts))
        return [(plan.width, plan.views) for plan in plans((column,), columns(bool))]

    words, letters = ["reads words"], ["reads bytes"]
    assert views(["a word"] * 500) == [(0, words), (32, words), (32, letters), (128, words)]
    for few_or_long in (["a word"] * 499, ["many words of a sentence " * 4] * 500):
        assert views(few_or_long) == [(0, words), (32, words), (128, words)]
    (plan,) = [p for p in plans((Column("x", kind_of(str).fit(["word"] * 500)),), columns(bool)) if p.views == letters]
    assert plan.name == "width 32, reads bytes" and not plan.linear and not plan.direct
