"""The contract of kind.py, kept by every row of the KINDS table."""

from __future__ import annotations

import json
import re
from dataclasses import FrozenInstanceError, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import spox

import wisen
from wisen import nn
from wisen.descent.batches import alike, argument, reader
from wisen.errors import BadSignature, BadValue
from wisen.kinds import KINDS, Input, Kind, Output, from_json, kind_of
from wisen.kinds.category import Category
from wisen.kinds.moment import Moment
from wisen.kinds.number import Number
from wisen.kinds.packed import Coded, picked
from wisen.kinds.series import Series
from wisen.nn.form import Grid, Ids, Tokens, Track, Vector
from wisen.nn.form import Sequence as Steps
from wisen.plans import to_vector
from wisen.signature import Column, feeds

# For each row of the table: kinds as a signature makes them. A new row needs a line here.
MADE: dict[str, list[Kind]] = {
    "number": [Number(), Number(integer=True), Number(optional=True)],
    "category": [
        Category(choices=(False, True)),
        Category(choices=("red", "green", "ὑπό")),
        Category(choices=(3, 5), optional=True),
        Category(open=True),
    ],
    "text": [KINDS["text"](), KINDS["text"](optional=True)],
    "moment": [Moment(), Moment(date=True), Moment(optional=True)],
    "image": [KINDS["image"](), KINDS["image"](optional=True)],
    "series": [
        Series(lengths=(5,)),
        Series(lengths=(4,), optional=True),
        Series(lengths=(3,), ahead=(True,)),
        Series(lengths=(1,), ahead=(True,)),
    ],
    "audio": [KINDS["audio"](), from_json({"kind": "audio", "rate": 11025, "seconds": 1.0, "optional": True})],
    "boxes": [KINDS["boxes"](choices=("cat", "dog")), KINDS["boxes"](choices=(1, 2, 3))],  # type: ignore[call-arg]
}
KIND_CASES = [pytest.param(kind, id=f"{word}-{n}") for word, made in MADE.items() for n, kind in enumerate(made)]
INPUTS = [case for case in KIND_CASES if isinstance(case.values[0], Input)]
ANSWERS = [c for c in KIND_CASES if isinstance(c.values[0], Output) and not c.values[0].optional]
OUTPUTS = [c for c in ANSWERS if isinstance(c.values[0], Output) and c.values[0].needs == "vector"]
"""Others are said by heads of their own, which are tested in files of their own."""


def values_of(kind: Kind) -> list[Any]:
    return [*kind.samples(), *([None] if kind.optional else [])]


def same(kind: Kind, one: Any, other: Any) -> bool:
    return kind.content(one) == kind.content(other)


def test_every_row_is_tested() -> None:
    assert MADE.keys() == KINDS.keys()
    assert all(word == kind.word for word, kind in KINDS.items())


@pytest.mark.parametrize("kind", KIND_CASES)
def test_it_is_a_frozen_value_and_final(kind: Kind) -> None:
    assert is_dataclass(kind) and hash(kind) == hash(replace(kind))
    assert not type(kind).__subclasses__()
    with pytest.raises(FrozenInstanceError):
        kind.optional = True  # type: ignore[misc]  # that it is refused is what is tested


@pytest.mark.parametrize("kind", KIND_CASES)
def test_what_is_written_can_be_read(kind: Kind) -> None:
    fitted = kind.fit(values_of(kind))
    for value in values_of(kind):
        for one in (kind, fitted):
            written = one.write(value)
            assert same(one, one.read(written), value)
            assert same(one, one.read(json.loads(json.dumps(written))), value)


@pytest.mark.parametrize("kind", KIND_CASES)
def test_a_value_is_shown_as_escaped_html(kind: Kind) -> None:
    for value in values_of(kind):
        assert isinstance(kind.show(value), str)
    if kind.word == "text":
        assert "<script>" not in kind.show("<script>")


@pytest.mark.parametrize("kind", KIND_CASES)
def test_a_value_fits_into_a_cell_of_a_table(kind: Kind) -> None:
    for value in [*values_of(kind), None]:
        said = kind.brief(value)
        assert 0 <= len(said) <= 24 and "\n" not in said
    assert KINDS["text"]().brief("two\nlines " * 9) == "two lines two lines two…"
    assert KINDS["image"]().brief(KINDS["image"]().samples()[0]) == "32 x 24"
    assert Number().brief(1 / 3) == "0.333333"


