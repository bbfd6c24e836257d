"""Every odd sound becomes one channel of finite samples, or a sentence; a function of sounds learns its body."""

from __future__ import annotations

import io
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import soundfile

import wisen
from wisen import Audio
from wisen.descent.batches import reader
from wisen.errors import BadValue, NotInstalled
from wisen.kinds import KINDS
from wisen.kinds.audio import LEVELLED
from wisen.kinds.views.mel import BANDS, MOST_FRAMES
from wisen.signature import Column, feeds

AUDIO: Any = KINDS["audio"]()
TIME = np.arange(4800) / 16000
TONE = (0.5 * np.sin(2 * np.pi * 440 * TIME)).astype(np.float32)


def saved(samples: Any = TONE, rate: int = 16000, format: str = "WAV", subtype: str | None = None) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=format, subtype=subtype)
    return file.getvalue()


def close(sound: Audio, other: np.ndarray, most: float = 0.01) -> bool:
    count = min(len(sound.samples), len(other))
    return bool(count > 4000 and np.abs(sound.samples[:count] - other[:count]).mean() < most)


@pytest.mark.parametrize(
    ("raw", "most"),
    [
        (saved(), 1e-4),
        (saved(subtype="PCM_U8"), 0.01),
        (saved(subtype="PCM_24"), 1e-4),
        (saved(subtype="FLOAT"), 0),
        (saved(subtype="ULAW"), 0.01),
        (saved(format="FLAC"), 1e-4),
        (saved(format="OGG"), 0.02),
        (saved(format="AIFF"), 1e-4),
        (saved(format="CAF"), 1e-4),
        (saved(np.stack([TONE, TONE], axis=1)), 1e-4),
        (Audio(TONE, 16000), 0),
        ((TONE, 16000), 0),
        ((16000, TONE), 0),
        ([TONE.tolist(), 16000], 1e-6),
        ((np.stack([TONE, TONE]), 16000), 0),
        ((np.stack([2 * TONE, 0 * TONE], axis=1), np.int64(16000)), 1e-6),
        ((16000, (TONE * 32767).astype(np.int16)), 1e-4),
        ((16000, (TONE * 127 + 128).astype(np.uint8)), 0.01),
    ],
)
@pytest.mark.parametrize("on_disk", [False, True])
def test_every_way_to_have_a_sound_is_the_same_sound(raw: Any, most: float, on_disk: bool, tmp_path: Path) -> None:
    if on_disk and isinstance(raw, bytes):
        (tmp_path / "tone.wav").write_bytes(raw)
        raw = str(tmp_path / "tone.wav")
    sound = AUDIO.read(raw)
    assert sound.rate == 16000 and sound.samples.dtype == np.float32 and sound.samples.ndim == 1
    assert close(sound, TONE, most + 1e-9)


def test_mp3_is_read() -> None:
    sound = AUDIO.read(saved(np.tile(TONE, 10), format="MP3"))
    assert sound.rate == 16000 and 2.9 < sound.seconds < 3.2


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "empty"),
        (b"RIFF and nothing more", "no sound that can be read"),
        (saved()[:30], "sound|samples|read"),
        (saved(TONE[:0]), "no samples"),
        ("nowhere.wav", "nowhere.wav.* cannot be read"),
        ("two\0words.wav", "cannot be read"),
        ((TONE * np.nan, 16000), "no finite numbers"),
        ((TONE, 0), "rate 0"),
        ((TONE, 16000.5), r"rate 16000\.5"),
        ((TONE, -8000), "rate -8000"),
        ((TONE[:0], 8000), "no samples"),
        ((np.zeros((3, 4, 5)), 8000), "no sound"),
        ((np.zeros((100, 99)), 8000), "no sound"),
        ((TONE.astype(complex), 8000), "no sound"),
        (TONE, "has no rate"),
        (17, "no sound"),
        ({}, "no sound"),
        ((np.zeros(601 * 1000, np.int16), 1000), "601 s long, and wisen hears 600 s"),
        (saved(np.zeros(601 * 1000, np.int16), 1000), "601 s long, and wisen hears 600 s"),
        ("data:audio/wav;base64,!", "damaged data URL"),
    ],
)
def test_what_is_no_sound_is_refused_in_words(raw: Any, words: str) -> None:
    with pytest.raises(BadValue, match=words):
        AUDIO.read(raw)


