"""Boxes however they are told become one list; a detector learns them, and every bad one is a sentence."""

from __future__ import annotations

import io
import json
import pathlib
from typing import Any, Literal

import numpy as np
import onnxruntime
import PIL.Image
import pytest
import torch

import wisen
from wisen import Box, Image
from wisen.errors import BadExamples, BadProgram, BadSignature, BadValue
from wisen.examples import known, rows
from wisen.kinds import KINDS, kind_of
from wisen.kinds.box import hits, overlaps
from wisen.kinds.coco import f1, precision, sureness
from wisen.kinds.detector import heard
from wisen.kinds.detector import loss as wrong
from wisen.nn import build
from wisen.nn.form import Grid
from wisen.nn.stages import cells
from wisen.signature import signature_of

BOXES: Any = KINDS["boxes"](choices=("cat", "dog"))  # type: ignore[call-arg]
CAT, DOG = Box("cat", 1.0, 2.0, 7.0, 8.0), Box("dog", 10.0, 4.0, 14.0, 15.0)
PICTURE = PIL.Image.new("RGB", (40, 30), (90, 90, 90))
ROW = {"label": "cat", "left": 1, "top": 2, "right": 7, "bottom": 8}


def find(photo: Image) -> list[Box[Literal["cat", "dog"]]]: ...


SIGNATURE = signature_of(find)


@pytest.mark.parametrize("side", [16, 64, 91, 128, 224, 400])
def test_a_detector_is_built_for_pictures_of_every_size(side: int) -> None:
    for width in BOXES.widths:
        found = build(cells(Grid(3, side, side * 3 // 4), width), Grid(3, side, side * 3 // 4))
        assert isinstance(found.gives, Grid) and 8 <= found.gives.height <= 24 and found.gives.channels == width


# ---- values ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    [
        [CAT],
        (CAT,),
        [ROW],
        json.dumps([ROW]),
        [["cat", 1, 2, 7, 8]],
        [("CAT ", "1", "2.0", 7, np.float32(8))],
        np.array([["cat", 1, 2, 7, 8]], dtype=object),
        [{**ROW, "probability": 1.0}],
    ],
)
def test_every_way_to_tell_boxes_is_the_same(raw: Any) -> None:
    assert BOXES.read(raw) == [CAT]


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ([["bat", 1, 2, 7, 8]], "has a box of 'bat', which is none of cat, dog"),
        ([["cat", 7, 2, 7, 8]], "from \\(7, 2\\) to \\(7, 8\\), which is a box of no size"),
        ([["cat", 1, 8, 7, 2]], "of no size"),
        ([["cat", 1, 2, 7, float("nan")]], "are no four numbers"),
        ([["cat", 1, 2, None, 8]], "are no four numbers"),
        ([["cat", [1, 2], None, None, None]], "are no four numbers"),
        ([["cat", 1, 2]], "which is no box"),
        ([["cat", 1, 2, 7, 8, 7]], "with the probability 7"),
        ("three cats", "which is no JSON"),
        ({"label": "cat"}, "is no list of boxes"),
        (7, "is no list of boxes"),
        ([["cat", 1, 2, 7, 8]] * 1001, "1,001 boxes"),
        (None, "is missing"),
        ("", "is missing"),
    ],
)
def test_what_are_no_boxes_is_told_in_a_sentence(raw: Any, words: str) -> None:
    with pytest.raises(BadValue, match=words):
        BOXES.read(raw)


def test_a_misspelled_label_gets_a_hint() -> None:
    with pytest.raises(BadValue) as found:
        BOXES.read([["catt", 1, 2, 7, 8]])
    assert "cat" in found.value.hint


def test_boxes_barely_outside_are_cut_and_others_refused() -> None:
    assert BOXES.within([Box("cat", -0.4, 2, 40.5, 30)], (30.0, 40.0)) == [Box("cat", 0, 2, 40, 30)]
    for far in (Box("cat", -5, 2, 9, 9), Box("cat", 3, 2, 44, 9), Box("cat", 3, 2, 9, 31), Box("cat", 50, 50, 60, 60)):
        with pytest.raises(BadValue, match="beyond a picture of 40 x 30"):
            BOXES.within([far], (30.0, 40.0))


@pytest.mark.parametrize("annotation", [list[Box], Box[Literal["cat"]], list[Box[str]], Box, list[Box[Literal[True]]]])  # type: ignore[type-arg]
def test_an_annotation_without_labels_is_refused(annotation: Any) -> None:
    with pytest.raises(BadSignature, match="label"):
        kind_of(annotation)


