"""audio: `Audio` (samples and a rate), as input."""

from __future__ import annotations

import html
import io
import os
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from wisen.errors import BadValue
from wisen.kinds import sounds
from wisen.kinds.corruption import OfSounds, Outside
from wisen.kinds.entries import entry_sound
from wisen.kinds.files import SURELY, decoded, located, names_files
from wisen.kinds.input import FEW_AT_ONCE, Input
from wisen.kinds.kind import Tensor, plain_scale
from wisen.kinds.sounds import DATA_URL, WAYS, from_file, from_pair, url
from wisen.kinds.views import speech
from wisen.kinds.views.mel import BANDS, Frames, heard, levelled

if TYPE_CHECKING:
    import torch
    from spox import Var

    from wisen.kinds.sights.sight import Sight
    from wisen.nn.form import Grid, Layer, Track

USUAL = 16_000
"""Samples a second that are enough for what people say; more are used where `Rate` says so."""
HEARD = 30.0
"""Seconds beyond which no sound is heard, however long the examples are."""
SHORTEST = 0.1
"""Seconds that a program hears at least."""
GLIMPSE, SLOW = 2.0, 8000
"""Seconds of a sound on a page that has many, and the rate at which they are heard there."""
SAMPLE = 500
"""Sounds that are listened to for the mean and the scale of their bands."""
LEVELLED, PRETRAINED = "levelled", "pretrained"
"""The views in which loudness and microphone make no difference, and by a network that was trained on other sounds."""
FARTHEST = 10
"""The part of its length by which a sound is moved at most in training."""
STRETCHED, WARPED = 0.15, 0.08
"""The shares by which it is made slower or faster, and its pitches higher or lower."""
FINE = 70
"""Columns a second above which they are halved twice where they are read in their order."""
MASKED = 0.2
"""The share of bands, and of columns, that are hidden at most at once."""
NOISE = (-6.0, 2.0)
"""How many nats above the mean of the sound, and below it, the noise of training lies."""


@dataclass(frozen=True)
class Rate:
    """Samples a second at which the network hears a sound: `Annotated[Audio, Rate(16000)]`."""

    rate: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "rate", sounds.whole_rate(self.rate))


