"""image: `Image` (that is `PIL.Image.Image`), as input."""

from __future__ import annotations

import base64
import io
import math
import os
import sys
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from wisen.errors import BadValue
from wisen.kinds.corruption import OfPictures, Outside
from wisen.kinds.entries import entry_picture
from wisen.kinds.files import SURELY, decoded, located, names_files
from wisen.kinds.input import FEW_AT_ONCE, Input
from wisen.kinds.kind import Tensor, plain_scale
from wisen.kinds.pixels import DATA_URL, fingerprint, from_array, grey, moments, plain, whole
from wisen.kinds.views import colours, smaller

if TYPE_CHECKING:
    import torch
    from PIL.Image import Image as Picture
    from spox import Var

    from wisen.kinds.sights.sight import Sight
    from wisen.nn.form import Grid, Layer, Vector

FROZEN = 3_400_000
"""About how many weights EfficientNet-Lite0 has without its classifier."""
PRETRAINED, COUNTED = "pretrained", "colours"
"""The views by EfficientNet-Lite0, and as how much of each colour there is."""
LARGEST = 64
"""Pixels of the longer side that the network sees, unless `Size` says otherwise."""
LARGEST_PLACED = 224
"""The same for answers that say where in a picture something is."""
SAMPLE = 2000
"""Pictures whose pixels are looked at for their mean and scale."""
GLIMPSE = 160
"""Pixels of the longer side of a picture on a page that shows many."""
HIGHEST = 4096
"""Pixels of a side beyond which no network sees a picture."""
FARTHEST_MOVE = 12
"""The part of its side by which a picture is moved at most in training; what is smaller is not moved."""
MOST_ERASED = 0.4
"""The share of its sides that a rectangle has at most which is erased from a picture in training."""
COARSE = 32
"""Pixels of a side beyond which a linear program sees the means of neighbours: single pixels say little alone."""
ADDING = 2
"""Stages of a residual network that add."""
ZOOM, AWAY, COLOURS = 0.35, 0.15, 0.25
"""By how much a picture is scaled, moved and coloured at most in training where places matter."""
MOST_HIDDEN = 0.3
"""The share of what a pretrained network says of each place that is hidden in training where places matter."""
MOST_TURN = 0.2
"""Radians by which a picture is turned at most in training, and the share by which it is scaled."""


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
    entry = entry_picture
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
    placing: bool = field(default=False, repr=False, compare=False)
    """Whether it is read for where things are in it."""
    side: int = field(default=96, repr=False, compare=False)
    """Pixels of the square that a pretrained network sees; between 96 and 224 it sees well."""
    share: float = field(default=1.0, repr=False, compare=False)
    """How much of the sides that it was fitted to a view sees."""

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
        return (cls(), SURELY, "") if names_files(raws, cls.suffixes) else None

    def at(self, folder: Path, raw: Any) -> Any:
        return located(folder, raw, DATA_URL)

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

    def glimpse(self, value: Any) -> str:
        if value is not None and max(value.size) > GLIMPSE:
            value = value.copy()
            value.thumbnail((GLIMPSE, GLIMPSE))
        return self.show(value)

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
        return b"" if value is None else f"{value.mode}{value.size}".encode() + fingerprint(value)

    def room(self, value: Any) -> int:
        # Pillow keeps a pixel in 4 bytes where it is not grey.
        return 0 if value is None else value.width * value.height * (1 if value.mode == "L" else 4)

    def fault(self) -> str:
        if self.channels not in (1, 3):
            return f"has {self.channels} channels"
        if not (0 < self.height <= HIGHEST and 0 < self.width <= HIGHEST):
            return f"is seen at {self.height} x {self.width} pixels"
        return plain_scale(self.mean, self.scale, self.channels)

    def fit(self, values: Sequence[Any]) -> Self:
        from wisen.kinds.views.efficientnet import square

        # One look at each picture, none is held: there may be more of them than fit into memory.
        outlines = getattr(values, "outlines", ()) or map(self.outline, values)
        seen = [outline for outline in outlines if outline is not None]
        if not seen:
            return replace(self, height=self.height or 8, width=self.width or 8)
        channels = 1 if all(mode == "L" for _, _, mode in seen) else 3
        height, width = self.height, self.width
        if not height:
            height, width = (int(side) for side in np.median([sides for *sides, _ in seen], axis=0))
            shrink = min(1.0, (LARGEST_PLACED if self.placing else LARGEST) / max(height, width))
            height, width = max(8, round(height * shrink)), max(8, round(width * shrink))
        kind = replace(self, height=height, width=width, channels=channels, mean=(0.0,) * channels)
        known = (value for value in values if value is not None)
        longest = float(np.median([max(sides) for *sides, _ in seen]))
        wanted = max(self.height, self.width) or min(longest, LARGEST_PLACED)
        kind = replace(kind, side=square(wanted, placed=True) if self.placing else square(longest))
        found = np.mean([moments(kind.pixels(value)) for value in islice(known, SAMPLE)], axis=0)
        scale = np.sqrt(np.maximum(found[1] - found[0] ** 2, 0.0)) + 1.0
        return replace(kind, mean=tuple(map(float, found[0])), scale=tuple(map(float, scale)))

    def needed(self, form: str) -> Self:
        return replace(self, placing=True)

    def extent(self, outline: Any) -> tuple[float, ...] | None:
        return (float(outline[0]), float(outline[1])) if outline else None

    def extents(self, *raw: Var) -> Var | None:
        from wisen.nn.block import constant, op

        shape = op.shape(raw[0])
        sides = op.slice(shape, constant([1]), constant([3]))
        many = op.concat([op.slice(shape, constant([0]), constant([1])), constant([2])], axis=0)
        return op.expand(op.cast(sides, to=np.float32), many)

    def outline(self, value: Any) -> Any:
        return None if value is None else (value.height, value.width, value.mode)

    def batch_key(self, value: Any) -> Hashable:
        return None if value is None else value.size

    def tensors(self, name: str) -> tuple[Tensor, ...]:
        return (Tensor(name, "uint8", ("batch", f"{name}.height", f"{name}.width", self.channels)),)

    def fixed(self, name: str) -> dict[str, int] | None:
        return {f"{name}.height": self.height, f"{name}.width": self.width}

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
            from wisen.kinds.views.efficientnet import places, seen

            return (places if self.placing else seen)(x, self.side, self.channels)
        if self.reading == COUNTED:
            return colours.shares(x, self.height, self.width)
        sizes = constant(np.array([self.height, self.width], np.int64))
        x = op.resize(x, sizes=sizes, axes=[2, 3], mode="linear", antialias=1)
        mean = np.array(self.mean, np.float32).reshape(-1, 1, 1)
        scale = np.array(self.scale, np.float32).reshape(-1, 1, 1)
        return op.div(op.sub(x, constant(mean)), constant(scale))

    def views(self) -> dict[str, Self]:
        names = ["", *([COUNTED] if self.colourful else []), *([PRETRAINED] if self.borrowed else [])]
        return {name: replace(self, reading=name) for name in names} | smaller.views(self, PRETRAINED)

    def smaller(self) -> tuple[str, ...]:
        return smaller.names(self, PRETRAINED)

    @property
    def colourful(self) -> bool:
        """Whether there are colours in it that are worth counting."""
        return self.channels > 1 and not self.placing

    def ways(self, width: int) -> tuple[tuple[str, ...], ...]:
        if self.placing and self.borrowed:  # to find things from nothing takes far longer
            return ((PRETRAINED,),)
        if self.colourful:
            pixels: tuple[tuple[str, ...], ...] = (("", COUNTED),) if width else (("",), (COUNTED,))
        else:
            pixels = (("",),)
        return (*pixels, (PRETRAINED,)) if self.borrowed else pixels

    def at_once(self) -> int:
        return FEW_AT_ONCE if self.borrowed else super().at_once()

    def pretrained(self) -> Self | None:
        from wisen.kinds.views.efficientnet import file

        file()  # raises where it is not installed
        return replace(self, borrowed=True)

    def frozen(self) -> int:
        return FROZEN if self.reading == PRETRAINED else 0

    def plain(self) -> tuple[Layer, ...] | None:
        return () if self.reading in (PRETRAINED, COUNTED) and not self.placing else None

    def numbers_of(self, value: Any) -> np.ndarray | None:
        return None if value is None else grey(value, self.height, self.width)

    def variations(self) -> tuple[str, ...]:
        if self.reading == PRETRAINED:
            return ("mirrored, hidden", "mirrored") if self.placing else ("as it is",)
        if self.reading == COUNTED:
            return ("as it is",)
        if self.placing:
            return ("moved, scaled, coloured, mirrored", "moved, scaled, coloured")
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

    def varied(self, features: torch.Tensor, how: str) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Where places matter, each picture by chance scaled by up to a third and moved by up to 15 % of its side; and
        lighter or darker; and mirrored. Of what a pretrained network says of it some is hidden: so that no thing is
        known by one number alone."""
        from wisen.nn import variation

        if not self.placing or how == "as it is":
            return super().varied(features, how)
        if self.reading == PRETRAINED:
            flipped, where = variation.flipped(features)
            return variation.hidden(flipped, MOST_HIDDEN) if "hidden" in how else flipped, where
        coloured = variation.coloured(features, COLOURS) if "coloured" in how else features
        return variation.framed(coloured, ZOOM, AWAY, "mirrored" in how)

    def outside(self) -> Outside:
        return OfPictures(self.mean, self.scale, self.reading == "")

    def form(self) -> Grid | Vector:
        from wisen.nn.form import Grid, Vector

        if self.reading == PRETRAINED:
            from wisen.kinds.views.efficientnet import CELL, CHANNELS, WIDTH

            return Grid(CHANNELS, self.side // CELL, self.side // CELL) if self.placing else Vector(WIDTH)
        if self.reading == COUNTED:
            return Vector(colours.width(self.channels))
        return Grid(self.channels, self.height, self.width)

    def twin(self) -> Hashable:
        return self.height, self.width, self.channels, self.mean, self.scale, self.reading, self.share

    def placed(self, width: int) -> tuple[Layer, ...] | None:
        from wisen.nn.form import Grid
        from wisen.nn.stages import cells, read_out

        form = self.form()
        if self.reading == PRETRAINED:
            return read_out(width)
        return cells(form, width) if isinstance(form, Grid) else None

    def encoder(self, width: int) -> tuple[Layer, ...]:
        return self.encoders(width)[0]

    def encoders(self, width: int) -> tuple[tuple[Layer, ...], ...]:
        from wisen.nn.form import Grid, Layer
        from wisen.nn.stages import convolutions

        form = self.form()
        if not isinstance(form, Grid):
            return ((),)
        if not width:
            halved = math.ceil(math.log2(max(form.height, form.width) / COARSE))
            return ((*(Layer("average") for _ in range(halved)), Layer("flatten")),)
        return convolutions(form, width), convolutions(form, width, ADDING)

    def sight(self) -> Sight:
        from wisen.kinds.sights.pixels import Pixels

        return Pixels(self.blank(), self.height, self.width, self.mean)