def test_an_audio_tells_what_it_is() -> None:
    sound = Audio(TONE, 16000)
    assert repr(sound) == "Audio(0.30 s, 16000 Hz)" and sound == Audio(TONE.copy(), 16000) != Audio(TONE, 8000)
    assert hash(sound) == hash(Audio(TONE, 16000)) and sound != "tone"
    assert sound._repr_html_().startswith('<audio controls src="data:audio/wav;base64,')
    assert len(Audio(np.array([0.5]), 44100).at(8000).samples) == 1
    assert sound.at(16000) is sound and sound.at(8000).rate == 8000 and len(sound.at(8000).samples) == 2400


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "soundfile", None)
    with pytest.raises(NotInstalled, match="soundfile") as raised:
        AUDIO.read(b"anything")
    assert "wisen[audio]" in str(raised.value.hint)


# ---- in the program ----------------------------------------------------------------------------


def features(kind: Any, *sounds: Audio) -> np.ndarray:
    (feed,) = feeds([Column("clip", kind)])
    said: np.ndarray = reader(feed).run(None, feed.arrays([[sound] for sound in sounds]))[0]
    return said


def noise(seconds: float, seed: int = 0, rate: int = 16000) -> Audio:
    return Audio(0.1 * np.random.default_rng(seed).normal(size=round(seconds * rate)), rate)


def test_a_sound_alone_is_what_it_is_beside_a_longer_one() -> None:
    kind = AUDIO.fit([noise(0.4), noise(1.0, 1)])
    together = features(kind, noise(0.4), noise(1.0, 1))
    np.testing.assert_allclose(features(kind, noise(0.4))[0], together[0], atol=1e-4)
    reached = np.abs(together[0, 0]).sum(0) > 0
    assert reached[:40].all() and not reached[42:].any()  # a column each 10 ms


def test_what_lies_beyond_the_length_is_not_heard() -> None:
    kind = AUDIO.fit([noise(1.0)])
    (feed,) = feeds([Column("clip", kind)])
    session, given = reader(feed), feed.arrays([[noise(0.5)]])
    wild = {**given, "clip": np.concatenate([given["clip"], np.full((1, 3000), 1e3, np.float32)], axis=1)}
    np.testing.assert_array_equal(session.run(None, given)[0], session.run(None, wild)[0])


def test_loudness_makes_no_difference_where_it_is_levelled() -> None:
    loud = noise(1.0)
    quiet = Audio(loud.samples / 8, 16000)
    kind = AUDIO.fit([loud, quiet])
    level = kind.views()[LEVELLED]
    assert np.abs(features(kind, loud) - features(kind, quiet)).mean() > 1
    assert np.abs(features(level, loud) - features(level, quiet)).max() < 0.05


def test_a_tone_is_loudest_in_the_band_of_its_pitch_at_every_rate() -> None:
    for rate in (8000, 16000, 44100):
        kind = replace(AUDIO, rate=8000).fit([noise(1.0)])
        bands = []
        for pitch in (300, 1000, 3000):
            time = np.arange(rate) / rate
            said = features(kind, Audio(0.5 * np.sin(2 * np.pi * pitch * time), rate))[0, 0, :, 20:80].mean(1)
            bands.append(int(said.argmax()))
        assert bands == sorted(bands) and len(set(bands)) == 3, (rate, bands)


def test_long_sounds_have_no_more_columns_than_short_ones() -> None:
    long, short = AUDIO.fit([noise(29.0)]), AUDIO.fit([noise(2.0)])
    assert long.form().width <= MOST_FRAMES and short.form().width == 200
    assert features(long, noise(29.0)).shape == (1, 1, BANDS, long.form().width)
    assert AUDIO.fit([noise(31.0)] * 3).seconds == 30.0


