"""The pixel view: its sums are those of the program and of numpy, in a real browser, by mouse and by keyboard."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnx
import pytest
from gallery.faces.faces import is_face
from PIL import Image

import wisen
from tests.explain import browser
from tests.explain.browser import Browser
from wisen.errors import BadValue
from wisen.explain import pixels as room
from wisen.explain.pixels import FILTERS, Layer, cut, layers, pixels, viewed
from wisen.signature import feeds

ROOT = Path(__file__).parent.parent.parent


@wisen.function
def seen(photo: wisen.Image) -> bool: ...


@wisen.function
def read(text: str) -> bool: ...


def node(kind: str, inputs: list[str], outputs: list[str], **told: Any) -> Any:
    return onnx.helper.make_node(kind, inputs, outputs, name=f"{kind} {outputs[0]}", **told)


def graph(rng: np.random.Generator) -> onnx.ModelProto:
    """Convolutions of every sort, and a matrix that a whole grid is multiplied by."""
    weights = {
        "w1": rng.normal(size=(6, 1, 3, 3)), "b1": rng.normal(size=6),
        "w2": rng.normal(size=(8, 3, 3, 2)),  # two groups, strided, dilated, other padding on each side
        "w3": rng.normal(size=(8, 1, 1, 5)), "b3": rng.normal(size=8),  # each channel by itself
        "m": rng.normal(size=(8 * 6 * 4, 3)), "b4": rng.normal(size=3),
    }  # fmt: skip
    made = [onnx.numpy_helper.from_array(array.astype(np.float32), name) for name, array in weights.items()]
    made.append(onnx.numpy_helper.from_array(np.array([0, -1]), "flat"))
    nodes = [
        node("Cast", ["photo"], ["f"], to=1),
        node("Transpose", ["f"], ["x"], perm=[0, 3, 1, 2]),
        node("Conv", ["x", "w1", "b1"], ["c1"], pads=[1, 1, 1, 1]),
        node("Relu", ["c1"], ["r1"]),
        node("Conv", ["r1", "w2"], ["c2"], group=2, strides=[2, 2], dilations=[1, 3], pads=[0, 1, 2, 1]),
        node("Conv", ["c2", "w3", "b3"], ["c3"], group=8, pads=[0, 1, 0, 2]),
        node("Reshape", ["c3", "flat"], ["v"]),
        node("Gemm", ["v", "m", "b4"], ["y"]),
    ]
    given = onnx.helper.make_tensor_value_info("photo", onnx.TensorProto.UINT8, ["n", 12, 11, 1])
    said = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, ["n", 3])
    whole = onnx.helper.make_graph(nodes, "g", [given], [said], made)
    return onnx.helper.make_model(whole, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=9)


def photo(seed: int = 0, height: int = 12, width: int = 11) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8))


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """A function whose program is that graph, as far as the view asks for one."""
    columns = tuple(column.fit([photo()]) for column in seen.signature.inputs)
    model = graph(np.random.default_rng(1))
    said = [SimpleNamespace(value=True, probability=0.75)]
    program = SimpleNamespace(
        inputs=columns, outputs=seen.signature.outputs, feeds=feeds(columns), predict=lambda values: said
    )
    path = tmp_path / "seen.onnx"
    path.write_bytes(model.SerializeToString())
    monkeypatch.setattr(room, "standing", lambda function: (program, path))
    return SimpleNamespace(name="seen", path=path, program=program, data=path.read_bytes(), model=model)


def slow(layer: Layer) -> np.ndarray:
    """What a layer says, by explicit loops."""
    top, left, bottom, right = layer.pads
    x = np.pad(layer.reads.astype(np.float64), ((0, 0), (top, bottom), (left, right)))
    found = np.zeros(layer.says.shape)
    per = len(layer.filters) // layer.groups
    channels = layer.filters.shape[1]
    for k, filter_ in enumerate(layer.filters):
        first = k // per * channels
        for y in range(layer.says.shape[1]):
            for z in range(layer.says.shape[2]):
                total = float(layer.biases[k])
                for c, i, j in np.ndindex(*filter_.shape):
                    row = y * layer.strides[0] + i * layer.dilations[0]
                    column = z * layer.strides[1] + j * layer.dilations[1]
                    total += float(filter_[c, i, j]) * x[first + c, row, column]
                found[k, y, z] = total
    return found


def test_layers_are_those_of_the_graph_and_do_what_loops_do(made: Any) -> None:
    found = layers(made.program, made.data, [photo()], "photo")
    assert [each.filters.shape for each in found] == [(6, 1, 3, 3), (8, 3, 3, 2), (8, 1, 1, 5), (3, 8, 6, 4)]
    assert [each.relu for each in found] == [True, False, False, False]
    assert found[3].says.shape == (3, 1, 1)
    for each in found:
        assert np.abs(slow(each) - each.says).max() < 1e-3 * np.abs(each.says).max()
    assert cut(made.model, made.model.graph.node[2]) and not cut(made.model, made.model.graph.node[4])


@pytest.mark.parametrize("word", ["SAME_UPPER", "SAME_LOWER", "VALID"])
@pytest.mark.parametrize("stride", [1, 2])
def test_pads_that_are_not_written_are_those_of_onnxruntime(word: str, stride: int, made: Any) -> None:
    told = node("Conv", ["x", "w1"], ["c1"], auto_pad=word, strides=[stride, stride], kernel_shape=[3, 3])
    del made.model.graph.node[2:]
    made.model.graph.node.extend([told, node("Flatten", ["c1"], ["v"]), node("ReduceMean", ["v"], ["y"], axes=[1])])
    made.model.graph.output[0].type.tensor_type.shape.dim[1].dim_value = 1
    (found,) = layers(made.program, made.model.SerializeToString(), [photo()], "photo")
    assert slow(found) == pytest.approx(found.says, abs=1e-2)


def test_a_layer_over_a_sequence_has_its_channels_as_rows() -> None:
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(1, 5, 9)).astype(np.float32), rng.normal(size=(4, 5, 3)).astype(np.float32)
    told = node("Conv", ["x", "w"], ["y"], pads=[1, 1], strides=[2])
    y = np.array([[[(np.pad(x[0], ((0, 0), (1, 1)))[:, t : t + 3] * k).sum() for t in range(0, 9, 2)] for k in w]])
    model = onnx.helper.make_model(onnx.helper.make_graph([told], "g", [], []))
    (found,) = room.convolved(model, told, {"x": x, "w": w, "y": y})
    assert found.reads.shape == (1, 5, 9) and found.filters.shape == (4, 1, 5, 3) and found.says.shape == (4, 1, 5)
    assert slow(found) == pytest.approx(found.says, abs=1e-4)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if browser.CHROMIUM is None:
        pytest.skip("there is no browser: apt-get install chromium")
    with Browser() as found:
        yield found


def test_in_a_browser_the_sums_are_those_of_numpy(made: Any, tmp_path: Path, chromium: Browser) -> None:
    view = viewed(made, [photo()])
    page = chromium.open(view.save(tmp_path / "page.html"))
    assert float(page.js("document.body.dataset.apart")) < 1e-5 and not page.errors
    assert page.js("document.getElementById('warning').hidden")
    for row, layer in enumerate(view.layers, start=1):
        expected = slow(layer)
        for number in (0, len(layer.filters) - 1):
            for y, x in ((0, 0), (expected.shape[1] - 1, expected.shape[2] - 1)):
                page.js(f"(choose({row}, {number}), move({x}, {y}))")
                total = page.js("total(item().layer, item().k, state.y, state.x)")
                assert total == pytest.approx(expected[number, y, x], rel=1e-4, abs=1e-4)
    assert not page.errors


def test_filters_made_by_hand_do_what_they_say(tmp_path: Path, made: Any, chromium: Browser) -> None:
    picture = photo(3, 25, 25)
    view = viewed(made, [photo()])
    told = json.loads(re.search(r'id="data">(.*?)</script>', view.html, re.DOTALL)[1])  # type: ignore[index]
    pixels_of = np.asarray(picture, dtype=np.float64)
    told["picture"] = {"x": room.packed(pixels_of), "height": 25, "width": 25}
    told["hand"], told["layers"] = room.by_hand((25, 25)), []
    (tmp_path / "page.html").write_text(room.page(told), encoding="utf-8")
    names = list(FILTERS)
    page = chromium.open(tmp_path / "page.html", hash=f"#layer=0&filter={names.index(names[-1])}&x=5&y=7")
    # The number that the gallery's rule looks at.
    rule = pixels_of[11:14, 5:17].mean() - pixels_of[7:10, 5:17].mean()
    assert page.js("total(item().layer, 0, state.y, state.x)") == pytest.approx(rule, abs=1e-3)
    assert is_face.by_hand(picture) == (rule > 9)
    for number, name in enumerate(names):
        weights = np.array(FILTERS[name][0])
        page.js(f"(choose(0, {number}), move(4, 6))")
        window = pixels_of[6 : 6 + weights.shape[0], 4 : 4 + weights.shape[1]]
        assert page.js("total(item().layer, 0, 6, 4)") == pytest.approx(float((window * weights).sum()), abs=1e-3)
    page.js("(choose(0, 0), move(4, 6))")
    shown = page.js("[...document.querySelectorAll('#window td')].map(cell => Number(cell.textContent))")
    assert shown == pixels_of[6:9, 4:7].ravel().tolist()
    total = float((pixels_of[6:9, 4:7] * np.array(FILTERS[names[0]][0])).sum())
    assert page.text("sum") == f"{total:.0f}".replace("-", "−")
    assert page.text("formula").endswith(f"= {page.text('sum')}")
    assert not page.errors


def test_mouse_and_keyboard_move_the_window(made: Any, tmp_path: Path, chromium: Browser) -> None:
    page = chromium.open(viewed(made, [photo()]).save(tmp_path / "page.html"), hash="#layer=1&filter=0&x=5&y=5")

    def where() -> tuple[int, int]:
        return page.js("state.x"), page.js("state.y")

    assert where() == (5, 5)
    page.press("ArrowRight")
    page.press("ArrowDown", shift=True)
    assert where() == (6, 10) and page.text("where") == "x = 6, y = 10"
    for _ in range(12):
        page.press("ArrowUp", shift=True)
    page.press("ArrowLeft", shift=True)
    page.press("ArrowLeft", shift=True)
    assert where() == (0, 0)  # not beyond the edge
    assert page.js("document.querySelectorAll('#window td.out').length") == 5  # the padding of a 3 x 3 filter

    left, top, width, height = page.box("#input")
    cell = page.js("shown.input.cell")
    view = page.js("shown.input.view")
    page.click(left + (4.5 - view["x"]) * cell, top + (6.5 - view["y"]) * cell)  # its middle
    assert where() == (4, 6)
    assert page.js("shown.input.view") == view  # it stands still while the window moves
    start, end = (4.5 - view["x"], 6.5 - view["y"]), (8.5 - view["x"], 2.5 - view["y"])
    page.click(left + start[0] * cell, top + start[1] * cell, (left + end[0] * cell, top + end[1] * cell))
    assert where() == (8, 2)
    left, top, *_ = page.box("#output")
    page.click(left + 3.5 * page.js("shown.output.cell"), top + 1.5 * page.js("shown.output.cell"))
    assert where() == (3, 1)

    page.press("]")
    assert page.js("state.item") == 1
    page.press("[")
    page.press("[")
    assert page.js("state.item") == 5
    left, top, width, height = page.box("#filters button:nth-child(3)")
    page.click(left + width / 2, top + height / 2)
    assert page.js("state.item") == 2
    assert page.js("document.querySelectorAll('#filters [aria-pressed=true]').length") == 1
    assert page.js("location.hash").startswith("#layer=1&filter=2") or page.js("location.hash") == "#layer=1"
    assert not page.errors


def test_the_window_slides_and_numbers_and_cuts_change(made: Any, tmp_path: Path, chromium: Browser) -> None:
    page = chromium.open(viewed(made, [photo()]).save(tmp_path / "page.html"), hash="#layer=0&filter=0&x=2&y=2")
    before = page.js("total(item().layer, 0, 2, 2)")
    page.js(
        "(field => { field.value = '10'; field.dispatchEvent(new Event('change')); })"
        "(document.querySelector('#filter input'))"
    )
    pixel = float(np.asarray(photo())[2, 2])
    assert page.js("total(item().layer, 0, 2, 2)") == pytest.approx(before + 11 * pixel)  # -1 became 10

    page.js("document.activeElement.blur()")
    page.press("Space")
    page.until("state.seen > 3")
    assert page.js("state.playing") and page.text("play") == "Stop"
    page.press("Space")
    assert not page.js("state.playing")

    page.js("choose(1, 0)")
    said = slow(viewed(made, [photo()]).layers[0])[0]
    y, x = map(int, np.unravel_index(said.argmin(), said.shape))
    page.js(f"move({x}, {y})")
    assert said[y, x] < 0 and page.text("sum").startswith("−") and page.text("sum").endswith("→ 0")
    page.js("document.getElementById('relu').click()")
    assert not page.text("sum").endswith("→ 0")
    assert not page.errors


@pytest.mark.parametrize("what", ["another filter", "no number"])
def test_a_page_whose_sums_are_not_the_programs_says_so(
    what: str, made: Any, tmp_path: Path, chromium: Browser
) -> None:
    html = viewed(made, [photo()]).html
    told = json.loads(re.search(r'id="data">(.*?)</script>', html, re.DOTALL)[1])  # type: ignore[index]
    layer = viewed(made, [photo()]).layers[1]
    broken = layer.filters + np.array([0.5, 0, 0])[None, :, None, None]
    name, numbers = ("w", broken) if what == "another filter" else ("y", np.full(layer.says.shape, np.nan))
    told["layers"][1][name] = room.packed(numbers)
    (tmp_path / "page.html").write_text(room.page(told), encoding="utf-8")
    page = chromium.open(tmp_path / "page.html")
    assert "do not trust it" in page.text("warning") and not page.js("document.getElementById('warning').hidden")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [420, 1000, 1400])
def test_it_fits_on_screens_of_every_width(
    made: Any, tmp_path: Path, width: int, dark: bool, chromium: Browser
) -> None:
    page = chromium.open(viewed(made, [photo()]).save(tmp_path / "page.html"), width=width, hash="#layer=2", dark=dark)
    assert page.js("document.documentElement.scrollWidth") <= width
    shot = np.asarray(Image.open(page.picture(tmp_path / "shot.png")).convert("L"))
    assert (shot.mean() < 100) == dark
    assert not page.errors


def test_nothing_in_the_data_ends_the_element_that_holds_it(made: Any) -> None:
    made.name = "</script><script>alert(1)</script>"
    html = viewed(made, [photo()]).html
    assert "alert(1)</script>" not in html and html.count("</script>") == 2
    assert "http" not in re.sub(r'id="data">.*?</script>', "", html, flags=re.DOTALL)  # nothing is fetched


def test_large_layers_are_left_out_unless_they_are_asked_for(made: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = viewed(made, [photo()])
    assert len(whole.layers) == 4 and not whole.left_out
    monkeypatch.setattr(room, "MOST_BYTES", whole.layers[0].nbytes + 10)
    few = viewed(made, [photo()])
    assert [each.name for each in few.layers] == ["Conv c1"] and "Not on this page, for their size: Conv c2" in few.html
    asked = viewed(made, [photo()], "Conv c2")
    assert "Conv c2" in [each.name for each in asked.layers] and '"begin": "Conv c2"' in asked.html
    with pytest.raises(BadValue, match="no layer of filters 'Conv 2'"):
        viewed(made, [photo()], "Conv 2")


def test_what_is_no_grid_is_refused(monkeypatch: pytest.MonkeyPatch, made: Any) -> None:
    columns = tuple(column.fit(["a b"]) for column in read.signature.inputs)
    model = onnx.helper.make_model(onnx.helper.make_graph([], "g", [], []))
    made.path.write_bytes(model.SerializeToString())
    program = SimpleNamespace(inputs=columns, outputs=read.signature.outputs, feeds=feeds(columns))
    monkeypatch.setattr(room, "standing", lambda function: (program, made.path))
    with pytest.raises(BadValue, match="reads no grid of numbers: text: str"):
        made.name = "read"
        viewed(made, ["a b"])


def test_the_page_is_in_the_wheel(tmp_path: Path) -> None:
    builder = pytest.importorskip("hatchling.builders.wheel")
    (wheel,) = builder.WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    assert "wisen/explain/pixels.html" in zipfile.ZipFile(wheel).namelist()


def test_a_trained_program_can_be_looked_at(tmp_path: Path, module: Any) -> None:
    f = module(
        """
        import wisen

        @wisen.function
        def tall(photo: wisen.Image) -> bool: ...
        """
    ).tall
    rng = np.random.default_rng(0)
    examples = []
    for number in range(120):
        array = rng.integers(0, 60, (16, 16), dtype=np.uint8)
        at = rng.integers(2, 14)
        if number % 2:
            array[:, at] = 250
        else:
            array[at, :] = 250
        examples.append((array, bool(number % 2)))
    f.train(examples, budget=4, listen=lambda event: None, accept=True)
    view = pixels(f, examples[1][0])
    assert view.html.startswith("<!doctype html>") and "What filters see: tall(16 x 16)" in view.html
    for each in view.layers:
        assert np.abs(slow(each) - each.says).max() < 1e-3 * max(1.0, np.abs(each.says).max())
