"""image: `Image` (that is `PIL.Image.Image`), as input."""

from __future__ import annotations

import base64
import io
import math
import os
import sys
from collections.abc import Hashable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from wisen.errors import BadValue
from wisen.kinds.kind import FEW_AT_ONCE, MISSING_WORDS, Input, Tensor, plain_scale

if TYPE_CHECKING:
    import torch
    from PIL.Image import Image as Picture
    from spox import Var

    from wisen.nn.form import Grid, Layer, Vector

PRETRAINED = "pretrained"
"""The view by EfficientNet-Lite0."""
LARGEST = 64
"""Pixels of the longer side that the network sees, unless `Size` says otherwise."""
SAMPLE = 2000
"""Pictures whose pixels are looked at for their mean and scale."""
MOST_PIXELS = 100_000_000
"""Pixels above which a picture is refused: a small file can unpack to many gigabytes."""
DATA_URL = "data:image/"
HIGHEST = 4096
"""Pixels of a side beyond which no network sees a picture."""
NOT_PLAIN = ("exif", "XML:com.adobe.xmp", "xmp", "transparency")
"""What Pillow says of a picture that may have to be turned, or laid on white."""
FARTHEST_MOVE = 12
"""The part of its side by which a picture is moved at most in training; what is smaller is not moved."""
MOST_ERASED = 0.4
"""The share of its sides that a rectangle has at most which is erased from a picture in training."""
MOST_CHANNELS = 64
"""Channels with which a grid of 4 x 4 can still be read place by place; averaged over its places, two pictures of
faces were harder to compare."""
LAST_SIDE, ADDING = 5, 2
"""The side down to which convolutional networks halve their grid, and how many stages of a residual one add."""
MOST_TURN = 0.2
"""Radians by which a picture is turned at most in training, and the share by which it is scaled."""
ORIENTATION = 0x0112
"""The EXIF tag of a picture that has to be turned."""


@dataclass(frozen=True)
class Size:
    """The height and width at which the network sees a picture: `Annotated[Image, Size(64)]`."""

    height: int
    width: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "width", self.width or self.height)


