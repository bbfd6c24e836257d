"""Files that tell of boxes in pictures: COCO JSON, folders of Pascal VOC (XML) and of YOLO (text)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from wisen.errors import BadExamples, listed
from wisen.kinds.kind import Brought

PICTURES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".gif", ".ppm", ".pgm")
HEAD = 4096
"""Characters of a JSON file in which its first keys stand."""
Row = tuple[str, Path, Any]
"""What a picture is called, its file, and its boxes as they are told."""


def told(path: Path, encoding: str) -> Brought | None:
    """What a file or a folder tells of boxes; None where it is in none of the formats. Raises BadExamples."""
    if path.is_dir():
        return voc(path) or yolo(path, encoding)
    return coco(path, encoding) if path.suffix.lower() == ".json" else None


def brought(title: str, rows: Sequence[Row], bad: Iterable[tuple[str, str]], notes: Iterable[str]) -> Brought:
    """Rows as a table of pictures and boxes."""
    columns = {"file": [str(file.resolve()) for _, file, _ in rows], "boxes": [boxes for *_, boxes in rows]}
    lost = tuple((name, why) for name, why in bad)
    return Brought(columns, [name for name, *_ in rows], ("file",), "boxes", title, lost, tuple(notes))


# ---- COCO --------------------------------------------------------------------------------------


def coco(path: Path, encoding: str) -> Brought | None:
    """The pictures of a COCO file: `images`, `annotations` and `categories`."""
    try:
        found = json.loads(path.read_text(encoding=encoding))
    except (ValueError, RecursionError) as error:
        raise BadExamples(f"{path.name} is no JSON: {error}") from error
    if not isinstance(found, dict) or not isinstance(found.get("images"), list):
        return None
    parts = [found.get(key) for key in ("annotations", "categories")]
    if not all(isinstance(part, list) and all(isinstance(row, dict) for row in part) for part in parts):
        raise BadExamples(f"{path.name} has images, but no annotations and categories", "COCO files have all three.")
    names = {row.get("id"): row.get("name") for row in found["categories"]}
    boxes: dict[Any, list[Any]] = {row.get("id"): [] for row in found["images"] if isinstance(row, dict)}
    bad, crowds = [], 0
    for row in found["annotations"]:
        crowds += bool(row.get("iscrowd"))
        if row.get("image_id") not in boxes:
            bad.append(
                (f"{path.name} annotation {row.get('id')}", f"is of image {row.get('image_id')}, which is not there")
            )
        elif not row.get("iscrowd"):
            boxes[row["image_id"]].append(from_corner(names.get(row.get("category_id")), row.get("bbox")))
    rows = []
    places = [path.parent, path.parent / path.stem, path.parent / "images", path.parent.parent / "images"]
    for row in found["images"]:
        name = row.get("file_name") if isinstance(row, dict) else None
        if not isinstance(name, str):
            bad.append((f"{path.name} image {row!r:.40}", "has no file_name"))
        else:
            rows.append((f"{path.name} {name}", there(name, places), boxes[row.get("id")]))
    return brought(path.name, rows, bad, [f"{crowds} boxes around crowds"] if crowds else [])


def from_corner(label: Any, box: Any) -> Any:
    """A box that is told as left, top, width, height; as it is where it is not four numbers."""
    plain = isinstance(box, list) and len(box) == 4 and all(type(each) in (int, float) for each in box)
    return [label, box[0], box[1], box[0] + box[2], box[1] + box[3]] if plain else [label, box, None, None, None]


def there(name: str, places: Sequence[Path]) -> Path:
    """The file of a picture in the first of some folders that has it; in the first of all where none has."""
    every = [place / name for place in places]
    return next((file for file in every if file.is_file()), every[0])


# ---- Pascal VOC --------------------------------------------------------------------------------


def voc(folder: Path) -> Brought | None:
    """The pictures of a folder in which XML files tell of boxes, as Pascal VOC and most tools for marking do."""
    files = sorted(path for path in folder.rglob("*.xml") if not path.name.startswith("."))
    if not files:
        return None
    rows, bad, others = [], [], 0
    for file in files:
        name = str(file.relative_to(folder))
        try:
            tree = ElementTree.parse(file).getroot()
        except (ElementTree.ParseError, ValueError, OSError) as error:
            bad.append((name, f"is no XML: {error}"))
            continue
        if tree.tag != "annotation":
            others += 1
            continue
        picture = tree.findtext("filename") or file.stem
        places = [file.parent, file.parent.parent / "JPEGImages", file.parent.parent / "images", folder]
        rows.append((name, with_ending(picture, places), [marked(each) for each in tree.iter("object")]))
    notes = [f"{others} other XML files"] if others else []
    return brought(f"folder {folder.resolve().name}", rows, bad, notes) if rows or bad else None


def marked(thing: ElementTree.Element) -> list[Any]:
    """A box of Pascal VOC, which counts pixels from 1 on and means the first and the last that is inside."""
    edges = [thing.findtext(f"bndbox/{name}") for name in ("xmin", "ymin", "xmax", "ymax")]
    try:
        left, top, right, bottom = (float(edge or "") for edge in edges)
    except ValueError:
        return [thing.findtext("name"), *edges]
    return [thing.findtext("name"), left - 1, top - 1, right, bottom]


def with_ending(name: str, places: Sequence[Path]) -> Path:
    """The file of a picture whose name may lack its ending."""
    tried = [name, *(f"{Path(name).stem}{ending}" for ending in PICTURES)]
    found = (there(each, places) for each in tried)
    return next((file for file in found if file.is_file()), places[0] / name)


# ---- YOLO --------------------------------------------------------------------------------------


def yolo(folder: Path, encoding: str) -> Brought | None:
    """The pictures of a folder with text files beside them, or in labels/ beside images/, of lines such as
    `0 0.5 0.5 0.2 0.1`: a label's number, middle and size in shares of the picture. Labels stand in classes.txt, or
    as `names` in a YAML file."""
    names = label_names(folder, encoding)
    if names is None:
        return None
    pictures = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURES)
    rows, bad, unmarked = [], [], 0
    for picture in pictures:
        name = str(picture.relative_to(folder))
        file = beside(picture)
        if file is None:
            unmarked += 1
            continue
        try:
            lines = [line.split() for line in file.read_text(encoding=encoding).splitlines() if line.strip()]
            rows.append((name, picture, [from_middle(line, names, picture) for line in lines]))
        except (ValueError, OSError) as error:
            bad.append((name, f"is told of by {file.name}, which cannot be read: {error}"))
    notes = [f"{unmarked} pictures without a text file"] if unmarked else []
    return brought(f"folder {folder.resolve().name}", rows, bad, notes)


def beside(picture: Path) -> Path | None:
    """The text file of a picture: beside it, or in labels/ where it is in images/."""
    parts = list(picture.parent.parts)
    tried = [picture.with_suffix(".txt")]
    if "images" in parts:
        at = len(parts) - 1 - parts[::-1].index("images")
        tried.append(Path(*parts[:at], "labels", *parts[at + 1 :], f"{picture.stem}.txt"))
    return next((file for file in tried if file.is_file()), None)


def from_middle(line: Sequence[str], names: Mapping[int, str], picture: Path) -> list[Any]:
    """A box of YOLO's, in pixels of its picture; raises ValueError."""
    number, *cells = line[:5]
    if len(cells) < 4:
        raise ValueError(f"{' '.join(line)!r} is no number and four shares")
    across, down, wide, high = map(float, cells)
    width, height = size_of(picture)
    edges = (
        (across - wide / 2) * width,
        (down - high / 2) * height,
        (across + wide / 2) * width,
        (down + high / 2) * height,
    )
    return [names.get(int(number), f"label {number}"), *edges]