@pytest.mark.parametrize("kind", KIND_CASES)
def test_a_missing_value_is_read_only_where_it_may_be_missing(kind: Kind) -> None:
    if kind.optional:
        assert kind.read(None) is None
    else:
        with pytest.raises(BadValue, match="missing"):
            kind.read(None)


@pytest.mark.parametrize("kind", KIND_CASES)
def test_junk_raises_bad_value_and_nothing_else(kind: Kind) -> None:
    for junk in (
        object(),
        [],
        {},
        "\0",
        b"\xff\xfe",
        1e400,
        10**400,
        np.array([]),
        np.array(["a"]),
        "no such thing.png",
    ):
        try:
            kind.read(junk)
        except BadValue as error:
            assert str(error)


@pytest.mark.parametrize("kind", KIND_CASES)
def test_the_manifest_gives_the_fitted_kind_back(kind: Kind) -> None:
    fitted = kind.fit(values_of(kind))
    assert from_json(json.loads(json.dumps(fitted.to_json()))) == fitted
    assert fitted.key() == kind.key() or (isinstance(kind, Category) and kind.open)
    assert all(field.name in fitted.to_json() for field in fields(kind) if field.repr)


@pytest.mark.parametrize("kind", KIND_CASES)
def test_fit_learns_nothing_from_nothing(kind: Kind) -> None:
    assert type(kind.fit([])) is type(kind)
    if kind.optional:
        assert type(kind.fit([None, None])) is type(kind)


@pytest.mark.parametrize("kind", KIND_CASES)
def test_an_annotation_makes_it(kind: Kind) -> None:
    namespace: dict[str, Any] = {}
    exec("import datetime\nfrom datetime import *\nfrom typing import *\nfrom wisen import *", namespace)
    made = kind_of(eval(kind.annotation, namespace))
    assert type(made) is type(kind) and made.key() == replace(kind, optional=False).key()


# ---- inputs ------------------------------------------------------------------------------------


def fitted_feed(kind: Kind) -> tuple[Any, list[list[Any]]]:
    """The feed of two columns of the kind where they share a tensor, else of one, and rows."""
    values = values_of(kind)
    columns = [Column("a", kind.fit(values)), Column("b", kind.fit(values))]
    columns = columns if columns[0].kind.plural else columns[:1]
    return feeds(columns)[0], [[value] * len(columns) for value in values]


@pytest.mark.parametrize("kind", INPUTS)
def test_arrays_are_what_tensors_promise(kind: Input) -> None:
    feed, rows = fitted_feed(kind)
    for row in rows:
        given = feed.arrays([row])
        for tensor in feed.kind.tensors(feed.name):
            array = given[tensor.name]
            assert array.dtype == (object if tensor.dtype == "str" else np.dtype(tensor.dtype))
            assert array.ndim == len(tensor.dims) and array.shape[0] == 1 and tensor.dims[0] == "batch"
            assert all(a == b for a, b in zip(tensor.dims, array.shape, strict=True) if isinstance(a, int))


PAGE = Path(wisen.__file__).parent / "bake" / "page"


def rows_of(table: str) -> set[str]:
    """The names of the rows of a table of the page."""
    found = re.search(rf"^const {table.upper()} = \{{$(.*?)^\}};", (PAGE / f"{table}.js").read_text(), re.M | re.S)
    assert found is not None
    return set(re.findall(r"^  (\w+): \{", found[1], re.M))


@pytest.mark.parametrize("kind", KIND_CASES)
def test_a_page_knows_how_to_ask_for_it_and_how_to_show_it(kind: Kind) -> None:
    fitted = kind.fit(values_of(kind))
    sides: dict[str, Any] = {"entries": fitted.entry()} if isinstance(fitted, Input) else {}
    sides |= {"readouts": fitted.readout()} if isinstance(fitted, Output) else {}
    for table, side in sides.items():
        assert side.type in rows_of(table)
        told = json.dumps(side.to_json(), allow_nan=False)
        assert json.loads(told) == {"type": side.type, **json.loads(json.dumps(dict(side.facts)))}