def test_one_label_is_enough_and_a_list_of_anything_else_is_not_ours() -> None:
    assert kind_of(list[Box[Literal["face"]]]).annotation == "list[Box[Literal['face']]]"
    with pytest.raises(BadSignature, match="no type that wisen can take"):
        kind_of(list[int])


def test_boxes_need_a_picture_and_nothing_else() -> None:
    def alone(size: float) -> list[Box[Literal["cat"]]]: ...

    def beside(photo: Image, size: float) -> list[Box[Literal["cat"]]]: ...

    for function, words in ((alone, "none of numbers has one"), (beside, "cannot depend on photo, numbers")):
        decorated = wisen.function(function)
        rows: list[Any] = [float(n) if function is alone else (PICTURE, float(n)) for n in range(30)]
        with pytest.raises(BadSignature, match=words):
            wisen.train(decorated, [(row, [Box("cat", 1, 1, 2 + n % 2, 2)]) for n, row in enumerate(rows)], fresh=True)


# ---- figures -----------------------------------------------------------------------------------


def test_overlaps_and_hits() -> None:
    a, b = np.array([[0.0, 0, 10, 10]]), np.array([[0.0, 0, 10, 5], [20, 20, 30, 30], [0, 0, 10, 10]])
    assert overlaps(a, b).tolist() == [[0.5, 0.0, 1.0]]
    twice = np.array([[0.0, 0, 10, 10], [0, 0, 10, 9]])
    cats = np.array(["cat"] * 2)
    assert hits(twice, cats, a, cats[:1]).tolist() == [True, False]  # a true box is found once
    assert hits(twice, np.array(["dog", "cat"]), a, cats[:1]).tolist() == [False, True]


def test_f1_and_coco_figures() -> None:
    assert f1([], []) == 1.0 and f1([CAT], []) == 0.0 and f1([], [CAT]) == 0.0
    assert f1([CAT], [CAT, DOG]) == pytest.approx(2 / 3) and f1([DOG, CAT], [CAT, DOG]) == 1.0
    said = [[Box("cat", 1, 2, 7, 8, 0.9)], [Box("dog", 10, 4, 14, 15, 0.8), Box("dog", 0, 0, 3, 3, 0.7)], []]
    assert precision(said, [[CAT], [DOG], []]) == pytest.approx((1.0, 1.0))
    assert precision([[], [], []], [[CAT], [DOG], []]) == (0.0, 0.0)
    assert precision([None, [], []], [[CAT], [DOG], []]) == (0.0, 0.0)  # type: ignore[list-item]  # the body failed
    assert precision([[]], [[]]) is None
    names = [metric.name for metric in BOXES.metrics(said, [[CAT], [DOG], []])]
    assert names == ["F1", "AP50", "AP"]


def test_sureness_is_how_often_boxes_are_right() -> None:
    chance = np.random.default_rng(0)
    odds = chance.normal(size=4000)
    right = chance.random(4000) < 1 / (1 + np.exp(-(2 * odds + 1)))
    slope, offset = sureness(odds, right)
    assert slope == pytest.approx(2, abs=0.2) and offset == pytest.approx(1, abs=0.2)
    assert sureness(odds, right & False) == (1.0, 0.0)


# ---- the detector ------------------------------------------------------------------------------


def test_of_boxes_that_overlap_the_surest_is_kept() -> None:
    guess = np.full((1, 6, 4, 4), -9.0, np.float32)
    guess[0, :4, 1, 1:3] = np.log(0.75)  # one and a half cells to each side, from two neighbours
    guess[0, 4, 1, 1], guess[0, 4, 1, 2], guess[0, 5, 3, 3] = 6.0, 5.5, 8.0
    guess[0, :4, 3, 3] = -1.0
    guess[0, :4, 1, 2], guess[0, 0, 1, 2], guess[0, 2, 1, 2] = np.log(0.75), np.log(1.25), np.log(0.25)
    (rows,) = heard(guess)
    sure = rows[rows[:, 5] > 0.5]
    assert sure[:, 0].tolist() == [1, 0] and (np.diff(rows[:, 5]) <= 0).all()
    np.testing.assert_allclose(sure[1, 1:5], [0, 0, 0.75, 0.75], atol=1e-6)