def size_of(picture: Path) -> tuple[int, int]:
    """Width and height of a picture that is shown upright, without a look at its pixels; raises OSError."""
    import PIL.Image

    with PIL.Image.open(picture) as file:
        turned = file.getexif().get(0x0112, 1) >= 5
        return (file.height, file.width) if turned else (file.width, file.height)


def label_names(folder: Path, encoding: str) -> dict[int, str] | None:
    """The labels by number; None where a folder tells of none."""
    for name in ("classes.txt", "obj.names", "labels/classes.txt"):
        if (folder / name).is_file():
            lines = (folder / name).read_text(encoding=encoding).splitlines()
            return {number: line.strip() for number, line in enumerate(line for line in lines if line.strip())}
    files = sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])
    for file in files:
        names = in_yaml(file.read_text(encoding=encoding))
        if names:
            return names
    if files:
        raise BadExamples(f"{listed(file.name for file in files)} has no `names`", "Write names: [cat, dog].")
    return None


def in_yaml(text: str) -> dict[int, str]:
    """The `names` in a YAML file as YOLO's tools write it: in brackets, as a list, or by number."""
    found = re.search(r"^names:[ \t]*(\[.*?\]|\{.*?\})", text, re.MULTILINE | re.DOTALL)
    if found:
        inside = [part.strip() for part in found[1][1:-1].split(",") if part.strip()]
        pairs = [part.partition(":") for part in inside]
        named = found[1].startswith("{")
        return {int(a) if named else place: plain(b if named else a) for place, (a, _, b) in enumerate(pairs)}
    block = re.search(r"^names:[ \t]*\r?\n((?:[ \t]*(?:-|\d+:).*\r?\n?)+)", text, re.MULTILINE)
    lines = block[1].splitlines() if block else []
    rows = [re.match(r"[ \t]*(?:-|(\d+):)[ \t]*(.*)", line) for line in lines]
    return {int(row[1] or place): plain(row[2]) for place, row in enumerate(rows) if row}


def plain(text: str) -> str:
    """A text of YAML without quotes and comment."""
    return text.partition(" #")[0].strip().strip("'\"")
