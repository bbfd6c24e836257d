"""Every odd picture becomes grey or RGB and upright, or a sentence."""

from __future__ import annotations

import gc
import io
import re
import struct
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wisen.errors import BadValue
from wisen.kinds import KINDS

IMAGE = KINDS["image"]()
SLOPE = np.add.outer(np.arange(12) * 10, np.arange(16) * 5).astype(np.uint8)


def saved(picture: PIL.Image.Image, format: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()


def grey() -> PIL.Image.Image:
    return PIL.Image.fromarray(SLOPE)


def colour() -> PIL.Image.Image:
    return PIL.Image.fromarray(np.stack([SLOPE, 255 - SLOPE, SLOPE // 2], axis=2))


def close(picture: PIL.Image.Image, other: PIL.Image.Image, most: float = 12) -> bool:
    apart = np.asarray(picture.convert("RGB"), dtype=float) - np.asarray(other.convert("RGB"), dtype=float)
    return bool(np.abs(apart).mean() < most)


@pytest.mark.parametrize("give", [lambda raw, folder: raw, lambda raw, folder: file_of(raw, folder)])
@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        (saved(grey()), grey()),
        (saved(colour()), colour()),
        (saved(colour(), "JPEG", quality=95), colour()),
        (saved(colour().convert("CMYK"), "JPEG", quality=95), colour()),
        (saved(colour().convert("YCbCr"), "JPEG", quality=95), colour()),
        (saved(colour().convert("LAB"), "TIFF"), colour()),
        (saved(colour().quantize(256)), colour()),
        (saved(grey().convert("1")), grey().convert("1")),
        (saved(PIL.Image.fromarray(SLOPE.astype(np.uint16) * 257)), grey()),
        (saved(PIL.Image.fromarray(SLOPE.astype(np.int32) * 257), "TIFF"), grey()),
        (saved(PIL.Image.fromarray((SLOPE / 255).astype(np.float32)), "TIFF"), grey()),
        (saved(colour(), "GIF", save_all=True, append_images=[grey(), grey()]), colour()),
        (saved(colour(), "PNG", save_all=True, append_images=[grey()]), colour()),
        (saved(colour(), "WEBP", save_all=True, append_images=[grey()], lossless=True), colour()),
        (saved(grey(), "PPM"), grey()),
        (saved(colour(), "BMP"), colour()),
    ],
    ids=[
        *("grey", "rgb", "jpeg", "cmyk", "ycbcr", "lab", "palette", "1-bit", "16-bit", "32-bit", "float"),
        *("animated-gif", "animated-png", "animated-webp", "pgm", "bmp"),
    ],
)
def test_every_mode_is_read(raw: bytes, wanted: PIL.Image.Image, give: Any, tmp_path: Path) -> None:
    found = IMAGE.read(give(raw, tmp_path))
    assert found.mode in ("L", "RGB") and found.size == (16, 12)
    assert close(found, wanted)


def file_of(raw: bytes, folder: Path) -> Path:
    (folder / "picture").write_bytes(raw)
    return folder / "picture"


def test_transparent_pictures_lie_on_white() -> None:
    clear = PIL.Image.new("RGBA", (4, 4), (0, 0, 0, 0))
    clear.putpixel((1, 1), (200, 10, 10, 255))
    palette = PIL.Image.new("P", (4, 4), 0)
    for picture in (clear, clear.convert("LA"), clear.convert("PA")):
        found = IMAGE.read(saved(picture, "PNG") if picture.mode != "PA" else picture)
        assert found.mode == "RGB" and found.getpixel((0, 0)) == (255, 255, 255), picture.mode
        assert found.getpixel((1, 1)) != (255, 255, 255)
    assert IMAGE.read(saved(palette, "GIF", transparency=0)).getpixel((0, 0)) == (255, 255, 255)
    assert IMAGE.read(saved(grey(), "PNG", transparency=0)).getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_photographs_are_turned_as_exif_says(turn: int, format: str) -> None:
    upright = colour()
    back = {
        1: None,
        2: PIL.Image.Transpose.FLIP_LEFT_RIGHT,
        3: PIL.Image.Transpose.ROTATE_180,
        4: PIL.Image.Transpose.FLIP_TOP_BOTTOM,
        5: PIL.Image.Transpose.TRANSPOSE,
        6: PIL.Image.Transpose.ROTATE_90,
        7: PIL.Image.Transpose.TRANSVERSE,
        8: PIL.Image.Transpose.ROTATE_270,
    }[turn]
    exif = PIL.Image.Exif()
    exif[0x0112] = turn
    raw = saved(upright if back is None else upright.transpose(back), format, exif=exif)
    for picture in (raw, PIL.Image.open(io.BytesIO(raw))):
        found = IMAGE.read(picture)
        assert found.size == upright.size and close(found, upright)


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_a_damaged_exif_does_no_harm() -> None:
    raw = saved(colour(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xffjunk")
    assert IMAGE.read(raw).size == (16, 12)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@pytest.mark.parametrize(("width", "height"), [(20_000, 20_000), (9_500, 10_600), (2**30, 2**30)])
def test_a_decompression_bomb_is_refused_before_it_unpacks(width: int, height: int) -> None:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    bomb = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(10_000))) + chunk(b"IEND", b"")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow only warns about the smaller of them
        with pytest.raises(BadValue, match=r"100,000,000 (pixels )?are refused"):
            IMAGE.read(bomb)


def test_reading_leaves_the_filters_of_warnings_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    # Threads that set them for a while put back each other's.
    set_by: list[str] = []

    class Watched(warnings.catch_warnings):
        def __enter__(self) -> Any:
            set_by.append("somebody")
            return super().__enter__()

    with monkeypatch.context() as patched:
        patched.setattr(warnings, "catch_warnings", Watched)
        for raw in (saved(grey()), saved(colour().convert("RGBA")), saved(colour().quantize(16), "GIF")):
            assert IMAGE.read(raw).size == (16, 12)
    assert not set_by


@pytest.mark.skipif(not Path("/dev/fd").is_dir(), reason="there is no list of the open files")
@pytest.mark.parametrize("format", ["TIFF", "GIF", "PNG", "PPM"])
def test_no_file_stays_open(format: str, tmp_path: Path) -> None:
    file = tmp_path / "picture"
    many = {"save_all": True, "append_images": [colour(), grey()]} if format != "PPM" else {}
    file.write_bytes(saved(grey(), format, **many))
    gc.collect()
    before = len(list(Path("/dev/fd").iterdir()))
    found = [IMAGE.read(file) for _ in range(20)]
    assert len(list(Path("/dev/fd").iterdir())) == before
    assert all(close(picture, grey(), 1) for picture in found)


def test_truncated_and_damaged_pictures() -> None:
    noise = PIL.Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8))
    for format in ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM"):
        raw = saved(noise, format)
        with pytest.raises(BadValue, match=r"^\(\d+ bytes\) (is|cannot)"):
            IMAGE.read(raw[: len(raw) // 2])
    raw = saved(noise)
    with pytest.raises(BadValue, match="is a damaged picture"):
        IMAGE.read(PIL.Image.open(io.BytesIO(raw[: len(raw) // 2])))  # opened, not yet loaded
    lazy = PIL.Image.open(io.BytesIO(raw))
    lazy.close()
    with pytest.raises(BadValue, match="is a damaged picture"):
        IMAGE.read(lazy)


def test_what_is_no_picture(tmp_path: Path) -> None:
    (tmp_path / "t.png").write_text("no picture")
    for raw, said in [
        (tmp_path / "t.png", "t.png' is no picture that Pillow can read"),
        (str(tmp_path / "gone.png"), "gone.png' is no file"),
        (tmp_path, "is a folder, not a picture"),
        (b"", r"\(0 bytes\) is no picture"),
        ("data:image/png;base64,####", "is a damaged data URL"),
        (3, "is of type int, which is no picture\nPass a path"),
        (np.zeros((3,)), r"is an array of shape \(3,\)"),
        (np.zeros((3, 3, 7)), r"is an array of shape \(3, 3, 7\)"),
        (np.zeros((0, 3)), r"is an array of shape \(0, 3\)"),
        (np.zeros((3, 3), "U1"), "is an array of <U1"),
        ("nul\0byte", "is"),
    ]:
        with pytest.raises(BadValue, match=said):
            IMAGE.read(raw)


def test_arrays() -> None:
    for array in (SLOPE, SLOPE.astype(np.int64), SLOPE[:, :, None], SLOPE / 255.0, SLOPE.astype(np.uint16) * 257):
        assert close(IMAGE.read(array), grey(), 1)
    assert IMAGE.read(np.array([[True, False]])).tobytes() == b"\xff\0"
    assert IMAGE.read(np.array([[np.nan, np.inf, -np.inf]])).size == (3, 1)


GOOD = [saved(colour(), format) for format in ("PNG", "JPEG", "GIF", "TIFF", "WEBP", "BMP")]


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize("shape", [(20, 30), (20, 30, 3), (260, 270), (260, 270, 3)])
def test_a_picture_is_the_same_however_it_comes(shape: tuple[int, ...], tmp_path: Path) -> None:
    array = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    picture = PIL.Image.fromarray(array)
    picture.save(tmp_path / "a.png")
    ways = [
        array,
        picture,
        tmp_path / "a.png",
        (tmp_path / "a.png").read_bytes(),
        picture.convert("RGBA").convert(picture.mode),
    ]
    found = {IMAGE.content(IMAGE.read(way)) for way in ways}
    assert len(found) == 1
    array.flat[-1] ^= 1
    turned = np.swapaxes(array, 0, 1)
    other = {IMAGE.content(IMAGE.read(way)) for way in (array, turned)}
    assert len(other) == 2 and not other & found


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(GOOD), st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), min_size=1, max_size=8))
def test_a_mutated_picture_is_a_picture_or_a_sentence(raw: bytes, changes: list[tuple[int, int]]) -> None:
    data = bytearray(raw)
    for place, byte in changes:
        data[place % len(data)] = byte
    try:
        found = IMAGE.read(bytes(data))
    except BadValue as error:
        assert len(error.message) < 400
        return
    assert found.mode in ("L", "RGB")
    assert len(IMAGE.content(found)) < 400_000_000


def test_pictures_are_varied_while_training() -> None:
    import torch

    image: Any = KINDS["image"]
    kind = image(height=24, width=12, channels=1)
    pictures = torch.arange(24 * 12.0).reshape(1, 1, 24, 12).repeat(500, 1, 1, 1)
    torch.manual_seed(0)
    at = kind.vary(pictures, "moved")[:, 0, 12, 6]
    assert set(at.tolist()) == {12 * (12 + down) + 6 + right for down in (-2, -1, 0, 1, 2) for right in (-1, 0, 1)}
    for how in kind.variations():
        varied = kind.vary(pictures, how)
        assert varied.shape == pictures.shape and len(varied.flatten(1).unique(dim=0)) > 5, how
    small = image(height=8, width=8, channels=1)
    digit = torch.rand(3, 1, 8, 8)
    assert "moved" not in small.variations() and torch.equal(small.vary(digit, small.variations()[1]), digit)


def test_pictures_of_one_size_are_twins() -> None:
    image: Any = KINDS["image"]
    assert image().twin() == image(optional=True).twin() != image(height=64, width=64).twin()


def test_large_pictures_cost_about_as_much_as_small_ones() -> None:
    import torch

    from wisen.nn import build
    from wisen.nn.form import Grid
    from wisen.plans import to_vector

    def products(side: int, way: int) -> int:
        image: Any = KINDS["image"]
        kind = image(height=side, width=side, channels=1)
        network, found = build(to_vector(kind.encoders(128)[way], Grid(1, side, side)), Grid(1, side, side)), 0

        def count(module: Any, given: Any, said: torch.Tensor) -> None:
            nonlocal found
            found += said[0].numel() * module.weight[0].numel()

        for module in network.modules():
            if isinstance(module, torch.nn.Conv2d):
                module.register_forward_hook(count)
        network.eval()(torch.zeros(1, 1, side, side))
        return found

    for way, most in ((0, 6e6), (1, 12e6)):
        assert all(products(side, way) < most for side in (8, 28, 45, 64))


def test_of_a_large_picture_a_page_shows_a_small_one() -> None:
    kind, large = KINDS["image"](), PIL.Image.effect_noise((900, 600), 80)
    shown = kind.glimpse(large)
    assert len(shown) < 60_000 < len(kind.show(large)) and large.size == (900, 600)
    found = kind.read(re.search(r'src="([^"]+)"', shown)[1])  # type: ignore[index]
    assert found.size == (160, 107)
    small = PIL.Image.new("L", (30, 20), 7)
    assert kind.glimpse(small) == kind.show(small) and kind.glimpse(None) == ""
