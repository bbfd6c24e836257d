"""What pretrained networks read: the pieces of words, and the networks that read texts, pictures and sounds."""

from __future__ import annotations

import importlib.util
import re
import unicodedata
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import onnxruntime
import pytest
import spox

import wisen
from wisen.descent.batches import argument, reader
from wisen.errors import BadSignature, NotInstalled
from wisen.kinds import kind_of
from wisen.kinds.views import colours, efficientnet, minilm, speech
from wisen.kinds.views.wordpiece import FIRST, LAST, PADDING, UNKNOWN, pieces
from wisen.signature import Column, Feed, pretrained, signature_of

LETTERS = list("abcdefghijklmnopqrstuvwxyz0123456789")
VOCABULARY = [
    *(PADDING, UNKNOWN, FIRST, LAST, "##", "[", "un", "##aff", "##able", "##ab", "aff", "able", "cafe", "你", "!", "."),
    *(
        "##ll",
        "grosse",
        "größe",
        "groß",
        "αβ",
        "##γ",
        *LETTERS[:20],
        *(f"##{letter}" for letter in LETTERS[:18]),
    ),
]


def by_hand(text: str, most: int) -> list[str]:
    """The pieces as BERT's own tokenizer finds them, one after the other."""
    text = "".join(" " if c in "\t\n\r" else "" if unicodedata.category(c) in ("Cc", "Cf") else c for c in text)
    text = re.sub(r"([\u4e00-\u9fff])", r" \1 ", text)
    text = "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn").lower()
    found: list[str] = []
    text = "".join(f" {c} " if unicodedata.category(c)[0] == "P" or c in "$+<=>^`|~" else c for c in text)
    for word in text.split():
        some: list[str] = []
        while word and len(word) <= 100:
            begin = "##" if some else ""
            end = next((n for n in range(len(word), 0, -1) if begin + word[:n] in VOCABULARY), 0)
            if not end:
                break
            some, word = [*some, begin + word[:end]], word[end:]
        found += [UNKNOWN] if word else some
    return [FIRST, *found[: most - 2], LAST]


def in_graph(texts: list[str], most: int) -> list[list[str]]:
    kind = kind_of(str).fit(texts)
    raw = {tensor.name: argument(tensor) for tensor in kind.tensors("text")}  # type: ignore[attr-defined]
    codes, lengths = raw.values()
    found, counts = pieces(codes, lengths, VOCABULARY, 4096, most)
    model = spox.build(raw, {"pieces": found, "counts": counts})
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    limited = kind_of(str).fit(["x" * 4096])
    numbers, there = session.run(None, dict(zip(raw, limited.arrays(texts), strict=True)))  # type: ignore[attr-defined]
    return [[VOCABULARY[n] for n in row[flags]] for row, flags in zip(numbers, there, strict=True)]


def test_pieces_are_those_of_berts_tokenizer() -> None:
    texts = [
        "unaffable", "Unaff able!", "", "a", "  café\tCAFÉ  ", "Größe.", "你a你", "zzz a",
        "ab" * 50 + " b", "ab" * 51 + " b",
        "αβγ", "a\u200bb", "a.b.c!", "😀 a😀", "\x00a\x7f", "hall hell", "A" * 300, "a b " * 60,
    ]  # fmt: skip
    rng = np.random.default_rng(0)
    texts += ["".join(rng.choice(list("abcdefz .!é你 "), size=40)) for _ in range(200)]
    for most in (256, 16):
        for text, found in zip(texts, in_graph(texts, most), strict=True):
            assert found == by_hand(text, most), text


def installed(package: str) -> pytest.MarkDecorator:
    missing = importlib.util.find_spec(package) is None
    return pytest.mark.skipif(missing, reason=f"pip install 'wisen[pretrained]' brings {package}")


def read(kind: Any, values: list[Any]) -> np.ndarray:
    feed = Feed("x", (0,), kind.pretrained()).view("pretrained")
    said: np.ndarray = reader(feed).run(None, feed.tensors([values]))[0]
    return said


@installed(minilm.PACKAGE)
def test_minilm_says_what_its_authors_published() -> None:
    texts = ["This is an example sentence", "Each sentence is converted", "", "x " * 600]
    found = read(kind_of(str).fit(texts), texts) / minilm.WIDTH**0.5
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-4)
    np.testing.assert_allclose(found[1, :4], [0.0864, 0.1027, 0.0054, 0.0020], atol=2e-3)
    np.testing.assert_allclose(read(kind_of(str).fit(texts), texts[:1])[0] / minilm.WIDTH**0.5, found[0], atol=1e-5)


@installed(speech.PACKAGE)
def test_speech_says_what_the_networks_of_the_package_say() -> None:
    chance = np.random.default_rng(0)
    sounds = [wisen.Audio(0.1 * chance.standard_normal(size), speech.RATE) for size in (16000, 5000)]
    kind = kind_of(Annotated[wisen.Audio, wisen.Rate(speech.RATE)]).fit(sounds)
    found = read(kind, sounds)
    np.testing.assert_allclose(read(kind, sounds[1:])[0], found[1], atol=1e-4)  # whatever stands beside it
    samples = np.pad(sounds[0].samples, speech.MARGIN) * speech.LOUD / np.abs(sounds[0].samples).max()
    mel, embedding = (onnxruntime.InferenceSession(speech.folder() / f"{name}.onnx") for name in speech.FILES)
    spectra = mel.run(None, {"input": samples[None].astype(np.float32)})[0].reshape(-1, 32) / 10 + 2
    windows = np.lib.stride_tricks.sliding_window_view(spectra, speech.SEEN, axis=0)[:: speech.EVERY].swapaxes(1, 2)
    wanted = embedding.run(None, {"input_1": np.ascontiguousarray(windows[..., None])})[0].reshape(-1, speech.WIDTH)
    np.testing.assert_allclose(found[0, 1:, : len(wanted)].T, wanted / speech.SCALE, atol=1e-3)
    assert found[0, 0].all() and not found[1, 0].all() and not found[1, 1:, -1].any()


