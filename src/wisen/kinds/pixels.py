"""Pictures out of files, bytes and arrays: upright, in grey or RGB."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wisen.errors import BadValue, NotInstalled

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

MOST_PIXELS = 100_000_000
"""Pixels above which a picture is refused: a small file can unpack to many gigabytes."""
NOT_PLAIN = ("exif", "XML:com.adobe.xmp", "xmp", "transparency")
"""What Pillow says of a picture that may have to be turned, or laid on white."""
ORIENTATION = 0x0112
"""The EXIF tag of a picture that has to be turned."""
FEW_BYTES = 1 << 16
"""Bytes of pixels up to which they are compared themselves."""
DATA_URL = "data:image/"
LOOKED_AT = 96
"""Pixels of the longer side of a picture whose numbers a person looks at."""


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


def fingerprint(image: Picture) -> bytes:
    """Bytes that are equal exactly where the pixels of two pictures of one mode and size are: the pixels, or where
    they are many their XXH3 hash of 128 bits; raises NotInstalled."""
    if image.width * image.height * len(image.getbands()) <= FEW_BYTES:
        return image.tobytes()
    try:
        from xxhash import xxh3_128
    except ImportError:
        told = "pictures are told apart by xxhash, which is not installed"
        raise NotInstalled(told, "pip install 'wisen[train]'") from None
    # In pieces: a copy of all pixels would be new memory, which costs half as much as to decode the picture.
    found = xxh3_128()
    image.save(Pieces(found.update), "PPM")  # type: ignore[arg-type]  # it is only written to
    return found.digest()


class Pieces:
    """A file that passes on what is written to it."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self.write = write


def moments(pixels: np.ndarray) -> np.ndarray:
    """The mean of the pixels of a picture, uint8 [height, width, channels], and of their squares, [2, channels]."""
    flat = pixels.reshape(-1, pixels.shape[-1])
    counts = [np.bincount(channel, minlength=256) for channel in flat.T]
    return np.array([np.arange(256), np.arange(256) ** 2]) @ np.array(counts).T / len(flat)


def grey(image: Picture, height: int, width: int) -> np.ndarray:
    """The pixels of a picture in grey, as large as a network sees it or smaller, uint8 [height, width]."""
    import PIL.Image

    height, width = (height, width) if height and width else (image.height, image.width)
    shrink = min(1.0, LOOKED_AT / max(height, width))
    size = max(1, round(width * shrink)), max(1, round(height * shrink))
    image = image.convert("L")
    return np.asarray(image if image.size == size else image.resize(size, PIL.Image.Resampling.BILINEAR))


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
