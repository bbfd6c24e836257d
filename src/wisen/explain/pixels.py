"""The pixel view: a page on which one moves a window over a picture and sees the arithmetic of a filter.

First filters that a person made, then those that gradient descent made: the convolutions of the program, with what each
reads and says of one input. They come out of the program's own graph; the page does the sums again and says so where
they are not the program's.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from wisen import state
from wisen.errors import BadValue, NotInstalled, listed, nearest
from wisen.function import Function
from wisen.program import Program
from wisen.train import standing

if TYPE_CHECKING:
    import onnx

MOST_BYTES = 6_000_000
"""Of numbers in a page; layers that come later, and were not asked for, are left out."""
TALLEST = 128
"""Channels of a sequence up to which they are shown as the rows of a picture."""

FACE = np.zeros((7, 12))
FACE[:3], FACE[4:] = -1 / 36, 1 / 36

FILTERS: dict[str, tuple[Sequence[Sequence[float]], str]] = {
    "edges from left to right (Sobel)": (
        [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
        "Large where it is dark on the left and bright on the right; far below 0 the other way round; about 0 where "
        "both sides are alike.",
    ),
    "edges from top to bottom (Sobel)": (
        [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
        "Large where it is dark above and bright below.",
    ),
    "spots (Laplace)": (
        [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
        "Large where the middle is darker than what is around it; 0 where all is alike.",
    ),
    "blur": (
        [[1 / 9] * 3] * 3,
        "The mean of what is in the window.",
    ),
    "sharpen": (
        [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
        "The middle, and what it differs by from its neighbours, on top.",
    ),
    "a face (the gallery's)": (
        FACE.tolist(),
        "Dark eyes above bright cheeks: the mean of the lower rows less that of the upper ones. The hand-written "
        "is_face() of the gallery looks at the sum at x = 5, y = 7 alone: above 9 it says that there is a face.",
    ),
}
"""Filters that a person made: the numbers, and what they are good for."""

STORY = (
    "Nobody wrote these numbers. They began as chance; then every example pushed each of them a little, to where the "
    "answer would have been less wrong. What the filters look for came out of that."
)


@dataclass(frozen=True)
class Layer:
    """One convolution of a program: what it reads [channels, height, width], its filters [filters, channels, height,
    width] and biases, and what it says of one input [filters, height, width]."""

    name: str
    reads: np.ndarray = field(repr=False)
    filters: np.ndarray = field(repr=False)
    biases: np.ndarray = field(repr=False)
    says: np.ndarray = field(repr=False)
    pads: tuple[int, ...] = (0, 0, 0, 0)
    strides: tuple[int, ...] = (1, 1)
    dilations: tuple[int, ...] = (1, 1)
    groups: int = 1
    relu: bool = False

    @property
    def nbytes(self) -> int:
        """The bytes of its numbers."""
        return sum(each.nbytes for each in (self.reads, self.filters, self.biases, self.says))


@dataclass(frozen=True)
class Pixels:
    """The pixel view of one input: a page. `layers` are those that are in it, `left_out` the names of the others."""

    function: str
    html: str = field(repr=False)
    layers: tuple[Layer, ...]
    left_out: tuple[str, ...] = ()

    path: Path | None = None
    """The file to which it was written."""

    def __str__(self) -> str:
        return f"{self.function}: {len(self.layers)} layers of filters" + (f", {self.path}" if self.path else "")

    def save(self, path: str | Path) -> Path:
        """The file to which the page is written."""
        state.write(Path(path), self.html.encode("utf-8"))
        return Path(path)

    def saved(self, path: str | Path) -> Self:
        """This page, when it is written to a file."""
        return replace(self, path=self.save(path))

    def to_json(self) -> dict[str, Any]:
        """What is on the page, but for its numbers."""
        told = [
            {"name": e.name, "reads": list(e.reads.shape), "filters": list(e.filters.shape), "says": list(e.says.shape)}
            for e in self.layers
        ]
        page = str(self.path) if self.path else None
        return {"function": self.function, "page": page, "layers": told, "left_out": list(self.left_out)}

    def _repr_html_(self) -> str:
        import html

        return f'<iframe srcdoc="{html.escape(self.html)}" width="100%" height="900"></iframe>'


def pixels(function: Function[Any, Any], *args: Any, layer: str | None = None, **kwargs: Any) -> Pixels:
    """The pixel view of a call's arguments: a page with the filters of the function's program.

    `layer` is the layer with which it begins. Raises NotTrained, and BadValue where nothing that goes in is a grid of
    numbers.
    """
    raw = function.signature.raw(args, kwargs)
    words = [Path(each).name if isinstance(each, (str, Path)) else "" for each in raw]
    return viewed(function, function.signature.read(raw), layer, words)


def viewed(
    function: Function[Any, Any], values: Sequence[Any], layer: str | None = None, words: Sequence[str] = ()
) -> Pixels:
    """The pixel view of read values; `words` are what they are called, if they are."""
    (program, path), name = standing(function), function.name
    data = path.read_bytes()
    for place, column in enumerate(program.inputs):
        value = column.kind.sight().manageable(values[place])
        picture = column.kind.numbers_of(value)
        found = layers(program, data, [*values[:place], value, *values[place + 1 :]], column.name)
        if picture is not None or found:
            break
    else:
        inputs = listed(program.inputs)
        raise BadValue(f"{name}() reads no grid of numbers: {inputs}", "Pictures and sounds can be looked at so.")
    names = [each.name for each in found]
    if layer is not None and layer not in names:
        raise BadValue(f"{name}() has no layer of filters {layer!r}", nearest(layer, names))
    if picture is None:
        picture = seen(found[0].reads[0])
    kept = [each for each in found if each.name == layer]
    for each in found:
        if each.name != layer and sum(other.nbytes for other in kept) + each.nbytes <= MOST_BYTES:
            kept.append(each)
    kept.sort(key=lambda each: names.index(each.name))
    left_out = tuple(name for name in names if name not in {each.name for each in kept})
    told = {
        "title": f"What filters see: {name}({called(program, values, words)})",
        "answer": answered(program, values, left_out),
        "picture": {"x": packed(picture), "height": picture.shape[0], "width": picture.shape[1]},
        "hand": by_hand(picture.shape),
        "layers": [plain(each, number, len(found)) for number, each in enumerate(found, start=1) if each in kept],
        "begin": layer or "",
    }
    return Pixels(name, page(told), tuple(kept), left_out)


def called(program: Program, values: Sequence[Any], words: Sequence[str]) -> str:
    """What goes in, in a few words."""
    own = [*words, *[""] * (len(values) - len(words))]
    pairs = zip(program.inputs, values, own, strict=True)
    return ", ".join(word or column.kind.brief(value) for column, value, word in pairs)


def answered(program: Program, values: Sequence[Any], left_out: Sequence[str]) -> str:
    """The program's answer in a sentence, and what of it is not in the page."""
    words = []
    for column, each in zip(program.outputs, program.predict(values), strict=True):
        sure = "" if each.probability is None else f", {each.probability:.1%} sure"
        words.append(f"{column.kind.brief(each.value)}{sure}")
    rest = f" Not on this page, for their size: {listed(left_out)}." if left_out else ""
    return f"The program's answer: {'; '.join(words)}.{rest}"