def test_silence_is_finite_and_is_learned_from() -> None:
    silence = Audio(np.zeros(8000), 16000)
    kind = AUDIO.fit([silence, silence])
    assert np.isfinite(features(kind, silence)).all() and not kind.fault()


def test_the_spectrogram_is_that_of_a_fourier_transform() -> None:
    kind = AUDIO.fit([noise(0.5)])
    frames, sound = kind.frames, noise(0.5, 3)
    place = np.arange(frames.window)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * (place + 0.5) / frames.window)
    piece = sound.samples[5 * frames.step :][: frames.window] * window
    power = np.abs(np.fft.rfft(piece, 512)) ** 2
    from wisen.kinds.views.mel import SILENCE, filters

    wanted = np.log(filters(16000, 257) @ power + SILENCE)
    said = features(kind, sound)[0, 0, :, 5] * np.array(kind.scale) + np.array(kind.mean)
    np.testing.assert_allclose(said, wanted, atol=2e-3)


# ---- end to end --------------------------------------------------------------------------------


def warbled(high: bool, seed: int) -> Audio:
    rng = np.random.default_rng(seed)
    rate = int(rng.choice([8000, 11025, 16000]))
    time = np.arange(int(rate * rng.uniform(0.2, 0.5))) / rate
    pitch = rng.uniform(900, 1400) if high else rng.uniform(200, 500)
    return Audio(rng.uniform(0.1, 0.9) * np.sin(2 * np.pi * pitch * time) + 0.02 * rng.normal(size=len(time)), rate)


def test_a_function_of_sounds_learns_its_body(tmp_path: Path, module: Any) -> None:
    f = module(
        """
        import wisen
        from wisen import Audio

        @wisen.function
        def high(clip: Audio) -> bool:
            "Whether a tone is high."
            return len(clip.samples) > 4000
        """
    ).high
    for number in range(120):
        folder = tmp_path / "clips" / str(number % 2 == 0)
        folder.mkdir(parents=True, exist_ok=True)
        sound = warbled(number % 2 == 0, number)
        soundfile.write(folder / f"{number}.{'flac' if number % 3 else 'wav'}", sound.samples, sound.rate)
    (tmp_path / "clips" / "True" / "broken.wav").write_bytes(b"nothing")
    outcome = f.train(tmp_path / "clips", budget=1)
    assert outcome.verdict == "better", outcome.report
    assert any("broken.wav" in str(bad) for bad in outcome.parts.learning.bad)
    sounds = [warbled(number % 2 == 0, 1000 + number) for number in range(20)]
    assert sum(f(sound) == (number % 2 == 0) for number, sound in enumerate(sounds)) >= 19
    assert f.map(sounds) == [f(sound) for sound in sounds]
    assert f((sounds[0].samples, sounds[0].rate)) == f(saved(sounds[0].samples, sounds[0].rate, subtype="FLOAT"))

    session = onnxruntime.InferenceSession(f.path.read_bytes())  # anybody, without wisen: samples and their number
    samples = sounds[1].at(wisen.load(f.path).inputs[0].kind.rate).samples
    said = session.run(None, {"clip": samples[None], "clip.lengths": np.array([len(samples)])})
    assert "False" in str(said) and f(sounds[1]) is False


def test_an_answer_cannot_be_a_sound(module: Any) -> None:
    with pytest.raises(wisen.BadSignature, match="audio cannot be an output"):
        module("import wisen\nfrom wisen import Audio\n\n@wisen.function\ndef say(text: str) -> Audio: ...\n")


def test_of_a_long_sound_a_page_has_the_beginning() -> None:
    kind, long = KINDS["audio"](), wisen.Audio(np.sin(np.arange(44_100 * 60) / 9).astype(np.float32), 44_100)
    shown = kind.glimpse(long)
    assert len(shown) < 100_000 and kind.glimpse(None) == ""
    found = kind.read(re.search(r'src="([^"]+)"', shown)[1])  # type: ignore[index]
    assert found.rate == 8000 and abs(found.seconds - 2) < 0.01