def test_a_page_has_no_rows_that_nobody_asks_for() -> None:
    every = [kind for made in MADE.values() for kind in made]
    inputs = {kind.entry().type for kind in every if isinstance(kind, Input)}
    outputs = {kind.readout().type for kind in every if isinstance(kind, Output)}
    assert inputs == rows_of("entries") and outputs == rows_of("readouts")


@pytest.mark.parametrize("kind", INPUTS)
def test_the_graph_gives_the_form_that_it_promises(kind: Input) -> None:
    feed, rows = fitted_feed(kind)
    form = feed.kind.form()
    for row in rows:
        said = reader(feed).run(None, feed.arrays([row]))[0]
        assert np.isfinite(said).all()
        match form:
            case Vector():
                assert said.shape == (1, form.width) and said.dtype == np.float32
            case Ids():
                assert said.shape == (1, len(form.sizes)) and (said < np.array(form.sizes)).all() and said.min() >= 0
            case Tokens():
                assert said.ndim == 2 and said.dtype == np.int64 and 0 <= said.min() <= said.max() < form.vocabulary
            case Grid():
                assert said.shape == (1, form.channels, form.height, form.width)


@pytest.mark.parametrize("kind", INPUTS)
def test_one_batch_says_what_single_values_say(kind: Input) -> None:
    feed, rows = fitted_feed(kind)
    session = reader(feed)
    columns = list(zip(*rows, strict=True))
    for places in alike(feed, columns):
        together = session.run(None, feed.tensors([picked(values, places) for values in columns]))[0]
        for number, place in enumerate(range(len(rows))[places] if isinstance(places, slice) else places):
            alone = session.run(None, feed.arrays([rows[place]]))[0][0]
            here = together[number][: alone.shape[0]]
            if isinstance(feed.kind.form(), Tokens):  # padding stands after each text
                here, alone = together[number][together[number] > 0], alone[alone > 0]
            np.testing.assert_allclose(sorted(here.ravel()), sorted(alone.ravel()), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", KIND_CASES)
def test_many_values_have_the_content_of_each(kind: Kind) -> None:
    values = values_of(kind) * 2
    coded = Coded(values_of(kind), np.arange(len(values)) % len(values_of(kind)))
    for many in (values, coded, coded.take(slice(0, 0))):
        assert [bytes(content) for content in kind.contents(many)] == [kind.content(value) for value in many]
    assert kind.fit(coded) == kind.fit(values) and kind.doubts(coded) == kind.doubts(values)
    tidied, notes = kind.tidy(coded)
    assert (list(tidied), notes) == (list(kind.tidy(values)[0]), kind.tidy(values)[1])


FORMS: dict[str, Any] = {"vector": Vector(4), "grid": Grid(4, 6, 6), "sequence": Steps(4)}
"""What a head reads, by what its kind needs."""
FAR = 16.0
"""How far the inputs reach to which the samples of answers with places belong."""


def shape_of(kind: Output) -> tuple[int, ...]:
    """What a head says of one example."""
    match nn.build(kind.head(), FORMS[kind.needs]).gives:
        case Vector(width):
            return (width,)
        case Grid(channels, height, width):
            return (channels, height, width)
    raise AssertionError(kind)


def in_units(kind: Output, guess: Any, said: dict[str, Any]) -> dict[str, Any]:
    """The answer's tensors for inputs that reach so far."""
    if kind.needs != "grid":
        return said
    from wisen.nn.block import constant, op

    count = op.slice(op.shape(guess), constant([0]), constant([1]))
    shape = op.concat([count, constant([2])], axis=0)
    return kind.absolute(said, guess, op.expand(constant(np.float32(FAR)), shape))


@pytest.mark.parametrize("kind", OUTPUTS)
def test_many_answers_are_those_to_each(kind: Output) -> None:
    fitted = replace(kind.with_labels(values_of(kind)), optional=False).fit(values_of(kind))
    shape = shape_of(fitted)
    raw = spox.argument(spox.Tensor(np.float32, ("batch", *shape)))
    said = in_units(fitted, raw, fitted.say(raw))
    model = spox.build({"guess": raw}, {f"answer{name}": tensor for name, tensor in said.items()})
    session = onnxruntime.InferenceSession(model.SerializeToString())
    guesses = np.random.default_rng(0).normal(size=(9, *shape)).astype(np.float32)
    tensors = dict(zip(said, session.run(None, {"guess": guesses}), strict=True))
    rows = [{name: array[place] for name, array in tensors.items()} for place in range(9)]
    answers = fitted.answers(tensors)
    assert answers == [fitted.answer(row) for row in rows]
    chances = [fitted.chance(answer, fitted.alternatives(row)) for row, answer in zip(rows, answers, strict=True)]
    assert list(fitted.chances(tensors, answers)) == chances


@pytest.mark.parametrize("kind", INPUTS)
def test_the_encoder_reads_what_the_graph_gives_and_ends_in_a_vector(kind: Input) -> None:
    import torch

    feed, rows = fitted_feed(kind)
    ways = [feed.kind.encoder(0), *feed.kind.encoders(32)]
    for way in [*ways, *([] if feed.kind.plain() is None else [feed.kind.plain()])]:
        chain = nn.build(to_vector(way, feed.kind.form()), feed.kind.form()).eval()
        said = chain(torch.from_numpy(reader(feed).run(None, feed.arrays(rows[:1]))[0]))
        assert isinstance(chain.gives, Vector) and tuple(said.shape) == (1, chain.gives.width)


@pytest.mark.parametrize("kind", INPUTS)
def test_blank_can_enter_the_program(kind: Input) -> None:
    feed, rows = fitted_feed(kind)
    blank = [kind.fit(values_of(kind)).blank()] * len(rows[0])
    assert np.isfinite(reader(feed).run(None, feed.arrays([blank]))[0]).all()


# ---- outputs -----------------------------------------------------------------------------------


def fitted_output(kind: Any) -> tuple[Any, list[Any]]:
    values = kind.samples() * 5
    return kind.with_labels(values).fit(values), values


@pytest.mark.parametrize("kind", OUTPUTS)
def test_a_perfect_guess_is_said_and_costs_little(kind: Output) -> None:
    import torch

    fitted, values = fitted_output(kind)
    target = torch.from_numpy(fitted.relative(fitted.target(values), np.full((len(values), 2), FAR)))
    guess = torch.zeros(len(values), *shape_of(fitted), requires_grad=True)
    optimizer = torch.optim.Adam([guess], lr=0.3)
    first = fitted.loss(guess, target)
    assert first.shape == (len(values),)
    slower = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 400)
    for _ in range(400):
        optimizer.zero_grad()
        fitted.loss(guess, target).sum().backward()
        optimizer.step()
        slower.step()
    assert fitted.loss(guess, target).mean() < 1e-2
    calibrated = fitted.calibrate(guess.detach().numpy(), target.numpy())
    answers = [calibrated.answer(row) for row in said_by(calibrated, guess.detach().numpy())]
    if calibrated.needs != "vector":
        assert fitted.merits(answers, values).mean() > 0.99
    elif not calibrated.labels():  # close to the truth, as far as a step of descent goes
        spread = np.ptp(values)
        assert (-fitted.merits(answers, values)).max() < 0.01 * spread
    else:
        assert answers == values
        ranked = calibrated.alternatives(said_by(calibrated, guess.detach().numpy())[0])
        assert ranked[0][0] == values[0] and sum(chance for _, chance in ranked) == pytest.approx(1, abs=1e-5)