def test_the_loss_is_one_for_each_example_and_may_have_nothing_to_find() -> None:
    guess = torch.randn(3, 6, 5, 7, requires_grad=True)
    target = torch.zeros(3, 2, 5)
    target[0, 0] = torch.tensor([1, 0.1, 0.1, 0.4, 0.5])
    found = wrong(guess, target)
    assert found.shape == (3,)
    found.sum().backward()  # type: ignore[no-untyped-call]  # torch's gap
    assert guess.grad is not None and bool(guess.grad.isfinite().all())
    assert wrong(guess, torch.zeros(3, 0, 5)).shape == (3,)


def test_a_thin_box_is_found_by_the_nearest_cell() -> None:
    from wisen.kinds.detector import assigned

    found, which = assigned(torch.tensor([[[0, 0, 0, 0, 0], [2, 0.51, 0.0, 0.52, 1.0]]]), 4, 4)
    assert found.sum() >= 1 and set(which[found].tolist()) == {1}


def test_targets_follow_where_places_went() -> None:
    target = torch.tensor([[[1, 0.2, 0.1, 0.4, 0.5], [2, 0.9, 0.9, 1.0, 1.0], [0, 0, 0, 0, 0]]])
    mirrored = torch.tensor([[[1.0, 0, 0], [0, -1.0, 1.0]]])
    found = BOXES.moved(target, mirrored)
    torch.testing.assert_close(found[0, 0], torch.tensor([1, 0.6, 0.1, 0.8, 0.5]))
    away = torch.tensor([[[1.0, 0, 0], [0, 1.0, 0.08]]])  # the second is nearly gone
    assert BOXES.moved(target, away)[0, :, 0].tolist() == [1, 0, 0]


# ---- sources -----------------------------------------------------------------------------------


def pictures(folder: pathlib.Path, count: int = 12) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        PIL.Image.new("RGB", (40, 30), (number, 90, 90)).save(folder / f"{number}.png")


def coco(count: int = 12, **more: Any) -> dict[str, Any]:
    return {
        "images": [{"id": n, "file_name": f"{n}.png"} for n in range(count)],
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
        "annotations": [
            {"id": n, "image_id": n, "category_id": 1 + n % 2, "bbox": [1, 2, 6, 6]} for n in range(count - 1)
        ],
        **more,
    }


def answers(path: pathlib.Path) -> list[Any]:
    return list(known(path, SIGNATURE).outputs["answer"])


def test_coco(tmp_path: pathlib.Path) -> None:
    pictures(tmp_path / "images")
    (tmp_path / "all.json").write_text(json.dumps(coco()))
    found = known(tmp_path / "all.json", SIGNATURE)
    assert list(found.outputs["answer"])[:2] == [[CAT], [Box("dog", 1.0, 2.0, 7.0, 8.0)]]
    assert found.outputs["answer"][11] == [] and found.names[0] == "all.json 0.png"


def test_what_is_bad_in_coco_is_listed(tmp_path: pathlib.Path) -> None:
    pictures(tmp_path, 60)
    told = coco(61)
    told["annotations"][0]["bbox"] = [1, 2, 0, 6]
    told["annotations"].append({"id": 99, "image_id": 777, "category_id": 1, "bbox": [1, 2, 3, 4]})
    told["annotations"].append({"id": 98, "image_id": 5, "category_id": 1, "bbox": [1, 2, 30, 30], "iscrowd": 1})
    (tmp_path / "all.json").write_text(json.dumps(told))
    found = known(tmp_path / "all.json", SIGNATURE)
    assert len(found) == 59 and len(found.bad) == 3
    words = "\n".join(map(str, found.bad))
    assert "of no size" in words and "image 777, which is not there" in words and "60.png" in words
    assert any("1 boxes around crowds" in note for note in found.notes)


def test_a_polygon_of_yolo_is_the_box_around_it(tmp_path: pathlib.Path) -> None:
    pictures(tmp_path, 12)
    (tmp_path / "classes.txt").write_text("cat\ndog\n")
    for n in range(12):
        (tmp_path / f"{n}.txt").write_text("0 .1 .2 .9 .2 .9 .8 .1 .8\n1 .5 .5 .5 .5 .77" if n else "")
    boxes = next(found for found in known(tmp_path, SIGNATURE).outputs["answer"] if found)
    assert [box.edges for box in boxes] == [pytest.approx((4, 6, 36, 24)), pytest.approx((10, 7.5, 30, 22.5))]


