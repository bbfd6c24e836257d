"""What a person sees of a value: every part can be hidden, and what counts finds its way back to it."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import PIL.Image
import pytest

from tests.explain.made import chance
from wisen import Audio
from wisen.kinds import KINDS, Input
from wisen.kinds.image import Image
from wisen.kinds.series import Series
from wisen.kinds.sights.sight import Sight, Trace, edges, gathered, portions
from wisen.kinds.sights.spectrum import PITCHES
from wisen.kinds.text import BYTES, WORDS, Text

INPUTS = {word: kind for word, kind in KINDS.items() if issubclass(kind, Input)}


def fitted(word: str) -> Any:
    made = {"series": Series(lengths=(6,))}
    kind: Any = made.get(word) or INPUTS[word]()
    return kind.fit(kind.samples())


@pytest.mark.parametrize("word", INPUTS)
def test_every_part_of_a_value_can_be_hidden(word: str) -> None:
    kind = fitted(word)
    sight: Sight = kind.sight()
    for value in kind.samples():
        parts = sight.seen(value)
        assert len(parts) == len(parts.names) == math.prod(parts.shape)
        assert len(parts.window) == len(parts.shape) or parts.shape == (1,)
        plain = parts.without(np.zeros(len(parts), bool))
        blank = parts.without(np.ones(len(parts), bool))
        tensors = [kind.arrays([(each,) if kind.plural else each]) for each in (value, plain, blank)]
        assert all(array.shape[0] == 1 for array in tensors[2])
        if len(parts) > 1:
            one = parts.without(np.arange(len(parts)) == 0)
            assert kind.arrays([(one,) if kind.plural else one])


def test_a_missing_value_has_one_part() -> None:
    for word in INPUTS:
        kind = fitted(word)
        parts = kind.sight().seen(None)
        assert len(parts) >= 1 and kind.sight().manageable(None) is None
        parts.without(np.ones(len(parts), bool))


def test_cells_of_a_picture_get_the_mean_colour() -> None:
    pixels = chance().integers(0, 256, (20, 40, 3)).astype(np.uint8)
    kind = Image(height=20, width=40, channels=3, mean=(10.0, 20.0, 30.0), scale=(1.0, 1.0, 1.0))
    parts = kind.sight().seen(PIL.Image.fromarray(pixels))
    assert parts.shape == (16, 16)
    hidden = np.zeros(256, bool)
    hidden[16 * 3 + 5] = True
    left, top, right, bottom = (int(n) for pair in parts.names[53].split(" to ") for n in pair.split(","))
    found = np.asarray(parts.without(hidden))
    assert (found[top:bottom, left:right] == (10, 20, 30)).all()
    found = found.copy()
    found[top:bottom, left:right] = pixels[top:bottom, left:right]
    assert (found == pixels).all()


def test_a_large_picture_is_made_as_small_as_the_program_sees_it() -> None:
    sight = Image(height=64, width=64).sight()
    large = PIL.Image.new("RGB", (4000, 2600))
    assert min(sight.manageable(large).size) <= 2 * 448 and sight.manageable(large).size[0] < 4000
    small = PIL.Image.new("RGB", (400, 300))
    assert sight.manageable(small) is small


def test_words_are_left_out() -> None:
    parts = Text().sight().seen("one  two three")
    assert parts.names == ("one", "two", "three")
    assert parts.without(np.array([False, True, False])) == "one  three"
    assert parts.without(np.ones(3, bool)) == "" and parts.without(np.zeros(3, bool)) == "one  two three"
    letters = Text().sight().seen("word")
    assert letters.names == tuple("word") and letters.without(np.array([True, False, False, True])) == "or"


def test_steps_are_named_from_now_and_hidden_as_missing() -> None:
    parts = Series(lengths=(4,)).sight().seen([1.0, 2.0, 3.0, 4.0])
    assert parts.names == ("-3", "-2", "-1", "now")
    assert np.isnan(parts.without(np.array([False, True, False, False]))).tolist() == [False, True, False, False]
    assert Series(lengths=(3,), ahead=(True,)).sight().seen([1.0, 2.0, 3.0]).names == ("+1", "+2", "+3")
    long = Series(lengths=(200,)).sight().seen(list(map(float, range(200))))
    assert len(long) == 64 and long.names[-1].endswith("now")


def tone(pitch: float, seconds: float = 0.5) -> np.ndarray:
    return np.sin(2 * np.pi * pitch * np.arange(int(16000 * seconds)) / 16000).astype(np.float32)


def test_a_pitch_can_be_taken_out_of_a_stretch_of_time() -> None:
    sight = KINDS["audio"](rate=16000, seconds=0.5).sight()  # type: ignore[call-arg,attr-defined]
    low, high = 0.3 * tone(300), 0.3 * tone(3000)
    parts = sight.seen(Audio(low + high, 16000))
    assert parts.shape[0] == PITCHES
    whole = parts.without(np.zeros(len(parts), bool)).samples
    np.testing.assert_allclose(whole, low + high, atol=1e-3)
    limits = sight.limits(16000)
    hidden = np.zeros(parts.shape, bool)
    hidden[int(np.searchsorted(limits, 3000)) - 1, : parts.shape[1] // 2] = True
    found = parts.without(hidden.ravel()).samples
    early, late = slice(800, 3200), slice(4800, 7200)
    np.testing.assert_allclose(found[late], (low + high)[late], atol=0.02)
    assert np.abs(found[early] - low[early]).max() < 0.05  # the high tone is gone, the low one stays


@pytest.mark.parametrize("rate", [8000, 16000, 44100])
def test_what_counts_of_a_pitch_falls_to_its_slot_whatever_the_rate(rate: int) -> None:
    from wisen.kinds.views.mel import BANDS, filters

    sight = KINDS["audio"](rate=16000, seconds=0.5).sight()  # type: ignore[call-arg,attr-defined]
    sound = Audio(np.zeros(rate // 2, np.float32), rate)
    parts, columns = sight.seen(sound), sight.cut.columns
    bins = filters(16000, 257)
    for pitch in (500, 1500, 3000):
        band = int(bins[:, round(pitch / 8000 * 256)].argmax())
        amounts = np.zeros((1, BANDS, columns))
        amounts[0, band] = 1.0
        found = sight.traced(Trace(amounts, amounts, sound, parts, lambda values: []))
        assert found.sum() == pytest.approx(columns)
        middle = float(found.sum(axis=1) @ (np.arange(PITCHES) + 0.5)) / columns
        wanted = np.interp(pitch, sight.limits(rate), np.arange(PITCHES + 1))
        assert abs(middle - wanted) < 0.7  # half a slot, and half a band


def test_features_of_a_window_come_from_its_steps() -> None:
    kind = Series(lengths=(6,)).fit([[1.0, 2, 3, 4, 5, 6], [3.0, 1, 4, 1, 5, 9], [2.0, 7, 1, 8, 2, 8]])
    (owners,) = kind.sight().owners  # type: ignore[attr-defined]
    assert owners.shape == (kind.form().width, 6)
    np.testing.assert_allclose(owners.sum(axis=1), 1)


def trace(kind: Text, text: str, view: str, features: np.ndarray, amounts: np.ndarray, read: Any) -> Trace:
    return Trace(amounts, features, text, kind.sight().seen(text), read, view)


def test_bytes_in_order_belong_to_their_words() -> None:
    def read(texts: Any) -> list[np.ndarray]:  # between two spaces, as in views/framed.py
        return [np.array([33, *(byte + 1 for byte in text.encode()), 33]) for text in texts]

    text = "ab cde f"
    features = read([text])[0]
    amounts = np.arange(len(features), dtype=float)
    found = Text().sight().traced(trace(Text(), text, BYTES, features, amounts, read))
    assert found is not None
    assert found.tolist() == [1 + 2, 3 + 4 + 5 + 6, 7 + 8]  # a space goes with the word after it


def test_tokens_in_no_order_belong_to_the_words_that_have_them() -> None:
    ids = {"a": 1, "b": 2, "c": 3, "a b": 4, "b c": 5}

    def read(texts: Any) -> list[np.ndarray]:
        found = []
        for text in texts:
            words = text.split()
            found.append(
                np.array(
                    [
                        *(ids[w] for w in words),
                        *(ids[f"{p} {q}"] for p, q in itertools.pairwise(words) if f"{p} {q}" in ids),
                    ]
                )
            )
        return found

    features = read(["a b c"])[0]
    amounts = np.array([1.0, 10.0, 100.0, 8.0, 80.0])
    found = Text().sight().traced(trace(Text(), "a b c", WORDS, features, amounts, read))
    assert found is not None
    assert found.tolist() == [1 + 4, 10 + 4 + 40, 100 + 40]  # a pair is shared by its words
    assert Text().sight().traced(trace(Text(), "a b c", "pretrained", features, amounts, read)) is None


def test_a_fine_map_adds_up_to_a_coarse_one() -> None:
    fine = chance().normal(size=(10, 7))
    for shape in ((5, 7), (3, 2), (10, 7), (20, 14), (16, 16)):
        found = gathered(fine, shape)
        assert found.shape == shape and found.sum() == pytest.approx(fine.sum())
    np.testing.assert_allclose(gathered(fine, (5, 7)), fine.reshape(5, 2, 7).sum(axis=1))
    assert edges(10, 4).tolist() == [0, 2, 5, 8, 10] and edges(3, 16).tolist() == [0, 1, 2, 3]
    np.testing.assert_allclose(portions(4, 2), [[1, 1, 0, 0], [0, 0, 1, 1]])


@pytest.mark.parametrize("word", INPUTS)
def test_what_counts_is_drawn(word: str) -> None:
    kind = fitted(word)
    for value in [*kind.samples(), None]:
        parts = kind.sight().seen(value)
        amounts = chance().normal(size=parts.shape)
        for small in (False, True):
            found = kind.sight().lit(value, parts, amounts, None, small)
            assert found is None or found.startswith(b"\x89PNG")
