"""Files that tell of boxes in pictures: COCO JSON, folders of Pascal VOC (XML) and of YOLO (text)."""

from __future__ import annotations

import codecs
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


def text_of(path: Path, encoding: str) -> str:
    """The text of a file, without a byte order mark; raises BadExamples where it is not written so."""
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig" if data.startswith(codecs.BOM_UTF8) else encoding)
    except (ValueError, LookupError) as error:
        hint = "Say how it is written: --encoding cp1252, for example."
        raise BadExamples(f"{path.name} is not written in {encoding}: {error}", hint) from error


# ---- COCO --------------------------------------------------------------------------------------


def coco(path: Path, encoding: str) -> Brought | None:
    """The pictures of a COCO file: `images`, `annotations` and `categories`."""
    try:
        found = json.loads(text_of(path, encoding))
    except (ValueError, RecursionError) as error:
        raise BadExamples(f"{path.name} is no JSON: {error}") from error
    if not isinstance(found, dict) or not isinstance(found.get("images"), list):
        return None
    parts = [found.get(key) for key in ("annotations", "categories")]
    if not all(isinstance(part, list) and all(isinstance(row, dict) for row in part) for part in parts):
        raise BadExamples(f"{path.name} has images, but no annotations and categories", "COCO files have all three.")
    names = {str(row.get("id")): row.get("name") for row in found["categories"]}
    boxes: dict[str, list[Any]] = {str(row.get("id")): [] for row in found["images"] if isinstance(row, dict)}
    bad, crowds = [], 0
    for row in found["annotations"]:
        crowds += bool(row.get("iscrowd"))
        image = str(row.get("image_id"))
        if image not in boxes:
            bad.append((f"{path.name} annotation {row.get('id')}", f"is of image {image}, which is not there"))
        elif not row.get("iscrowd"):
            boxes[image].append(from_corner(names.get(str(row.get("category_id"))), row.get("bbox")))
    rows = []
    places = [path.parent, path.parent / path.stem, path.parent / "images", path.parent.parent / "images"]
    for row in found["images"]:
        name = row.get("file_name") if isinstance(row, dict) else None
        if not isinstance(name, str):
            bad.append((f"{path.name} image {row!r:.40}", "has no file_name"))
        else:
            rows.append((f"{path.name} {name}", there(name, places), boxes[str(row.get("id"))]))
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
    return brought(f"folder {folder.resolve().name}", rows, bad, notes) if rows else None


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
    pictures = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURES)
    marked_by = {picture: file for picture in pictures if (file := beside(picture)) is not None}
    names = label_names(folder, encoding, bool(marked_by)) if pictures else None
    if names is None:
        return None
    rows, bad = [], []
    for picture, file in marked_by.items():
        name = str(picture.relative_to(folder))
        try:
            lines = [line.split() for line in text_of(file, encoding).splitlines() if line.strip()]
            size = size_of(picture) if lines else (0, 0)
            rows.append((name, picture, [in_shares(line, names, size) for line in lines]))
        except (BadExamples, ValueError, OSError) as error:
            bad.append((name, f"is told of by {file.name}, which cannot be read: {error}"))
    unmarked = len(pictures) - len(marked_by)
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


def in_shares(line: Sequence[str], names: Mapping[int, str], size: tuple[int, int]) -> list[Any]:
    """A box of YOLO's in pixels of a picture of that width and height: by its middle and size, and perhaps how surely,
    or around the corners of a polygon; raises ValueError."""
    number, *cells = line
    shares = list(map(float, cells[:4] if len(cells) == 5 else cells))
    if len(shares) == 4:
        (across, down, wide, high), half = shares, 0.5
        edges = [across - half * wide, down - half * high, across + half * wide, down + half * high]
    elif len(shares) > 4 and len(shares) % 2 == 0:
        edges = [min(shares[::2]), min(shares[1::2]), max(shares[::2]), max(shares[1::2])]
    else:
        raise ValueError(f"{' '.join(line)!r} is no number and four shares, and no corners")
    return [names.get(int(number), f"label {number}"), *(edge * size[at % 2] for at, edge in enumerate(edges))]


def size_of(picture: Path) -> tuple[int, int]:
    """Width and height of a picture that is shown upright, without a look at its pixels; raises OSError, ValueError."""
    import PIL.Image

    try:
        with PIL.Image.open(picture) as file:
            turned = file.getexif().get(0x0112, 1) >= 5
            return (file.height, file.width) if turned else (file.width, file.height)
    except PIL.Image.DecompressionBombError as error:
        raise ValueError(str(error)) from error


def label_names(folder: Path, encoding: str, marked: bool) -> dict[int, str] | None:
    """The labels by number; None where a folder tells of none. Raises BadExamples where that of a folder in which
    pictures are marked names none."""
    for name in ("classes.txt", "obj.names", "labels/classes.txt"):
        if (folder / name).is_file():
            lines = text_of(folder / name, encoding).splitlines()
            return {number: line.strip() for number, line in enumerate(line for line in lines if line.strip())}
    files = sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])
    for file in files:
        names = in_yaml(text_of(file, encoding))
        if names:
            return names
    if files and marked:
        raise BadExamples(f"{listed(file.name for file in files)} has no `names`", "Write names: [cat, dog].")
    return None


def in_yaml(text: str) -> dict[int, str]:
    """The `names` in a YAML file as YOLO's tools write it: in brackets, as a list, or by number."""
    found = re.search(r"^names:[ \t]*(\[.*?\]|\{.*?\})", text, re.MULTILINE | re.DOTALL)
    if found:
        inside = [plain(part) for part in found[1][1:-1].split(",") if part.strip()]
        return numbered(inside) if found[1].startswith("{") else dict(enumerate(inside))
    block = re.search(r"^names:[ \t]*\r?\n((?:[ \t]*(?:-|\w+:|#).*\r?\n?)+)", text, re.MULTILINE)
    lines = [line.strip() for line in block[1].splitlines()] if block else []
    lines = [line for line in lines if not line.startswith("#")]
    if all(line.startswith("-") for line in lines):
        return dict(enumerate(plain(line[1:]) for line in lines))
    return numbered(lines)


def numbered(pairs: Sequence[str]) -> dict[int, str]:
    """Labels by number, of pairs such as `0: cat` or `cat: 0`; those without a number are left out."""
    found = {}
    for pair in pairs:
        one, _, other = map(plain, pair.partition(":"))
        if one.isdecimal() or other.isdecimal():
            number, label = (one, other) if one.isdecimal() else (other, one)
            found[int(number)] = label
    return found


def plain(text: str) -> str:
    """A text of YAML without quotes and comment."""
    return text.partition(" #")[0].strip().strip("'\"")
