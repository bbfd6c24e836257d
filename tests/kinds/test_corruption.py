"""Corruptions and traits of values: for every kind that goes in, and what each of them does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image as Pictures

from tests.kinds.test_contract import INPUTS, values_of
from wisen.kinds import Input, corruption
from wisen.kinds.sounds import Audio


def random() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.mark.parametrize("kind", INPUTS)
def test_every_corruption_gives_values_that_the_program_can_read(kind: Input) -> None:
    values = [*values_of(kind)] * 8
    fitted = kind.fit(values)
    for how in fitted.outside().corruptions:
        same = fitted.outside().corrupted(values, how, 0.0, random())
        assert [fitted.content(value) for value in same] == [fitted.content(value) for value in values], how
        found = fitted.outside().corrupted(values, how, 1.0, random())
        assert len(found) == len(values)
        changed = [fitted.content(a) != fitted.content(b) for a, b in zip(found, values, strict=True)]
        assert any(changed), how
        joined = type(fitted).join([fitted]) if fitted.plural else fitted
        for value in found:
            joined.gathered([[value]])  # raises where it is no value of the kind
        again = fitted.outside().corrupted(values, how, 1.0, random())
        assert [fitted.content(value) for value in again] == [fitted.content(value) for value in found], how


@pytest.mark.parametrize("kind", INPUTS)
def test_every_trait_says_something_of_every_value(kind: Input) -> None:
    values = values_of(kind)
    fitted = kind.fit(values)
    found = fitted.outside().traits(values)
    assert found, "a kind that says nothing of its values cannot be cut into slices"
    for name, said in found.items():
        assert len(said) == len(values), name
        assert all(value is None or isinstance(value, (str, int, float, np.floating)) for value in said), name


def picture() -> Any:
    pixels = np.zeros((32, 32), np.uint8)
    pixels[8:24, 8:24] = 200
    return Pictures.fromarray(pixels)


def array(how: str, strength: float) -> np.ndarray:
    return np.asarray(corruption.PICTURES[how](picture(), strength, random()), float)


def test_pictures_get_noisier_blurrier_flatter_darker_and_covered() -> None:
    plain = np.asarray(picture(), float)
    assert np.abs(array("noise", 0.2) - plain).mean() < np.abs(array("noise", 1.0) - plain).mean()
    edges = [np.abs(np.diff(array("blur", strength), axis=1)).max() for strength in (0.2, 0.6, 1.0)]
    assert edges[0] > edges[1] > edges[2] > 0
    assert array("less contrast", 1.0).std() == pytest.approx(plain.std() / 10, rel=0.05)
    assert array("less contrast", 1.0).mean() == pytest.approx(plain.mean(), abs=1)
    assert array("less light", 1.0).max() == 20
    changed = array("partly covered", 1.0) != plain
    assert changed.sum() == 16 * 16


def test_a_sound_gets_noise_of_the_loudness_that_is_said() -> None:
    samples = np.sin(np.arange(8000) / 5).astype(np.float32) / 2
    loud = np.sqrt(np.mean(samples**2))
    noise = corruption.hissing(samples, 1.0, random()) - samples
    assert np.sqrt(np.mean(noise**2)) == pytest.approx(loud, rel=0.05)
    noise = corruption.hissing(samples, 0.2, random()) - samples
    assert 20 * np.log10(np.sqrt(np.mean(noise**2)) / loud) == pytest.approx(-24, abs=0.5)
    assert np.abs(corruption.louder(samples, 1.0, random())).max() == 1.0
    assert Audio(corruption.quieter(samples, 1.0, random()), 8000).samples.max() == pytest.approx(0.005, rel=0.01)


def test_texts_lose_words_and_get_typos() -> None:
    text = "the quick brown fox jumps over the lazy dog " * 20
    text = text.strip()
    assert 0.3 < len(corruption.gappy(text, 1.0, random()).split()) / len(text.split()) < 0.7
    typed = corruption.mistyped(text, 1.0, random())
    wrong = sum(word not in text.split() for word in typed.split()) / len(typed.split())
    assert 0.3 < wrong < 0.9
    assert corruption.gappy("alone", 1.0, random()) == "alone"


def test_numbers_get_noise_of_the_scale_that_was_learned_and_half_of_the_cells_go() -> None:
    found = corruption.shaken([10.0] * 4000, 2.0, 0.5, random(), False)
    assert np.std(found) == pytest.approx(1.0, rel=0.05)
    assert all(isinstance(value, int) for value in corruption.shaken([1, 2, 3], 2.0, 1.0, random(), True))
    lost = corruption.gone(range(4000), None, 1.0, random())
    assert lost.count(None) / 4000 == pytest.approx(0.5, abs=0.03)