def test_files_of_another_encoding_are_told(tmp_path: pathlib.Path) -> None:
    pictures(tmp_path, 12)
    for n in range(12):
        (tmp_path / f"{n}.txt").write_text("0 .5 .5 .2 .2")
    (tmp_path / "classes.txt").write_bytes("Kälber\n".encode("cp1252"))
    with pytest.raises(BadExamples, match=r"classes\.txt is not written in utf-8"):
        known(tmp_path, SIGNATURE)
    (tmp_path / "all.json").write_bytes(b"\xef\xbb\xbf" + json.dumps(coco(12)).encode())
    assert len(known(tmp_path / "all.json", SIGNATURE)) == 12
    (tmp_path / "all.json").write_text(json.dumps(coco(12)))
    with pytest.raises(BadExamples, match=r"all\.json is not written in nope"):
        known(tmp_path / "all.json", SIGNATURE, encoding="nope")


def test_a_folder_with_other_xml_and_yaml_is_a_folder(tmp_path: pathlib.Path) -> None:
    (tmp_path / "things.csv").write_text("x,y\n" + "1,2\n" * 3)
    (tmp_path / "conf.yaml").write_text("a: 1\n")
    (tmp_path / "broken.xml").write_text("<annotation>")
    assert list(rows(tmp_path).columns) == ["x", "y"]


@pytest.mark.parametrize("cells", [[[1, 2, 3]] * 12, [["red", "blue"], ["green"]] * 6, [[[]], [["cat"]]] * 6])
def test_lists_of_other_things_are_no_boxes(cells: list[Any]) -> None:
    assert KINDS["boxes"].guess(cells) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is no JSON"),
        (json.dumps({"images": [], "annotations": 3, "categories": []}), "has images, but no annotations"),
        (json.dumps([1]), "no table that wisen reads"),
        (json.dumps(coco(0)), "no examples"),
    ],
)
def test_json_that_is_no_coco_is_refused(text: str, words: str, tmp_path: pathlib.Path) -> None:
    (tmp_path / "all.json").write_text(text)
    with pytest.raises(BadExamples, match=words):
        known(tmp_path / "all.json", SIGNATURE)


def test_pascal_voc(tmp_path: pathlib.Path) -> None:
    pictures(tmp_path / "JPEGImages")
    (tmp_path / "Annotations").mkdir()
    for n in range(12):
        box = "<bndbox><xmin>2</xmin><ymin>3</ymin><xmax>7</xmax><ymax>8</ymax></bndbox>"
        thing = f"<object><name>cat</name>{box}</object>" if n else ""
        text = f"<annotation><filename>{n}.png</filename>{thing}</annotation>"
        (tmp_path / "Annotations" / f"{n:02}.xml").write_text(text)
    (tmp_path / "Annotations" / "other.xml").write_text("<project/>")
    found = known(tmp_path, SIGNATURE)
    assert list(found.outputs["answer"])[:2] == [[], [CAT]]
    assert any("1 other XML" in note for note in found.notes)
    (tmp_path / "Annotations" / "00.xml").write_text("<annotation>")
    with pytest.raises(BadExamples, match="is no XML"):  # one of twelve is over 5 %
        known(tmp_path, SIGNATURE)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("classes.txt", "cat\ndog\n"),
        ("data.yaml", "train: images\nnc: 2\nnames: ['cat', \"dog\"]\n"),
        ("data.yaml", "names:\n  0: cat  # a comment\n  1: dog\nnc: 2\n"),
        ("data.yml", "names:\n- cat\n- dog\n"),
        ("data.yaml", "names: {0: cat, 1: dog}\n"),
        ("data.yaml", "names: {cat: 0, dog: 1}\n"),
        ("data.yaml", "names:\n  # two of them\n  - cat\n  - dog  # a comment\n"),
        ("data.yaml", "\ufeffnames:\n  cat: 0\n  dog: 1\n"),
    ],
)
def test_yolo(name: str, text: str, tmp_path: pathlib.Path) -> None:
    pictures(tmp_path / "images" / "train")
    (tmp_path / "labels" / "train").mkdir(parents=True)
    (tmp_path / name).write_text(text)
    for n in range(11):
        line = f"{n % 2} {4 / 40} {5 / 30} {6 / 40} {6 / 30}\n" if n else ""
        (tmp_path / "labels" / "train" / f"{n}.txt").write_text(line)
    found = known(tmp_path, SIGNATURE)
    by_name = dict(zip(found.names, found.outputs["answer"], strict=True))
    (box,) = by_name["images/train/2.png"]
    assert box.label == "cat" and box.edges == pytest.approx(CAT.edges) and by_name["images/train/0.png"] == []
    assert any("1 pictures without a text file" in note for note in found.notes)