def said_by(kind: Any, guess: np.ndarray) -> list[dict[str, Any]]:
    raw = argument(type("T", (), {"dtype": "float32", "dims": ("batch", *guess.shape[1:])}))
    model = spox.build({"x": raw}, {f"_{name}": var for name, var in in_units(kind, raw, kind.say(raw)).items()})
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    names = [output.name[1:] for output in session.get_outputs()]
    arrays = session.run(None, {"x": guess.astype(np.float32)})
    return [dict(zip(names, row, strict=True)) for row in zip(*arrays, strict=True)]


@pytest.mark.parametrize("kind", ANSWERS)
def test_metrics_tell_right_from_wrong(kind: Output) -> None:
    fitted, values = fitted_output(kind)
    right, naive = values, [fitted.naive(values)] * len(values)
    best, poor = fitted.metrics(right, values)[0], fitted.metrics(naive, values)[0]
    assert best.name == poor.name
    assert best.value > poor.value if best.better == "higher" else best.value < poor.value
    assert fitted.merits(right, values).mean() > fitted.merits(naive, values).mean()
    nothing = fitted.merits([None] * len(values), values)
    assert np.isfinite(nothing).all() and nothing.mean() < fitted.merits(right, values).mean()
    assert fitted.metrics([None] * len(values), values)[0].name == best.name