def by_hand(shape: tuple[int, ...]) -> list[dict[str, Any]]:
    """The filters that a person made, as far as they fit on a picture."""
    fits = [(name, np.array(numbers), why) for name, (numbers, why) in FILTERS.items()]
    return [
        {"name": name, "numbers": numbers.tolist(), "why": why}
        for name, numbers, why in fits
        if numbers.shape[0] <= shape[0] and numbers.shape[1] <= shape[1]
    ]


def plain(layer: Layer, number: int, count: int) -> dict[str, Any]:
    """A layer for the page."""
    filters, channels, height, width = layer.filters.shape
    size = "as large as the picture" if layer.says.shape[1:] == (1, 1) else f"of {height} × {width}"
    many = f" over {channels} channels" if channels > 1 else ""
    reads = "what the filters before it found" if number > 1 else "what the network makes of the picture"
    later = f" This layer reads {reads}." if number > 1 else ""
    return {
        "name": layer.name,
        "title": f"made by gradient descent: layer {number} of {count}, {filters} filters {size}{many}",
        "story": STORY + later,
        "reads": reads,
        "x": packed(layer.reads), "w": packed(layer.filters), "b": packed(layer.biases), "y": packed(layer.says),
        "shape": list(layer.reads.shape), "filters": [filters, channels, height, width],
        "pads": list(layer.pads), "strides": list(layer.strides), "dilations": list(layer.dilations),
        "groups": layer.groups, "relu": layer.relu,
    }  # fmt: skip


def packed(array: np.ndarray) -> str:
    """Numbers as base64 of little-endian float32."""
    return base64.b64encode(np.ascontiguousarray(array, "<f4").tobytes()).decode()


def page(told: Mapping[str, Any]) -> str:
    """The page with its data in it; no text in the data can end the element that holds it."""
    template = files("wisen.explain").joinpath("pixels.html").read_text(encoding="utf-8")
    text = json.dumps(told, ensure_ascii=False).replace("<", "\\u003c").replace("\u2028", "\\u2028")
    return template.replace("/*DATA*/", text)


def seen(grid: np.ndarray) -> np.ndarray:
    """A grid of any numbers as one from 0 to 255."""
    low, high = float(grid.min()), float(grid.max())
    return np.round((grid - low) / (high - low or 1.0) * 255)


# ---- the layers of a program -------------------------------------------------------------------