def test_a_label_that_yolo_does_not_name_and_a_broken_line(tmp_path: pathlib.Path) -> None:
    pictures(tmp_path, 60)
    (tmp_path / "classes.txt").write_text("cat\ndog\n")
    for n in range(60):
        (tmp_path / f"{n}.txt").write_text(
            "7 .5 .5 .1 .1" if n == 3 else "0 .5 .5" if n == 4 else f"{n % 2} .5 .5 .2 .2"
        )
    words = "\n".join(map(str, known(tmp_path, SIGNATURE).bad))
    assert "label 7" in words and "is no number and four shares" in words


def test_a_table_with_a_column_of_boxes(tmp_path: pathlib.Path) -> None:
    pictures(tmp_path)
    lines = [json.dumps({"photo": f"{n}.png", "find": [ROW] if n else []}) for n in range(12)]
    (tmp_path / "all.jsonl").write_text("\n".join(lines))
    assert answers(tmp_path / "all.jsonl")[:2] == [[], [CAT]]
    cell = json.dumps([ROW]).replace('"', '""')
    (tmp_path / "all.csv").write_text(
        "photo,find\n" + "".join(f'{n}.png,"{cell}"\n' for n in range(11)) + "11.png,[]\n"
    )
    assert answers(tmp_path / "all.csv")[10:] == [[CAT], []]


@pytest.mark.parametrize("names", ["label,left,top,right,bottom", "Class,xmin,ymin,xmax,ymax"])
def test_a_table_with_a_row_for_each_box(names: str, tmp_path: pathlib.Path) -> None:
    pictures(tmp_path)
    rows = [f"{n}.png,cat,1,2,7,8\n{n}.png,dog,10,4,14,15" for n in range(11)]
    (tmp_path / "all.csv").write_text("\n".join([f"image,{names}", *rows, "11.png,,,,,"]) + "\n")
    found = known(tmp_path / "all.csv", SIGNATURE)
    assert len(found) == 12 and found.outputs["answer"][0] == [CAT, DOG] and found.outputs["answer"][11] == []


# ---- from end to end ---------------------------------------------------------------------------