@dataclass(frozen=True)
class Image(Input):
    """A picture: a path, bytes, a PIL image or an array [height, width] or [height, width, channels].

    Grey or RGB: what is black and white, palette, CMYK, 16-bit or transparent (shown on white)
    is converted, and a photograph is turned as its EXIF orientation says.
    """

    word: ClassVar[str] = "image"
    batch: ClassVar[int] = 128
    steps: ClassVar[int] = 8000
    suffixes: ClassVar[tuple[str, ...]] = (
        *(".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff"),
        *(".pgm", ".ppm", ".pbm"),
    )

    height: int = 0
    width: int = 0
    channels: int = 3
    mean: tuple[float, ...] = (127.5,)
    scale: tuple[float, ...] = (127.5,)
    borrowed: bool = False
    """Whether a network that was trained on other data may read it."""
    reading: str = field(default="", repr=False, compare=False)
    """The view; it is written into the program's graph, not into its manifest."""
    side: int = field(default=96, repr=False, compare=False)
    """Pixels of the square that a pretrained network sees; between 96 and 224 it sees well."""

    @classmethod
    def of(cls, annotation: Any, extras: tuple[Any, ...]) -> Self | None:
        module = sys.modules.get("PIL.Image")
        if module is None or annotation is not module.Image:
            return None
        size = next((extra for extra in extras if isinstance(extra, Size)), None)
        return cls(height=size.height, width=size.width) if size else cls()

    @classmethod
    def annotations(cls) -> str:
        return "Image, Annotated[Image, Size(64)]"

    @classmethod
    def guess(cls, raws: Sequence[Any]) -> tuple[Self, float, str] | None:
        if all(isinstance(raw, str) and raw.strip().lower().endswith(cls.suffixes) for raw in raws):
            return cls(), 0.95, ""
        return None

    def at(self, folder: Path, raw: Any) -> Any:
        if not isinstance(raw, str) or raw.startswith(DATA_URL) or raw.strip().casefold() in MISSING_WORDS:
            return raw
        return folder / raw.strip()

    def parse(self, raw: Any) -> Picture:
        import PIL.Image

        if type(raw) is PIL.Image.Image and plain(raw):  # the commonest call
            return raw
        if isinstance(raw, PIL.Image.Image):
            return whole(raw, "")
        if isinstance(raw, np.ndarray):
            return from_array(raw)
        if isinstance(raw, str) and raw.startswith(DATA_URL):
            raw = decoded(raw)
        if isinstance(raw, (str, os.PathLike)):
            return whole(raw, f"{os.fspath(raw)!r:.200} ")
        if isinstance(raw, (bytes, bytearray, memoryview)):
            return whole(io.BytesIO(raw), f"({len(raw)} bytes) ")
        if hasattr(raw, "__array__"):
            return from_array(np.asarray(raw))
        raise BadValue(
            f"is of type {type(raw).__name__}, which is no picture",
            "Pass a path, the bytes of a file, a PIL image or an array of pixels.",
        )

    def write(self, value: Any) -> Any:
        """The picture as the text of a data URL (PNG)."""
        if value is None:
            return None
        file = io.BytesIO()
        value.save(file, "PNG")
        return DATA_URL + "png;base64," + base64.b64encode(file.getvalue()).decode()

    def show(self, value: Any) -> str:
        return "" if value is None else f'<img src="{self.write(value)}" alt="picture">'

    def brief(self, value: Any) -> str:
        return "-" if value is None else "{} x {}".format(*value.size)

    def blank(self) -> Picture:
        import PIL.Image

        return PIL.Image.new("L" if self.channels == 1 else "RGB", (self.width or 8, self.height or 8))

    def samples(self) -> list[Any]:
        import PIL.Image

        slope = np.add.outer(np.arange(24), np.arange(32)).astype(np.uint8) * 4
        colour = np.stack([slope, slope.max() - slope, slope // 2], axis=2)
        return [PIL.Image.fromarray(slope), PIL.Image.fromarray(colour), PIL.Image.new("L", (1, 1), 200)]

    def content(self, value: Any) -> bytes:
        return b"" if value is None else f"{value.mode}{value.size}".encode() + value.tobytes()

    def fault(self) -> str:
        if self.channels not in (1, 3):
            return f"has {self.channels} channels"
        if not (0 < self.height <= HIGHEST and 0 < self.width <= HIGHEST):
            return f"is seen at {self.height} x {self.width} pixels"
        return plain_scale(self.mean, self.scale, self.channels)

    def fit(self, values: Sequence[Any]) -> Self:
        # One look at each picture, none is held: there may be more of them than fit into memory.
        outlines = getattr(values, "outlines", ()) or map(self.outline, values)
        seen = [outline for outline in outlines if outline is not None]
        if not seen:
            return replace(self, height=self.height or 8, width=self.width or 8)
        channels = 1 if all(mode == "L" for _, _, mode in seen) else 3
        height, width = self.height, self.width
        if not height:
            height, width = (int(side) for side in np.median([sides for *sides, _ in seen], axis=0))
            shrink = min(1.0, LARGEST / max(height, width))
            height, width = max(8, round(height * shrink)), max(8, round(width * shrink))
        kind = replace(self, height=height, width=width, channels=channels, mean=(0.0,) * channels)
        known = (value for value in values if value is not None)
        longest = float(np.median([max(sides) for *sides, _ in seen]))
        kind = replace(kind, side=int(np.clip(longest, 96, 224)))
        moments = np.mean([kind.moments(value) for value in islice(known, SAMPLE)], axis=0)
        scale = np.sqrt(np.maximum(moments[1] - moments[0] ** 2, 0.0)) + 1.0
        return replace(kind, mean=tuple(map(float, moments[0])), scale=tuple(map(float, scale)))

    def outline(self, value: Any) -> Any:
        return None if value is None else (value.height, value.width, value.mode)

    def moments(self, value: Any) -> np.ndarray:
        """The mean of a picture's pixels and of their squares, [2, channels]."""
        pixels = self.pixels(value).reshape(-1, self.channels)
        counts = [np.bincount(pixels[:, channel], minlength=256) for channel in range(self.channels)]
        return np.array([np.arange(256), np.arange(256) ** 2]) @ np.array(counts).T / len(pixels)

    def batch_key(self, value: Any) -> Hashable:
        return None if value is None else value.size

    def tensors(self, name: str) -> tuple[Tensor, ...]:
        return (Tensor(name, "uint8", ("batch", f"{name}.height", f"{name}.width", self.channels)),)

    def arrays(self, values: Sequence[Any]) -> tuple[np.ndarray, ...]:
        if len(values) == 1:
            return (self.pixels(values[0])[None],)
        return (np.stack([self.pixels(value) for value in values]),)

    def pixels(self, value: Any) -> np.ndarray:
        """uint8 [height, width, channels] of a picture; what is missing is black."""
        value = self.blank() if value is None else value
        mode = "L" if self.channels == 1 else "RGB"
        value = value if value.mode == mode else value.convert(mode)
        width, height = value.size
        return np.frombuffer(value.tobytes(), np.uint8).reshape(height, width, self.channels)

    def graph(self, *raw: Var) -> Var:
        from wisen.nn.block import constant, op

        x = op.transpose(op.cast(raw[0], to=np.float32), perm=[0, 3, 1, 2])
        if self.reading == PRETRAINED:
            from wisen.kinds.views.efficientnet import seen

            return seen(x, self.side, self.channels)
        sizes = constant(np.array([self.height, self.width], np.int64))
        x = op.resize(x, sizes=sizes, axes=[2, 3], mode="linear", antialias=1)
        mean = np.array(self.mean, np.float32).reshape(-1, 1, 1)
        scale = np.array(self.scale, np.float32).reshape(-1, 1, 1)
        return op.div(op.sub(x, constant(mean)), constant(scale))

    def views(self) -> dict[str, Self]:
        return {"": self, PRETRAINED: replace(self, reading=PRETRAINED)} if self.borrowed else {"": self}

    def ways(self, width: int) -> tuple[tuple[str, ...], ...]:
        return (("",), (PRETRAINED,)) if self.borrowed else (("",),)

    def at_once(self) -> int:
        return FEW_AT_ONCE if self.borrowed else super().at_once()

    def pretrained(self) -> Self | None:
        from wisen.kinds.views.efficientnet import file

        file()  # raises where it is not installed
        return replace(self, borrowed=True)

    def plain(self) -> tuple[Layer, ...] | None:
        return () if self.reading == PRETRAINED else None

    def variations(self) -> tuple[str, ...]:
        if self.reading == PRETRAINED:
            return ("as it is",)
        moved = min(self.height, self.width) >= FARTHEST_MOVE
        if not moved:
            return ("moved, turned, scaled", "as it is")
        return ("moved", "moved, mirrored", "moved, turned, scaled", "moved, mirrored, erased")

    def vary(self, features: torch.Tensor, how: str) -> torch.Tensor:
        """Each picture by chance moved by up to a twelfth of its side, the edge repeated where it came from; or
        mirrored; or turned by up to 12 degrees, scaled by up to 20 % and moved; or a rectangle of it erased."""
        from wisen.nn import variation

        down, right = self.height // FARTHEST_MOVE, self.width // FARTHEST_MOVE
        if "turned" in how:
            features = variation.turned(features, MOST_TURN, 1 / FARTHEST_MOVE)
        elif "moved" in how:
            features = variation.moved(features, down, right)
        if "mirrored" in how:
            features = variation.mirrored(features)
        return variation.erased(features, MOST_ERASED) if "erased" in how else features

    def form(self) -> Grid | Vector:
        from wisen.nn.form import Grid, Vector

        if self.reading == PRETRAINED:
            from wisen.kinds.views.efficientnet import WIDTH

            return Vector(WIDTH)
        return Grid(self.channels, self.height, self.width)

    def twin(self) -> Hashable:
        return self.height, self.width, self.channels, self.mean, self.scale

    def encoder(self, width: int) -> tuple[Layer, ...]:
        return self.encoders(width)[0]

    def encoders(self, width: int) -> tuple[tuple[Layer, ...], ...]:
        from wisen.nn.form import Layer

        if self.reading == PRETRAINED:
            return ()
        if not width:
            return ((Layer("flatten"),),)
        return self.convolutions(width), self.convolutions(width, ADDING)

    def convolutions(self, width: int, adding: int = 0) -> tuple[Layer, ...]:
        """Convolutions, their channels doubled where the grid is halved; the last `adding` stages, which see the
        most for what they cost, add what two more layers say. Large pictures begin with fewer channels, so that
        one costs about as much as a small one."""
        from wisen.nn.form import Layer

        side = max(self.height, self.width)
        channels = max(8, min(width // 4, 2 ** round(math.log2(width / side ** (2 / 3)))))
        stages = max(0, math.ceil(math.log2(side / LAST_SIDE)))
        layers = [Layer("conv", channels)]
        for stage in range(stages):
            channels = min(width, MOST_CHANNELS, channels * 2)
            layers += [Layer("pool"), Layer("conv", channels)]
            layers += [Layer("residual", channels)] if stage >= stages - adding else []
        return tuple(layers)


def decoded(url: str) -> bytes:
    """The bytes in a data URL; raises BadValue."""
    _, _, text = url.partition(";base64,")
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise BadValue(f"is a damaged data URL: {url[:40]!r}...") from None


def plain(image: Picture) -> bool:
    """Whether a picture is grey or RGB, opaque and surely upright: a quick look for the common call."""
    return image.mode in ("L", "RGB") and image.info.keys().isdisjoint(NOT_PLAIN)


def whole(source: Picture | str | os.PathLike[str] | io.BytesIO, name: str) -> Picture:
    """The picture in a source: its first frame, all pixels, upright, grey or RGB; raises BadValue.

    What Pillow warns about on the way is left to the filters of the process: to change them for a
    while is not safe where other threads do the same.
    """
    import PIL.Image
    from PIL import UnidentifiedImageError

    try:
        with ExitStack() as files:
            if isinstance(source, PIL.Image.Image):
                image = source
            elif isinstance(source, io.BytesIO):
                image = PIL.Image.open(source)
            else:  # opened here, as Pillow leaves a file of many frames open
                image = PIL.Image.open(files.enter_context(Path(source).open("rb")))
            if image.width * image.height > MOST_PIXELS:
                size = f"{image.width} x {image.height}"
                raise BadValue(f"{name}has {size} pixels; more than {MOST_PIXELS:,} are refused")
            image.load()
            return image if plain(image) else upright(image)
    except BadValue:
        raise
    except FileNotFoundError:
        raise BadValue(f"{name}is no file") from None
    except IsADirectoryError:
        raise BadValue(f"{name}is a folder, not a picture") from None
    except UnidentifiedImageError:
        raise BadValue(f"{name}is no picture that Pillow can read") from None
    except PIL.Image.DecompressionBombError:
        raise BadValue(f"{name}is too large; more than {MOST_PIXELS:,} pixels are refused") from None
    except Exception as error:  # each decoder of Pillow has its own ways to stumble over a damaged file
        if isinstance(error, OSError) and error.strerror:
            raise BadValue(f"{name}cannot be read: {error.strerror}") from None
        raise BadValue(f"{name}is a damaged picture: {error!s:.200}") from None


def upright(image: Picture) -> Picture:
    """The picture turned as its EXIF says, in grey or RGB."""
    from PIL import ImageOps

    if image.getexif().get(ORIENTATION, 1) != 1:
        image = ImageOps.exif_transpose(image)
    mode = image.mode
    if mode.startswith("I") or mode == "F":
        return from_array(np.asarray(image))
    if "transparency" in image.info or mode in ("RGBA", "LA", "PA", "La", "RGBa"):
        return on_white(image)
    if mode in ("L", "RGB"):
        return image
    return image.convert("L" if mode == "1" else "RGB")


def on_white(image: Picture) -> Picture:
    """A transparent picture as it looks on white paper."""
    import PIL.Image

    image = image.convert("RGBA")
    paper = PIL.Image.new("RGBA", image.size, (255, 255, 255, 255))
    return PIL.Image.alpha_composite(paper, image).convert("RGB")


def from_array(array: np.ndarray) -> Picture:
    """The picture in an array: uint8, 16-bit, bool, or floats from 0 to 1."""
    import PIL.Image

    shape = array.shape
    if array.ndim == 3 and shape[2] == 1:
        array = array[:, :, 0]
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)) or 0 in shape:
        raise BadValue(f"is an array of shape {shape}; wanted [height, width] or [height, width, 3]")
    if shape[0] * shape[1] > MOST_PIXELS:
        raise BadValue(f"is an array of shape {shape}; more than {MOST_PIXELS} pixels are refused")
    array = np.ascontiguousarray(eight_bit(array))
    mode = "L" if array.ndim == 2 else {3: "RGB", 4: "RGBA"}[array.shape[2]]
    # A copy: the caller may reuse the array for its next picture. Half the time of `fromarray`.
    image = PIL.Image.frombytes(mode, shape[1::-1], array.tobytes())
    return on_white(image) if image.mode == "RGBA" else image


def eight_bit(array: np.ndarray) -> np.ndarray:
    """The array as uint8, 0 to 255."""
    if array.dtype == np.uint8:
        return array
    if array.dtype == np.bool_:
        return array.astype(np.uint8) * 255
    if np.issubdtype(array.dtype, np.integer):
        wide = array.dtype == np.uint16 or array.max(initial=0) > 255
        return np.clip(array.astype(np.int64) // (257 if wide else 1), 0, 255).astype(np.uint8)
    if np.issubdtype(array.dtype, np.floating):
        array = np.nan_to_num(array.astype(np.float64))
        unit = array.max(initial=0) <= 1.0
        return np.clip(np.round(array * (255 if unit else 1)), 0, 255).astype(np.uint8)
    raise BadValue(f"is an array of {array.dtype}; wanted uint8, or floats from 0 to 1")