def test_colours_are_counted_wherever_they_are() -> None:
    chance = np.random.default_rng(0)
    pixels = chance.integers(0, 256, (20, 30, 3)).astype(np.uint8)
    kind: Any = kind_of(wisen.Image).fit([kind_of(wisen.Image).read(pixels)])
    feed = Feed("x", (0,), kind).view("colours")
    values = [kind.read(each) for each in (pixels, pixels[::-1].copy(), 255 - pixels)]
    found = reader(feed).run(None, feed.tensors([values]))[0]
    places = pixels.reshape(-1, 3)[..., None] / 255 * (colours.LEVELS - 1)
    near = np.maximum(0, 1 - np.abs(places - np.arange(colours.LEVELS)))
    wanted = near.mean(axis=0).T.ravel() * colours.SCALE  # level by level, and in each its channels
    np.testing.assert_allclose(found[0], wanted, atol=1e-5)
    np.testing.assert_allclose(found[1], wanted, atol=1e-5)
    assert np.abs(found[2] - wanted).max() > 0.01
    grey: Any = kind_of(wisen.Image).fit([kind_of(wisen.Image).read(pixels[..., 0])])
    assert "colours" not in grey.views()


@installed(speech.PACKAGE)
def test_speech_is_the_same_whatever_stands_beside_it() -> None:
    chance, slow = np.random.default_rng(1), 8000
    short, long = (0.1 * chance.standard_normal(size) for size in (4000, 8000))
    short[-1] = 0.9
    sounds = [wisen.Audio(short, slow), wisen.Audio(long, slow)]
    kind = kind_of(Annotated[wisen.Audio, wisen.Rate(slow)]).fit(sounds)
    np.testing.assert_allclose(read(kind, sounds)[0], read(kind, sounds[:1])[0], atol=1e-5)
    feed = Feed("x", (0,), kind.pretrained()).view("pretrained")  # type: ignore[attr-defined]
    given = feed.tensors([sounds])
    samples, lengths = given.values()
    samples[0, len(short) :] = 0.5  # what another runtime may leave beyond the end
    other = reader(feed).run(None, dict(zip(given, (samples, lengths), strict=True)))[0]
    np.testing.assert_allclose(other, read(kind, sounds), atol=1e-5)


@installed(efficientnet.PACKAGE)
def test_efficientnet_tells_pictures_apart() -> None:
    kind = kind_of(wisen.Image)
    flat, stripes = np.zeros((96, 96), np.uint8), np.tile(np.repeat([0, 255], 6), (96, 8)).astype(np.uint8)
    pictures = [kind.read(each) for each in (flat, stripes, stripes.T.copy())]
    found = read(kind.fit(pictures), pictures)
    assert found.shape == (3, efficientnet.WIDTH) and found.min() >= 0 and found.max() <= 6
    apart = np.linalg.norm(found[:, None] - found[None], axis=2)
    assert apart[0, 1] > 1 and apart[0, 2] > 1 and apart[1, 2] > 1


@installed(efficientnet.PACKAGE)
def test_a_program_reads_pictures_with_what_was_borrowed(tmp_path: Path) -> None:
    @wisen.function
    def striped(photo: wisen.Image) -> bool: ...

    answer: Any = striped  # takes arrays as well

    striped.path = tmp_path / "striped.onnx"
    rng = np.random.default_rng(0)
    plain = [rng.integers(0, 255, (32, 32)).astype(np.uint8) for _ in range(60)]
    lined = [(each // 2 + np.tile([0, 60], (32, 16))).astype(np.uint8) for each in plain]
    pairs = [(each, False) for each in plain] + [(each, True) for each in lined]
    outcome = striped.train(pairs, pretrained=True, budget=5, accept=True, listen=lambda event: None)
    assert outcome.installed and answer(lined[0]) is True and answer(plain[0]) is False


def test_what_cannot_be_borrowed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def number(x: float) -> bool: ...
    def text(x: str, y: float) -> bool: ...

    with pytest.raises(BadSignature, match=r"number\(\) has no input that a pretrained network can read: x: float"):
        pretrained(signature_of(number).inputs, "number")
    monkeypatch.setattr(minilm, "PACKAGE", "no_such_package")
    with pytest.raises(NotInstalled, match=r"pip install 'wisen\[pretrained\]'"):
        pretrained(signature_of(text).inputs, "text")


def test_only_what_can_be_borrowed_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "folder", lambda: Path())
    first, second = pretrained((Column("x", kind_of(str)), Column("y", kind_of(float))), "f")
    assert "pretrained" in first.kind.views() and list(second.kind.views()) == [""]