def squares(count: int, seed: int = 0) -> list[tuple[Any, list[Box[str]]]]:
    """Red and green squares on noise, with their boxes."""
    chance = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        height, width = [(32, 48), (48, 32)][chance.integers(2)]
        pixels = chance.integers(0, 90, (height, width, 3)).astype(np.uint8)
        boxes: list[Box[str]] = []
        for half in chance.permutation(2)[: chance.integers(0, 3)]:  # one on each side, so that they do not meet
            side, colour = int(chance.integers(8, 14)), int(chance.integers(2))
            low = (0, 0, height // 2, width) if height > width else (0, 0, height, width // 2)
            top, left = int(chance.integers(0, low[2] - side + 1)), int(chance.integers(0, low[3] - side + 1))
            top, left = (top + half * height // 2, left) if height > width else (top, left + half * width // 2)
            pixels[top : top + side, left : left + side] = [(220, 0, 0), (0, 220, 0)][colour]
            boxes.append(Box(["cat", "dog"][colour], left, top, left + side, top + side))
        found.append((PIL.Image.fromarray(pixels), boxes))
    return found


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    folder = tmp_path_factory.mktemp("boxes")
    (folder / "finder.py").write_text(
        "from __future__ import annotations\nfrom typing import Literal\nimport wisen\nfrom wisen import Box, Image\n\n"
        "@wisen.function\ndef find(photo: Image) -> list[Box[Literal['cat', 'dog']]]:\n    return []\n"
    )
    from wisen.find import find as found

    function = found(f"{folder / 'finder.py'}:find")
    return function, wisen.train(function, squares(160), budget=0.5, fresh=True, listen=lambda _: None)


def test_a_detector_learns_to_find_squares(trained: tuple[Any, Any]) -> None:
    function, outcome = trained
    assert outcome.verdict == "better" and outcome.installed
    figures = {metric.name: metric.value for metric in outcome.report.results[0].score("learned").metrics}
    assert figures["AP50"] > 0.6
    picture, _ = next(each for each in squares(30, 1) if len(each[1]) == 1)
    found = function.predict(picture)
    assert found.value == function(picture) and found.probability is None
    chances = [chance for _, chance in found.alternatives]
    assert chances == sorted(chances, reverse=True) and all(0 < chance <= 1 for chance in chances)
    assert all(box.label in ("cat", "dog") and 0 <= box.left < box.right <= picture.width for box in found.value)
    assert function.map([picture, picture]) == [found.value] * 2


def test_any_runtime_gets_the_boxes_in_pixels(trained: tuple[Any, Any]) -> None:
    function, _ = trained
    session = onnxruntime.InferenceSession(function.path)
    picture = squares(1, 2)[0][0]
    names = [output.name for output in session.get_outputs()]
    said = dict(zip(names, session.run(None, {"photo": np.asarray(picture)[None]}), strict=True))
    rows, labels = said["answer"][0], said["answer.labels"][0]
    boxes = function(picture)
    assert [(label, *row[1:5].tolist()) for label, row in zip(labels, rows) if row[5] > 0] == [
        (box.label, *box.edges) for box in boxes
    ]


def test_export_refuses_a_program_that_says_other_boxes(trained: tuple[Any, Any]) -> None:
    from wisen.export import compare

    function, outcome = trained
    column, examples = function.program.outputs[0], outcome.parts.validation
    _, tensors = function.program.whole(examples.columns())
    said = {name.removeprefix("answer").removeprefix("."): array for name, array in tensors.items()}
    compare(column, said, said, examples)
    other = {**said, "candidates": said["candidates"] * np.array([1, 1, 1, 1, 1, 0.9], np.float32)}
    with pytest.raises(BadProgram, match="only one of them has"):
        compare(column, said, other, examples)


def test_new_writes_a_detector(tmp_path: pathlib.Path) -> None:
    from wisen.new import draft

    pictures(tmp_path / "images")
    labels = [{"id": 1, "name": "a cat with a long name [black]"}, {"id": 2, "name": "another animal with a long name"}]
    (tmp_path / "all.json").write_text(json.dumps(coco(categories=labels)))
    source = draft(tmp_path / "all.json", to=tmp_path / "animals.py").source
    found: dict[str, Any] = {}
    exec(compile(source, "animals.py", "exec"), found)
    function = next(value for value in found.values() if isinstance(value, wisen.Function))
    assert function.signature.outputs[0].kind.choices == (labels[0]["name"], labels[1]["name"])
    assert "The boxes of a file" in source


def test_answers_are_drawn(
    trained: tuple[Any, Any], tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from wisen.cli import main

    function, _ = trained
    picture, boxes = next(each for each in squares(30, 1) if each[1])
    drawn = PIL.Image.open(io.BytesIO(BOXES.drawn(boxes, [picture]) or b""))
    assert drawn.size == picture.size and np.asarray(drawn).tolist() != np.asarray(picture).tolist()
    picture.save(tmp_path / "one.png")
    words = [
        "run",
        f"{function.path.parent / 'finder.py'}:find",
        str(tmp_path / "one.png"),
        "--draw",
        str(tmp_path / "seen"),
    ]
    for _ in range(2):
        with pytest.raises(SystemExit) as end:
            main(words)
        assert not end.value.code
    assert sorted(path.name for path in (tmp_path / "seen").iterdir()) == ["one-2.png", "one.png"]
    said = json.loads(capsys.readouterr().out.splitlines()[0])
    assert BOXES.read(said) == function(picture)


def test_tables_get_boxes_as_json(trained: tuple[Any, Any], tmp_path: pathlib.Path) -> None:
    from wisen.answers import answer_table

    function, _ = trained
    for number, (picture, _) in enumerate(squares(5, 3)):
        picture.save(tmp_path / f"{number}.png")
    (tmp_path / "all.csv").write_text("photo\n" + "".join(f"{n}.png\n" for n in range(5)))
    for name in ("said.csv", "said.jsonl"):
        answer_table(function, tmp_path / "all.csv", tmp_path / name, name="boxes")
    lines = [json.loads(line) for line in (tmp_path / "said.jsonl").read_text().splitlines()]
    assert [BOXES.read(line["boxes"]) for line in lines] == [function(tmp_path / f"{n}.png") for n in range(5)]