def test_what_cannot_be_taken_is_refused_with_what_can() -> None:
    with pytest.raises(BadSignature, match=r"complex is no type.*\n.*float, int, bool"):
        kind_of(complex)
    with pytest.raises(BadSignature, match="cannot be an output"):
        kind_of(wisen.Image, Output)
    with pytest.raises(BadSignature, match="cannot be missing"):
        kind_of(float | None, Output)


@pytest.mark.parametrize("kind", INPUTS)
def test_what_is_varied_has_the_same_form(kind: Input) -> None:
    import torch

    feed, rows = fitted_feed(kind)
    features = torch.from_numpy(reader(feed).run(None, feed.arrays(rows[:1]))[0])
    for how in feed.kind.variations() * 5:
        varied = feed.kind.vary(features, how)
        assert varied.shape == features.shape and varied.dtype == features.dtype
        assert features.min() <= varied.min() and varied.max() <= features.max() + 1e-5


@pytest.mark.parametrize("kind", INPUTS)
def test_ways_are_made_of_views_that_give_what_they_say(kind: Input) -> None:
    import torch

    from wisen.nn import build
    from wisen.plans import to_vector

    feed, rows = fitted_feed(kind)
    for width in (0, 32):
        for name in {name for way in feed.kind.ways(width) for name in way}:
            view = feed.view(name)
            features = torch.from_numpy(reader(view).run(None, view.arrays(rows[:1]))[0])
            chain = build(to_vector(view.kind.encoder(width), view.kind.form()), view.kind.form()).eval()
            assert chain(features).shape == (1, chain.gives.width)  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", INPUTS)
def test_what_has_places_is_read_place_by_place_and_varied_with_them(kind: Input) -> None:
    import torch

    values = values_of(kind)
    fitted = kind.needed("grid").fit(values)
    known = fitted.extent(fitted.outline(values[0]))
    if known is None:
        return
    feed = feeds([Column("a", fitted)])[0]
    arrays = feed.arrays([[values[0]]])
    raw = {tensor.name: argument(tensor) for tensor in feed.raw}
    model = spox.build(raw, {"extents": fitted.extents(*raw.values())})  # type: ignore[dict-item]  # it has some
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    assert session.run(None, arrays)[0].tolist() == [pytest.approx(known)]
    features = torch.from_numpy(reader(feed).run(None, arrays)[0])
    layers = fitted.placed(32)
    assert layers is not None
    chain = nn.build(layers, fitted.form()).eval()
    assert isinstance(chain.gives, Grid | Steps | Track)
    assert chain(features).shape[1] == 32 + isinstance(chain.gives, Track)  # which of its steps are there
    for how in fitted.variations() * 3:
        varied, where = fitted.varied(features, how)
        assert varied.shape == features.shape and (where is None or where.shape == (1, len(known), len(known) + 1))


@pytest.mark.parametrize(
    "kind", [case for case in OUTPUTS if isinstance(case.values[0], Output) and case.values[0].sides]
)
def test_a_region_holds_what_is_no_stranger_than_its_limits(kind: Output) -> None:
    fitted, values = fitted_output(kind)
    width = nn.build(fitted.head(), Vector(3)).gives.width  # type: ignore[union-attr]  # heads that read a vector say one
    guess = np.random.default_rng(0).normal(size=(len(values), width)).astype(np.float32)
    rows = said_by(fitted, guess)
    tensors = {name: np.stack([np.asarray(row[name]) for row in rows]) for name in rows[0]}
    strange = fitted.strange(tensors, values)
    assert strange.shape == (len(values), fitted.limits()) and np.isfinite(strange).all()
    for row, truth, own in zip(rows, values, strange, strict=True):
        loose, least = fitted.region(row, [np.inf] * len(own)), fitted.region(row, own + 1e-3)
        assert truth in loose and truth in least
        assert fitted.answer(row) in fitted.region(row, np.maximum(own, 0) * 0 + 1e-3)
        tight = own - 1e-2 * (1 + np.abs(own))
        if (own > 0).any() and not getattr(fitted, "integer", False):
            assert truth not in fitted.region(row, tight)
    assert fitted.breadth(tensors, [0.5] * fitted.limits()) <= fitted.breadth(tensors, [0.9] * fitted.limits())