@dataclass(frozen=True)
class Audio(Input):
    """A sound: a path, bytes, an `Audio`, or samples and rate; any rate and number of channels.

    Channels are averaged, and the rate is made that of the kind. The program hears `seconds` of it, as the energy of 40
    bands of pitch each 10 ms.
    """

    word: ClassVar[str] = "audio"
    batch: ClassVar[int] = 128
    steps: ClassVar[int] = 6000
    entry = entry_sound
    suffixes: ClassVar[tuple[str, ...]] = (
        *(".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3"),
        *(".aif", ".aiff", ".au", ".caf", ".w64"),
    )

    rate: int = 0
    seconds: float = 0.0
    mean: tuple[float, ...] = (0.0,) * BANDS
    scale: tuple[float, ...] = (1.0,) * BANDS
    spread: tuple[float, ...] = (1.0,) * BANDS
    """The scale of each band where the sound's own mean is taken off."""
    reading: str = field(default="", repr=False, compare=False)
    """The view; it is written into the program's graph, not into its manifest."""
    borrowed: bool = field(default=False, repr=False, compare=False)
    """Whether there is the view by a pretrained network."""

    @classmethod
    def of(cls, annotation: Any, extras: tuple[Any, ...]) -> Self | None:
        if annotation is not sounds.Audio:
            return None
        rate = next((extra for extra in extras if isinstance(extra, Rate)), None)
        return cls(rate=rate.rate) if rate else cls()

    @classmethod
    def annotations(cls) -> str:
        return "Audio, Annotated[Audio, Rate(16000)]"

    @classmethod
    def guess(cls, raws: Sequence[Any]) -> tuple[Self, float, str] | None:
        return (cls(), SURELY, "") if names_files(raws, cls.suffixes) else None

    def at(self, folder: Path, raw: Any) -> Any:
        return located(folder, raw, DATA_URL)

    def parse(self, raw: Any) -> sounds.Audio:
        if isinstance(raw, sounds.Audio):
            return raw
        if isinstance(raw, str) and raw.startswith(DATA_URL):
            raw = decoded(raw)
        if isinstance(raw, (str, os.PathLike)):
            return from_file(raw, f"{os.fspath(raw)!r:.200} ")
        if isinstance(raw, (bytes, bytearray, memoryview)):
            return from_file(io.BytesIO(raw), f"({len(raw)} bytes) ")
        found = from_pair(raw)
        if found is None:
            what = "has no rate" if isinstance(raw, np.ndarray) else "is no sound"
            raise BadValue(f"is of type {type(raw).__name__}, which {what}", WAYS)
        return found

    def write(self, value: Any) -> Any:
        """The sound as the text of a data URL (WAV)."""
        return None if value is None else url(value)

    def show(self, value: Any) -> str:
        return "" if value is None else f'<audio controls src="{html.escape(url(value))}"></audio>'

    def glimpse(self, value: Any) -> str:
        if value is None:
            return ""
        beginning = sounds.Audio(value.samples[: int(GLIMPSE * value.rate)], value.rate)
        return self.show(beginning.at(min(value.rate, SLOW)))

    def brief(self, value: Any) -> str:
        return "-" if value is None else f"{value.seconds:.2f} s"

    def blank(self) -> sounds.Audio:
        return sounds.Audio(np.zeros(self.frames.step, np.float32), self.frames.rate)

    def samples(self) -> list[Any]:
        time = np.arange(4000) / 8000
        rising = np.sin(2 * np.pi * (300 + 900 * time) * time)
        click = np.zeros(2205, np.float32)
        click[700:720] = 0.9
        return [
            sounds.Audio(0.5 * np.sin(2 * np.pi * 440 * time), 8000),
            sounds.Audio(0.1 * np.stack([rising, rising], axis=1), 16000),
            sounds.Audio(click, 22050),
        ]

    def content(self, value: Any) -> bytes:
        return b"" if value is None else f"{value.rate}:".encode() + value.samples.tobytes()

    def fault(self) -> str:
        if not sounds.SLOWEST <= self.rate <= sounds.FASTEST:
            return f"is heard at {self.rate} samples a second"
        if not SHORTEST <= self.seconds <= HEARD:
            return f"is heard for {self.seconds} seconds"
        return plain_scale(self.mean, self.scale, BANDS) or plain_scale(self.mean, self.spread, BANDS)

    @property
    def frames(self) -> Frames:
        """How the program cuts a sound."""
        return Frames(self.rate or USUAL, self.seconds or 1.0)

    def fit(self, values: Sequence[Any]) -> Self:
        outlines = getattr(values, "outlines", ()) or map(self.outline, values)
        seen = [outline for outline in outlines if outline is not None]
        if not seen:
            return replace(self, rate=self.rate or USUAL, seconds=1.0)
        seconds, rates = np.array(seen).T
        rate = self.rate or int(np.clip(np.median(rates), sounds.SLOWEST, USUAL))
        long = float(np.clip(np.quantile(seconds, 0.98), SHORTEST, HEARD))
        kind = replace(self, rate=rate, seconds=round(long, 2))
        known = (value for value in values if value is not None)
        mean, scale, spread = kind.measured(list(islice(known, SAMPLE)))
        return replace(kind, mean=mean, scale=scale, spread=spread)

    def outline(self, value: Any) -> Any:
        return None if value is None else (value.seconds, value.rate)

    def extent(self, outline: Any) -> tuple[float, ...] | None:
        return None if outline is None else (min(outline[0], self.frames.seconds),)

    def extents(self, *raw: Var) -> Var | None:
        from wisen.nn.block import constant, op

        seconds = op.div(op.cast(raw[1], to=np.float32), constant(np.float32(self.frames.rate)))
        return op.unsqueeze(op.min([seconds, constant(np.float32(self.frames.seconds))]), constant([1]))

    def measured(self, values: Sequence[Any]) -> tuple[tuple[float, ...], ...]:
        """The mean of each band, its standard deviation, and that within a sound."""
        import spox

        from wisen.nn.session import session

        raw = {t.name: spox.argument(spox.Tensor(np.dtype(t.dtype), t.dims)) for t in self.tensors("sound")}
        energy, reached = heard(self.frames, *raw.values())
        said = {"energy": energy, "level": levelled(energy, reached), "reached": reached}
        run = session(raw, said).run
        found = []
        for value in values:
            energies, levels, there = run(None, dict(zip(raw, self.arrays([value]), strict=True)))
            columns = there[0, 0] > 0
            heights = energies[0][:, columns], levels[0][:, columns]
            found.append([heights[0].mean(1), (heights[0] ** 2).mean(1), (heights[1] ** 2).mean(1)])
        mean, squares, within = np.mean(found, axis=0)
        scale, spread = (np.sqrt(np.maximum(each, 0)) + 0.1 for each in (squares - mean**2, within))
        return tuple(tuple(round(float(number), 4) for number in each) for each in (mean, scale, spread))

    def tensors(self, name: str) -> tuple[Tensor, ...]:
        return (
            Tensor(name, "float32", ("batch", f"{name}.length")),
            Tensor(f"{name}.lengths", "int64", ("batch",)),
        )

    def arrays(self, values: Sequence[Any]) -> tuple[np.ndarray, ...]:
        found = [self.cut(self.blank() if value is None else value) for value in values]
        lengths = np.array([len(samples) for samples in found], np.int64)
        together = np.zeros((len(found), int(lengths.max(initial=1))), np.float32)
        for place, samples in enumerate(found):
            together[place, : len(samples)] = samples
        return together, lengths

    def cut(self, value: sounds.Audio) -> np.ndarray:
        """As many samples at the kind's rate as the program hears."""
        frames = self.frames
        most = int(frames.samples / frames.rate * value.rate) + value.rate // 10  # and what the change of rate looks at
        if len(value.samples) > most:
            value = sounds.Audio(value.samples[:most], value.rate)
        return value.at(frames.rate).samples[: frames.samples]

    def graph(self, *raw: Var) -> Var:
        from wisen.nn.block import constant, op

        if self.reading == PRETRAINED:
            return speech.said(self.frames.rate, self.frames.samples, *raw)
        energy, reached = heard(self.frames, *raw)
        mean, scale = np.array(self.mean, np.float32)[:, None], np.array(self.scale, np.float32)[:, None]
        if self.reading == LEVELLED:
            energy = levelled(energy, reached)
            mean, scale = np.zeros_like(mean), np.array(self.spread, np.float32)[:, None]
        found = op.div(op.sub(energy, constant(mean)), constant(scale))
        return op.unsqueeze(op.mul(found, reached), constant([1]))  # beyond the sound: 0

    def views(self) -> dict[str, Self]:
        names = ("", LEVELLED, PRETRAINED) if self.borrowed else ("", LEVELLED)
        return {name: replace(self, reading=name) for name in names}

    def ways(self, width: int) -> tuple[tuple[str, ...], ...]:
        return ((PRETRAINED,), (LEVELLED,)) if self.borrowed else ((LEVELLED,), ("",))

    def pretrained(self) -> Self | None:
        speech.folder()  # raises where it is not installed
        return replace(self, borrowed=True)

    def frozen(self) -> int:
        return speech.FROZEN if self.reading == PRETRAINED else 0

    def at_once(self) -> int:
        return FEW_AT_ONCE if self.borrowed else super().at_once()

    def plain(self) -> tuple[Layer, ...] | None:
        from wisen.nn.form import Layer

        return (Layer("peaks"),) if self.reading == PRETRAINED else None

    def outside(self) -> Outside:
        return OfSounds()

    def variations(self) -> tuple[str, ...]:
        if self.reading == PRETRAINED:
            return ("as it is",)
        return ("shifted, masked", "shifted, masked, stretched", "shifted, masked, stretched, noisy", "as it is")

    def vary(self, features: torch.Tensor, how: str) -> torch.Tensor:
        """Each sound by chance slower or faster and higher or lower (Jaitly and Hinton, 2013, vocal tract length
        perturbation); with noise; earlier or later; some bands and columns hidden (Park et al., 2019, SpecAugment)."""
        from wisen.nn import variation

        if "stretched" in how:
            features = variation.stretched(features, WARPED, STRETCHED)
        if "noisy" in how:
            features = self.noisy(features)
        if "shifted" in how:
            features = variation.moved(features, 0, self.frames.columns // FARTHEST)
        return variation.masked(features, MASKED) if "masked" in how else features

    def noisy(self, features: torch.Tensor) -> torch.Tensor:
        """The sounds with a steady noise, each of another colour and loudness: energies add up, not logarithms."""
        import torch

        scale = torch.tensor(self.spread if self.reading == LEVELLED else self.scale, device=features.device)[:, None]
        there = features.abs().sum(2, keepdim=True) > 0
        height = features * scale
        low, high = NOISE
        level = low + (high - low) * torch.rand(len(features), 1, 1, 1)
        slope = (2 * torch.rand(len(features), 1, 1, 1) - 1) * torch.linspace(-1, 1, BANDS)[:, None]
        noise = level + slope + 0.3 * torch.randn(features.shape)
        return torch.logaddexp(height, noise.to(features.device)) / scale * there

    def form(self) -> Grid | Track:
        from wisen.nn.form import Grid, Track

        if self.reading == PRETRAINED:
            return Track(speech.WIDTH, timed=True)
        return Grid(1, BANDS, self.frames.columns)

    def twin(self) -> Hashable:
        return self.rate, self.seconds, self.mean, self.scale, self.spread, self.reading

    def encoder(self, width: int) -> tuple[Layer, ...]:
        return self.encoders(width)[0]

    def encoders(self, width: int) -> tuple[tuple[Layer, ...], ...]:
        from wisen.nn.form import Grid, Layer
        from wisen.nn.stages import convolutions

        form = self.form()
        if not isinstance(form, Grid):
            return ((Layer("peaks"),), (Layer("slide", width), Layer("peaks"))) if width else ((Layer("peaks"),),)
        if not width:
            return ((Layer("average"), Layer("flatten")),)
        return convolutions(form, width), convolutions(form, width, 2)

    @property
    def places(self) -> str:
        return PRETRAINED if self.borrowed else LEVELLED

    def placed(self, width: int) -> tuple[Layer, ...] | None:
        """Convolutions over pitch and time, halved once or twice, to some 25 steps a second; and a memory that reads
        them twice. The memory alone, where a pretrained network says 12.5 vectors a second."""
        from wisen.nn.form import Layer

        readers = [Layer("recurrent", max(8, width)) for _ in range(2)]
        if self.reading == PRETRAINED:
            return tuple(readers)
        halved = (32, 64) if self.frames.columns > FINE * (self.seconds or 1.0) else (32,)
        stages = [layer for channels in halved for layer in (Layer("pool"), Layer("conv", channels))]
        return (Layer("conv", 16), *stages, Layer("columns"), *readers)

    def sight(self) -> Sight:
        from wisen.kinds.sights.spectrum import Spectrum

        return Spectrum(self.blank(), self.frames)