def layers(program: Program, data: bytes, values: Sequence[Any], column: str) -> list[Layer]:
    """The convolutions of a program that read one of its inputs, with what they say of some values."""
    try:
        import onnx
    except ImportError:
        raise NotInstalled("to look into a program takes onnx, which is not installed", "pip install onnx") from None
    from wisen.shapes import traced

    model = onnx.load_from_string(data)
    feed = next(feed for feed in program.feeds if column in [program.inputs[place].name for place in feed.places])
    reach = reached(model, {tensor.name for tensor in feed.kind.tensors(feed.name)})
    nodes = [node for node in model.graph.node if node.op_type in READS and reach & set(node.input)]
    if not nodes:
        return []
    given = {key: array for feed in program.feeds for key, array in feed.arrays([values]).items()}
    known = traced(model, given)
    return [found for node in nodes for found in READS[node.op_type](model, node, known)]


def reached(model: onnx.ModelProto, names: set[str]) -> set[str]:
    """The values of a graph that depend on some of its inputs."""
    found = set(names)
    for node in model.graph.node:
        if found & set(node.input):
            found |= set(node.output)
    return found


def convolved(model: onnx.ModelProto, node: onnx.NodeProto, known: Mapping[str, np.ndarray]) -> Iterator[Layer]:
    """The layer of a convolution; over a sequence its channels are the rows of a picture."""
    x, w, y = (known[name][0] if place != 1 else known[name] for place, name in enumerate(ends(node)))
    told = {each.name: list(each.ints) for each in node.attribute}
    axes = w.ndim - 2
    if axes not in (1, 2):
        return
    strides, dilations = (told.get(name) or [1] * axes for name in ("strides", "dilations"))
    pads = told.get("pads") or padding(node, x.shape[1:], w.shape[2:], strides, dilations)
    groups = next((each.i for each in node.attribute if each.name == "group"), 1)
    if axes == 1:
        pads, strides, dilations = [0, pads[0], 0, pads[1]], [1, *strides], [1, *dilations]
        if groups == 1 and len(x) <= TALLEST:
            x, w, y = x[None], w[:, None], y[:, None]
        else:
            x, w, y = x[:, None], w[:, :, None], y[:, None]
    biases = known[node.input[2]] if len(node.input) > 2 and node.input[2] else np.zeros(len(w))
    yield Layer(
        node.name or node.output[0], *numbers(x, w, biases, y),
        tuple(pads), tuple(strides), tuple(dilations), groups, cut(model, node),
    )  # fmt: skip


def padding(
    node: onnx.NodeProto, sides: Sequence[int], filters: Sequence[int], strides: Sequence[int], dilations: Sequence[int]
) -> list[int]:
    """How far a convolution reaches beyond each edge, where its pads are not written: first the near edges, then the
    far ones."""
    word = next((each.s for each in node.attribute if each.name == "auto_pad"), b"")
    if not word.startswith(b"SAME"):
        return [0] * 2 * len(sides)
    whole = [
        max(0, (-(-side // step) - 1) * step + (size - 1) * apart + 1 - side)
        for side, size, step, apart in zip(sides, filters, strides, dilations, strict=True)
    ]
    near = [(each + (word == b"SAME_LOWER")) // 2 for each in whole]
    return [*near, *(each - less for each, less in zip(whole, near, strict=True))]


def numbers(
    x: np.ndarray, w: np.ndarray, biases: np.ndarray, y: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The numbers of a layer as float32."""
    return x.astype(np.float32), w.astype(np.float32), biases.astype(np.float32), y.astype(np.float32)


def multiplied(model: onnx.ModelProto, node: onnx.NodeProto, known: Mapping[str, np.ndarray]) -> Iterator[Layer]:
    """The layer of a matrix that a whole grid is multiplied by: each of its columns is a filter as large as that."""
    maker = {name: other for other in model.graph.node for name in other.output}
    flat = maker.get(node.input[0])
    if flat is None or flat.op_type not in ("Reshape", "Flatten") or node.input[1] not in known:
        return
    x, w, y = known[flat.input[0]], known[node.input[1]], known[node.output[0]]
    turned = any(each.name == "transB" and each.i for each in node.attribute)
    w = w.T if turned else w
    if x.ndim != 4 or w.ndim != 2 or len(w) != x[0].size or y.ndim != 2:
        return
    biases = known[node.input[2]] if len(node.input) > 2 and node.input[2] else np.zeros(w.shape[1])
    filters = w.T.reshape(w.shape[1], *x.shape[1:])
    own = numbers(x[0], filters, np.ravel(biases), y[0][:, None, None])
    yield Layer(node.name or node.output[0], *own, relu=cut(model, node))


READS = {"Conv": convolved, "MatMul": multiplied, "Gemm": multiplied}
"""The operators that lay filters on a grid."""


def ends(node: onnx.NodeProto) -> tuple[str, str, str]:
    """What a node reads, its weights, and what it says."""
    return node.input[0], node.input[1], node.output[0]


def cut(model: onnx.ModelProto, node: onnx.NodeProto) -> bool:
    """Whether all that a node says below 0 becomes 0."""
    readers = [other for other in model.graph.node if node.output[0] in other.input]
    return bool(readers) and all(other.op_type in ("Relu", "Clip") for other in readers)
